"""Finds damage: everything that an answer depends on is compared with what was stored.

It finds a changed byte in an article, in its sentences, vectors and words, in the lists of them, in
the model and in the names that tie them together. It skips bytes that nothing reads.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from index.disk import sha256_of_file
from index.errors import CorpusDamaged, DatelineError
from index.models.registry import Models, remedy
from index.storage import database
from index.storage.database import REBUILD, RECORD, RESTORE, UNREADABLE
from index.storage.prepare import input_hash, restored
from index.storage.report import Damage
from index.storage.vectors import Segment, codes_of, read_codes, vectors_hash
from index.storage.write import words_of


def find_damage(db: sqlite3.Connection, segments: Path, models: Models) -> Iterator[Damage]:
    """All that is wrong with a corpus; ``db`` is a writer's connection, and nothing is written."""
    db.text_factory = lambda data: data.decode("utf-8", "replace")
    for mend, damages in (
        (RESTORE, text_damage(db)),
        (REBUILD, database_damage(db)),
        (REBUILD, article_damage(db)),
        (REBUILD, word_damage(db)),
        (REBUILD, vector_damage(db, segments)),
        (REBUILD, name_damage(db)),
        (REBUILD, model_damage(database.meta(db, "model"), models)),
    ):
        try:
            yield from damages
        except (sqlite3.Error, *UNREADABLE) as error:
            yield Damage(f"the database cannot be read through: {error}", mend)
        except DatelineError as error:
            yield Damage(str(error), mend)


def database_damage(db: sqlite3.Connection) -> Iterator[Damage]:
    """What SQLite itself finds, and tables that are not as they were made."""
    for (finding,) in db.execute("PRAGMA integrity_check"):
        if finding != "ok":
            yield Damage(f"the database is damaged: {finding}", REBUILD)
    fresh = sqlite3.connect(":memory:")
    fresh.executescript(database.SCHEMA)
    query = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name"
    if db.execute(query).fetchall() != fresh.execute(query).fetchall():
        yield Damage("the tables of the database are not those of its format", REBUILD)
    fresh.close()
    for table, *_ in db.execute("PRAGMA foreign_key_check"):
        yield Damage(f"a row of {table} points nowhere", REBUILD)


def text_damage(db: sqlite3.Connection) -> Iterator[Damage]:
    """A table of versions that a rebuild cannot read through."""
    db.execute("SELECT id FROM versions NOT INDEXED").fetchall()
    yield from ()


def article_damage(db: sqlite3.Connection) -> Iterator[Damage]:
    """Articles that are not what was stored, or that do not point to their newest version."""
    rows = db.execute(
        f"SELECT a.key, v.given, v.input_sha256, v.sentence_count, {RECORD}"  # noqa: S608 - a constant
        " FROM versions v LEFT JOIN articles a ON a.id = v.article_id ORDER BY v.id"
    )
    for key, given, sha256, count, *record in rows:
        article_id, number, _, _, text, *_ = record
        if input_hash(key, given, text) != sha256:
            if restored(given, text, sha256):
                yield Damage(f"the name of the article {article_id} is damaged", REBUILD)
            else:
                yield Damage(
                    f"the article {article_id} (version {number}) is not what was added",
                    f"{REBUILD}, which leaves it out, then add it again from its file",
                )
            continue
        try:
            article = database.article_of(tuple(record))
        except (CorpusDamaged, *UNREADABLE):
            yield Damage(f"what was worked out of the article {article_id} is damaged", REBUILD)
            continue
        if len(article.sentences) != count:
            yield Damage(f"the sentences of {article_id} are miscounted", REBUILD)
    astray = db.execute(
        "SELECT a.id FROM articles a LEFT JOIN versions v ON v.id = a.newest"
        " WHERE v.id IS NULL OR v.article_id <> a.id OR v.segment_id IS NULL OR v.number <>"
        " (SELECT max(number) FROM versions w WHERE w.article_id = a.id)"
    )
    for (article_id,) in astray:
        yield Damage(f"the article {article_id} does not point to its newest version", REBUILD)


def word_damage(db: sqlite3.Connection) -> Iterator[Damage]:
    """A word index that is damaged or does not hold the sentences' words."""
    try:
        db.execute("INSERT INTO words (words) VALUES ('integrity-check')")
    except sqlite3.DatabaseError as error:
        yield Damage(f"the word index is damaged: {error}", REBUILD)
        return
    expected, unread = 0, False
    for (version_id,) in db.execute("SELECT newest FROM articles").fetchall():
        try:
            article = database.load(db, version_id)
        except (CorpusDamaged, *UNREADABLE):  # reported as an article
            unread = True
            continue
        expected += len(article.sentences)
        found = db.execute(
            "SELECT stems, title FROM words WHERE rowid BETWEEN ? AND ? ORDER BY rowid",
            (database.row_id(version_id, 0), database.row_id(version_id + 1, 0) - 1),
        ).fetchall()
        if found != words_of(article):
            yield Damage(f"the word index does not hold the words of {article.id}", REBUILD)
    (held,) = db.execute("SELECT count(*) FROM words").fetchone()
    if held != expected and not unread:
        yield Damage(f"the word index holds {held} sentences instead of {expected}", REBUILD)


def vector_damage(db: sqlite3.Connection, folder: Path) -> Iterator[Damage]:
    """Segments that are not what was written, or vectors that are not their sentences'."""
    opened: dict[int, Segment] = {}
    for segment in database.segments(db):
        path = folder / segment.name
        if not path.is_file():
            yield Damage(f"the vectors {segment.name} are missing", REBUILD)
        elif sha256_of_file(path) != segment.sha256:
            yield Damage(f"the vectors {segment.name} are not what was written", REBUILD)
        else:
            opened[segment.id] = Segment(path, segment.rows)
        if codes_of(path).exists() and read_codes(path) is None:
            yield Damage(f"the codes of {segment.name} are not what was written", REBUILD)
    rows = db.execute(
        "SELECT article_id, segment_id, first_row, sentence_count, vectors_sha256"
        " FROM versions WHERE segment_id IS NOT NULL"
    )
    for article_id, segment_id, first_row, count, sha256 in rows:
        if segment_id not in opened:
            continue  # reported above, or as pointing nowhere
        inside = 0 <= first_row <= first_row + count <= opened[segment_id].rows
        if not inside or vectors_hash(opened[segment_id].run(first_row, count)) != sha256:
            yield Damage(f"the vectors of {article_id} are not its own", REBUILD)


def name_damage(db: sqlite3.Connection) -> Iterator[Damage]:
    """A corpus version that is not that of the articles."""
    pairs = db.execute(
        "SELECT v.article_id, v.input_sha256 FROM articles a JOIN versions v ON v.id = a.newest"
    ).fetchall()
    model = database.meta(db, "model")
    if database.meta(db, "corpus_version") != database.corpus_version_of(pairs, model):
        yield Damage("the corpus version does not name what is there", REBUILD)
    int(database.meta(db, "writes"))


def model_damage(model_id: str, models: Models) -> Iterator[Damage]:
    """Files of the model that are missing or not what was converted."""
    for name in models.damaged_files(model_id):
        yield Damage(f"the model file {model_id}/{name} is not what was made", remedy(model_id))
