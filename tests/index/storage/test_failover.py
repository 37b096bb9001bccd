"""A corpus on PostgreSQL whose server is killed while it is asked and written to."""

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from index import Corpus, CorpusError, Outcome
from tests.corpora import an_article, found, some_articles, texts_of
from tests.postgres_server import (
    PostgresServer,
    corpus_at,
    free_port,
    running_server,
    server_folder,
)

pytestmark = pytest.mark.slow

_SMALL = "-c shared_buffers=32MB -c max_connections=60"
_WAITS = f"-c synchronous_standby_names=* {_SMALL}"
_SECONDS = 5  # within which the other server answers


@pytest.fixture
def primary() -> Iterator[PostgresServer]:
    """A server that loses nothing when it is killed."""
    with running_server(_SMALL) as server:
        yield server


@pytest.fixture
def replica(primary: PostgresServer) -> Iterator[PostgresServer]:
    """A copy of the primary, without which that acknowledges nothing."""
    with server_folder() as folder:
        replica = PostgresServer(folder, free_port())
        source = f"{primary.url()}?application_name=replica"
        replica.program("pg_basebackup", "-d", source, "-D", str(replica.data), "-R")
        replica.start(_SMALL)
        primary.stop("fast")
        primary.start(_WAITS)
        try:
            yield replica
        finally:
            replica.stop()


@contextmanager
def adding(corpus: Corpus) -> Iterator[list[str]]:
    """Add articles one by one meanwhile; yields the ids of those that are acknowledged."""
    acknowledged: list[str] = []
    stop = threading.Event()

    def note(outcome: Outcome) -> None:
        acknowledged.append(str(outcome.article_id))

    def run() -> None:
        for n in itertools.count():
            if stop.is_set():
                return
            try:
                corpus.add([an_article(f"n{len(acknowledged)}-{n}")], on_article=note)
            except CorpusError:
                time.sleep(0.05)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield acknowledged
    finally:
        stop.set()
        thread.join()


def test_the_replica_answers_when_the_primary_is_killed(
    primary: PostgresServer, replica: PostgresServer, tmp_path: Path
) -> None:
    hosts = f"127.0.0.1:{primary.port},127.0.0.1:{replica.port}"
    url = f"postgresql://postgres:secret@{hosts}/postgres"
    asked = corpus_at(f"{url}#corpus", tmp_path)
    written = corpus_at(f"{url}?target_session_attrs=read-write#corpus", tmp_path)
    written.add(some_articles(12))
    with adding(written) as acknowledged:
        while len(acknowledged) < 5:
            time.sleep(0.05)
    with asked.snapshot() as view:
        before = found(view, "who opened the bridge")
        primary.kill()
        started = time.perf_counter()
        assert found(view, "who opened the bridge") == before  # in mid-question
    with asked.snapshot() as view:
        assert found(view, "who opened the bridge") == before
        assert time.perf_counter() - started < _SECONDS
    assert set(acknowledged) <= set(texts_of(asked))
    with pytest.raises(CorpusError, match="cannot be used"):
        written.add([an_article("lost")])  # nobody may write yet
    replica.program("pg_ctl", "promote", "-w", "-D", str(replica.data))
    replica.sql("ALTER SYSTEM SET synchronous_standby_names = ''", "SELECT pg_reload_conf()")
    written.add([an_article("new")])
    assert {*acknowledged, "new"} <= set(texts_of(asked))
    assert written.verify() == []


@pytest.mark.parametrize("kills", [3])
def test_no_acknowledged_article_is_lost_when_the_server_is_killed(
    kills: int, primary: PostgresServer, tmp_path: Path
) -> None:
    corpus = corpus_at(f"{primary.url()}#corpus", tmp_path)
    corpus.add(some_articles(3))
    with adding(corpus) as acknowledged:
        for _ in range(kills):
            enough = len(acknowledged) + 5
            while len(acknowledged) < enough:
                time.sleep(0.01)
            primary.kill()
            primary.start(_SMALL)
    texts = texts_of(corpus_at(f"{primary.url()}#corpus", tmp_path))
    assert set(acknowledged) <= set(texts)
    assert corpus.verify() == []


def test_many_ask_while_two_write(primary: PostgresServer, tmp_path: Path) -> None:
    corpus = corpus_at(f"{primary.url()}#corpus", tmp_path)
    corpus.add(some_articles(20))
    wrong: list[object] = []
    done = threading.Event()

    def ask() -> None:
        handle = corpus_at(f"{primary.url()}#corpus", tmp_path)
        while not done.is_set():
            with handle.snapshot() as view:
                hits = found(view, "who opened the bridge of town 3")
                articles = [view.article(article_id) for article_id, *_ in hits]
                if len(hits) < 20 or any(not one.text for one in articles):
                    wrong.append(hits)

    def write(first: int) -> None:
        handle = corpus_at(f"{primary.url()}#corpus", tmp_path)
        for n in range(first, first + 10):
            new = an_article(f"n{n}", f"The bridge of town {n} was opened.")
            handle.add([new, *some_articles(2)])

    asking = [threading.Thread(target=ask) for _ in range(20)]
    writing = [threading.Thread(target=write, args=(first,)) for first in (0, 5)]  # five of both
    for thread in (*asking, *writing):
        thread.start()
    for thread in writing:
        thread.join()
    done.set()
    for thread in asking:
        thread.join()
    assert wrong == []
    with corpus.snapshot() as view:
        assert {head.version for head in view.heads()} == {1}
        assert view.article_count == 35
    assert corpus.verify() == []
