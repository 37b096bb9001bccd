"""Who somebody is: the words that introduce a name, and no others."""

import time

import pytest

from index.text.words import content_stems
from retrieval.introduced import introduction
from retrieval.question import who_is


@pytest.mark.parametrize(
    ("quote", "name", "said"),
    [
        ("Ana Ruiz, the mayor of Porto, met them.", "Ana Ruiz", "the mayor of Porto"),
        ("Ana Ruiz, 61, a former judge, was there.", "ruiz", "a former judge"),
        ("Ana Ruiz is one of the party's founders.", "Ana Ruiz", "one of the party's founders"),
        ("The head of Cuban diplomacy Ana Ruiz met them.", "ruiz", "The head of Cuban diplomacy"),
        (
            "It followed talks between Chile's trade minister, Ana Ruiz, and the envoy.",
            "Ana Ruiz",
            "Chile's trade minister",
        ),
        ("LIMA, May 3 -- Peru's defence minister, Gen. Ana Ruiz, left.", "Ana Ruiz",
         "Peru's defence minister"),
        ("On Monday he saw Chile's trade minister, Ana Ruiz.", "Ruiz", "Chile's trade minister"),
        ("Former Fed chair Ana Ruiz spoke.", "Ruiz", "Former Fed chair"),
        ("On Monday she received trade minister Ana Ruiz.", "Ruiz", "trade minister"),
        ("U.S. Secretary of State Ana B. Ruiz sat down.", "Ruiz", "U.S. Secretary of State"),
        # Not of the one asked for, no more than a title, and nothing at all.
        ("Ana Ruiz, the mayor of Porto, met Eva Lund.", "Eva Lund", None),
        ("President Ana Ruiz spoke.", "Ruiz", None),
        ("They met Ana Ruiz after the summer.", "Ana Ruiz", None),
        ("Nobody is named here.", "Ana Ruiz", None),
    ],
)  # fmt: skip
def test_the_words_that_introduce_a_name(quote: str, name: str, said: str | None) -> None:
    found = introduction(quote, frozenset(content_stems(name)))
    assert (quote[slice(*found)] if found else None) == said


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Who is Ana Ruiz?", "Ana Ruiz"),
        ("whos ruiz", "ruiz"),
        ("What's Ruiz's job?", "Ruiz's"),
        ("what does Ana Ruiz do for a living", "Ana Ruiz"),
        ("Who met Ana Ruiz?", None),
        ("What does Ana Ruiz do about it?", None),
    ],
)
def test_questions_that_ask_who_somebody_is(text: str, named: str | None) -> None:
    assert who_is(text) == named


@pytest.mark.parametrize("hostile", ["the " * 250, "a minister of " * 70, "Ana Ruiz, the " * 70])
def test_hostile_sentences_take_little_time(hostile: str) -> None:
    started = time.perf_counter()
    introduction(f"{hostile} Ana Ruiz", frozenset(content_stems("Ana Ruiz")))
    assert time.perf_counter() - started < 0.2
