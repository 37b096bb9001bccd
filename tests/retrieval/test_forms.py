import pytest

from retrieval.forms import (
    asks_who_said,
    digest_topic,
    is_keywords,
    is_list,
    is_yes_no,
    names_nothing,
    parts,
    who_is_quoted,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Did the minister resign?", True),
        ("was the bridge closed", True),
        ("and is it over?", True),
        ("Is it red or blue?", False),
        ("Who did it?", False),
        ("What did the minister say?", False),
    ],
)
def test_yes_or_no(text: str, expected: bool) -> None:
    assert is_yes_no(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Which countries signed the treaty?", True),
        ("what are the main stumbling blocks", True),
        ("Who were the passengers?", True),
        ("name three cities on the coast", True),
        ("Which country signed the treaty?", False),
        ("Who signed it?", False),
    ],
)
def test_lists(text: str, expected: bool) -> None:
    assert is_list(text) is expected


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("latest on the strike in Oslo", "the strike in Oslo"),
        ("What happened with the balloon?", "the balloon"),
        ("what's new with Anna Berg?", "Anna Berg"),
        ("any news about the ferry", "the ferry"),
        ("What happened?", None),
        ("who was the latest president", None),
    ],
)
def test_digests(text: str, topic: str | None) -> None:
    assert digest_topic(text) == topic


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Where did Berg meet Li and how long did they speak?",
            ["Where did Berg meet Li", "how long did they speak?"],
        ),
        ("Who met whom? When was it?", ["Who met whom", "When was it?"]),
        ("Where did Berg and Li meet?", ["Where did Berg and Li meet?"]),
        ("when and where", ["when and where"]),
        ("what did he say about who won", ["what did he say about who won"]),
        ("and when?", ["and when?"]),
        (
            "When and where did Ruiz meet Lund?",
            ["When did Ruiz meet Lund?", "where did Ruiz meet Lund?"],
        ),
    ],
)
def test_two_in_one(text: str, expected: list[str]) -> None:
    assert parts(text) == expected


def test_hostile_text_takes_linear_time() -> None:
    for text in ("and who " * 125, "what " * 200, "a" * 1000, "?" * 1000, "which the " * 100):
        parts(text), is_list(text), is_yes_no(text), digest_topic(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ostby bridge cost", True),
        ("mayor of Ostby", True),
        ("bridge", False),
        ("what did the bridge cost", False),
        ("is the bridge open", False),
        ("bridge cost?", False),
        ("tell me of the bridge", False),
        ("The mayor of Ostby opened the long bridge on Tuesday", False),
    ],
)
def test_keywords(text: str, expected: bool) -> None:
    assert is_keywords(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("who told that?", True),
        ("and according to whom?", True),
        ("Says who", True),
        ("who said that the bridge fell?", False),
        ("who told the mayor?", False),
    ],
)
def test_who_said_so(text: str, expected: bool) -> None:
    assert asks_who_said(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("where was it", True),
        ("Why?", True),
        ("tell me more", True),
        ("what happened?", True),
        ("is that true?", True),
        ("who won", False),
        ("how many died", False),
        ("what happened in Derna", False),
    ],
)
def test_questions_that_name_nothing(text: str, expected: bool) -> None:
    assert names_nothing(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What did Wang Yi say about Taiwan?", "Wang Yi"),
        ("and what does the mayor think", "the mayor"),
        ("what did they sign", None),
        ("who said it", None),
    ],
)
def test_whose_words_are_asked_for(text: str, expected: str | None) -> None:
    assert who_is_quoted(text) == expected
