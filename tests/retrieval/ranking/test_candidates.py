"""Which sentences ranking finds, and in which order."""

import random

import pytest

from index import Corpus, Incoming
from index.text.words import words_of
from index.types import SentenceKind
from retrieval.ranking.candidates import OF_THE_FOCUS, candidates, fused, query_words
from retrieval.types import Candidate
from tests.corpora import StubEncoder, an_article, some_articles, stub_corpus


def found(corpus: Corpus, *texts: str, most: int = 50, focus: str = "") -> list[Candidate]:
    with corpus.snapshot() as view:
        version = view.find(focus).version_id if focus else None
        return candidates(view, StubEncoder(), texts, None, most, version)


def quotes(found: list[Candidate]) -> list[str]:
    return [candidate.quote for candidate in found]


def test_the_best_come_first_and_not_more_than_asked_for(filled: Corpus) -> None:
    scores = [fused(one) for one in found(filled, "Who opened bridge 3 in town 4?", most=7)]
    assert len(scores) == 7
    assert scores == sorted(scores, reverse=True)


def test_each_sentence_counts_by_the_way_of_asking_that_finds_it_best(filled: Corpus) -> None:
    ways = "who opened bridge 3?", "rained for hours nobody came"
    alone = [{(c.version_id, c.position): c for c in found(filled, way)} for way in ways]
    for one in found(filled, *ways):
        known = [by[place] for by in alone if (place := (one.version_id, one.position)) in by]
        assert one.cosine >= max(c.cosine for c in known)
        assert one.bm25 >= max(c.bm25 for c in known)


def test_sentences_of_the_article_in_focus_are_there_however_far_they_are(filled: Corpus) -> None:
    filled.add([an_article("far", *(f"Zebra{n} grazes quietly." for n in range(20)))])
    question = "who opened bridge 3?"
    assert "far" not in {one.article.id for one in found(filled, question, most=5)}
    focused = found(filled, question, most=5, focus="far")
    assert sum(one.article.id == "far" for one in focused) == OF_THE_FOCUS
    assert len(focused) == 5 + OF_THE_FOCUS


def test_a_focus_that_the_filters_leave_out_brings_nothing(filled: Corpus) -> None:
    with filled.snapshot() as view:
        others = {view.find("a1").version_id, view.find("a2").version_id}
        focus = view.find("a3").version_id
        for one in candidates(view, StubEncoder(), ["bridge"], others, 50, focus):
            assert one.version_id in others


def test_ties_go_by_article_and_position(corpus: Corpus) -> None:
    # The stems, and so the scores, are the same; said with other marks they are not repeated.
    for name, mark in (("c", "!"), ("a", "."), ("b", "?")):
        corpus.add([an_article(name, f"Ferry sank{mark}", f"Ferry: sank{mark}")])
    tied = found(corpus, "ferry sank")
    assert [(one.article.id, one.position) for one in tied] == [
        (i, n) for i in "abc" for n in (0, 1)
    ]


def test_what_is_no_sentence_is_left_out(corpus: Corpus) -> None:
    corpus.add(
        [
            an_article(
                "a",
                "The ferry sank",
                "By Anna Berg",
                "Published 3 May 2023",
                "The ferry to Lodova sank on Sunday near the harbour.",
            )
        ]
    )
    kinds = [one.sentence.kind for one in found(corpus, "ferry Anna Berg published May")]
    assert SentenceKind.META not in kinds
    assert SentenceKind.BODY in kinds


def test_a_sentence_that_is_said_again_is_found_once(corpus: Corpus) -> None:
    corpus.add(
        [
            an_article("b", "The ferry sank.", "All were saved."),
            an_article("a", "The Ferry  sank.", "The ferry sank."),
        ]
    )
    said = [(one.article.id, one.position) for one in found(corpus, "which ferry sank?")]
    assert said == [("a", 0), ("b", 1)]


@pytest.mark.parametrize("question", ["who opened the bridge", "nobody came", "weather"])
def test_the_order_in_which_articles_come_does_not_matter(
    filled: Corpus, question: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = stub_corpus(tmp_path_factory.mktemp("other"))
    articles: list[Incoming] = some_articles(12)
    random.Random(3).shuffle(articles)
    for article in articles:
        other.add([article])
    one, two = (
        [(c.article.id, c.position, c.cosine, c.bm25) for c in found(corpus, question)]
        for corpus in (filled, other)
    )
    assert one == two


def test_rare_words_weigh_more_and_each_counts_once(filled: Corpus) -> None:
    with filled.snapshot() as view:
        asked = list(words_of("bridge visitor7 Bridge zzzz"))
        words = query_words(view, asked)
    assert list(words) == ["bridg", "visitor7", "zzzz"]
    assert words["visitor7"] > words["bridg"]
