import pytest

from index.text.words import content_stems
from retrieval.question import AnswerType, answer_type
from retrieval.spans import has_span, is_unlike, spans_of


@pytest.mark.parametrize(
    ("question", "sentence", "answer"),
    [
        (
            "Where did Anna Berg meet Li Wei?",
            "(Oslo) Anna Berg met Li Wei in Geneva on Tuesday, their offices said.",
            "Geneva",
        ),
        ("Where was the treaty signed?", "The treaty was signed at St. Gallen.", "St. Gallen"),
        (
            "When did the dam burst?",
            "The dam burst on Sept. 11, 2023, in heavy rain.",
            "Sept. 11, 2023",
        ),
        ("When is the vote?", "The vote is due in mid-November in the capital.", "mid-November"),
        (
            "How long did the strike last?",
            "The strike lasted 12 hours over two days, a union said.",
            "12 hours over two days",
        ),
        ("How many ships sailed?", "At least 1,300 ships sailed in 24 hours.", "At least 1,300"),
        ("How much did the bridge cost?", "The bridge cost $1.2 billion to build.", "$1.2 billion"),
        ("How high did it fly?", "OSLO, Sept. 18 — It could fly at 58,000 feet.", "58,000 feet"),
        (
            "Who opened the museum?",
            "The museum was opened by Gen. Mark A. Hale.",
            "Gen. Mark A. Hale",
        ),
    ],
)
def test_the_words_of_the_kind_asked_for(question: str, sentence: str, answer: str) -> None:
    kind = answer_type(question)
    assert answer in [sentence[start:end] for start, end in spans_of(sentence, kind)]
    assert has_span(sentence, kind, set(content_stems(question)))


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (AnswerType.PERSON, "The balloon was shot down off the coast of South Carolina."),
        (AnswerType.PERSON, "Joe Biden’s adviser was shot at."),
        (AnswerType.NUMBER, "OSLO, Sept. 18 — The balloon was shot down."),
        (AnswerType.ANY, "The balloon was shot down in Oslo on Monday."),
    ],
)
def test_what_only_looks_like_the_kind_asked_for_is_not(kind: AnswerType, sentence: str) -> None:
    assert not has_span(sentence, kind, {"shot", "balloon"})


def test_words_of_the_question_never_answer_it() -> None:
    asked = set(content_stems("where but in Malta did they meet"))
    assert not has_span("They met in Malta.", AnswerType.PLACE, asked)
    assert has_span("They met in Vienna.", AnswerType.PLACE, asked)


@pytest.mark.parametrize(
    ("question", "words", "unlike"),
    [
        ("How many plaintiffs are there?", "the owners of the site", True),
        ("How many plaintiffs are there?", "a dozen", False),
        ("How long did they talk?", "in the coming months", True),
        ("How long did they talk?", "until midnight", False),
        ("When did he buy it?", "$116 billion", True),
        ("When did he buy it?", "after the war", False),
        ("Why did he buy it?", "$116 billion", False),
    ],
)
def test_words_that_cannot_answer_by_their_kind(question: str, words: str, unlike: bool) -> None:
    assert is_unlike(words, answer_type(question)) is unlike
