from urllib.parse import unquote

import pytest

from retrieval.answering.links import deep_link

URL = "https://news.example/a?b=1"


def directive(url: str | None) -> str:
    assert url is not None
    return unquote(url.split(":~:text=")[1])


def test_a_short_quote_is_linked_whole() -> None:
    text = "One. They met in Oslo. Two."
    assert deep_link(URL, text, 5, 22) == f"{URL}#:~:text=They%20met%20in%20Oslo."


def test_a_long_quote_is_linked_by_both_ends() -> None:
    words = " ".join(f"word{n}" for n in range(30))
    assert directive(deep_link(URL, words, 0, len(words))) == (
        "word0 word1 word2 word3 word4,word25 word26 word27 word28 word29"
    )


def test_a_repeated_quote_is_told_apart_by_what_stands_around_it() -> None:
    text = "First he said: No. Then she said: No. Then nothing."
    start = text.rindex("No.")
    assert directive(deep_link(URL, text, start, start + 3)) == (
        "said: No. Then she said:-,No.,-Then nothing."
    )


def test_what_stands_around_grows_until_the_quote_is_the_only_one() -> None:
    text = "Alpha one two three four five. No. Six. Beta one two three four five. No. Six."
    start = text.rindex("No.")
    assert "Beta one two" in directive(deep_link(URL, text, start, start + 3))


def test_a_quote_that_ends_as_it_begins_but_for_case_is_found_where_it_stands() -> None:
    words = "We will not go back now said she whose words were that we will not go back"
    before, after = "x1 x2 x3 x4 x5", "y1 y2 y3 y4 y5"
    text = f"Start. {before} {words} {after} middle. {before} {words} {after} z1 z2 the end."
    start = text.rindex("We will")
    link = directive(deep_link(URL, text, start, start + len(words)))
    assert "middle. x1" in link


def test_marks_of_the_syntax_are_encoded() -> None:
    text = "Well-known, of course & more"
    link = deep_link(URL, text, 0, len(text))
    assert link is not None
    assert link.endswith("Well%2Dknown%2C%20of%20course%20%26%20more")


def test_a_page_made_of_markdown_has_its_words_alone() -> None:
    text = "Mayor **Greta Holm** left *the* [pier contract](https://x.example/a) to `B_1`."
    link = deep_link(URL, text, 0, len(text), markdown=True)
    assert directive(link) == "Mayor Greta Holm left the pier contract to B_1."
    assert "**" in directive(deep_link(URL, text, 0, len(text)))


@pytest.mark.parametrize("mark", ["[", "](", "*", "_", "`", "![", "[a]("])
def test_marks_without_end_are_read_through_once(mark: str) -> None:
    text = f"They met. {mark * 200_000}"
    assert directive(deep_link(URL, text, 0, 9, markdown=True)).startswith("They met.")


def test_an_existing_fragment_is_kept() -> None:
    assert deep_link("https://news.example/#top", "Yes.", 0, 4) == (
        "https://news.example/#top:~:text=Yes."
    )


@pytest.mark.parametrize("url", [None, ""])
def test_without_a_url_there_is_no_link(url: str | None) -> None:
    assert deep_link(url, "Yes.", 0, 4) is None
