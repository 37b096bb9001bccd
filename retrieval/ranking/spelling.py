"""Words that no article has, read as the nearest word that one has."""

import re
from collections.abc import Sequence

from index.storage.view import Snapshot
from index.text.frequency import frequency
from index.text.words import Word, words_of

# A word rarer than one in a million is taken for a slip; another one ("Venus", "skipped") is not a
# slip of the pen for a word that some article has ("venue").
_RARE = 1e-6
_SHORTEST = 4
_LONG = 8  # letters from which on two slips are allowed


def corrected(
    text: str, words: Sequence[Word], view: Snapshot
) -> tuple[str, list[tuple[str, str]]]:
    """The question with misspelt words put right, and which were: as written, as read."""
    changed: list[tuple[str, str]] = []
    for word in reversed(words):
        plain = re.sub(r"['’]s?$", "", word.text)
        if len(plain) < _SHORTEST or not plain.isalpha() or view.is_known(word.stem):
            continue
        if frequency(plain) >= _RARE or not (meant := _meant(word.stem, view)):
            continue
        # "Zillow" is no slip for "pillow": a capital inside a question is a name's.
        if word.start > 0 and plain[0].isupper() and meant[0].islower():
            continue
        text = text[: word.start] + meant + text[word.start + len(plain) :]
        changed.append((plain, meant))
    return text, changed[::-1]


def _meant(stem: str, view: Snapshot) -> str | None:
    """The word, as an article writes it, whose stem is one slip away, two for a long one."""
    from rapidfuzz import process
    from rapidfuzz.distance import DamerauLevenshtein

    slips = 1 if len(stem) < _LONG else 2
    near = process.extract(
        stem,
        view.stems_like(stem),
        scorer=DamerauLevenshtein.distance,
        score_cutoff=slips,
        limit=5,
    )
    for _, _, known in sorted((hit[1], hit[0], hit[0]) for hit in near):
        for hit in view.containing([known], 1, None):
            article = view.article_of(hit.version_id)
            quote = article.quote(article.sentences[hit.position])
            for word in words_of(quote):
                if word.stem == known:
                    return re.sub(r"['’]s?$", "", word.text)
    return None
