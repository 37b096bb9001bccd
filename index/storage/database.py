"""The database of a corpus: articles, their versions, the word index, the list of segments.

SQLite is the truth and holds all that an answer quotes; a write is one transaction, and
acknowledged means committed with ``synchronous=FULL``. Vector segments are files that a
transaction names after they are safely on disk; a file that no row names is litter.

The word index (FTS5) stores analysed words, so that a question is analysed by the same code. Its
row ids say where a sentence stands: ``version << 20 | position``. Beside a sentence's own words
stand those of its article's title, which say what it is about where the sentence does not.
"""

import hashlib
import json
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import numpy as np

from index.errors import CorpusBusy, CorpusDamaged, CorpusError, FormatMismatch
from index.storage.heads import HEAD_COLUMNS, ArticleHead, heads_of
from index.storage.vectors import SegmentFile
from index.types import Article, Published, Sentences

# What reading a damaged value as if it were sound may raise.
UNREADABLE = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError)

REBUILD = "run `dateline rebuild`"
VERIFY = "`dateline verify` says how to mend it"
RESTORE = "restore its folder from a backup, or delete the folder and add the articles again"

FORMAT = 1
POSITION_BITS = 20

# Has what is read of all newest versions, when a corpus is opened and at each write: in the table
# that stands behind the texts, and SQLite would read through all of them.
BY_SEGMENT = (
    "CREATE INDEX versions_by_segment ON versions(segment_id, first_row, sentence_count,"
    " article_id, number, added_at, input_sha256, head)"
)
SCHEMA = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE articles (
    id TEXT PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,      -- what it is known by: id, url, path or hash of its text
    newest INTEGER NOT NULL        -- the version that is asked
) WITHOUT ROWID;
CREATE TABLE versions (
    id INTEGER PRIMARY KEY,
    article_id TEXT NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    added_at TEXT NOT NULL,
    given TEXT NOT NULL,           -- JSON: what came in beside the text
    text TEXT NOT NULL,
    input_sha256 TEXT NOT NULL,    -- of key, given and text: the same again changes nothing
    head TEXT NOT NULL,            -- JSON, worked out: title, url, source, published …
    sentences BLOB NOT NULL,       -- int32 triples: start, end, kind
    sentence_count INTEGER NOT NULL,
    record_sha256 TEXT NOT NULL,   -- of all that an answer can show: no damaged word is quoted
    segment_id INTEGER REFERENCES segments(id),  -- NULL for all but the newest version
    first_row INTEGER,
    vectors_sha256 TEXT NOT NULL,  -- of its rows of the segment, as half floats
    UNIQUE (article_id, number)
);
{BY_SEGMENT};
CREATE TABLE segments (
    id INTEGER PRIMARY KEY,
    sha256 TEXT NOT NULL,
    rows INTEGER NOT NULL
);
CREATE VIRTUAL TABLE words USING fts5(
    stems, title, tokenize = "unicode61 remove_diacritics 0 tokenchars '.⁄'"  -- 1.5, ½
);
CREATE VIRTUAL TABLE vocabulary USING fts5vocab(words, col);
"""


def connect(path: Path, *, write: bool = False, mending: bool = False) -> sqlite3.Connection:
    """Open an existing database; a reader cannot change it and never waits for the writer.

    ``mending`` opens what is older, or damaged, as far as it can be read.
    """
    connection = None
    try:
        connection = _connect(path, "mode=rw")
        if not write and is_read_only(connection, path):
            connection.close()
            connection = _connect(path, "mode=ro&immutable=1")
        if mending:
            connection.execute("PRAGMA writable_schema=ON")  # does not insist on a sound one
            connection.text_factory = lambda data: data.decode("utf-8", "replace")
        check_format(connection, older=mending)
        connection.execute("PRAGMA foreign_keys=ON")
        if write:
            if not mending:
                widen_index(connection)
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA secure_delete=ON")  # removed means gone from the file
        else:
            connection.execute("PRAGMA query_only=ON")
    except BaseException as error:
        if connection:
            connection.close()
        if isinstance(error, sqlite3.Error):
            raise explained_error(error, path, RESTORE if mending else REBUILD) from error
        raise
    return connection


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?{mode}",
        uri=True,
        isolation_level=None,  # transactions are begun where they are meant
        check_same_thread=False,
        timeout=30,
    )


def widen_index(connection: sqlite3.Connection) -> None:
    """Make the index anew that an earlier Dateline made with fewer columns."""
    query = "SELECT sql FROM sqlite_master WHERE name = 'versions_by_segment'"
    if (made := connection.execute(query).fetchone()) and made[0] != BY_SEGMENT:
        with transaction(connection):
            connection.execute("DROP INDEX versions_by_segment")
            connection.execute(BY_SEGMENT)


def is_read_only(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether the folder is read-only and no writer left anything beside the database.

    Readers of a WAL database make files beside it; where they cannot, it must not change.
    """
    try:
        connection.execute("PRAGMA user_version")
    except sqlite3.OperationalError as error:
        log = Path(f"{path}-wal")
        refused = error.sqlite_errorcode & 0xFF in {
            sqlite3.SQLITE_CANTOPEN,
            sqlite3.SQLITE_READONLY,
        }
        return refused and path.exists() and not (log.exists() and log.stat().st_size)
    return False


def create(path: Path, model_id: str) -> None:
    """Make an empty database for a model's vectors."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version={FORMAT}; COMMIT;")
        # Counted from anywhere: a corpus deleted and made anew is not taken for the old one.
        writes = str(secrets.randbits(48))
        meta = [("model", model_id), ("writes", writes), ("corpus_version", EMPTY_VERSION)]
        connection.executemany("INSERT INTO meta VALUES (?, ?)", meta)
    finally:
        connection.close()


def check_format(connection: sqlite3.Connection, *, older: bool) -> None:
    """Refuse a database of another format; a rebuild reads older ones."""
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found > FORMAT or (found < FORMAT and not older):
        mend = "update Dateline" if found > FORMAT else REBUILD
        raise FormatMismatch(
            f"the corpus is of format {found}, this Dateline knows {FORMAT}; {mend}"
        )


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit all that is done inside, or roll it back."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite itself rolls back when the disk is full
            connection.execute("ROLLBACK")
        raise


def explained_error(error: sqlite3.Error, path: Path, mend: str = REBUILD) -> CorpusError:
    """The error to raise for one of SQLite's."""
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return CorpusBusy(f"{path} is in use by another process; try again")
        case (
            sqlite3.SQLITE_FULL
            | sqlite3.SQLITE_READONLY
            | sqlite3.SQLITE_CANTOPEN
            | sqlite3.SQLITE_IOERR
            | sqlite3.SQLITE_PERM
        ):
            return CorpusError(
                f"{path} cannot be used ({error}); what was stored before is safe: "
                "make room or change the permissions, then try again"
            )
        case sqlite3.SQLITE_NOTADB:
            mend = RESTORE  # a rebuild cannot read it either
    return CorpusDamaged(f"{path} is damaged ({error}); {mend}")


def meta(connection: sqlite3.Connection, key: str) -> str:
    """One value of the meta table."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    if row is None:
        raise CorpusDamaged(f"the corpus lacks its {key}; run `dateline rebuild`")
    return str(row[0])


def corpus_version_of(pairs: Iterable[tuple[str, str]], model_id: str) -> str:
    """A name for what is in a corpus: the same articles and model, the same version."""
    lines = [f"\n{article_id} {input_sha256}" for article_id, input_sha256 in sorted(pairs)]
    if not lines:
        return EMPTY_VERSION
    return hashlib.sha256((model_id + "".join(lines)).encode()).hexdigest()[:12]


EMPTY_VERSION = "empty"


def count_write(connection: sqlite3.Connection) -> None:
    """Note inside a transaction that the corpus has changed, so that readers see it."""
    pairs = connection.execute(
        "SELECT article_id, input_sha256 FROM versions WHERE segment_id IS NOT NULL"
    )
    version = corpus_version_of(pairs, meta(connection, "model"))
    connection.execute("UPDATE meta SET value = ? WHERE key = 'corpus_version'", (version,))
    connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'writes'")


_HEAD_FIELDS = (
    "title", "titled", "url", "source", "published", "place", "authors", "language", "origin",
    "pages",
)  # fmt: skip
# What ``article_of`` makes an article of.
RECORD = "v.article_id, v.number, v.added_at, v.head, v.text, v.sentences, v.record_sha256"


def load(connection: sqlite3.Connection, version_id: int) -> Article:
    """One version of an article, checked against its hash."""
    row = connection.execute(
        f"SELECT {RECORD} FROM versions v WHERE v.id = ?",  # noqa: S608 - a constant
        (version_id,),
    ).fetchone()
    if row is None:
        raise CorpusDamaged(f"version {version_id} is missing; run `dateline rebuild`")
    return article_of(row)


def article_of(row: tuple[str, int, str, str, str, bytes, str], mend: str = VERIFY) -> Article:
    """An article from its row; raises CorpusDamaged when a byte of it has changed."""
    article_id, number, added_at, head, text, sentences, record_sha256 = row
    try:
        sound = record_hash(article_id, number, added_at, head, text, sentences) == record_sha256
    except (AttributeError, TypeError, ValueError):  # no longer text
        sound = False
    if not sound:
        raise CorpusDamaged(f"the article {article_id} is not what was stored; {mend}")
    fields = json.loads(head)
    published = fields.pop("published")
    return Article(
        id=article_id,
        version=number,
        text=text,
        text_sha256=hashlib.sha256(text.encode()).hexdigest(),
        sentences=unpack(sentences),
        published=Published(**published) if published else None,
        authors=tuple(fields.pop("authors")),
        pages=tuple(fields.pop("pages", ())),  # an older corpus has none
        **fields,
    )


def head_of(article: Article) -> str:
    """What is stored of an article beside its text and sentences, as JSON."""
    fields = {name: getattr(article, name) for name in _HEAD_FIELDS}
    return json.dumps(fields, ensure_ascii=False, default=asdict)  # a date is a dataclass


def record_hash(
    article_id: str, number: int, added_at: str, head: str, text: str, sentences: bytes
) -> str:
    """The hash over all that an answer could show of a version."""
    digest = hashlib.sha256()
    for part in (article_id, str(number), added_at, head, text):
        data = part.encode()
        digest.update(len(data).to_bytes(8, "little") + data)
    digest.update(sentences)
    return digest.hexdigest()


def pack(sentences: Sentences) -> bytes:
    """Sentences as little-endian int32 triples."""
    columns = (sentences.starts, sentences.ends, sentences.kinds)
    return np.array(columns, dtype="<i4").T.tobytes()


def unpack(blob: bytes) -> Sentences:
    """The sentences that ``pack`` packed."""
    return Sentences(*map(tuple, np.frombuffer(blob, dtype="<i4").reshape(-1, 3).T.tolist()))


# The newest versions are those that both indexes hold; of an earlier day, those of its articles.
NEWEST, OF_THE_DAY = "v.segment_id IS NOT NULL", "v.id IN (SELECT newest FROM temp.articles)"


def read_heads(connection: sqlite3.Connection, which: str = NEWEST) -> dict[int, ArticleHead]:
    """All articles without their texts, by the version that is asked."""
    query = f"SELECT {HEAD_COLUMNS} FROM versions v WHERE {which}"  # noqa: S608 - constants
    return heads_of(connection.execute(query))


def totals(connection: sqlite3.Connection) -> tuple[int, int]:
    """How many articles and sentences there are."""
    articles, sentences = connection.execute(
        "SELECT count(*), coalesce(sum(sentence_count), 0)"
        " FROM versions WHERE segment_id IS NOT NULL"
    ).fetchone()
    return int(articles), int(sentences)


def segments(connection: sqlite3.Connection) -> list[SegmentFile]:
    """The segments in the order they were written."""
    rows = connection.execute("SELECT id, sha256, rows FROM segments ORDER BY id")
    return [SegmentFile(*row) for row in rows]


def row_id(version_id: int, position: int) -> int:
    """The word index's row of a sentence."""
    return version_id << POSITION_BITS | position


def place_of(rowid: int) -> tuple[int, int]:
    """The version and position that ``row_id`` joined."""
    return rowid >> POSITION_BITS, rowid & ((1 << POSITION_BITS) - 1)
