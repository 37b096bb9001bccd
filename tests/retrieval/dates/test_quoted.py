"""Dates that the words of a quote mean, seen from the article's date: which, and which not."""

import datetime as dt
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.dates.quoted import resolve

MONDAY = "2023-09-18"


def notes(sentence: str, published: str = MONDAY) -> list[str]:
    return [found.text for found in resolve(sentence, published)]


@pytest.mark.parametrize(
    ("sentence", "note"),
    [
        ("The envoys met in Oslo on Monday.", "Monday, 18 September 2023"),
        ("The envoys met on Thursday, officials said.", "Thursday, 14 September 2023"),
        ("The envoys will meet on Thursday.", "Thursday, 21 September 2023"),
        ("The treaty will be signed on Thursday.", "Thursday, 21 September 2023"),
        ("The envoys are to meet on Thursday.", "Thursday, 21 September 2023"),
        ("They agreed on Thursday to a pact that will last.", "Thursday, 14 September 2023"),
        ("The play opens Friday.", "Friday, 22 September 2023"),
        ("The dam broke last Friday.", "Friday, 15 September 2023"),
        ("The minister resigned yesterday.", "yesterday: Sunday, 17 September 2023"),
        ("The dam broke last night.", "last night: Sunday, 17 September 2023"),
        ("The council will vote tomorrow.", "tomorrow: Tuesday, 19 September 2023"),
        ("The walkout began last week.", "last week: 11–17 September 2023"),
        ("The fees will rise next month.", "next month: October 2023"),
        ("Crowds gathered over the weekend.", "over the weekend: 16–17 September 2023"),
        ("She was hired two weeks ago.", "two weeks ago: 4–10 September 2023"),
        ("She was hired three days ago.", "three days ago: Friday, 15 September 2023"),
        (
            "She was hired the day before yesterday.",
            "day before yesterday: Saturday, 16 September 2023",
        ),
        ("She was hired fıve weeks ago.", "five weeks ago: 14–20 August 2023"),
        ("It was dry this summer.", "this summer: summer 2023"),
        # A year is told where it is not the article's.
        ("The bridge fell in December.", "December: December 2022"),
        ("In December, the bridge fell.", "December: December 2022"),
    ],
)
def test_resolves(sentence: str, note: str) -> None:
    assert notes(sentence) == [note]


@pytest.mark.parametrize(
    "sentence",
    [
        # Nothing is added.
        "The bridge fell on 4 September.",
        "The bridge has been shut since Decór was closed.",
        "The bridge fell in mid-August.",
        "The bridge fell on Friday, Sept. 15.",
        "The bridge fell on 19 September 2022.",
        "The bridge fell in December 2022.",
        # Two readings are left.
        "The bridge fell on 19 December.",
        "The bridge fell on Dec. 19.",
        "Deliveries are to begin in December.",
        "A good election in December matters, he said.",
        "The council will vote next Thursday.",
        "The envoys met on Tuesday.",
        "It shut 20 years ago.",
        # Another day than that of the article.
        "“We met yesterday,” she said.",
        "I came home three days ago.",
        # No days.
        "Fewer people smoke today.",
        "The museum shuts every Monday.",
        "Black Friday sales fell.",
        "He may resign.",
        "She wrote it for USA TODAY.",
        "The last week of the war was the worst.",
    ],
)
def test_resolves_nothing(sentence: str) -> None:
    assert notes(sentence) == []


def test_places_are_those_of_the_words() -> None:
    sentence = "LONDON, Sept 18 (Reuters) - 🎈 It fell on Friday, and last year."
    found = resolve(sentence, MONDAY)
    assert [sentence[one.start : one.end] for one in found] == ["Friday", "last year"]


def test_some_weeks_begin_on_sunday() -> None:
    assert notes("The walkout began last week.", "2023-09-17") == []


def test_nothing_without_the_day() -> None:
    assert resolve("The envoys met on Monday.", None) == []


WORDS_TEXT = """
Monday Tuesday's last next this week weekend in on May Sept. 18 mid-November will was said the
ago two days today “ ” " , : (Reuters) 2019 every is to be until years summer winter a of
tomorrow night 31 February 29 Oct. 3-7 month
"""
WORDS = st.sampled_from(WORDS_TEXT.split())


@given(
    st.lists(WORDS, max_size=40),
    st.dates(dt.date(1500, 1, 1), dt.date(2100, 12, 31)),
)
def test_places_are_ordered_and_apart(words: list[str], day: dt.date) -> None:
    sentence = " ".join(words)
    found = resolve(sentence, str(day))
    assert all(0 <= one.start < one.end <= len(sentence) for one in found)
    assert all(one.end <= two.start for one, two in pairwise(found))
    assert all(one.first <= one.last and one.text for one in found)


@pytest.mark.parametrize("word", ["Monday ", "“ today ", "said ", "Jan. 1 ", "in 3 days ", "A/"])
def test_hostile_text_costs_little(word: str) -> None:
    begin = time.process_time()
    resolve(word * (1_000_000 // len(word)), MONDAY)
    resolve(word * (8_000 // len(word)), MONDAY)
    assert time.process_time() - begin < 5
