"""A corpus on disk: adding, removing, rebuilding, and states of it to ask.

corpora/default/CURRENT              names the database in use; replaced in one step
corpora/default/corpus-1.sqlite      the truth
corpora/default/segments/….faiss     vectors, named by their content
corpora/default/lock                 held by the one process that writes; says which that is
"""

import datetime as dt
import os
import re
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout

from index.disk import size_of, unwritable
from index.errors import CorpusBusy, CorpusDamaged, CorpusError, DatelineError, NoSuchArticle
from index.models.encoder import Vectors
from index.models.registry import ModelChoice, Models
from index.storage import database, recovery, write
from index.storage.base import Corpus
from index.storage.generations import Generations
from index.storage.heads import ArticleHead
from index.storage.ingest import Store, Tell, encoding, ingest, is_new, prepared_for
from index.storage.known_files import KnownFiles
from index.storage.merge import BATCH_SENTENCES, is_missing, last_of, stored_versions, taking_over
from index.storage.past import PastSnapshot
from index.storage.prepare import Prepared
from index.storage.report import AddReport, Damage, Outcome, telling
from index.storage.snapshot import EmbeddedSnapshot, State, empty_snapshot, read_state
from index.storage.verify import find_damage
from index.types import Incoming, Item, RefusedArticle

_MODEL_ID = re.compile(r"[0-9a-f]{16}")


class EmbeddedCorpus(Corpus):
    """A named corpus. Several threads may use it, and readers never wait for a writer."""

    def __init__(self, folder: Path, models: Models, choice: ModelChoice) -> None:
        super().__init__(folder.name, folder, models, choice)
        self._segments = folder / "segments"
        self._generations = Generations(folder)
        self._state: tuple[str, State] | None = None
        self._state_lock = threading.Lock()

    @property
    def exists(self) -> bool:
        """Whether anything was ever added; raises CorpusDamaged when that cannot be told."""
        return self._generations.current() is not None

    def size(self) -> int:
        """How many bytes it takes up."""
        return size_of(self.folder)

    def snapshot(self, as_of: dt.date | None = None) -> EmbeddedSnapshot:
        """The corpus as it is now, or was at the end of a day; close it (``with``) when done."""
        attempt = 0
        while True:
            try:
                current = self._generations.current()
                if current is None:
                    return empty_snapshot()
                view = self._open(current, as_of)
                if self._generations.current() == current:
                    return view
                view.close()  # its log may have been deleted before it was opened
            except CorpusError:
                # A rebuild or a merge may have switched files between two looks at them.
                if attempt == 5:
                    raise
            time.sleep(0.01 * attempt)
            attempt += 1

    def _open(self, current: str, as_of: dt.date | None) -> EmbeddedSnapshot:
        db = database.connect(self.folder / current)
        try:
            db.execute("BEGIN")
            writes = int(database.meta(db, "writes"))
            with self._state_lock:
                known = self._state[1] if self._state and self._state[0] == current else None
                if known is None or known.writes != writes:
                    known = read_state(db, self._segments, known)
                    self._state = (current, known)
            if as_of:
                return PastSnapshot(db, known, as_of, self.encoder(known.model_id))
            return EmbeddedSnapshot(db, known)
        except BaseException as error:
            db.close()
            if isinstance(error, sqlite3.Error):
                raise database.explained_error(error, self.folder) from error
            if isinstance(error, database.UNREADABLE):
                raise CorpusDamaged(
                    f"{self.folder} is damaged ({error}); run `dateline rebuild`"
                ) from error
            raise

    def stamp(self) -> object:
        """What differs once the corpus has changed; much quicker to see than its version."""
        return self._generations.written()

    def verify(self) -> list[Damage]:
        """All damage that could change an answer; an empty list where there is none."""
        try:
            if not self.exists:
                return []
            with self._writing() as db:
                return list(find_damage(db, self._segments, self._models))
        except CorpusDamaged as error:
            what, _, mend = str(error).rpartition("; ")
            return [Damage(what, mend)]

    def _add(self, articles: Iterable[Incoming], tell: Tell, batch: int) -> tuple[int, int]:
        with self._writing() as db:
            encode = encoding(self.encoder(database.meta(db, "model")))
            files = KnownFiles(write.known_paths(db))
            read = prepared_for(files, articles, tell)
            asked = partial(is_new, partial(write.is_there, db), tell)
            ingest(read, encode, self._storing(db, tell), asked, batch)
            return database.totals(db)

    def merge(
        self, parts: Sequence[Corpus], *, on_article: Callable[[Outcome], None] | None = None
    ) -> AddReport:
        """Take in other corpora's articles in all their versions, with their vectors.

        Those of another model are encoded anew. Of an article that several have, the last one's
        text counts. What is there already is left, so a merge that was stopped can be run again.
        """
        started, report = time.perf_counter(), AddReport()
        tell = telling(report, on_article)
        with self._writing() as db:
            model_id = database.meta(db, "model")
            encode = encoding(self.encoder(model_id))
            for part in parts:
                with part.snapshot() as view:
                    how = taking_over(view, encode) if view.model_id == model_id else encode
                    asked = partial(is_missing, db, tell, last_of(view))
                    store = self._storing(db, tell)
                    ingest(stored_versions(view), how, store, asked, BATCH_SENTENCES)
            report.articles, report.sentences = database.totals(db)
        report.seconds = time.perf_counter() - started
        return report

    def _storing(self, db: sqlite3.Connection, tell: Tell) -> Store:
        """What stores a batch: all are told of then, and few segments made of many."""

        def store(batch: Sequence[Prepared], vectors: Vectors) -> None:
            kinds = write.store_batch(db, self._segments, batch, vectors)
            for prepared, kind in zip(batch, kinds, strict=True):
                dated = prepared.article.published is not None
                tell(Outcome(kind, prepared.label, prepared.article.id, is_dated=dated))
            write.compact(db, self._segments)
            write.sweep(db, self._segments)

        return store

    def remove(self, names: Sequence[str]) -> list[ArticleHead]:
        """Remove articles, all or, when a name is unknown, none."""
        if not self.exists:
            raise NoSuchArticle("there is no article yet; `dateline add PATH` adds some")
        with self._writing() as db:
            with self.snapshot() as view:
                heads = list({head.id: head for head in map(view.find, names)}.values())
            write.delete_articles(db, [head.id for head in heads])
            write.compact(db, self._segments)
            write.sweep(db, self._segments)
        return heads

    def rebuild(
        self,
        items: Iterable[Item] = (),
        *,
        model: str | None = None,
        on_article: Callable[[Outcome], None] | None = None,
        on_progress: Callable[[int, int], None] | None = None,
        batch: int = write.BATCH_SENTENCES,
    ) -> AddReport:
        """Take in articles, if any, then make the whole index anew and switch to it in one step.

        Questions asked meanwhile are answered from the old index. The new one is made from the
        articles as they came in, so any other damage is mended; a damaged article is left out, and
        reported as refused.
        """
        started = time.perf_counter()
        report = self.add(items, on_article=on_article, batch=batch) if items else AddReport()
        if items and not self.exists:
            return report  # nothing came in: there is nothing to make anew
        with self._writing(mending=True) as old:
            model_id = self._sound_model(old, model)
            successor = self._generations.successor()
            database.create(self.folder / successor, model_id)
            new = database.connect(self.folder / successor, write=True)
            try:
                damaged = self._refill(old, new, model_id, on_progress, batch)
                report.articles, report.sentences = database.totals(new)
                if damaged:
                    recovery.back_up(old, self.folder / f"damaged-{self._generations.current()}")
                self._generations.switch_to(successor)
                write.sweep(new, self._segments)
            finally:
                new.close()
                self._generations.clear()
        tell = telling(report, on_article)
        for refusal in damaged:
            tell(Outcome("refused", refusal.source, reason=refusal.reason))
        report.seconds = time.perf_counter() - started
        return report

    def _sound_model(self, db: sqlite3.Connection, model: str | None) -> str:
        """Return the model to rebuild with: the one named, else the corpus's own, repaired."""
        choice = self._choice
        if model:
            choice = replace(choice, name=model)
        else:
            model_id = ""
            try:
                model_id = database.meta(db, "model")
                manifest = self._models.manifest(model_id)
                if not self._models.damaged_files(model_id):
                    return model_id
                if manifest.id == model_id:
                    choice = manifest.choice
            except (DatelineError, sqlite3.DatabaseError):
                pass  # nothing is known of it: the one that a new corpus would have
            if _MODEL_ID.fullmatch(model_id):
                self._models.discard(model_id)
        return self._models.obtain(choice)

    def _refill(
        self,
        old: sqlite3.Connection,
        new: sqlite3.Connection,
        model_id: str,
        on_progress: Callable[[int, int], None] | None,
        batch: int,
    ) -> list[RefusedArticle]:
        """Fill a new database from what came into the old one; return what was damaged."""
        encoder = self.encoder(model_id)
        found = recovery.find_versions(old)
        total = 0
        with suppress(sqlite3.DatabaseError):  # damaged: only the progress is told less well
            _, total = database.totals(old)
        refused = [recovery.refusal_of_damaged(article_id) for article_id in found.lost]

        def sound() -> Iterator[Prepared]:
            for version_id in found.newest:
                prepared = recovery.read_newest(old, version_id)
                if isinstance(prepared, RefusedArticle):
                    refused.append(prepared)
                else:
                    yield prepared

        done = 0

        def store(some: Sequence[Prepared], vectors: Vectors) -> None:
            nonlocal done
            write.store_batch(new, self._segments, some, vectors)
            write.compact(new, self._segments)
            done += sum(len(prepared.article.sentences) for prepared in some)
            if on_progress:
                on_progress(done, max(total, done))

        ingest(sound(), encoding(encoder), store, size=batch)
        with database.transaction(new):
            refused += recovery.copy_past(old, new, found.past)
        return refused

    def delete(self) -> None:
        """Delete the corpus and all that is in it; snapshots that are open stay readable."""
        with suppress(FileNotFoundError), self._lock():
            # In one step, so that a crash leaves no half of it; the next deletion clears up.
            self.folder.rename(self.folder.with_name(f".deleting-{self.name}-{os.getpid()}"))
        with self._state_lock:
            self._state = None
        for left in self.folder.parent.glob(".deleting-*"):
            shutil.rmtree(left, ignore_errors=True)

    def make_of(
        self, versions: Iterable[Prepared], model_id: str, on_version: Callable[[int], None]
    ) -> None:
        """Be a corpus that is not there yet, of all versions of its articles, in one step.

        Feeds and watched questions, which may be there already, stay.
        """
        encode, done = encoding(self.encoder(model_id)), 0

        def store(batch: Sequence[Prepared], vectors: Vectors) -> None:
            nonlocal done
            write.store_batch(db, self._segments, batch, vectors)
            write.compact(db, self._segments)
            done += len(batch)
            on_version(done)

        with self._lock():
            self.check_absent()
            try:
                with (
                    self._generations.making(model_id) as path,
                    closing(database.connect(path, write=True)) as db,
                ):
                    ingest(versions, encode, store)
                    write.sweep(db, self._segments)
                    # Closing writes the log back, too, but tells no error.
                    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            except sqlite3.Error as error:
                raise database.explained_error(error, self.folder) from error
            except OSError as error:
                raise CorpusError(unwritable(self.folder, error)) from error
            finally:
                lock = self.folder / "lock"
                if [*self.folder.iterdir()] == [lock]:  # it failed, and nothing was there
                    with suppress(OSError):
                        lock.unlink()
                        self.folder.rmdir()

    @contextmanager
    def _writing(self, *, mending: bool = False) -> Iterator[sqlite3.Connection]:
        """Be the one writer; the corpus is made first if there is none.

        With ``mending``, a corpus of an older format or without its CURRENT is opened too.
        """
        with self._lock():
            if mending:
                self._generations.repair_current()
            if not self.exists:
                with self._generations.making(self._models.obtain(self._choice)):
                    pass  # without articles
            self._generations.clear()
            current = self.folder / (self._generations.current() or "")
            db = database.connect(current, write=True, mending=mending)
            try:
                yield db
            except sqlite3.Error as error:
                mend = database.RESTORE if mending else database.REBUILD
                raise database.explained_error(error, self.folder, mend) from error
            finally:
                db.close()

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """Hold the corpus; a lock whose process has died holds nothing."""
        path = self.folder / "lock"
        lock = FileLock(path)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=self.patience)
        except Timeout:
            holder = path.read_text("ascii", "replace") or "another process"
            raise CorpusBusy(
                f"{holder} is writing to the corpus {self.name!r}; try again when it is done"
            ) from None
        except OSError as error:
            raise CorpusError(unwritable(self.folder, error)) from error
        try:
            with suppress(OSError):  # a full disk: the lock holds without saying whose it is
                path.write_text(f"process {os.getpid()}", "ascii")
            yield
        finally:
            lock.release()
