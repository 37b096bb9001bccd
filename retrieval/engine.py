"""The whole way from a question to an answer, over one state of one corpus."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from index.corpus import Corpus
from index.errors import EmptyCorpus
from index.snapshot import Snapshot
from index.types import Filters
from index.words import Word
from retrieval import names, question
from retrieval.answer import Answer, Note, RankedSentence
from retrieval.compose import Judged, answer_citations, closest_citations
from retrieval.question import Question
from retrieval.rank import JUDGED, Candidate, candidates, query_words
from retrieval.reader import LexicalReader, Query, Reader

# Below this probability it says that the articles do not say: on the held-out half of
# `benchmarks.fit_reader` it then answers 85 % of the answerable questions and abstains on 72 % of
# the others, near misses and false premises among them.
THRESHOLD = 0.3


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
        self, corpus: Corpus, reader: Reader | None = None, threshold: float = THRESHOLD
    ) -> None:
        self.corpus = corpus
        self._reader = reader or LexicalReader()
        self._threshold = threshold

    def ask(self, asked: Question) -> Answer:
        """Answer one question; raises EmptyCorpus, or InputError for what is no question."""
        return self.explain(asked).answer

    def explain(self, asked: Question) -> Explanation:
        """Answer one question, with the sentences that were weighed for it."""
        question.check(asked.text)
        clock = Clock()
        with clock.stage("total"), self._view(clock) as view:
            considered = self._consider(view, asked, clock)
            with clock.stage("compose"):
                answer = self._answer(view.corpus_version, asked, considered)
        return Explanation(
            answer.model_copy(update={"timings_ms": clock.timings}),
            considered.query,
            [explained(n, judged) for n, judged in enumerate(considered.ranked, start=1)],
        )

    def weigh(self, asked: Question) -> list[Judged]:
        """The sentences that an answer would be made of, best first."""
        with self._view(Clock()) as view:
            return self._consider(view, asked, Clock()).ranked

    def search(self, text: str, k: int = 10, filters: Filters = Filters()) -> list[RankedSentence]:
        """The sentences nearest to some words, best first, at most ``k``."""
        question.check(text)
        with self._view(Clock()) as view:
            considered = self._consider(view, Question(text, filters=filters), Clock(), k)
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

    def _consider(self, view: Snapshot, asked: Question, clock: Clock, most: int = 0) -> Considered:
        text = question.standalone(asked)
        allowed = view.allowed(asked.filters)
        with clock.stage("rank"):
            found, words = self._find(view, text, allowed, most)
        with clock.stage("spelling"):
            corrected, notes = names.corrected(text, words, found, view)
        if allowed is not None and not allowed:
            notes.append(Note(kind="filters", text="No article passes the filters."))
        if corrected != text:
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
        ranked.sort(key=lambda j: (-j.probability, j.candidate.article.id, j.candidate.position))
        missing = [w.word.text for w in weighted if not w.in_corpus]
        return Considered(query, ranked, missing, notes, corrected)

    def _find(
        self, view: Snapshot, text: str, allowed: set[int] | None, most: int
    ) -> tuple[list[Candidate], Sequence[Word]]:
        words = question.content_words(text)
        stems = [word.stem for word in words]
        encoder = self.corpus.encoder(view.model_id)
        return candidates(view, encoder, text, stems, allowed, max(JUDGED, most)), words

    def _answer(self, corpus_version: str, asked: Question, considered: Considered) -> Answer:
        ranked = considered.ranked
        score = ranked[0].probability if ranked else 0.0
        answered = score >= self._threshold
        citations = answer_citations(considered.query, ranked) if answered else []
        first = citations[0] if citations else None
        return Answer(
            corpus_version=corpus_version,
            question=asked.text,
            standalone_question=considered.standalone,
            status="answered" if first else "not_found",
            answer=first.quote[first.answer_start : first.answer_end] if first else None,
            score=round(score, 4),
            citations=tuple(citations),
            closest=() if first else tuple(closest_citations(ranked)),
            missing=tuple(considered.missing),
            notes=tuple(considered.notes),
        )


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
