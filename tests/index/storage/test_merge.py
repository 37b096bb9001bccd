"""Corpora put together: everything comes along, and nothing is encoded that has vectors."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from index import CorpusDamaged, Home, InputError
from index.models.encoder import Encoder, Vectors
from tests.corpora import (
    StubEncoder,
    StubModels,
    on_day,
    ranking,
    run_sql,
    some_articles,
    stub_corpus,
    texts_of,
)


class CountingModels(StubModels):
    """Counts the sentences that are encoded."""

    def __init__(self) -> None:
        super().__init__()
        self.encoded: list[str] = []

    def load(self, model_id: str) -> Encoder:
        models = self

        class Counting(StubEncoder):
            def encode(self, texts: Sequence[str]) -> Vectors:
                models.encoded += texts
                return super().encode(texts)

        return Counting()


@pytest.fixture
def models() -> CountingModels:
    return CountingModels()


@pytest.fixture
def home(tmp_path: Path, models: CountingModels) -> Home:
    home = Home(tmp_path / "home")
    home.models = models
    return home


def test_parts_become_what_was_made_at_once(
    home: Home, models: CountingModels, tmp_path: Path
) -> None:
    articles = some_articles(10)
    with on_day("2026-01-05"):
        home.corpus("one").add(articles[:3])
        stub_corpus(tmp_path / "elsewhere").add(articles[3:])
        home.corpus("whole").add(articles)
    models.encoded.clear()
    parts = ["one", str(tmp_path / "elsewhere" / "corpus")]
    assert home.merge_corpora("both", parts).added == 10
    assert models.encoded == []
    both, whole = home.corpus("both"), home.corpus("whole")
    assert (both.verify(), ranking(both)) == ([], ranking(whole))
    with both.snapshot() as mine, whole.snapshot() as its:
        assert mine.corpus_version == its.corpus_version
        assert sorted(mine.versions()) == sorted(its.versions())


def test_versions_and_dates_come_along_and_again_changes_nothing(
    home: Home, models: CountingModels
) -> None:
    for day, edition in (("2026-01-05", 1), ("2026-01-07", 2)):
        with on_day(day):
            home.corpus("one").add(some_articles(3, edition))
    models.encoded.clear()
    report = home.merge_corpora("both", ["one"])
    assert (report.added, report.updated, report.articles) == (3, 3, 3)
    assert len(models.encoded) == 3 * 3  # the earlier versions
    both = home.corpus("both")
    with both.snapshot() as mine, home.corpus("one").snapshot() as its:
        assert sorted(mine.versions()) == sorted(its.versions())
    again = home.merge_corpora("both", ["one", "one"])
    assert (again.added, again.updated, again.unchanged) == (0, 0, 12)
    assert both.verify() == []


def test_of_an_article_in_several_the_last_text_counts(home: Home) -> None:
    home.corpus("one").add(some_articles(3))
    home.corpus("two").add(some_articles(2, edition=2))
    report = home.merge_corpora("one", ["two"])
    assert (report.updated, report.articles) == (2, 3)
    texts = texts_of(home.corpus("one"))
    assert ["edition 2" in texts[name] for name in ("a0", "a1", "a2")] == [True, True, False]
    with home.corpus("one").snapshot() as view:
        assert view.article("a0").version == 2
    assert home.corpus("one").verify() == []


@pytest.mark.parametrize("days", [(5, 6, 7), (5, 5, 5)])
def test_a_text_that_an_article_has_again_is_its_newest(home: Home, days: tuple[int, ...]) -> None:
    for day, edition in zip(days, (1, 2, 1), strict=True):
        with on_day(f"2026-01-0{day}"):
            home.corpus("one").add(some_articles(1, edition))
    for _ in range(2):
        home.merge_corpora("both", ["one"])
        assert texts_of(home.corpus("both")) == texts_of(home.corpus("one"))
        assert home.corpus("both").verify() == []
    assert home.merge_corpora("both", ["one"]).unchanged == 3


def test_a_version_before_one_that_is_there_does_not_become_the_newest(home: Home) -> None:
    for day, edition in ((5, 1), (6, 2)):
        with on_day(f"2026-01-0{day}"):
            home.corpus("one").add(some_articles(1, edition))
    home.copy_corpus("one", "two")
    run_sql(home.corpus("two"), "DELETE FROM versions WHERE number = 1")
    assert home.merge_corpora("two", ["one"]).unchanged == 2
    assert "edition 2" in texts_of(home.corpus("two"))["a0"]


def test_texts_of_several_are_left_when_merged_again(home: Home) -> None:
    for day, name, edition in ((5, "one", 1), (6, "two", 2), (4, "three", 1)):
        with on_day(f"2026-01-0{day}"):
            home.corpus(name).add(some_articles(1, edition))
    for _ in range(2):
        home.merge_corpora("both", ["one", "two", "three"])
        with home.corpus("both").snapshot() as view:
            assert (view.article("a0").version, view.version_count) == (3, 3)
            assert "edition 1" in view.article("a0").text


def test_what_cannot_be_merged(home: Home, tmp_path: Path) -> None:
    home.corpus("one").add(some_articles(3))
    for parts, why in (
        (["one", "none"], "no corpus 'none'"),
        ([str(tmp_path / "none")], "no corpus"),
        (["both"], "no corpus 'both'"),
    ):
        with pytest.raises(InputError, match=why):
            home.merge_corpora("both", parts)
    for itself in ("one", str(home.path / "corpora" / "one")):
        with pytest.raises(InputError, match="part of itself"):
            home.merge_corpora("one", [itself])
    assert home.corpora() == ["one"]
    run_sql(home.corpus("one"), "UPDATE versions SET text = replace(text, 'mayor', 'major')")
    with pytest.raises(CorpusDamaged, match="dateline verify"):
        home.merge_corpora("both", ["one"])
