"""What can be asked, and which words of it name something."""

import pytest

from index import InputError
from retrieval.question import LONGEST_QUESTION, as_read, check, content_words


@pytest.mark.parametrize("text", ["", "?!…", "🙂🙂", " \n"])
def test_a_question_without_words_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="no words"):
        check(text)


def test_a_question_too_long_is_refused() -> None:
    check("a" * LONGEST_QUESTION)
    with pytest.raises(InputError, match="100,000 characters"):
        check("a" * 100_000)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Where did Blinken meet Han Zheng?", ["Blinken", "meet", "Han", "Zheng"]),
        ("hey guys, can anyone tell me who the US minister is please", ["US", "minister"]),
        ("what happened exactly?", []),
    ],
)
def test_words_that_ask_or_chat_name_nothing(text: str, named: list[str]) -> None:
    assert [word.text for word in content_words(text)] == named


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (" WHO LEFT THE US? ", "who left the us?"),
        ("US GDP", "US GDP"),
        ("Who left the US?", "Who left the US?"),
    ],
)
def test_only_what_is_shouted_is_read_in_lower_case(text: str, read: str) -> None:
    assert as_read(text) == read
