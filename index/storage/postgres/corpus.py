"""A corpus on PostgreSQL: adding, removing, rebuilding, and states of it to ask."""

import datetime as dt
import itertools
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from psycopg import Connection

from index.disk import size_of
from index.errors import CorpusBusy, CorpusDamaged, CorpusError, InputError, NoSuchArticle
from index.models.encoder import Encoder, Vectors
from index.models.registry import ModelChoice, Models
from index.storage.heads import ArticleHead
from index.storage.ingest import encoding, ingest, is_new, prepared_for, unrefused
from index.storage.known_files import KnownFiles
from index.storage.postgres import write
from index.storage.postgres.address import Address
from index.storage.postgres.connection import LOST, server_of
from index.storage.postgres.snapshot import EMPTY, EXACT, PostgresSnapshot, State, read_state
from index.storage.postgres.verify import find_damage
from index.storage.postgres.write import Held
from index.storage.prepare import Prepared, restored
from index.storage.recovery import refusal_of_damaged
from index.storage.report import AddReport, Damage, Outcome, OutcomeKind, telling
from index.storage.write import BATCH_SENTENCES
from index.types import Item, RefusedArticle

T = TypeVar("T")


class PostgresCorpus:
    """A named corpus. Several threads may use it, and readers never wait for a writer."""

    def __init__(self, address: Address, folder: Path, models: Models, choice: ModelChoice) -> None:
        self.name = address.corpus
        self.folder = folder  # of feeds and watched questions; the articles are elsewhere
        self.patience = 10.0  # seconds that a writer waits for another
        self._address = address
        self._server = server_of(address.url)
        self._models = models
        self._choice = choice
        self._state: State | None = None
        self._state_lock = threading.Lock()

    @property
    def exists(self) -> bool:
        """Whether anything was ever added that who asks may see."""
        return self.name in corpora_of(self._address)

    def size(self) -> int:
        """How many bytes it takes up on the server, and its files here."""
        with self.snapshot() as view:
            return view.size() + size_of(self.folder)

    def encoder(self, model_id: str) -> Encoder:
        """The encoder that made the corpus's vectors; raises ModelError when it is damaged."""
        return self._models.load_sound(model_id)

    def snapshot(self, as_of: dt.date | None = None) -> PostgresSnapshot:
        """The corpus as it is now; close it (``with``) when done."""
        if as_of:
            raise InputError(
                "a corpus on PostgreSQL is not asked as of a day; copy it to this machine: "
                "dateline corpora copy"
            )
        with self._server.explaining():
            if not self._server.is_ready():
                return PostgresSnapshot(self._server, self.name, None, EMPTY)
            try:
                return self._open()
            except LOST:
                return self._open(fresh=True)  # on another server, perhaps

    def _open(self, *, fresh: bool = False) -> PostgresSnapshot:
        db = self._server.get(reading=True, fresh=fresh)
        try:
            with self._state_lock:
                state = read_state(db, self.name, self._state)
                self._state = state
        except BaseException:
            db.close()
            self._server.put(db)
            raise
        if state is None:
            self._server.put(db)
            return PostgresSnapshot(self._server, self.name, None, EMPTY)
        return PostgresSnapshot(self._server, self.name, db, state)

    def verify(self) -> list[Damage]:
        """All damage that could change an answer; an empty list where there is none."""
        with self._state_lock:
            self._state = None  # what is remembered may hide what has changed
        with self.snapshot() as view:
            return list(find_damage(view, self._models)) if view.model_id else []

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
        if not first and not self.exists:
            return report  # and no corpus is made
        model_id = self._made()

        def there(one: Prepared) -> bool:
            return self._write(lambda db, held: write.is_there(db, held, one), alone=False)

        def store(some: Sequence[Prepared], vectors: Vectors) -> None:
            def store_it(db: Connection, held: Held) -> list[OutcomeKind]:
                if held.model_id != model_id:
                    raise CorpusBusy(f"{self._address} has another model now; add the rest again")
                return write.store(db, held, some, vectors)

            for kind, one in zip(self._write(store_it), some, strict=True):
                tell(Outcome(kind, one.label, one.article.id))

        files = KnownFiles(self._write(write.known_paths, alone=False))
        read = prepared_for(files, itertools.chain(first, articles), tell)
        ingest(read, encoding(self.encoder(model_id)), store, partial(is_new, there, tell), batch)
        with self.snapshot() as view:
            report.articles, report.sentences = view.article_count, view.sentence_count
            indexed = view.indexed
        if report.sentences > EXACT and not indexed:
            self._write(write.index_vectors, alone=False)
        report.seconds = time.perf_counter() - started
        return report

    def remove(self, names: Sequence[str]) -> list[ArticleHead]:
        """Remove articles, all or, when a name is unknown, none."""
        if not self.exists:
            raise NoSuchArticle("there is no article yet; `dateline add PATH` adds some")
        with self.snapshot() as view:
            heads = list({head.id: head for head in map(view.find, names)}.values())

        def remove(db: Connection, held: Held) -> None:
            write.remove(db, held, [head.id for head in heads])
            write.count_write(db, held)

        self._write(remove)
        return heads

    def rebuild(
        self,
        items: Iterable[Item] = (),
        *,
        model: str | None = None,
        on_article: Callable[[Outcome], None] | None = None,
        on_progress: Callable[[int, int], None] | None = None,
        batch: int = BATCH_SENTENCES,
    ) -> AddReport:
        """Take in articles, if any, then make the whole index anew and switch to it in one step.

        Questions asked meanwhile are answered from the old index. A damaged article is left out,
        and reported as refused.
        """
        started = time.perf_counter()
        report = self.add(items, on_article=on_article, batch=batch) if items else AddReport()
        self._made()
        damaged: list[RefusedArticle] = []

        def anew(db: Connection, held: Held) -> None:
            model_id = self._model_for(held.model_id, model)
            with self.snapshot() as view:
                self._fill(
                    db,
                    self._again(view, damaged, on_progress),
                    model_id,
                    lambda _: None,
                    batch,
                    held,
                )

        self._write(anew, again=False)
        self._sweep()
        for refusal in damaged:
            outcome = Outcome("refused", refusal.source, reason=refusal.reason)
            report.count(outcome)
            if on_article:
                on_article(outcome)
        with self.snapshot() as view:
            report.articles, report.sentences = view.article_count, view.sentence_count
        report.seconds = time.perf_counter() - started
        return report

    def _again(
        self,
        view: PostgresSnapshot,
        damaged: list[RefusedArticle],
        on_progress: Callable[[int, int], None] | None,
    ) -> Iterator[Prepared]:
        """All versions made anew from what came in."""
        newest = {(head.id, head.version): head.sentence_count for head in view.heads()}
        done = 0
        for article_id, number, added_at, _, given, text, sha256 in view.versions():
            if (prepared := restored(given, text, sha256)) is None:
                damaged.append(refusal_of_damaged(article_id))
                continue
            article = replace(prepared.article, version=number)
            with suppress(CorpusDamaged):
                article = replace(article, origin=view.article(article_id, number).origin)
            yield replace(prepared, article=article, added_at=added_at)
            done += newest.get((article_id, number), 0)
            if on_progress:
                on_progress(done, view.sentence_count)

    def _model_for(self, model_id: str, model: str | None) -> str:
        """The model to rebuild with: the one named, else the corpus's own."""
        if model is None:
            self.encoder(model_id)
            return model_id
        return self._models.obtain(model, self._choice.runtime, self._choice.precision)

    def make_of(
        self, versions: Iterable[Prepared], model_id: str, on_version: Callable[[int], None]
    ) -> None:
        """Be a corpus that is not there yet, of all versions of its articles, in one step."""
        self._server.prepare()
        self.check_absent()
        self._server.run(lambda db: self._fill(db, versions, model_id, on_version), again=False)

    def _fill(
        self,
        db: Connection,
        versions: Iterable[Prepared],
        model_id: str,
        on_version: Callable[[int], None],
        batch: int = BATCH_SENTENCES,
        old: Held | None = None,
    ) -> None:
        """Make the corpus of versions of articles, in place of an old one if there is one."""
        encoder, done, sentences = self.encoder(model_id), 0, 0
        aside = f".{secrets.token_hex(8)}"
        held = write.create(db, aside, model_id, encoder.config.dimensions)

        def store(some: Sequence[Prepared], vectors: Vectors) -> None:
            nonlocal done, sentences
            for one in some:
                write.is_there(db, held, one)  # refuses an id that means another article
            write.store(db, held, some, vectors)
            done += len(some)
            sentences += len(vectors)
            on_version(done)

        ingest(versions, encoding(encoder), store, size=batch)
        if sentences > EXACT:
            write.index_vectors(db, held)
        if old:
            write.delete_corpus(db, old)
        db.execute("SELECT rename_corpus(%s, %s)", (held.id, self.name))

    def delete(self) -> None:
        """Delete the corpus and all that is in it; snapshots that are open stay readable."""
        if self.exists:
            self._write(write.delete_corpus)
            self._sweep()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _sweep(self) -> None:
        self._server.run(lambda db: db.execute("SELECT sweep()"))

    def check_absent(self) -> None:
        """Raise InputError where there is something in the corpus, or was."""
        if self.exists:
            raise InputError(f"there is a corpus {self.name!r} already; choose another name")

    def _made(self) -> str:
        """Make the corpus if there is none; return its model."""
        self._server.prepare()
        choice = self._choice

        def made(db: Connection) -> str:
            held = write.hold(db, self.name, None)
            if held is None:
                model_id = self._models.obtain(choice.name, choice.runtime, choice.precision)
                width = self._models.manifest(model_id).config.dimensions
                held = write.create(db, self.name, model_id, width)
            return held.model_id

        return self._server.run(made)

    def _write(
        self, work: Callable[[Connection, Held], T], *, alone: bool = True, again: bool = True
    ) -> T:
        """Do something in one transaction, ``alone`` as the corpus's one writer."""

        def once(db: Connection) -> T:
            held = write.hold(db, self.name, self.patience if alone else None)
            if held is None:
                raise CorpusError(f"the corpus {self._address} is gone; add its articles again")
            return work(db, held)

        return self._server.run(once, again=again)


def corpora_of(address: Address) -> list[str]:
    """The names of the corpora in a database that who asks may see."""
    server = server_of(address.url)
    if not server.is_ready():
        return []
    rows = server.run(
        lambda db: db.execute(
            "SELECT name FROM corpora WHERE name NOT LIKE '.%' ORDER BY name"
        ).fetchall()
    )
    return [name for (name,) in rows]
