"""From judged sentences to an answer: what is cited beside it, and that every quote is true."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from index.errors import CorpusDamaged
from index.types import Article, SentenceKind
from index.words import words_of
from retrieval.answer import Citation, Role
from retrieval.links import deep_link
from retrieval.rank import Candidate, stems_in
from retrieval.reader import Judgement, Query, points_back
from retrieval.spans import has_span

# How far back the sentence may stand that says who "he" is.
_LOOK_BACK = 3
_MOST_SUPPORT = 2
# A sentence of another article supports the answer when it is nearly as likely right.
_NEARLY = 0.6
_EVENT = re.compile(
    r"\b(?:the|their|a|an|this|that)(?: \w+)? (?:meetings?|talks|discussions?|conversations?|visit"
    r"|trip|dialogue|encounter|summit|statement|official|two|sides|move|decision|incident)\b",
    re.IGNORECASE,
)
_OPENING = 80  # characters within which a sentence says what it is about
_SPEAKER = re.compile(
    r"\b(?:he|she|they) (?:said|added|declared|told|explained|noted|wrote)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Judged:
    """A candidate with what the reader made of it."""

    candidate: Candidate
    judgement: Judgement

    @property
    def probability(self) -> float:
        """The chance that it answers."""
        return self.judgement.probability


@dataclass(frozen=True, slots=True)
class Cited:
    """A sentence to cite, by its place."""

    role: Role
    article: Article
    position: int
    span: tuple[int, int] | None = None


def answer_citations(query: Query, ranked: Sequence[Judged]) -> list[Citation]:
    """The best sentence, what completes it or holds its subject, and what says the same."""
    best = ranked[0].candidate
    cited = [Cited("answer", best.article, best.position, ranked[0].judgement.span)]
    cited.extend(subject_of(query, best))
    cited.extend(completion_of(query, ranked[0]))
    cited.extend(support_of(ranked))
    return [cite(n, c) for n, c in enumerate(distinct(cited), start=1)]


def closest_citations(ranked: Sequence[Judged], most: int = 3) -> list[Citation]:
    """The nearest sentences where there is no answer; they claim nothing."""
    cited = [Cited("context", j.candidate.article, j.candidate.position) for j in ranked[:most]]
    return [cite(n, c) for n, c in enumerate(cited, start=1)]


def subject_of(query: Query, best: Candidate) -> Iterator[Cited]:
    """The sentence before that names whom or what the best one only points to."""
    lacking = query.lacking(stems_in(best.article, best.position))
    if not lacking or not leans(best.quote):
        return
    for position in range(best.position - 1, max(-1, best.position - 1 - _LOOK_BACK), -1):
        sentence = best.article.sentences[position]
        stems = stems_in(best.article, position)
        if sentence.kind is SentenceKind.BODY and any(name & stems for name in lacking):
            yield Cited("context", best.article, position)
            return


def completion_of(query: Query, best: Judged) -> Iterator[Cited]:
    """The next sentence, where it goes on with the answer without naming it anew."""
    article, position = best.candidate.article, best.candidate.position + 1
    if position >= len(article.sentences):
        return
    following = article.quote(article.sentences[position])
    if article.sentences[position].kind is not SentenceKind.BODY:
        return
    stems = stems_in(article, position)
    asked = {word.stem for word in query.words}
    goes_on = _answer_stems(best) & stems or len(asked & stems) >= 2
    adds = best.judgement.span is not None and has_span(following, query.kind, asked)
    if leans(following) and (goes_on or adds):
        yield Cited("support", article, position)


def support_of(ranked: Sequence[Judged]) -> Iterator[Cited]:
    """Sentences of other articles that give the same words as the answer."""
    best, *others = ranked
    said = _answer_stems(best)
    articles = {best.candidate.article.id}
    if best.judgement.span is None or not said:
        return
    for other in others:
        article = other.candidate.article
        agrees = said <= stems_in(article, other.candidate.position)
        if (
            agrees
            and article.id not in articles
            and other.probability >= _NEARLY * best.probability
        ):
            articles.add(article.id)
            yield Cited("support", article, other.candidate.position)
        if len(articles) > _MOST_SUPPORT:
            return


def leans(quote: str) -> bool:
    """Whether a sentence needs its neighbour: it opens with a pronoun, or names only the event."""
    return bool(points_back(quote) or _SPEAKER.search(quote) or _EVENT.search(quote[:_OPENING]))


def distinct(cited: Iterable[Cited]) -> Iterator[Cited]:
    """Each sentence once, in its first role."""
    seen: set[tuple[str, int]] = set()
    for one in cited:
        place = (one.article.id, one.position)
        if place not in seen:
            seen.add(place)
            yield one


def cite(n: int, cited: Cited) -> Citation:
    """The citation of a sentence; raises CorpusDamaged rather than let a false quote out."""
    article = cited.article
    sentence = article.sentences[cited.position]
    quote = article.text[sentence.start : sentence.end]
    if not quote or len(quote) != sentence.end - sentence.start:
        raise CorpusDamaged(
            f"a sentence of {article.id} is not where it should be; run `dateline rebuild`"
        )
    start, end = cited.span or (None, None)
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
        deep_link=deep_link(article.url, article.text, sentence.start, sentence.end),
        published=article.published.day if article.published else None,
        start=sentence.start,
        end=sentence.end,
        text_sha256=article.text_sha256,
    )


def _answer_stems(best: Judged) -> set[str]:
    span = best.judgement.span
    if span is None:
        return set()
    return {word.stem for word in words_of(best.candidate.quote, *span) if not word.is_stop}
