"""A corpus on a PostgreSQL server that the tests start."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from index import Corpus, ModelChoice
from tests.corpora import StubModels
from tests.index.storage.contract import CorpusContract, OpenCorpus
from tests.postgres_server import PostgresServer, running_server

_DATABASES = itertools.count()


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    with running_server() as server:
        yield server


@pytest.fixture
def url(server: PostgresServer) -> str:
    """A database of the test's own."""
    name = f"test{next(_DATABASES)}"
    server.sql(f"CREATE DATABASE {name}")
    return server.url(name)


def corpus_at(url: str, folder: Path) -> Corpus:
    from index.storage.postgres.address import Address
    from index.storage.postgres.corpus import PostgresCorpus

    address = Address.of(url)
    return PostgresCorpus(address, folder / address.corpus, StubModels(), ModelChoice())


class TestPostgres(CorpusContract):
    @pytest.fixture
    def open_corpus(self, url: str, tmp_path: Path) -> OpenCorpus:
        return lambda name: corpus_at(f"{url}#{name}", tmp_path)
