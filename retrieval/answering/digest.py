"""Topics, summaries, what is new: the leading and most central sentences of articles.

Nothing is read: what counts is where a sentence stands, how near it is to the middle of its
article, and which of the topic's words it has.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from index.models.encoder import Encoder, Vectors, normalised
from index.storage.view import Snapshot
from index.types import Article, SentenceKind
from retrieval.answering import notes
from retrieval.answering.compose import POINTS_BACK, Cited, Composition, cite
from retrieval.answering.requests import Request
from retrieval.question import content_words
from retrieval.ranking.candidates import candidates, query_words
from retrieval.ranking.features import share, stems_in, title_stems
from retrieval.types import Candidate

SENTENCES = 5  # of a summary; of several articles together, but at least one of each
ARTICLES = 5
_FOUND = 200  # sentences among which the articles of a topic are looked for
_LEAST = 0.5  # of the topic's weight, in an article that is about it
_NEARLY = 0.8  # as near the topic as the best article
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
    """An article on a topic: which share of it stands in its opening, in a sentence, in all of it.

    ``nearness`` is what stories are ordered by.
    """

    version_id: int
    opens: float
    together: float
    has: float
    nearness: float


def digest(
    view: Snapshot,
    encoder: Encoder,
    request: Request,
    allowed: set[int] | None,
    focus: int | None = None,
    most: int = ARTICLES,
) -> tuple[Composition, float]:
    """What a request asks for, and the share of its topic's weighted words that was found.

    ``focus`` is the version to sum up where no topic is named; nothing is cited when there is none.
    """
    topic, words = request.topic, query_words(view, content_words(request.topic))
    stories: list[Story] = []
    if topic:
        stories = _stories(words, candidates(view, encoder, [topic], allowed, _FOUND))
        if request.if_unanswered:
            stories = [story for story in stories if story.together == 1]
        allowed = {story.version_id for story in stories}
        focus = stories[0].version_id if stories else None
    versions = [h.version_id for h in view.heads() if allowed is None or h.version_id in allowed]
    if request.kind == "summary":
        versions = [one for one in versions if one == focus]
    is_all = request.kind == "latest" and not request.topic
    each = 1 if is_all else SENTENCES // max(1, min(SENTENCES, most, len(versions)))
    cited: list[Cited] = []
    said: list[Vectors] = []
    for version_id in versions:
        taken = central(view, version_id, each, said, words)
        cited.extend(Cited("answer", view.article_of(version_id), n) for n in taken)
        most -= bool(taken)
        if not most:
            break
    if not cited:
        return Composition(), 0.0
    citations = tuple(cite(n, one) for n, one in enumerate(cited, start=1))
    is_summary = request.kind == "summary"
    note = notes.summary(citations[0].title) if is_summary else notes.latest(topic)
    return Composition(citations, (note,)), stories[0].has if stories else 0.0


def _stories(words: Mapping[str, float], found: Sequence[Candidate]) -> list[Story]:
    """The articles that are about a topic, the nearest first."""
    stories = []
    in_order = sorted(found, key=lambda one: one.article.id)
    for _, group in groupby(in_order, key=lambda one: one.article.id):
        own = list(group)
        article = own[0].article
        opening = title_stems(article).union(*(stems_in(article, n) for n in usable(article)[:1]))
        in_each = [title_stems(article) | stems_in(article, one.position) for one in own]
        opens, has = share(words, opening), share(words, opening.union(*in_each))
        together = max(opens, *(share(words, stems) for stems in in_each))
        if has >= _LEAST:
            nearness = opens + max(one.cosine for one in own)
            stories.append(Story(own[0].version_id, opens, together, has, nearness))
    stories.sort(key=lambda story: -story.nearness)
    return [s for s in stories if s.opens == 1 or s.nearness >= _NEARLY * stories[0].nearness]


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
