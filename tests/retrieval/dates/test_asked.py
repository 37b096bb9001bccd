"""What questions say of time."""

import datetime as dt
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.asked_times import is_right, labels
from retrieval.dates.asked import wish

WEDNESDAY = dt.date(2023, 9, 20)


@pytest.mark.parametrize(
    ("question", "words", "kind", "text"),
    [
        ("who hosted it this week?", "this week", "NEWS", "this week: 14–20 September 2023"),
        ("who left over the weekend", "over the weekend", "NEWS", None),
        ("Who left since Monday?", "since Monday", "NEWS", "since Monday: 18–20 September 2023"),
        ("who runs it at the moment", "at the moment", "NEWS", None),
        ("who won in 2019", "in 2019", "DATED", "2019"),
        ("world cup 2022 winner", "2022", "DATED", "2022"),
        ("who left in march?", "in march", "DATED", "in march: March 2023"),
        ("who left in november", "in november", "DATED", "in november: November 2022"),
        ("what will open in november", "in november", "DATED", "in november: November 2023"),
        ("What was signed on 5 May 2022?", "on 5 May 2022", "DATED", None),
        ("Who left on Monday, 5 September 2022?", "on Monday, 5 September 2022", "DATED", None),
        ("who left in the past ten years", "in the past ten years", "NEWS", None),
        (
            "deals of the last 100 days",
            "last 100 days",
            "NEWS",
            "last 100 days: 12 June – 20 September 2023",
        ),
        (
            "what came the day before yesterday",
            "day before yesterday",
            "NEWS",
            "day before yesterday: Monday, 18 September 2023",
        ),
        # A dotless i, a long s and a Kelvin sign are letters where case does not count.
        ("who met thıs wee\u212a", "thıs wee\u212a", "NEWS", "this week: 14–20 September 2023"),
        ("who left over fıve yearſ ago", "fıve yearſ ago", "NEWS", "five years ago: 2018"),
        ("who left on Frıday", "on Frıday", "NEWS", "Friday, 15 September 2023"),
        # What is relative to the asking goes before.
        ("what did he say yesterday about the 2020 vote", "yesterday", "NEWS", None),
    ],
)
def test_wishes(question: str, words: str, kind: str, text: str | None) -> None:
    found = wish(question, WEDNESDAY)
    assert found is not None
    assert (question[found.start : found.end], found.kind) == (words, kind)
    assert text in (None, found.text)


@pytest.mark.parametrize(
    "question",
    [
        "who came second",
        "What did Theresa May say?",
        "what may happen in the march of the penguins",
        "who hosts Last Week Tonight",
        "monday night football hosts",
        "Who left the Today show?",
        "how long in days did it last",
        "who left in the past several years",
        "what did 12 Janáček fans say",
        "who is 2 Novák",
        "",
    ],
)
def test_no_wishes(question: str) -> None:
    assert wish(question, WEDNESDAY) is None


def test_the_blind_questions() -> None:
    path = Path(__file__).parents[2] / "data" / "asked_days.jsonl"
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    meant = [wish(row["question"], dt.date.fromisoformat(row["asked"])) for row in rows]
    found = [(str(one.first), str(one.last)) if one else (None, None) for one in meant]
    right = [days == (row["first"], row["last"]) for days, row in zip(found, rows, strict=True)]
    assert (len(right), sum(right) >= 112) == (120, True)


def test_the_blind_requests_for_news() -> None:
    path = Path(__file__).parents[2] / "data" / "asked_news.jsonl"
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]

    def is_meant(row: dict[str, Any]) -> bool:
        is_request = row["kind"] == "request"
        found = wish(row["text"], dt.date.fromisoformat(row["asked"]), is_request=is_request)
        if found is None or not row["first"]:
            return found is None and not row["first"]
        days = str(found.first), str(found.last)
        if row["loose"]:
            return bool(days[0] <= row["last"][0] and row["first"][0] <= days[1])
        return days[0] in row["first"] and days[1] in row["last"]

    assert (len(rows), sum(map(is_meant, rows)) >= 68) == (100, True)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("what happened between sep 3 and sep 9?", "2023-09-03", "2023-09-09"),
        ("news from 28 August to 3 September", "2023-08-28", "2023-09-03"),
        ("sep 3 – sep 9", "2023-09-03", "2023-09-09"),
        ("sep 3-0", "2023-09-03", "2023-09-03"),
        ("yesterday and today", "2023-09-19", "2023-09-20"),
        ("headlines last 3 days", "2023-09-17", "2023-09-20"),
        ("august news", "2023-08-01", "2023-08-31"),
    ],
)
def test_days_to_days(text: str, first: str, last: str) -> None:
    found = wish(text, WEDNESDAY, is_request=True)
    assert found is not None
    assert (str(found.first), str(found.last)) == (first, last)


@pytest.mark.parametrize("unit", ["hours", "days", "years"])
def test_no_number_is_too_large(unit: str) -> None:
    found = wish(f"who left in the past {'9' * 900} {unit}", WEDNESDAY)
    assert found is not None
    assert found.first == dt.date.min


@pytest.mark.parametrize("half", ["develop", "measure"])
def test_the_labelled_questions(half: str) -> None:
    assert sum(map(is_right, labels(half))) >= 90  # of 94


@given(st.text(), st.dates(dt.date(1950, 1, 1), dt.date(2100, 1, 1)))
def test_anything_may_be_asked(question: str, day: dt.date) -> None:
    found = wish(f"in {question} 2019 since last monday", day)
    assert found is not None
    assert found.first <= found.last


@pytest.mark.parametrize("word", ["monday ", "in ", "last ", "the last ", "may 5 ", "1999 and "])
def test_hostile_questions_cost_little(word: str) -> None:
    begin = time.process_time()
    wish(word * (1_000_000 // len(word)), WEDNESDAY)
    assert time.process_time() - begin < 5
