"""From judged sentences to an answer: what is cited beside it, and that every quote is true."""

import datetime as dt
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from index.errors import CorpusDamaged
from index.text.words import words_of
from index.types import Article, SentenceKind
from retrieval import remarks
from retrieval.agree import Relation, Said, compare
from retrieval.answer import Citation, Note, Role
from retrieval.features import Query, points_back
from retrieval.forms import is_list
from retrieval.links import deep_link
from retrieval.rank import Candidate, stems_in
from retrieval.reader import Judgement, probability
from retrieval.spans import has_span
from retrieval.speaker import Speaker, speaker_of

# How far back the sentence may stand that says who "he" is.
_LOOK_BACK = 3
# Of the sentences after the best so many are compared with it, and so many cited.
_COMPARED = 12
_MOST_TOLD = 3
# How likely right, against the best, one must be to be heard; and to lead because it is newer.
_NEARLY = 0.6
_AS_LIKELY = 0.8
# From how likely right on, and with how much of the question around them, two sentences are taken
# to be of the one event that the question names.
_SURE, _ABOUT = 0.5, 0.5
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

    def moved(self, gain: float, why: str) -> "Judged":
        """The same with so much added to its logit, for a reason."""
        chance = self.probability
        if not 0 < chance < 1:
            return self
        raised = probability(math.log(chance / (1 - chance)) + gain)
        features = self.judgement.features | {why: gain}
        return replace(
            self, judgement=replace(self.judgement, probability=raised, features=features)
        )


@dataclass(frozen=True, slots=True)
class Cited:
    """A sentence to cite, by its place."""

    role: Role
    article: Article
    position: int
    span: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Composition:
    """What is cited for an answer, and what Dateline says of it itself."""

    citations: tuple[Citation, ...] = ()
    notes: tuple[Note, ...] = ()


def compose(query: Query, ranked: Sequence[Judged], least: float) -> Composition:
    """The best sentence, what completes it, who says so, and what other articles say.

    Where several things are asked for, also other answers that are as probable as ``least``.
    """
    ranked = led_by_the_newest(query, ranked)
    best = ranked[0].candidate
    told = relations(query, ranked)
    speaker = speaker_of(best.article, best.position, ranked[0].judgement.span)
    cited = [cited_as("answer", ranked[0])]
    cited.extend(subject_of(query, best))
    if speaker and speaker.position != best.position:
        cited.append(Cited("context", best.article, speaker.position))
    cited.extend(completion_of(query, ranked[0]))
    cited.extend(cited_as("support" if how is Relation.SAME else "differs", j) for j, how in told)
    if is_list(query.text):
        cited.extend(cited_as("answer", j) for j in further(query, ranked, least))
    return composition(cited, speaker, 1 + sum(how is Relation.SAME for _, how in told))


def said_by(article: Article, position: int, span: tuple[int, int] | None) -> Composition:
    """Who says a sentence, or its words at ``span``; empty where it is the article itself."""
    speaker = speaker_of(article, position, span)
    if speaker is None:
        return Composition()
    begin = article.sentences[speaker.position].start
    words = speaker.start - begin, speaker.end - begin
    cited = [Cited("answer", article, speaker.position, words), Cited("context", article, position)]
    return composition(cited)


def composition(
    cited: Iterable[Cited], speaker: Speaker | None = None, agreeing: int = 1
) -> Composition:
    """The citations, checked and numbered, with what is to say about them."""
    kept = list(distinct(cited))
    citations = [cite(n, c) for n, c in enumerate(kept, start=1)]
    published = (c.article.published for c in kept)
    notes = [*remarks.dates(zip(citations, published, strict=True))]
    if speaker:
        named = [c.n for c in citations if c.start <= speaker.start < c.end]
        text = kept[0].article.text
        notes.append(remarks.speaker(text[speaker.start : speaker.end], named[0]))
    notes.extend(remarks.agreement(agreeing))
    notes.extend(remarks.difference(citations))
    return Composition(tuple(citations), tuple(notes))


def cited_as(role: Role, judged: Judged) -> Cited:
    """A judged sentence to cite, with the words that answer where it is said to answer."""
    span = judged.judgement.span if role in ("answer", "differs") else None
    return Cited(role, judged.candidate.article, judged.candidate.position, span)


def led_by_the_newest(query: Query, ranked: Sequence[Judged]) -> list[Judged]:
    """The same with the newest in front where articles answer differently because time passed."""
    best, *others = ranked
    newest = best
    for other in others[:_COMPARED]:
        likely = other.probability >= _AS_LIKELY * best.probability
        if likely and relation(query, best, other) is Relation.DIFFERS:
            newest = max(newest, other, key=lambda j: day_of(j) or dt.date.min)
    return [newest, *(j for j in ranked if j is not newest)]


def relations(query: Query, ranked: Sequence[Judged]) -> list[tuple[Judged, Relation]]:
    """Sentences of other articles that say the same or otherwise; an article speaks once."""
    best, *others = ranked
    out: list[tuple[Judged, Relation]] = []
    articles = {best.candidate.article.id}
    for other in others[:_COMPARED]:
        article = other.candidate.article.id
        if article in articles or other.probability < _NEARLY * best.probability:
            continue
        how = relation(query, best, other)
        if how is not Relation.UNRELATED and len(out) < _MOST_TOLD:
            articles.add(article)
            out.append((other, how))
    return out


def further(query: Query, ranked: Sequence[Judged], least: float) -> Iterator[Judged]:
    """Other answers to a question that asks for several."""
    given = [ranked[0]]
    for judged in ranked[1:_COMPARED]:
        words = said(judged)
        if judged.probability < least or words is None or len(given) > _MOST_TOLD:
            continue
        known = [one for one in map(said, given) if one]
        again = any(one.words.casefold() in words.quote.casefold() for one in known)
        if not again and all(relation(query, one, judged) is Relation.UNRELATED for one in given):
            given.append(judged)
            yield judged


def relation(query: Query, one: Judged, other: Judged) -> Relation:
    """How the answers of two sentences relate."""
    first, second = said(one), said(other)
    if first is None or second is None:
        return Relation.UNRELATED
    return compare(query.text, query.kind, first, second, is_named=is_named(query, one, other))


def is_named(query: Query, *judged: Judged) -> bool:
    """Whether the question names what it asks of, and sentences surely answer it."""
    features = [j.judgement.features for j in judged]
    return bool(query.names) and all(
        j.probability >= _SURE and not f["names_missing"] and f["context"] >= _ABOUT
        for j, f in zip(judged, features, strict=True)
    )


def said(judged: Judged) -> Said | None:
    """A sentence as what it answers; None where its words are not told apart."""
    span = judged.judgement.span
    return Said(judged.candidate.quote, span, day_of(judged)) if span else None


def day_of(judged: Judged) -> dt.date | None:
    """When its article was published, if the day is known."""
    published = judged.candidate.article.published
    return dt.date.fromisoformat(published.day) if published and published.day else None


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
