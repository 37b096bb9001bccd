"""The same story from several outlets is one source."""

from dataclasses import replace

import pytest

from retrieval.answering.compose import Composition, compose
from retrieval.answering.groups import is_double
from retrieval.types import Judged
from tests.corpora import a_candidate, a_query, read_article

STORY = (
    "A cable car stopped above the valley of Senn on Friday with 62 people on board.",
    "Rescuers lowered the passengers on ropes, one by one, and nobody was hurt.",
    "The operator blamed a bearing that had been replaced only in the spring.",
    "Service will not resume before the inspectors of the canton have seen the motor.",
)
OTHER = (
    "The cable car of Senn carried 62 people when it stopped on Friday, the police say.",
    "Many of them had come for a wedding at the upper station and missed it.",
    "A replacement bus took the guests down, where the village had prepared soup.",
)
QUERY = a_query("How many people were on the cable car?")


def says(name: str, *lines: str, words: str = "62 people", chance: float = 0.9) -> Judged:
    article = read_article(name, *lines, source=name)
    start = article.text.index(words)
    at = next(n for n, s in enumerate(article.sentences) if s.start <= start < s.end)
    return Judged(a_candidate(article, at), chance, (start, start + len(words)))


def told(composed: Composition, kind: str) -> list[str]:
    return [note.text for note in composed.notes if note.kind == kind]


@pytest.mark.parametrize(
    ("lines", "double"),
    [
        (STORY[:2], True),
        (("SENN (Agency) — " + STORY[0], *STORY[1:]), True),
        (("Luck in the mountains, as so often this year.", *STORY), True),
        ((STORY[0], STORY[2]), True),
        (OTHER, False),
        ((*OTHER, STORY[3]), False),
        (("A cable car stopped.",), False),  # too short to tell
    ],
)
def test_a_double_has_most_of_the_words_in_the_same_order(
    lines: tuple[str, ...], *, double: bool
) -> None:
    one, other = read_article("one", *STORY), read_article("other", *lines)
    assert is_double(one, other) is is_double(other, one) is double


def test_doubles_count_once_and_are_named_under_the_answer() -> None:
    ranked = [says("Post", *STORY), says("Echo", *STORY[:2]), says("Tribune", *OTHER)]
    composed = compose(QUERY, ranked)
    assert [(c.article_id, c.role, c.also_in) for c in composed.citations] == [
        ("Post", "answer", ("Echo",)),
        ("Tribune", "support", ()),
    ]
    assert told(composed, "agreement") == ["2 articles say so."]
    assert told(composed, "also_in") == ["Also in: Echo."]


def test_a_double_alone_is_no_agreement() -> None:
    composed = compose(QUERY, [says("Post", *STORY), says("Echo", *STORY)])
    assert (len(composed.citations), told(composed, "agreement")) == (1, [])


def test_a_double_that_says_otherwise_is_heard() -> None:
    amended = (STORY[0].replace("62", "67"), *STORY[1:])
    composed = compose(QUERY, [says("Post", *STORY), says("Echo", *amended, words="67 people")])
    assert [c.role for c in composed.citations] == ["answer", "differs"]
    assert told(composed, "also_in") == []


def test_outlets_that_ranking_found_word_for_word_are_named() -> None:
    first = says("Post", *STORY)
    cut, without = read_article("Echo", *STORY[:2]), read_article("Mail", *STORY[1:])
    candidate = replace(first.candidate, also=(cut, without))
    composed = compose(QUERY, [replace(first, candidate=candidate)])
    assert composed.citations[0].also_in == ("Echo",)  # the other lacks the words that answer


def test_a_figure_that_stands_elsewhere_in_a_double_is_not_what_it_says() -> None:
    first = says("Post", *STORY, words="62")
    captioned = (STORY[0].replace("62", "40"), *STORY[1:], "The motor, on 62 Mill Road.")
    unlikely = says("Echo", *captioned, words="62", chance=0.1)
    composed = compose(QUERY, [first, unlikely])
    assert composed.citations[0].also_in == ()
