"""A corpus on a PostgreSQL server that the tests start."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index import (
    ArticleInput,
    Corpus,
    CorpusBusy,
    CorpusDamaged,
    CorpusError,
    FormatMismatch,
    Home,
    Incoming,
    InputError,
    accept,
)
from index.storage.prepare import article_id_of, prepare
from retrieval.ranking.candidates import candidates
from tests.conftest import Run
from tests.corpora import (
    StubEncoder,
    StubModels,
    an_article,
    found,
    ranking,
    some_articles,
    texts_of,
)
from tests.index.storage.contract import CorpusContract, OpenCorpus
from tests.postgres_server import PostgresServer, corpus_at, running_server

psycopg = pytest.importorskip("psycopg", reason="needs the extra `postgres`")

from index.storage.postgres import connection, snapshot  # noqa: E402
from index.storage.postgres import corpus as postgres_corpus  # noqa: E402


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    with running_server() as server:
        yield server


@pytest.fixture
def url(server: PostgresServer) -> str:
    """A database without tables."""
    server.sql("DROP SCHEMA IF EXISTS dateline CASCADE")
    connection.server_of.cache_clear()
    return server.url()


class TestPostgres(CorpusContract):
    @pytest.fixture
    def open_corpus(self, url: str, tmp_path: Path) -> OpenCorpus:
        return lambda name: corpus_at(f"{url}#{name}", tmp_path)


# -- the same as files -----------------------------------------------------------------------


def ranked(corpus: Corpus, text: str) -> list[tuple[str, int, float, float]]:
    """What ranking makes of a question: article, position, cosine, BM25."""
    with corpus.snapshot() as view:
        encoder = corpus.encoder(view.model_id)
        found = candidates(view, encoder, [text], None)
    return [(one.article.id, one.position, one.cosine, one.bm25) for one in found]


def test_ranking_is_that_of_files(example_home: Path, url: str) -> None:
    home = Home(example_home)
    report = home.copy_corpus("default", f"{url}#copy")
    files, tables = home.corpus("default"), home.corpus(f"{url}#copy")
    assert report.articles == len(texts_of(tables))
    for text in ("where did Blinken meet Han Zheng", "dam collapse in Derna", "strike", "who won?"):
        one, other = ranked(files, text), ranked(tables, text)
        assert [row[:2] for row in one] == [row[:2] for row in other]
        assert [row[2] for row in one] == pytest.approx([row[2] for row in other], abs=1e-6)
        assert [row[3] for row in one] == pytest.approx([row[3] for row in other], abs=1e-9)
    with files.snapshot() as one_view, tables.snapshot() as other_view:
        assert one_view.corpus_version == other_view.corpus_version
    assert tables.verify() == []
    home.copy_corpus(f"{url}#copy", f"{url}#back")
    assert texts_of(home.corpus(f"{url}#back")) == texts_of(files)


# -- who may see what ------------------------------------------------------------------------


@pytest.fixture
def roles(server: PostgresServer, url: str, tmp_path: Path) -> dict[str, str]:
    """URLs of three: alice and bob may write, carol only read, and what is alice's."""
    corpus_at(f"{url}#mine", tmp_path).add([an_article("owners")])
    server.sql(*(f"DROP ROLE IF EXISTS {name}" for name in ("carol", "alice", "bob")))
    server.sql(
        "CREATE ROLE alice LOGIN PASSWORD 'secret' IN ROLE dateline_writer",
        "CREATE ROLE bob LOGIN PASSWORD 'secret' IN ROLE dateline_writer",
        "CREATE ROLE carol LOGIN PASSWORD 'secret' IN ROLE dateline_reader, alice",
        # What is only inherited from alice is to write.
        "GRANT alice TO carol WITH INHERIT FALSE",
    )
    corpus_at(f"{server.url(user='alice')}#news", tmp_path).add(some_articles(3))
    return {name: server.url(user=name) for name in ("alice", "bob", "carol")}


TABLES = ("articles", "versions", "sentences", "words", "vocabulary")


def test_another_role_sees_nothing_of_a_corpus(
    roles: dict[str, str], server: PostgresServer, tmp_path: Path
) -> None:
    theirs = corpus_at(f"{roles['bob']}#news", tmp_path)
    assert not theirs.exists
    assert texts_of(theirs) == {}
    with pytest.raises(CorpusError, match="which this role may not use"):
        theirs.add(some_articles(1))
    (number,) = server.sql("SELECT id FROM dateline.corpora WHERE name = 'news'")[0]
    with psycopg.connect(roles["bob"], autocommit=True) as db:
        db.execute(f"SET dateline.corpus = {number}".encode())
        for table in TABLES:
            assert db.execute(f"SELECT * FROM dateline.{table}".encode()).fetchall() == []
            assert db.execute(f"DELETE FROM dateline.{table}".encode()).rowcount == 0
        assert db.execute("SELECT * FROM dateline.newest").fetchall() == []
        for refused in (
            f"INSERT INTO dateline.vocabulary VALUES ({number}, 'x', 1, 1)",
            f"SELECT * FROM dateline.sentences_{number}",
            f"SELECT dateline.delete_corpus({number})",
            "UPDATE dateline.corpora SET role = 'bob'",
            "DROP TABLE dateline.articles",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                db.execute(refused.encode())
    assert len(texts_of(corpus_at(f"{roles['alice']}#news", tmp_path))) == 3


def test_a_query_that_names_no_corpus_sees_the_one_that_was_chosen(
    roles: dict[str, str], tmp_path: Path
) -> None:
    corpus_at(f"{roles['alice']}#other", tmp_path).add([an_article("other")])
    with psycopg.connect(roles["alice"]) as db:
        assert db.execute("SELECT * FROM dateline.articles").fetchall() == []
        ids = dict(db.execute("SELECT name, id FROM dateline.corpora").fetchall())
        assert sorted(ids) == ["news", "other"]
        db.execute("SELECT set_config('dateline.corpus', %s, true)", (str(ids["other"]),))
        assert db.execute("SELECT id FROM dateline.articles").fetchall() == [("other",)]


def test_a_reader_asks_and_cannot_write(roles: dict[str, str], tmp_path: Path) -> None:
    corpus = corpus_at(f"{roles['carol']}#news", tmp_path)
    assert len(texts_of(corpus)) == 3
    assert ranking(corpus)[0]
    writes: tuple[Callable[[], object], ...] = (
        lambda: corpus.add([an_article("new")]),
        lambda: corpus.remove(["a1"]),
        corpus.delete,
    )
    for write in writes:
        with pytest.raises(CorpusError, match=r"does not allow this .*connect as a role that may"):
            write()
    assert len(texts_of(corpus)) == 3


# -- what goes wrong -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("postgresql://postgres:hush@127.0.0.1:1/none", "cannot be used"),
        ("postgresql://postgres:hush@127.0.0.1:{port}/postgres", "cannot be used"),
        ("postgresql://postgres:secret@127.0.0.1:{port}/none", "cannot be used"),
        ("postgresql://postgres:hu sh@[/none", "no PostgreSQL URL"),
        ("postgresql://postgres@127.0.0.1:{port}/postgres?password=hush", "cannot be used"),
        ("postgresql://postgres@127.0.0.1/postgres?hush=hush", "no PostgreSQL URL"),
    ],
)
def test_an_error_is_one_sentence_without_the_password(
    wrong: str, told: str, server: PostgresServer, run: Run
) -> None:
    for command in (["list"], ["add", "-", "--json"], ["info", "--json"], ["corpora"]):
        done = run("--corpus", wrong.format(port=server.port), *command, input="A text.")
        assert done.exit_code == 1
        (line,) = done.stderr.splitlines()
        assert line.startswith("error: ")
        assert told in line
        assert not {"hush", "secret", "hu sh"} & set(done.output.replace("?hush", "").split(":"))
        assert "hush" not in done.output
        assert "secret" not in done.output


def test_the_command_line_takes_an_address(
    url: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = [run("--corpus", f"{url}#asia", "add", "-", "--json", input="A flood came to Derna.\n")]
    monkeypatch.setenv("DATELINE_CORPUS", url)
    told += [
        run("list", "--json", "--corpus", "asia"),
        run("info", "--corpus", "asia", "--json"),
        run("search", "flood", "--corpus", f"{url}#asia"),
        run("verify", "--corpus", "asia"),
        run("doctor", "--corpus", "asia"),
        run("corpora", "--json"),
        run("corpora", "copy", "asia", "africa"),
        run("corpora", "delete", "africa", "--yes"),
        run("ask", "where", "was", "a", "flood"),
    ]
    outputs = [done.output for done in told]
    assert "cannot name a corpus" in run("--corpus", f"{url}#a/b", "list").stderr
    assert [done.exit_code for done in told[:-1]] == [0] * 9, outputs
    assert "secret" not in "".join(outputs)
    assert json.loads(outputs[6])[0]["corpus"] == "asia"
    assert "there is no corpus 'default'; there are: asia" in outputs[-1]


def test_without_the_extra_it_says_how_to_install_it(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    done = run("--corpus", "postgresql://localhost/news", "list")
    assert done.exit_code == 1
    assert "pip install -c constraints.txt -e '.[postgres]'" in done.stderr


def test_who_waits_too_long_for_another_writer_is_told(url: str, tmp_path: Path) -> None:
    corpus = corpus_at(f"{url}#corpus", tmp_path)
    corpus.add(some_articles(2))
    corpus.patience = 0.1
    with psycopg.connect(url) as other:
        other.execute("SELECT 1 FROM dateline.corpora FOR UPDATE")
        with pytest.raises(CorpusBusy, match="somebody else is writing"):
            corpus.add([an_article("new")])
        assert len(texts_of(corpus)) == 2
    corpus.add([an_article("new")])
    assert len(texts_of(corpus)) == 3


def test_an_id_that_another_article_took_meanwhile_is_refused(url: str, tmp_path: Path) -> None:
    mine, other = (corpus_at(f"{url}#corpus", tmp_path) for _ in range(2))

    def items() -> Iterator[Incoming]:
        yield accept(ArticleInput(text="First.", url="https://e.org"), None, "u")
        other.add([an_article(article_id_of("url:https://e.org"), "Second.")])
        yield an_article("next")

    with pytest.raises(InputError, match="another article has the id"):
        mine.add(items())
    assert list(texts_of(mine).values()) == ["Second.\n"]


def test_lost_connections_are_made_anew(url: str, tmp_path: Path) -> None:
    corpus = corpus_at(f"{url}#corpus", tmp_path)
    corpus.add(some_articles(6))

    def cut() -> None:
        with psycopg.connect(url, autocommit=True) as db:
            db.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    with corpus.snapshot() as view:
        before = found(view, "who opened the bridge")
        cut()
        assert found(view, "who opened the bridge") == before
        cut()
        corpus.add([an_article("new")])
        cut()
        with pytest.raises(CorpusError, match="ask again"):
            view.article("a1")
    cut()
    assert len(texts_of(corpus)) == 7
    cut()
    assert [head.id for head in corpus.remove(["new"])] == ["new"]


# -- formats and indexes ---------------------------------------------------------------------


def test_tables_of_another_format_are_refused(
    url: str, server: PostgresServer, tmp_path: Path
) -> None:
    corpus_at(f"{url}#corpus", tmp_path).add(some_articles(2))
    server.sql("UPDATE dateline.format SET version = 2")
    connection.server_of.cache_clear()
    corpus = corpus_at(f"{url}#corpus", tmp_path)
    for use in (corpus.snapshot, lambda: corpus.add([an_article("new")])):
        with pytest.raises(FormatMismatch, match="of format 2, this Dateline knows 1"):
            use()


def test_many_vectors_are_found_by_an_index(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = corpus_at(f"{url}#corpus", tmp_path)
    corpus.add(some_articles(100))
    with corpus.snapshot() as view:
        question = StubEncoder().encode_question("who opened the bridge")
        exact = view.nearest(question, 10, None)
    for module in (snapshot, postgres_corpus):
        monkeypatch.setattr(module, "EXACT", 50)
    corpus.add([an_article("new")])
    with corpus.snapshot() as view:
        assert view.indexed  # type: ignore[attr-defined]
        near = view.nearest(question, 10, None)
        allowed = {view.find("a3").version_id}
        few = view.nearest(StubEncoder().encode_question("bridge"), 10, allowed)
        assert {hit.version_id for hit in few} == allowed
        assert len(few) == 3
    assert near == exact
    copy = corpus_at(f"{url}#copy", tmp_path)
    copy.make_of(map(prepare, some_articles(30)), StubModels().of.id, lambda _: None)
    with copy.snapshot() as view:
        assert view.indexed  # type: ignore[attr-defined]


def test_a_corpus_is_rebuilt_and_merged_in_files(url: str, tmp_path: Path, run: Run) -> None:
    corpus_at(f"{url}#corpus", tmp_path).add(some_articles(2))
    refused = run("--corpus", f"{url}#corpus", "rebuild", "--model", "other")
    assert refused.exit_code == 1
    assert "`dateline corpora copy` it to this machine, rebuild it there" in refused.stderr
    home = Home(tmp_path / "home")
    home.models = StubModels()
    with pytest.raises(InputError, match="merged in files only"):
        home.merge_corpora(f"{url}#corpus", ["part"])
    assert home.merge_corpora("whole", [f"{url}#corpus"]).added == 2
    assert texts_of(home.corpus("whole")) == texts_of(home.corpus(f"{url}#corpus"))


def test_damage_is_found(url: str, server: PostgresServer, tmp_path: Path) -> None:
    corpus = corpus_at(f"{url}#corpus", tmp_path)
    corpus.add(some_articles(3))
    corpus.add(some_articles(2, edition=2))
    assert corpus.verify() == []
    server.sql("UPDATE dateline.versions SET head = replace(head, 'bridge', 'ridge') WHERE id = 3")
    with pytest.raises(CorpusDamaged, match="a2 is not what was stored; restore the database"):
        texts_of(corpus)
    server.sql("UPDATE dateline.versions SET text = replace(text, 'mayor', 'major') WHERE id = 1")
    (damage,) = corpus.verify()
    assert damage.what == "the article a0 (version 1) is not what was added"
    assert "restore the database from a backup" in damage.mend
