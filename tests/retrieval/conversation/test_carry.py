"""What goes along with a question: the turns before it, cut to a bearable length."""

from retrieval import conversation
from retrieval.question import Turn

MET = Turn("who met Han Zheng?", "Blinken")
WHERE = Turn("where?", "New York")


def test_a_first_question_goes_alone() -> None:
    assert conversation.asked("who met Han Zheng?") == "who met Han Zheng?"
    assert conversation.ways_to_ask("who met Han Zheng?", ()) == ["who met Han Zheng?"]
    assert conversation.shown("who met Han Zheng?", ()) == "who met Han Zheng?"


def test_the_reader_is_given_the_turns_before_the_newest_first() -> None:
    assert (
        conversation.asked("when?", (MET, WHERE))
        == "when? | where? New York | who met Han Zheng? Blinken"
    )


def test_the_reader_is_given_three_turns() -> None:
    turns = [Turn(f"question {n}?", f"answer {n}") for n in range(5)]
    assert conversation.asked("and?", turns).split(" | ")[1:] == [
        "question 4? answer 4",
        "question 3? answer 3",
        "question 2? answer 2",
    ]


def test_a_turn_without_an_answer_is_its_question() -> None:
    assert conversation.asked("when?", (Turn("where?"),)) == "when? | where?"


def test_long_questions_are_cut_to_so_many_words() -> None:
    question, *told = conversation.asked("q " * 100, (Turn("t " * 100, "a " * 20),)).split(" | ")
    assert question == " ".join("q" * 48)
    assert told == [" ".join("t" * 48 + "a" * 20)]


def test_a_sentence_of_a_digest_is_not_carried() -> None:
    assert conversation.told(Turn("what's new in Arva?", "a " * 21)) == "what's new in Arva?"


def test_a_line_break_in_a_turn_does_not_part_it() -> None:
    assert conversation.asked("when\n\nwas that?", (Turn("where\tthen?"),)) == (
        "when was that? | where then?"
    )


def test_a_follow_up_is_searched_for_as_typed_and_with_the_last_and_the_first_turn() -> None:
    between = Turn("who else?", "Wang Yi")
    assert conversation.ways_to_ask("when?", (MET, between, WHERE)) == [
        "when?",
        "when? where? New York who met Han Zheng? Blinken",
    ]


def test_the_same_turn_is_searched_for_once() -> None:
    assert conversation.ways_to_ask("when?", (MET,)) == [
        "when?",
        "when? who met Han Zheng? Blinken",
    ]
    assert (
        conversation.ways_to_ask("when?", (MET, WHERE, MET))[1]
        == "when? who met Han Zheng? Blinken"
    )


def test_people_are_shown_what_is_searched_for() -> None:
    assert conversation.shown("when?", (MET, WHERE)) == (
        "when? (with: where? – New York; who met Han Zheng? – Blinken)"
    )
    assert conversation.shown("when?", (MET,)) == "when? (with: who met Han Zheng? – Blinken)"
