"""Periods of days and how they are called."""

import datetime as dt

import pytest

from retrieval.dates.days import named, noted, period


def days(first: str, last: str) -> tuple[dt.date, dt.date]:
    return dt.date.fromisoformat(first), dt.date.fromisoformat(last)


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        ("2023-09-18", "2023-09-18", "Monday, 18 September 2023"),
        ("2023-09-16", "2023-09-17", "16–17 September 2023"),
        ("2023-09-30", "2023-10-01", "30 September – 1 October 2023"),
        ("2022-12-31", "2023-01-01", "31 December 2022 – 1 January 2023"),
        ("2022-09-03", "2023-09-04", "3 September 2022 – 4 September 2023"),
        ("2023-05-01", "2023-05-31", "May 2023"),
        ("2023-09-01", "2023-11-30", "autumn 2023"),
        ("2022-12-01", "2023-02-28", "winter 2022–23"),
        ("2022-01-01", "2022-12-31", "2022"),
        ("2010-01-01", "2016-12-31", "2010–16"),
    ],
)
def test_named(first: str, last: str, text: str) -> None:
    assert named(days(first, last)) == text


def test_a_note_does_not_say_a_thing_twice() -> None:
    monday, year = days("2023-09-18", "2023-09-18"), days("2019-01-01", "2019-12-31")
    assert noted("on monday", monday) == "Monday, 18 September 2023"
    assert noted("today", monday) == "today: Monday, 18 September 2023"
    assert noted("in 2019", year) == "2019"


def test_periods_across_a_year() -> None:
    new_year = dt.date(2025, 1, 1)  # a Wednesday
    assert period("week", new_year) == days("2024-12-30", "2025-01-05")
    assert period("weekend", new_year, -1) == days("2024-12-28", "2024-12-29")
    assert period("month", new_year, -1) == days("2024-12-01", "2024-12-31")
    assert period("winter", new_year) == days("2024-12-01", "2025-02-28")
