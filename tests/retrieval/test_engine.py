"""The way from a question to an answer over a corpus with stub models."""

import datetime as dt
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index import Corpus, EmptyCorpus, Filters, InputError, NoSuchArticle
from index.types import Span
from retrieval import Answer, Citation, Engine, Question, Turn
from retrieval.ranking.features import Query
from retrieval.reader.model import Found, PassageReading, ReaderModel
from retrieval.reader.passages import Passage
from retrieval.types import Candidate, Judged
from tests.corpora import StubModel, an_article, some_articles, stub_corpus, stub_reader

FERRY = an_article(
    "ferry",
    "The ferry to Lodova sank on Sunday.",
    "All 31 people on board were saved.",
    published="2023-05-02",
    source="The Courier",
)
BRIDGE = an_article("bridge", "Eva Lund opened the bridge.", published="2023-06-01", source="Post")
ASKED = Question("How many people were on the ferry to Lodova?")


@pytest.fixture
def news(corpus: Corpus) -> Corpus:
    corpus.add([FERRY, BRIDGE])
    return corpus


def engine(corpus: Corpus, threshold: float | None = None, **marks: float) -> Engine:
    given = {name.replace("_", " "): margin for name, margin in marks.items()}
    return Engine(corpus, stub_reader(StubModel(given or {"31 people": 5.0})), threshold)


def notes(answer: Answer, kind: str) -> list[str]:
    return [note.text for note in answer.notes if note.kind == kind]


def stand(corpus: Corpus, citations: Sequence[Citation]) -> bool:
    with corpus.snapshot() as view:
        return all(
            view.article(c.article_id).text[c.start : c.end] == c.quote
            and view.article(c.article_id).text_sha256 == c.text_sha256
            and (c.answer_start is None) == (c.answer_end is None)
            and 0
            <= (c.answer_start or 0)
            < (len(c.quote) if c.answer_end is None else c.answer_end)
            and (c.answer_end or 0) <= len(c.quote)
            for c in citations
        )


def timeless(answer: Answer) -> Answer:
    return answer.model_copy(update={"timings_ms": {}})


def test_an_answer_is_the_words_of_its_first_citation(news: Corpus) -> None:
    answer = engine(news).ask(ASKED)
    assert (answer.status, answer.answer) == ("answered", "31 people")
    first = answer.citations[0]
    assert first.quote[first.answer_start : first.answer_end] == answer.answer
    assert answer.closest == ()
    assert answer.score > 0.9
    assert answer.question == answer.standalone_question == ASKED.text
    assert stand(news, answer.citations)


def test_what_the_reader_is_not_sure_of_is_not_answered(news: Corpus) -> None:
    answer = engine(news, nothing=1.0).ask(ASKED)
    assert (answer.status, answer.answer, answer.citations) == ("not_found", None, ())
    assert answer.closest
    assert {citation.role for citation in answer.closest} == {"context"}
    assert stand(news, answer.closest)


def test_a_higher_threshold_answers_less(news: Corpus) -> None:
    assert engine(news, threshold=1.0).ask(ASKED).status == "not_found"
    assert engine(news, threshold=0.0, nothing=1.0).ask(ASKED).status == "answered"
    own = Question(ASKED.text, threshold=1.0)
    assert engine(news, threshold=0.0).ask(own).status == "not_found"


def test_an_answer_that_only_the_askers_threshold_hides_is_said_to_be(news: Corpus) -> None:
    strict = Question(ASKED.text, threshold=1.0)
    assert notes(engine(news).ask(strict), "unsure")
    assert not notes(engine(news, nothing=1.0).ask(strict), "unsure")
    assert not notes(engine(news).ask(ASKED), "unsure")


def test_an_empty_corpus_says_what_to_do(corpus: Corpus, news: Corpus) -> None:
    news.remove(["ferry", "bridge"])
    with pytest.raises(EmptyCorpus, match="dateline add"):
        engine(corpus).ask(ASKED)
    with pytest.raises(EmptyCorpus):
        engine(corpus).search("ferry")


@pytest.mark.parametrize("text", ["?", "a" * 2000])
def test_what_is_no_question_is_refused(news: Corpus, text: str) -> None:
    with pytest.raises(InputError):
        engine(news).ask(Question(text))
    with pytest.raises(InputError):
        engine(news).search(text)


def test_what_no_article_has_is_missing(news: Corpus) -> None:
    answer = engine(news).ask(Question("Did a zeppelin or the ferry sink in Ruthenborg?"))
    assert answer.missing == ("zeppelin", "Ruthenborg")


def test_a_shouted_question_is_read_as_any_other_and_shown_as_typed(news: Corpus) -> None:
    shouted = Question("DID A ZEPPELIN OR THE FERRY SINK IN RUTHENBORG?")
    answer = engine(news).ask(shouted)
    assert answer.missing == ("zeppelin", "ruthenborg")
    assert answer.standalone_question == shouted.text


@pytest.mark.parametrize("day", [dt.date.min, dt.date.max])
@pytest.mark.parametrize("text", ["who won last week", "who won this year", "what happened today"])
def test_a_day_at_the_end_of_the_calendar_is_told(news: Corpus, text: str, day: dt.date) -> None:
    with pytest.raises(InputError, match=f"{day} is too far away; ask on a day from 1000 to 9000"):
        engine(news).ask(Question(text, asked=day))


def test_a_word_of_the_time_asked_for_is_not_missing(news: Corpus) -> None:
    asked = Question("which zeppelin landed this week", asked=dt.date(2023, 10, 1))
    answer = engine(news).ask(asked)
    assert "zeppelin" in answer.missing
    assert "week" not in answer.missing


def test_a_word_of_an_earlier_question_is_not_missing(news: Corpus) -> None:
    before = Turn("which zeppelin landed?", None)
    answer = engine(news).ask(Question("Did the ferry sink in Ruthenborg?", (before,)))
    assert answer.missing == ("Ruthenborg",)


def test_a_slip_is_read_as_the_word_and_said(news: Corpus) -> None:
    answer = engine(news).ask(Question("how many were on the ferry to Lodowa?"))
    assert notes(answer, "spelling") == ["“Lodowa” was read as “Lodova”."]
    assert answer.standalone_question == "how many were on the ferry to Lodova?"
    assert answer.question.endswith("Lodowa?")
    assert answer.missing == ()


@pytest.mark.parametrize(
    ("filters", "article"),
    [
        (Filters(source="Post"), "bridge"),
        (Filters(article="bridge"), "bridge"),
        (Filters(since=dt.date(2023, 5, 3)), "bridge"),
        (Filters(until=dt.date(2023, 5, 2)), "ferry"),
    ],
)
def test_filters_come_before_ranking(news: Corpus, filters: Filters, article: str) -> None:
    weighed = engine(news).weigh(Question(ASKED.text, filters=filters))
    assert {one.candidate.article.id for one in weighed} == {article}
    assert {s.article_id for s in engine(news).search("ferry", filters=filters)} == {article}


def test_filters_that_let_nothing_through_are_named(news: Corpus) -> None:
    answer = engine(news).ask(Question(ASKED.text, filters=Filters(source="Nobody")))
    assert answer.status == "not_found"
    assert (answer.score, answer.closest) == (0.0, ())
    assert notes(answer, "filters") == ["No article passes the filters."]


def test_an_article_that_is_not_there_cannot_be_asked(news: Corpus) -> None:
    with pytest.raises(NoSuchArticle, match="dateline list"):
        engine(news).ask(Question(ASKED.text, filters=Filters(article="nowhere")))


def test_small_talk_gets_a_reply_of_datelines_own(news: Corpus) -> None:
    answer, ranked = engine(news).explain(Question(" hi "))
    assert (answer.status, answer.answer, answer.citations) == ("not_found", None, ())
    assert answer.standalone_question == "hi"
    assert "Ask about the news articles" in notes(answer, "small_talk")[0]
    assert ranked == []


class Watching:
    """A reader that keeps what it was asked."""

    threshold = 0.5

    def __init__(self) -> None:
        self.query: Query | None = None
        self.found: Sequence[Candidate] = ()

    def judge(self, query: Query, candidates: Sequence[Candidate]) -> list[Judged]:
        self.query, self.found = query, candidates
        return [Judged(candidate, 0.1) for candidate in candidates]


def watched(corpus: Corpus, question: Question) -> tuple[Query, Answer]:
    reader = Watching()
    answer = Engine(corpus, reader).ask(question)
    assert reader.query is not None
    return reader.query, answer


def test_a_follow_up_carries_the_conversation(news: Corpus) -> None:
    before = Turn("where did the ferry sink?", "Lodova", "ferry")
    query, answer = watched(news, Question("and when?", (before,)))
    assert query.text == "and when? | where did the ferry sink? Lodova"
    assert list(query.words) == ["ferri", "sink", "lodova"]
    assert answer.standalone_question == "and when? (with: where did the ferry sink? – Lodova)"
    with news.snapshot() as view:
        assert query.focus == view.find("ferry").version_id


def test_small_talk_is_carried_nowhere(news: Corpus) -> None:
    query, answer = watched(news, Question("and when?", (Turn("thanks!"), Turn("hello"))))
    assert query.text == answer.standalone_question == "and when?"
    assert query.focus is None


def test_an_answer_is_the_turn_that_a_follow_up_leans_on(news: Corpus) -> None:
    answer = engine(news).ask(ASKED)
    turn = answer.as_turn()
    assert (turn.question, turn.answer) == (ASKED.text, "31 people")
    assert turn.article_id == "ferry"
    assert engine(news, nothing=1.0).ask(ASKED).as_turn().answer is None


def test_a_question_is_asked_on_a_day(news: Corpus) -> None:
    query, _ = watched(news, Question(ASKED.text, asked=dt.date(2023, 5, 9)))
    assert query.asked == dt.date(2023, 5, 9)


def test_every_stage_is_timed(news: Corpus) -> None:
    timings = engine(news).ask(ASKED).timings_ms
    assert set(timings) == {"open", "rank", "read", "compose", "total"}
    assert all(spent >= 0 for spent in timings.values())
    assert timings["total"] >= sum(timings[stage] for stage in ("rank", "read", "compose"))


def test_an_explanation_ranks_what_was_weighed(news: Corpus) -> None:
    answer, ranked = engine(news).explain(ASKED)
    assert [one.candidate.article.id for one in ranked] == ["ferry", "ferry", "bridge"]
    assert ranked[0].features["margin"] == 5.0
    assert ranked[0].candidate.quote == answer.citations[0].quote
    assert engine(news).weigh(ASKED) == ranked


def test_a_search_gives_sentences_and_no_answer(filled: Corpus) -> None:
    found = engine(filled, bridge_3=3.0).search("which mayor opened bridge 3 of town 3", k=4)
    assert [one.rank for one in found] == [1, 2, 3, 4]
    assert "bridge 3" in found[0].sentence
    scores = [one.score for one in found]
    assert scores == sorted(scores, reverse=True)
    with filled.snapshot() as view:
        for one in found:
            assert view.article(one.article_id).text[one.start : one.end] == one.sentence
    assert len(engine(filled).search("town", k=1000)) > 20


def test_no_sentence_is_ranked_twice(filled: Corpus) -> None:
    ranked = [one.candidate for one in engine(filled).weigh(Question("bridge rain weather"))]
    places = [(candidate.article.id, candidate.position) for candidate in ranked]
    assert len(places) == len(set(places))


def test_the_same_question_gives_the_same_answer(filled: Corpus) -> None:
    question = Question("who opened bridge 3 in town 4?")
    one, two = (timeless(engine(filled, town_4=4.0).ask(question)) for _ in range(2))
    assert one == two


def test_the_order_in_which_articles_come_does_not_matter(filled: Corpus, tmp_path: Path) -> None:
    other = stub_corpus(tmp_path / "other")
    articles = some_articles(12)
    random.Random(5).shuffle(articles)
    for article in articles:
        other.add([article])
    for text in ("who opened bridge 3 in town 4?", "did it rain?", "visitor7"):
        question = Question(text, asked=dt.date(2023, 10, 1))
        answers = [
            timeless(engine(corpus, bridge_3=3.0, rained=2.0).ask(question))
            for corpus in (filled, other)
        ]
        assert answers[0].citations == answers[1].citations
        assert answers[0].closest == answers[1].closest
        assert answers[0].score == answers[1].score


class Whatever(ReaderModel):
    """Says anything that a model may: any span of a sentence, any items, any logits."""

    def __init__(self, seed: int) -> None:
        super().__init__(Path("/nowhere"))
        self._chance = random.Random(seed)

    def read(
        self, question: str, passages: Sequence[tuple[Passage, Sequence[Span]]]
    ) -> list[PassageReading]:
        return [self._reading(spans) for _, spans in passages]

    def _reading(self, spans: Sequence[Span]) -> PassageReading:
        logit = self._chance.uniform
        found = [Found(self._within(*span), logit(-9, 9)) for span in spans]
        items = [self._within(*span) for span in spans for _ in range(self._chance.randint(0, 2))]
        return PassageReading(logit(-9, 9), logit(-1, 1), tuple(found), tuple(items))

    def _within(self, first: int, last: int) -> Span:
        start = self._chance.randrange(first, last)
        return start, self._chance.randint(start + 1, last)


@given(st.integers(), st.sampled_from(["who opened bridge 3?", "did it rain?", "visitor7 town 4"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
def test_every_quote_is_verbatim_whatever_the_reader_says(
    filled: Corpus, seed: int, text: str
) -> None:
    answer = Engine(filled, stub_reader(Whatever(seed))).ask(Question(text))
    assert answer.citations or answer.closest
    assert stand(filled, answer.citations + answer.closest)
    if answer.status == "answered":
        first = answer.citations[0]
        assert answer.answer == first.quote[first.answer_start : first.answer_end]
    with filled.snapshot() as view:
        titles = {view.article(head.id).title for head in view.heads()}
    assert not titles & {citation.quote for citation in answer.citations}
