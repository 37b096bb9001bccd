"""What the program needs of a corpus, wherever it is kept, and of a state of it.

Two stores have it: files on this machine (`index.storage.corpus`), which is the default, and
PostgreSQL (`index.storage.postgres`). Both pass the tests in ``tests/index/storage/contract.py``.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol, Self

from index.models.encoder import Encoder, Vectors
from index.storage.heads import ArticleHead
from index.storage.prepare import Prepared
from index.storage.report import AddReport, Damage, Outcome
from index.storage.view import Hit
from index.storage.write import BATCH_SENTENCES
from index.types import Article, Filters, Item

Progress = Callable[[int, int], None]  # done, of so many


class Snapshot(Protocol):
    """A state of a corpus: it does not change while others write.

    Use it in a ``with`` statement, in one thread; two searches may overlap.
    """

    corpus_version: str  # the name of what is in the corpus
    model_id: str  # of the model that made the vectors
    article_count: int
    day: dt.date | None  # at whose end this was the state; None is now
    later: int  # articles that came in after it
    changed: int  # articles that changed after it
    unread: int  # of these, how many have too much that only they had to look through

    def __enter__(self) -> Self: ...
    def __exit__(self, _: object, error: BaseException | None, __: object) -> None: ...

    @property
    def sentence_count(self) -> int:
        """How many sentences there are."""

    @property
    def version_count(self) -> int:
        """How many versions of articles there are, the present and the past ones."""

    def versions(self) -> Iterator[tuple[str, int, str, str, str, str, str]]:
        """All versions as they came in: article, number, time, key, fields, text, their hash."""

    def changed_vectors(self) -> list[str]:
        """The files of vectors that are not what was written; costs reading them once."""

    def heads(self) -> list[ArticleHead]:
        """All articles, the newest first, the undated last."""

    def head(self, version_id: int) -> ArticleHead:
        """One article without its text."""

    def article_of(self, version_id: int) -> Article:
        """The article that a hit is in; raises CorpusDamaged when its text has changed."""

    def with_text(self, text: str) -> list[ArticleHead]:
        """The articles that have this text and no other."""

    def article(self, name: str, version: int | None = None) -> Article:
        """An article by its id, its owner's id, its url or its path, in its newest version."""

    def history(self, name: str) -> list[tuple[str, Article]]:
        """All versions of an article, the first one first, each with when it came in."""

    def find(self, name: str) -> ArticleHead:
        """The head of an article by its id, its owner's id, its url or its path."""

    def allowed(self, filters: Filters) -> set[int] | None:
        """The versions that filters let through; None when they let all through."""

    def nearest(self, question: Vectors, k: int, allowed: set[int] | None) -> list[Hit]:
        """The sentences whose vectors are nearest to the question's, with their cosines."""

    def containing(self, stems: Sequence[str], k: int, allowed: set[int] | None) -> list[Hit]:
        """The sentences that have most of the words, by BM25 (higher is better)."""

    def cosines(self, question: Vectors, places: Sequence[tuple[int, int]]) -> list[float]:
        """The cosine of the question to each sentence, given as version and position."""

    def vectors_of(self, version_id: int) -> Vectors:
        """The stored vectors of an article's sentences: shape (sentences, dimensions)."""

    def document_frequency(self, stem: str) -> int:
        """In how many sentences a word stands; a title's words do not count here."""

    def is_known(self, stem: str) -> bool:
        """Whether any article or title has a word."""

    def stems_like(self, stem: str) -> list[str]:
        """The known stems that begin with the same letter and are about as long."""


class Corpus(Protocol):
    """A named corpus. Several threads may use it, and readers never wait for a writer."""

    name: str
    folder: Path  # where what goes with it lies on this machine: feeds, watched questions
    patience: float  # seconds that a writer waits for another

    @property
    def exists(self) -> bool:
        """Whether anything was ever added; raises CorpusDamaged when that cannot be told."""

    def size(self) -> int:
        """How many bytes it takes up."""

    def encoder(self, model_id: str) -> Encoder:
        """The encoder that made the corpus's vectors; raises ModelError when it is damaged."""

    def snapshot(self, as_of: dt.date | None = None) -> Snapshot:
        """The corpus as it is now, or was at the end of a day; close it (``with``) when done."""

    def verify(self) -> list[Damage]:
        """All damage that could change an answer; an empty list where there is none."""

    def add(
        self,
        items: Iterable[Item],
        *,
        on_article: Callable[[Outcome], None] | None = None,
        batch: int = BATCH_SENTENCES,
    ) -> AddReport:
        """Add or update articles; each is reported to ``on_article`` once it is safely stored."""

    def remove(self, names: Sequence[str]) -> list[ArticleHead]:
        """Remove articles, all or, when a name is unknown, none."""

    def rebuild(
        self,
        items: Iterable[Item] = (),
        *,
        model: str | None = None,
        on_article: Callable[[Outcome], None] | None = None,
        on_progress: Progress | None = None,
        batch: int = BATCH_SENTENCES,
    ) -> AddReport:
        """Take in articles, if any, then make the index anew and switch to it in one step."""

    def make_of(
        self, versions: Iterable[Prepared], model_id: str, on_version: Callable[[int], None]
    ) -> None:
        """Be a corpus that is not there yet, of all versions of its articles, in one step."""

    def check_absent(self) -> None:
        """Raise InputError where there is something in the corpus, or was."""

    def delete(self) -> None:
        """Delete the corpus and all that is in it; snapshots that are open stay readable."""
