"""What is known of a sentence before it is read."""

import datetime as dt
from dataclasses import replace

import pytest

from index.types import Published
from retrieval.dates.asked import Wish
from retrieval.ranking.features import Around, features_of, share, time_features
from tests.corpora import a_candidate, a_query, of_id, read_article

QUERY = a_query("When did the ferry to Lodova sink?", asked="2023-05-31")
ARTICLE = read_article(
    "a", "The ferry sank.", "It was bound for Lodova.", title="A ferry", published="2023-05-01"
)
NOTHING = Around(frozenset(), 0.0, 0.0)


def published(day: str) -> Published:
    return Published(day, "day", None, "given")


def test_the_share_is_of_the_weight_of_the_words() -> None:
    heavy = {**QUERY.words, "ferri": 3.0}
    assert list(heavy) == ["ferri", "lodova", "sink"]
    assert share(heavy, {"ferri"}) == pytest.approx(0.6)
    assert share(heavy, {"ferri", "lodova", "sink"}) == 1.0
    assert share(heavy, set()) == 0.0
    assert share({}, {"ferri"}) == 0.0


def test_words_count_in_the_sentence_its_passage_and_the_title() -> None:
    first = features_of(QUERY, a_candidate(ARTICLE, 0), NOTHING)
    assert first["own"] == pytest.approx(2 / 3)  # "sank" is of "sink"
    assert first["title"] == pytest.approx(1 / 3)
    assert first["context"] == pytest.approx(2 / 3)
    around = Around(frozenset({"lodova"}), 0.9, 1.1)
    known = features_of(QUERY, a_candidate(ARTICLE, 0), around)
    assert (known["context"], known["near"], known["article"]) == (1.0, 0.9, 1.1)


def test_a_title_that_is_only_how_the_text_begins_counts_for_nothing() -> None:
    untitled = read_article("a", "The ferry to Lodova sank.", "It was old.")
    assert features_of(QUERY, a_candidate(untitled, 1), NOTHING)["title"] == 0.0


def test_the_article_in_focus_is_told_apart() -> None:
    def focused(focus: int | None) -> float:
        return features_of(replace(QUERY, focus=focus), a_candidate(ARTICLE, 0), NOTHING)["focus"]

    assert focused(None) == focused(of_id("b")) == 0.0
    assert focused(of_id("a")) == 1.0


def test_newer_counts_for_more_by_the_day_of_asking() -> None:
    today, month, year = (
        time_features(QUERY, published(day)) for day in ("2023-05-31", "2023-05-01", "2022-05-31")
    )
    assert today["fresh"] == today["recent"] == 1.0
    assert month["fresh"] == pytest.approx(0.3679, abs=1e-4)
    assert year["fresh"] < 0.001 < year["recent"] < month["recent"] < 1.0


def test_an_article_from_after_the_day_of_asking_is_new() -> None:
    assert time_features(QUERY, published("2024-01-01"))["fresh"] == 1.0


WISH = Wish(0, 4, dt.date(2023, 5, 1), dt.date(2023, 5, 7), "", "NEWS")


def test_an_article_is_of_the_days_asked_for_or_not() -> None:
    query = replace(QUERY, wish=WISH)

    def wanted(day: str) -> tuple[float, float]:
        features = time_features(query, published(day))
        return features["wanted"], features["unwanted"]

    assert wanted("2023-05-01") == wanted("2023-05-10") == (1.0, 0.0)  # news is told later
    assert wanted("2023-05-11") == wanted("2023-04-30") == (0.0, 1.0)


@pytest.mark.parametrize("undated", [None, Published("2023-05", "month", None, "given")])
def test_without_a_day_nothing_is_said_of_time(undated: Published | None) -> None:
    query = replace(QUERY, wish=WISH)
    assert set(time_features(query, undated).values()) == {0.0}
