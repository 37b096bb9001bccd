"""Which sentences are read, which of them answer, and in which order."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.types import SentenceKind, Span
from retrieval.reader.found import MOST_PASSAGES
from retrieval.reader.judge import Calibration, listed
from retrieval.types import Candidate, Judged
from tests.corpora import (
    CALIBRATION,
    StubModel,
    a_candidate,
    a_query,
    long_article,
    read_article,
    stub_reader,
)

FERRY = read_article(
    "ferry",
    "A ferry sinks off Lodova",
    "By Anna Berg",
    "The ferry sank on Sunday.",
    "All of the 31 people on board were saved.",
    "It had been built in Oslo.",
    "Nobody knows why the ferry sank on that day.",
    published="2023-05-02",
)
SANK, SAVED, BUILT, WHY = range(2, 6)
QUERY = a_query("How many people were on the ferry?")


def judged(
    model: StubModel, candidates: Sequence[Candidate], focus: int | None = None
) -> list[Judged]:
    query = a_query("How many people were on the ferry?", focus=focus)
    return stub_reader(model).judge(query, candidates)


def test_there_are_a_title_a_byline_and_four_sentences() -> None:
    kinds = [sentence.kind for sentence in FERRY.sentences]
    assert kinds == [SentenceKind.TITLE, SentenceKind.META, *[SentenceKind.BODY] * 4]


def test_the_surest_span_comes_first_with_its_words() -> None:
    model = StubModel({"31": 5.0, "Oslo": 1.0})
    first, second, *_ = judged(model, [a_candidate(FERRY, SANK)])
    assert (first.words, first.candidate.position) == ("31", SAVED)
    assert (second.words, second.candidate.position) == ("Oslo", BUILT)
    assert first.probability > second.probability


def test_the_question_is_read_as_the_query_says_it() -> None:
    model = StubModel({})
    judged(model, [a_candidate(FERRY, SANK)])
    assert set(model.asked) == {QUERY.text}


def test_every_sentence_of_a_read_passage_may_answer_but_no_title_or_byline() -> None:
    found = judged(StubModel({"Lodova": 9.0, "Anna Berg": 8.0}), [a_candidate(FERRY, SANK)])
    assert sorted(one.candidate.position for one in found) == [SANK, SAVED, BUILT, WHY]


def test_a_title_that_ranking_finds_is_read_along_and_answers_nothing() -> None:
    title = a_candidate(FERRY, 0, cosine=0.99)
    found = judged(StubModel({"Lodova": 9.0}), [title])
    assert 0 not in [one.candidate.position for one in found]
    far = [a_candidate(long_article(f"x{n}", 1), 0, 0.999) for n in range(MOST_PASSAGES)]
    unread = judged(StubModel({}), [*far, replace(title, cosine=0.1)])
    assert "ferry" not in {one.candidate.article.id for one in unread}


def test_of_articles_that_answer_each_says_how_many_more_are_older() -> None:
    texts = "Some 14 died.", "The toll rose to 41.", "Of them 67 died.", "Nobody died."
    days = "2026-03-03", "2026-03-06", "2026-04-14", "2026-05-01"
    told = [
        read_article(f"t{n}", f"Toll {n}", text, published=day)
        for n, (text, day) in enumerate(zip(texts, days, strict=True))
    ]
    model = StubModel({"14": 3.0, "41": 5.0, "67": 4.0})
    found = judged(model, [a_candidate(article, 1) for article in told])
    later = {one.candidate.article.id: one.features["later"] for one in found}
    assert later == {"t0": -1.0, "t1": 0.0, "t2": 1.0, "t3": 0.0}


def test_an_items_title_is_no_item() -> None:
    found = judged(StubModel({"31": 5.0}, ("ferry", "31", "Oslo")), [a_candidate(FERRY, SANK)])
    text = FERRY.text
    assert [text[a:b] for a, b in found[0].items] == ["ferry", "31", "Oslo", "ferry"]
    assert all(a >= FERRY.sentences[SANK].start for a, _ in found[0].items)


def test_several_tagged_spans_are_a_list() -> None:
    model = StubModel({"31": 5.0}, ("31", "Oslo"))
    first, *_ = judged(model, [a_candidate(FERRY, SANK)])
    assert first.words == "31 Oslo"


def test_one_tagged_span_is_no_list() -> None:
    first, *_ = judged(StubModel({"31": 5.0}, ("31",)), [a_candidate(FERRY, SANK)])
    assert (first.items, first.words) == ((), "31")


@pytest.mark.parametrize(
    ("items", "span", "shown"),
    [
        ([(0, 2), (5, 7)], (0, 7), ((0, 2), (5, 7))),  # the span runs over both
        ([(0, 2)], (5, 7), ((0, 2), (5, 7))),
        ([(0, 2)], (0, 7), ()),
        ([(0, 2), (5, 7)], None, ()),
    ],
)
def test_a_list_is_its_items(items: list[Span], span: Span | None, shown: tuple[Span, ...]) -> None:
    assert listed(items, span) == shown


def test_what_was_not_read_stands_behind_what_answers() -> None:
    near = [a_candidate(long_article(f"x{n}", 1), 0, 0.9) for n in range(MOST_PASSAGES + 3)]
    found = judged(StubModel({"x0": 4.0}), near)
    assert found[0].words == "x0"
    unread = [one for one in found if one.span is None]
    assert len(unread) == 3
    assert {one.features["margin"] for one in unread} == {-7.0}
    assert found[-3:] == unread


def test_the_likeliest_passages_are_read() -> None:
    model = StubModel({})
    judged(model, [a_candidate(long_article(f"x{n}", 1), 0, n / 900) for n in range(12)])
    read = [passage.text.split()[0] for passage in model.passages]
    assert read == [f"x{n}" for n in range(11, 11 - MOST_PASSAGES, -1)]


def test_sentences_of_one_passage_are_read_together() -> None:
    model = StubModel({})
    judged(model, [a_candidate(FERRY, SAVED, 0.2), a_candidate(FERRY, BUILT, 0.8)])
    together = model.passages[0]
    assert together.text.endswith("on that day.")


def test_nothing_found_is_nothing_read() -> None:
    model = StubModel({})
    assert judged(model, []) == []
    assert model.asked == []


def test_what_a_passage_says_in_another_sentence_is_no_rival() -> None:
    calibration = Calibration(weights={"margin": 1.0}, sure={"ahead": 1.0}, bias=0.0, threshold=0.5)

    def surest(marks: dict[str, float]) -> float:
        reader = stub_reader(StubModel(marks))
        reader.calibration = calibration
        return reader.judge(QUERY, [a_candidate(FERRY, SANK)])[0].probability

    alone = surest({"The ferry": 5.0})
    same, rival = surest({"ferry": 5.0, "the ferry": 4.0}), surest({"ferry": 5.0, "31": 4.0})
    assert alone == same > rival > 0.5


MARKS = st.dictionaries(
    st.sampled_from(["Sunday", "31", "Oslo", "on board", "day", "ferry"]), st.floats(-30, 30)
)


@given(MARKS, st.permutations([SANK, SAVED, BUILT, WHY]))
def test_the_probability_never_rises_down_the_ranking(
    marks: dict[str, float], order: list[int]
) -> None:
    reader = stub_reader(StubModel(marks))
    # By this one alone what is far would be likelier than what is near.
    reader.calibration = CALIBRATION.model_copy(update={"sure": {"rank": 0.1, "cosine": -9.0}})
    found = reader.judge(QUERY, [a_candidate(FERRY, n, n / 10) for n in order])
    chances = [one.probability for one in found]
    assert chances == sorted(chances, reverse=True)
    assert all(0.0 <= chance <= 1.0 for chance in chances)


@given(MARKS, st.permutations(range(6)))
def test_the_order_of_what_ranking_found_does_not_matter(
    marks: dict[str, float], order: list[int]
) -> None:
    articles = [read_article(f"a{n}", f"The 31 of the {n} ferry, Oslo.") for n in range(6)]
    model = StubModel(marks)
    straight = judged(model, [a_candidate(one, 0) for one in articles])
    assert judged(model, [a_candidate(articles[n], 0) for n in order]) == straight


@pytest.mark.parametrize("logit", [-1e6, -800.0, 0.0, 800.0, 1e6])
def test_a_chance_is_one_whatever_the_logit(logit: float) -> None:
    made = Calibration(weights={}, sure={}, bias=logit, threshold=0.5)
    assert made.chance({}, 0.0, 0.0) == pytest.approx(0.5 if not logit else float(logit > 0))


def test_a_feature_without_a_weight_counts_for_nothing() -> None:
    made = Calibration(weights={"margin": 2.0}, sure={}, bias=0.0, threshold=0.5)
    assert made.rank({"margin": 1.5, "cosine": 9.0}) == 3.0
