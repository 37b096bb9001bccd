"""The way from a question to an answer over the example articles, with the real model."""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from index import Home
from retrieval import Answer, Citation, Engine, Question, Turn
from retrieval.types import Judged
from tests.conftest import REPOSITORY

QUESTIONS = [
    json.loads(line)
    for line in (REPOSITORY / "tests" / "data" / "questions.jsonl").read_text("utf-8").splitlines()
]
# The quality gate: of 60 answerable and 20 other questions the shipped reader puts 58 right
# sentences first and 60 among five, marks 55 right words and abstains on 19. One or two may change
# with a harmless edit; more is a drop. A change may raise these, never lower them.
LEAST_FIRST, LEAST_IN_FIVE, LEAST_WORDS, LEAST_ABSTAINED = 56, 59, 53, 18
LEAST = (LEAST_FIRST, LEAST_IN_FIVE, LEAST_WORDS, LEAST_ABSTAINED)
# Every fourth question is asked in every run: of 15 and 5 such, 15, 15, 14 and 4. All are asked
# where a change is about models or ranking: `make gates`.
LEAST_OF_QUARTER = (14, 14, 13, 3)
# Of the questions, the articles and the floors together: whoever changes any of them changes this
# line as well, and says in the commit what the gate measured before and after.
GATE = "c1020bcad51d3c38395899ffa9634b8efd44414b2ed416cd1e54b3b9f5012c4c"


@pytest.fixture(scope="module")
def engine(example_home: Path) -> Engine:
    return Engine(Home(example_home).corpus("default"))


@cache
def worked_through(engine: Engine, question: str) -> tuple[Answer, list[Judged]]:
    """An answer and what it was made of: no question is worked through twice."""
    return engine.explain(Question(question))


def quotes_stand(engine: Engine, citations: tuple[Citation, ...]) -> bool:
    with engine.corpus.snapshot() as view:
        return all(
            view.article(c.article_id).text[c.start : c.end] == c.quote
            and view.article(c.article_id).text_sha256 == c.text_sha256
            for c in citations
        )


def test_the_example_to_hold_on_to(engine: Engine) -> None:
    answer, _ = worked_through(engine, "where did Blinken meet Han Zheng")
    assert (answer.status, answer.answer) == ("answered", "New York")
    first = answer.citations[0]
    assert first.quote[first.answer_start : first.answer_end] == "New York"
    assert "Han Zheng" in first.quote
    assert quotes_stand(engine, answer.citations)


def check_verbatim(engine: Engine, answer: Answer) -> None:
    assert answer.citations or answer.closest or answer.notes
    assert quotes_stand(engine, answer.citations + answer.closest)
    if answer.status == "answered":
        first = answer.citations[0]
        assert answer.answer == first.quote[first.answer_start : first.answer_end]
        assert [c.n for c in answer.citations] == list(range(1, len(answer.citations) + 1))
    else:
        assert answer.answer is None
        assert answer.citations == ()


# The slow test below asks a quarter of them, or all.
@pytest.mark.parametrize("question", [q["question"] for q in QUESTIONS[::10]])
def test_every_quote_is_verbatim(engine: Engine, question: str) -> None:
    check_verbatim(engine, worked_through(engine, question)[0])


def test_the_gate_is_the_one_that_was_agreed_on() -> None:
    data = REPOSITORY / "tests" / "data" / "questions.jsonl"
    articles = sorted((REPOSITORY / "examples" / "articles").iterdir())
    floors = f"{LEAST_FIRST} {LEAST_IN_FIVE} {LEAST_WORDS} {LEAST_ABSTAINED}".encode()
    parts = [floors, *(path.read_bytes() for path in (data, *articles))]
    assert hashlib.sha256(b"\0".join(parts)).hexdigest() == GATE, (
        "the quality gate's questions, articles or floors have changed; see above GATE"
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("questions", "least"),
    [
        pytest.param(QUESTIONS[::4], LEAST_OF_QUARTER, id="quarter"),
        pytest.param(QUESTIONS, LEAST, id="whole", marks=pytest.mark.whole),
    ],
)
def test_quality_does_not_drop(
    engine: Engine, questions: list[dict[str, Any]], least: tuple[int, int, int, int]
) -> None:
    first = in_five = words = abstained = 0
    for asked in questions:
        answer, ranked = worked_through(engine, asked["question"])
        check_verbatim(engine, answer)
        if asked.get("not_found"):
            abstained += answer.status == "not_found"
            continue
        right = [asked, *asked.get("alternatives", [])]
        ranks = [
            rank
            for rank, judged in enumerate(ranked)
            if any(one["sentence"] in judged.candidate.quote for one in right)
        ]
        first += bool(ranks) and ranks[0] == 0
        in_five += bool(ranks) and ranks[0] < 5
        words += any(
            one["sentence"] in best.candidate.quote
            and one.get("answer")
            and (
                one["answer"].lower() in best.words.lower()
                or best.words.lower() in one["answer"].lower()
            )
            for one in right
            for best in ranked[:1]
        )
    reached = (first, in_five, words, abstained)
    assert all(one >= floor for one, floor in zip(reached, least, strict=True)), reached


@pytest.mark.parametrize(
    "question",
    [
        "who won the chess championship in Reykjavik",
        "where did Kamala Harris meet Narendra Modi",
    ],
)
def test_what_the_articles_do_not_say_is_not_answered(engine: Engine, question: str) -> None:
    answer = engine.ask(Question(question))
    assert answer.status == "not_found"
    assert answer.missing


def test_case_and_question_mark_do_not_matter(engine: Engine) -> None:
    formal = engine.ask(Question("Where did Blinken meet Han Zheng?"))
    casual = engine.ask(Question("where did blinken meet han zheng"))
    assert casual.citations[0] == formal.citations[0]


def note(answer: Answer, kind: str) -> str:
    return " ".join(note.text for note in answer.notes if note.kind == kind)


def test_relative_dates_are_worked_out_beside_the_quote(engine: Engine) -> None:
    answer = engine.ask(Question("when did Blinken meet Han Zheng"))
    assert "Monday, 18 September 2023." in note(answer, "date")
    assert "18 September" not in answer.citations[0].quote


def test_a_follow_up_is_understood_from_the_conversation(engine: Engine) -> None:
    before = (Turn("where did Blinken meet Han Zheng", "New York"),)
    answer = engine.ask(Question("and when?", before))
    assert "Han Zheng" in answer.standalone_question
    assert "Monday" in (answer.answer or "")
