"""Words that no article has, read as a word near them that stands where the others do."""

import re
from collections.abc import Iterator
from functools import cache, partial
from string import ascii_lowercase

from index.storage.view import Snapshot
from index.text.frequency import frequency
from index.text.words import Word, stem, words_of
from retrieval.question import content_words
from retrieval.ranking.features import stems_in

# A word rarer than one in a million is taken for a slip; another one ("Venus", "skipped") is not a
# slip of the pen for a word that some article has ("venue").
_RARE = 1e-6
_SHORTEST = 4
_LONG = 8  # letters from which on two slips are allowed
# What was meant stands in one of so many sentences that have most of the question's other words, or
# is as common as one word in ten thousand. Of 9,510 questions over other articles 62 are changed,
# 723 before that; of `dev`'s nine words are put right and two wrong, nine and eleven before.
_AROUND = 20
_COMMON = 1e-4
_ALONE = 6  # letters from which on a word is a slip for another where no other word is known


def corrected(text: str, view: Snapshot) -> tuple[str, list[tuple[str, str]]]:
    """The question with misspelt words put right, and which were: as written, as read."""
    changed: list[tuple[str, str]] = []
    words = content_words(text)
    around = cache(partial(_around, words, view))  # few questions have a slip
    for word in reversed(words):
        plain = re.sub(r"['’]s?$", "", word.text)
        if len(plain) < _SHORTEST or not plain.isalpha() or view.is_known(word.stem):
            continue
        if frequency(plain) >= _RARE or not (meant := _meant(plain, around(), view)):
            continue
        # "Zillow" is no slip for "pillow": a capital inside a question is a name's.
        if word.start > 0 and plain[0].isupper() and meant[0].islower():
            continue
        text = text[: word.start] + meant + text[word.start + len(plain) :]
        changed.append((plain, meant))
    return text, changed[::-1]


def _around(words: list[Word], view: Snapshot) -> frozenset[str] | None:
    """The stems that stand beside the known ones of a question; None where it has none."""
    known = [word.stem for word in words if view.is_known(word.stem)]
    if not known:
        return None
    hits = view.containing(known, _AROUND, None)
    near = (stems_in(view.article_of(hit.version_id), hit.position) for hit in hits)
    return frozenset().union(*near)


def _meant(plain: str, around: frozenset[str] | None, view: Snapshot) -> str | None:
    """The commonest word in English of those one slip away that fit, else the nearest that fits.

    A noisy channel's choice, with English for its source and the articles for its context:
    Kernighan, Church and Gale (1990), "A spelling correction program based on a noisy channel
    model".
    """
    slips = {word: frequency(word) for word in _slips(plain.casefold())}
    common = sorted(filter(slips.get, slips), key=lambda word: (-slips[word], word))
    known = [word for word in common if view.is_known(stem(word))]

    def fits(one: str) -> bool:
        return len(plain) >= _ALONE if around is None else one in around

    fit = [word for word in known if fits(stem(word))]
    if not fit:
        near = filter(fits, _nearest(stem(plain), view))
        if word := next(filter(None, (_as_written(one, view) for one in near)), None):
            return word
        fit = [word for word in known if slips[word] >= _COMMON]
    if not fit:
        return None
    written = _as_written(stem(fit[0]), view)
    return written if written and written.casefold() == fit[0] else fit[0]


def _slips(word: str) -> Iterator[str]:
    """What may have been meant, with a letter less, more or other, or two in the other order."""
    for n in range(len(word) + 1):
        before, after = word[:n], word[n:]
        yield before + after[1:]
        yield before + after[1:2] + after[:1] + after[2:]
        for letter in ascii_lowercase:
            yield before + letter + after
            yield before + letter + after[1:]


def _nearest(misspelt: str, view: Snapshot) -> list[str]:
    """The stems one slip away that articles have, two for a long one.

    Finds names and forms of words that English at large hardly has.
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
    return [one for _, one in sorted((hit[1], hit[0]) for hit in near)]


def _as_written(wanted: str, view: Snapshot) -> str | None:
    """A word with this stem, as an article writes it."""
    for hit in view.containing([wanted], 1, None):
        article = view.article_of(hit.version_id)
        for word in words_of(article.quote(article.sentences[hit.position])):
            if word.stem == wanted:
                return re.sub(r"['’]s?$", "", word.text)
    return None
