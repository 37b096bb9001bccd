"""Which texts ask for a topic, a summary or nothing of the articles, and which ask a question."""

import gzip
import json
from collections import Counter
from typing import Any

import numpy as np
import pytest

from index.models.encoder import FastEncoder
from retrieval.answering import requests
from retrieval.answering.requests import KINDS, Request, best_run, read
from retrieval.question import content_words
from tests.conftest import REPOSITORY
from tests.corpora import shipped

LINES = (REPOSITORY / "tests" / "data" / "requests.jsonl").read_text("utf-8").splitlines()
ROWS = [json.loads(line) for line in LINES]
# Written by others than those whose lines were fitted.
MEASURED = ("g", "r", "s", "n", "p", "u", "w", "x", "aa")


@pytest.fixture
def encoder() -> FastEncoder:
    model = shipped()
    assert isinstance(model, FastEncoder)
    return model


def request_of(encoder: FastEncoder, text: str, has_history: bool) -> Request | None:
    return requests.request_of(read(encoder, text), has_history)


def stems(text: str) -> set[str]:
    return {word.stem for word in content_words(text)}


def is_read(row: dict[str, Any], found: Request | None) -> bool:
    if row["kind"] is None:
        return found is None or found.if_unanswered
    return found is not None and (found.kind, stems(found.topic)) == (
        row["kind"],
        stems(row["topic"]),
    )


def test_requests_are_told_from_questions(encoder: FastEncoder) -> None:
    right: Counter[str] = Counter()
    for row in ROWS:
        found = request_of(encoder, row["text"], bool(row.get("history")))
        right["request" if row["kind"] else "question"] += is_read(row, found)
    questions = sum(row["kind"] is None for row in ROWS)
    assert right["question"] >= questions - 5  # of 127
    assert right["request"] >= len(ROWS) - questions - 14  # of 138


@pytest.mark.parametrize(
    ("every", "least_questions", "least_others"),
    [
        pytest.param(4, 163, 228, id="quarter"),  # of 173 and 305
        pytest.param(1, 669, 948, id="whole", marks=pytest.mark.whole),  # of 705 and 1,207
    ],
)
def test_writers_that_were_not_fitted_are_understood(
    encoder: FastEncoder, every: int, least_questions: int, least_others: int
) -> None:
    with gzip.open(REPOSITORY / "training" / "requests.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if row["by"] in MEASURED][::every]
    kinds = [(row["kind"], read(encoder, row["text"]).kinds) for row in rows]
    asked = [chances["question"] for kind, chances in kinds if kind == "question"]
    others = [(kind, chances) for kind, chances in kinds if kind != "question"]
    assert set(KINDS) == {kind for kind, _ in kinds}
    assert sum(chance > 0.5 for chance in asked) >= least_questions
    assert sum(max(own, key=lambda k: own[k]) == kind for kind, own in others) >= least_others


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("hi", "Hello"),
        ("hello there", "Hello"),
        ("Good morning!", "Hello"),
        ("thanks!", "welcome"),
        ("thank you so much", "welcome"),
        ("what can you do", "quoted"),
        ("help", "quoted"),
        ("who are you", "Dateline"),
        ("are you an AI?", "no language model"),
        ("bye", "Goodbye"),
        ("ok cool", "Ask"),
        ("lol", "Ask"),
        ("that can't be right", "may have taken words"),
        ("translate this into German for me", "beyond me"),
    ],
)
def test_small_talk_has_a_reply(encoder: FastEncoder, text: str, says: str) -> None:
    found = request_of(encoder, text, False)
    assert found is not None
    assert found.kind == "talk"
    assert says in found.reply


@pytest.mark.parametrize(
    "text",
    [
        "who is Han Zheng",
        "hi, where did they meet?",
        "what can China do",
        "when?",
        "who?",
    ],
)
def test_what_could_be_a_question_is_one(encoder: FastEncoder, text: str) -> None:
    found = request_of(encoder, text, False)
    assert found is None or found.if_unanswered


def test_in_a_conversation_a_fragment_asks_on(encoder: FastEncoder) -> None:
    texts = [row["text"] for row in ROWS if row["kind"] is None]
    assert sum(request_of(encoder, text, True) is not None for text in texts) <= 6  # of 127


@pytest.mark.parametrize("text", ["summarise it", "tldr", "sum it up"])
def test_without_a_conversation_there_is_nothing_to_sum_up(encoder: FastEncoder, text: str) -> None:
    shown = request_of(encoder, text, True)
    assert shown is not None
    assert (shown.kind, shown.topic, shown.if_unanswered) == ("summary", "", False)
    found = request_of(encoder, text, False)
    assert found is not None
    assert found.reply.startswith("Ask about the news")


@pytest.mark.parametrize("hostile", ["a" * 1000, "a " * 500, "." * 999 + "x", "\x00\n"])
def test_hostile_texts_are_read(encoder: FastEncoder, hostile: str) -> None:
    assert sum(read(encoder, hostile).kinds.values()) == pytest.approx(1)


def test_a_topic_is_a_run_of_whole_words() -> None:
    text = "news on re-elected Biden?"
    places = [(0, 0), (0, 4), (5, 7), (8, 10), (10, 11), (11, 18), (19, 21), (21, 24), (24, 25)]
    names = np.array([9, -3, -1, 1, -0.5, 1, 3, -1, -2], dtype=np.float32)
    start, end = best_run(text, names, places)
    assert text[start:end] == "re-elected Biden"
    start, end = best_run(text, names - 9, places)
    assert text[start:end] == "elected"  # at least one
    assert best_run("", np.zeros(0, dtype=np.float32), []) == (0, 0)
