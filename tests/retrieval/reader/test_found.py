"""Which passages are read."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from index.types import Article, SentenceKind
from retrieval.reader.found import FEWEST_PASSAGES, MOST_PASSAGES, chosen, passages_found
from retrieval.types import Candidate
from tests.corpora import a_candidate, a_query, long_article, of_id, read_article

QUERY = a_query("How many people were on the ferry?")


def of_each(article: Article, cosine: float) -> list[Candidate]:
    return [
        a_candidate(article, n, cosine)
        for n, s in enumerate(article.sentences)
        if s.kind is SentenceKind.BODY
    ]


def read(candidates: Sequence[Candidate], focus: int | None = None) -> list[str]:
    query = a_query("How many people were on the ferry?", focus=focus)
    return [one.article.id for one in chosen(query, candidates)]


def test_more_are_read_where_more_may_answer() -> None:
    alike = [*of_each(long_article("a", 12), 0.9), *of_each(long_article("b", 9), 0.1)]
    assert len(passages_found(QUERY, alike)) == 21
    assert read(alike) == ["a"] * MOST_PASSAGES
    (first, *_), rest = of_each(long_article("a", 1), 0.9), of_each(long_article("b", 9), 0.1)
    assert read([first, *rest]) == ["a", *["b"] * (FEWEST_PASSAGES - 1)]
    some = [a_candidate(long_article(f"a{n}", 1), 0, 0.9 - n / 40) for n in range(9)]
    assert FEWEST_PASSAGES < len(read(some)) < MOST_PASSAGES
    assert (read([first]), read([])) == (["a"], [])


def test_a_passage_counts_by_its_best_sentence_and_holds_all_that_were_found() -> None:
    article = read_article("a", "The ferry sank.", "Nobody was hurt.")
    (one,) = passages_found(QUERY, [*of_each(article, 0.2), a_candidate(article, 1, 0.7)])
    assert (one.score, one.around.cosine) == (0.7, 0.7)
    assert [candidate.position for candidate in one.completed()] == [0, 1]


def test_the_article_that_answered_last_comes_before_one_as_near() -> None:
    here, other = long_article("here", 2), long_article("another", 2)
    found = [*of_each(other, 0.5), *of_each(here, 0.5)]
    assert read(found) == ["another", "another", "here", "here"]
    assert read(found, of_id("here"))[:2] == ["here", "here"]
    assert read([*of_each(other, 0.9), *of_each(here, 0.2)], of_id("here"))[0] == "another"


def test_words_of_the_question_count_in_passage_and_title() -> None:
    plain = read_article("a", "Nobody knows why it sank.", title="A loss")
    titled = read_article("b", "Nobody knows why it sank.", title="The ferry")
    inside = read_article("c", "Nobody knows why it sank.", "It was a ferry with 31 people.")
    assert read([a_candidate(one, 0) for one in (plain, titled, inside)]) == ["c", "b", "a"]


def test_a_passage_of_an_article_that_is_near_comes_first() -> None:
    far, near = long_article("a", 1), long_article("b", 2)
    found = [a_candidate(far, 0, 0.4), a_candidate(near, 0, 0.4), a_candidate(near, 1, 0.6)]
    assert read(found) == ["b", "b", "a"]


@given(st.permutations(range(6)))
def test_the_order_of_what_ranking_found_does_not_matter(order: list[int]) -> None:
    found = [a_candidate(long_article(f"a{n}", 1), 0, n // 2 / 90) for n in range(6)]
    assert read([found[n] for n in order]) == ["a4", "a5", "a2", "a3", "a0", "a1"]
