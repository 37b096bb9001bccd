"""Words that no article has, read as a word near them that one has."""

import re
from collections.abc import Iterator
from string import ascii_lowercase

from index.storage.view import Snapshot
from index.text.frequency import frequency
from index.text.words import stem, words_of
from retrieval.question import content_words

# A word rarer than one in a million is taken for a slip; another one ("Venus", "skipped") is not a
# slip of the pen for a word that some article has ("venue").
_RARE = 1e-6
_SHORTEST = 4
_LONG = 8  # letters from which on two slips are allowed


def corrected(text: str, view: Snapshot) -> tuple[str, list[tuple[str, str]]]:
    """The question with misspelt words put right, and which were: as written, as read."""
    changed: list[tuple[str, str]] = []
    for word in reversed(content_words(text)):
        plain = re.sub(r"['’]s?$", "", word.text)
        if len(plain) < _SHORTEST or not plain.isalpha() or view.is_known(word.stem):
            continue
        if frequency(plain) >= _RARE or not (meant := _meant(plain, view)):
            continue
        # "Zillow" is no slip for "pillow": a capital inside a question is a name's.
        if word.start > 0 and plain[0].isupper() and meant[0].islower():
            continue
        text = text[: word.start] + meant + text[word.start + len(plain) :]
        changed.append((plain, meant))
    return text, changed[::-1]


def _meant(plain: str, view: Snapshot) -> str | None:
    """The commonest word in English of those one slip away that articles have, else the nearest.

    A noisy channel's choice, with English for its source: Kernighan, Church and Gale (1990), "A
    spelling correction program based on a noisy channel model".
    """
    known = (w for w in _slips(plain.casefold()) if frequency(w) and view.is_known(stem(w)))
    if word := max(known, key=lambda w: (frequency(w), w), default=None):
        written = _as_written(stem(word), view)
        return written if written and written.casefold() == word else word
    return _nearest(stem(plain), view)


def _slips(word: str) -> Iterator[str]:
    """What may have been meant, with a letter less, more or other, or two in the other order."""
    for n in range(len(word) + 1):
        before, after = word[:n], word[n:]
        yield before + after[1:]
        yield before + after[1:2] + after[:1] + after[2:]
        for letter in ascii_lowercase:
            yield before + letter + after
            yield before + letter + after[1:]


def _nearest(misspelt: str, view: Snapshot) -> str | None:
    """The word, as an article writes it, whose stem is one slip away, two for a long one.

    Finds names and forms of words that English at large hardly has: 105 of 722 names with a slip.
    """
    from rapidfuzz import process
    from rapidfuzz.distance import DamerauLevenshtein

    near = process.extract(
        misspelt,
        view.stems_like(misspelt),
        scorer=DamerauLevenshtein.distance,
        score_cutoff=1 if len(misspelt) < _LONG else 2,
        limit=5,
    )
    written = (_as_written(one, view) for _, one in sorted((hit[1], hit[0]) for hit in near))
    return next((word for word in written if word), None)


def _as_written(wanted: str, view: Snapshot) -> str | None:
    """A word with this stem, as an article writes it."""
    for hit in view.containing([wanted], 1, None):
        article = view.article_of(hit.version_id)
        for word in words_of(article.quote(article.sentences[hit.position])):
            if word.stem == wanted:
                return re.sub(r"['’]s?$", "", word.text)
    return None
