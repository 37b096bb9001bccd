import pytest

from index import InputError
from retrieval.question import AnswerType, answer_type, check, in_full


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Where did they meet?", AnswerType.PLACE),
        ("In which city did they meet?", AnswerType.PLACE),
        ("Who met Han Zheng?", AnswerType.PERSON),
        ("Who is Wang Yi?", AnswerType.ANY),  # asks what the article says of him
        ("When does Taiwan vote?", AnswerType.TIME),
        ("How long did the talks last?", AnswerType.DURATION),
        ("How many aircraft were counted?", AnswerType.NUMBER),
        ("How high did the balloon fly?", AnswerType.MEASURE),
        ("How much did it cost?", AnswerType.AMOUNT),
        ("Why was the trip put off?", AnswerType.ANY),
        ("balloon february", AnswerType.ANY),
    ],
)
def test_the_kind_of_answer(question: str, kind: AnswerType) -> None:
    assert answer_type(question) is kind


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("whats the aim and wheres it held", "what's the aim and where's it held"),
        ("Whos Han Zheng?", "Who's Han Zheng?"),
        ("Whose balloon was it, and what shows it?", "Whose balloon was it, and what shows it?"),
    ],
)
def test_an_apostrophe_left_out_is_put_in(typed: str, read: str) -> None:
    assert in_full(typed) == read


@pytest.mark.parametrize("text", ["", "?!…", "🙂🙂", " \n"])
def test_a_question_without_words_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="no words"):
        check(text)


def test_a_question_too_long_is_refused() -> None:
    with pytest.raises(InputError, match="100,000 characters"):
        check("a" * 100_000)
