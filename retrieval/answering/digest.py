"""Topics, summaries, what is new: the leading and most central sentences of articles.

Nothing is read: what counts is where a sentence stands, how near it is to the middle of its
article, and which of the topic's words it has.
"""

import datetime as dt
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from index.models.encoder import Encoder, Vectors, normalised
from index.storage.view import Snapshot
from index.types import Article, Filters, SentenceKind
from retrieval.answering import notes
from retrieval.answering.compose import POINTS_BACK, Cited, Composition, cite
from retrieval.answering.requests import Request
from retrieval.dates.asked import Wish, wish_in_corpus
from retrieval.question import content_words
from retrieval.ranking.candidates import candidates, query_words
from retrieval.ranking.features import TOLD_LATER, share, stems_in, title_stems
from retrieval.types import Candidate

SENTENCES = 5  # of a summary; of several articles together, but at least one of each
ARTICLES = 5
FOUND = 200  # sentences among which the articles of a topic are looked for
# How likely an article is about a topic, by `training.topics`: the share of the topic's weighted
# words in its opening and in one sentence under its title, the cosines of its two nearest
# sentences. Of a third writer's 40 topics 40 have the right article first, and 26 of 30 that no
# article is about are refused.
_ABOUT = {"opens": 3.29, "together": 5.21, "near": 3.47, "next": 10.01}
_BIAS = -10.73
LEAST = 0.4  # from which on it is taken to be
# What a sentence is worth: how near it is to the article's middle, .45 to .85, and, by eye:
_LEAD = 0.27  # of it for the first sentence, half as much for the second, a third for the third
_ON_TOPIC = 0.4  # for one with all the topic's words
_LEANS = 0.13  # less for one that needs another to be understood, or only quotes somebody
_SPREAD = 0.43  # less for what was said, by how near it is to that
_SAME = 0.77  # nearer than this to what was said is a repeat
# The three openings are those of 18 in the 18,830 sentences of the training articles. 4 % of the
# articles' first sentences, which need no other, lean so, and 29 % of the rest.
_WHOLE = re.compile(r"(?s)(?!Sign up|Correction|A version of)\W?\w.{40,400}[.!][”’\"')]*")
_LEANING = re.compile(rf"[“‘\"']|{POINTS_BACK.pattern}|(?:and|but|so|or)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Story:
    """An article that may be on a topic: how likely it is, and by what."""

    version_id: int
    features: dict[str, float]

    @property
    def chance(self) -> float:
        """The probability that the article is about the topic."""
        logit = _BIAS + sum(weight * self.features[name] for name, weight in _ABOUT.items())
        return 1 / (1 + math.exp(-logit))


def digest(
    view: Snapshot,
    encoder: Encoder,
    request: Request,
    allowed: set[int] | None,
    focus: int | None = None,
    most: int = ARTICLES,
    page: int = 0,
) -> tuple[Composition, float]:
    """What a request asks for, and the probability that the first article is about its topic.

    ``focus`` is the version to sum up where no topic is named; nothing is cited when there is none.
    A further ``page`` has other articles and, when there are no more, other sentences.
    """
    topic, words = request.topic, query_words(view, content_words(request.topic))
    stories: list[Story] = []
    if topic:
        found = stories_of(words, candidates(view, encoder, [topic], allowed, FOUND))
        stories = [story for story in found if story.chance >= LEAST]
        if request.if_unanswered and not request.chance:
            stories = [story for story in stories if story.features["together"] == 1]
        allowed = {story.version_id for story in stories}
        focus = stories[0].version_id if stories else None
    heads = view.heads()
    if request.kind == "timeline":
        heads.sort(key=lambda head: (head.published is None, str(head.published)))
    versions = [h.version_id for h in heads if allowed is None or h.version_id in allowed]
    if request.kind == "summary":
        versions = [one for one in versions if one == focus]
    is_all = request.kind == "latest" and not request.topic
    each = 1 if is_all else SENTENCES // max(1, min(SENTENCES, most, len(versions)))
    cited: list[Cited] = []
    said: list[Vectors] = []
    left: list[int] = []
    for _ in range(page + 1):
        left, cited, told = left or versions, [], 0  # from so many articles
        while left and told < most:
            version_id, *left = left
            taken = central(view, version_id, each, said, words)
            cited.extend(Cited("answer", view.article_of(version_id), n) for n in taken)
            told += bool(taken)
    if not cited:
        return Composition(), 0.0
    citations = tuple(cite(n, one) for n, one in enumerate(cited, start=1))
    if request.kind == "summary":
        note = notes.summary(citations[0].title)
    else:
        note = notes.latest(topic, "oldest" if request.kind == "timeline" else "newest")
    return Composition(citations, (note,)), stories[0].chance if stories else 1.0


def timed(view: Snapshot, request: Request, text: str, day: dt.date) -> tuple[Request, Wish | None]:
    """A request without its words about time, and the days that these ask for."""
    said = wish_in_corpus(view, text, day)
    found = said or wish_in_corpus(view, text, day, is_request=True)
    if found is None or request.kind == "summary":
        return request, None
    start = max(text.find(request.topic), 0)
    end = start + len(request.topic)
    before = text[start : max(start, min(end, found.start))]
    rest = text[min(end, max(start, found.end)) : end]
    rest = rest.removeprefix("'s").removeprefix("’s")  # today's
    topic = " ".join(f"{before} {rest}".split())
    topic = topic if content_words(topic) else ""
    if topic and not said:  # "theresa may"
        return request, None
    found = replace(found, kind="NEWS")
    return replace(request, topic=topic, if_unanswered=bool(topic) and request.if_unanswered), found


def in_time(view: Snapshot, then: Wish | None, allowed: set[int] | None) -> Iterator[set[int]]:
    """The articles of the days that are asked for, then with those that may tell of them later."""
    if then is None:
        return
    for until in (then.last, then.last + TOLD_LATER):
        within = view.allowed(Filters(since=then.first, until=until)) or set()
        yield within if allowed is None else within & allowed


def stories_of(words: Mapping[str, float], found: Sequence[Candidate]) -> list[Story]:
    """The articles in which a topic's sentences were found, the likeliest to be about it first."""
    stories = []
    in_order = sorted(found, key=lambda one: one.article.id)
    least = min((one.cosine for one in found), default=0.0)  # what was not found is no nearer
    for _, group in groupby(in_order, key=lambda one: one.article.id):
        own = list(group)
        article = own[0].article
        opening = title_stems(article).union(*(stems_in(article, n) for n in usable(article)[:1]))
        in_each = [title_stems(article) | stems_in(article, one.position) for one in own]
        opens = share(words, opening)
        near, then, *_ = sorted([*(one.cosine for one in own), least], reverse=True)
        features = {
            "opens": opens,
            "together": max(opens, *(share(words, stems) for stems in in_each)),
            "near": near,
            "next": then,
        }
        stories.append(Story(own[0].version_id, features))
    return sorted(stories, key=lambda story: -story.chance)


def central(
    view: Snapshot, version_id: int, count: int, said: list[Vectors], words: Mapping[str, float]
) -> list[int]:
    """The sentences of an article that say most of it, as they stand in it, and nothing twice.

    The first that is taken has as much of the topic, under the title, as any. Their vectors are
    added to ``said``, those of what was said before.
    """
    article = view.article_of(version_id)
    positions = usable(article)
    vectors = view.vectors_of(version_id)[positions]
    worth = vectors @ normalised(vectors.sum(axis=0))
    title = title_stems(article)
    shares = np.array([share(words, title | stems_in(article, n)) for n in positions])
    for n, position in enumerate(positions):
        worth[n] *= 1 + _LEAD / (n + 1)
        worth[n] += _ON_TOPIC * share(words, stems_in(article, position))
        worth[n] -= _LEANS * bool(_LEANING.match(article.quote(article.sentences[position])))
    taken: list[int] = []
    while len(taken) < min(count, len(positions)):
        near = np.max([vectors @ other for other in said] or [0 * worth], axis=0)
        left = np.where(near < _SAME, worth - _SPREAD * near, -np.inf)
        if not taken:
            left[shares < shares.max()] = -np.inf
        best = int(left.argmax())
        if left[best] == -np.inf:
            break
        taken.append(positions[best])
        said.append(vectors[best])
    return sorted(taken)


def usable(article: Article) -> list[int]:
    """The sentences that can stand alone, or all of the text."""
    body = [n for n, s in enumerate(article.sentences) if s.kind is SentenceKind.BODY]
    return [n for n in body if _WHOLE.fullmatch(article.quote(article.sentences[n]))] or body
