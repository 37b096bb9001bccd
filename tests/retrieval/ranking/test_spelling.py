"""Slips in a question are read as the words that articles have; what is no slip stays."""

import pytest

from index import Corpus
from retrieval.ranking.spelling import corrected
from tests.corpora import an_article

LINES = (
    "Jake Sullivan’s plane landed in Valletta.",
    "The venue was a pillow factory.",
    "The talks on peace lasted twelve hours.",
    "Cats slept.",
    "Des Moines liked the movie.",
    "A goblin sold carrots.",
)


@pytest.fixture
def news(corpus: Corpus) -> Corpus:
    corpus.add([an_article("a", *LINES)])
    return corpus


def read(corpus: Corpus, text: str) -> tuple[str, list[tuple[str, str]]]:
    with corpus.snapshot() as view:
        return corrected(text, view)


@pytest.mark.parametrize(
    ("written", "slip", "meant"),
    [
        ("where did Sulivan land?", "Sulivan", "Sullivan"),
        ("where did sulivan land?", "sulivan", "Sullivan"),
        ("what is in Vallleta?", "Vallleta", "Valletta"),  # two slips in a long word
        ("whose factorry was it?", "factorry", "factory"),
        ("whose gactory was it?", "gactory", "factory"),  # the first letter, too
        ("who saw the moive?", "moive", "movie"),  # commoner than Moines, and as near
        ("where was Sulivan's plane?", "Sulivan", "Sullivan"),
        ("what did the giblin sell?", "giblin", "goblin"),
        ("giblin", "giblin", "goblin"),  # nothing else is known
        ("what did Sullivan peice?", "peice", "peace"),  # too common not to be meant
    ],
)
def test_a_slip_is_read_as_an_article_writes_the_word(
    news: Corpus, written: str, slip: str, meant: str
) -> None:
    assert read(news, written) == (written.replace(slip, meant), [(slip, meant)])


def test_several_slips_are_put_right_in_their_places(news: Corpus) -> None:
    text, changed = read(news, "did Sulivan land in Valleta, Sulivan?")
    assert text == "did Sullivan land in Valletta, Sullivan?"
    assert [slip for slip, _ in changed] == ["Sulivan", "Valleta", "Sulivan"]


@pytest.mark.parametrize(
    "text",
    [
        "is Zillow there?",  # a name, and no slip for "pillow"
        "was Venus there?",  # a word that English has
        "a caz slept",  # too short
        "where did Sullivan land?",  # an article has it
        "Qwxyzzy",  # near nothing
        "did giblin land in Valletta?",  # the goblin is told of elsewhere
        "what are catz?",  # too short for a slip where nothing else is known
        "B2wallettaa 12345",  # no letters alone
        "",
    ],
)
def test_what_is_no_slip_stays(news: Corpus, text: str) -> None:
    assert read(news, text) == (text, [])


def test_a_corpus_without_words_corrects_nothing(corpus: Corpus) -> None:
    corpus.add([an_article("a", "12 34.")])
    assert read(corpus, "Sulivan") == ("Sulivan", [])
