"""Which words of a question are names, and names that were typed wrongly."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

from index.storage.snapshot import Snapshot
from index.text.frequency import frequency
from index.text.words import Word, fold, words_of
from retrieval.aliases import ALIASES
from retrieval.answer import Note
from retrieval.rank import Candidate

# A word rarer than one in a million is taken for a name when no article has it; another one
# ("Venus", "skipped") is not a slip of the pen for a word that some article has ("venue").
_RARE = 1e-6
_SHORTEST = 4


def names_in(
    text: str, words: Sequence[Word], found: Sequence[Candidate]
) -> tuple[frozenset[str], ...]:
    """The question's names, each by its stems and what stands for them; words side by side are one.

    A question in mixed case says so itself; in lower case the articles say it, by how they write
    the word inside their sentences.
    """
    typed_in_case = any(w.text[0].isupper() for w in words if w.start > 0)
    upper, lower = case_counts(candidate.quote for candidate in found)
    first = next(iter(words_of(text)), None)

    def is_name(word: Word) -> bool:
        written_as_name = upper[word.stem] > 2 * lower[word.stem]
        unknown = not (upper[word.stem] or lower[word.stem])
        if typed_in_case and word != first:
            return word.text[0].isupper()
        return written_as_name or (unknown and frequency(word.text) < _RARE)

    parts = [w for w in words if not w.text[0].isdigit() and is_name(w)]
    grouped: list[list[Word]] = []
    for word in parts:
        if grouped and text[grouped[-1][-1].end : word.start].strip(" .-’'s") == "":
            grouped[-1].append(word)
        else:
            grouped.append([word])
    stems = (frozenset(word.stem for word in name) for name in grouped)
    return tuple(name.union(*(alias for alias in ALIASES if alias & name)) for name in stems)


def case_counts(sentences: Iterable[str]) -> tuple[Counter[str], Counter[str]]:
    """How often each stem is written with and without a capital, sentence starts left out."""
    upper: Counter[str] = Counter()
    lower: Counter[str] = Counter()
    for sentence in sentences:
        for n, word in enumerate(words_of(sentence)):
            if n:
                (upper if word.text[0].isupper() else lower)[word.stem] += 1
    return upper, lower


def corrected(
    text: str, words: Sequence[Word], found: Sequence[Candidate], view: Snapshot
) -> tuple[str, list[Note]]:
    """The question with misspelt words put right, toward words of the sentences found only."""
    notes: list[Note] = []
    suspects = [
        w
        for w in words
        if len(plain := without_possessive(w)) >= _SHORTEST
        and plain.isalpha()
        and not view.is_known(w.stem)
    ]
    if not suspects:
        return text, notes
    known = vocabulary(found)
    pairs = neighbours(found)
    before = {b.start: fold(a.text) for a, b in pairwise(words_of(text))}
    for word in reversed(suspects):
        plain = without_possessive(word)
        meant = nearest(plain, known)
        # "Lisa Bird" for "Lisa Baird": a common word is a slip only in a known one's company.
        is_slip = frequency(plain) < _RARE or (
            meant is not None and (before.get(word.start, ""), fold(meant)) in pairs
        )
        # "Zillow" is no slip for "pillow": a capital inside a question is a name's.
        is_other = word.start > 0 and word.text[0].isupper() and meant and meant[0].islower()
        if meant and is_slip and not is_other:
            text = text[: word.start] + meant + text[word.start + len(plain) :]
            notes.append(Note(kind="spelling", text=f"“{plain}” was read as “{meant}”."))
    return text, notes[::-1]


def vocabulary(found: Sequence[Candidate]) -> dict[str, str]:
    """The words of the articles found, folded, each with how it is first written there."""
    out: dict[str, str] = {}
    for article in {c.article.id: c.article for c in found}.values():
        for word in words_of(article.text):
            if len(word.text) >= _SHORTEST - 1 and not word.is_stop:
                written = word.text.removesuffix("'s").removesuffix("’s")
                out.setdefault(fold(word.text), written)
    return out


def neighbours(found: Sequence[Candidate]) -> frozenset[tuple[str, str]]:
    """The pairs of words that follow each other in the articles found, folded."""
    articles = {c.article.id: c.article for c in found}.values()
    return frozenset(
        (fold(a.text), fold(b.text)) for one in articles for a, b in pairwise(words_of(one.text))
    )


def without_possessive(word: Word) -> str:
    """A word as it is written, without that ending."""
    return re.sub(r"['’]s?$", "", word.text)


def nearest(written: str, known: dict[str, str]) -> str | None:
    """The known word that is one slip away, two for a long word; None if there is none."""
    from rapidfuzz import process
    from rapidfuzz.distance import DamerauLevenshtein

    folded, is_upper = fold(written), written[0].isupper()
    slips = 1 if len(folded) < 7 else 2
    near = process.extract(
        folded, known.keys(), scorer=DamerauLevenshtein.distance, score_cutoff=slips, limit=5
    )
    if not near:
        return None
    # Among equally near ones a name is meant by a capital; it keeps its first letter most often.
    best = min(
        near,
        key=lambda hit: (
            hit[1],
            is_upper and not known[hit[0]][0].isupper(),
            hit[0][0] != folded[0],
            hit[0],
        ),
    )
    return known[best[0]]
