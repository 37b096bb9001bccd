"""The whole way from a question to an answer, over one state of one corpus."""

import datetime as dt
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial
from typing import cast

from index.errors import EmptyCorpus, InputError
from index.models.encoder import FastEncoder
from index.models.registry import SHIPPED_MODEL
from index.storage.base import Corpus
from index.storage.view import Snapshot
from index.text.words import words_of
from index.types import Filters
from retrieval import conversation, question
from retrieval.answer import Answer, Note, RankedSentence
from retrieval.answering import notes
from retrieval.answering.compose import Composition, closest_citations, compose
from retrieval.answering.digest import ARTICLES, digest, in_time, timed
from retrieval.answering.requests import ALONE, MAYBE, Kind, Reading, Request, read, request_of
from retrieval.conversation import focus_of
from retrieval.dates.asked import Wish, wish_in_corpus
from retrieval.question import Question, Turn
from retrieval.ranking.candidates import BEST, candidates, query_words
from retrieval.ranking.features import Query
from retrieval.ranking.spelling import corrected
from retrieval.reader.found import chosen, is_near
from retrieval.reader.judge import Reader, SpanReader
from retrieval.types import Candidate, Judged

_FIRST_YEAR, _LAST_YEAR = 1000, 9000
MOST_TURNS = 30  # of a conversation that are looked at


@dataclass(frozen=True, slots=True)
class Weighed:
    """A question worked through, before it is answered."""

    query: Query
    ranked: list[Judged]
    standalone: str
    missing: tuple[str, ...]
    notes: list[Note]


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
    """Answers questions over a corpus as it is at each question; safe to share between threads."""

    def __init__(
        self, corpus: Corpus, reader: Reader | None = None, threshold: float | None = None
    ) -> None:
        self.corpus = corpus
        self._reader = reader or SpanReader()
        self._threshold = threshold

    def ask(self, asked: Question) -> Answer:
        """Answer one question; raises EmptyCorpus, or InputError for what is no question."""
        return self.explain(asked)[0]

    def explain(self, asked: Question) -> tuple[Answer, list[Judged]]:
        """Answer one question, with the sentences that were weighed for it."""
        question.check(asked.text)
        clock = Clock()
        with clock.stage("total"), self._view(clock, asked.filters) as view:
            answer, ranked = self._reply(view, asked, clock)
        return answer.model_copy(update={"timings_ms": clock.timings}), ranked

    def latest(self, topic: str = "", filters: Filters = Filters(), most: int = ARTICLES) -> Answer:
        """What the newest articles say, on a topic or at all, from at most so many articles."""
        asked = Question(f"latest on {topic}" if topic else "latest news", filters=filters)
        question.check(asked.text)
        clock = Clock()
        with clock.stage("total"), self._view(clock, filters) as view:
            answer = self._digest(view, asked, Request("latest", topic), clock, most)
        return answer.model_copy(update={"timings_ms": clock.timings})

    def is_talk(self, text: str) -> bool:
        """Whether a text is small talk, within a conversation."""
        return self._is_surely(text, "talk")

    def may_stand_alone(self, text: str) -> bool:
        """Whether a text more likely than not leans on nothing before it."""
        return self._read(text).alone >= MAYBE

    def weigh(self, asked: Question) -> list[Judged]:
        """The sentences that an answer would be made of, likeliest first."""
        with self._view(Clock(), asked.filters) as view:
            return self._weigh(view, self._without_asides(asked), Clock()).ranked

    def search(self, text: str, k: int = 10, filters: Filters = Filters()) -> list[RankedSentence]:
        """The sentences nearest to some words, best first, at most ``k``."""
        question.check(text)
        with self._view(Clock(), filters) as view:
            asked = Question(text.strip(), filters=filters)
            ranked = self._weigh(view, asked, Clock(), max(BEST, k)).ranked
        return [
            RankedSentence.of(one.candidate.article, one.candidate.sentence, n, one.probability)
            for n, one in enumerate(ranked[:k], start=1)
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
            query, found, *_ = self._rank(view, self._without_asides(asked), BEST)
            near = [
                candidate
                for one in chosen(query, found)
                if (one.article.id, one.article.version) in fresh and is_near(query, one)
                for candidate in one.candidates.values()
            ]
            ranked = self._reader.judge(query, near) if near else []
        return bool(ranked) and ranked[0].probability >= self._least(asked)

    def _reply(self, view: Snapshot, asked: Question, clock: Clock) -> tuple[Answer, list[Judged]]:
        """The answer to a question or what a request asks for, with what was weighed for it."""
        ranked: list[Judged] = []
        with clock.stage("rank"):
            asked = self._without_asides(asked)
            request = self._request(asked)
        answer = None
        if request and not request.if_unanswered:
            answer = self._granted(view, asked, request, clock)
        if answer is None:
            answer, ranked = self._read_in_context(view, asked, clock)
            is_likelier = answer.status == "not_found" or (
                request is not None and answer.score < request.chance
            )
            if request and request.if_unanswered and is_likelier:
                answer = self._granted(view, asked, request, clock) or answer
        if request and request.topic and answer.status == "not_found":
            answer = answer.model_copy(update={"missing": missing(view, request.topic)})
        return answer, ranked

    def _read_in_context(
        self, view: Snapshot, asked: Question, clock: Clock
    ) -> tuple[Answer, list[Judged]]:
        """The answer to a question; one that may stand alone is read so where it has none."""
        answers = []
        for one in (asked, replace(asked, history=())):
            weighed = self._weigh(view, one, clock)
            with clock.stage("compose"):
                answers.append((self._answer(view, one, weighed), weighed.ranked))
            may_stand = self._leans_on(one) and self.may_stand_alone(one.text)
            if answers[-1][0].status == "answered" or not may_stand:
                break
        answer, ranked = answers[-1]
        return (answer, ranked) if answer.status == "answered" else answers[0]

    def _rank(
        self, view: Snapshot, asked: Question, most: int
    ) -> tuple[Query, list[Candidate], str, list[Note]]:
        """What is read, the sentences worth reading, the question's own words, what is to tell."""
        history = self._leans_on(asked)
        allowed = view.allowed(asked.filters)
        told = [*notes.as_of(view), *notes.filters(allowed)]
        text = question.as_read(asked.text)
        text, slips = corrected(text, view)
        told.extend(notes.spelling(*slip) for slip in slips)
        encoder = self.corpus.encoder(view.model_id)
        focus = focus_of(view, encoder, asked.history)
        ways = conversation.ways_to_ask(text, history)
        found = candidates(view, encoder, ways, allowed, most, focus)
        day = day_of(asked)
        query = Query(
            text=conversation.asked(text, history),
            words=query_words(view, question.content_words(ways[-1])),
            asked=day,
            focus=focus,
            wish=wish_in_corpus(view, text, day),
        )
        return query, found, text, told

    def _weigh(self, view: Snapshot, asked: Question, clock: Clock, most: int = BEST) -> Weighed:
        with clock.stage("rank"):
            query, found, own, told = self._rank(view, asked, most)
        with clock.stage("read"):
            ranked = self._reader.judge(query, found)
        told.extend(notes.time(query.wish, (one.candidate.article.day for one in ranked)))
        is_as_typed = own == question.as_read(asked.text)
        shown = conversation.shown(
            asked.text.strip() if is_as_typed else own, self._leans_on(asked)
        )
        return Weighed(query, ranked, shown, missing(view, own, query.wish), told)

    def _least(self, asked: Question) -> float:
        """The probability from which on an answer is given."""
        if asked.threshold is not None:
            return asked.threshold
        return self._reader.threshold if self._threshold is None else self._threshold

    @cached_property
    def _read(self) -> Callable[[str], Reading]:
        """What a text may ask for, told by the shipped encoder, whichever the corpus has."""
        encoder = cast("FastEncoder", self.corpus.encoder(SHIPPED_MODEL))
        return lru_cache(maxsize=200)(partial(read, encoder))  # the turns before come with each

    def _is_surely(self, text: str, *kinds: Kind) -> bool:
        """Whether a text, within a conversation, is a request of one of some kinds."""
        request = request_of(self._read(text), True)
        return request is not None and not request.if_unanswered and request.kind in kinds

    def _without_asides(self, asked: Question) -> Question:
        """A question after those turns only that asked for something new."""
        turns = asked.history[-MOST_TURNS:]
        new = (t for t in turns if not self._is_surely(t.question, "talk", "source"))
        return replace(asked, history=tuple(new))

    def _leans_on(self, asked: Question) -> tuple[Turn, ...]:
        """The turns that a text may lean on: none before the last text that stands alone."""
        texts = [*(turn.question for turn in asked.history), asked.text]
        alone = [n for n, text in enumerate(texts) if self._read(text).alone >= ALONE]
        return asked.history[max(alone, default=0) :]

    def _request(self, asked: Question) -> Request | None:
        """What a text asks for, None for a question."""
        has_history = bool(self._leans_on(asked) or asked.filters.article)
        return request_of(self._read(asked.text), has_history)

    def _granted(
        self, view: Snapshot, asked: Question, request: Request, clock: Clock
    ) -> Answer | None:
        """What a request asks for; None where there is nothing on its topic."""
        if request.reply:
            talk = Note(kind="small_talk", text=request.reply)
            return answer_of(view, asked, Composition(notes=(talk,)))
        if request.kind == "source":
            answer = self._sourced(view, asked, clock)
        else:
            of, page = asked, 0
            if request.kind == "more":
                request, of, page = self._continued(asked)
            answer = self._digest(view, of, request, clock, page=page)
        if answer is None or answer.status != "answered":
            return None
        return answer.model_copy(update={"question": asked.text, "standalone_question": asked.text})

    def _before(self, asked: Question) -> Iterator[tuple[Question, Request | None]]:
        """What was asked before, the newest first, and which requests these were."""
        for n in reversed(range(len(asked.history))):
            turn = replace(asked, text=asked.history[n].question, history=asked.history[:n])
            yield turn, self._request(turn)

    def _continued(self, asked: Question) -> tuple[Request, Question, int]:
        """What more is asked of: a request, as it was asked, and how many pages of it were shown.

        After a question, it is the article that answered.
        """
        page = 1
        for turn, request in self._before(asked):
            if request is None:
                break
            if request.kind in ("latest", "timeline", "summary"):
                of = turn if request.topic else replace(turn, history=asked.history)
                return request, of, page
            page += request.kind == "more"
        return Request("summary"), asked, page - 1

    def _sourced(self, view: Snapshot, asked: Question, clock: Clock) -> Answer | None:
        """What was shown last, with where it is from; None where nothing was."""
        shown, _ = next(self._before(asked), (None, None))
        if shown is None:
            return None
        answer, _ = self._reply(view, shown, clock)
        first = {c.article_id: c.n for c in reversed(answer.citations)}
        articles = {n: view.article_of(view.find(one).version_id) for one, n in first.items()}
        told = (*answer.notes, *notes.sources(articles))
        return answer.model_copy(update={"notes": told})

    def _digest(
        self,
        view: Snapshot,
        asked: Question,
        request: Request,
        clock: Clock,
        most: int = ARTICLES,
        page: int = 0,
    ) -> Answer:
        """Sentences on a topic, or of one article; further ones on each page.

        The score is the probability that they are what was asked for.
        """
        request, then = timed(view, request, question.as_read(asked.text), day_of(asked))
        only = asked.filters
        if asked.asked and not only.until:  # what is new on a day is not what came later
            only = replace(only, until=asked.asked)
        topic, allowed = request.topic, view.allowed(only)
        told = [*notes.as_of(view), *notes.filters(allowed)]
        with clock.stage("rank"):
            encoder = self.corpus.encoder(view.model_id)
            topic, slips = corrected(topic, view)
            request = replace(request, topic=topic)
            told += [notes.spelling(*slip) for slip in slips]
            one = only.article
            focus = view.find(one).version_id if one else focus_of(view, encoder, asked.history)
        with clock.stage("compose"):
            composed, found = Composition(), 0.0
            for within in (*in_time(view, then, allowed), allowed):
                composed, found = digest(view, encoder, request, within, focus, most, page)
                if composed.citations:
                    break
        unknown = missing(view, topic)
        if composed.citations:
            told += [notes.missing(unknown)] if unknown else []
            told += notes.time(then, (c.published for c in composed.citations))
        score = found * (request.chance or 1)
        return answer_of(view, asked, composed, score, told).model_copy(update={"missing": unknown})

    def _answer(self, view: Snapshot, asked: Question, weighed: Weighed) -> Answer:
        composed, ranked = Composition(), weighed.ranked
        score = ranked[0].probability if ranked else 0.0
        if ranked and score >= self._least(asked):
            composed = compose(weighed.query, ranked)
        elif score >= self._reader.threshold:
            composed = Composition(notes=(notes.unsure(),))
        answer = answer_of(view, asked, composed, score, weighed.notes)
        closest = () if composed.citations else tuple(closest_citations(ranked))
        more = {"standalone_question": weighed.standalone, "missing": weighed.missing}
        return answer.model_copy(update={**more, "closest": closest})


def answer_of(
    view: Snapshot,
    asked: Question,
    composed: Composition,
    score: float = 0,
    told: Sequence[Note] = (),
) -> Answer:
    """An answer in the words of the first citation; without one, that there is none."""
    first = composed.citations[0] if composed.citations else None
    return Answer(
        corpus_version=view.corpus_version,
        question=asked.text,
        standalone_question=asked.text.strip(),
        status="answered" if first else "not_found",
        answer=first.quote[first.answer_start : first.answer_end] if first else None,
        score=round(score, 4),
        citations=composed.citations,
        notes=(*told, *composed.notes),
    )


def missing(view: Snapshot, text: str, then: Wish | None = None) -> tuple[str, ...]:
    """The words of a text that no article has, but for those of the time it asks for."""
    timed = {word.stem for word in words_of(then.text.partition(":")[0])} if then else ()
    words: dict[str, str] = {}
    for word in question.content_words(text):
        words.setdefault(word.stem, word.text)
    return tuple(words[one] for one in words if one not in timed and not view.is_known(one))


def day_of(asked: Question) -> dt.date:
    """The day of asking; raises InputError for one around which not every day has a date."""
    day = asked.asked or asked.filters.as_of or dt.datetime.now().astimezone().date()
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise InputError(f"{day} is too far away; ask on a day from {_FIRST_YEAR} to {_LAST_YEAR}")
    return day
