"""A corpus on disk: adding, removing, rebuilding, and states of it to ask.

corpora/default/CURRENT              names the database in use; replaced in one step
corpora/default/corpus-1.sqlite      the truth
corpora/default/segments/….faiss     vectors, named by their content
corpora/default/lock                 held by the one process that writes
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from index import store, write
from index.encoder import Encoder
from index.errors import CorpusBusy, CorpusDamaged, DatelineError, NoSuchArticle, RefusedArticle
from index.files import write_atomically
from index.models import DEFAULT_MODEL, Models, Precision, Runtime
from index.prepare import Prepared, again, input_hash, prepare
from index.snapshot import ArticleHead, Snapshot, State, read_state
from index.types import Incoming
from index.verify import REBUILD, Damage, find_damage

OutcomeKind = Literal["added", "updated", "unchanged", "refused"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one article."""

    kind: OutcomeKind
    label: str
    article_id: str | None = None
    reason: str | None = None


@dataclass(slots=True)
class AddReport:
    """What became of all articles; ``articles`` and ``sentences`` count the corpus after it."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[RefusedArticle] = field(default_factory=list)
    articles: int = 0
    sentences: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """The model for a corpus that has none yet."""

    name: str = DEFAULT_MODEL
    runtime: Runtime = "ctranslate2"
    precision: Precision = "int8"


Items = Iterable[Incoming | RefusedArticle]


class Corpus:
    """A named corpus; safe to use from several threads, readers never wait for a writer."""

    def __init__(self, folder: Path, models: Models, choice: ModelChoice) -> None:
        self.folder = folder
        self.name = folder.name
        self._segments = folder / "segments"
        self._models = models
        self._choice = choice
        self._state: tuple[str, State] | None = None
        self._state_lock = threading.Lock()

    # -- reading -----------------------------------------------------------------------------

    @property
    def exists(self) -> bool:
        """Whether anything was ever added."""
        return (self.folder / "CURRENT").is_file()

    def encoder(self, model_id: str) -> Encoder:
        """The encoder that made a corpus's vectors."""
        return self._models.load(model_id)

    def snapshot(self) -> Snapshot:
        """The corpus as it is now; close it (``with``) when done."""
        for attempt in range(10):
            current = self._current()
            if current is None:
                return empty_snapshot()
            try:
                return self._open(current)
            except (sqlite3.OperationalError, CorpusDamaged, FileNotFoundError):
                # A rebuild or a merge may have switched files between two looks at them.
                if attempt >= 3 and self._current() == current:
                    raise
                time.sleep(0.01 * attempt)
        raise CorpusDamaged(f"{self.folder} keeps changing; try again")

    def _open(self, current: str) -> Snapshot:
        db = store.connect(self.folder / current)
        try:
            db.execute("BEGIN")
            writes = int(store.meta(db, "writes"))
            with self._state_lock:
                known = self._state[1] if self._state and self._state[0] == current else None
                if known is None or known.writes != writes:
                    known = read_state(db, self._segments, known)
                    self._state = (current, known)
            return Snapshot(db, known)
        except BaseException:
            db.close()
            raise

    def _current(self) -> str | None:
        try:
            return (self.folder / "CURRENT").read_text("utf-8").strip()
        except FileNotFoundError:
            return None

    def verify(self) -> list[Damage]:
        """All damage that an answer could depend on; an empty list says that there is none."""
        if not self.exists:
            return []
        try:
            with self._writing() as db:
                return list(find_damage(db, self._segments, self._models))
        except (CorpusDamaged, sqlite3.DatabaseError) as error:
            return [Damage(str(error), REBUILD)]

    # -- writing -----------------------------------------------------------------------------

    def add(
        self, items: Items, *, on_article: Callable[[Outcome], None] | None = None
    ) -> AddReport:
        """Add or update articles; each is reported to ``on_article`` once it is safely stored."""
        started, report = time.perf_counter(), AddReport()

        def tell(outcome: Outcome) -> None:
            if outcome.kind != "refused":
                setattr(report, outcome.kind, getattr(report, outcome.kind) + 1)
            if on_article:
                on_article(outcome)

        with self._writing() as db:
            encoder = self.encoder(store.meta(db, "model"))
            for batch in self._batches(db, items, report, tell):
                kinds: list[OutcomeKind] = [
                    "updated" if write.is_known(db, p) else "added" for p in batch
                ]
                write.store_batch(db, self._segments, encoder, batch)
                for kind, prepared in zip(kinds, batch, strict=True):
                    tell(Outcome(kind, prepared.label, prepared.article.id))
                self._tidy(db, encoder)
            report.articles, report.sentences = totals(db)
        report.seconds = time.perf_counter() - started
        return report

    def _batches(
        self,
        db: sqlite3.Connection,
        items: Items,
        report: AddReport,
        tell: Callable[[Outcome], None],
    ) -> Iterator[list[Prepared]]:
        """What is new among the items, in batches with no article twice."""
        batch: dict[str, Prepared] = {}
        sentences = 0
        for item in items:
            try:
                prepared = prepare(accepted(item))
                write.is_known(db, prepared)
            except RefusedArticle as refusal:
                report.refused.append(refusal)
                tell(Outcome("refused", refusal.source, reason=refusal.reason))
                continue
            if batch and (prepared.article.id in batch or sentences >= write.BATCH_SENTENCES):
                yield list(batch.values())
                batch, sentences = {}, 0
            if write.is_unchanged(db, prepared):
                tell(Outcome("unchanged", prepared.label, prepared.article.id))
                continue
            batch[prepared.article.id] = prepared
            sentences += len(prepared.article.sentences)
        if batch:
            yield list(batch.values())

    def remove(self, names: Sequence[str]) -> list[ArticleHead]:
        """Remove articles, all or, when a name is unknown, none."""
        if not self.exists:
            raise NoSuchArticle("there is no article yet; `dateline add PATH` adds some")
        with self._writing() as db:
            with self.snapshot() as view:
                heads = list({head.id: head for head in map(view.find, names)}.values())
            write.delete_articles(db, [head.id for head in heads])
            self._tidy(db, self.encoder(store.meta(db, "model")))
        return heads

    def rebuild(
        self,
        items: Items = (),
        *,
        model: str | None = None,
        on_article: Callable[[Outcome], None] | None = None,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> AddReport:
        """Take in articles, if any, then make the whole index anew and switch to it in one step.

        Who asks meanwhile asks the old one. All is made from the articles as they came in, so it
        mends whatever else is damaged.
        """
        started = time.perf_counter()
        report = self.add(items, on_article=on_article) if items else AddReport()
        with self._writing() as old:
            current = self._current() or ""
            model_id = self._sound_model(old, model)
            successor = f"corpus-{int(current.split('-')[1].split('.')[0]) + 1}.sqlite"
            discard(self.folder / successor)
            store.create(self.folder / successor, model_id)
            new = store.connect(self.folder / successor, write=True)
            try:
                self._refill(old, new, model_id, on_progress)
                report.articles, report.sentences = totals(new)
            except BaseException:
                new.close()
                discard(self.folder / successor)
                raise
            new.close()
            write_atomically(self.folder / "CURRENT", successor.encode())
            discard(self.folder / current)
        with self._writing() as db:
            write.sweep(db, self._segments)
        report.seconds = time.perf_counter() - started
        return report

    def _sound_model(self, db: sqlite3.Connection, model: str | None) -> str:
        """The model to rebuild with: the one named, else the corpus's own, made anew if damaged."""
        if model:
            choice = ModelChoice(model, self._choice.runtime, self._choice.precision)
        else:
            model_id = store.meta(db, "model")
            try:
                if not self._models.damaged_files(model_id):
                    return model_id
                choice = self._choice
                self._models.discard(model_id)
            except DatelineError:
                choice = self._choice
                self._models.discard(model_id)
        return self._models.obtain(choice.name, choice.runtime, choice.precision)

    def _refill(
        self,
        old: sqlite3.Connection,
        new: sqlite3.Connection,
        model_id: str,
        on_progress: Callable[[int, int], None] | None,
    ) -> None:
        encoder = self.encoder(model_id)
        _, total = totals(old)
        done = sentences = 0
        batch: list[Prepared] = []

        def flush() -> None:
            nonlocal done, sentences, batch
            write.store_batch(new, self._segments, encoder, batch)
            write.compact(new, self._segments, encoder.config.dimensions)
            done, sentences, batch = done + sentences, 0, []
            if on_progress:
                on_progress(done, max(total, done))

        for prepared in stored_articles(old):
            batch.append(prepared)
            sentences += len(prepared.article.sentences)
            if sentences >= write.BATCH_SENTENCES:
                flush()
        if batch:
            flush()
        write.copy_past(old, new)

    def _tidy(self, db: sqlite3.Connection, encoder: Encoder) -> None:
        write.compact(db, self._segments, encoder.config.dimensions)
        write.sweep(db, self._segments)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Be the one writer, on a corpus that is made first if there is none."""
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.folder / "lock")
        try:
            lock.acquire(timeout=10)
        except Timeout:
            raise CorpusBusy(
                f"another process is writing to the corpus {self.name!r}; try again when it is done"
            ) from None
        try:
            if not self.exists:
                self._create()
            db = store.connect(self.folder / (self._current() or ""), write=True)
            try:
                yield db
            finally:
                db.close()
        finally:
            lock.release()

    def _create(self) -> None:
        model_id = self._models.obtain(
            self._choice.name, self._choice.runtime, self._choice.precision
        )
        discard(self.folder / "corpus-1.sqlite")
        store.create(self.folder / "corpus-1.sqlite", model_id)
        self._segments.mkdir(exist_ok=True)
        write_atomically(self.folder / "CURRENT", b"corpus-1.sqlite")


def accepted(item: Incoming | RefusedArticle) -> Incoming:
    """The article, unless the reader has refused it already."""
    if isinstance(item, RefusedArticle):
        raise item
    return item


def stored_articles(db: sqlite3.Connection) -> Iterator[Prepared]:
    """The newest version of each article, prepared anew from what came in, oldest first."""
    rows = db.execute(
        "SELECT a.key, v.given, v.text, v.input_sha256, a.id, v.number, v.added_at"
        " FROM articles a JOIN versions v ON v.id = a.newest ORDER BY v.id"
    )
    for key, given, text, sha256, article_id, number, added_at in rows:
        if input_hash(key, given, text) != sha256:
            raise CorpusDamaged(
                f"the article {article_id} is not what was stored; run "
                f"`dateline remove {article_id}`, add it again from its file, then rebuild"
            )
        prepared = prepare(again(given, text))
        article = replace(prepared.article, version=number)
        yield replace(prepared, article=article, added_at=added_at)


def totals(db: sqlite3.Connection) -> tuple[int, int]:
    """How many articles and sentences there are."""
    articles, sentences = db.execute(
        "SELECT count(*), coalesce(sum(v.sentence_count), 0)"
        " FROM articles a JOIN versions v ON v.id = a.newest"
    ).fetchone()
    return int(articles), int(sentences)


def empty_snapshot() -> Snapshot:
    """The state of a corpus that nothing was ever added to."""
    db = sqlite3.connect(":memory:", check_same_thread=False)
    db.executescript(store.SCHEMA)
    return Snapshot(db, State(0, store.EMPTY_VERSION, "", {}, (), {}, {}))


def discard(database: Path) -> None:
    """Delete a database with the files that SQLite keeps beside it."""
    for suffix in ("", "-wal", "-shm"):
        Path(f"{database}{suffix}").unlink(missing_ok=True)
