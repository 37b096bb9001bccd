"""What is known of a sentence before it is read: raw features, comparable across questions."""

import datetime as dt
import math
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache

from index.text.words import content_stems
from index.types import Article, Published
from retrieval.dates.asked import Wish
from retrieval.types import Candidate

# How fast news gets old, in days: two scales, between which the calibration's weights choose.
_FRESH, _RECENT = 30.0, 365.0
TOLD_LATER = dt.timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Query:
    """A question as ranking and reading see it.

    ``text`` is what the reader reads, with what was carried; ``words`` what each stem tells;
    ``focus`` the version that answered last; ``wish`` the days that its words about time ask for.
    """

    text: str
    words: Mapping[str, float]
    asked: dt.date
    focus: int | None = None
    wish: Wish | None = None


@dataclass(frozen=True, slots=True)
class Around:
    """What the sentences of a passage have in common.

    Its stems, its best cosine, and the best fused score of its article's sentences.
    """

    stems: frozenset[str]
    cosine: float
    article: float


def features_of(query: Query, candidate: Candidate, around: Around) -> dict[str, float]:
    """The raw features of one sentence."""
    article = candidate.article
    own, title = stems_in(article, candidate.position), title_stems(article)
    return {
        "cosine": candidate.cosine,
        "bm25": math.log1p(max(0.0, candidate.bm25)),
        "near": around.cosine,
        "article": around.article,
        "own": share(query.words, own),
        "context": share(query.words, own | title | around.stems),
        "title": share(query.words, title),
        "focus": float(candidate.version_id == query.focus),
        **time_features(query, article.published),
    }


def time_features(query: Query, published: Published | None) -> dict[str, float]:
    """How new the article is at the time of asking, and whether it is of the days asked for."""
    if published is None or published.day is None:
        return {"fresh": 0.0, "recent": 0.0, "wanted": 0.0, "unwanted": 0.0}
    day = published.earliest
    age = max(0, (query.asked - day).days)
    in_time = query.wish is not None and is_from(query.wish, day)
    return {
        "fresh": math.exp(-age / _FRESH),
        "recent": math.exp(-age / _RECENT),
        "wanted": float(in_time),
        "unwanted": float(query.wish is not None and not in_time),
    }


def is_from(wish: Wish, day: dt.date) -> bool:
    """Whether an article of a day is of the time asked about: news is told a little later."""
    return wish.first <= day <= wish.last + TOLD_LATER


def share(words: Mapping[str, float], stems: AbstractSet[str]) -> float:
    """How much of the question's weight stands among some stems: 0 to 1."""
    total = sum(words.values())
    return sum(words[stem] for stem in words if stem in stems) / total if total else 0.0


@lru_cache(maxsize=10_000)
def stems_of(text: str) -> frozenset[str]:
    """The content stems of a sentence or title; sentences come back question after question."""
    return frozenset(content_stems(text))


def stems_in(article: Article, position: int) -> frozenset[str]:
    """The content stems of one sentence."""
    return stems_of(article.quote(article.sentences[position]))


def title_stems(article: Article) -> frozenset[str]:
    """The content stems of the title, where there is one."""
    return stems_of(article.heading)
