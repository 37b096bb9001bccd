"""A corpus in files: the contract of all stores, and what is only true of files."""

from pathlib import Path

import pytest

from index import Corpus
from tests.corpora import some_articles, stub_corpus
from tests.index.storage.contract import CorpusContract, OpenCorpus


class TestEmbedded(CorpusContract):
    @pytest.fixture
    def open_corpus(self, tmp_path: Path) -> OpenCorpus:
        return lambda name: stub_corpus(tmp_path, name)


def test_the_same_again_changes_nothing(filled: Corpus) -> None:
    before = [path.read_bytes() for path in sorted(filled.folder.glob("*.sqlite"))]
    report = filled.add(some_articles(12))
    assert (report.added, report.updated, report.unchanged) == (0, 0, 12)
    assert [path.read_bytes() for path in sorted(filled.folder.glob("*.sqlite"))] == before


def test_a_rebuild_leaves_one_database_and_its_segments(filled: Corpus) -> None:
    for _ in range(3):
        filled.rebuild()
    names = {path.name for path in filled.folder.iterdir()}
    assert names == {"CURRENT", "corpus-4.sqlite", "lock", "segments"}
    assert len(list((filled.folder / "segments").iterdir())) == 1
