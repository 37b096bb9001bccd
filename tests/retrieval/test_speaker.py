import time

import pytest

from index import ArticleInput, Incoming
from index.storage.prepare import prepare
from index.types import Article, SentenceKind
from retrieval.speaker import speaker_of


def article_of(text: str) -> Article:
    """An article whose first line is its title."""
    return prepare(Incoming(ArticleInput(text=text, title="A title"), None, "test")).article


def named(text: str, words: str, *, whole: bool = False) -> str | None:
    """Who says some words of a text, by the words and the number of the sentence that names it."""
    article = article_of(text)
    at = article.text.index(words)
    position, sentence = next(
        (n, s) for n, s in enumerate(article.sentences) if s.start <= at < s.end
    )
    start = at - sentence.start
    span = None if whole else (start, start + len(words))
    speaker = speaker_of(article, position, span)
    if speaker is None:
        return None
    home = article.sentences[speaker.position]
    assert home.start <= speaker.start < speaker.end <= home.end
    return article.text[speaker.start : speaker.end]


OPENED_BY_ONE = (
    "OSLO (AP) — The head of Ostland diplomacy Anna Berg met Eva Lund. “It rained,” she said in the"
    " United States. “It snowed” for hours, she said at her office in the capital of Ostland, where"
    " she spoke to all who had come."
)


@pytest.mark.parametrize(
    ("text", "words", "who"),
    [
        ("“The talks were good,” Anna Berg said on Monday.", "good", "Anna Berg"),
        ('"The talks were good," said Dr. Anna Berg, a chemist.', "good", "Dr. Anna Berg"),
        (
            "“The talks were good,” Jake Sullivan, the national security adviser, told reporters.",
            "good",
            "Jake Sullivan",
        ),
        (
            "The two men spent 12 hours, a senior U.S. official said.",
            "12",
            "a senior U.S. official",
        ),
        (
            "A senior official who asked not to be named said that the talks were good.",
            "good",
            "A senior official",
        ),
        (
            "“It is over,” said people familiar with the matter.",
            "over",
            "people familiar with the matter",
        ),
        (
            "The talks were good, according to China’s foreign ministry.",
            "good",
            "China’s foreign ministry",
        ),
        ("It rained, according to the White House.", "rained", "the White House"),
        ("According to officials, it rained for hours.", "hours", "officials"),
        ("In a statement, the White House said that it rained.", "rained", "the White House"),
        ("On matters of security, Anna Berg said, there was no room.", "no room", "Anna Berg"),
        ("Joe Biden asked the hall: “Is any nation secure?”", "nation secure", "Joe Biden"),
        ("Anna Berg: “We are all in this together.”", "together", "Anna Berg"),
        ("“First of all, it rained. Then it snowed,” Anna Berg said.", "rained", "Anna Berg"),
        ("“It rained,” Anna Berg said. “Then it snowed.”", "snowed", "Anna Berg"),
        ("“It rained,” Anna Berg said.\n\n“Then it snowed.”", "snowed", "Anna Berg"),
        ("Anna Berg arrived late. “It rained,” she said.", "rained", "Anna Berg"),
        (
            OPENED_BY_ONE,
            "snowed",
            "Anna Berg",
        ),
    ],
)
def test_who_says_so_is_named_as_the_article_does(text: str, words: str, who: str) -> None:
    assert named(text, words) == who


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The talks lasted 12 hours.", "12 hours"),
        ("“The talks were good,” Anna Berg said on Monday.", "Monday"),
        ("Anna Berg said that it rained, but the sun came out at noon.", "noon"),
        ("They sang a song called “Rain”.", "Rain"),
        ("Things went according to plan in Malta.", "Malta"),
        ("“It rained,” he said.", "rained"),  # nobody named before
        ("Anna Berg met Eva Lund. Eva Lund was late. “It rained,” he and she said.", "rained"),
        ("Anna Berg met the press. The mayor left. “It rained,” she said.", "rained"),
        ("The White House was dark. “It rained,” he said.", "rained"),
        ("“It rained,” Anna Berg said.\n\nIt was a dark day.\n\n“Then it snowed.”", "snowed"),
        ("As Anna Berg left, Eva Lund came. “It rained,” she said.", "rained"),
        ("The head of Goldman Sachs left. “It rained,” she said.", "rained"),
        ("Nobody said that it rained.", "rained"),
        ("It did not rain, Anna Berg said, according to the White House.", "rain"),
    ],
)
def test_where_it_cannot_be_told_nobody_is_named(text: str, words: str) -> None:
    assert named(text, words) is None


def test_a_whole_sentence_has_the_speaker_of_what_it_reports() -> None:
    text = "It rained. The White House said that the talks were “candid”."
    assert named(text, "The White House", whole=True) == "The White House"
    assert named(text, "It rained", whole=True) is None


def test_a_title_has_no_speaker() -> None:
    incoming = ArticleInput(text="It rained, Anna Berg said\n\nThere was a lot of rain in Oslo.\n")
    article = prepare(Incoming(incoming, None, "test")).article
    titles = [n for n, s in enumerate(article.sentences) if s.kind is SentenceKind.TITLE]
    assert titles
    assert [speaker_of(article, n, None) for n in titles] == [None]


@pytest.mark.parametrize("mark", ['"', "“", "”", "said ", ", ", "said, ", "according to ", "A "])
def test_hostile_text_costs_little(mark: str) -> None:
    article = article_of("“It rained,” she said. " + mark * (1_000_000 // len(mark)))
    before = time.process_time()
    for position in range(0, len(article.sentences), max(1, len(article.sentences) // 10)):
        speaker_of(article, position, None)
    assert time.process_time() - before < 5
