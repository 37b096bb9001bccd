"""What the reader is given, and that its places are the article's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.types import Article, Published
from retrieval.reader.passages import (
    LEAD,
    SIZE,
    Passage,
    body_begins,
    cut,
    cut_up,
    head_of,
    passage,
    passage_of,
)
from tests.corpora import read_article

TEXTS = st.lists(
    st.text(st.sampled_from("abc XYZ. “”é漢🙂"), min_size=1, max_size=300), min_size=1, max_size=12
).filter(lambda lines: any(map(str.isalnum, "".join(lines))))  # others are no articles


def article_of(lines: list[str], title: str = "", published: str = "") -> Article:
    given = {"title": title, "published": published}
    return read_article("a", *lines, **{name: value for name, value in given.items() if value})


def passages_of(article: Article) -> list[Passage]:
    return [passage_of(article, range(*own), dated=True) for own in cut_up(article)]


@given(TEXTS, st.sampled_from(["", "A title", "t" * 300]), st.sampled_from(["", "2023-09-18"]))
def test_a_place_in_a_passage_is_one_in_the_article(
    lines: list[str], title: str, published: str
) -> None:
    article = article_of(lines, title, published)
    for own in passages_of(article):
        for sentence in article.sentences[own.first - own.lead : own.last]:
            a, b = sentence.start, sentence.end
            assert own.head <= a + own.shift < b + own.shift <= len(own.text)
            assert own.text[a + own.shift : b + own.shift] == article.text[a:b]
        assert own.text[own.head :] in article.text


@given(TEXTS)
def test_every_sentence_of_the_body_is_in_exactly_one_passage(lines: list[str]) -> None:
    article = article_of(lines)
    positions = [n for own in passages_of(article) for n in range(own.first, own.last)]
    assert positions == list(range(body_begins(article), len(article.sentences)))


@given(st.lists(st.integers(1, 700), max_size=30))
def test_a_passage_has_as_many_whole_sentences_as_fit(lengths: list[int]) -> None:
    spans, at = [], 0
    for length in lengths:
        spans.append((at, at + length))
        at += length + 1
    for first, last in cut(spans):
        assert last - first == 1 or spans[last - 1][1] - spans[first][0] <= SIZE
        assert last == len(spans) or spans[last][1] - spans[first][0] > SIZE


@pytest.mark.parametrize(("length", "lead"), [(25, 10), (100, 2), (250, 1), (251, 0), (500, 0)])
def test_before_a_passage_stands_what_is_short_enough(length: int, lead: int) -> None:
    text = " ".join(["a" * (length - 2) + "."] * 60)
    spans = [(n * length, (n + 1) * length - 1) for n in range(60)]
    own = passage(text, spans, range(59, 60), "")
    assert own.lead == lead
    assert own.text == text[(59 - lead) * length :]
    assert lead * length <= LEAD


def test_a_passage_is_headed_by_title_and_day() -> None:
    own, *_ = passages_of(article_of(["It rained."], "Rain\nin Oslo", "2023-09-18"))
    assert own.text == "Rain in Oslo (18 September 2023)\nIt rained."
    assert own.text[: own.head] == "Rain in Oslo (18 September 2023)\n"


@pytest.mark.parametrize(
    ("title", "at", "head"),
    [
        ("", None, ""),
        ("Rain", None, "Rain\n"),
        ("", "2023-09-08", "(8 September 2023)\n"),
        ("t" * 300, None, "t" * 160 + "\n"),
    ],
)
def test_what_is_not_known_is_left_out(title: str, at: str | None, head: str) -> None:
    assert head_of(title, Published(at, "day", None, "given") if at else None) == head


def test_a_month_alone_is_no_day() -> None:
    assert head_of("Rain", Published("2023-09", "month", None, "given")) == "Rain\n"


def test_how_an_untitled_text_begins_is_no_head() -> None:
    own, *_ = passages_of(article_of(["It rained in the north all day long."]))
    assert own.head == 0


def test_what_stands_above_the_body_is_read_in_no_passage() -> None:
    article = article_of(["A storm hit Derna", "", "18 September 2023", "", "Rain fell on Monday."])
    begin = body_begins(article)
    assert begin > 0
    assert all(passage.first - passage.lead >= begin for passage in passages_of(article))
