"""The way from a question to an answer over the example articles, with the real model."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from index import Home
from retrieval import Answer, Citation, Engine, Question, Turn
from retrieval.ranking.features import Query
from retrieval.reader.judge import SpanReader
from retrieval.types import Candidate, Judged
from tests.conftest import REPOSITORY

QUESTIONS = [
    json.loads(line)
    for line in (REPOSITORY / "tests" / "data" / "questions.jsonl").read_text("utf-8").splitlines()
]
# The quality gate: of 60 answerable and 20 other questions the shipped reader puts 51 right
# sentences first and 58 among five, marks 48 right words and abstains on 17. One or two may change
# with a harmless edit; more is a drop. A change may raise these, never lower them.
LEAST_FIRST, LEAST_IN_FIVE, LEAST_WORDS, LEAST_ABSTAINED = 49, 57, 46, 16
# Of the questions, the articles and the floors together: whoever changes any of them changes this
# line as well, and says in the commit what the gate measured before and after.
GATE = "80968e92aae31d364dd8d4fd45c5ddb625bfbbb3eb756008aff2563de3aaf115"


@pytest.fixture(scope="module")
def engine(example_home: Path) -> Engine:
    return Engine(Home(example_home).corpus("default"))


def quotes_stand(engine: Engine, citations: tuple[Citation, ...]) -> bool:
    with engine.corpus.snapshot() as view:
        return all(
            view.article(c.article_id).text[c.start : c.end] == c.quote
            and view.article(c.article_id).text_sha256 == c.text_sha256
            for c in citations
        )


def test_the_example_to_hold_on_to(engine: Engine) -> None:
    answer = engine.ask(Question("where did Blinken meet Han Zheng"))
    assert (answer.status, answer.answer) == ("answered", "New York")
    first = answer.citations[0]
    assert first.quote[first.answer_start : first.answer_end] == "New York"
    assert "Han Zheng" in first.quote
    assert quotes_stand(engine, answer.citations)


class Noted:
    """The shipped reader, and what it judged last."""

    def __init__(self) -> None:
        self._reader = SpanReader()
        self.last: list[Judged] = []

    @property
    def threshold(self) -> float:
        return self._reader.threshold

    def judge(self, query: Query, candidates: Sequence[Candidate]) -> list[Judged]:
        self.last = self._reader.judge(query, candidates)
        return self.last


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


# The slow test below asks all of them.
@pytest.mark.parametrize("question", [q["question"] for q in QUESTIONS[::10]])
def test_every_quote_is_verbatim(engine: Engine, question: str) -> None:
    check_verbatim(engine, engine.ask(Question(question)))


def test_the_gate_is_the_one_that_was_agreed_on() -> None:
    data = REPOSITORY / "tests" / "data" / "questions.jsonl"
    articles = sorted((REPOSITORY / "examples" / "articles").iterdir())
    floors = f"{LEAST_FIRST} {LEAST_IN_FIVE} {LEAST_WORDS} {LEAST_ABSTAINED}".encode()
    parts = [floors, *(path.read_bytes() for path in (data, *articles))]
    assert hashlib.sha256(b"\0".join(parts)).hexdigest() == GATE, (
        "the quality gate's questions, articles or floors have changed; see above GATE"
    )


@pytest.mark.slow
def test_quality_does_not_drop(engine: Engine) -> None:
    first = in_five = words = abstained = 0
    reader = Noted()
    engine = Engine(engine.corpus, reader)
    for asked in QUESTIONS:
        reader.last = []
        answer = engine.ask(Question(asked["question"]))
        check_verbatim(engine, answer)
        if asked.get("not_found"):
            abstained += answer.status == "not_found"
            continue
        right, ranked = [asked, *asked.get("alternatives", [])], reader.last
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
    assert first >= LEAST_FIRST
    assert in_five >= LEAST_IN_FIVE
    assert words >= LEAST_WORDS
    assert abstained >= LEAST_ABSTAINED


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
