"""A question is read with the names of countries and bodies as the passage writes them."""

import pytest

from retrieval.aliases import worded_as
from retrieval.reader_model import Passage, open_reader

APPEAL = "The United Nations has appealed for $71.4 million to help 250,000 people."


@pytest.mark.parametrize(
    ("asked", "passage", "read"),
    [
        ("What did the UN say?", APPEAL, "What did the United Nations say?"),
        ("what did the u.n. say", APPEAL, "what did the United Nations say"),
        ("What is the US’s view?", "Washington, U.S. – …", "What is the U.S.’s view?"),
        ("what does the us want", "The United States wants …", "what does the United States want"),
        ("did it tell us why", "The United States wants …", "did it tell us why"),
        ("Who is in the UN?", "Neither the UN nor the United Nations …", "Who is in the UN?"),
        ("Who left the EU?", APPEAL, "Who left the EU?"),
        ("What does Eunice say?", "The EU and the UN …", "What does Eunice say?"),
    ],
)
def test_a_name_is_asked_for_as_the_passage_writes_it(asked: str, passage: str, read: str) -> None:
    assert worded_as(asked, passage) == read


def test_the_reader_finds_it_by_its_short_name() -> None:
    passage = Passage(APPEAL, ((0, len(APPEAL)),))
    [[reading]] = open_reader().read("How much money has the UN appealed for?", [passage])
    assert reading.span is not None
    assert APPEAL[slice(*reading.span)] == "$71.4 million"
    assert reading.margin > 0
