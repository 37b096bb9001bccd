"""Who says so, where the sentence itself names them."""

import time

import pytest

from retrieval.answering.attribution import speaker_of


def named(quote: str, words: str) -> str | None:
    start = quote.index(words)
    return speaker_of(quote, (start, start + len(words)))


@pytest.mark.parametrize(
    ("quote", "words", "who"),
    [
        ("“The talks were good,” Anna Berg said on Monday.", "good", "Anna Berg"),
        ("“The talks were good,” said Anna Berg, a chemist.", "good", "Anna Berg"),
        ("The men spent 12 hours there, said Wang Yi.", "12", "Wang Yi"),
        ("The men spent 12 hours there, the White House said.", "12", "the White House"),
        ("Anna Berg said that the talks were good.", "good", "Anna Berg"),
        ("Anna Berg said: “It rained.”", "rained", "Anna Berg"),
        ("It rained, according to the White House.", "rained", "the White House"),
        ("It rained, according to officials in the U.S.", "rained", "officials in the U.S."),
        (
            "It rained, said John F. Kennedy Jr. of Boston.",
            "rained",
            "John F. Kennedy Jr. of Boston",
        ),
        ("According to Reuters, it rained for hours.", "hours", "Reuters"),
    ],
)
def test_who_says_so_is_named_as_the_sentence_does(quote: str, words: str, who: str) -> None:
    assert named(quote, words) == who


@pytest.mark.parametrize(
    ("quote", "words"),
    [
        ("The talks lasted 12 hours.", "12 hours"),
        ("“The talks were good,” Anna Berg said on Monday.", "Anna Berg"),  # the answer itself
        ("“The talks were good,” he said.", "good"),
        ("“The talks were good,” She said.", "good"),
        ("It rained, Anna Berg said, according to the White House.", "rained"),  # two
        ("Things went according to plan.", "plan"),
        ("It rained, said and WVU.", "rained"),
        ("", ""),
    ],
)
def test_where_it_cannot_be_told_nobody_is_named(quote: str, words: str) -> None:
    assert named(quote, words) is None


def test_a_hostile_sentence_takes_no_time() -> None:
    for quote in (", said " + "A " * 5000, "“" * 10_000, "According to " * 1000, "Aa’" * 5000):
        started = time.process_time()
        speaker_of(quote, (0, 1))
        assert time.process_time() - started < 1.0
