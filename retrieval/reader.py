"""Readers: what judges whether a ranked sentence answers, and with which of its words."""

import math
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Protocol

from index.types import SentenceKind
from retrieval.question import AnswerType
from retrieval.rank import Candidate, QueryWord, stems_in, title_stems
from retrieval.spans import best_span, has_span


@dataclass(frozen=True, slots=True)
class Query:
    """A question as readers see it."""

    text: str
    words: tuple[QueryWord, ...]
    names: frozenset[str]  # stems of the words that name someone or something
    kind: AnswerType


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a reader makes of a sentence: the chance that it answers, and where the words stand.

    ``span`` is an offset pair into the sentence; None when the whole sentence is the answer.
    """

    probability: float
    span: tuple[int, int] | None
    features: dict[str, float]


class Reader(Protocol):
    """Judges each candidate by itself: a judgement does not depend on what else is read."""

    def read(self, query: Query, candidates: Sequence[Candidate]) -> list[Judgement]:
        """One judgement a candidate, in order."""
        ...


# Logistic weights over raw features, fitted by `python -m benchmarks.fit_reader` on paragraphs
# without titles. The two for titles are set by hand: on the 2022 news quiz a title weight of 1
# put 2 % more answers first, and a headline promises what the text below it says in full.
WEIGHTS = {
    "cosine": 3.49,
    "bm25": 0.52,
    "names": 0.35,
    "others": 2.42,
    "context": 1.55,
    "title": 1.0,
    "names_missing": -1.19,
    "lacks_length": -0.92,
    "lacks_amount": -0.57,
    "lacks_number": -0.64,
    "lacks_time": -0.52,
    "asks": -0.6,
    "headline": -1.0,
}
BIAS = -6.05


class LexicalReader:
    """Word overlap and question type; the reader until a trained one comes."""

    def read(self, query: Query, candidates: Sequence[Candidate]) -> list[Judgement]:
        """One judgement a candidate, in order."""
        return [self._judge(query, candidate) for candidate in candidates]

    def _judge(self, query: Query, candidate: Candidate) -> Judgement:
        features = features_of(query, candidate)
        asked = {word.stem for word in query.words}
        span = best_span(candidate.quote, query.kind, asked)
        z = BIAS + sum(WEIGHTS[name] * value for name, value in features.items())
        return Judgement(1 / (1 + math.exp(-z)), span, features)


def features_of(query: Query, candidate: Candidate) -> dict[str, float]:
    """The raw features of one sentence; each means the same for every question."""
    article, position = candidate.article, candidate.position
    own = stems_in(article, position)
    title = title_stems(article)
    near = own | title | stems_in(article, position - 1) | stems_in(article, position + 1)
    near |= stems_in(article, position - 2)
    quote = candidate.quote
    asked = {word.stem for word in query.words}
    fits = has_span(quote, query.kind, asked)
    names = [word for word in query.words if word.stem in query.names]
    others = [word for word in query.words if word.stem not in query.names]
    return {
        "cosine": candidate.cosine,
        "bm25": math.log1p(max(0.0, candidate.bm25)),
        "names": share(names, own),
        "others": share(others, own),
        "context": share(query.words, near),
        "title": share(query.words, title),
        "names_missing": len(query.names - near) / len(query.names) if query.names else 0.0,
        "lacks_length": float(query.kind is AnswerType.DURATION and not fits),
        "lacks_amount": float(query.kind is AnswerType.AMOUNT and not fits),
        "lacks_number": float(query.kind is AnswerType.NUMBER and not fits),
        "lacks_time": float(query.kind is AnswerType.TIME and not fits),
        "asks": float(quote.rstrip("”\"'’ ").endswith("?")),
        "headline": float(candidate.sentence.kind is SentenceKind.TITLE),
    }


def share(words: Sequence[QueryWord], stems: AbstractSet[str]) -> float:
    """How much of the question's weight stands among some stems: 0 to 1."""
    total = sum(word.weight for word in words)
    return sum(word.weight for word in words if word.stem in stems) / total if total else 0.0
