"""Dates of publication: what is understood, how precisely, and what is no date."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.reading.published import find_published, parse_published


@pytest.mark.parametrize(
    ("value", "at", "zone"),
    [
        ("2023-09-18", "2023-09-18", None),
        ("2023-9-8", "2023-09-08", None),
        ("2023/09/18", "2023-09-18", None),
        ("2023.09.18", "2023-09-18", None),
        ("20230918", "2023-09-18", None),
        ("202309181015", "2023-09-18T10:15", None),
        ("2023-09", "2023-09", None),
        ("2023", "2023", None),
        ("1500", "1500", None),
        ("2100-12-31", "2100-12-31", None),
        ("2023-09-18T14:05", "2023-09-18T14:05", None),
        ("2023-09-18T14:05:33.123456Z", "2023-09-18T14:05", "+00:00"),
        ("2023-09-18T14:05:00+02:00", "2023-09-18T14:05", "+02:00"),
        ("2023-09-18 14:05:00 -0430", "2023-09-18T14:05", "-04:30"),
        ("20230918T140533Z", "2023-09-18T14:05", "+00:00"),
        ("Mon, 18 Sep 2023 14:05:00 +0200", "2023-09-18T14:05", "+02:00"),
        ("Mon, 18 Sep 2023 14:05:00 GMT", "2023-09-18T14:05", "+00:00"),
        ("18 September 2023", "2023-09-18", None),
        ("  18th of  September,\n2023 ", "2023-09-18", None),
        ("MONDAY 18 SEPTEMBER 2023", "2023-09-18", None),
        ("18-Sep-2023", "2023-09-18", None),
        ("Sept. 18, 2023", "2023-09-18", None),
        ("September 18th, 2023 at 2:05 p.m. EDT", "2023-09-18T14:05", "-04:00"),
        ("September 18, 2023, 12:05 AM ET", "2023-09-18T00:05", None),
        ("14:05 BST, 18 September 2023", "2023-09-18T14:05", "+01:00"),
        ("2:05 PM, Mon September 18, 2023", "2023-09-18T14:05", None),
        ("September 2023", "2023-09", None),
        ("May 5, 2023", "2023-05-05", None),
        ("18.09.2023", "2023-09-18", None),
        ("18/09/2023", "2023-09-18", None),
        ("09/18/2023", "2023-09-18", None),
    ],
)
def test_understood(value: str, at: str, zone: str | None) -> None:
    published = parse_published(value, "metadata")
    assert published is not None
    assert (published.at, published.zone, published.origin) == (at, zone, "metadata")
    precisions = {4: "year", 7: "month", 10: "day", 16: "minute"}
    assert published.precision == precisions[len(at)]
    assert published.earliest.isoformat().startswith(at[:10])


@pytest.mark.parametrize(
    "value",
    [
        "", "nonsense", "99999", "99999-01-01", "1499", "2101-01-01", "0", "2023-02-30", "Monday",
        "2023-13-01", "31 June 2023", "05/06/2023", "2023-09-18T25:00", "2023-09-18T13:05 pm", "18",
        "Sept 18", "18 September 2023 and more", "2023-09-18" * 50, "\u0662\u0660\u0662\u0663",
    ],
)  # fmt: skip
def test_no_date(value: str) -> None:
    assert parse_published(value) is None


def test_an_impossible_zone_is_left_out() -> None:
    published = parse_published("2023-09-18T14:05+99:00")
    assert published is not None
    assert published.zone is None


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Published: 18 September 2023 · 3 min read", "18 September 2023"),
        ("Updated 3:33 PM EDT, Sun June 5, 2022", "3:33 PM EDT, Sun June 5, 2022"),
        ("It was 2023-09-18.", "2023-09-18"),
        ("by\u00a0Jane, Sept.\u00a018,\u00a02023", "Sept.\u00a018,\u00a02023"),
    ],
)
def test_found_in_a_line(line: str, found: str) -> None:
    published, start, end = find_published(line) or pytest.fail("no date found")
    assert line[start:end] == found
    assert published.origin == "text"


@pytest.mark.parametrize("line", ["In September 2023", "In 2023", "v2023-09-18", "12-2023-09-18"])
def test_not_found_in_a_line(line: str) -> None:
    assert find_published(line) is None


@given(st.text(max_size=120))
def test_never_fails(value: str) -> None:
    parse_published(value)
    find_published(value)


@given(st.dates())
def test_every_day_of_six_centuries(day: dt.date) -> None:
    published = parse_published(day.isoformat())
    assert (published and published.day) == (day.isoformat() if 1500 <= day.year <= 2100 else None)
