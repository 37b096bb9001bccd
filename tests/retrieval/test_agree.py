"""What counts as the same answer, as another one, and as neither."""

import datetime as dt
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.agree import Relation, Said, compare
from retrieval.question import AnswerType

SAME, DIFFERS, UNRELATED = Relation
DAY = dt.date(2023, 9, 19)  # a Tuesday


def said(marked: str, published: dt.date | None = DAY) -> Said:
    """A sentence with its answer in square brackets."""
    before, answer, after = marked.replace("]", "[").split("[")
    return Said(before + answer + after, (len(before), len(before) + len(answer)), published)


def relate(kind: AnswerType, one: str, other: str, question: str = "How many?") -> Relation:
    """The relation of two answers, which is the same both ways."""
    relation = compare(question, kind, said(one), said(other))
    assert compare(question, kind, said(other), said(one)) is relation
    return relation


def in_sentence(kind: AnswerType, answer: str) -> str:
    """An answer in a sentence about one event, so that only the answer can differ."""
    if kind is AnswerType.PLACE:
        return f"The two ministers signed the fishing treaty in [{answer}] after months of talks."
    return f"Coastguard officials reported after the long search [{answer}] near the harbour wall."


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (AnswerType.DURATION, "12 hours", "twelve hours"),
        (AnswerType.DURATION, "2 days", "48 hours"),
        (AnswerType.DURATION, "a year", "12 months"),
        (AnswerType.DURATION, "two and a half years", "2½ years"),
        (AnswerType.DURATION, "18 months", "a year and a half"),
        (AnswerType.TIME, "Sept. 18", "18 September"),
        (AnswerType.TIME, "Monday, Sept. 18, 2023", "18 September"),
        (AnswerType.TIME, "September 2023", "Sept. 18"),
        (AnswerType.TIME, "Monday", "18 September"),
        (AnswerType.TIME, "yesterday", "on Monday"),
        (AnswerType.TIME, "today", "Sept. 19, 2023"),
        (AnswerType.TIME, "2019", "in March 2019"),
        (AnswerType.AMOUNT, "$1.2 million", "1.2m dollars"),
        (AnswerType.AMOUNT, "£3bn", "three billion pounds"),
        (AnswerType.AMOUNT, "12%", "twelve per cent"),
        (AnswerType.AMOUNT, "$3-5 million", "between $3 million and $5 million"),
        (AnswerType.NUMBER, "nearly 50 people", "about 50 people"),
        (AnswerType.NUMBER, "1,234,567 people", "1.23 million people"),
        (AnswerType.NUMBER, "two dozen ships", "24 ships"),
        (AnswerType.NUMBER, "one hundred and twenty-five", "125"),
        (AnswerType.NUMBER, "at least 12", "12"),
        (AnswerType.MEASURE, "5 miles", "8 kilometres"),
        (AnswerType.PLACE, "the US", "the United States"),
        (AnswerType.PLACE, "U.S.", "United States of America"),
        (AnswerType.PLACE, "New York", "New York City"),
        (AnswerType.PLACE, "Washington, D.C.", "Washington"),
        (AnswerType.PERSON, "Mr Blinken", "Antony Blinken"),
        (AnswerType.PERSON, "Secretary of State Antony Blinken", "Blinken"),
        (AnswerType.PERSON, "Joe Biden", "Joseph R. Biden"),
        (AnswerType.ANY, "the fishing treaty", "fishing treaties"),
    ],
)
def test_the_same_in_other_words(kind: AnswerType, one: str, other: str) -> None:
    assert relate(kind, in_sentence(kind, one), in_sentence(kind, other)) is SAME


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (AnswerType.NUMBER, "12 people", "fifteen people"),
        (AnswerType.NUMBER, "at least 12 ships", "at least 35 ships"),
        (AnswerType.NUMBER, "45 aircraft", "38 aircraft"),
        (AnswerType.NUMBER, "more than 1,100 ships", "800 ships"),
        (AnswerType.DURATION, "2 days", "20 hours"),
        (AnswerType.AMOUNT, "$1.2 million", "$3.4 million"),
        (AnswerType.AMOUNT, "12 percent", "20%"),
        (AnswerType.MEASURE, "5 miles", "3 km"),
        (AnswerType.TIME, "18 September", "Sept. 21"),
        (AnswerType.TIME, "Monday", "Sunday"),
        (AnswerType.TIME, "Monday", "15 September"),
        (AnswerType.TIME, "in 2019", "2021"),
        (AnswerType.PLACE, "France", "Spain"),
        (AnswerType.PLACE, "Texas", "Ohio"),
        (AnswerType.PLACE, "Geneva", "Oslo"),
    ],
)
def test_another_number_date_or_place(kind: AnswerType, one: str, other: str) -> None:
    assert relate(kind, in_sentence(kind, one), in_sentence(kind, other)) is DIFFERS


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (AnswerType.NUMBER, "more than 1,100 people", "1,200 people"),
        (AnswerType.NUMBER, "up to 50 people", "35 people"),
        (AnswerType.NUMBER, "about 50 people", "58 people"),
        (AnswerType.NUMBER, "45 aircraft", "9 ships"),
        (AnswerType.NUMBER, "45 aircraft", "45 ships"),
        (AnswerType.NUMBER, "279,000 respirator masks", "130,000 surgical masks"),
        (AnswerType.NUMBER, "10 to 20 people", "15 people"),
        (AnswerType.NUMBER, "several people", "12 people"),
        (AnswerType.AMOUNT, "$5 million", "€4 million"),
        (AnswerType.AMOUNT, "$5 a day", "$150 a month"),
        (AnswerType.AMOUNT, "3 percent", "3.4 percent"),
        (AnswerType.DURATION, "two years", "two and a half years"),
        (AnswerType.DURATION, "two years later", "three years"),
        (AnswerType.TIME, "late September", "18 September"),
        (AnswerType.TIME, "Monday", "17 September"),  # the same night elsewhere
        (AnswerType.TIME, "Monday", "2023"),
        (AnswerType.TIME, "before 2020", "2019"),
        (AnswerType.PLACE, "Manhattan", "New York"),
        (AnswerType.PLACE, "France", "Paris"),
        (AnswerType.PLACE, "Virginia", "West Virginia"),
        (AnswerType.PERSON, "Antony Blinken", "Han Zheng"),
        (AnswerType.PERSON, "Hunter Biden", "Joe Biden"),
        (AnswerType.ANY, "the fishing treaty", "a ceasefire"),
    ],
)
def test_what_is_not_plain_is_neither(kind: AnswerType, one: str, other: str) -> None:
    assert relate(kind, in_sentence(kind, one), in_sentence(kind, other)) is UNRELATED


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        # Another event.
        (
            AnswerType.NUMBER,
            "The ferry that sank off Malta on Friday carried [120] passengers.",
            "The hotel in Vienna has rooms for [300] passengers of the night train.",
        ),
        # The dead are not the hurt.
        (
            AnswerType.NUMBER,
            "The earthquake near the coastal town killed [12] people on Friday, officials said.",
            "The earthquake near the coastal town injured [40] people on Friday, officials said.",
        ),
        # The other's number stands here as well.
        (
            AnswerType.NUMBER,
            "The ferry carried [120] passengers when it sank off the rocky coast of Malta.",
            "The ferry carried [80] men and 120 passengers when it sank off the coast of Malta.",
        ),
        # Another 10,100 are beside the 9,000.
        (
            AnswerType.NUMBER,
            "In the flooded town more than [9,000] people are missing, the agency said.",
            "In the flooded town another [9,100] people are missing, the agency said.",
        ),
        # What was expected is not what came.
        (
            AnswerType.NUMBER,
            "Employers across the country added [261,000] jobs, the department said.",
            "Economists expected employers across the country to add [200,000] jobs.",
        ),
        # The day that it was said is not the day of the event.
        (
            AnswerType.TIME,
            "The weather service said [Wednesday] the tornado that hit Putnam County was strong.",
            "The strong tornado that hit Putnam County [on Monday], the weather service said.",
        ),
        # Each day's news is of its own day.
        (
            AnswerType.TIME,
            "Chinese warplanes crossed the median line of the strait [on Monday], officials said.",
            "Chinese warplanes crossed the median line of the strait [on Tuesday], officials said.",
        ),
        # Another name in the same words.
        (
            AnswerType.NUMBER,
            "In a long final the striker Ana Ruiz scored [two] goals against the champions.",
            "In a long final the striker Eva Lund scored [three] goals against the champions.",
        ),
        # The other sentence has the other place too.
        (
            AnswerType.PLACE,
            "The two ministers signed the fishing treaty in [Chile] after months of talks.",
            "The two ministers signed the fishing treaty in [Peru] after months in Chile of talks.",
        ),
    ],
)
def test_sentences_must_speak_of_the_same(kind: AnswerType, one: str, other: str) -> None:
    # A day lies between the articles.
    later = said(other, DAY + dt.timedelta(1))
    assert compare("How many?", kind, said(one), later) is UNRELATED


def test_what_the_question_names_stands_in_both_or_in_neither() -> None:
    one = "The company quietly sold [10,000] rockers in Canada before the recall of the swings."
    other = "The company quietly sold [220,000] rockers before the recall of the swings."
    question = "How many rockers were sold {}before the recall?"
    assert relate(AnswerType.NUMBER, one, other, question.format("in Canada ")) is UNRELATED
    assert relate(AnswerType.NUMBER, one, other, question.format("")) is DIFFERS


def test_the_words_of_the_question_are_not_enough_in_common() -> None:
    one = "Officials said [12] people died in the ferry disaster near Malta."
    other = "Rescuers from three islands counted [30] people who died in the Malta ferry disaster."
    question = "How many people died in the ferry disaster near Malta?"
    assert relate(AnswerType.NUMBER, one, other, question) is UNRELATED


def test_an_older_count_differs_from_a_newer_one_but_not_from_another_seasons() -> None:
    one = said("Floods in the northern valley killed [12] people, the mayor said.")
    text = "Floods in the northern valley killed [31] people, the mayor said."
    days_later = said(text, DAY + dt.timedelta(4))
    year_later = said(text, DAY + dt.timedelta(365))
    assert compare("How many?", AnswerType.NUMBER, one, days_later) is DIFFERS
    assert compare("How many?", AnswerType.NUMBER, one, year_later) is UNRELATED


def test_weekdays_need_the_days_of_their_articles() -> None:
    one = said(in_sentence(AnswerType.TIME, "Monday"), None)
    other = said(in_sentence(AnswerType.TIME, "Sunday"), None)
    assert compare("When?", AnswerType.TIME, one, other) is UNRELATED
    assert compare("When?", AnswerType.TIME, one, one) is SAME


FRAGMENTS_TEXT = """
about |between |1,200|-| and |twelve| hundred|$|½| years|%| a |Monday|, |Sept. |31|2023| to |today
|New York|the |people|s
"""
FRAGMENTS = st.sampled_from(FRAGMENTS_TEXT.replace("\n", "").split("|"))


@given(st.lists(FRAGMENTS, max_size=12), st.lists(FRAGMENTS, max_size=12), st.data())
def test_the_order_of_the_answers_does_not_matter(
    one: list[str], other: list[str], data: st.DataObject
) -> None:
    sides = []
    for quote in ("".join(one), "".join(other)):
        ends = sorted(data.draw(st.lists(st.integers(0, len(quote)), min_size=2, max_size=2)))
        sides.append(Said(quote, (ends[0], ends[1]), data.draw(st.sampled_from([None, DAY]))))
    for kind in AnswerType:
        assert compare("How?", kind, *sides) is compare("How?", kind, *reversed(sides))
        assert compare("How?", kind, sides[0], sides[0]) is not DIFFERS


@pytest.mark.parametrize(
    "hostile",
    [
        "9" * 20_000,
        "1," * 10_000,
        "one " * 5_000,
        "twenty-" * 3_000,
        "a hundred and " * 1_500,
        "between 1 and " * 1_500,
        "Sept. 1 to 2 " * 1_500,
        "Monday, " * 2_500,
        "$" * 20_000,
        "from the " * 2_500,
        "more than " * 2_000,
        " " * 20_000,
        "U.S. " * 4_000,
        "A" * 20_000,
    ],
)
def test_hostile_sentences_take_linear_time(hostile: str) -> None:
    one = Said(hostile, (0, len(hostile)), DAY)
    # The kinds that are compared in ways of their own.
    for kind in (AnswerType.PERSON, AnswerType.PLACE, AnswerType.TIME, AnswerType.NUMBER):
        started = time.perf_counter()
        compare(hostile, kind, one, said(in_sentence(kind, "12 people")))
        compare(hostile, kind, one, Said(hostile + "x", one.span, None))
        # A quarter of a second on an idle machine; quadratic time would be far more.
        assert time.perf_counter() - started < 5
