"""Hybrid ranking: sentences that are near in meaning, sentences that share words, fused.

The fusion is over raw scores, which mean the same for every question, not over ranks.
"""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import chain

from index.models.encoder import Encoder
from index.storage.view import Snapshot
from index.text.frequency import frequency
from index.text.words import Word
from index.types import SentenceKind
from retrieval.question import content_words
from retrieval.types import Candidate

_POOL = ThreadPoolExecutor(4, thread_name_prefix="words")

CANDIDATES = 100  # from each index
BEST = 50  # of which so many go on, or more when more are asked for
OF_THE_FOCUS = 12  # sentences of the article that answered last, however far they are

# One unit of BM25 against one of cosine: of 789 held-out questions in the manner of a quiz, the
# sentence is among the first 50 of 206,000 for 86.4 % with .015, 90.2 with .006, 90.6 with none.
_BM25_WEIGHT = 0.006
# The background corpus counts as this many sentences of twenty words: a corpus of a dozen
# sentences takes its word weights from English, one of a million from itself.
_BACKGROUND_SENTENCES = 5_000
_SENTENCE_WORDS = 20


def fused(candidate: Candidate) -> float:
    """What a sentence is ranked by before it is read."""
    return fuse(candidate.cosine, candidate.bm25)


def fuse(cosine: float, bm25: float) -> float:
    """Two raw scores as one."""
    return cosine + _BM25_WEIGHT * bm25


def query_words(view: Snapshot, words: Sequence[Word]) -> dict[str, float]:
    """The question's stems weighted by how rare their words are, here and in English at large."""
    total = view.sentence_count
    out: dict[str, float] = {}
    for word in words:
        found = view.document_frequency(word.stem)
        expected = _BACKGROUND_SENTENCES * min(1.0, _SENTENCE_WORDS * frequency(word.text))
        weight = math.log((total + _BACKGROUND_SENTENCES + 1) / (found + expected + 1))
        out.setdefault(word.stem, max(weight, 0.1))
    return out


def candidates(
    view: Snapshot,
    encoder: Encoder,
    texts: Sequence[str],
    allowed: set[int] | None,
    most: int = BEST,
    focus: int | None = None,
) -> list[Candidate]:
    """The sentences worth reading, each once, best first; ties by article id, then position.

    ``texts`` are ways to ask the same: each sentence counts by the way that finds it best. Of the
    version ``focus`` the nearest sentences are among them in any case.
    """
    found = [_found(view, encoder, text, allowed, max(CANDIDATES, most)) for text in texts]
    of_focus: set[tuple[int, int]] = set()
    if focus is not None and (allowed is None or focus in allowed):
        found.append(_found(view, encoder, texts[0], {focus}, OF_THE_FOCUS))
        of_focus.update(place for place, _, _ in found[-1])
    scores: dict[tuple[int, int], tuple[float, float]] = {}
    for place, cosine, bm25 in chain.from_iterable(found):
        best = scores.get(place, (-1.0, 0.0))
        scores[place] = max(cosine, best[0]), max(bm25, best[1])
    said: dict[str, Candidate] = {}
    for place in sorted(scores, key=lambda at: (-fuse(*scores[at]), view.head(at[0]).id, at[1])):
        if len(said) >= most and place not in of_focus:
            continue
        candidate = Candidate(*place, view.article_of(place[0]), *scores[place])
        if candidate.sentence.kind is SentenceKind.META:
            continue
        words = " ".join(candidate.quote.casefold().split())
        first = said.setdefault(words, candidate)
        if first.version_id != candidate.version_id:
            said[words] = replace(first, also=(*first.also, candidate.article))
    return list(said.values())


def _found(
    view: Snapshot, encoder: Encoder, text: str, allowed: set[int] | None, most: int
) -> list[tuple[tuple[int, int], float, float]]:
    """What words or vectors find: place, cosine, BM25."""
    stems = [word.stem for word in content_words(text)]
    # SQLite and the encoder both let go of the interpreter: the two searches overlap.
    words = _POOL.submit(view.containing, stems, most, allowed)
    try:
        vector = encoder.encode_question(text)
        near = view.nearest(vector, most, allowed)
    finally:
        containing = words.result()
    bm25 = {(hit.version_id, hit.position): hit.score for hit in containing}
    cosine = {(hit.version_id, hit.position): hit.score for hit in near}
    rest = [place for place in bm25 if place not in cosine]
    cosine.update(zip(rest, view.cosines(vector, rest), strict=True))
    return [(place, near, bm25.get(place, 0.0)) for place, near in cosine.items()]
