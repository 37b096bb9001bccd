"""Writes to a corpus: one batch of articles is one transaction and one segment.

Its order makes it safe: first the vectors are flushed to a file, then one transaction puts the
articles, their words and the segment's name into the database, then the articles are acknowledged.
"""

import datetime as dt
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from index.errors import CorpusDamaged, InputError
from index.models.encoder import Vectors
from index.storage import database
from index.storage.prepare import Prepared
from index.storage.report import OutcomeKind
from index.storage.vectors import Segment, SegmentFile, vectors_hash, write_segment
from index.text.words import content_stems
from index.types import Article

# Sentences a transaction: three seconds of encoding, so that little is lost and files are few.
BATCH_SENTENCES = 2048
# A segment is rewritten when this share of its rows is dead.
DEAD_SHARE = 0.25


def batches(
    articles: Iterable[Prepared],
    is_new: Callable[[Prepared], bool] = lambda _: True,
    size: int = BATCH_SENTENCES,
) -> Iterator[list[Prepared]]:
    """The articles that are new, in batches to store one by one, with no article twice.

    An article is asked about when an earlier one of the same id has been stored. A batch ends with
    the article that brings it to ``size`` sentences.
    """
    batch: dict[str, Prepared] = {}
    sentences = 0
    for prepared in articles:
        if prepared.article.id in batch or sentences >= size:
            yield list(batch.values())
            batch, sentences = {}, 0
        if is_new(prepared):
            batch[prepared.article.id] = prepared
            sentences += len(prepared.article.sentences)
    if batch:
        yield list(batch.values())


def is_same(prepared: Prepared, input_sha256: str, given: str, text: str) -> bool:
    """Whether an article is that which is stored so, from whatever file it came."""
    if input_sha256 == prepared.input_sha256:
        return True
    try:
        before, now = json.loads(given), json.loads(prepared.given)
        same = all(before[name] == now[name] for name in ("article", "date_origin"))
    except database.UNREADABLE:
        return False
    return same and text == prepared.article.text


def is_there(db: sqlite3.Connection, prepared: Prepared) -> bool:
    """Whether an article is there as it is; where its file lies now is noted then.

    Raises InputError for an id that means another article.
    """
    row = db.execute(
        f"SELECT a.key, v.id, v.input_sha256, v.given, {database.RECORD}"  # noqa: S608 - a constant
        " FROM articles a JOIN versions v ON v.id = a.newest WHERE a.id = ?",
        (prepared.article.id,),
    ).fetchone()
    if row is None:
        return False
    key, version_id, input_sha256, given, *record = row
    refuse_another(key, prepared)
    if not is_same(prepared, input_sha256, given, record[4]):
        return False
    with suppress(CorpusDamaged, *database.UNREADABLE):
        article, origin = database.article_of(tuple(record)), prepared.article.origin
        if article.origin != origin:
            record[3] = database.head_of(replace(article, origin=origin))
            changed = (record[3], database.record_hash(*record[:6]), version_id)
            with database.transaction(db):
                db.execute("UPDATE versions SET head = ?, record_sha256 = ? WHERE id = ?", changed)
    return True


def refuse_another(key: str, prepared: Prepared) -> None:
    """Raise InputError where what has an article's id is known by another key."""
    if key != prepared.key:
        raise InputError(f"another article has the id {prepared.article.id}; give it another")


def known_paths(db: sqlite3.Connection) -> list[tuple[str, str]]:
    """The names of the files that there are articles of, and where each lay last."""
    return db.execute(
        "SELECT substr(a.key, 6), json_extract(v.head, '$.origin')"
        " FROM articles a JOIN versions v ON v.id = a.newest"
        " WHERE a.key LIKE 'path:%' AND json_valid(v.head)"
    ).fetchall()


def unnamed(db: sqlite3.Connection, prepared: Prepared) -> str | None:
    """The id under which the same file is there from when it had neither id nor address."""
    key = f"path:{prepared.origin}"
    if key == prepared.key:
        return None
    row = db.execute("SELECT id FROM articles WHERE key = ?", (key,)).fetchone()
    return str(row[0]) if row else None


def store_batch(
    db: sqlite3.Connection, folder: Path, batch: Sequence[Prepared], vectors: Vectors
) -> list[OutcomeKind]:
    """Store articles with their sentences' vectors; when this returns they are safe.

    Says what became of each; an id that means another article is refused, and nothing stored.
    """
    kinds: list[OutcomeKind] = []
    written = write_segment(folder, [vectors])
    with database.transaction(db):
        segment_id = insert_segment(db, *written)
        first_row = 0
        for prepared in batch:
            end = first_row + len(prepared.article.sentences)
            sha256 = vectors_hash(vectors[first_row:end])
            kinds.append(insert_article(db, prepared, (segment_id, first_row, sha256)))
            first_row = end
        database.count_write(db)
    return kinds


def insert_segment(db: sqlite3.Connection, sha256: str, rows: int) -> int:
    """Enter a segment in the database and return its id."""
    cursor = db.execute("INSERT INTO segments (sha256, rows) VALUES (?, ?)", (sha256, rows))
    return int(cursor.lastrowid or 0)


def insert_article(
    db: sqlite3.Connection, prepared: Prepared, vectors: tuple[int, int, str]
) -> OutcomeKind:
    """Make this the article's newest version, and its words findable; says what became of it.

    ``vectors`` are the segment and first row of its vectors, and their hash.
    """
    known = db.execute(
        "SELECT a.key, a.newest, v.number FROM articles a JOIN versions v ON v.id = a.newest"
        " WHERE a.id = ?",
        (prepared.article.id,),
    ).fetchone()
    key, newest, number = known or (prepared.key, 0, 0)
    refuse_another(key, prepared)
    article = replace(prepared.article, version=max(prepared.article.version, number + 1))
    before = None
    if known:
        retire(db, newest)
    else:
        # A rebuild, which has dates, keeps all that is there.
        if (before := unnamed(db, prepared)) and not prepared.added_at:
            delete_article(db, before)
        db.execute("INSERT INTO articles VALUES (?, ?, 0)", (article.id, prepared.key))
    head, sentences = database.head_of(article), database.pack(article.sentences)
    now = prepared.added_at or dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    cursor = db.execute(
        "INSERT INTO versions (article_id, number, added_at, given, text, input_sha256, head,"
        " sentences, sentence_count, record_sha256, segment_id, first_row, vectors_sha256)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            article.id,
            article.version,
            now,
            prepared.given,
            article.text,
            prepared.input_sha256,
            head,
            sentences,
            len(article.sentences),
            database.record_hash(article.id, article.version, now, head, article.text, sentences),
            *vectors,
        ),
    )
    version_id = int(cursor.lastrowid or 0)
    db.execute("UPDATE articles SET newest = ? WHERE id = ?", (version_id, article.id))
    db.executemany(
        "INSERT INTO words (rowid, stems, title) VALUES (?, ?, ?)",
        (
            (database.row_id(version_id, position), *words)
            for position, words in enumerate(words_of(article))
        ),
    )
    return "updated" if known or before else "added"


def words_of(article: Article) -> list[tuple[str, str]]:
    """What the word index holds of each sentence: its stems, and those of the article's title."""
    title = " ".join(content_stems(article.heading))
    return [(" ".join(content_stems(article.quote(s))), title) for s in article.sentences]


def retire(db: sqlite3.Connection, version_id: int) -> None:
    """Take a version out of both indexes; its text stays as an earlier version."""
    db.execute(
        "DELETE FROM words WHERE rowid BETWEEN ? AND ?",
        (database.row_id(version_id, 0), database.row_id(version_id + 1, 0) - 1),
    )
    db.execute(
        "UPDATE versions SET segment_id = NULL, first_row = NULL WHERE id = ?", (version_id,)
    )


def delete_articles(db: sqlite3.Connection, article_ids: Sequence[str]) -> None:
    """Remove articles with all their versions; their vectors stay as tombstones until merged."""
    with database.transaction(db):
        for article_id in article_ids:
            delete_article(db, article_id)
        # The word index keeps what is deleted until its parts are merged: a fraction of a second
        # for 200,000 sentences.
        db.execute("INSERT INTO words (words) VALUES ('optimize')")
        database.count_write(db)


def delete_article(db: sqlite3.Connection, article_id: str) -> None:
    """Remove an article; call this inside a transaction."""
    (newest,) = db.execute("SELECT newest FROM articles WHERE id = ?", (article_id,)).fetchone()
    retire(db, newest)
    db.execute("DELETE FROM articles WHERE id = ?", (article_id,))


def compact(db: sqlite3.Connection, folder: Path) -> None:
    """Merge small segments and those with many dead rows, so that there are ever only a few."""
    live = live_rows(db)
    chosen = worth_merging(database.segments(db), live)
    if not chosen:
        return
    merged: list[tuple[int, int]] = []

    def parts() -> Iterator[Vectors]:
        first_row = 0
        for segment in chosen:
            opened = Segment(folder / segment.name, segment.rows)
            runs = db.execute(
                "SELECT id, first_row, sentence_count FROM versions WHERE segment_id = ?"
                " ORDER BY first_row",
                (segment.id,),
            ).fetchall()
            for version_id, start, count in runs:
                merged.append((version_id, first_row))
                first_row += count
                yield opened.run(start, count)

    written = write_segment(folder, parts()) if any(s.id in live for s in chosen) else None
    with database.transaction(db):
        if written:
            segment_id = insert_segment(db, *written)
            db.executemany(
                "UPDATE versions SET segment_id = ?, first_row = ? WHERE id = ?",
                ((segment_id, first_row, version_id) for version_id, first_row in merged),
            )
        db.executemany("DELETE FROM segments WHERE id = ?", ((s.id,) for s in chosen))
        database.count_write(db)


def worth_merging(segments: Sequence[SegmentFile], live: dict[int, int]) -> list[SegmentFile]:
    """The newest segments, each under twice the size of all after it, and the dead-heavy.

    Sizes then at least double from the newest to the oldest: n sentences lie in log n segments
    and each was copied log n times.
    """
    chosen: set[int] = set()
    newer = 0
    for segment in reversed(segments):
        rows = live.get(segment.id, 0)
        if newer and rows > 2 * newer:
            break
        chosen.add(segment.id)
        newer += rows
    if len(chosen) == 1:
        chosen.clear()
    chosen |= {s.id for s in segments if live.get(s.id, 0) < (1 - DEAD_SHARE) * s.rows}
    return [segment for segment in segments if segment.id in chosen]


def live_rows(db: sqlite3.Connection) -> dict[int, int]:
    """How many rows of each segment are still asked."""
    return dict(
        db.execute(
            "SELECT segment_id, sum(sentence_count) FROM versions"
            " WHERE segment_id IS NOT NULL GROUP BY segment_id"
        ).fetchall()
    )


def sweep(db: sqlite3.Connection, folder: Path) -> None:
    """Delete segment files that the database does not name: what a crash or a merge left."""
    named = {Path(segment.name).stem for segment in database.segments(db)}
    for path in folder.glob("*"):
        if path.stem not in named:
            path.unlink(missing_ok=True)
