"""Places in articles, as they are written, and what is shown around them."""

import pytest

from bot.cli import render
from bot.excerpts import paragraph_around, parse_span
from index import Article, InputError
from index.reading.segment import split_sentences
from index.types import Sentence, Sentences


def article(text: str) -> Article:
    sentences = Sentences.of([Sentence(*span) for span in split_sentences(text)])
    return Article("a1", 1, "A title", text, "0" * 64, sentences)


def context(text: str, quote: str) -> str:
    made = article(text)
    at = text.index(quote)
    start, end = paragraph_around(made, *parse_span(made, f"{at}-{at + len(quote)}"))
    return text[start:end]


def test_a_paragraph_is_what_stands_between_blank_lines() -> None:
    text = "Title\n\nOne wrapped\nline. Two.\n \n\n  Three.\nFour.\n"
    assert context(text, "Two.") == "One wrapped\nline. Two."
    assert context(text, "Title") == "Title"
    assert context(text, "Four") == "  Three.\nFour."
    assert context(text, "line. Two.\n \n\n  Th") == text[7:-1]


def test_a_long_text_without_blank_lines_is_shown_by_its_lines() -> None:
    lines = [f"Line {n}. " + "More words of it. " * 20 for n in range(20)]
    assert context("\n".join(lines), "Line 7.") == lines[7]


def test_a_very_long_line_is_shown_by_its_sentences() -> None:
    text = " ".join(f"This is sentence number {n}." for n in range(2000))
    near = context(text, "This is sentence number 999.")
    assert near.startswith("This is sentence")
    assert near.endswith(".")
    assert 700 < len(near) < 1000


@pytest.mark.parametrize(
    "given", ["", "x", "5", "5-", "-5", "5-5", "7-3", "0-13", "1-2-3", "٣-٤", "1" * 5000 + "-2"]
)
def test_what_is_no_place_is_one_sentence(given: str) -> None:
    with pytest.raises(InputError, match="offsets") as error:
        parse_span(article("Twelve chars"), given)
    assert len(str(error.value)) < 150


def test_a_quote_over_two_lines_is_marked_once() -> None:
    made = article("One two\nthree four")
    lines = render.context_lines(made, (4, 13), (0, 18), marked=True)
    assert ["".join(part.text for part in line.parts) for line in lines] == [
        "A title", "", "One »two", "three« four",
    ]  # fmt: skip
