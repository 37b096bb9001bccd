"""The whole way from a question to an answer, over one state of one corpus."""

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from index.errors import EmptyCorpus
from index.storage.corpus import Corpus
from index.storage.snapshot import Snapshot
from index.text.words import Word
from index.types import Filters
from retrieval import forms, names, question, remarks
from retrieval.adjust import adjusted
from retrieval.answer import Answer, Citation, Note, RankedSentence
from retrieval.compose import (
    Cited,
    Composition,
    Judged,
    cite,
    closest_citations,
    compose,
    composition,
    said_by,
)
from retrieval.conversation import Reading, understood
from retrieval.digest import digest
from retrieval.features import Query
from retrieval.here import READ, Here, asked_here, here, names_written, nearer
from retrieval.question import AnswerType, Question, Turn
from retrieval.rank import JUDGED, Candidate, candidates, query_words
from retrieval.reader import Reader, SpanReader
from retrieval.small_talk import NAMES_NOTHING, small_talk
from retrieval.suggest import SUGGESTED_FROM, suggested

# Of 65 speakers named in quoted and reported sentences of real articles 59 were right.
SPEAKER_RIGHT = 0.9
QUOTES = r"[“”„\"]"
SHOWN = 60  # characters of an answer that are told beside its part of a question


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
    query: Query
    rows: list[ExplainedSentence]


@dataclass(frozen=True, slots=True)
class Considered:
    """A question worked through, before it is answered."""

    query: Query
    ranked: list[Judged]
    missing: list[str]
    notes: list[Note]
    standalone: str

    @property
    def score(self) -> float:
        """The probability that the best sentence answers."""
        return self.ranked[0].probability if self.ranked else 0.0


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
        self._threshold = self._reader.threshold if threshold is None else threshold
        self._tries: tuple[str, list[str]] = ("", [])  # questions to begin with, of a version

    def ask(self, asked: Question) -> Answer:
        """Answer one question; raises EmptyCorpus, or InputError for what is no question."""
        return self.explain(asked).answer

    def explain(self, asked: Question) -> Explanation:
        """Answer one question, with the sentences that were weighed for it.

        Of two questions in one the second may lean on the first.
        """
        question.check(asked.text)
        turns = tuple(
            replace(turn, question=question.in_full(turn.question))
            for turn in asked.history
            if not small_talk(turn.question)
        )
        meant = replace(asked, text=question.in_full(asked.text), history=turns)
        is_open = not (turns or asked.filters.article) and forms.names_nothing(meant.text)
        if reply := small_talk(asked.text) or (NAMES_NOTHING if is_open else None):
            return self._chat(asked, reply)
        told: list[Explanation] = []
        for text in forms.parts(meant.text):
            told.append(self._explain(replace(meant, text=text, history=turns)))
            turns = (*turns, Turn(text, told[-1].answer.answer))
        whole = told[0] if len(told) == 1 else together(meant, told)
        return replace(whole, answer=whole.answer.model_copy(update={"question": asked.text}))

    def _explain(self, asked: Question) -> Explanation:
        clock = Clock()
        with clock.stage("total"), self._view(clock) as view:
            with clock.stage("here"):
                last = self._here(view, asked)
            if last and (said := self._who_said(view, asked, last)):
                return said
            considered = self._consider(view, asked, clock, last)
            with clock.stage("compose"):
                answer = self._answer(view.corpus_version, asked, considered)
        return Explanation(
            answer.model_copy(update={"timings_ms": clock.timings}),
            considered.query,
            [explained(n, judged) for n, judged in enumerate(considered.ranked, start=1)],
        )

    def _chat(self, asked: Question, reply: str) -> Explanation:
        """A reply of Dateline's own to what asks the articles nothing."""
        with self._view(Clock()) as view:
            version = view.corpus_version
            if self._tries[0] != version:
                articles = [view.article(head.id) for head in view.heads()[:SUGGESTED_FROM]]
                self._tries = version, suggested(articles, lambda text: self.ask(Question(text)))
        notes = [Note(kind="small_talk", text=reply)]
        if tries := self._tries[1]:
            notes.append(Note(kind="suggestions", text=f"Try: {'; '.join(tries)}"))
        answer = Answer(
            corpus_version=version,
            question=asked.text,
            standalone_question=asked.text.strip(),
            status="not_found",
            answer=None,
            score=0.0,
            notes=tuple(notes),
        )
        return Explanation(answer, Query(asked.text, (), (), AnswerType.ANY), [])

    def _who_said(self, view: Snapshot, asked: Question, last: Here) -> Explanation | None:
        """The speaker of the last answer, where that is asked."""
        if not forms.asks_who_said(asked.text):
            return None
        article = view.article_of(last.version_id)
        quote = article.quote(article.sentences[last.position])
        words = quote[slice(*last.span or (None,))]
        told = said_by(article, last.position, None if words == quote else last.span)
        first = told.citations[0] if told.citations else None
        sentence = cite(1, Cited("context", article, last.position))
        answer = Answer(
            corpus_version=view.corpus_version,
            question=asked.text,
            standalone_question=f"who said “{re.sub(QUOTES, '', words)}”?",
            status="answered" if first else "not_found",
            answer=first.quote[first.answer_start : first.answer_end] if first else None,
            score=SPEAKER_RIGHT if first else 0.0,
            citations=told.citations,
            closest=() if first else (sentence,),
            notes=told.notes if first else (remarks.no_speaker(),),
        )
        return Explanation(answer, Query(asked.text, (), (), AnswerType.PERSON), [])

    def weigh(self, asked: Question) -> list[Judged]:
        """The sentences that an answer would be made of, best first."""
        with self._view(Clock()) as view:
            return self._consider(view, asked, Clock(), self._here(view, asked)).ranked

    def search(self, text: str, k: int = 10, filters: Filters = Filters()) -> list[RankedSentence]:
        """The sentences nearest to some words, best first, at most ``k``."""
        question.check(text)
        with self._view(Clock()) as view:
            most = max(JUDGED, k)
            considered = self._weighed(view, text.strip(), filters, Clock(), most)
        return [
            RankedSentence(
                rank=n,
                score=round(judged.probability, 4),
                sentence=judged.candidate.quote,
                article_id=judged.candidate.article.id,
                title=judged.candidate.article.title,
                url=judged.candidate.article.url,
                published=day_of(judged.candidate),
                start=judged.candidate.sentence.start,
                end=judged.candidate.sentence.end,
            )
            for n, judged in enumerate(considered.ranked[:k], start=1)
        ]

    @contextmanager
    def _view(self, clock: Clock) -> Iterator[Snapshot]:
        with clock.stage("open"):
            snapshot = self.corpus.snapshot()
        with snapshot as view:
            if not view.article_count:
                raise EmptyCorpus(
                    f"the corpus {self.corpus.name!r} has no articles yet; "
                    "add some with: dateline add PATH"
                )
            yield view

    def _consider(
        self, view: Snapshot, asked: Question, clock: Clock, last: Here | None
    ) -> Considered:
        known = names_written(view.article_of(last.version_id)) if last else frozenset()
        meant, text = understood(asked, known), asked.text.strip()
        if last:
            return self._follow(view, asked, meant, last, clock)
        considered = self._weighed(view, meant.text, asked.filters, clock)
        if 0 < meant.leans < 1 and meant.text != text:
            # It may as well be about something else: what the articles answer better was meant.
            alone = self._weighed(view, text, asked.filters, clock)
            considered = max(considered, alone, key=lambda one: one.score)
        return considered

    def _here(self, view: Snapshot, asked: Question) -> Here | None:
        """Where the last answer stands, if the filters let its article through."""
        if not asked.history:
            return None
        last = here(view, self.corpus.encoder(view.model_id), asked.history)
        allowed = view.allowed(asked.filters)
        return last if last and (allowed is None or last.version_id in allowed) else None

    def _follow(
        self, view: Snapshot, asked: Question, meant: Reading, last: Here, clock: Clock
    ) -> Considered:
        """A question asked of all articles, and as it was typed of the one that answered last."""
        text = asked.text.strip()
        alone = text if meant.leans < 1 else meant.text
        wide = self._weighed(view, alone, asked.filters, clock)
        only = replace(asked.filters, article=view.head(last.version_id).id)
        near = self._weighed(view, asked_here(text, meant), only, clock, READ)
        ranked = nearer(wide.ranked, near.ranked, last.version_id, meant.leans)
        ranked.sort(key=order)
        is_here = bool(ranked) and ranked[0].candidate.version_id == last.version_id
        form = meant.text if is_here and wide.standalone == alone else wide.standalone
        return replace(wide, ranked=ranked, standalone=form)

    def _weighed(
        self, view: Snapshot, text: str, filters: Filters, clock: Clock, most: int = JUDGED
    ) -> Considered:
        allowed = view.allowed(filters)
        topic = forms.digest_topic(text) if forms.says_news(text) else None
        sought = topic or text
        with clock.stage("rank"):
            found, words = self._find(view, sought, allowed, most)
        with clock.stage("spelling"):
            corrected, notes = names.corrected(sought, words, found, view)
        if allowed is not None and not allowed:
            notes.append(Note(kind="filters", text="No article passes the filters."))
        if corrected != sought:
            with clock.stage("rank"):
                found, words = self._find(view, corrected, allowed, most)
        with clock.stage("read"):
            weighted = query_words(view, words)
            query = Query(
                text=corrected,
                words=tuple(weighted),
                names=names.names_in(corrected, words, found),
                kind=question.answer_type(corrected),
            )
            judgements = self._reader.read(query, found)
        ranked = [Judged(c, j) for c, j in zip(found, judgements, strict=True)]
        ranked = adjusted(text, query, ranked, view)
        ranked.sort(key=order)
        missing = [w.word.text for w in weighted if not w.in_corpus]
        standalone = text.replace(topic, corrected) if topic else corrected
        return Considered(query, ranked, missing, notes, standalone)

    def _find(
        self, view: Snapshot, text: str, allowed: set[int] | None, most: int
    ) -> tuple[list[Candidate], Sequence[Word]]:
        words = question.content_words(text)
        stems = [word.stem for word in words]
        encoder = self.corpus.encoder(view.model_id)
        return candidates(view, encoder, text, stems, allowed, most), words

    def _answer(self, corpus_version: str, asked: Question, considered: Considered) -> Answer:
        ranked = considered.ranked
        least = self._threshold if asked.threshold is None else asked.threshold
        composed = Composition()
        is_sure, topic = considered.score >= least, forms.digest_topic(considered.standalone)
        if topic and not (is_sure and not forms.says_news(asked.text)):
            composed = composition(digest(ranked))
            if composed.citations:
                notes = (remarks.latest(topic), *composed.notes)
                composed = Composition(composed.citations, notes)
        elif ranked and is_sure:
            composed = compose(considered.query, ranked, least)
        first = composed.citations[0] if composed.citations else None
        if not (first or is_sure) and considered.score >= self._threshold:
            composed = Composition(notes=(remarks.unsure(),))
        return Answer(
            corpus_version=corpus_version,
            question=asked.text,
            standalone_question=considered.standalone,
            status="answered" if first else "not_found",
            answer=first.quote[first.answer_start : first.answer_end] if first else None,
            score=round(considered.score, 4),
            citations=composed.citations,
            closest=() if first else tuple(closest_citations(ranked)),
            missing=tuple(considered.missing),
            notes=(*considered.notes, *composed.notes),
        )


def together(asked: Question, told: Sequence[Explanation]) -> Explanation:
    """The answers to two questions in one as one: the first that was found leads."""
    answers = [one.answer for one in told]
    found = [answer for answer in answers if answer.status == "answered"]
    lead = found[0] if found else answers[0]
    citations: list[Citation] = []
    notes: list[Note] = []
    for answer in answers:
        moved: dict[int, int] = {}
        for citation in answer.citations:
            as_first = [c.n for c in citations if c == citation.model_copy(update={"n": c.n})]
            moved[citation.n] = as_first[0] if as_first else len(citations) + 1
            if not as_first:
                citations.append(citation.model_copy(update={"n": moved[citation.n]}))
        says = "the articles don't say"
        if answer.answer is not None:
            words = f"“{answer.answer}” " if len(answer.answer) <= SHOWN else ""
            says = f"{words}[{moved[1]}]"
        notes.append(Note(kind="part", text=f"{answer.standalone_question} – {says}"))
        known = {note.text for note in notes}
        said = (note for note in answer.notes if note.text not in known)
        notes.extend(note.model_copy(update={"n": moved.get(note.n or 0)}) for note in said)
    answer = lead.model_copy(
        update={
            "question": asked.text,
            "standalone_question": asked.text.strip(),
            "score": min(one.score for one in found or answers),
            "citations": tuple(citations),
            "missing": tuple(dict.fromkeys(word for one in answers for word in one.missing)),
            "notes": tuple(notes),
        }
    )
    return Explanation(answer, told[0].query, [row for one in told for row in one.rows])


def order(judged: Judged) -> tuple[float, str, int]:
    """The likeliest first; ties by article id, then position."""
    return -judged.probability, judged.candidate.article.id, judged.candidate.position


def day_of(candidate: Candidate) -> str | None:
    """The day on which a candidate's article was published, if known."""
    published = candidate.article.published
    return published.day if published else None


def explained(n: int, judged: Judged) -> ExplainedSentence:
    """One line of an explanation."""
    candidate, features = judged.candidate, judged.judgement.features
    return ExplainedSentence(
        rank=n,
        score=round(judged.probability, 4),
        dense=round(candidate.cosine, 4),
        words=round(candidate.bm25, 4),
        reader=round(judged.probability, 4),
        sentence=candidate.quote,
        article_id=candidate.article.id,
        title=candidate.article.title,
        why=", ".join(f"{name} {value:.2f}" for name, value in features.items() if value),
    )
