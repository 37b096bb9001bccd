"""Corpora for tests: models that cost nothing, and small articles to fill them with."""

import datetime as dt
import hashlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from unittest.mock import Mock, patch

import numpy as np

from index import ArticleInput, Corpus, Incoming, ModelChoice, Snapshot, accept
from index.models.encoder import Encoder, EncoderConfig, Vectors
from index.models.registry import SHIPPED_MODEL, ModelManifest, Models
from index.storage.corpus import EmbeddedCorpus
from index.storage.prepare import prepare
from index.text.words import content_stems
from index.types import Article, Span
from retrieval.question import content_words
from retrieval.ranking.features import Query
from retrieval.reader.judge import Calibration, SpanReader
from retrieval.reader.model import Found, PassageReading, ReaderModel
from retrieval.reader.passages import Passage
from retrieval.types import Candidate

DIMENSIONS = 16
CONFIG = EncoderConfig(
    runtime="ctranslate2",
    precision="float32",
    dimensions=DIMENSIONS,
    max_tokens=128,
    pooling="mean",
)


class StubEncoder:
    """A sentence's vector is the sum of vectors made up for its words: shared words are near."""

    config = CONFIG

    def encode(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self.encode_question(text) for text in texts])

    def encode_question(self, text: str) -> Vectors:
        total = sum((of_word(stem) for stem in content_stems(text)), start=of_word(""))
        return np.asarray(total / np.linalg.norm(total), dtype=np.float32)


def of_word(stem: str) -> Vectors:
    seed = int.from_bytes(hashlib.sha256(stem.encode()).digest()[:8], "little")
    return np.random.default_rng(seed).normal(size=DIMENSIONS).astype(np.float32)


load = Models.load  # as it is without what tests put in its place


@cache
def shipped() -> Encoder:
    """The shipped model, loaded once for all homes of the tests, which encodes nothing twice."""
    model = load(Models(Path(), threads=2), SHIPPED_MODEL)
    encode = cache(model.encode)
    vars(model)["encode"] = lambda texts: encode(tuple(texts)).copy()
    return model


class StubModels(Models):
    """One model that is always there."""

    def __init__(self) -> None:
        super().__init__(Path("/nowhere"), threads=1)
        self.of = ModelManifest(name="stub", source_sha256="0" * 64, config=CONFIG, files={})

    def obtain(self, choice: ModelChoice) -> str:
        return self.of.id

    def manifest(self, model_id: str) -> ModelManifest:
        return self.of

    def load(self, model_id: str) -> Encoder:
        return StubEncoder() if model_id == self.of.id else shipped()

    def damaged_files(self, model_id: str) -> list[str]:
        return []


def stub_corpus(folder: Path, name: str = "corpus") -> EmbeddedCorpus:
    """A corpus with the stub model; it need not exist yet."""
    return EmbeddedCorpus(folder / name, StubModels(), ModelChoice())


def an_article(article_id: str, *lines: str, **fields: str) -> Incoming:
    """An article by its id and its sentences, one a line."""
    text = "\n".join(lines or (f"The story of {article_id} is told here.",)) + "\n"
    given = ArticleInput.model_validate({"text": text, "id": article_id, **fields})
    return accept(given, None, f"article {article_id}")


def some_articles(count: int, edition: int = 1) -> list[Incoming]:
    """Articles of a few sentences that share words, each with one of its own."""
    return [
        an_article(
            f"a{n}",
            f"The mayor of town {n} opened bridge {n * 7 % 5} in edition {edition}.",
            f"Nobody but visitor{n} came, and it rained for {n % 3} hours.",
            "The weather was bad.",
            title=f"A bridge for town {n}",
            published=f"2023-09-{n % 28 + 1:02}",
            source=f"The Courier {n % 2}",
        )
        for n in range(count)
    ]


@contextmanager
def on_day(day: str) -> Iterator[None]:
    """Let what is added come in on this day, at noon."""
    clock = Mock(UTC=dt.UTC)
    clock.datetime.now.return_value = dt.datetime.fromisoformat(f"{day}T12:00:00+00:00")
    with patch("index.storage.write.dt", clock):
        yield


def database_of(corpus: Corpus) -> Path:
    """The file of the database in use."""
    return corpus.folder / (corpus.folder / "CURRENT").read_text("ascii")


def run_sql(corpus: Corpus, *statements: str) -> None:
    """Change the database behind the corpus's back."""
    with closing(sqlite3.connect(database_of(corpus), isolation_level=None)) as db:
        for statement in statements:
            db.execute(statement)


def texts_of(corpus: Corpus) -> dict[str, str]:
    """What is in a corpus, by article."""
    with corpus.snapshot() as view:
        return {head.id: view.article(head.id).text for head in view.heads()}


def found(view: Snapshot, text: str, k: int = 20) -> list[tuple[str, int, float]]:
    """What both indexes say to a question: article, position, score, best first."""
    question = StubEncoder().encode_question(text)
    hits = [*view.nearest(question, k, None), *view.containing(content_stems(text), k, None)]
    return [(view.head(hit.version_id).id, hit.position, hit.score) for hit in hits]


def ranking(corpus: Corpus) -> list[list[tuple[str, int, float]]]:
    with corpus.snapshot() as view:
        return [found(view, text) for text in ("who opened the bridge", "rain", "town 3 weather")]


def read_article(article_id: str, *lines: str, **fields: str) -> Article:
    """An article as it is stored, without a corpus around it."""
    return prepare(an_article(article_id, *lines, **fields)).article


def a_candidate(article: Article, position: int, cosine: float = 0.5) -> Candidate:
    """A sentence that ranking found; of each article there is one version, by its id."""
    return Candidate(of_id(article.id), position, article, cosine, bm25=0.0)


def of_id(article_id: str) -> int:
    """A version's number made up from its article's id."""
    return int.from_bytes(article_id.encode(), "big") % 1_000_003


CALIBRATION = Calibration(
    weights={"margin": 1.0, "cosine": 0.1}, sure={"rank": 1.0}, bias=0.0, threshold=0.5
)


class StubModel(ReaderModel):
    """Marks the words that it is told, in whichever sentence they stand, each with its margin.

    A sentence without any of them has a margin of -5; ``items`` are tagged wherever they stand,
    and make the answer a list.
    """

    def __init__(self, marks: Mapping[str, float], items: Sequence[str] = ()) -> None:
        super().__init__(Path("/nowhere"))
        self.asked: list[str] = []
        self.passages: list[Passage] = []
        self._marks, self._items = marks, items

    def read(
        self, question: str, passages: Sequence[tuple[Passage, Sequence[Span]]]
    ) -> list[PassageReading]:
        self.asked.append(question)
        self.passages.extend(passage for passage, _ in passages)
        return [self._reading(passage, spans) for passage, spans in passages]

    def _reading(self, passage: Passage, spans: Sequence[Span]) -> PassageReading:
        found = tuple(self._found(passage, *span) for span in spans)
        tagged = [self._place(passage, item, *span) for span in spans for item in self._items]
        return PassageReading(
            answers=max(one.margin for one in found) / 2,
            is_list=5.0 if self._items else -5.0,
            found=found,
            items=tuple(span for span in tagged if span),
        )

    def _found(self, passage: Passage, start: int, end: int) -> Found:
        marked = [
            Found(span, margin)
            for words, margin in self._marks.items()
            if (span := self._place(passage, words, start, end))
        ]
        return max(marked, key=lambda one: one.margin, default=Found((start, end), -5.0))

    def _place(self, passage: Passage, words: str, start: int, end: int) -> Span | None:
        at = passage.text.find(words, start + passage.shift, end + passage.shift)
        return (at - passage.shift, at - passage.shift + len(words)) if at >= 0 else None


def stub_reader(model: ReaderModel) -> SpanReader:
    """A reader with a calibration of its own, by which the margin decides."""
    reader = SpanReader(model)
    reader.calibration = CALIBRATION
    return reader


def a_query(text: str, asked: str = "2023-10-01", focus: int | None = None) -> Query:
    """A question as ranking and reading see it, all words weighing the same."""
    words = {word.stem: 1.0 for word in content_words(text)}
    return Query(text, words, dt.date.fromisoformat(asked), focus)


def long_article(name: str, passages: int) -> Article:
    """An article of passages of one sentence each, all different."""
    return read_article(name, *(f"{name} {n} " + "word " * 130 + "." for n in range(passages)))
