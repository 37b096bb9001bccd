"""Readers: what judges whether a ranked sentence answers, and with which of its words."""

import math
import re
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
    names: tuple[frozenset[str], ...]  # the stems of each name in it
    kind: AnswerType

    def lacking(self, stems: AbstractSet[str]) -> list[frozenset[str]]:
        """The names of which no word is among some stems."""
        return [name for name in self.names if not name & stems]


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
# without titles. Three are set by hand: a title weight of 1 put 2 % more answers first on the
# 2022 news quiz; a headline promises what the text below it says in full; and a name that stands
# nowhere near weighs half as much again as fitted (-1), for an answer to a false premise is worse
# than none.
WEIGHTS = {
    "cosine": 3.47,
    "bm25": 0.52,
    "names": 0.41,
    "others": 1.99,
    "pointed_at": 0.88,
    "context": 1.92,
    "title": 1.0,
    "names_missing": -1.5,
    "lacks_length": -0.84,
    "lacks_amount": -0.98,
    "lacks_number": -1.7,
    "lacks_time": -0.81,
    "asks": -1.03,
    "headline": -2.0,
}
BIAS = -5.99


_POINTS_BACK = re.compile(
    r"[\W_]*(?:(?:on|in|at) \w+,? )?(?:he|she|they|it|this|that|these|those|his|her|their|its|both"
    r"|there|such|the two|neither)\b",
    re.IGNORECASE,
)


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
    before = stems_in(article, position - 1)
    near = own | title | before | stems_in(article, position - 2)
    near |= stems_in(article, position + 1)
    quote = candidate.quote
    asked = {word.stem for word in query.words}
    fits = has_span(quote, query.kind, asked)
    named = frozenset().union(*query.names)
    names = [word for word in query.words if word.stem in named]
    others = [word for word in query.words if word.stem not in named]
    many = max(1, len(query.names))
    return {
        "cosine": candidate.cosine,
        "bm25": math.log1p(max(0.0, candidate.bm25)),
        "names": share(names, own),
        "others": share(others, own),
        "pointed_at": share(query.words, before - own) if points_back(quote) else 0.0,
        "context": share(query.words, near),
        "title": share(query.words, title),
        "names_missing": len(query.lacking(near)) / many,
        "lacks_length": float(query.kind is AnswerType.DURATION and not fits),
        "lacks_amount": float(query.kind in (AnswerType.AMOUNT, AnswerType.MEASURE) and not fits),
        "lacks_number": float(query.kind is AnswerType.NUMBER and not fits),
        "lacks_time": float(query.kind is AnswerType.TIME and not fits),
        "asks": float(quote.rstrip("”\"'’ ").endswith("?")),
        "headline": float(candidate.sentence.kind is SentenceKind.TITLE),
    }


def points_back(quote: str) -> bool:
    """Whether a sentence opens by pointing at what the one before it named."""
    return _POINTS_BACK.match(quote) is not None


def share(words: Sequence[QueryWord], stems: AbstractSet[str]) -> float:
    """How much of the question's weight stands among some stems: 0 to 1."""
    total = sum(word.weight for word in words)
    return sum(word.weight for word in words if word.stem in stems) / total if total else 0.0
