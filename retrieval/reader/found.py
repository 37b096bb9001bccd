"""The passages that ranking found, and which of them are read."""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from index.types import Article, Span
from retrieval.ranking.candidates import fused
from retrieval.ranking.features import Around, Query, features_of, share, stems_in, title_stems
from retrieval.reader.passages import Passage, cut_up, passage_of
from retrieval.types import Candidate

# Passages are read until one of them answers with the probability `ENOUGH`, by the logits that they
# are ordered by; at least and at most so many. One that answers is among those read for 98.3 % of
# 356 held-out questions over news, with 5.2 readings each, and for 90.6 % of 395 in the manner of
# a quiz, with 8.1; with .9 and at most ten for 96.9 and 88.8 %, with 4.2 and 6.3.
ENOUGH, FEWEST_PASSAGES, MOST_PASSAGES = 0.95, 3, 12
# How likely a passage is to answer, by what its sentences have in common; `training.passages` fits
# them.
WEIGHTS = {
    "near": 15.48,
    "context": 4.8,
    "article": 8.91,
    "focus": 1.43,
    "recent": 1.29,
    "wanted": 2.85,
}
# A passage that has come in is read for a watched question if its fused score and, by this weight,
# the share of the question's words in it are this much: all of 487 passages that answer a held-out
# question have it, and .3 % of 2,543 of articles drawn at random.
_SHARED, _NEAR = 0.25, 0.42


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A passage with the candidates in it, by their position, and what its sentences share.

    ``logit`` is how likely it is to answer, among those of a question, before it is read.
    """

    passage: Passage
    candidates: dict[int, Candidate]
    around: Around
    logit: float

    @property
    def one(self) -> Candidate:
        """Any of them: they are of one article."""
        return next(iter(self.candidates.values()))

    @property
    def article(self) -> Article:
        """The article it is of."""
        return self.one.article

    @property
    def spans(self) -> list[Span]:
        """Where its own sentences stand in the article."""
        own = self.article.sentences[self.passage.first : self.passage.last]
        return [(s.start, s.end) for s in own]

    @property
    def score(self) -> float:
        """How near its best sentence is, in meaning and words."""
        return max(map(fused, self.candidates.values()))

    def completed(self) -> list[Candidate]:
        """A candidate for each of its sentences; those that ranking did not find have no cosine."""
        one = self.one
        least = min(candidate.cosine for candidate in self.candidates.values())
        return [
            self.candidates.get(n) or replace(one, position=n, cosine=least * 0.8, bm25=0.0)
            for n in range(self.passage.first, self.passage.last)
        ]


def passages_found(query: Query, candidates: Sequence[Candidate]) -> list[FoundPassage]:
    """The passages that candidates are in, the likeliest first; ties by article id, then place."""
    # Below its date the reader refuses "when" too often; a question of some time needs it.
    dated = query.wish is not None
    cut: dict[int, list[Span]] = {}
    held: dict[tuple[int, Span], dict[int, Candidate]] = {}
    nearest: dict[int, float] = {}
    for candidate in candidates:
        version = candidate.version_id
        if version not in cut:
            cut[version] = cut_up(candidate.article)
        own = next(one for one in cut[version] if one[1] > candidate.position)
        held.setdefault((version, own), {})[candidate.position] = candidate
        nearest[version] = max(fused(candidate), nearest.get(version, -1.0))
    out = []
    for (version, own), inside in held.items():
        one = next(iter(inside.values()))
        stems = (stems_in(one.article, n) for n in range(*own))
        near = max(candidate.cosine for candidate in inside.values())
        around = Around(frozenset().union(*stems), near, nearest[version])
        features = features_of(query, one, around)
        logit = sum(weight * features[name] for name, weight in WEIGHTS.items())
        passage = passage_of(one.article, range(*own), dated=dated)
        out.append(FoundPassage(passage, inside, around, logit))
    return sorted(out, key=lambda one: (-one.logit, one.article.id, one.passage.first))


def chosen(query: Query, candidates: Sequence[Candidate]) -> list[FoundPassage]:
    """The passages to read."""
    found = passages_found(query, candidates)
    reached = list(accumulate(math.exp(one.logit - found[0].logit) for one in found))
    many = bisect_left(reached, ENOUGH * reached[-1]) + 1 if found else 0
    return found[: min(max(many, FEWEST_PASSAGES), MOST_PASSAGES)]


def is_near(query: Query, found: FoundPassage) -> bool:
    """Whether a passage, with its title, has so much of a question that it may answer it."""
    words = title_stems(found.article) | found.around.stems
    return found.score + _SHARED * share(query.words, words) >= _NEAR
