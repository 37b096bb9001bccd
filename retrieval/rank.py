"""Hybrid ranking: sentences that are near in meaning, sentences that share words, fused.

The fusion is over raw features, which mean the same for every question, not over ranks.
"""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

from index.models.encoder import Encoder
from index.storage.snapshot import Snapshot
from index.text.frequency import frequency
from index.text.words import Word, content_stems
from index.types import Article, Sentence, SentenceKind

_POOL = ThreadPoolExecutor(4, thread_name_prefix="words")

CANDIDATES = 100  # from each index
# Of which this many, the best, are weighed, and of those the likeliest read; or more when more
# are asked for. On the quiz of 2022, 30, 50 and 100 put 45.0, 45.6 and 46.1 % right ones first.
JUDGED = 50

# One unit of BM25 against one of cosine; .02 to .05 were alike on the 2022 news quiz.
_BM25_WEIGHT = 0.03
# The background corpus counts as this many sentences of twenty words: a corpus of a dozen
# sentences takes its word weights from English, one of a million from itself.
_BACKGROUND_SENTENCES = 5_000
_SENTENCE_WORDS = 20


@dataclass(frozen=True, slots=True)
class QueryWord:
    """A content word of the question, and how much it tells."""

    word: Word
    weight: float
    in_corpus: bool

    @property
    def stem(self) -> str:
        """What it is matched by."""
        return self.word.stem


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that ranking found, with its raw scores."""

    version_id: int
    position: int
    article: Article
    cosine: float
    bm25: float

    @property
    def sentence(self) -> Sentence:
        """Where it stands."""
        return self.article.sentences[self.position]

    @property
    def quote(self) -> str:
        """Its words."""
        return self.article.quote(self.sentence)

    @property
    def fused(self) -> float:
        """What it is ranked by before it is read."""
        return fuse(self.cosine, self.bm25)


def fuse(cosine: float, bm25: float) -> float:
    """Two raw scores as one."""
    return cosine + _BM25_WEIGHT * bm25


def query_words(view: Snapshot, words: Sequence[Word]) -> list[QueryWord]:
    """The question's words weighted by how rare they are, here and in English at large."""
    total = view.sentence_count
    out: dict[str, QueryWord] = {}
    for word in words:
        found = view.document_frequency(word.stem)
        expected = _BACKGROUND_SENTENCES * min(1.0, _SENTENCE_WORDS * frequency(word.text))
        weight = math.log((total + _BACKGROUND_SENTENCES + 1) / (found + expected + 1))
        out.setdefault(word.stem, QueryWord(word, max(weight, 0.1), view.is_known(word.stem)))
    return list(out.values())


def candidates(
    view: Snapshot,
    encoder: Encoder,
    text: str,
    stems: Sequence[str],
    allowed: set[int] | None,
    most: int = JUDGED,
) -> list[Candidate]:
    """The sentences worth reading, best first; ties by article id, then position."""
    # SQLite and the encoder both let go of the interpreter: the two searches overlap.
    words = _POOL.submit(view.containing, stems, max(CANDIDATES, most), allowed)
    try:
        vector = encoder.encode_question(text)
        near = view.nearest(vector, max(CANDIDATES, most), allowed)
    finally:
        containing = words.result()
    bm25 = {(hit.version_id, hit.position): hit.score for hit in containing}
    cosine = {(hit.version_id, hit.position): hit.score for hit in near}
    rest = [place for place in bm25 if place not in cosine]
    cosine.update(zip(rest, view.cosines(vector, rest), strict=True))

    def order(place: tuple[int, int]) -> tuple[float, str, int]:
        score = fuse(cosine[place], bm25.get(place, 0.0))
        return -score, view.head(place[0]).id, place[1]

    out: list[Candidate] = []
    seen: set[str] = set()
    for version_id, position in sorted(cosine, key=order):
        article = view.article_of(version_id)
        candidate = Candidate(
            version_id,
            position,
            article,
            cosine[version_id, position],
            bm25.get((version_id, position), 0.0),
        )
        said = " ".join(candidate.quote.casefold().split())
        if candidate.sentence.kind is SentenceKind.META or said in seen:
            continue
        seen.add(said)
        out.append(candidate)
        if len(out) == most:
            break
    return out


@lru_cache(maxsize=10_000)
def stems_of(text: str) -> frozenset[str]:
    """The content stems of a sentence or title; sentences come back question after question."""
    return frozenset(content_stems(text))


def stems_in(article: Article, position: int) -> frozenset[str]:
    """The content stems of one sentence; none where there is no such sentence."""
    if not 0 <= position < len(article.sentences):
        return frozenset()
    return stems_of(article.quote(article.sentences[position]))


def title_stems(article: Article) -> frozenset[str]:
    """The content stems of the title, where there is one."""
    return stems_of(article.title) if article.titled else frozenset()
