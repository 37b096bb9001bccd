"""The database: rows that pack and unpack, transactions, errors said in words."""

import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Article, CorpusBusy, CorpusDamaged, CorpusError, Published, Sentence
from index.storage import database
from index.types import SentenceKind, Sentences
from tests.corpora import database_of, ranking, run_sql, some_articles, stub_corpus

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
SENTENCES = st.lists(
    st.builds(
        Sentence,
        st.integers(0, 2**31 - 1),
        st.integers(0, 2**31 - 1),
        st.sampled_from(SentenceKind),
    )
)
DATES = st.builds(
    Published,
    st.sampled_from(["2023", "2023-09", "2023-09-18", "2023-09-18T14:30"]),
    st.sampled_from(["year", "month", "day", "minute"]),
    st.none() | st.just("+02:00"),
    st.sampled_from(["given", "metadata", "text"]),
)
OPTIONAL = st.none() | TEXTS
ARTICLES = st.builds(
    Article,
    id=TEXTS,
    version=st.integers(1, 99),
    title=TEXTS,
    text=TEXTS,
    text_sha256=st.just(""),
    sentences=SENTENCES.map(Sentences.of),
    titled=st.booleans(),
    url=OPTIONAL,
    source=OPTIONAL,
    published=st.none() | DATES,
    place=OPTIONAL,
    authors=st.lists(TEXTS).map(tuple),
    language=OPTIONAL,
    origin=OPTIONAL,
)
Row = tuple[str, int, str, str, str, bytes, str]


def row_of(article: Article) -> Row:
    head, sentences = database.head_of(article), database.pack(article.sentences)
    record = (article.id, article.version, "2023-09-18T00:00:00", head, article.text, sentences)
    return (*record, database.record_hash(*record))


@given(ARTICLES)
def test_an_article_is_read_as_it_was_stored(article: Article) -> None:
    read = database.article_of(row_of(article))
    for name in Article.__slots__:
        if name != "text_sha256":
            assert getattr(read, name) == getattr(article, name)


@given(ARTICLES, st.integers(0, 6), st.sampled_from([None, 1.5, "x", b"x", b"\xff" * 12]))
def test_an_article_with_anything_changed_is_damaged(
    article: Article, column: int, value: object
) -> None:
    row: list[Any] = list(row_of(article))
    if row[column] == value:
        return
    row[column] = value
    with pytest.raises(CorpusDamaged, match="is not what was stored"):
        database.article_of((row[0], row[1], row[2], row[3], row[4], row[5], row[6]))


@given(st.integers(0, 2**40), st.integers(0, 2**20 - 1))
def test_a_row_says_where_a_sentence_stands(version_id: int, position: int) -> None:
    assert database.place_of(database.row_id(version_id, position)) == (version_id, position)


@given(st.dictionaries(TEXTS, TEXTS), st.randoms())
def test_a_corpus_version_depends_on_what_is_there_only(
    pairs: dict[str, str], chance: random.Random
) -> None:
    listed = list(pairs.items())
    version = database.corpus_version_of(listed, "model")
    chance.shuffle(listed)
    assert database.corpus_version_of(listed, "model") == version
    assert (version == database.EMPTY_VERSION) == (not pairs)
    assert database.corpus_version_of([*listed, ("one", "more")], "model") != version
    if pairs:
        assert database.corpus_version_of(listed, "other") != version


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "corpus-1.sqlite"
    database.create(path, "model")
    return path


def test_a_transaction_is_all_or_nothing(path: Path) -> None:
    with closing(database.connect(path, write=True)) as db:
        with pytest.raises(sqlite3.IntegrityError), database.transaction(db):
            db.executemany("INSERT INTO meta VALUES (?, 'b')", [("a",), ("a",)])
        assert not db.in_transaction
        with database.transaction(db):
            db.execute("INSERT INTO meta VALUES ('c', 'd')")
        assert database.meta(db, "c") == "d"
        with pytest.raises(CorpusDamaged, match="lacks its a"):
            database.meta(db, "a")


def test_a_reader_cannot_write_and_does_not_wait(path: Path) -> None:
    with (
        closing(database.connect(path, write=True)) as writer,
        closing(database.connect(path)) as reader,
    ):
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE meta SET value = 'other' WHERE key = 'model'")
        assert database.meta(reader, "model") == "model"
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader.execute("UPDATE meta SET value = 'x'")


def test_what_cannot_be_opened_is_said_in_a_sentence(tmp_path: Path, path: Path) -> None:
    with pytest.raises(CorpusError, match="unable to open"):
        database.connect(tmp_path / "none.sqlite")
    (tmp_path / "text.sqlite").write_text("not a database " * 100)
    with pytest.raises(CorpusDamaged, match=r"not a database.*; restore its folder"):
        database.connect(tmp_path / "text.sqlite", write=True)


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (sqlite3.SQLITE_BUSY_SNAPSHOT, CorpusBusy, "in use by another process"),
        (sqlite3.SQLITE_FULL, CorpusError, "is safe: make room"),
        (sqlite3.SQLITE_IOERR_FSYNC, CorpusError, "is safe: make room"),
        (sqlite3.SQLITE_READONLY_DIRECTORY, CorpusError, "change the permissions"),
        (sqlite3.SQLITE_CORRUPT_VTAB, CorpusDamaged, "run `dateline rebuild`"),
        (sqlite3.SQLITE_NOTADB, CorpusDamaged, "; restore its folder from a backup"),
        (None, CorpusDamaged, "run `dateline rebuild`"),
    ],
)
def test_sqlites_errors_are_explained(code: int | None, kind: type, words: str) -> None:
    error = sqlite3.DatabaseError("that went wrong")
    if code is not None:
        error.sqlite_errorcode = code
    explained = database.explained_error(error, Path("corpora/default"))
    assert type(explained) is kind
    assert str(explained).startswith("corpora/default")
    assert words in str(explained)


def test_a_narrower_index_of_earlier_is_made_anew_at_the_next_write(tmp_path: Path) -> None:
    corpus = stub_corpus(tmp_path)
    corpus.add(some_articles(5))
    before = ranking(corpus)
    run_sql(
        corpus,
        "DROP INDEX versions_by_segment",
        "CREATE INDEX versions_by_segment ON versions(segment_id, first_row)",
    )
    assert ranking(stub_corpus(tmp_path)) == before
    corpus.add(some_articles(1, edition=2))
    assert corpus.verify() == []
    with closing(sqlite3.connect(database_of(corpus))) as db:
        rows = "SELECT id, head FROM versions WHERE segment_id IS NOT NULL"
        (plan,) = db.execute(f"EXPLAIN QUERY PLAN {rows}").fetchall()
    assert "COVERING INDEX versions_by_segment" in plan[3]
