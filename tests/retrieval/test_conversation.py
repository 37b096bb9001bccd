"""Follow-ups: what is left out is taken from the conversation, and nothing else is touched."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.conversation import standalone, understood
from retrieval.question import LONGEST_QUESTION, Question, Turn

Talk = list[tuple[str, str | None]]
MEETING: Talk = [("Who did Blinken meet on Monday?", "Han Zheng")]
PLACE: Talk = [("Where did Blinken meet Han Zheng?", "New York")]
PAIR: Talk = [("How long did Sullivan and Wang Yi talk in Malta?", "about 12 hours")]
BALLOON: Talk = [("Why did Blinken not travel to Beijing in February?", "a Chinese balloon")]
CRASH: Talk = [("How many people were killed in the crash?", "12")]


def after(talk: Talk, asked: str) -> Question:
    return Question(asked, tuple(Turn(question, answer) for question, answer in talk))


@pytest.mark.parametrize(
    ("talk", "asked", "meant"),
    [
        (MEETING, "where?", "Where did Blinken meet Han Zheng on Monday?"),
        (MEETING, "and why", "Why did Blinken meet Han Zheng on Monday?"),
        (MEETING, "Who else?", "Who else did Blinken meet on Monday?"),
        (PLACE, "When was that?", "When did Blinken meet Han Zheng?"),
        (PLACE, "with whom?", "With whom did Blinken meet Han Zheng?"),
        (CRASH, "where?", "Where were people killed in the crash?"),
        (CRASH, "When did it happen?", "When were people killed in the crash?"),
        (
            [("What had closed the port?", "a strike of its dockers")],
            "for how long?",
            "For how long had something closed the port?",
        ),
        (
            [("Who met Han Zheng?", "Antony Blinken")],
            "when?",
            "When was it that Antony Blinken met Han Zheng?",
        ),
        (
            [("Who met Han Zheng?", None)],
            "when?",
            "When was it that someone met Han Zheng?",
        ),
        ([("How many died in Derna?", None)], "when?", "When was it that some died in Derna?"),
        ([("why", None)], "when?", "When?"),
        (
            [("Did Blinken meet Han Zheng?", "met Han Zheng on Monday")],
            "where?",
            "Where did Blinken meet Han Zheng?",
        ),
    ],
)
def test_another_question_word_asks_the_last_question_anew(
    talk: Talk, asked: str, meant: str
) -> None:
    assert standalone(after(talk, asked)) == meant


@pytest.mark.parametrize(
    ("talk", "asked", "meant"),
    [
        (PLACE, "And Sullivan?", "Where did Sullivan meet Han Zheng?"),
        ([("did hanzheng testify", None)], "and Sullivan?", "did Sullivan testify"),
        (
            BALLOON,
            "How long had it been since the last American visit?",
            "How long had it been since the last American visit?",
        ),
        (
            [*PLACE, ("who said so?", "a senior official")],
            "and Sullivan?",
            "Where did Sullivan meet Han Zheng?",
        ),
        (PLACE, "what about sullivan", "Where did sullivan meet Han Zheng?"),
        (MEETING, "What about Tuesday?", "Who did Blinken meet on Tuesday?"),
        (PAIR, "and in Vienna?", "How long did Sullivan and Wang Yi talk in Vienna?"),
        (
            [("How long was Xi with Blinken?", None), ("how long was he with Qin Gang?", None)],
            "what about Wang Yi?",
            "how long was Xi with Wang Yi?",
        ),
    ],
)
def test_another_name_takes_the_place_of_one_of_its_kind(
    talk: Talk, asked: str, meant: str
) -> None:
    assert standalone(after(talk, asked)) == meant


@pytest.mark.parametrize(
    ("talk", "asked", "meant"),
    [
        (PLACE, "What did he say about Taiwan?", "What did Blinken say about Taiwan?"),
        (PLACE, "who is his deputy", "who is Blinken’s deputy"),
        (  # whom a longer answer names first
            [("Who is Ostland's minister?", "Ann Ott, and the head of its army is Jan Ek")],
            "when did he resign?",
            "when did Ann Ott resign?",
        ),
        (
            [*PLACE, ("who said so?", "A senior official of the Ostland ministry of war")],
            "did he give a reason?",
            "did a senior official give a reason?",
        ),
        (
            [("What did the White House say about the talks?", None)],
            "when did they publish it?",
            "when did White House publish the talks?",
        ),
        (
            [("what does the senior official aim to do", None)],
            "where did he say that?",
            "where did the senior official say that (the senior official aim to do)?",
        ),
        (PLACE, "ok and sullivan, what does he do?", "what does sullivan do?"),
        (PLACE, "What about Wang Yi, did his aides come?", "did Wang Yi’s aides come?"),
        (PLACE, "In short, what did he say?", "In short, what did Blinken say?"),
        ([("what's Tutu's job", None)], "was he in Ostland?", "was Tutu in Ostland?"),
        ([("Who flew with Artemis-1?", None)], "when did they land?", "when did Artemis-1 land?"),
        (
            [*PLACE, ("who said that?", "Mao Ning")],
            "what else did she say?",
            "what else did Mao Ning say?",
        ),
        (
            [("latest on Ruthenbank", "The collapse of the bank shook the markets.")],
            "who founded it?",
            "who founded Ruthenbank?",
        ),
        (
            [("Who is the vice president of China?", "Han Zheng")],
            "where was he born?",
            "where was Han Zheng born?",
        ),
        (
            [("What did the parliament pass?", None), ("Who opposed Giorgia Meloni?", None)],
            "when was she elected?",
            "when was Giorgia Meloni elected?",
        ),
        (PAIR, "did they speak of TikTok?", "did Sullivan and Wang Yi speak of TikTok?"),
        (BALLOON, "When was it shot down?", "When was a Chinese balloon shot down?"),
        (CRASH, "what caused it?", "what caused the crash?"),
        (PLACE, "how long was Wang Yi there?", "how long was Wang Yi in New York?"),
        (
            [("When did Xi land?", "on Monday")],
            "who was in Paris then?",
            "who was in Paris on Monday?",
        ),
        (PAIR, "They've met where before?", "Sullivan and Wang Yi have met where before?"),
    ],
)
def test_a_pronoun_gives_way_to_what_it_means(talk: Talk, asked: str, meant: str) -> None:
    assert standalone(after(talk, asked)) == meant


@pytest.mark.parametrize(
    ("talk", "asked", "meant"),
    [
        (PLACE, "how long did that take?", "how long did that take (Blinken meet Han Zheng)?"),
        (PLACE, "how long was the meeting?", "how long was the meeting (Blinken, Han Zheng)?"),
        (MEETING, "tell me more", "tell me more (Blinken meet Han Zheng on Monday)"),
        (  # "the US" once
            [("Did the US and China meet?", None)],
            "how was the meeting?",
            "how was the meeting (US, China)?",
        ),
    ],
)
def test_what_cannot_be_put_in_its_place_stands_in_brackets(
    talk: Talk, asked: str, meant: str
) -> None:
    assert standalone(after(talk, asked)) == meant


def test_a_follow_up_to_follow_ups_keeps_the_subject() -> None:
    talk: Talk = [*MEETING, ("where?", "New York"), ("and Sullivan?", "Malta")]
    assert standalone(after(talk, "why?")) == "Why did Sullivan meet Han Zheng on Monday?"
    talk += [("what did he say about Taiwan?", "nothing"), ("and about TikTok?", None)]
    assert standalone(after(talk, "when?")) == "When did Sullivan say about TikTok?"


def test_lower_case_without_punctuation_is_understood() -> None:
    talk: Talk = [("who did blinken meet on monday", "Han Zheng"), ("where", "New York")]
    assert standalone(after(talk, "what about sullivan")) == (
        "Where did sullivan meet Han Zheng on monday?"
    )
    assert standalone(after(talk, "why did he go")) == "why did blinken go"


@pytest.mark.parametrize(
    "asked",
    [
        "Who chairs APEC?",
        "where did Putin meet Kim Jong Un",
        "Is there a truce in Gaza?",
        "Are there sanctions against the Chinese defence minister Li Shangfu?",
        "Did Macron say he would go to Kyiv?",
        "Is it true that Macron went to Kyiv?",
        "What did Macron announce this week in Paris?",
        "Which athletes that tested positive won medals in Tokyo?",
        "thanks",
        "ok, thank you very much!",
    ],
)
@pytest.mark.parametrize("talk", [PLACE, PAIR, BALLOON, CRASH], ids=lambda talk: talk[0][0][:9])
def test_what_stands_alone_is_left_alone(talk: Talk, asked: str) -> None:
    reading = understood(after(talk, asked))
    assert (reading.text, reading.leans) == (asked, 0.0)


@pytest.mark.parametrize(
    ("asked", "leans"), [("when?", 1.0), ("What did he say?", 1.0), ("how long was the trip?", 0.5)]
)
def test_how_far_a_question_leans(asked: str, leans: float) -> None:
    assert understood(after(PLACE, asked)).leans == leans


def test_only_the_last_turns_count() -> None:
    old: Talk = [("Who is Giorgia Meloni?", "Italy’s prime minister")]
    new: Talk = [("Who chairs APEC?", "Biden")] * 8
    assert "Meloni" in standalone(after(old, "where was she born?"))
    assert standalone(after([*old, *new], "when?")) == standalone(after(new, "when?"))


WORDS = """he they it there that this who when where why how many and what about did was the of in
on Blinken Han Zheng sullivan China president Monday 22nd what's they've ? . ( ) ’s else 漢"""
words = st.sampled_from(WORDS.split())
texts = st.lists(words, max_size=10).map(" ".join) | st.text(max_size=30)
histories = st.lists(st.tuples(texts, st.none() | texts), max_size=4)


@given(histories, texts)
@settings(deadline=None)
def test_any_conversation_is_read_the_same_way_twice(talk: Talk, asked: str) -> None:
    question = after(talk, asked)
    reading = understood(question)
    assert understood(question) == reading
    assert 0 <= reading.leans <= 1
    if not talk or not reading.leans:
        assert reading.text == asked.strip()


@pytest.mark.parametrize(
    "unit", ["he ", "and ", "the the ", "Aa Bb ", "A. ", "what about ", "(", "'", "in on ", "漢字 "]
)
def test_hostile_length_takes_bounded_time(unit: str) -> None:
    long = unit * (LONGEST_QUESTION // len(unit))
    talk: Talk = [(long * 3, long * 3)] * 100
    started = time.process_time()
    reading = understood(after(talk, long))
    assert time.process_time() - started < 5  # 0.3 on two shared cores
    assert len(reading.text) < 3 * LONGEST_QUESTION
