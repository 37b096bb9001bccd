"""A corpus as one file: all of it comes back, and no file can do harm."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from index import (
    ArticleInput,
    Corpus,
    CorpusDamaged,
    DatelineError,
    Home,
    Incoming,
    InputError,
    ModelChoice,
    accept,
)
from index.storage.generations import Generations
from tests.corpora import StubModels, found, run_sql, some_articles, texts_of

Lines = list[dict[str, Any]]


class StubHome(Home):
    """A home with the stub model."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.models = StubModels()


@pytest.fixture
def home(tmp_path: Path) -> StubHome:
    home = StubHome(tmp_path / "home")
    home.corpus("first").add(some_articles(6))
    home.corpus("first").add(some_articles(2, edition=2))
    home.corpus("first").remove(["a5"])
    return home


@pytest.fixture
def exported(home: StubHome, tmp_path: Path) -> Path:
    path = tmp_path / "first.jsonl"
    report = home.export_corpus("first", path)
    assert (report.corpus, report.articles, report.versions) == ("first", 5, 7)
    return path


def lines_of(path: Path) -> Lines:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def state_of(corpus: Corpus) -> tuple[Any, ...]:
    with corpus.snapshot() as view:
        versions = sorted(view.versions())
        return view.corpus_version, texts_of(corpus), found(view, "who opened it"), versions


def files_in(home: Home) -> list[str]:
    return sorted(str(path.relative_to(home.path)) for path in home.path.rglob("*"))


def test_all_comes_back_with_versions_and_dates(home: StubHome, exported: Path) -> None:
    report = home.import_corpus(exported, "second")
    assert (report.corpus, report.articles, report.versions) == ("second", 5, 7)
    assert state_of(home.corpus("second")) == state_of(home.corpus("first"))
    assert home.corpus("second").verify() == []
    assert home.corpora() == ["first", "second"]
    home.corpus("second").add(some_articles(2, edition=3))
    home.corpus("second").rebuild()
    assert home.corpus("second").verify() == []


def of_pages(*begins: int) -> Incoming:
    article = ArticleInput(text="The first page.\n\nThe third.", id="a.pdf", pages=begins)
    return accept(article, None, "a.pdf")


def test_the_pages_of_a_pdf_come_along(home: StubHome) -> None:
    home.corpus("first").add([of_pages(0, 17, 17)])  # the second page is empty
    home.copy_corpus("first", "second")
    assert state_of(home.corpus("second")) == state_of(home.corpus("first"))
    with home.corpus("second").snapshot() as view:
        assert view.article("a.pdf").pages == (0, 17, 17)


@pytest.mark.parametrize("begins", [(17, 0), (-1, 17), (0, 99)])
def test_pages_that_cannot_be_are_refused(begins: tuple[int, ...], home: StubHome) -> None:
    home.corpus("odd").add([of_pages(*begins)])  # so that its hash is right
    with pytest.raises(InputError, match="line 2: its pages do not follow each other"):
        home.copy_corpus("odd", "second")


def test_it_keeps_its_name_elsewhere(exported: Path, tmp_path: Path) -> None:
    other = StubHome(tmp_path / "other")
    progress: list[tuple[int, int]] = []
    other.import_corpus(exported, on_progress=lambda *told: progress.append(told))
    assert other.corpora() == ["first"]
    assert progress[-1] == (7, 7)
    assert not list((other.path / "corpora").glob(".*"))


def test_what_is_there_is_never_overwritten(home: StubHome, exported: Path) -> None:
    with pytest.raises(InputError, match="there is a corpus 'first' already"):
        home.import_corpus(exported)
    before = exported.read_bytes()
    with pytest.raises(InputError, match="is there already"):
        home.export_corpus("first", exported)
    assert exported.read_bytes() == before


def test_a_missing_folder_is_told(home: StubHome, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="/none; make it, then export again"):
        home.export_corpus("first", tmp_path / "none" / "first.jsonl")


def test_an_empty_folder_of_the_name_is_no_corpus(home: StubHome, exported: Path) -> None:
    (home.path / "corpora" / "second").mkdir()
    home.import_corpus(exported, "second")
    assert len(texts_of(home.corpus("second"))) == 5


BOOKS = ("discord-watches.json", "feeds.json", "watches.json")


def test_feeds_and_watched_questions_stay(home: StubHome, exported: Path) -> None:
    folder = home.path / "corpora" / "second"
    folder.mkdir()
    for name in BOOKS:
        (folder / name).write_text(name)
    home.import_corpus(exported, "second")
    assert [(folder / name).read_text() for name in BOOKS] == list(BOOKS)
    assert state_of(home.corpus("second")) == state_of(home.corpus("first"))
    assert home.corpus("second").verify() == []


@pytest.mark.parametrize("calls", range(5))
def test_an_import_that_is_killed_has_changed_nothing(
    calls: int, home: StubHome, exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is killed at each of the files that it moves."""
    folder = home.path / "corpora" / "second"
    folder.mkdir()
    (folder / "feeds.json").write_text("feeds")
    left, real = calls, Path.replace

    class KilledError(BaseException):
        pass

    def deadly(path: Path, target: Path) -> Path:
        nonlocal left
        if not left:
            raise KilledError
        left -= 1
        return real(path, target)

    with monkeypatch.context() as monkeypatch:
        monkeypatch.setattr(Path, "replace", deadly)
        monkeypatch.setattr(Generations, "_clear_making", lambda _: None)  # it is killed
        with pytest.raises(KilledError):
            home.import_corpus(exported, "second")
    second = home.corpus("second")
    assert not second.exists
    assert (folder / "feeds.json").read_text() == "feeds"
    if calls % 2:
        second.add(some_articles(3))
    else:
        home.import_corpus(exported, "second")
    assert second.verify() == []
    assert (folder / "feeds.json").read_text() == "feeds"


def test_damage_is_not_exported(home: StubHome, tmp_path: Path) -> None:
    run_sql(home.corpus("first"), "UPDATE versions SET text = replace(text, 'mayor', 'major')")
    with pytest.raises(CorpusDamaged, match="dateline verify"):
        home.export_corpus("first", tmp_path / "damaged.jsonl")
    assert not list(tmp_path.glob("*damaged*"))


def changed(field: str, value: Any, line: int = 1) -> Callable[[Lines], Lines]:
    def change(lines: Lines) -> Lines:
        within = lines[line]
        *path, last = field.split(".")
        for name in path:
            within = within[name]
        within[last] = value
        return lines

    return change


HOSTILE: dict[str, Callable[[Lines], Lines]] = {
    "cut off": lambda lines: lines[:-1],
    "too long": lambda lines: [*lines, {**lines[1], "article_id": "a9"}],
    "twice": lambda lines: [*lines, lines[1]],
    "later first": lambda lines: [lines[0], *lines[:0:-1]],
    "no header": lambda lines: lines[1:],
    "a schema to come": changed("schema_version", 2, 0),
    "another kind": changed("kind", "something else", 0),
    "no name of its model": changed("model", {"runtime": "ctranslate2", "precision": "int8"}, 0),
    "a path as its name": changed("corpus", "../../outside", 0),
    "another text": changed("text", "The mayor of Rome opened a bridge."),
    "no text": changed("text", ""),
    "a number as text": changed("text", 5),
    "another id": changed("article_id", "zz"),
    "another date": changed("given.article.published", "2001-01-01"),
    "no web address": changed("given.article.url", "javascript:alert(1)"),
    "a number as title": changed("given.article.title", 7),
    "version 0": changed("number", 0),
    "a huge version": changed("number", 2**63),
    "no date": changed("added_at", "yesterday"),
    "a date to run": changed("added_at", "\x1b[31m"),
    "a huge text": changed("text", "word " * 500_000),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_is_wrong_with_a_file_is_told_and_changes_nothing(
    what: str, home: StubHome, exported: Path, tmp_path: Path
) -> None:
    before = files_in(home)
    path = tmp_path / "hostile.jsonl"
    lines = HOSTILE[what](lines_of(exported))
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
    with pytest.raises(DatelineError) as told:
        home.import_corpus(path, None if "name" in what else "second")
    assert len(str(told.value)) < 300
    assert str(told.value).isprintable()
    assert files_in(home) == before


@pytest.mark.parametrize("data", [b"", b"\x00" * 1000, b"[" * 100_000, b"{}\n", b"\xff\xfe{"])
def test_what_is_no_export_is_told(home: StubHome, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "any.jsonl"
    path.write_bytes(data)
    with pytest.raises(InputError, match="no exported corpus"):
        home.import_corpus(path, "second")


def test_no_model_is_fetched_because_a_file_names_it(
    home: StubHome, exported: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[str] = []

    def obtained(choice: ModelChoice) -> str:
        asked.append(choice.name)
        return home.models.manifest("").id

    monkeypatch.setattr(home.models, "obtain", obtained)
    lines = changed("model.name", "evil/model", 0)(lines_of(exported))
    path = tmp_path / "evil.jsonl"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
    home.import_corpus(path, "second")
    assert set(asked) == {"dateline"}
