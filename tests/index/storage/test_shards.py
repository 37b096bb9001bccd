"""Two PostgreSQL servers with a part of a corpus each, behind a coordinator."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from index import Corpus, CorpusError
from index.storage.prepare import is_in_shard
from index.types import Filters
from retrieval.ranking.candidates import candidates
from tests.conftest import REPOSITORY
from tests.corpora import StubEncoder, an_article, found, ranking, some_articles, texts_of
from tests.postgres_server import PostgresServer, corpus_at, running_server

psycopg = pytest.importorskip("psycopg", reason="needs the extra `postgres`")
pytestmark = pytest.mark.slow

from psycopg.rows import TupleRow  # noqa: E402

from index.storage.postgres.address import Address  # noqa: E402
from index.storage.postgres.corpus import corpora_of  # noqa: E402
from index.storage.postgres.snapshot import PostgresSnapshot  # noqa: E402

_SETUP = re.findall(
    r"```sql\n(.*?)```", (REPOSITORY / "docs" / "scale.md").read_text("utf-8"), re.DOTALL
)
_QUESTIONS = ("who opened bridge 3 of town 12", "the weather was bad", "rain", "visitor7")


@dataclass
class Sharded:
    """The servers, and handles of what is in them."""

    servers: list[PostgresServer]
    parts: list[Corpus]
    together: Corpus
    whole: Corpus  # the same articles on one server


@pytest.fixture(scope="module")
def sharded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sharded]:
    """Made as the documentation says, statement by statement."""
    shard_sql, coordinator_sql = _SETUP
    folder = tmp_path_factory.mktemp("corpora")
    articles = some_articles(90)
    with ExitStack() as stack:
        one, two, last = servers = [stack.enter_context(running_server()) for _ in range(3)]
        parts = []
        for number, name, server in ((1, "one", one), (2, "two", two)):
            server.sql("CREATE DATABASE news")
            corpus_at(f"{server.url('news')}#first", folder).add([an_article("first")])
            own = shard_sql.replace(
                "INCREMENT BY 2 RESTART WITH 1", f"INCREMENT BY 2 RESTART WITH {number}"
            )
            server.sql(own, database="news")
            parts.append(corpus_at(f"{server.url('news', 'bot')}#asia", folder / name))
            parts[-1].add(item for item in articles if is_in_shard(item, number, 2))
            old = f"host '{name}.example.org', port '5432'"
            assert old in coordinator_sql
            coordinator_sql = coordinator_sql.replace(
                old, f"host '127.0.0.1', port '{server.port}'"
            )
        last.sql("CREATE DATABASE coordinator")
        last.sql(coordinator_sql, database="coordinator")
        last.sql("CREATE ROLE asker LOGIN PASSWORD 'secret' IN ROLE readers")
        together = corpus_at(f"{last.url('coordinator', 'asker')}#asia", folder / "together")
        whole = corpus_at(f"{last.url()}#asia", folder / "whole")
        whole.add(articles)
        yield Sharded(servers, parts, together, whole)


def test_questions_give_the_same_ranked_sentences_as_on_one_server(sharded: Sharded) -> None:
    sizes = [len(texts_of(part)) for part in sharded.parts]
    assert sum(sizes) == 90
    assert min(sizes) > 30
    assert texts_of(sharded.together) == texts_of(sharded.whole)
    assert sharded.together.verify() == []
    encoder = StubEncoder()
    with sharded.together.snapshot() as view, sharded.whole.snapshot() as other:
        assert view.sentence_count == other.sentence_count == 270
        for text in _QUESTIONS:
            for filters in (Filters(), Filters(source="The Courier 1")):
                both = [
                    [
                        (one.article.id, one.position, one.cosine, one.bm25)
                        for one in candidates(state, encoder, [text], state.allowed(filters))
                    ]
                    for state in (view, other)
                ]
                assert both[0] == both[1]
                assert len(both[0]) > 1
        tied = [found(state, "bad weather", 50) for state in (view, other)]
        assert tied[0] == tied[1]
        assert len({score for *_, score in tied[0][:50]}) == 1  # of the 90 that say the same
        assert view.stems_like("bridg") == other.stems_like("bridg") != []


def test_what_is_written_to_a_shard_is_seen_together(sharded: Sharded) -> None:
    with sharded.together.snapshot() as view:
        before = view.corpus_version
        sharded.parts[0].add([an_article("new", "A zebra came to town.")])
        with sharded.together.snapshot() as later:
            assert later.document_frequency("zebra") == 1
            assert later.corpus_version != before
        assert view.document_frequency("zebra") == 0  # not in the state that this one is of
    sharded.parts[0].remove(["new"])
    assert len(texts_of(sharded.together)) == 90


def test_the_coordinator_takes_no_articles(sharded: Sharded) -> None:
    with pytest.raises(CorpusError, match=r"does not allow this .*docs/scale\.md"):
        sharded.together.add([an_article("new")])
    assert len(texts_of(sharded.together)) == 90
    assert 0 < sharded.together.size() < sum(part.size() for part in sharded.parts)


def test_who_asks_sees_this_corpus_and_no_shard(sharded: Sharded) -> None:
    url = sharded.servers[2].url("coordinator", "asker")
    assert corpora_of(Address.of(url)) == ["asia"]  # and not the "first" that made the tables
    with psycopg.connect(url, autocommit=True) as db:
        for query in ("SELECT * FROM one.versions", "SELECT umoptions FROM pg_user_mapping"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                db.execute(query)


def test_shards_send_only_what_a_question_needs(
    sharded: Sharded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else each question would fetch all words and vectors."""
    sent = ""

    def explained(view: PostgresSnapshot, query: str, **values: object) -> list[TupleRow]:
        nonlocal sent
        rows = asked(view, f"EXPLAIN (VERBOSE) {query}", **values)
        sent += "\n".join(line for (line,) in rows)
        return asked(view, query, **values)

    with sharded.together.snapshot() as view:
        asked = PostgresSnapshot.rows
        monkeypatch.setattr(PostgresSnapshot, "rows", explained)
        view.containing(["bridg", "town"], 5, None)
        view.cosines(StubEncoder().encode_question("bridge"), [(1, 0), (2, 2)])
    remote = re.findall(r"Remote SQL: SELECT .* FROM dateline\.(words|sentences) WHERE (.*)", sent)
    assert len(remote) == 4
    for table, condition in remote:
        assert ("stem = ANY" if table == "words" else "version = ANY") in condition


def test_a_shard_that_is_down_is_told(sharded: Sharded) -> None:
    server = sharded.servers[1]
    server.stop()
    try:
        with pytest.raises(CorpusError, match=r"cannot be used \(could not connect to server .two"):
            ranking(sharded.together)
    finally:
        server.start()
    assert ranking(sharded.together) == ranking(sharded.whole)
