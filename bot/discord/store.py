"""What the bot keeps of servers beside their articles: settings, changes, votes, questions.

One SQLite file under the home, ``discord.sqlite``. Questions are kept only where a server's
managers ask for it, and only for as long as they say; a vote is an answer's, not a person's: who
gave it is kept as a hash that is another one for each message.
"""

import datetime as dt
import hashlib
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from index import DatelineError

SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS servers (
    guild INTEGER PRIMARY KEY, settings TEXT NOT NULL DEFAULT '{}', left_at TEXT);
CREATE TABLE IF NOT EXISTS changes (
    guild INTEGER NOT NULL, at TEXT NOT NULL, who INTEGER NOT NULL, what TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS changes_of ON changes (guild, at);
CREATE TABLE IF NOT EXISTS votes (
    voter TEXT PRIMARY KEY, guild INTEGER NOT NULL, at TEXT NOT NULL, helpful INTEGER NOT NULL,
    question TEXT NOT NULL, answer TEXT, corpus_version TEXT NOT NULL,
    article_id TEXT, start INTEGER, "end" INTEGER);
CREATE TABLE IF NOT EXISTS questions (
    guild INTEGER NOT NULL, at TEXT NOT NULL, question TEXT NOT NULL, answered INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS questions_of ON questions (guild, at);
CREATE TABLE IF NOT EXISTS unfinished (
    guild INTEGER PRIMARY KEY, who INTEGER NOT NULL, interaction INTEGER NOT NULL,
    token TEXT NOT NULL, what TEXT NOT NULL);
"""
_TABLES = ("unfinished", "changes", "votes", "questions", "servers")
CHANGES_KEPT = 1000  # of a server


class ServerSettings(BaseModel):
    """What a server's managers can set; ``/manage settings`` says what each is for."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    managers: tuple[int, ...] = ()  # roles that may manage, besides Manage Server
    channels: tuple[int, ...] = ()  # where it answers; none stands for everywhere
    private: bool = False
    threshold: Annotated[float, Field(ge=0, le=1)] | None = None
    keep_questions: Annotated[int, Field(ge=0, le=365)] = 0  # days


@dataclass(frozen=True, slots=True)
class Change:
    """What a manager did."""

    at: str
    who: int
    what: str


@dataclass(frozen=True, slots=True)
class Vote:
    """What someone thought of an answer; ``start`` and ``end`` are the quote's, in the article."""

    guild: int
    at: str
    helpful: bool
    question: str
    answer: str | None
    corpus_version: str
    article_id: str | None
    start: int | None
    end: int | None


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A write that is under way; its interaction's token is of use for fifteen minutes."""

    guild: int
    who: int
    interaction: int
    token: str
    what: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that a server keeps, and whether it was answered."""

    at: str
    question: str
    answered: bool


def now() -> str:
    """The time as it is kept, ISO 8601 in UTC."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


class Store:
    """The file; every method blocks for as long as a small write takes. Safe between threads."""

    def __init__(self, home: Path) -> None:
        self.path = home / "discord.sqlite"
        self._lock = threading.Lock()

    @cached_property
    def _db(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None)
        self.path.chmod(0o600)
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.executescript(_SCHEMA)
            db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        except sqlite3.DatabaseError as error:
            db.close()
            if isinstance(error, sqlite3.OperationalError):
                raise  # it is whole, but the disk is full, say
            raise DatelineError(
                f"{self.path} is damaged ({error}); restore it from a backup, or delete it: then "
                "servers keep their articles and lose their settings, log, votes and questions"
            ) from error
        return db

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if "_db" in self.__dict__:
                self._db.close()
                del self._db

    def _write(self, sql: str, *values: object) -> int:
        with self._lock:
            return self._db.execute(sql, values).rowcount

    def _rows(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        if not self.path.exists():
            return []
        with self._lock, closing(self._db.execute(sql, values)) as cursor:
            return cursor.fetchall()

    # -- settings ----------------------------------------------------------------------------

    def settings(self) -> dict[int, ServerSettings]:
        """The settings of every server that has some."""
        rows = self._rows("SELECT guild, settings FROM servers")
        return {int(str(g)): ServerSettings.model_validate_json(str(s)) for g, s in rows}

    def set(self, guild: int, settings: ServerSettings) -> None:
        """Keep a server's settings."""
        self._write(
            "INSERT INTO servers (guild, settings) VALUES (?, ?)"
            " ON CONFLICT (guild) DO UPDATE SET settings = excluded.settings",
            guild,
            settings.model_dump_json(),
        )

    # -- coming and going --------------------------------------------------------------------

    def left(self, guild: int) -> None:
        """Note that a server has put the bot out, unless that is known."""
        self._write(
            "INSERT INTO servers (guild, left_at) VALUES (?, ?)"
            " ON CONFLICT (guild) DO UPDATE SET left_at = coalesce(left_at, excluded.left_at)",
            guild,
            now(),
        )

    def joined(self, guild: int) -> None:
        """Note that a server has the bot."""
        self._write("UPDATE servers SET left_at = NULL WHERE guild = ?", guild)

    def gone_for(self, grace: dt.timedelta) -> list[int]:
        """The servers that put the bot out so long ago."""
        before = (dt.datetime.now(dt.UTC) - grace).isoformat(timespec="seconds")
        rows = self._rows("SELECT guild FROM servers WHERE left_at <= ?", before)
        return [int(str(guild)) for (guild,) in rows]

    def delete(self, guild: int) -> None:
        """Forget everything of a server."""
        for table in _TABLES:
            self._write(f"DELETE FROM {table} WHERE guild = ?", guild)  # noqa: S608 - constants

    # -- changes -----------------------------------------------------------------------------

    def changed(self, guild: int, who: int, what: str) -> None:
        """Note what a manager did; the oldest notes give way."""
        self._write("INSERT INTO changes VALUES (?, ?, ?, ?)", guild, now(), who, what)
        self._write(
            "DELETE FROM changes WHERE rowid IN (SELECT rowid FROM changes WHERE guild = ?"
            " ORDER BY rowid DESC LIMIT -1 OFFSET ?)",
            guild,
            CHANGES_KEPT,
        )

    def changes(self, guild: int) -> list[Change]:
        """What managers did, the newest first."""
        sql = "SELECT at, who, what FROM changes WHERE guild = ? ORDER BY rowid DESC"
        return [Change(str(a), int(str(w)), str(t)) for a, w, t in self._rows(sql, guild)]

    def began(self, write: Unfinished) -> None:
        """Note that a write is under way, for who finds it when the process was killed."""
        self._write(
            "INSERT OR REPLACE INTO unfinished VALUES (?, ?, ?, ?, ?)",
            write.guild,
            write.who,
            write.interaction,
            write.token,
            write.what,
        )

    def ended(self, interaction: int) -> None:
        """Note that the write of an interaction has ended, and been told of."""
        self._write("DELETE FROM unfinished WHERE interaction = ?", interaction)

    def unfinished(self) -> list[Unfinished]:
        """The writes that were under way when a process ended."""
        rows = self._rows("SELECT guild, who, interaction, token, what FROM unfinished")
        return [
            Unfinished(int(str(g)), int(str(w)), int(str(i)), str(t), str(what))
            for g, w, i, t, what in rows
        ]

    # -- votes -------------------------------------------------------------------------------

    def vote(self, vote: Vote, message: int, user: int) -> None:
        """Keep a vote; another one by the same person on the same message takes its place."""
        voter = hashlib.sha256(f"{message}:{user}".encode()).hexdigest()
        self._write(
            "INSERT OR REPLACE INTO votes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            voter,
            vote.guild,
            vote.at,
            vote.helpful,
            vote.question,
            vote.answer,
            vote.corpus_version,
            vote.article_id,
            vote.start,
            vote.end,
        )

    def feedback(self, guild: int | None = None) -> Iterator[Vote]:
        """All votes, or those of a server, the oldest first."""
        sql = (
            "SELECT guild, at, helpful, question, answer, corpus_version, article_id, start, "
            '"end" FROM votes WHERE ? IS NULL OR guild = ? ORDER BY at, voter'
        )
        for row in self._rows(sql, guild, guild):
            at, helpful, *rest = row[1:]
            yield Vote(int(str(row[0])), str(at), bool(helpful), *rest)  # type: ignore[arg-type]

    # -- questions ---------------------------------------------------------------------------

    def asked(self, guild: int, question: str, *, answered: bool) -> None:
        """Keep a question."""
        self._write("INSERT INTO questions VALUES (?, ?, ?, ?)", guild, now(), question, answered)

    def questions(self, guild: int) -> list[Asked]:
        """The questions that are kept, the newest first."""
        sql = "SELECT at, question, answered FROM questions WHERE guild = ? ORDER BY rowid DESC"
        return [Asked(str(a), str(q), bool(done)) for a, q, done in self._rows(sql, guild)]

    def forget_questions(self, guild: int, days: int) -> None:
        """Delete a server's questions that are older than it keeps them."""
        before = dt.datetime.now(dt.UTC) - dt.timedelta(days=days)
        self._write(
            "DELETE FROM questions WHERE guild = ? AND at <= ?",
            guild,
            before.isoformat(timespec="seconds"),
        )
