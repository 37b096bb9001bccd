"""The whole way from a question to an answer, over one state of one corpus."""

import datetime as dt
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from index.errors import EmptyCorpus
from index.storage.base import Corpus
from index.storage.view import Snapshot
from index.text.words import words_of
from index.types import Filters
from retrieval import question
from retrieval.answer import Answer, Note, RankedSentence
from retrieval.answering import notes
from retrieval.answering.compose import Composition, closest_citations, compose
from retrieval.answering.digest import ARTICLES, digest
from retrieval.answering.small_talk import small_talk
from retrieval.answering.topics import Request, request_of
from retrieval.conversation import carry
from retrieval.conversation.focus import focus_of
from retrieval.dates.asked import Wish, wish
from retrieval.question import Question, Turn
from retrieval.ranking.candidates import BEST, candidates, query_words
from retrieval.ranking.features import Query, is_from, share, title_stems
from retrieval.ranking.spelling import corrected
from retrieval.reader.found import FoundPassage, chosen
from retrieval.reader.judge import Reader, SpanReader
from retrieval.types import Candidate, Judged

# A passage that has come in is read for a watched question if its fused score and, by this weight,
# the share of the question's words in it are this much: of 204 passages that answered surely all
# but one have it, of the others that would be read 13 %.
_SHARED, _NEAR = 0.25, 0.53


@dataclass(frozen=True, slots=True)
class ExplainedSentence:
    """Why a sentence stands where it does."""

    rank: int
    score: float
    dense: float
    words: float
    reader: float
    sentence: str
    article_id: str
    title: str
    why: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """An answer with the sentences that were weighed for it."""

    answer: Answer
    rows: list[ExplainedSentence]


@dataclass(frozen=True, slots=True)
class Weighed:
    """A question worked through, before it is answered.

    ``own`` is the question without what was carried, with its slips put right.
    """

    query: Query
    ranked: list[Judged]
    standalone: str
    own: str
    notes: list[Note] = field(default_factory=list)

    @property
    def score(self) -> float:
        """The probability that the best sentence answers."""
        return self.ranked[0].probability if self.ranked else 0.0

    @property
    def missing(self) -> tuple[str, ...]:
        """The question's words that no article has, but for those of the time it asks for."""
        wish = self.query.wish
        timed = {word.stem for word in words_of(wish.text.partition(":")[0])} if wish else ()
        own = {word.stem for word in question.content_words(self.own)}.difference(timed)
        words = (one for one in self.query.words if one.stem in own)
        return tuple(one.word.text for one in words if not one.in_corpus)


class Clock:
    """How long each stage took, in milliseconds."""

    def __init__(self) -> None:
        self.timings: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count the time spent inside as ``name``."""
        started = time.perf_counter()
        yield
        spent = (time.perf_counter() - started) * 1000
        self.timings[name] = round(self.timings.get(name, 0.0) + spent, 3)


class Engine:
    """Answers questions over a corpus as it is at each; safe to share between threads."""

    def __init__(
        self, corpus: Corpus, reader: Reader | None = None, threshold: float | None = None
    ) -> None:
        self.corpus = corpus
        self._reader = reader or SpanReader()
        self._threshold = threshold

    def ask(self, asked: Question) -> Answer:
        """Answer one question; raises EmptyCorpus, or InputError for what is no question."""
        return self.explain(asked).answer

    def explain(self, asked: Question) -> Explanation:
        """Answer one question, with the sentences that were weighed for it."""
        question.check(asked.text)
        clock, ranked = Clock(), list[Judged]()
        with clock.stage("total"), self._view(clock, asked.filters) as view:
            if reply := small_talk(asked.text):
                return Explanation(chat(view.corpus_version, asked, reply), [])
            answer = self._told(view, asked, clock, unanswered=False)
            if answer is None:
                weighed = self._weigh(view, asked, clock)
                ranked = weighed.ranked
                with clock.stage("compose"):
                    answer = self._answer(view.corpus_version, asked, weighed)
            if answer.status == "not_found":
                answer = self._told(view, asked, clock, unanswered=True) or answer
            answer = dated(answer, view)
        rows = [explained(n, judged) for n, judged in enumerate(ranked, start=1)]
        return Explanation(answer.model_copy(update={"timings_ms": clock.timings}), rows)

    def latest(self, topic: str = "", filters: Filters = Filters(), most: int = ARTICLES) -> Answer:
        """What the newest articles say, on a topic or at all, from at most so many articles."""
        asked = Question(f"latest on {topic}" if topic else "latest news", filters=filters)
        question.check(asked.text)
        clock = Clock()
        with clock.stage("total"), self._view(clock, filters) as view:
            answer = self._digest(view, asked, Request("latest", topic), clock, most)
            answer = dated(answer, view)
        return answer.model_copy(update={"timings_ms": clock.timings})

    def weigh(self, asked: Question) -> list[Judged]:
        """The sentences that an answer would be made of, likeliest first."""
        with self._view(Clock(), asked.filters) as view:
            return self._weigh(view, asked, Clock()).ranked

    def search(self, text: str, k: int = 10, filters: Filters = Filters()) -> list[RankedSentence]:
        """The sentences nearest to some words, best first, at most ``k``."""
        question.check(text)
        with self._view(Clock(), filters) as view:
            asked = Question(text.strip(), filters=filters)
            ranked = self._weigh(view, asked, Clock(), max(BEST, k)).ranked
        return [
            RankedSentence(
                rank=n,
                score=round(judged.probability, 4),
                sentence=judged.candidate.quote,
                article_id=judged.candidate.article.id,
                title=judged.candidate.article.title,
                url=judged.candidate.article.url,
                published=judged.candidate.article.day,
                start=judged.candidate.sentence.start,
                end=judged.candidate.sentence.end,
                version=judged.candidate.article.version,
            )
            for n, judged in enumerate(ranked[:k], start=1)
        ]

    @contextmanager
    def _view(self, clock: Clock, filters: Filters) -> Iterator[Snapshot]:
        with clock.stage("open"):
            snapshot = self.corpus.snapshot(filters.as_of)
        with snapshot as view:
            if not (view.article_count or view.later):
                raise EmptyCorpus(
                    f"the corpus {self.corpus.name!r} has no articles yet; "
                    "add some with: dateline add PATH"
                )
            yield view

    def may_answer(self, asked: Question, fresh: Collection[tuple[str, int]]) -> bool:
        """Whether one of some articles, by id and version, may be what answers.

        It may where the reader would come to it among all articles, and read alone it is sure
        enough. Costs a search, and reading only what has enough of the question's words.
        """
        if not fresh:
            return False
        with self._view(Clock(), asked.filters) as view:
            query, found, *_ = self._rank(view, asked, BEST)
            near = [
                candidate
                for one in chosen(query, found)
                if (one.article.id, one.article.version) in fresh and is_near(query, one)
                for candidate in one.candidates.values()
            ]
            ranked = self._reader.judge(query, near) if near else []
        return bool(ranked) and ranked[0].probability >= self._least(asked)

    def _rank(
        self, view: Snapshot, asked: Question, most: int
    ) -> tuple[Query, list[Candidate], str, list[Note]]:
        """What is read, the sentences worth reading, the question's own words, what is to tell."""
        history = turns_of(asked)
        allowed = view.allowed(asked.filters)
        told = list(notes.filters(allowed))
        text = question.as_read(asked.text)
        text, slips = corrected(text, question.content_words(text), view)
        told.extend(notes.spelling(*slip) for slip in slips)
        encoder = self.corpus.encoder(view.model_id)
        focus = focus_of(view, encoder, history)
        ways = carry.ways_to_ask(text, history)
        found = candidates(view, encoder, ways, allowed, most, focus)
        day = day_of(asked)
        query = Query(
            text=carry.asked(text, history),
            words=tuple(query_words(view, question.content_words(ways[-1]))),
            asked=day,
            focus=focus,
            wish=wish(text, day),
        )
        return query, found, text, told

    def _weigh(self, view: Snapshot, asked: Question, clock: Clock, most: int = BEST) -> Weighed:
        with clock.stage("rank"):
            query, found, own, told = self._rank(view, asked, most)
        with clock.stage("read"):
            ranked = self._reader.judge(query, found)
        told.extend(notes.time(query, ranked))
        is_as_typed = own == question.as_read(asked.text)
        shown = carry.shown(asked.text.strip() if is_as_typed else own, turns_of(asked))
        return Weighed(query, ranked, shown, own, told)

    def _least(self, asked: Question) -> float:
        """The probability from which on an answer is given."""
        if asked.threshold is not None:
            return asked.threshold
        return self._reader.threshold if self._threshold is None else self._threshold

    def _told(
        self, view: Snapshot, asked: Question, clock: Clock, *, unanswered: bool
    ) -> Answer | None:
        """What a text that asks for no answer is told, or one that has none; None for others."""
        has_history = bool(turns_of(asked) or asked.filters.article)
        request = request_of(question.as_read(asked.text), has_history)
        if request is None or request.if_unanswered != unanswered:
            return None
        told = self._digest(view, asked, request, clock)
        return told if told.status == "answered" else None

    def _digest(
        self, view: Snapshot, asked: Question, request: Request, clock: Clock, most: int = ARTICLES
    ) -> Answer:
        """Sentences on a topic, or of one article; the score is how much of the topic was found."""
        request, then = timed(request, question.as_read(asked.text), day_of(asked))
        topic, allowed = request.topic, view.allowed(asked.filters)
        told = list(notes.filters(allowed))
        with clock.stage("rank"):
            encoder = self.corpus.encoder(view.model_id)
            topic, slips = corrected(topic, question.content_words(topic), view)
            request = replace(request, topic=topic)
            told += [notes.spelling(*slip) for slip in slips]
            only = asked.filters.article
            focus = view.find(only).version_id if only else focus_of(view, encoder, turns_of(asked))
        with clock.stage("compose"):
            within = allowed if then is None else from_days(view, then, allowed)
            composed, found = digest(view, encoder, request, within, focus, most)
            if then and not composed.citations:
                composed, found = digest(view, encoder, request, allowed, focus, most)
        first = composed.citations[0] if composed.citations else None
        words = question.content_words(topic)
        missing = tuple(word.text for word in words if not view.is_known(word.stem))
        told += [notes.missing(missing)] if first and missing else []
        if then and first:
            days = [citation.published for citation in composed.citations if citation.published]
            told += notes.times(then, [dt.date.fromisoformat(day) for day in days])
        return Answer(
            corpus_version=view.corpus_version,
            question=asked.text,
            standalone_question=asked.text.strip(),
            status="answered" if first else "not_found",
            answer=first.quote if first else None,
            score=round(found, 4),
            citations=composed.citations,
            missing=missing,
            notes=(*told, *composed.notes),
        )

    def _answer(self, corpus_version: str, asked: Question, weighed: Weighed) -> Answer:
        composed = Composition()
        if weighed.score >= self._least(asked) and weighed.ranked:
            composed = compose(weighed.query, weighed.ranked)
        elif weighed.score >= self._reader.threshold:
            composed = Composition(notes=(notes.unsure(),))
        first = composed.citations[0] if composed.citations else None
        return Answer(
            corpus_version=corpus_version,
            question=asked.text,
            standalone_question=weighed.standalone,
            status="answered" if first else "not_found",
            answer=first.quote[first.answer_start : first.answer_end] if first else None,
            score=round(weighed.score, 4),
            citations=composed.citations,
            closest=() if first else tuple(closest_citations(weighed.ranked)),
            missing=weighed.missing,
            notes=(*weighed.notes, *composed.notes),
        )


def chat(corpus_version: str, asked: Question, reply: str) -> Answer:
    """A reply of Dateline's own to what asks the articles nothing."""
    return Answer(
        corpus_version=corpus_version,
        question=asked.text,
        standalone_question=asked.text.strip(),
        status="not_found",
        answer=None,
        score=0.0,
        notes=(Note(kind="small_talk", text=reply),),
    )


def turns_of(asked: Question) -> list[Turn]:
    """The turns before that asked something."""
    return [turn for turn in asked.history if not small_talk(turn.question)]


def day_of(asked: Question) -> dt.date:
    """The day of asking."""
    return asked.asked or asked.filters.as_of or dt.datetime.now().astimezone().date()


def timed(request: Request, text: str, day: dt.date) -> tuple[Request, Wish | None]:
    """A request without its words about time, and the days that these ask for."""
    topic = request.topic
    found = wish(topic or text, day)
    if found is None or found.kind != "NEWS" or request.kind == "summary":
        return request, None
    if topic:
        rest = topic[found.end :].removeprefix("'s").removeprefix("’s")  # today's
        topic = " ".join(f"{topic[: found.start]} {rest}".split())
    return replace(request, topic=topic, if_unanswered=bool(topic) and request.if_unanswered), found


def from_days(view: Snapshot, then: Wish, allowed: set[int] | None) -> set[int]:
    """The versions, of those that are allowed, of articles from some days."""
    return {
        head.version_id
        for head in view.heads()
        if (allowed is None or head.version_id in allowed)
        and head.published
        and head.published.day
        and is_from(then, head.published.earliest)
    }


def dated(answer: Answer, view: Snapshot) -> Answer:
    """The answer with a note of what it is as of, where that is not now."""
    if view.day is None:
        return answer
    return answer.model_copy(update={"notes": (notes.as_of(view), *answer.notes)})


def is_near(query: Query, found: FoundPassage) -> bool:
    """Whether a passage, with its title, has so much of a question that it may answer it."""
    words = title_stems(found.article) | found.around.stems
    return found.score + _SHARED * share(query.words, words) >= _NEAR


def explained(n: int, judged: Judged) -> ExplainedSentence:
    """One line of an explanation."""
    candidate, features = judged.candidate, judged.features or {}
    return ExplainedSentence(
        rank=n,
        score=round(judged.probability, 4),
        dense=round(candidate.cosine, 4),
        words=round(candidate.bm25, 4),
        reader=round(features.get("margin", 0.0), 4),
        sentence=candidate.quote,
        article_id=candidate.article.id,
        title=candidate.article.title,
        why=", ".join(f"{name} {value:.2f}" for name, value in features.items() if value),
    )
