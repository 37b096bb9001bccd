"""Real corpora and the real engine with stub models, made to wait when a test wants them to."""

import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from index import (
    AddReport,
    Article,
    ArticleInput,
    Corpus,
    Home,
    InputError,
    Item,
    ModelChoice,
    accept,
)
from index.models.registry import Models
from index.storage.corpus import EmbeddedCorpus
from retrieval import Answer, Engine, Question
from retrieval.ranking.features import Query
from retrieval.types import Candidate, Judged
from tests.corpora import StubModels


class StubReader:
    """The answer is the question's last word, in the first sentence that has it."""

    threshold = 0.5
    probability = 0.7

    def judge(self, query: Query, candidates: Sequence[Candidate]) -> list[Judged]:
        if "boom" in query.text:
            raise RuntimeError("the reader broke")
        word = query.text.split(" | ")[0].rsplit(maxsplit=1)[-1].rstrip("?")
        judged = [read(word, candidate, self.probability) for candidate in candidates]
        return sorted(judged, key=lambda one: -one.probability)


def read(word: str, candidate: Candidate, probability: float) -> Judged:
    at = candidate.quote.find(word)
    if at < 0:
        return Judged(candidate, 0.1)
    start = candidate.sentence.start + at
    return Judged(candidate, probability, (start, start + len(word)))


class StubCorpus(EmbeddedCorpus):
    """A corpus whose writes take as long as a test likes."""

    def __init__(self, folder: Path, models: Models, choice: ModelChoice) -> None:
        super().__init__(folder, models, choice)
        self.asking, self.writing = threading.Event(), threading.Event()  # unset: it waits
        self.asking.set()
        self.writing.set()
        self.steps = 1  # of a rebuild, before it really begins
        self.stopped = False

    @property
    def articles(self) -> dict[str, Article]:
        with self.snapshot() as view:
            return {head.id: view.article(head.id) for head in view.heads()}

    def put(self, text: str, **fields: Any) -> str:
        """Add an article by hand, and return its id."""
        ids: list[str | None] = []
        given = ArticleInput.model_validate({"text": text, **fields})
        label = fields.get("title") or text[:20]
        super().add([accept(given, None, label)], on_article=lambda it: ids.append(it.article_id))
        return str(ids[0])

    def clear(self) -> None:
        self.remove(list(self.articles))

    def add(self, items: Iterable[Item], **more: Any) -> AddReport:
        return super().add((self.late(item) for item in items), **more)

    def late(self, item: Any) -> Any:
        self.writing.wait(8)
        return item

    def rebuild(self, items: Iterable[Item] = (), **more: Any) -> AddReport:
        try:
            for step in range(self.steps):
                more["on_progress"](step * 1000, max(3, self.steps) * 1000)
                self.writing.wait(8)
                time.sleep(0.02)
            return super().rebuild(items, **more)
        except InputError:
            self.stopped = True
            raise


class StubHome(Home):
    """A home of such corpora."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.models = StubModels()
        self._known: dict[str, StubCorpus] = {}

    def corpus(self, name: str) -> StubCorpus:
        folder = self.path / "corpora" / name
        return self._known.setdefault(name, StubCorpus(folder, self.models, ModelChoice()))


class StubEngine(Engine):
    """The engine, which counts how many ask it at once."""

    corpus: StubCorpus

    def __init__(self, corpus: Corpus) -> None:
        super().__init__(corpus, StubReader())
        self.asked: list[Question] = []
        self.threads: set[int] = set()
        self.at_once = self.most_at_once = 0
        self.lock = threading.Lock()

    def ask(self, asked: Question) -> Answer:
        with self.lock:
            self.asked.append(asked)
            self.threads.add(threading.get_ident())
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            self.corpus.asking.wait(8)
            return super().ask(asked)
        finally:
            with self.lock:
                self.at_once -= 1
