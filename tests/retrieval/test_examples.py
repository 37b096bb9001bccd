"""The way from a question to an answer over the example articles, with the real model."""

import datetime as dt
import hashlib
import json
from pathlib import Path

import pytest

from index import EmptyCorpus, Filters, Home
from retrieval import Answer, Citation, Engine, Question, Turn
from retrieval.reader import SpanReader
from tests.conftest import REPOSITORY

QUESTIONS = [
    json.loads(line)
    for line in (REPOSITORY / "tests" / "data" / "questions.jsonl").read_text("utf-8").splitlines()
]
# The quality gate: of 60 answerable and 20 other questions the shipped reader puts 51 right
# sentences first and 58 among five, marks 48 right words and abstains on 17. One or two may change
# with a harmless edit; more is a drop. A change may raise these, never lower them.
LEAST_FIRST, LEAST_IN_FIVE, LEAST_WORDS, LEAST_ABSTAINED = 49, 57, 46, 16
# Of the questions, the articles and the floors together: whoever changes any of them changes this
# line as well, and says in the commit what the gate measured before and after.
GATE = "80968e92aae31d364dd8d4fd45c5ddb625bfbbb3eb756008aff2563de3aaf115"


@pytest.fixture(scope="module")
def engine(example_home: Path) -> Engine:
    return Engine(Home(example_home).corpus("default"))


def quotes_stand(engine: Engine, citations: tuple[Citation, ...]) -> bool:
    with engine.corpus.snapshot() as view:
        return all(
            view.article(c.article_id).text[c.start : c.end] == c.quote
            and view.article(c.article_id).text_sha256 == c.text_sha256
            for c in citations
        )


def test_the_example_to_hold_on_to(engine: Engine) -> None:
    answer = engine.ask(Question("where did Blinken meet Han Zheng"))
    assert (answer.status, answer.answer) == ("answered", "New York")
    first = answer.citations[0]
    assert first.quote[first.answer_start : first.answer_end] == "New York"
    assert "Han Zheng" in first.quote
    assert quotes_stand(engine, answer.citations)


@pytest.mark.parametrize("question", [q["question"] for q in QUESTIONS])
def test_every_quote_is_verbatim(engine: Engine, question: str) -> None:
    answer = engine.ask(Question(question))
    assert answer.citations or answer.closest or answer.notes
    assert quotes_stand(engine, answer.citations + answer.closest)
    if answer.status == "answered":
        first = answer.citations[0]
        assert answer.answer == first.quote[first.answer_start : first.answer_end]
        assert [c.n for c in answer.citations] == list(range(1, len(answer.citations) + 1))
    else:
        assert answer.answer is None
        assert answer.citations == ()


def test_the_gate_is_the_one_that_was_agreed_on() -> None:
    data = REPOSITORY / "tests" / "data" / "questions.jsonl"
    articles = sorted((REPOSITORY / "examples" / "articles").iterdir())
    floors = f"{LEAST_FIRST} {LEAST_IN_FIVE} {LEAST_WORDS} {LEAST_ABSTAINED}".encode()
    parts = [floors, *(path.read_bytes() for path in (data, *articles))]
    assert hashlib.sha256(b"\0".join(parts)).hexdigest() == GATE, (
        "the quality gate's questions, articles or floors have changed; see above GATE"
    )


@pytest.mark.slow
def test_quality_does_not_drop(engine: Engine) -> None:
    first = in_five = words = abstained = 0
    for asked in QUESTIONS:
        if asked.get("not_found"):
            abstained += engine.ask(Question(asked["question"])).status == "not_found"
            continue
        right = [asked, *asked.get("alternatives", [])]
        ranked = engine.weigh(Question(asked["question"]))
        ranks = [
            rank
            for rank, judged in enumerate(ranked)
            if any(one["sentence"] in judged.candidate.quote for one in right)
        ]
        first += bool(ranks) and ranks[0] == 0
        in_five += bool(ranks) and ranks[0] < 5
        span, quote = ranked[0].judgement.span, ranked[0].candidate.quote
        said = (quote[slice(*span)] if span else quote).lower()
        words += any(
            one["sentence"] in quote
            and one.get("answer")
            and (one["answer"].lower() in said or said in one["answer"].lower())
            for one in right
        )
    assert first >= LEAST_FIRST
    assert in_five >= LEAST_IN_FIVE
    assert words >= LEAST_WORDS
    assert abstained >= LEAST_ABSTAINED


@pytest.mark.parametrize(
    "question",
    [
        "who won the chess championship in Reykjavik",
        "where did Kamala Harris meet Narendra Modi",
    ],
)
def test_what_the_articles_do_not_say_is_not_answered(engine: Engine, question: str) -> None:
    answer = engine.ask(Question(question))
    assert answer.status == "not_found"
    assert answer.missing


def test_the_same_question_gives_the_same_answer(engine: Engine) -> None:
    question = Question("how many aircraft did Taiwan count")

    def timeless(answer: Answer) -> Answer:
        return answer.model_copy(update={"timings_ms": {}})

    assert timeless(engine.ask(question)) == timeless(engine.ask(question))


def test_case_and_question_mark_do_not_matter(engine: Engine) -> None:
    formal = engine.ask(Question("Where did Blinken meet Han Zheng?"))
    casual = engine.ask(Question("where did blinken meet han zheng"))
    assert casual.citations[0] == formal.citations[0]


def test_an_apostrophe_left_out_does_not_matter_and_the_question_stays_as_typed(
    engine: Engine,
) -> None:
    asked = "wheres the APEC summit"
    answer, written = engine.ask(Question(asked)), engine.ask(Question("where's the APEC summit"))
    assert answer.question == asked
    assert (answer.answer, answer.score) == (written.answer, written.score)


def test_a_misspelt_name_is_read_as_the_corpus_writes_it_and_said(engine: Engine) -> None:
    answer = engine.ask(Question("where did Sulivan meet Wang Yi"))
    assert "Sullivan" in answer.standalone_question
    assert any(note.kind == "spelling" and "Sulivan" in note.text for note in answer.notes)


def test_filters_come_before_ranking(engine: Engine) -> None:
    question = "how many people died in the flood"
    until = Question(question, filters=Filters(until=dt.date(2023, 9, 17)))
    since = Question(question, filters=Filters(since=dt.date(2023, 9, 19)))
    assert all(j.candidate.article.published.day <= "2023-09-17" for j in engine.weigh(until))  # type: ignore[union-attr, operator]
    assert all(j.candidate.article.published.day >= "2023-09-19" for j in engine.weigh(since))  # type: ignore[union-attr, operator]


def test_filters_that_let_nothing_through_are_named(engine: Engine) -> None:
    answer = engine.ask(Question("where did they meet", filters=Filters(source="Nobody")))
    assert answer.status == "not_found"
    assert [note.kind for note in answer.notes] == ["filters"]


def test_no_sentence_is_ranked_twice(engine: Engine) -> None:
    quotes = [s.sentence.casefold() for s in engine.search("Blinken Beijing", k=30)]
    assert len(quotes) == len(set(quotes))


def test_a_judgement_does_not_depend_on_what_else_is_read(engine: Engine) -> None:
    judged = engine.weigh(Question("when was the balloon shot down"))
    query = engine.explain(Question("when was the balloon shot down")).query
    alone = [SpanReader().read(query, [j.candidate])[0] for j in judged[:5]]
    assert alone == [j.judgement for j in judged[:5]]


def test_an_empty_corpus_says_what_to_do(empty_home: Path) -> None:
    with pytest.raises(EmptyCorpus, match="dateline add"):
        Engine(Home(empty_home).corpus("default")).ask(Question("where"))


def note(answer: Answer, kind: str) -> str:
    return " ".join(note.text for note in answer.notes if note.kind == kind)


def test_small_talk_gets_a_reply_of_datelines_own(engine: Engine) -> None:
    answer = engine.ask(Question("hi"))
    assert (answer.status, answer.answer, answer.citations) == ("not_found", None, ())
    assert "Ask about the news articles" in note(answer, "small_talk")


def test_what_small_talk_suggests_is_answered(engine: Engine) -> None:
    tries = note(engine.ask(Question("hi")), "suggestions").removeprefix("Try: ").split("; ")
    assert len(tries) == 3
    assert all(engine.ask(Question(asked)).status == "answered" for asked in tries)


def test_relative_dates_are_worked_out_beside_the_quote(engine: Engine) -> None:
    answer = engine.ask(Question("when did Blinken meet Han Zheng"))
    assert "Monday = 18 September 2023." in note(answer, "date")
    assert "18 September" not in answer.citations[0].quote


def test_two_questions_in_one_are_both_answered(engine: Engine) -> None:
    answer = engine.ask(
        Question("Where did Blinken meet Han Zheng, and when did Sullivan meet Wang Yi?")
    )
    assert [citation.n for citation in answer.citations] == list(
        range(1, len(answer.citations) + 1)
    )
    assert answer.answer == "New York"
    assert len({c.article_id for c in answer.citations if c.role == "answer"}) == 2
    assert quotes_stand(engine, answer.citations)


def test_when_and_where_are_two_questions(engine: Engine) -> None:
    answer = engine.ask(Question("When and where did Blinken meet Han Zheng?"))
    assert answer.answer == "Monday"
    assert "where did Blinken meet Han Zheng? – “New York” [2]" in note(answer, "part")


def test_a_digest_is_dated_sentences_of_several_articles_newest_first(engine: Engine) -> None:
    answer = engine.ask(Question("what happened with the Chinese balloon"))
    days = [citation.published or "" for citation in answer.citations]
    assert days == sorted(days, reverse=True)
    assert len({citation.article_id for citation in answer.citations}) > 1
    assert sum("balloon" in citation.quote.lower() for citation in answer.citations) >= 3
    assert engine.ask(Question("latest on the Zurich marathon")).status == "not_found"


def test_a_digest_searches_for_its_topic(engine: Engine) -> None:
    answer = engine.ask(Question("latest on New York"))
    assert answer.missing == ()
    assert all("New York" in citation.quote for citation in answer.citations)
    assert note(answer, "digest") == "Sentences about New York, the newest article first."


def test_yes_or_no_is_settled_by_a_whole_sentence(engine: Engine) -> None:
    answer = engine.ask(Question("Did Blinken meet Han Zheng in New York?"))
    assert answer.status == "answered"
    assert answer.answer == answer.citations[0].quote


def test_yes_or_no_is_not_settled_by_articles_that_lack_the_name(engine: Engine) -> None:
    asked = "Did Sullivan and Wang Yi talk about TikTok?"
    assert engine.ask(Question(asked)).status == "not_found"
    assert engine.ask(Question(asked.replace("TikTok", "Taiwan"))).status == "answered"


def test_nobody_is_given_the_words_of_another(engine: Engine) -> None:
    asked = "what did {} say about Taiwan"
    answer = engine.ask(Question(asked.format("Wang")))
    assert "red line" in answer.citations[0].quote
    assert engine.ask(Question(asked.format("Sullivan"))).citations[:1] != answer.citations[:1]


def test_a_question_that_names_nothing_needs_one_before_it(engine: Engine) -> None:
    alone = engine.ask(Question("when was that?"))
    assert alone.status == "not_found"
    assert "does not name" in note(alone, "small_talk")
    before = (Turn("where did Blinken meet Han Zheng", "New York"), Turn("thanks"))
    after = engine.ask(Question("when was that?", before))
    assert "Monday" in (after.answer or "")


def test_who_somebody_is_is_told_by_what_introduces_the_name(engine: Engine) -> None:
    answer = engine.ask(Question("who is mao ning"))
    assert answer.answer == "a spokeswoman for the foreign ministry"
    assert engine.ask(Question("Who is Henry Kissinger?")).status == "not_found"


def test_a_higher_threshold_answers_less(engine: Engine) -> None:
    asked = Question("where did Blinken meet Han Zheng")
    assert Engine(engine.corpus, threshold=1.0).ask(asked).status == "not_found"
    assert Engine(engine.corpus, threshold=0.0).ask(asked).status == "answered"


def test_an_answer_that_only_the_askers_threshold_hides_is_said_to_be(engine: Engine) -> None:
    asked = Question("where did Blinken meet Han Zheng", threshold=1.0)
    assert note(engine.ask(asked), "unsure")
    assert not note(Engine(engine.corpus, threshold=1.0).ask(asked), "unsure")
    other = Question("who won the chess championship in Reykjavik", threshold=1.0)
    assert not note(engine.ask(other), "unsure")


def test_a_change_of_subject_carries_nothing(engine: Engine) -> None:
    before = (Turn("where did Blinken meet Han Zheng", "New York"),)
    alone = engine.ask(Question("How many people died in the Derna flood?"))
    after = engine.ask(Question("How many people died in the Derna flood?", before))
    assert after.citations == alone.citations


def test_a_follow_up_is_understood_from_the_conversation(engine: Engine) -> None:
    before = (Turn("where did Blinken meet Han Zheng", "New York"),)
    answer = engine.ask(Question("and when?", before))
    assert "Han Zheng" in answer.standalone_question
    assert "Monday" in (answer.answer or "")
