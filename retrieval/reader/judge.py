"""Reading what ranking found: which sentence answers, with which of its words, and how surely."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from index.types import Article
from retrieval.features import Query, features_of
from retrieval.passages import Placed, passages_in, placed
from retrieval.rank import Candidate, stems_in
from retrieval.reader_model import UNREAD, ReaderModel, Reading, Span, open_reader
from retrieval.spans import is_unlike

# Passages are read this many at a time, the likeliest first, and at most so many.
_AT_ONCE = 4
MOST_PASSAGES = 10


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a reader makes of a sentence: the chance that it answers, and where the words stand.

    ``span`` is an offset pair into the sentence; None when the whole sentence is the answer.
    """

    probability: float
    span: Span | None
    features: dict[str, float]


class Reader(Protocol):
    """Judges sentences by themselves: a judgement does not depend on what else is read.

    ``threshold`` is the probability from which on an answer is given, unless a setting says more.
    """

    threshold: float

    def read(self, query: Query, candidates: Sequence[Candidate]) -> list[Judgement]:
        """One judgement a candidate, in order."""
        ...


class SpanReader:
    """The trained reader: its logits and the ranking's features as one calibrated probability."""

    def __init__(self, model: ReaderModel | None = None) -> None:
        self._model = model or open_reader()
        self.threshold = self._model.calibration.threshold

    def read(self, query: Query, candidates: Sequence[Candidate]) -> list[Judgement]:
        """One judgement a candidate, in order; the unread have lost already and have no span."""
        weights = self._model.calibration
        ranked = [features_of(query, candidate) for candidate in candidates]
        readings = self._readings(query, candidates, ranked)
        out = []
        for candidate, before, reading in zip(candidates, ranked, readings, strict=True):
            read = before | read_features(query, candidate, reading)
            span = reading.moved(-candidate.sentence.start).span
            out.append(Judgement(probability(weights.logit(read)), span, read))
        return out

    def _readings(
        self,
        query: Query,
        candidates: Sequence[Candidate],
        ranked: Sequence[Mapping[str, float]],
    ) -> list[Reading]:
        """What the model makes of each candidate that could still win."""
        weights = self._model.calibration
        before = [weights.logit(one) for one in ranked]
        passages: dict[tuple[int, int], tuple[Placed, list[int]]] = {}
        of_article: dict[int, list[Placed]] = {}
        for n in sorted(range(len(candidates)), key=lambda n: -before[n]):
            article, version = candidates[n].article, candidates[n].version_id
            if version not in of_article:
                of_article[version] = passages_of(article)
            own = passage_at(of_article[version], candidates[n].position)
            if (version, own.first) not in passages:
                passages[version, own.first] = (with_names(query, article, own), [])
            passages[version, own.first][1].append(n)
        out: list[Reading] = [UNREAD] * len(candidates)
        todo = list(passages.values())[:MOST_PASSAGES]
        best = -math.inf
        while todo and before[todo[0][1][0]] + weights.most_gain >= best:
            now, todo = todo[:_AT_ONCE], todo[_AT_ONCE:]
            read = self._model.read(query.text, [own.passage for own, _ in now])
            for (own, members), readings in zip(now, read, strict=True):
                for n in members:
                    out[n] = readings[candidates[n].position - own.first + own.own].moved(own.start)
                    gain = weights.logit(read_features(query, candidates[n], out[n])) - weights.bias
                    best = max(best, before[n] + gain)
        return out


def read_features(query: Query, candidate: Candidate, reading: Reading) -> dict[str, float]:
    """What reading adds to a sentence's features; its span is counted from the article's start."""
    words = candidate.article.text[slice(*reading.span)] if reading.span else ""
    return reading.features() | {"unlike": float(is_unlike(words, query.kind))}


def with_names(query: Query, article: Article, own: Placed) -> Placed:
    """A passage with more before it where only that has a name of the question."""
    lacking = query.lacking(stems_of(article, own))
    if not lacking:
        return own
    spans = [(s.start, s.end) for s in article.sentences]
    far = placed(article.text, spans, own.first, own.last, far=True)
    return far if len(query.lacking(stems_of(article, far))) < len(lacking) else own


def stems_of(article: Article, one: Placed) -> frozenset[str]:
    """The content stems of a passage."""
    positions = range(one.first - one.own, one.last)
    return frozenset().union(*(stems_in(article, position) for position in positions))


def passages_of(article: Article) -> list[Placed]:
    """An article's passages."""
    return passages_in(article.text, [(s.start, s.end) for s in article.sentences])


def passage_at(passages: Sequence[Placed], position: int) -> Placed:
    """The passage to which a sentence belongs."""
    return next(passage for passage in passages if passage.last > position)


def probability(logit: float) -> float:
    """The logistic function."""
    return 1 / (1 + math.exp(-logit)) if logit > -700 else 0.0
