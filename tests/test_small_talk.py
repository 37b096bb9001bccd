import pytest

from retrieval.small_talk import small_talk, suggestions


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
        ("How does this work?", "word for word"),
        ("bye", "Goodbye"),
        ("ok cool", "Ask"),
        ("lol", "Ask"),
    ],
)
def test_small_talk_has_a_reply(text: str, says: str) -> None:
    reply = small_talk(text)
    assert reply is not None
    assert says in reply


@pytest.mark.parametrize(
    "text",
    [
        "who is Han Zheng",
        "hi, where did they meet?",
        "what can China do",
        "help for Ukraine",
        "thanks to whom did they meet",
        "hello kitty sales",
        "bye election",
        "how does it work?",
        "when?",
        "who?",
        "",
        "👍",
        "hi " * 100_000,
    ],
)
def test_what_could_be_a_question_is_one(text: str) -> None:
    assert small_talk(text) is None


def test_suggestions_are_about_names_in_the_titles() -> None:
    titles = [
        "Why China and Wang Yi talk about the same plan as Antony Blinken",
        "China's defence minister out of sight, two months after Qin Gang's fall",
        "Sullivan and Wang Yi hold two days of talks in Malta",
        "What We Know About The Big Storm",
    ]
    assert suggestions(titles) == [
        "latest on Wang Yi",
        "latest on Antony Blinken",
        "latest on Qin Gang",
    ]


def test_suggestions_are_three_at_most_and_none_without_names() -> None:
    many = [f"the mayor said that {name} Smith was there" for name in ("Anna", "Ben", "Cara", "Di")]
    assert len(suggestions(many)) == 3
    assert suggestions(["", "flood", "A dam broke"]) == []
