"""Reads articles back from a database that may be damaged, so that a rebuild can start from them.

It reads the table of versions row by row and uses no index. An article that is no longer what came
in is refused with a reason and left out; the others are read.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from index.errors import CorpusDamaged
from index.storage import database
from index.storage.prepare import Prepared, input_hash, restored
from index.types import RefusedArticle

_COLUMNS = (
    "article_id, number, added_at, given, text, input_sha256, head, sentences, sentence_count,"
    " record_sha256, vectors_sha256"
)


@dataclass(slots=True)
class FoundVersions:
    """The versions that can be read, by their row ids, and the articles that cannot."""

    newest: list[int] = field(default_factory=list)
    past: list[int] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


def find_versions(db: sqlite3.Connection) -> FoundVersions:
    """Find the versions in a database."""
    named: dict[str, int] = {}
    with suppress(sqlite3.DatabaseError):
        named = dict(db.execute("SELECT id, newest FROM articles").fetchall())
    owners = {version_id: article_id for article_id, version_id in named.items()}
    found = FoundVersions()
    versions: dict[str, dict[int, int]] = {}
    for (version_id,) in db.execute("SELECT id FROM versions NOT INDEXED").fetchall():
        try:
            article_id, number = db.execute(
                "SELECT article_id, number FROM versions WHERE id = ?", (version_id,)
            ).fetchone()
            versions.setdefault(article_id, {})[version_id] = int(number)
        except (sqlite3.DatabaseError, *database.UNREADABLE):
            found.lost.append(owners.get(version_id, f"in row {version_id}"))
    for article_id, numbers in versions.items():
        newest = newest_sound(db, numbers, named.get(article_id, 0))
        if article_id not in found.lost:
            found.newest.append(newest)
            found.past += [version_id for version_id in numbers if version_id != newest]
    found.newest.sort()
    found.past.sort()
    return found


def newest_sound(db: sqlite3.Connection, numbers: dict[int, int], named: int) -> int:
    """The version with the highest number, unless that is damaged and another one is named."""
    last = max(numbers, key=lambda version_id: (numbers[version_id], version_id))
    if named == last or named not in numbers:
        return last
    try:
        database.load(db, last)
    except (sqlite3.DatabaseError, CorpusDamaged, *database.UNREADABLE):
        return named
    return last


def read_newest(db: sqlite3.Connection, version_id: int) -> Prepared | RefusedArticle:
    """Prepare a version anew from what came in, or say that it has changed."""
    article_id, prepared = f"in row {version_id}", None
    with suppress(sqlite3.DatabaseError):
        article_id, number, added_at, given, text, sha256 = db.execute(
            "SELECT article_id, number, added_at, given, text, input_sha256"
            " FROM versions WHERE id = ?",
            (version_id,),
        ).fetchone()
        prepared = restored(given, text, sha256)
    if prepared is None:
        return refusal_of_damaged(article_id)
    article = replace(prepared.article, version=number)
    with suppress(sqlite3.DatabaseError, CorpusDamaged, *database.UNREADABLE):
        article = replace(article, origin=database.load(db, version_id).origin)
    return replace(prepared, article=article, added_at=added_at)


def copy_past(
    old: sqlite3.Connection, new: sqlite3.Connection, version_ids: Iterable[int]
) -> Iterator[RefusedArticle]:
    """Copy earlier versions of the articles that are still there, and refuse the damaged ones."""
    keys = dict(new.execute("SELECT id, key FROM articles").fetchall())
    marks = ",".join("?" * len(_COLUMNS.split(",")))
    for version_id in version_ids:
        row = sound_row(old, version_id, keys)
        if row and row[0] in keys:
            new.execute(f"INSERT OR IGNORE INTO versions ({_COLUMNS}) VALUES ({marks})", row)  # noqa: S608
        if not row:
            yield refusal_of_damaged(f"in row {version_id}, an earlier version,")


def sound_row(
    db: sqlite3.Connection, version_id: int, keys: dict[str, str]
) -> tuple[Any, ...] | None:
    """The row of an earlier version; None where it is not what was stored."""
    try:
        row = db.execute(
            f"SELECT {_COLUMNS} FROM versions WHERE id = ?",  # noqa: S608 - a constant
            (version_id,),
        ).fetchone()
        article_id, number, added_at, given, text, sha256, head, sentences, _, record, _ = row
        database.article_of((article_id, number, added_at, head, text, sentences, record))
        sound = input_hash(keys.get(article_id, ""), given, text) == sha256
    except (sqlite3.DatabaseError, CorpusDamaged, *database.UNREADABLE):
        return None
    return row if sound or article_id not in keys else None


def back_up(db: sqlite3.Connection, path: Path) -> None:
    """Copy a damaged database, page by page, for its owner to look at."""
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(path)) as copy:
        db.backup(copy)


def refusal_of_damaged(article_id: str) -> RefusedArticle:
    """Say why an article is no longer in the corpus."""
    return RefusedArticle(
        f"the article {article_id}",
        "it is damaged and was left out; add it again from its file"
        " (the damaged database is kept beside the new one)",
    )
