"""A corpus, wherever it is kept: what is the same in every store, and what each has to bring.

Two stores are there: files on this machine (`index.storage.corpus`), which is the default, and
PostgreSQL (`index.storage.postgres`). Both pass the tests in ``tests/index/storage/contract.py``.
"""

import datetime as dt
import itertools
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from index.errors import InputError
from index.models.encoder import Encoder
from index.models.registry import ModelChoice, Models
from index.storage.heads import ArticleHead
from index.storage.ingest import Tell, unrefused
from index.storage.prepare import Prepared
from index.storage.report import AddReport, Damage, Outcome, telling
from index.storage.view import Snapshot
from index.storage.write import BATCH_SENTENCES
from index.types import Incoming, Item

Progress = Callable[[int, int], None]  # done, of so many


class Corpus(ABC):
    """A named corpus. Several threads may use it, and readers never wait for a writer.

    ``folder`` has what goes with it on this machine: feeds, watched questions, perhaps all.
    """

    def __init__(self, name: str, folder: Path, models: Models, choice: ModelChoice) -> None:
        self.name = name
        self.folder = folder
        self.patience = 10.0  # seconds that a writer waits for another
        self._models = models
        self._choice = choice

    @property
    @abstractmethod
    def exists(self) -> bool:
        """Whether anything was ever added; raises CorpusDamaged when that cannot be told."""

    @abstractmethod
    def size(self) -> int:
        """How many bytes it takes up."""

    @abstractmethod
    def snapshot(self, as_of: dt.date | None = None) -> Snapshot:
        """The corpus as it is now, or was at the end of a day; close it (``with``) when done."""

    def stamp(self) -> object:
        """What differs once the corpus has changed."""
        with self.snapshot() as view:
            return view.corpus_version

    @abstractmethod
    def verify(self) -> list[Damage]:
        """All damage that could change an answer; an empty list where there is none."""

    @abstractmethod
    def _add(self, articles: Iterable[Incoming], tell: Tell, batch: int) -> tuple[int, int]:
        """Add articles; returns how many articles and sentences there are then."""

    @abstractmethod
    def remove(self, names: Sequence[str]) -> list[ArticleHead]:
        """Remove articles, all or, when a name is unknown, none."""

    @abstractmethod
    def rebuild(
        self,
        items: Iterable[Item] = (),
        *,
        model: str | None = None,
        on_article: Callable[[Outcome], None] | None = None,
        on_progress: Progress | None = None,
        batch: int = BATCH_SENTENCES,
    ) -> AddReport:
        """Take in articles, if any, then make the index anew and switch to it in one step.

        Raises InputError in a store that cannot.
        """

    @abstractmethod
    def make_of(
        self, versions: Iterable[Prepared], model_id: str, on_version: Callable[[int], None]
    ) -> None:
        """Be a corpus that is not there yet, of all versions of its articles, in one step."""

    @abstractmethod
    def delete(self) -> None:
        """Delete the corpus and all that is in it; snapshots that are open stay readable."""

    def encoder(self, model_id: str) -> Encoder:
        """The encoder that made the corpus's vectors; raises ModelError when it is damaged."""
        return self._models.load(model_id)

    def add(
        self,
        items: Iterable[Item],
        *,
        on_article: Callable[[Outcome], None] | None = None,
        batch: int = BATCH_SENTENCES,
    ) -> AddReport:
        """Add or update articles; each is reported to ``on_article`` once it is safely stored.

        ``batch`` is how many sentences are stored at once: fewer can be stopped sooner.
        """
        started, report = time.perf_counter(), AddReport()
        tell = telling(report, on_article)
        articles = unrefused(items, tell)
        first = list(itertools.islice(articles, 1))
        if first or self.exists:  # else no corpus is made
            counts = self._add(itertools.chain(first, articles), tell, batch)
            report.articles, report.sentences = counts
        report.seconds = time.perf_counter() - started
        return report

    def check_absent(self) -> None:
        """Raise InputError where there is something in the corpus, or was."""
        if self.exists:
            raise InputError(f"there is a corpus {self.name!r} already; choose another name")
