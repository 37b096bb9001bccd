"""From judged sentences to an answer: what is cited beside it, and that every quote is true."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from index.errors import MAKE_ANEW, CorpusDamaged
from index.types import Article, SentenceKind, Span
from retrieval.answer import CLOSE, Citation, Note, Role
from retrieval.answering import notes
from retrieval.answering.groups import doubles_of, grouped
from retrieval.answering.links import deep_link
from retrieval.ranking.features import Query, stems_in
from retrieval.types import Judged

_MOST_GROUPS, _MOST_SUPPORTS = 4, 3
# A sentence that opens so speaks of what the one before it named: of 327 that answer a training
# question 54 % lack a word of the question that the one before has, of 2,484 others 38 %.
POINTS_BACK = re.compile(
    r"[\W_]*(?:(?:on|in|at) \w+,? )?(?:he|she|they|it|this|that|these|those|his|her|their|its|both"
    r"|there|such|the two|neither)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Cited:
    """A sentence to cite, by its place; ``span`` is in the article's characters."""

    role: Role
    article: Article
    position: int
    span: Span | None = None
    doubles: tuple[Article, ...] = ()


@dataclass(frozen=True, slots=True)
class Composition:
    """What is cited for an answer, and what Dateline says of it itself."""

    citations: tuple[Citation, ...] = ()
    notes: tuple[Note, ...] = ()


def compose(query: Query, ranked: Sequence[Judged]) -> Composition:
    """The best sentence, what it points back to, and what other articles answer."""
    (lead, *supports), *others = grouped(ranked)[: _MOST_GROUPS + 1]
    supports, differing = supports[:_MOST_SUPPORTS], [first for first, *_ in others]
    cited = list(answers(lead))
    answering = {one.position for one in cited}
    cited.extend(one for one in pointed_at(query, lead) if one.position not in answering)
    cited.extend(cited_as("support", one) for one in supports)
    cited.extend(cited_as("differs", one) for one in differing)
    doubles = doubles_of([lead, *supports, *differing], ranked)
    cited = [replace(one, doubles=doubles.pop(one.article.id, ())) for one in cited]
    citations = [cite(n, one) for n, one in enumerate(cited, start=1)]
    told = list(notes.dates(citations, query.wish))
    told.extend(notes.speakers(citations[:1]))
    told.extend(notes.also_in(n, c.doubles) for n, c in enumerate(cited, start=1) if c.doubles)
    told.extend(notes.agreement(citations))
    told.extend(notes.others(citations))
    return Composition(tuple(citations), tuple(told))


def answers(judged: Judged) -> Iterator[Cited]:
    """The sentence that answers; of a list one for each item, the best sentence's first."""
    article, position = judged.candidate.article, judged.candidate.position
    if not judged.items:
        yield Cited("answer", article, position, judged.span)
        return
    own = judged.candidate.sentence
    here = [item for item in judged.items if own.start <= item[0] < own.end]
    for item in [*here, *(item for item in judged.items if item not in here)]:
        at = next(n for n, s in enumerate(article.sentences) if s.start <= item[0] < s.end)
        yield Cited("answer", article, at, item)


def cited_as(role: Role, judged: Judged) -> Cited:
    """A judged sentence to cite, with the words that answer where it answers otherwise."""
    span = judged.span if role == "differs" else None
    return Cited(role, judged.candidate.article, judged.candidate.position, span)


def pointed_at(query: Query, best: Judged) -> Iterator[Cited]:
    """The sentence before, where the best one points back to what the question names and it has."""
    article, position = best.candidate.article, best.candidate.position - 1
    if position < 0 or not POINTS_BACK.match(best.candidate.quote):
        return
    asked = query.words.keys() - stems_in(article, position + 1)
    if article.sentences[position].kind is SentenceKind.BODY and asked & stems_in(
        article, position
    ):
        yield Cited("context", article, position)


def closest_citations(ranked: Sequence[Judged], most: int = 3) -> list[Citation]:
    """The nearest sentences where there is no answer, with the words that may be it after all."""
    cited = [
        replace(cited_as("context", one), span=one.span if one.probability >= CLOSE else None)
        for one in ranked[:most]
    ]
    return [cite(n, c) for n, c in enumerate(cited, start=1)]


def cite(n: int, cited: Cited) -> Citation:
    """The citation of a sentence; raises CorpusDamaged rather than let a false quote out."""
    article = cited.article
    sentence = article.sentences[cited.position]
    quote = article.text[sentence.start : sentence.end]
    if not quote or len(quote) != sentence.end - sentence.start:
        raise CorpusDamaged(f"a sentence of {article.id} is not where it should be; {MAKE_ANEW}")
    start, end = (at - sentence.start for at in cited.span) if cited.span else (None, None)
    page = article.page(sentence.start)
    markdown = (article.origin or "").lower().endswith((".md", ".markdown"))
    place = (sentence.start, sentence.end)
    link = deep_link(article.url, article.text, *place, markdown=markdown)
    return Citation(
        n=n,
        role=cited.role,
        quote=quote,
        answer_start=start,
        answer_end=end,
        article_id=article.id,
        title=article.title,
        source=article.source,
        url=article.url,
        deep_link=f"{article.url}#page={page}" if article.url and page else link,
        published=article.day,
        start=sentence.start,
        end=sentence.end,
        text_sha256=article.text_sha256,
        version=article.version,
        also_in=tuple(double.id for double in cited.doubles),
        page=page,
    )
