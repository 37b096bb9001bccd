"""Which article a conversation is at."""

import pytest

from index import Corpus, Snapshot
from retrieval.conversation import focus_of
from retrieval.question import Turn
from tests.corpora import StubEncoder, an_article

BRIDGE = "The mayor opened the bridge in Lodova."
FERRY = "The ferry to Ruthenborg sank."


@pytest.fixture
def news(corpus: Corpus) -> Corpus:
    corpus.add([an_article("bridge", BRIDGE), an_article("ferry", FERRY, "Nobody was hurt.")])
    return corpus


def focus(view: Snapshot, *turns: Turn) -> str | None:
    found = focus_of(view, StubEncoder(), turns)
    return None if found is None else view.head(found).id


def test_a_conversation_is_where_the_newest_answer_was_shown(news: Corpus) -> None:
    older, newer = Turn("a?", "b", "bridge"), Turn("c?", "d", "ferry")
    with news.snapshot() as view:
        assert focus(view, older, newer) == "ferry"
        assert focus(view, newer, older) == "bridge"


def test_without_a_place_it_is_where_the_answers_words_stand(news: Corpus) -> None:
    with news.snapshot() as view:
        assert focus(view, Turn("where did the mayor open a bridge?", "Lodova")) == "bridge"
        assert focus(view, Turn("which ferry sank?", "The ferry to Ruthenborg")) == "ferry"


def test_words_that_no_article_has_lead_nowhere(news: Corpus) -> None:
    with news.snapshot() as view:
        assert focus(view, Turn("where did the mayor open a bridge?", "Oslo")) is None


def test_an_article_that_was_removed_is_passed_over(news: Corpus) -> None:
    turns = Turn("a?", "b", "bridge"), Turn("which ferry sank?", "x", "ferry")
    news.remove(["ferry"])
    with news.snapshot() as view:
        assert focus(view, *turns) == "bridge"
        assert focus(view, turns[1]) is None


def test_a_turn_without_an_answer_is_passed_over(news: Corpus) -> None:
    with news.snapshot() as view:
        assert focus(view, Turn("a?", "b", "bridge"), Turn("who?")) == "bridge"


def test_what_lies_more_than_three_turns_back_is_over(news: Corpus) -> None:
    with news.snapshot() as view:
        assert focus(view, Turn("a?", "b", "bridge"), *[Turn("who?")] * 3) is None


def test_a_first_question_is_nowhere(news: Corpus) -> None:
    with news.snapshot() as view:
        assert focus(view) is None
