"""From logits to words: the best span, tagged runs, and spans that cut nothing in two."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from index.reading.segment import split_sentences
from index.types import Span
from retrieval.reader.model import (
    BESIDE,
    BETWEEN,
    LONGEST_SPAN,
    TAGGED,
    Floats,
    best_span,
    tagged,
    tidy,
)
from retrieval.reader.passages import Passage


def logits(*rows: tuple[float, ...]) -> Floats:
    return np.array(rows, dtype=np.float32)


def words(*numbers: int) -> "np.typing.NDArray[np.object_]":
    return np.array(numbers, dtype=object)


def test_a_span_is_of_whole_words_and_in_order() -> None:
    scores = logits((0, 9), (5, 0), (9, 0), (0, 1), (0, 8))
    # The third token continues the second's word, and the first end comes before every start.
    assert best_span(scores, words(0, 1, 1, 2, 3)) == (1, 4, 13.0)


def test_a_span_may_be_one_token() -> None:
    assert best_span(logits((1, 1), (5, 5), (1, 1)), words(0, 1, 2)) == (1, 1, 10.0)
    assert best_span(logits((1, 1)), words(7)) == (0, 0, 2.0)


def test_a_span_is_never_longer_than_the_longest() -> None:
    scores = np.zeros((100, 2), dtype=np.float32)
    scores[0, 0] = scores[99, 1] = 9.0
    scores[LONGEST_SPAN - 1, 1] = 8.0
    assert best_span(scores, words(*range(100))) == (0, LONGEST_SPAN - 1, 17.0)


def test_a_word_longer_than_a_span_gives_none() -> None:
    assert best_span(np.zeros((100, 2), dtype=np.float32), words(*[3] * 100)) is None


OUT, NEAR, LOW = BESIDE - 1, (BESIDE + TAGGED) / 2, 2 - BETWEEN - 0.1


@pytest.mark.parametrize(
    ("tags", "of_words", "runs"),
    [
        ((1, 1, OUT, 1), (0, 1, 2, 3), [(0, 1), (3, 3)]),
        ((OUT, 1, OUT, OUT), (0, 1, 1, 2), [(1, 2)]),  # one tagged token takes its word
        ((OUT, OUT, 1, OUT), (0, 1, 1, 2), [(1, 2)]),
        ((1, 1, 1), (0, 0, 0), [(0, 2)]),
        ((OUT, OUT), (0, 1), []),
        ((), (), []),
        ((TAGGED, TAGGED), (0, 1), []),
        ((NEAR, NEAR, 1, NEAR, OUT, NEAR), (0, 1, 2, 3, 4, 5), [(0, 3)]),  # what stands beside
        ((4, LOW, 3, 1, LOW, LOW, 2), (0, 1, 2, 3, 4, 5, 6), [(0, 0), (2, 3), (6, 6)]),  # "and"
        ((4, LOW), (0, 1), [(0, 1)]),  # after the last item nothing stands between
    ],
)
def test_runs_of_tagged_words_are_items(
    tags: tuple[float, ...], of_words: tuple[int, ...], runs: list[Span]
) -> None:
    assert list(tagged(np.array(tags, dtype=np.float32), words(*of_words))) == runs


@given(
    st.lists(st.tuples(st.floats(-9, 9), st.integers(0, 1)), max_size=30),
)
def test_items_are_disjoint_in_order_and_of_whole_words(
    tokens: list[tuple[float, int]],
) -> None:
    of_words = np.cumsum([new for _, new in tokens], dtype=int).astype(object)
    runs = list(tagged(np.array([tag for tag, _ in tokens], dtype=np.float32), of_words))
    ends = [end for _, end in runs]
    assert all(start <= end for start, end in runs)
    assert all(end < start for end, (start, _) in zip(ends, runs[1:], strict=False))
    for start, end in runs:
        assert start == 0 or of_words[start] != of_words[start - 1]
        assert end == len(tokens) - 1 or of_words[end] != of_words[end + 1]


def passage_of(text: str, head: str = "", before: str = "") -> Passage:
    """A passage that stands in its article after ``before``."""
    return Passage(head + text, len(head) - len(before), 0, 1, 0, len(head))


@pytest.mark.parametrize(
    ("text", "inside", "whole"),
    [
        ("about 10,000 people", "10", "10,000"),
        ("about 10,000 people", "000", "10,000"),
        ("in the U.S. Senate", "U.S", "U.S."),
        ("Anna Berg's house", "Anna Berg", "Anna Berg"),
        ("Anna Berg’s house", "Anna Berg", "Anna Berg"),
        ("said “yes, of course” to it", "“yes, of course", "yes, of course"),
        ("said “yes, of course” to it", "yes, of course”", "yes, of course"),
        ("said “yes, of course” to it", "“yes, of course”", "“yes, of course”"),
        ('said "yes" to it', '"yes', "yes"),
        ('said "yes" to it', 'yes"', "yes"),
        ('said "yes" to it', '"yes"', '"yes"'),
        ('a "first" for Korea', 'first" for Korea', '"first" for Korea'),
        ('a "first" for Korea', 'a "first', 'a "first"'),
        ("a “first” for Korea", "first” for Korea", "“first” for Korea"),
        ("a “first” for “Korea”", "a “first” for “Korea", "a “first” for “Korea”"),
        ('a "first" for Korea', 'a "first" for', 'a "first" for'),
        (
            'with "a first" and "a last" act',
            'a first" and "a last" act',
            '"a first" and "a last" act',
        ),
        ("the group (ASEAN) met", "ASEAN)", "ASEAN"),
        ("the group [sic] met", "[sic", "sic"),
        ("said “yes” to it", "“", "“"),  # never nothing
        ('said "yes" to it', '"', '"'),
        ("the group (ASEAN) met", ")", ")"),
        ("in Kansas, Alaska and", "Kansas, ", "Kansas"),
        ("It ended. Ron spoke", ". Ron", "Ron"),
        ("with a .22 rifle", ".22", ".22"),
        ("well, no", ",", ","),
    ],
)
@pytest.mark.parametrize(("head", "before"), [("", ""), ("A title\n", ""), ("T\n", "Before it. ")])
def test_a_span_is_mended(text: str, inside: str, whole: str, head: str, before: str) -> None:
    article = before + text
    start = article.index(inside, len(before))
    a, b = tidy(passage_of(text, head, before), start, start + len(inside))
    assert article[a:b] == whole


@given(st.text(st.sampled_from("aB1.,'’“”\"()[] "), min_size=1, max_size=40), st.data())
def test_a_mended_span_is_never_empty(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    a, b = tidy(passage_of(text), start, end)
    assert 0 <= a < b <= len(text)


@given(st.text(st.sampled_from("aBU1.,?'’“” \n"), min_size=1, max_size=60), st.data())
def test_a_mended_span_stays_in_its_sentence(text: str, data: st.DataObject) -> None:
    sentences = split_sentences(text)
    assume(sentences)
    first, last = data.draw(st.sampled_from(sentences))
    start = data.draw(st.integers(first, last - 1))
    end = data.draw(st.integers(start + 1, last))
    a, b = tidy(passage_of(text), start, end)
    assert first <= a < b <= last
