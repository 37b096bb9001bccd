"""Answers as a person reads them."""

import pytest

from bot.cli.render import answer_lines
from bot.cli.terminal import draw
from retrieval.answer import Answer, Citation

MET = "Anna Berg met Li Wei in Oslo."


def cited(n: int, words: str) -> Citation:
    at = MET.index(words)
    return Citation(
        n=n,
        role="answer",
        quote=MET,
        answer_start=at,
        answer_end=at + len(words),
        article_id="a",
        title="A meeting",
        start=0,
        end=len(MET),
        text_sha256="0" * 64,
    )


LIST = Answer(
    corpus_version="1",
    question="who met",
    standalone_question="who met",
    status="answered",
    answer="Anna Berg",
    score=0.9,
    citations=(cited(1, "Anna Berg"), cited(2, "Li Wei")),
)


def test_a_list_is_one_quote_with_all_its_items_marked(capsys: pytest.CaptureFixture[str]) -> None:
    lines = list(answer_lines(LIST))
    marked = [part.text for line in lines for part in line.parts if part.style == "bold green"]
    assert marked == ["Anna Berg", "Li Wei"]
    draw(lines)
    assert capsys.readouterr().out == (
        "Anna Berg · Li Wei (sure)\n"
        "\n"
        "  [1, 2] “Anna Berg met Li Wei in Oslo.”\n"
        "    A meeting\n"
        "    dateline show a --at 0-29\n"
    )


def refusal(score: float) -> Answer:
    none = {"status": "not_found", "answer": None, "citations": ()}
    return LIST.model_copy(update={**none, "score": score, "closest": LIST.citations[:1]})


def test_a_refusal_that_may_be_wrong_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    for score, said, label in (
        (0.19, "The articles don't say.", "closest, not an answer: "),
        (0.21, "The articles don't say, or not in so many words.", "closest, perhaps an answer: "),
    ):
        draw(list(answer_lines(refusal(score))))
        first, _, closest, *_ = capsys.readouterr().out.splitlines()
        assert (first, closest) == (said, f"  {label}“{MET}”")


def test_words_that_no_article_has_are_cut_short(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("Zamunda", "x" * 900, *(f"word{n}" for n in range(140)))
    answer = Answer(
        corpus_version="1",
        question="?",
        standalone_question="?",
        status="not_found",
        answer=None,
        score=0.0,
        missing=words,
    )
    draw(list(answer_lines(answer)))
    out = capsys.readouterr().out
    assert out.startswith(
        f"The articles don't say. No article has “Zamunda”, “{'x' * 59}…”, “word0”"
    )
    assert "word7" in out
    assert "word8" not in out
