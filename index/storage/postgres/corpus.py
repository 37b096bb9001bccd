"""A corpus on PostgreSQL: adding, removing, and states of it to ask."""

import datetime as dt
import shutil
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from psycopg import Connection

from index.disk import size_of
from index.errors import CorpusBusy, CorpusError, InputError, NoSuchArticle
from index.models.encoder import Vectors
from index.models.registry import ModelChoice, Models
from index.storage.base import Corpus
from index.storage.heads import ArticleHead
from index.storage.ingest import Tell, encoding, ingest, is_new, prepared_for
from index.storage.known_files import KnownFiles
from index.storage.postgres import write
from index.storage.postgres.address import Address
from index.storage.postgres.connection import LOST, server_of
from index.storage.postgres.snapshot import EMPTY, EXACT, PostgresSnapshot, read_state
from index.storage.postgres.write import RESTORE, Held
from index.storage.prepare import Prepared, input_hash
from index.storage.report import AddReport, Damage, Outcome, OutcomeKind
from index.storage.verify import model_damage
from index.types import Incoming

T = TypeVar("T")


class PostgresCorpus(Corpus):
    """A named corpus. Several threads may use it, and readers never wait for a writer."""

    def __init__(self, address: Address, folder: Path, models: Models, choice: ModelChoice) -> None:
        super().__init__(address.corpus, folder, models, choice)
        self._address = address
        self._server = server_of(address.url)
        self._state = EMPTY
        self._state_lock = threading.Lock()

    @property
    def exists(self) -> bool:
        """Whether anything was ever added that who asks may see."""
        return self.name in corpora_of(self._address)

    def size(self) -> int:
        """How many bytes it takes up on the server, and its files here."""
        with self.snapshot() as view:
            return view.size() + size_of(self.folder)

    def snapshot(self, as_of: dt.date | None = None) -> PostgresSnapshot:
        """The corpus as it is now; close it (``with``) when done."""
        if as_of:
            raise InputError(
                "a corpus on PostgreSQL is not asked as of a day; copy it to this machine: "
                "dateline corpora copy"
            )
        if not self._server.is_ready():
            return PostgresSnapshot(self._server, self.name, None, EMPTY)
        with self._server.explaining():
            try:
                return self._open()
            except LOST:
                return self._open(fresh=True)  # on another server, perhaps

    def _open(self, *, fresh: bool = False) -> PostgresSnapshot:
        db = self._server.get(reading=True, fresh=fresh)
        try:
            with self._state_lock:
                self._state = read_state(db, self.name, self._state)
                return PostgresSnapshot(self._server, self.name, db, self._state)
        except BaseException:
            db.close()
            self._server.put(db)
            raise

    def verify(self) -> list[Damage]:
        """Articles and files of the model that are not what was stored.

        What was worked out of an article is checked when it is read; words and vectors are left to
        the checks that PostgreSQL has.
        """
        with self.snapshot() as view:
            damages = [
                Damage(f"the article {one} (version {number}) is not what was added", RESTORE)
                for one, number, _, key, given, text, sha256 in view.versions()
                if input_hash(key, given, text) != sha256
            ]
            model = model_damage(view.model_id, self._models) if view.model_id else ()
            return [*damages, *model]

    def _add(self, articles: Iterable[Incoming], tell: Tell, batch: int) -> tuple[int, int]:
        model_id = self._made()

        def there(one: Prepared) -> bool:
            return self._write(lambda db, held: write.is_there(db, held, one), alone=False)

        def store(some: Sequence[Prepared], vectors: Vectors) -> None:
            def store_it(db: Connection, held: Held) -> list[OutcomeKind]:
                if held.model_id != model_id:
                    raise CorpusBusy(f"{self._address} has another model now; add the rest again")
                return write.store(db, held, some, vectors)

            for kind, one in zip(self._write(store_it), some, strict=True):
                dated = one.article.published is not None
                tell(Outcome(kind, one.label, one.article.id, is_dated=dated))

        files = KnownFiles(self._write(write.known_paths, alone=False))
        read = prepared_for(files, articles, tell)
        ingest(read, encoding(self.encoder(model_id)), store, partial(is_new, there, tell), batch)
        return self._index_if_large()

    def remove(self, names: Sequence[str]) -> list[ArticleHead]:
        """Remove articles, all or, when a name is unknown, none."""
        if not self.exists:
            raise NoSuchArticle("there is no article yet; `dateline add PATH` adds some")
        with self.snapshot() as view:
            heads = list({head.id: head for head in map(view.find, names)}.values())

        def remove(db: Connection, held: Held) -> None:
            write.remove(db, held, [head.id for head in heads])
            db.execute(write.COUNT, {"corpus": held.id})

        self._write(remove)
        return heads

    def rebuild(self, *_: Any, **__: Any) -> AddReport:
        """Raise InputError: a copy is rebuilt instead."""
        raise InputError(
            "a corpus on PostgreSQL is not rebuilt in place; `dateline corpora copy` it to this "
            "machine, rebuild it there, and copy it back under another name"
        )

    def make_of(
        self, versions: Iterable[Prepared], model_id: str, on_version: Callable[[int], None]
    ) -> None:
        """Be a corpus that is not there yet, of all versions of its articles, in one step."""
        self._server.prepare()
        self.check_absent()
        encode, done = encoding(self.encoder(model_id)), 0

        def fill(db: Connection) -> None:
            held = write.create(db, self.name, self._models.manifest(model_id))

            def store(some: Sequence[Prepared], vectors: Vectors) -> None:
                nonlocal done
                write.store(db, held, some, vectors)
                done += len(some)
                on_version(done)

            ingest(versions, encode, store)

        self._server.run(fill, again=False)
        self._index_if_large()

    def delete(self) -> None:
        """Delete the corpus and all that is in it; snapshots that are open stay readable."""
        if self.exists:
            self._write(lambda db, held: db.execute("SELECT delete_corpus(%s)", (held.id,)))
        shutil.rmtree(self.folder, ignore_errors=True)

    def _made(self) -> str:
        """Make the corpus if there is none; return its model."""
        self._server.prepare()

        def made(db: Connection) -> str:
            if held := write.hold(db, self.name, None):
                return held.model_id
            model_id = self._models.obtain(self._choice)
            return write.create(db, self.name, self._models.manifest(model_id)).model_id

        return self._server.run(made)

    def _index_if_large(self) -> tuple[int, int]:
        """Make the index of vectors that are too many to compare with all.

        Returns how many articles and sentences there are.
        """
        with self.snapshot() as view:
            articles, sentences, indexed = view.article_count, view.sentence_count, view.indexed
        if sentences > EXACT and not indexed:
            index = "SELECT index_vectors(%s)"
            self._write(lambda db, held: db.execute(index, (held.id,)), alone=False)
        return articles, sentences

    def _write(self, work: Callable[[Connection, Held], T], *, alone: bool = True) -> T:
        """Do something in one transaction, ``alone`` as the corpus's one writer."""

        def once(db: Connection) -> T:
            held = write.hold(db, self.name, self.patience if alone else None)
            if held is None:
                raise CorpusError(f"the corpus {self._address} is gone; add its articles again")
            return work(db, held)

        return self._server.run(once)


def corpora_of(address: Address) -> list[str]:
    """The names of the corpora in a database that who asks may see."""
    server = server_of(address.url)
    if not server.is_ready():
        return []
    rows = server.run(lambda db: db.execute("SELECT name FROM corpora ORDER BY name").fetchall())
    return [name for (name,) in rows]
