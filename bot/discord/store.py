"""What the bot keeps about servers besides their articles: settings, changes, votes, questions.

Everything is in one SQLite file in the home, ``discord.sqlite``. Questions are kept only if a
server's managers turn that on, and only for as long as they say. Votes are anonymous: the voter is
stored as a hash that differs from message to message. An interaction's token, which works for
fifteen minutes, is kept while the interaction is open, and deleted when it has its answer. Where an
answer's quotes stand is kept for a week, or as long as the managers say.
"""

import datetime as dt
import hashlib
import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import astuple, dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from index import DatelineError

SCHEMA_VERSION = 2
_SCHEMA = """
CREATE TABLE IF NOT EXISTS servers (
    guild INTEGER PRIMARY KEY, settings TEXT NOT NULL DEFAULT '{}', left_at TEXT);
CREATE TABLE IF NOT EXISTS changes (
    guild INTEGER NOT NULL, at TEXT NOT NULL, who INTEGER NOT NULL, what TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS changes_of ON changes (guild, at);
CREATE TABLE IF NOT EXISTS votes (
    voter TEXT PRIMARY KEY, guild INTEGER NOT NULL, at TEXT NOT NULL, helpful INTEGER NOT NULL,
    question TEXT NOT NULL, answer TEXT, corpus_version TEXT NOT NULL,
    article_id TEXT, start INTEGER, "end" INTEGER, history TEXT NOT NULL DEFAULT '[]');
CREATE TABLE IF NOT EXISTS questions (
    guild INTEGER NOT NULL, at TEXT NOT NULL, question TEXT NOT NULL, answered INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS questions_of ON questions (guild, at);
CREATE TABLE IF NOT EXISTS unfinished (
    guild INTEGER PRIMARY KEY, who INTEGER NOT NULL, interaction INTEGER NOT NULL,
    token TEXT NOT NULL, what TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS interactions (
    interaction INTEGER PRIMARY KEY, guild INTEGER NOT NULL, token TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS posted (
    guild INTEGER NOT NULL, channel INTEGER NOT NULL, message INTEGER NOT NULL, at TEXT NOT NULL,
    n INTEGER NOT NULL, place TEXT NOT NULL, PRIMARY KEY (guild, message, n)) WITHOUT ROWID;
"""
_TABLES = ("unfinished", "interactions", "changes", "votes", "questions", "posted", "servers")
CHANGES_KEPT = 1000  # of a server


class ServerSettings(BaseModel):
    """What a server's managers can set; ``/manage settings`` says what each is for."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    managers: tuple[int, ...] = ()  # roles that may manage, besides Manage Server
    channels: tuple[int, ...] = ()  # where it answers; none stands for everywhere
    unasked: tuple[int, ...] = ()  # where it answers messages that do not mention it
    private: bool = False
    threshold: Annotated[float, Field(ge=0, le=1)] | None = None
    keep_questions: Annotated[int, Field(ge=0, le=365)] = 0  # days
    corrections: Annotated[int, Field(ge=0, le=365)] = 7  # days after an answer; 0: none


@dataclass(frozen=True, slots=True)
class Change:
    """What a manager did."""

    at: str
    who: int
    what: str


@dataclass(frozen=True, slots=True)
class Vote:
    """Someone's vote on an answer; ``start`` and ``end`` are the quote's, in the article.

    ``history`` are the questions before it, with their answers.
    """

    guild: int
    at: str
    helpful: bool
    question: str
    answer: str | None
    corpus_version: str
    article_id: str | None
    start: int | None
    end: int | None
    history: tuple[dict[str, str | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A write that is under way; its interaction's token works for fifteen minutes."""

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
    return ago(dt.timedelta())


def ago(time: dt.timedelta) -> str:
    """The moment so long ago, in the same form."""
    return (dt.datetime.now(dt.UTC) - time).isoformat(timespec="seconds")


class Store:
    """The file; methods block for a small write, and may be called from any thread."""

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
            db.execute("PRAGMA synchronous = NORMAL")  # whole after a crash, and quick
            db.executescript(_SCHEMA)
            if "history" not in [row[1] for row in db.execute("PRAGMA table_info(votes)")]:
                db.execute("ALTER TABLE votes ADD history TEXT NOT NULL DEFAULT '[]'")  # of 1
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
        """Close the file."""
        with self._lock:
            if "_db" in self.__dict__:
                self._db.close()
                del self._db

    def _write(self, sql: str, *values: object) -> None:
        with self._lock:
            self._db.execute(sql, values)

    def _rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        if not self.path.exists():
            return []
        with self._lock, closing(self._db.execute(sql, values)) as cursor:
            return cursor.fetchall()

    # -- servers -----------------------------------------------------------------------------

    def settings(self) -> dict[int, ServerSettings]:
        """The settings of every server that has some."""
        rows = self._rows("SELECT guild, settings FROM servers")
        return {guild: ServerSettings.model_validate_json(settings) for guild, settings in rows}

    def set(self, guild: int, settings: ServerSettings) -> None:
        """Keep a server's settings."""
        self._write(
            "INSERT INTO servers (guild, settings) VALUES (?, ?)"
            " ON CONFLICT (guild) DO UPDATE SET settings = excluded.settings",
            guild,
            settings.model_dump_json(),
        )

    def note_left(self, guild: int) -> None:
        """Note that a server has removed the bot, unless that is noted already."""
        self._write(
            "INSERT INTO servers (guild, left_at) VALUES (?, ?)"
            " ON CONFLICT (guild) DO UPDATE SET left_at = coalesce(left_at, excluded.left_at)",
            guild,
            now(),
        )

    def note_joined(self, guild: int) -> None:
        """Note that a server has the bot."""
        self._write("UPDATE servers SET left_at = NULL WHERE guild = ?", guild)

    def guilds(self) -> list[int]:
        """The servers of which anything is kept that stays; 0, the shared articles, is none."""
        kept = "servers", "posted", "votes", "changes", "questions"
        each = " UNION ".join(f"SELECT guild FROM {table}" for table in kept)  # noqa: S608 - constants
        rows = self._rows(f"SELECT guild FROM ({each}) WHERE guild <> 0")  # noqa: S608 - constants
        return [guild for (guild,) in rows]

    def gone_for(self, grace: dt.timedelta) -> list[int]:
        """The servers that removed the bot at least so long ago."""
        rows = self._rows("SELECT guild FROM servers WHERE left_at <= ?", ago(grace))
        return [guild for (guild,) in rows]

    def delete(self, guild: int) -> None:
        """Forget everything about a server."""
        for table in _TABLES:
            self._write(f"DELETE FROM {table} WHERE guild = ?", guild)  # noqa: S608 - constants

    # -- changes -----------------------------------------------------------------------------

    def log_change(self, guild: int, who: int, what: str) -> None:
        """Log what a manager did; the oldest entries are dropped."""
        self._write("INSERT INTO changes VALUES (?, ?, ?, ?)", guild, now(), who, what)
        self._write(
            "DELETE FROM changes WHERE rowid IN (SELECT rowid FROM changes WHERE guild = ?"
            " ORDER BY rowid DESC LIMIT -1 OFFSET ?)",
            guild,
            CHANGES_KEPT,
        )

    def changes(self, guild: int) -> list[Change]:
        """What managers did, newest first."""
        sql = "SELECT at, who, what FROM changes WHERE guild = ? ORDER BY rowid DESC"
        return [Change(*row) for row in self._rows(sql, guild)]

    def begin_write(self, write: Unfinished) -> None:
        """Note that a write is under way, for the next process if this one is killed."""
        values = astuple(write)
        self._write("INSERT OR REPLACE INTO unfinished VALUES (?, ?, ?, ?, ?)", *values)

    def end_write(self, interaction: int) -> None:
        """Note that the write of an interaction has ended and its result was shown."""
        self._write("DELETE FROM unfinished WHERE interaction = ?", interaction)

    def unfinished(self) -> list[Unfinished]:
        """The writes that were under way when a process ended."""
        rows = self._rows("SELECT guild, who, interaction, token, what FROM unfinished")
        return [Unfinished(*row) for row in rows]

    def begin_interaction(self, interaction: int, guild: int, token: str) -> None:
        """Note that an interaction is open, for the next process if this one is killed."""
        self._write(
            "INSERT OR REPLACE INTO interactions VALUES (?, ?, ?)", interaction, guild, token
        )

    def end_interaction(self, interaction: int) -> None:
        """Note that an interaction has its answer."""
        self._write("DELETE FROM interactions WHERE interaction = ?", interaction)

    def open_interactions(self) -> list[tuple[int, str]]:
        """The interactions that were open when a process ended, with their tokens."""
        return self._rows("SELECT interaction, token FROM interactions")

    # -- votes and questions -----------------------------------------------------------------

    def vote(self, vote: Vote, message: int, user: int) -> None:
        """Keep a vote; it replaces an earlier one by the same person on the same message."""
        voter = hashlib.sha256(f"{message}:{user}".encode()).hexdigest()
        *values, history = astuple(vote)
        values = [voter, *values, json.dumps(history)]
        places = ", ".join("?" * len(values))
        self._write(f"INSERT OR REPLACE INTO votes VALUES ({places})", *values)  # noqa: S608

    def feedback(self, guild: int | None = None) -> Iterator[Vote]:
        """All votes, or those of a server, oldest first."""
        sql = (
            "SELECT guild, at, helpful, question, answer, corpus_version, article_id, start, "
            '"end", history FROM votes WHERE ? IS NULL OR guild = ? ORDER BY at, voter'
        )
        for number, at, helpful, *rest, history in self._rows(sql, guild, guild):
            values = *rest, tuple(json.loads(history))
            yield Vote(number, at, bool(helpful), *values)

    def keep_question(self, guild: int, question: str, *, answered: bool) -> None:
        """Keep a question."""
        self._write("INSERT INTO questions VALUES (?, ?, ?, ?)", guild, now(), question, answered)

    def questions(self, guild: int) -> list[Asked]:
        """The questions that are kept, newest first."""
        sql = "SELECT at, question, answered FROM questions WHERE guild = ? ORDER BY rowid DESC"
        return [Asked(at, text, bool(done)) for at, text, done in self._rows(sql, guild)]

    def forget_old(self, guild: int, settings: ServerSettings) -> None:
        """Delete a server's questions and quotes that were kept for as many days as is set."""
        kept = {"questions": settings.keep_questions, "posted": settings.corrections}
        for table, days in kept.items():
            before = ago(dt.timedelta(days=days))
            self._write(f"DELETE FROM {table} WHERE guild = ? AND at <= ?", guild, before)  # noqa: S608

    # -- what answers quote ------------------------------------------------------------------

    def post(self, guild: int, channel: int, message: int, places: Sequence[str]) -> None:
        """Keep where the quotes of an answer stand, as buttons have it."""
        at = ago(dt.timedelta(minutes=1))  # from articles as they were then, or later
        for n, place in enumerate(places, start=1):
            values = guild, channel, message, at, n, place
            self._write("INSERT OR REPLACE INTO posted VALUES (?, ?, ?, ?, ?, ?)", *values)

    def has_posted(self, guild: int | None) -> bool:
        """Whether any quotes of a server are kept."""
        return bool(self._rows("SELECT 1 FROM posted WHERE guild = ? LIMIT 1", guild))

    def posted(self, guild: int | None) -> list[tuple[int, int, str, int, str]]:
        """A server's quotes, article by article: channel, message, time, number and place."""
        sql = "SELECT channel, message, at, n, place FROM posted WHERE guild = ?"
        return self._rows(f"{sql} ORDER BY substr(place, 1, 8), n", guild)

    def forget_posted(self, guild: int | None, message: int, mark: str = "") -> None:
        """Delete the quotes of a message, or those of the article with a mark."""
        sql = "DELETE FROM posted WHERE guild = ? AND message = ? AND place LIKE ? || '%'"
        self._write(sql, guild, message, mark)
