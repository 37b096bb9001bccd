"""The latest on a topic: dated sentences of several articles, newest first, without repeats."""

from collections.abc import Iterator, Sequence

from index.types import SentenceKind
from retrieval.compose import Cited, Judged, day_of
from retrieval.rank import stems_in

_MOST = 5
_OF_ONE_ARTICLE = 2
# A sentence is about the topic when it names it, or is this near to it and nothing named is missing
# around it; on the example articles what is beside the topic stays below.
_LEAST_COSINE = 0.35
_REPEATS = 0.6  # of the words of the shorter sentence


def digest(ranked: Sequence[Judged]) -> list[Cited]:
    """The sentences to cite, the newest article first, then as they stand in it."""
    chosen: list[Judged] = []
    for judged in sorted(ranked, key=lambda j: -j.candidate.fused):
        candidate, features = judged.candidate, judged.judgement.features
        names_it = features.get("names", 0.0) > 0.999
        same = [j for j in chosen if j.candidate.article.id == candidate.article.id]
        if (
            candidate.sentence.kind is SentenceKind.BODY
            and (candidate.cosine >= _LEAST_COSINE or names_it)
            and not features.get("names_missing")
            and len(same) < _OF_ONE_ARTICLE
            and not any(repeats(judged, other) for other in chosen)
        ):
            chosen.append(judged)
        if len(chosen) == _MOST:
            break
    return [
        Cited("answer", judged.candidate.article, judged.candidate.position)
        for judged in newest_first(chosen)
    ]


def newest_first(chosen: Sequence[Judged]) -> Iterator[Judged]:
    """By day, those without one last; within an article in its own order."""

    def order(judged: Judged) -> tuple[float, str, int]:
        day = day_of(judged)
        age = -day.toordinal() if day else 0.0
        return age, judged.candidate.article.id, judged.candidate.position

    yield from sorted(chosen, key=order)


def repeats(one: Judged, other: Judged) -> bool:
    """Whether one sentence says little that the other does not."""
    mine = stems_in(one.candidate.article, one.candidate.position)
    theirs = stems_in(other.candidate.article, other.candidate.position)
    return len(mine & theirs) >= _REPEATS * max(1, min(len(mine), len(theirs)))
