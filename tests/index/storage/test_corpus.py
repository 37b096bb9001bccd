"""A corpus in files: the contract of all stores, and what is only true of files."""

from dataclasses import replace
from pathlib import Path

import pytest

from index import Corpus, Home
from tests.corpora import StubModels, an_article, ranking, some_articles, stub_corpus, texts_of
from tests.index.storage.contract import CorpusContract, MakeAnew, OpenCorpus


class TestEmbedded(CorpusContract):
    @pytest.fixture
    def open_corpus(self, tmp_path: Path) -> OpenCorpus:
        return lambda name: stub_corpus(tmp_path, name)

    @pytest.fixture
    def anew(self) -> MakeAnew:
        def rebuilt(corpus: Corpus) -> Corpus:
            corpus.rebuild()
            return corpus

        return rebuilt

    def test_a_rebuild_changes_nothing_that_can_be_seen(self, filled: Corpus) -> None:
        filled.add(some_articles(4, edition=2))
        filled.remove(["a5"])
        before, ranked = texts_of(filled), ranking(filled)
        with filled.snapshot() as view:
            version = view.corpus_version
            heads = {
                head.id: (head.version, head.added_at, head.published) for head in view.heads()
            }
        progress: list[tuple[int, int]] = []
        report = filled.rebuild(on_progress=lambda done, total: progress.append((done, total)))
        assert (report.articles, report.sentences) == (11, 33)
        assert progress[-1] == (33, 33)
        with filled.snapshot() as view:
            assert view.corpus_version == version
            after = {
                head.id: (head.version, head.added_at, head.published) for head in view.heads()
            }
        assert after == heads
        assert (texts_of(filled), ranking(filled)) == (before, ranked)
        assert filled.verify() == []

    def test_a_rebuild_takes_articles_in_first(self, filled: Corpus) -> None:
        told: list[str] = []
        report = filled.rebuild(
            [an_article("new"), an_article("a1", "Changed.")],
            on_article=lambda outcome: told.append(f"{outcome.kind} {outcome.article_id}"),
        )
        assert told == ["added new", "updated a1"]
        assert (report.added, report.updated, report.articles) == (1, 1, 13)
        assert texts_of(filled)["a1"] == "Changed.\n"


def test_the_same_again_changes_nothing(filled: Corpus) -> None:
    before = [path.read_bytes() for path in sorted(filled.folder.glob("*.sqlite"))]
    report = filled.add(some_articles(12))
    assert (report.added, report.updated, report.unchanged) == (0, 0, 12)
    assert [path.read_bytes() for path in sorted(filled.folder.glob("*.sqlite"))] == before


def test_no_word_of_a_removed_article_is_left(filled: Corpus) -> None:
    filled.add([an_article("gone", "The Wxqvbn sank.", title="Zkjhgf")])
    filled.add(some_articles(12, edition=2))
    filled.remove(["gone"])
    data = b"".join(path.read_bytes() for path in filled.folder.glob("corpus-*"))
    assert [part for part in (b"xqvbn", b"kjhgf") if part in data] == []
    assert filled.verify() == []


def test_a_rebuild_leaves_one_database_and_its_segments(filled: Corpus) -> None:
    for _ in range(3):
        filled.rebuild()
    names = {path.name for path in filled.folder.iterdir()}
    assert names == {"CURRENT", "corpus-4.sqlite", "lock", "segments"}
    assert len(list((filled.folder / "segments").iterdir())) == 1


def test_what_was_accepted_otherwise_before_is_kept(tmp_path: Path) -> None:
    article = an_article("A", title="One")
    before = article.article.model_copy(update={"id": "\ufeffA", "title": "\ufeffOne"})
    home = Home(tmp_path)
    home.models = StubModels()
    corpus = home.corpus("first")
    corpus.add([replace(article, article=before)])
    with corpus.snapshot() as view:
        versions = list(view.versions())
    assert corpus.rebuild().refused == []
    home.copy_corpus("first", "second")
    for kept in (corpus, home.corpus("second")):
        assert kept.verify() == []
        with kept.snapshot() as view:
            assert list(view.versions()) == versions
