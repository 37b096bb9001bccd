"""Dates that the words of a quote mean, seen from the article's date: which, and which not."""

import datetime as dt
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.reading.published import parse_published
from index.reading.segment import MAX_SENTENCE_CHARS
from index.types import Published
from retrieval.days import Resolved
from retrieval.when import resolve

MONDAY = "2023-09-18"


def notes(sentence: str, published: str = MONDAY) -> list[str]:
    """What would be shown beside the sentence."""
    return [found.note(sentence) for found in resolve(sentence, parse_published(published))]


@pytest.mark.parametrize(
    ("sentence", "note"),
    [
        # Weekdays, by the verb next to them.
        ("Blinken met Han Zheng in New York on Monday.", "Monday = 18 September 2023"),
        ("The bill passed on Thursday, officials said.", "Thursday = 14 September 2023"),
        ("Storm damage on Saturday night in Derna", "Saturday night = 16 September 2023"),
        ("The court has been in session since Tuesday.", "Tuesday = 12 September 2023"),
        ("The minister will fly to Paris on Wednesday.", "Wednesday = 20 September 2023"),
        ("He is expected to resign Friday.", "Friday = 22 September 2023"),
        ("The talks are to be held on Tuesday.", "Tuesday = 19 September 2023"),
        ("The film opens Friday.", "Friday = 22 September 2023"),
        ("She has until Tuesday to respond.", "Tuesday = 19 September 2023"),
        ("Election day is Thursday.", "Thursday = 21 September 2023"),
        ("Tuesday's vote will decide it.", "Tuesday = 19 September 2023"),
        ("The ship may have sunk on Friday.", "Friday = 15 September 2023"),
        ("A report, released Friday, will be studied.", "Friday = 15 September 2023"),
        ("The storm hit last Friday.", "last Friday = 15 September 2023"),
        ("It closed on Wednesday of last week.", "Wednesday of last week = 13 September 2023"),
        ("Markets reopen this coming Thursday.", "this coming Thursday = 21 September 2023"),
        ("The duo comes to an end on Thursday.", "Thursday = 21 September 2023"),
        ("Traders met in the run-up to the Tuesday summit.", "Tuesday = 19 September 2023"),
        ("They have the chance to win it on Wednesday.", "Wednesday = 20 September 2023"),
        ("Her record (out Friday) is her first.", "Friday = 22 September 2023"),
        # Days.
        ("Rome (AP) Today, voters will choose a mayor.", "Today = 18 September 2023"),
        ("The mine was shut 41 years ago.", "41 years ago = 1982"),
        ("The premier resigned yesterday.", "yesterday = 17 September 2023"),
        ("Parliament will vote tomorrow night.", "tomorrow night = 19 September 2023"),
        ("The king will speak tonight.", "tonight = 18 September 2023"),
        ("The bank announced today that it will close.", "today = 18 September 2023"),
        ("Shots were heard last night.", "last night = 17 September 2023"),
        ("The bomb went off three days ago.", "three days ago = 15 September 2023"),
        ("The law will take effect in three days.", "in three days = 21 September 2023"),
        # Dates and months without their year.
        ("After a quarrel in August, silence.", "August = August 2023"),
        ("In July, it sued over cars made long ago in Ohio, in 1998.", "July = July 2023"),
        ("The fire broke out on Sept. 3.", "Sept. 3 = 3 September 2023"),
        ("The fire broke out on 3 December.", "3 December = 3 December 2022"),
        ("The fair will open on December 3rd.", "December 3rd = 3 December 2023"),
        ("The fair will run Oct. 3-7 in Reno.", "Oct. 3-7 = 3–7 October 2023"),
        ("It rained on February 29.", ""),
        ("Doors: 8 p.m. Friday, Nov. 17", "Friday, Nov. 17 = 17 November 2023"),
        ("He died on March 4 last year.", "March 4 last year = 4 March 2022"),
        ("The plant closed last May.", "last May = May 2023"),
        ("The plant closed in mid-November.", "mid-November = mid-November 2022"),
        ("The plant has been shut since early June.", "early June = early June 2023"),
        ("The plant will close in late February.", "late February = late February 2024"),
        ("Inflation fell to 3% in August.", "August = August 2023"),
        ("The ministers met in March this year.", "March this year = March 2023"),
        # Periods.
        ("The strike began last week.", "last week = 11–17 September 2023"),
        ("The summit will be held next week.", "next week = 25 September – 1 October 2023"),
        ("Thousands marched this weekend.", "this weekend = 16–17 September 2023"),
        ("They will march this weekend.", "this weekend = 23–24 September 2023"),
        ("It snowed over the weekend.", "over the weekend = 16–17 September 2023"),
        ("He resigned earlier this month.", "earlier this month = 1–18 September 2023"),
        ("She will retire later this year.", "later this year = 18 September – 31 December 2023"),
        ("The tax will rise next year.", "next year = 2024"),
        ("Sales fell last month.", "last month = August 2023"),
        ("It was the driest place this summer.", "this summer = summer 2023"),
        ("It was cold last winter.", "last winter = winter 2022–23"),
        ("He was hired two weeks ago.", "two weeks ago = 4–10 September 2023"),
        ("He was hired two months ago.", "two months ago = July 2023"),
        ("Prices are higher than a year ago.", "a year ago = 2022"),
    ],
)
def test_resolves(sentence: str, note: str) -> None:
    assert notes(sentence) == ([note] if note else [])


@pytest.mark.parametrize(
    "sentence",
    [
        # Two readings are left.
        "The house will vote next Thursday.",  # in three days, or in ten
        "The talks were scheduled for Friday.",
        "The deadline was pushed to May 17.",
        "The Games lasted over two days.",
        "The team won twice in three days.",
        "He left about two years ago.",
        "It happened 20 years ago.",
        "They have met five times in the last two weeks.",
        "Doors open 7 p.m. Friday, Nov. 16",  # a Thursday in 2023, a Wednesday in 2022
        # Another day than that of the article.
        "“We decided yesterday,” he said.",
        "She arrived the following day.",
        "Thousands protested that week.",
        "Win McNamee/Getty Images Residents wait for food on Thursday.",
        # Not one day.
        "The market is held every Saturday.",
        "The museum is closed on Mondays.",
        "Hours: Monday through Saturday, 12 p.m. to 9 p.m.",
        "Hurricanes usually come in August.",
        "The best phones of today cost less.",
        # With their year.
        "It opened on September 18, 2019.",
        "It opened on 18 September 2019 and closed in March.",
        "It opened in May 2021.",
        # Names, and words that are no dates.
        "Theresa May resigned.",
        "He may resign, or march on Rome.",
        "May said she had the votes.",
        "The March for Our Lives drew thousands.",
        "August Wilson wrote ten plays.",
        "Black Friday sales fell.",
        "He told the Sunday Times that he had left.",
        "She starred in Friday Night Lights.",
        "The Monday Group was founded by lords.",
        "He won most states on Super Tuesday.",
        "The world changed on 9/11.",
        "The Jan. 6 committee met.",
        "The attacks of Sept. 11 changed the world.",
        "Fourth of July fireworks were cancelled.",
        "He wrote it for USA Today.",
        # It may be the next day, where that has begun.
        "The storm made landfall on Tuesday in Da Nang.",
    ],
)
def test_resolves_nothing(sentence: str) -> None:
    assert notes(sentence) == []


def test_the_verb_decides_the_year() -> None:
    assert notes("It opened in May.", "2023-09-18") == ["May = May 2023"]
    assert notes("It will open in May.", "2023-09-18") == ["May = May 2024"]
    assert notes("It opened on Dec. 30.", "2023-09-18") == ["Dec. 30 = 30 December 2022"]
    # In 42 days, or 323 days ago: the calendar doubts the verb.
    assert notes("It opened on Oct. 30.", "2023-09-18") == []


def test_the_publication_day_itself() -> None:
    for sentence in ("It ended Monday.", "It will end Monday.", "It was due to end Monday."):
        assert notes(sentence) == ["Monday = 18 September 2023"]
    assert notes("It ended last Monday.") == ["last Monday = 11 September 2023"]


def test_several_in_a_sentence_each_by_its_own_verb() -> None:
    sentence = "He said Friday that talks will resume on Wednesday, after they failed last year."
    assert notes(sentence) == [
        "Friday = 15 September 2023",
        "Wednesday = 20 September 2023",
        "last year = 2022",
    ]


def test_the_following_day_where_the_sentence_says_which() -> None:
    assert notes("He fell ill on Thursday and died the following day.") == [
        "Thursday = 14 September 2023",
        "the following day = 15 September 2023",
    ]
    assert notes("He fell ill on Sept. 4 and died two days later.")[-1].endswith("6 September 2023")
    # Said on Thursday; when he died is not known.
    assert len(notes("Police said Thursday that he was shot and died two days later.")) == 1


def test_sundays_are_the_last_day_of_the_week_or_unclear() -> None:
    assert notes("The strike began last week.", "2023-09-17") == []
    assert notes("It will end next week.", "2023-09-17") == ["next week = 18–24 September 2023"]


def test_a_dateline_is_not_resolved() -> None:
    sentence = "WASHINGTON, Sept 18 (Reuters) - The House passed the bill on Friday."
    assert notes(sentence) == ["Friday = 15 September 2023"]


def test_across_a_year() -> None:
    assert notes("It began on Dec. 30.", "2023-01-02") == ["Dec. 30 = 30 December 2022"]
    assert notes("It was stormy last month.", "2023-01-02") == ["last month = December 2022"]
    assert notes("It ends in two weeks’ time.", "2022-12-22")[0].endswith("2–8 January 2023")
    assert notes("It will end next week.", "2022-12-22")[0].endswith(
        "26 December 2022 – 1 January 2023"
    )


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        ("2023-09", ["last month = August 2023", "last year = 2022", "May = May 2023"]),
        ("2023", ["last year = 2022"]),
    ],
)
def test_only_what_the_precision_allows(published: str, expected: list[str]) -> None:
    sentence = "It fell on Monday, last month, last year, in May, in September and three days ago."
    found = notes(sentence, published)
    assert [note for note in found if "September" not in note] == expected
    assert not any("Monday" in note or "ago" in note for note in found)


def test_nothing_without_a_date() -> None:
    assert resolve("Blinken met Han Zheng on Monday.", None) == []


def test_a_time_of_day_counts_for_its_day() -> None:
    at_night = Published("2023-09-18T23:50", "minute", "-04:00", "metadata")
    assert resolve("It ended Monday.", at_night)[0].first == dt.date(2023, 9, 18)


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        ("2023-09-18", "2023-09-18", "18 September 2023"),
        ("2023-09-16", "2023-09-17", "16–17 September 2023"),
        ("2023-09-30", "2023-10-01", "30 September – 1 October 2023"),
        ("2022-12-31", "2023-01-01", "31 December 2022 – 1 January 2023"),
        ("2023-05-01", "2023-05-31", "May 2023"),
        ("2024-02-21", "2024-02-29", "late February 2024"),
        ("2022-11-11", "2022-11-20", "mid-November 2022"),
        ("2023-09-01", "2023-11-30", "autumn 2023"),
        ("2022-12-01", "2023-02-28", "winter 2022–23"),
        ("2022-01-01", "2022-12-31", "2022"),
    ],
)
def test_text(first: str, last: str, text: str) -> None:
    days = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    assert Resolved(0, 1, *days).text == text


WORDS_TEXT = """
Monday Tuesday's last next this week weekend in on May Sept. 18 mid-November will was said the
following day ago two days today “ ” " , : (Reuters) 2019 every is to be until years earlier later
summer winter a of tomorrow night 31 February 29 Oct. 3-7 month
"""
WORDS = st.sampled_from(WORDS_TEXT.split())


@given(st.lists(WORDS, max_size=40), st.dates(dt.date(1500, 1, 1), dt.date(2100, 12, 31)))
def test_places_are_ordered_and_apart(words: list[str], day: dt.date) -> None:
    sentence = " ".join(words)
    found = resolve(sentence, Published(str(day), "day", None, "given"))
    assert all(0 <= one.start < one.end <= len(sentence) for one in found)
    assert all(one.end <= two.start for one, two in pairwise(found))
    assert all(one.first <= one.last and one.text for one in found)


@pytest.mark.parametrize(
    "word",
    [
        "Monday ",
        "“ today ",
        "said ",
        "Jan. 1 ",
        "the following day ",
        "in 3 days ",
        "is at a ",
        "A/",
    ],
)
def test_hostile_text_costs_no_more_than_ordinary_text(word: str) -> None:
    published = parse_published(MONDAY)
    begin = time.perf_counter()
    resolve(word * (1_000_000 // len(word)), published)
    resolve(word * (4 * MAX_SENTENCE_CHARS // len(word)), published)
    assert time.perf_counter() - begin < 5
