"""Text from outside is shown as it is: it can never ping, link or format."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.discord.escape import escape, escaped_line, length, plain, safe_url, timestamp, within
from tests.bot.discord.card_parts import MARKS, hostile
from tests.discord_standin import rules
from tests.discord_standin.markdown import kinds, read


@pytest.mark.parametrize("mark", MARKS)
def test_no_mark_survives_escaping(mark: str) -> None:
    for text in (mark, f"said {mark} then", f"a\n{mark}", f"{mark}{mark}"):
        seen, marks = read(escape(text))
        assert not marks
        assert seen.replace("\u200b", "") == text


@given(hostile)
def test_escaped_text_reads_as_it_is(text: str) -> None:
    seen, marks = read(escape(text))
    assert not marks
    assert seen.replace("@\u200b", "@") == text.replace("@\u200b", "@")


def test_the_reader_of_marks_sees_marks() -> None:
    assert kinds("## **x** <t:1:D> [a](https://b)\n> y") == [
        "heading", "bold", "time", "link", "quote",
    ]  # fmt: skip
    for mark in MARKS[:35]:
        assert kinds(mark), mark


def test_pings_are_broken_in_the_raw_text_too() -> None:
    assert "@everyone" not in escape("@everyone")
    assert "@here" not in plain("@here")
    assert "<@1>" not in plain("<@1>")
    assert not rules.pings({"content": escape("@everyone @here <@1> <@&2>")})


@given(hostile, st.integers(10, 60))
def test_cut_text_fits_and_has_no_half_of_an_escape(text: str, room: int) -> None:
    for form, end in ((escape, False), (escape, True), (escaped_line, False), (plain, False)):
        cut = within(text, room, form, keep_end=end)
        assert length(cut) <= room
        assert form is plain or not read(cut)[1]
        if form is escape and cut != escape(text):
            kept = read(cut)[0].replace("@\u200b", "@")
            assert kept.strip("…").strip() in text


def test_a_text_is_not_cut_at_an_early_space() -> None:
    assert within("One " + "x" * 100, 20) == "One " + "x" * 15 + "…"
    assert within("Some words that go on", 15) == "Some words…"


def test_a_title_cannot_turn_its_line_round_or_break_it() -> None:
    assert escaped_line("a\u202eb\n# c") == "ab \\# c"


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://example.com/a_(b)", "https://example.com/a_%28b%29"),
        ("https://example.com/a b", "https://example.com/a%20b"),
        ("https://example.com/x)[y](https://evil.example", "https://example.com/x%29%5By%5D%28https://evil.example"),
        ("https://example.com/#:~:text=a%20b", "https://example.com/#:~:text=a%20b"),
        ("https://example.com/<@1>|*`\\", "https://example.com/%3C%401%3E%7C%2A%60%5C"),
        ("javascript:alert(1)", None),
        ("file:///etc/passwd", None),
        ("https://bbc.co.uk@evil.example/", None),
        ("https://", None),
        ("https://localhost/", None),
        ("https://[::1", None),
        ("https://exa\nmple.com", None),
        ("https://example.com/" + "x" * 1000, None),
        ("", None),
        (None, None),
    ],
)  # fmt: skip
def test_only_web_addresses_are_linked(url: str | None, safe: str | None) -> None:
    assert safe_url(url) == safe
    if safe:
        assert kinds(f"[open]({safe})") == ["link"]


def test_a_day_is_the_same_day_from_honolulu_to_auckland() -> None:
    assert timestamp("2023-09-18") == "<t:1695038400:D>"
    assert timestamp("2023-09") == "2023-09"
    assert timestamp("1914-06-28") == "<t:-1751803200:D>"
