"""What an answer says of itself: its words, and its sentences each once."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.answer import Answer, Citation, Role, by_sentence
from retrieval.types import joined

MET = "Anna Berg met Li Wei in Oslo."
LEFT = "Eva Lund had left."


def cited(quote: str, words: str = "", role: Role = "answer", **other: Any) -> Citation:
    start = quote.index(words)
    fields: dict[str, Any] = {
        "article_id": "a",
        "title": "A title",
        "text_sha256": "0" * 64,
    } | other
    return Citation(
        n=1,
        role=role,
        quote=quote,
        answer_start=start if words else None,
        answer_end=start + len(words) if words else None,
        start=(MET, LEFT).index(quote) * 100,
        end=(MET, LEFT).index(quote) * 100 + len(quote),
        **fields,
    )


def answered(answer: str, *citations: Citation) -> Answer:
    return Answer(
        corpus_version="1",
        question="who met",
        standalone_question="who met",
        status="answered",
        answer=answer,
        score=0.9,
        citations=citations,
    )


def test_the_words_of_an_answer_are_its_span_or_its_sentence() -> None:
    assert answered("Li Wei", cited(MET, "Li Wei")).words == "Li Wei"
    assert answered(MET, cited(MET)).words == MET
    one = answered("Li Wei", cited(MET, "Li Wei"), cited(LEFT, "Eva Lund", "differs"))
    assert one.words == "Li Wei"


def test_the_words_of_a_list_are_all_its_items() -> None:
    items = [cited(MET, "Anna Berg"), cited(MET, "Li Wei"), cited(LEFT, "Eva Lund")]
    assert answered("Anna Berg", *items).words == "Anna Berg · Li Wei · Eva Lund"


def test_items_of_one_sentence_are_marked_in_one_quote() -> None:
    items = [cited(MET, "Li Wei"), cited(LEFT, "Eva Lund"), cited(MET, "Anna Berg")]
    met, left = by_sentence(items)
    assert met.citation == items[0]
    assert list(met.pieces()) == [
        ("", False),
        ("Anna Berg", True),
        (" met ", False),
        ("Li Wei", True),
        (" in Oslo.", False),
    ]
    assert [text for text, answers in left.pieces() if answers] == ["Eva Lund"]
    (whole,) = by_sentence([cited(MET)])
    assert list(whole.pieces()) == [(MET, False)]


@pytest.mark.parametrize(
    ("quotes", "labels"),
    [
        ([MET, MET, MET, LEFT], ["1–3", "4"]),
        ([MET, MET, LEFT], ["1, 2", "3"]),
        ([MET, LEFT, MET, MET], ["1, 3, 4", "2"]),
    ],
)
def test_a_quote_names_all_its_citations(quotes: list[str], labels: list[str]) -> None:
    items = [cited(quote).model_copy(update={"n": n}) for n, quote in enumerate(quotes, start=1)]
    assert [quoted.label for quoted in by_sentence(items)] == labels


def test_another_version_of_an_article_is_quoted_apart() -> None:
    versions = [cited(MET, "Oslo"), cited(MET, "Li Wei", text_sha256="1" * 64)]
    assert [quoted.citation for quoted in by_sentence(versions)] == versions


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30))))
def test_joined_spans_are_in_order_apart_and_hold_the_same_places(
    spans: list[tuple[int, int]],
) -> None:
    made = joined(spans)
    assert {n for span in made for n in range(*span)} == {n for span in spans for n in range(*span)}
    assert all(start < end for start, end in made)
    assert all(end < start for (_, end), (start, _) in pairwise(made))


@given(st.lists(st.lists(st.integers(0, len(MET)), min_size=2, max_size=2).map(sorted)))
def test_the_pieces_of_a_quote_are_the_quote(spans: list[list[int]]) -> None:
    words = [{"answer_start": start, "answer_end": end} for start, end in spans]
    cited_so = [cited(MET).model_copy(update=one) for one in words]
    for quoted in by_sentence(cited_so):
        assert "".join(text for text, _ in quoted.pieces()) == MET
