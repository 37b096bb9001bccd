"""Answers of different articles, grouped by their words."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from retrieval.answering.groups import grouped
from retrieval.types import Judged, agree, same
from tests.corpora import a_candidate, read_article

PAIRS = Path(__file__).parents[2] / "data" / "answer_pairs.jsonl"


def says(name: str, words: str, chance: float = 0.9, day: str | None = None) -> Judged:
    """An article of one sentence, whose ``words`` are marked."""
    fields = {"published": day} if day else {}
    article = read_article(name, f"Of the ferry {words} is told.", **fields)
    start = article.text.index(words)
    return Judged(a_candidate(article, 0), chance, (start, start + len(words)))


def names(judged: list[Judged]) -> list[list[str]]:
    return [[one.candidate.article.id for one in group] for group in grouped(judged)]


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("12", "12 people", True),
        ("11,300 dead", "11300", True),
        ("12 people", "31 people", False),
        ("New York", "in New York City", True),
        ("New York", "Oslo", False),
        ("the mayor", "Mayors", True),
        ("Monday", "Monday, 18 September", False),  # figures count where there are any
    ],
)
def test_the_same_number_date_or_name_is_one_answer(one: str, other: str, alike: bool) -> None:
    assert same(says("a", one), says("b", other)) is alike
    assert same(says("b", other), says("a", one)) is alike


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("11,300", "more than 11,300 people", True),
        ("July 25", "the 25th of July", True),
        ("2019", "in May 2019", True),
        ("Nicole Smith", "Smith", True),
        ("31", "lowered from 31 to 27", False),
        ("3 million euros", "3 billion euros", False),
        ("July 25", "August 25", False),
        ("6 a.m.", "6 p.m.", False),
        ("guilty of fraud", "not guilty of fraud", False),
        ("hurt", "wasn’t hurt", False),
    ],
)
def test_articles_agree_where_no_word_makes_another_answer(
    one: str, other: str, alike: bool
) -> None:
    assert agree(one, other) is alike
    assert agree(other, one) is alike


def test_few_blind_pairs_are_wrongly_said_to_agree() -> None:
    rows = [json.loads(line) for line in PAIRS.read_text("utf-8").splitlines()]
    said = [row["same"] for row in rows if agree(row["one"], row["other"])]
    assert (len(rows), said.count(True) >= 30, said.count(False) <= 26) == (260, True, True)


def test_the_best_leads_and_articles_that_say_the_same_stand_with_it() -> None:
    assert names([says("a", "12"), says("b", "31"), says("c", "12 people")]) == [["a", "c"], ["b"]]


def test_a_figure_more_is_another_answer_unless_it_is_a_year() -> None:
    ranked = [says("a", "31"), says("b", "from 31 to 27"), says("c", "31 in 2025")]
    assert names(ranked) == [["a", "c"], ["b"]]


def test_other_answers_come_newest_first_the_undated_last() -> None:
    ranked = [
        says("best", "10", day="2023-01-01"),
        says("old", "20", day="2023-02-01"),
        says("undated", "30"),
        says("new", "40", day="2023-05-01"),
    ]
    assert names(ranked) == [["best"], ["new"], ["old"], ["undated"]]


def test_an_answer_is_as_new_as_its_newest_article() -> None:
    ranked = [
        says("best", "10"),
        says("a", "20", day="2023-02-01"),
        says("b", "30", day="2023-03-01"),
        says("c", "20", day="2023-05-01"),
    ]
    assert names(ranked) == [["best"], ["a", "c"], ["b"]]


def test_an_article_speaks_once() -> None:
    again = says("a", "31")
    assert names([says("a", "12"), again, says("b", "31"), says("b", "40")]) == [["a"], ["b"]]


def test_what_is_half_as_likely_is_not_heard() -> None:
    assert names([says("a", "12", 0.8), says("b", "31", 0.4)]) == [["a"], ["b"]]
    assert names([says("a", "12", 0.8), says("b", "31", 0.39)]) == [["a"]]


def test_a_whole_sentence_says_nothing_beside_another() -> None:
    whole = replace(says("b", "31"), span=None)
    assert names([says("a", "12"), whole]) == [["a"]]
    assert names([whole, says("a", "12")]) == [["b"], ["a"]]
