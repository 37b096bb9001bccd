"""Connections to a PostgreSQL server, and what its errors mean to a person.

A server that fails over is connected to again once: the URL names its hosts, and libpq takes the
first that is as ``target_session_attrs`` wants it. Who writes may do all again, because what was
stored already is unchanged then.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any, TypeVar

import numpy as np
import psycopg
from psycopg import Connection, IsolationLevel, errors
from psycopg.abc import Buffer
from psycopg.adapt import Dumper
from psycopg.pq import Format

from index.errors import CorpusBusy, CorpusError
from index.storage.postgres.address import Address
from index.storage.postgres.schema import has_tables, make_tables

T = TypeVar("T")

_KEPT = 16  # connections for later; a question holds one while it is answered
_CONNECT_SECONDS = 5

# What may go better on another connection: the server went down, or is another now.
LOST = (
    errors.OperationalError,
    errors.ReadOnlySqlTransaction,  # what was the primary is a replica
    psycopg.InterfaceError,
)


class Floats(Dumper):
    """An array of floats, as ``real[]`` in binary."""

    format = Format.BINARY
    oid = 1021

    def dump(self, obj: Any) -> Buffer:
        """See ``array_recv``: dimensions, no nulls, the element's type, length, lower bound."""
        flat = np.ravel(obj)
        head = np.array([1, 0, 700, len(flat), 1], dtype=">i4").tobytes()
        items = np.empty(len(flat), dtype=[("size", ">i4"), ("value", ">f4")])
        items["size"], items["value"] = 4, flat
        return head + items.tobytes()


psycopg.adapters.register_dumper(np.ndarray, Floats)


class Server:
    """A database, connected to when it is first used; safe to share between threads."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._idle: list[Connection] = []
        self._lock = threading.Lock()
        self._ready = False

    def __del__(self) -> None:
        for db in self._idle:
            db.close()

    def _connect(self) -> Connection:
        return psycopg.connect(
            self.address.url,
            connect_timeout=_CONNECT_SECONDS,
            fallback_application_name="dateline",
            client_encoding="utf8",
            options="-c search_path=dateline,public -c jit=off",
            # A plan for any value would not know which partition is meant.
            prepare_threshold=None,
        )

    def is_ready(self) -> bool:
        """Whether corpora can be there; raises FormatMismatch where others are."""
        if not self._ready:
            with self.explaining(), self._connect() as db:
                self._ready = has_tables(db)
        return self._ready

    def prepare(self) -> None:
        """Make the tables where there are none."""
        if not self.is_ready():
            with self.explaining(), self._connect() as db:
                make_tables(db)

    def get(self, *, reading: bool = False, fresh: bool = False) -> Connection:
        """A connection, to be given back with ``put``; ``fresh`` where others turned out lost.

        For ``reading`` all that is asked sees one state.
        """
        with self._lock:
            lost, self._idle = (self._idle, []) if fresh else ([], self._idle)
            db = self._idle.pop() if self._idle else None
        for one in lost:
            one.close()
        if db is None:
            db = self._connect()
        level = IsolationLevel.REPEATABLE_READ if reading else IsolationLevel.READ_COMMITTED
        db.isolation_level, db.read_only = level, reading
        return db

    def put(self, db: Connection) -> None:
        """Give a connection back; what was not committed is undone."""
        with suppress(psycopg.Error):
            db.rollback()
        with self._lock:
            if keep := not db.closed and len(self._idle) < _KEPT:
                self._idle.append(db)
        if not keep:
            db.close()

    def run(self, work: Callable[[Connection], T], *, again: bool = True) -> T:
        """Do something in one transaction, ``again`` where the server went down meanwhile."""
        with self.explaining():
            try:
                return self._once(work)
            except LOST as error:
                if not again or isinstance(error, errors.LockNotAvailable):
                    raise
            return self._once(work, fresh=True)

    def _once(self, work: Callable[[Connection], T], *, fresh: bool = False) -> T:
        db = self.get(fresh=fresh)
        try:
            done = work(db)
            db.commit()
        except LOST:
            db.close()
            raise
        finally:
            self.put(db)
        return done

    @contextmanager
    def explaining(self) -> Iterator[None]:
        """Raise what a person can do something about for PostgreSQL's errors."""
        try:
            yield
        except psycopg.Error as error:
            raise explained_error(error, self.address) from None


@cache
def server_of(url: str) -> Server:
    """The one server of a URL in this process."""
    return Server(Address(url))


def explained_error(error: psycopg.Error, address: Address) -> CorpusError:
    """The error to raise for one of PostgreSQL's; the password is never in it."""
    told = error.diag.message_primary or next(iter(str(error).strip().splitlines()), "no reason")
    told = address.hidden(told)
    if isinstance(error, errors.LockNotAvailable):
        return CorpusBusy(f"somebody else is writing to {address}; try again when it is done")
    if isinstance(error, errors.InsufficientPrivilege):
        return CorpusError(
            f"{address.server} does not allow this ({told}); connect as a role that may, "
            "which docs/scale.md tells how to make"
        )
    return CorpusError(
        f"{address.server} cannot be used ({told}); what was stored before is safe: see that the "
        "address is right and the server runs and has room, then try again"
    )
