"""Questions to begin with: made of an article's own words, and only offered when answered."""

import pytest

from index import Article
from index.storage.prepare import prepare
from index.types import ArticleInput, Incoming
from retrieval.answer import Answer
from retrieval.suggest import questions_of, suggested


def article(text: str) -> Article:
    return prepare(Incoming(ArticleInput(text=text, title="News"), None, "x")).article


@pytest.mark.parametrize(
    ("text", "question"),
    [
        (
            "Gina Raimondo ended a four-day visit to China on Wednesday, officials said.",
            "who ended a four-day visit to China on Wednesday?",
        ),
        (
            "On Monday, Mr. Keller, the mayor, opened the new bridge before a large crowd.",
            "who opened the new bridge?",
        ),
        ("Talks resumed over the summer, it said.", None),  # no person
        ("The Keller Report named the winner of the prize.", None),  # a thing
        ("Anna Keller inundated in the crowd was seen.", None),  # a participle
        ("Anna Keller opened the house that he sold her brother.", None),  # points outside
        ("Anna Keller opened the way to the.", None),  # goes on
    ],
)
def test_a_name_gives_way_to_who(text: str, question: str | None) -> None:
    questions = [asked for _, asked in questions_of(article(text))]
    assert questions == ([question] if question else [])


def test_only_what_is_answered_is_offered_and_the_rest_is_filled_up() -> None:
    one = article(
        "Anna Keller opened the new bridge on Monday. Bob Ray closed the old bridge for good. "
        "Many came to see the work of Anna Keller, and all of them praised Anna Keller."
    )
    tried = []

    def ask(text: str) -> Answer:
        tried.append(text)
        found = "closed" not in text
        return Answer(
            corpus_version="c",
            question=text,
            standalone_question=text,
            status="answered" if found else "not_found",
            answer="Anna Keller" if found else None,
            score=0.9,
        )

    assert suggested([one], ask) == [
        "who opened the new bridge on Monday?",
        "latest on Anna Keller",
    ]
    assert "who closed the old bridge for good?" in tried
    assert suggested([], ask) == []
