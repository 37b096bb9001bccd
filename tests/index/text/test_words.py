"""Words: what is one word, what words are the same, what carries no content."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text.words import content_stems, fold, stem, words_of
from tests.corpora import an_article, stub_corpus


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("U.S.", "US"),
        ("a.m.", "am"),
        ("Sullivan's", "Sullivan"),
        ("Sullivan’s", "sullivan"),
        ("ministers’", "minister"),
        ("Erdoğan", "Erdogan"),
        ("Ångström", "angstrom"),
        ("Mu\u0308ller", "Müller"),
        ("Straße", "strasse"),
        ("Łódź", "Lodz"),
        ("10,000", "10000"),
        ("met", "meet"),
        ("meeting", "meets"),
        ("flew", "flight"),
        ("talks", "talk"),
    ],
)
def test_the_same_word(one: str, other: str) -> None:
    assert stem(one) == stem(other)


@pytest.mark.parametrize(
    ("one", "other"), [("US", "us"), ("1.5", "15"), ("G20", "G7"), ("IT", "it"), ("1.5", "1")]
)
def test_another_word(one: str, other: str) -> None:
    assert stem(one) != stem(other) or content_stems(one) != content_stems(other)


def test_what_carries_no_content_is_left_out() -> None:
    assert content_stems("Where did they say that the US and we met?") == ["us", "meet"]
    assert content_stems("It is what it is.") == []
    assert content_stems("中国 and 1.5 per cent") == ["中", "国", "1.5", "per", "cent"]


def test_an_accent_of_its_own_is_part_of_the_word() -> None:
    (word,) = words_of("Mu\u0308ller’s")
    assert (word.start, word.end, word.stem) == (0, 9, "muller")


@given(st.text())
def test_words_stand_where_they_say(text: str) -> None:
    end = 0
    for word in words_of(text):
        assert text[word.start : word.end] == word.text
        assert end <= word.start < word.end
        assert word.stem == stem(word.text)
        end = word.end


@given(st.text(min_size=1))
def test_a_word_is_never_folded_away(text: str) -> None:
    assert all(fold(word.text) for word in words_of(text))


@pytest.mark.parametrize(
    "written", ["1.5", "10,000", "G20", "U.S.", "½", "Erdoğan", "中", "O'Brien", "co-op", "2023"]
)
def test_a_word_that_is_stored_is_found(tmp_path: Path, written: str) -> None:
    corpus = stub_corpus(tmp_path)
    corpus.add([an_article("a", f"They said {written} again.", "Another one.", "A 5 and a 1.")])
    with corpus.snapshot() as view:
        stems = content_stems(written)
        assert stems
        for one in stems:
            assert view.is_known(one)
            assert view.document_frequency(one) == 1
            assert [hit.position for hit in view.containing([one], 9, None)] == [0]
