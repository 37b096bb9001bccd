"""Words that no article has, read as the nearest word that one has."""

from index.storage.snapshot import Snapshot
from index.text.frequency import frequency
from index.text.words import Word, fold

# A word rarer than one in a million is taken for a slip; another one ("Venus", "skipped") is not a
# slip of the pen for a word that some article has ("venue").
_RARE = 1e-6
_SHORTEST = 4
_LONG = 7  # letters from which on two slips are allowed


def corrected(text: str, words: list[Word], view: Snapshot) -> tuple[str, list[tuple[str, str]]]:
    """The question with misspelt words put right, and which were: as written, as read."""
    changed: list[tuple[str, str]] = []
    for word in reversed(words):
        plain = fold(word.text)
        if len(plain) < _SHORTEST or not plain.isalpha() or view.is_known(word.stem):
            continue
        if frequency(plain) >= _RARE or not (meant := nearest(plain, view.words_like(plain))):
            continue
        text = text[: word.start] + meant + text[word.end :]
        changed.append((word.text, meant))
    return text, changed[::-1]


def nearest(written: str, known: list[str]) -> str | None:
    """The known word that is one slip away, two for a long word; None if there is none."""
    from rapidfuzz import process
    from rapidfuzz.distance import DamerauLevenshtein

    near = process.extract(
        written,
        known,
        scorer=DamerauLevenshtein.distance,
        score_cutoff=1 if len(written) < _LONG else 2,
        limit=5,
    )
    # Names keep their first letter most often; the rest is the alphabet's, to be the same always.
    return min(near, key=lambda hit: (hit[1], hit[0][0] != written[0], hit[0]))[0] if near else None
