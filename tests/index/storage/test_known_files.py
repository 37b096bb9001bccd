"""An article of a file is the same wherever the file lies; two files stay two articles."""

import shutil
from pathlib import Path

import pytest

from index import ArticleInput, Corpus, accept
from index.errors import NoSuchArticle
from index.reading.files import read_paths
from tests.corpora import stub_corpus, texts_of

TEXT = "The mayor of Paris spoke on Monday.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "first" / "news"
    (folder / "may").mkdir(parents=True)
    (folder / "a.txt").write_text(TEXT)
    (folder / "may" / "a.txt").write_text(TEXT)
    (folder / "b.jsonl").write_text('{"text": "One came."}\n{"text": "Two came."}\n')
    return folder


def add(corpus: Corpus, *paths: Path | str) -> tuple[int, int, int]:
    report = corpus.add(read_paths(list(map(Path, paths))))
    assert not report.refused
    return report.added, report.updated, report.unchanged


def test_ids_are_those_of_any_copy_of_the_folder(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, three = (stub_corpus(tmp_path / str(n)) for n in range(3))
    elsewhere = tmp_path / "second" / "news"
    shutil.copytree(folder, elsewhere)
    monkeypatch.chdir(elsewhere)
    assert add(one, folder) == add(two, ".") == (4, 0, 0)
    assert texts_of(one) == texts_of(two)
    with one.snapshot() as first, two.snapshot() as second:
        assert first.corpus_version == second.corpus_version
    add(three, "a.txt", "../news/b.jsonl")
    assert texts_of(three).items() < texts_of(one).items()


def test_a_path_may_be_written_in_any_way(
    folder: Path, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(corpus, folder)
    monkeypatch.chdir(folder)
    for path in (".", "../news", folder / ".." / "news", folder.parent):
        assert add(corpus, path) == (0, 0, 4), path
    assert add(corpus, "may/a.txt", "a.txt") == (0, 0, 2)


def test_a_folder_that_moved_has_the_same_articles(
    folder: Path, corpus: Corpus, tmp_path: Path
) -> None:
    add(corpus, folder)
    moved = tmp_path / "archive" / "news"
    shutil.copytree(folder, moved)
    shutil.rmtree(folder)
    assert add(corpus, moved) == (0, 0, 4)
    with corpus.snapshot() as view:
        assert view.article(str(moved / "a.txt")).version == 1
        with pytest.raises(NoSuchArticle):
            view.find(str(folder / "a.txt"))
    (moved / "a.txt").write_text("He spoke again.\n")
    assert add(corpus, moved) == (0, 1, 3)
    assert corpus.verify() == []


def test_a_copy_beside_the_folder_has_articles_of_its_own(
    folder: Path, corpus: Corpus, tmp_path: Path
) -> None:
    copy = tmp_path / "second" / "news"
    shutil.copytree(folder, copy)
    assert add(corpus, folder, copy) == (8, 0, 0)
    with corpus.snapshot() as view:
        assert view.find("second/news/a.txt").id != view.find("news/a.txt").id
        assert view.find("second/news/a.txt").id == view.find(str(copy / "a.txt")).id
    assert add(corpus, copy, folder) == (0, 0, 8)


def test_a_rebuild_keeps_where_files_lie(folder: Path, corpus: Corpus) -> None:
    add(corpus, folder)
    before = texts_of(corpus)
    corpus.rebuild()
    assert texts_of(corpus) == before
    with corpus.snapshot() as view:
        assert view.article(str(folder / "a.txt")).origin == str(folder / "a.txt")


def test_articles_known_by_a_whole_path_stay_those(folder: Path, corpus: Corpus) -> None:
    """Corpora made before names were: an article's key was its absolute path."""
    path = str(folder / "a.txt")
    corpus.add([accept(ArticleInput(text=TEXT), path, "news/a.txt")])
    (known,) = texts_of(corpus)
    assert add(corpus, folder / "a.txt") == (0, 0, 1)
    (folder / "a.txt").write_text("He spoke again.\n")
    assert add(corpus, folder.parent) == (3, 1, 0)
    with corpus.snapshot() as view:
        assert view.find(path).id == known


def test_a_file_with_the_name_of_another_takes_nothing_from_it(
    folder: Path, corpus: Corpus, tmp_path: Path
) -> None:
    add(corpus, folder / "a.txt")
    other = tmp_path / "news" / "a.txt"
    other.parent.mkdir()
    other.write_text("---\nurl: https://e.example/1\n---\n\nThe mayor of Rome spoke.\n")
    assert add(corpus, other) == (1, 0, 0)
    assert TEXT in texts_of(corpus).values()
