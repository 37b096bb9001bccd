"""Reading what ranking found: which sentence answers, with which of its words, and how surely."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from index.types import SentenceKind, Span
from retrieval.ranking.candidates import fused
from retrieval.ranking.features import Around, Query, features_of
from retrieval.reader.found import FoundPassage, chosen
from retrieval.reader.model import LISTED, SHIPPED, PassageReading, ReaderModel, open_reader
from retrieval.types import Candidate, Judged, same

_MARGIN = 14.0  # beyond which it tells nothing more
# What a sentence counts as that was not read: such as lose, and still come before what was read
# and does not answer.
_AHEAD = 6.0
_UNREAD = {"margin": -7.0}


class Calibration(BaseModel):
    """What the features are worth, fitted by ``training.calibrate``.

    ``weights`` add up to what sentences are ordered by; ``sure`` and ``bias`` turn that, what is
    known of the sentence and how far its nearest rival is behind into the logit of its being right.
    No sentence is likelier than ``ceiling``. ``threshold`` is the probability from which on an
    answer is given.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    weights: dict[str, float]
    sure: dict[str, float]
    bias: float
    ceiling: float = 1.0
    threshold: float

    def rank(self, features: Mapping[str, float]) -> float:
        """What a sentence is ordered by."""
        return sum(self.weights.get(name, 0.0) * value for name, value in features.items())

    def chance(self, features: Mapping[str, float], rank: float, ahead: float) -> float:
        """The probability that a sentence is right, ``ahead`` of its nearest rival by so much."""
        known = {**features, "rank": rank, "ahead": within(ahead, _AHEAD)}
        logit = self.bias + sum(w * known.get(name, 0.0) for name, w in self.sure.items())
        return self.ceiling / (1 + math.exp(-logit)) if logit > -700 else 0.0


class Reader(Protocol):
    """Judges the sentences that ranking found.

    ``threshold`` is the probability from which on an answer is given, unless a setting says more.
    """

    @property
    def threshold(self) -> float:
        """See above."""
        ...

    def judge(self, query: Query, candidates: Sequence[Candidate]) -> list[Judged]:
        """The sentences, likeliest first; ties by article id, then position."""
        ...


class SpanReader:
    """The trained reader: its logits and the ranking's features as one calibrated probability."""

    def __init__(self, model: ReaderModel | None = None) -> None:
        self._model = model or open_reader()

    @cached_property
    def calibration(self) -> Calibration:
        """What the logits are worth beside the ranking's features; see ``training.calibrate``."""
        path = self._model.folder / "calibration.json"
        # A reader that nobody calibrated gets the weights of the shipped one.
        path = path if path.is_file() else SHIPPED / "calibration.json"
        return Calibration.model_validate_json(path.read_bytes())

    @property
    def threshold(self) -> float:
        """The probability from which on an answer is given."""
        return self.calibration.threshold

    def judge(self, query: Query, candidates: Sequence[Candidate]) -> list[Judged]:
        """Read the likeliest passages; every sentence of theirs may answer, found or not."""
        found = chosen(query, candidates)
        asked = [(one.passage, one.spans) for one in found]
        read = self._model.read(query.text, asked) if asked else []
        out = [
            judged
            for one, reading in zip(found, read, strict=True)
            for judged in judged_in(query, one, reading)
        ]
        known = {(j.candidate.version_id, j.candidate.position) for j in out}
        for candidate in candidates:
            unread = (candidate.version_id, candidate.position) not in known
            if unread and candidate.sentence.kind is SentenceKind.BODY:
                alone = Around(frozenset(), candidate.cosine, fused(candidate))
                features = features_of(query, candidate, alone) | _UNREAD
                out.append(Judged(candidate, 0.0, features=features))
        return self._ordered(list(compared_by_day(out)))

    def _ordered(self, judged: Sequence[Judged]) -> list[Judged]:
        """The likeliest first, each with its probability."""
        weights = self.calibration
        ranks = {id(one): weights.rank(one.features) for one in judged}
        ordered = sorted(judged, key=lambda one: (-ranks[id(one)], *place(one)))
        out: list[Judged] = []
        for n, one in enumerate(ordered):
            rivals = (other for other in ordered if other is not one and not same(one, other))
            rival = next(rivals, None)
            own = ranks[id(one)]
            ahead = own - ranks[id(rival)] if rival else _AHEAD
            chance = weights.chance(one.features, own, ahead)
            # What comes later is never said to be likelier.
            out.append(replace(one, probability=min(chance, out[-1].probability) if n else chance))
        return out


def compared_by_day(judged: Sequence[Judged]) -> Iterator[Judged]:
    """Each with ``later``: of the other articles that seem to answer, how many more are older.

    From -1, where all of them are newer, to 1; 0 for a sentence that does not seem to answer.
    """

    def day_of(one: Judged) -> str | None:
        return one.candidate.article.day if one.features["margin"] > 0 else None

    days = {one.candidate.article.id: day for one in judged if (day := day_of(one))}
    in_order = sorted(days.values())
    for one in judged:
        day, later = day_of(one), 0.0
        if day and len(in_order) > 1:
            newer = len(in_order) - bisect_right(in_order, day)
            later = (bisect_left(in_order, day) - newer) / (len(in_order) - 1)
        yield replace(one, features={**one.features, "later": later})


def judged_in(query: Query, one: FoundPassage, reading: PassageReading) -> Iterator[Judged]:
    """The sentences of a passage that was read; titles and the like are never an answer's."""
    candidates = one.completed()
    body = [c.sentence for c in candidates if c.sentence.kind is SentenceKind.BODY]
    items = tuple(i for i in reading.items if any(s.start <= i[0] < s.end for s in body))
    items = items if reading.is_list > LISTED else ()
    for candidate, found in zip(candidates, reading.found, strict=True):
        if candidate.sentence.kind is not SentenceKind.BODY:
            continue
        margin = {"margin": within(found.margin, _MARGIN)}
        features = features_of(query, candidate, one.around) | margin
        yield Judged(candidate, 0.0, found.span, listed(items, found.span), features)


def listed(items: Sequence[Span], span: Span | None) -> tuple[Span, ...]:
    """The items of a list, and the best span where it is none of them; fewer than two are no list.

    Of 239 lists that were not trained on, in the passage that came first, 171 have right words, and
    157 where the best span stands in the place of the items within it.
    """
    if span is None:
        return ()
    beside = all(item[1] <= span[0] or item[0] >= span[1] for item in items)
    out = [*items, span] if beside else items
    return tuple(sorted(out)) if len(out) > 1 else ()


def place(judged: Judged) -> tuple[str, int]:
    """By what ties are broken."""
    return judged.candidate.article.id, judged.candidate.position


def within(value: float, most: float) -> float:
    """A value cut at plus and minus ``most``."""
    return max(-most, min(most, value))
