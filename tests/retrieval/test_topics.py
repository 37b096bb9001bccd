"""Which texts ask for a topic or a summary, and which ask a question."""

import json
from typing import Any

import pytest

from retrieval.answering.topics import Request, request_of
from tests.conftest import REPOSITORY

LINES = (REPOSITORY / "tests" / "data" / "requests.jsonl").read_text("utf-8").splitlines()
ROWS = [json.loads(line) for line in LINES]
QUESTIONS = [row["text"] for row in ROWS if row["kind"] is None]
# Keyword questions that have the form of a topic ("biden age"): they are read first.
MOST_LIKE_TOPICS = 11


@pytest.mark.parametrize("row", [row for row in ROWS if row["kind"]], ids=lambda row: row["text"])
def test_a_request_is_read_with_its_topic(row: dict[str, Any]) -> None:
    expected = Request(row["kind"], row["topic"], bool(row.get("if_unanswered")))
    assert request_of(row["text"], bool(row.get("history"))) == expected


def test_a_question_is_not_taken_for_a_request() -> None:
    read = [found for text in QUESTIONS if (found := request_of(text, False))]
    assert all(request.if_unanswered for request in read)
    assert len(read) <= MOST_LIKE_TOPICS


@pytest.mark.parametrize("text", QUESTIONS)
def test_in_a_conversation_a_fragment_asks_on(text: str) -> None:
    assert request_of(text, True) is None


@pytest.mark.parametrize("text", ["summarise it", "tell me about him", "tldr", "sum it up"])
def test_without_a_conversation_there_is_nothing_to_sum_up(text: str) -> None:
    assert request_of(text, True) == Request("summary")
    assert request_of(text, False) is None


@pytest.mark.parametrize("hostile", ["a" * 1000, "a " * 500, "." * 999 + "x", "about a.-" * 110])
def test_hostile_texts_are_read_quickly(hostile: str) -> None:
    for text in (hostile, f"tell me about {hostile}", f"summary {hostile} news"):
        request_of(text, False)
