"""How answers are measured."""

import pytest

from retrieval.answer import Answer, Citation
from retrieval.scoring import (
    Gold,
    auc,
    calibration_error,
    f1,
    figures,
    reliability,
    risk_by_coverage,
    scored,
)


def cited(n: int, quote: str, words: str, start: int) -> Citation:
    at = quote.index(words)
    return Citation(
        n=n, role="answer", quote=quote, answer_start=at, answer_end=at + len(words),
        article_id="a1", title="T", start=start, end=start + len(quote), text_sha256="",
    )  # fmt: skip


def answered(*citations: Citation) -> Answer:
    first = citations[0].quote[citations[0].answer_start : citations[0].answer_end]
    return Answer(
        corpus_version="c", question="q", standalone_question="q", status="answered",
        answer=first, score=0.8, citations=citations,
    )  # fmt: skip


def test_words_are_compared_without_case_marks_and_articles() -> None:
    assert f1("The “U.S.” president", "u s president!") == 1.0
    assert f1("Rosa Lind", "Lind") == pytest.approx(2 / 3)
    assert f1("", "") == f1("the", "a") == 0.0


@pytest.mark.parametrize(("second", "right"), [("a ferry", True), ("it", False)])
def test_a_list_is_right_with_every_item(second: str, right: bool) -> None:
    answer = answered(
        cited(1, "They built a bridge.", "bridge", 0), cited(2, "Then it was a ferry.", second, 30)
    )
    golds = [Gold(text="bridge", start=13), Gold(text="ferry", start=44)]
    marks = scored(answer, "list", golds, "a1").marks
    assert (marks["right_sentence"], marks["every_item"]) == (True, True)
    assert marks["right_words"] is marks["exact"] is right


def test_yes_or_no_is_right_with_the_sentence() -> None:
    answer = answered(cited(1, "They built a bridge.", "bridge", 0))
    assert scored(answer, "yesno", [Gold(text="They built")], "a1").marks["right_words"]
    assert not scored(answer, "yesno", [Gold(text="bridge", start=90)], "a1").marks["exact"]


def test_a_place_counts_only_in_a_known_article() -> None:
    answer = answered(cited(1, "They built a bridge.", "bridge", 0))
    elsewhere = [Gold(text="bridge", start=90)]
    assert scored(answer, "answer", elsewhere, None).marks["right_sentence"]
    assert not scored(answer, "answer", elsewhere, "a1").marks["right_sentence"]
    assert not scored(answer, "answer", [Gold(text="bridge")], "a2").marks["right_sentence"]


def test_scores_of_scores() -> None:
    assert auc([0.9, 0.5], [0.5, 0.1]) == pytest.approx(3.5 / 4)
    assert auc([], [0.5]) is auc([0.5], []) is None
    said = [(1.0, True), (0.95, False), (0.2, False), (0.3, True)]
    assert [(b["questions"], b["right"]) for b in reliability(said)] == [(1, 0), (1, 1), (2, 0.5)]
    off = (2 * (0.975 - 0.5) + 0.2 + 0.7) / 4
    assert calibration_error(reliability(said)) == pytest.approx(off)
    assert calibration_error([]) is None
    assert risk_by_coverage(said, 8) == [(1 / 8, 0), (2 / 8, 1 / 2), (3 / 8, 1 / 3), (4 / 8, 0.5)]


def test_nothing_of_a_kind_is_no_share() -> None:
    answer = answered(cited(1, "They built a bridge.", "bridge", 0))
    found = figures([scored(answer, "none", [], None)])
    assert found["answerable"] == {"questions": 0}
    assert found["auc"] is None
    assert found["answered"]["right"] == 0.0
    assert found["bands"]["uncertain"] == {"questions": 0, "score": None, "right": None}
