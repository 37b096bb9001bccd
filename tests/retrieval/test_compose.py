"""What stands beside an answer: other articles that say the same or otherwise, and who speaks."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from index import ArticleInput, Home, Incoming
from retrieval import Answer, Engine, Question

FIRE = "At least {} people died in the fire at the textile factory in Lodova, the mayor said."


def asked(home: Path, articles: Sequence[tuple[str, str]], question: str) -> Answer:
    corpus = Home(home).corpus("default")
    corpus.add(
        Incoming(
            ArticleInput(text=text, title=f"Report {n}", id=f"a{n}", published=day), None, f"a{n}"
        )
        for n, (day, text) in enumerate(articles)
    )
    return Engine(corpus, threshold=0.0).ask(Question(question))


def kinds(answer: Answer) -> list[str]:
    return [note.kind for note in answer.notes]


def test_articles_that_differ_are_shown_with_their_days_the_newest_first(empty_home: Path) -> None:
    articles = [("2023-05-02", FIRE.format(12)), ("2023-05-09", FIRE.format(31))]
    answer = asked(empty_home, articles, "How many people died in the fire in Lodova?")
    assert "31" in (answer.answer or "")
    assert [c.role for c in answer.citations[:2]] == ["answer", "differs"]
    (note,) = (note.text for note in answer.notes if note.kind == "difference")
    assert "2023-05-02" in note
    assert "2023-05-09" in note


def test_articles_differ_in_their_own_words_where_the_question_names_the_event(
    empty_home: Path,
) -> None:
    quake = "An earthquake shook Lodova on Sunday. Twelve people were injured in Lodova."
    after = (
        "Lodova counted its damage after the earthquake. Its hospitals took in 31 injured people."
    )
    articles = [("2023-05-02", quake), ("2023-05-03", after)]
    answer = asked(empty_home, articles, "How many people were injured in Lodova?")
    assert "31" in (answer.answer or "")
    assert [c.answer_start is not None for c in answer.citations if c.role == "differs"] == [True]


def test_what_is_typical_differs_from_nothing(empty_home: Path) -> None:
    articles = [
        ("2023-05-02", "The film “Lodova” cost $90 million, less than a typical film."),
        ("2023-05-03", "“Lodova” is cheap beside other films, which typically cost $150 million."),
    ]
    assert "difference" not in kinds(asked(empty_home, articles, "How much did Lodova cost?"))


def test_articles_that_agree_are_counted_and_cited(empty_home: Path) -> None:
    articles = [
        ("2023-05-02", FIRE.format("twelve")),
        ("2023-05-03", "Lodova's mayor said 12 people died in the textile factory fire."),
    ]
    answer = asked(empty_home, articles, "How many people died in the fire in Lodova?")
    assert "agreement" in kinds(answer)
    assert "difference" not in kinds(answer)
    assert {c.article_id for c in answer.citations} == {"a0", "a1"}


def test_the_speaker_is_named_as_the_article_does(empty_home: Path) -> None:
    text = (
        "“We had nine hours of hard talks about the ferry,” said Anna Berg, the transport minister."
    )
    answer = asked(empty_home, [("2023-05-02", text)], "How long were the talks about the ferry?")
    assert any("Anna Berg" in note.text for note in answer.notes if note.kind == "speaker")


@pytest.mark.parametrize("published", [None, "2023-05-02"])
def test_dates_are_worked_out_only_where_the_articles_day_is_known(
    empty_home: Path, published: str | None
) -> None:
    corpus = Home(empty_home).corpus("default")
    text = "The ferry to Lodova sank on Sunday after it struck a rock."
    corpus.add(
        [Incoming(ArticleInput(text=text, title="Ferry", id="a", published=published), None, "a")]
    )
    answer = Engine(corpus, threshold=0.0).ask(Question("When did the ferry to Lodova sink?"))
    dates = [note.text for note in answer.notes if note.kind == "date"]
    assert dates == (["Sunday = 30 April 2023."] if published else [])
