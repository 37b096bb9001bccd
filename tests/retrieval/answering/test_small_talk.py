import pytest

from retrieval.answering.small_talk import small_talk


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
