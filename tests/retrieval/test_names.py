"""Misspelt words are read toward words of the articles, and nothing else is touched."""

from pathlib import Path

import pytest

from index import Corpus
from retrieval.names import corrected, names_in
from retrieval.question import content_words
from retrieval.rank import candidates
from tests.corpora import StubEncoder, an_article, stub_corpus

LINES = (
    "Lisa Baird opened the exhibition in Ruthenborg on Tuesday.",
    "She said the river had been bad for Ostland's university.",
)


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    made = stub_corpus(tmp_path)
    made.add([an_article("baird", *LINES)])
    return made


@pytest.mark.parametrize(
    ("asked", "read"),
    [
        ("What opened in Ruthenbrg?", "What opened in Ruthenborg?"),
        ("what opened in ruthenbogr", "what opened in Ruthenborg"),
        ("Is Otsland's river bad?", "Is Ostland's river bad?"),  # the ending stays
        ("Who is Lisa Bard?", "Who is Lisa Baird?"),  # a capital means the name, not "bad"
        ("When did Lisa Bird speak?", "When did Lisa Baird speak?"),  # in that company only
        ("Where does a bird sing?", "Where does a bird sing?"),
        ("Who is Anna Bird?", "Who is Anna Bird?"),
        ("Which volcano erupted?", "Which volcano erupted?"),
        ("Who is on Rivera?", "Who is on Rivera?"),  # a known word, two slips from "river"
        ("What is a Rivner?", "What is a Rivner?"),  # a name is no slip for "river"
        ("What is a rivner?", "What is a river?"),
    ],
)
def test_slips_are_read_toward_the_articles(corpus: Corpus, asked: str, read: str) -> None:
    words, encoder = content_words(asked), StubEncoder()
    with corpus.snapshot() as view:
        found = candidates(view, encoder, asked, [word.stem for word in words], None)
        text, notes = corrected(asked, words, found, view)
    assert text == read
    assert [note.kind for note in notes] == ["spelling"] * (asked != read)


@pytest.mark.parametrize("said", ["united", "states", "American"])
def test_short_forms_of_a_country_are_no_other_name(said: str) -> None:
    asked = "What did the US say?"
    (name,) = names_in(asked, content_words(asked), ())
    assert {word.stem for word in content_words(said)} <= name | {"unit"}
