"""Topics, summaries and what is new, over small articles and a reader that is never sure."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import pytest

from index import Corpus, Filters
from retrieval import Answer, Engine, Question, Turn
from retrieval.answering.digest import central
from retrieval.engine import MOST_TURNS
from retrieval.question import content_words
from retrieval.ranking.candidates import query_words
from retrieval.ranking.features import Query
from retrieval.types import Candidate, Judged
from tests.corpora import an_article, some_articles

QUAKE = (
    "An earthquake shook the port of Arva on Monday and destroyed two hundred houses there.",
    "“We ran into the street with nothing,” said a baker who lost his house in the earthquake.",
    "It was the strongest in the region for forty years, the institute of geology said.",
    "Rescuers dug for people under the houses of the port until late on Monday night.",
    "The government promised money to everybody who lost a house in the earthquake.",
    "Schools in Arva stay closed until the engineers have looked at their walls and roofs.",
    "The railway to the port of Arva is interrupted, and ships cannot be unloaded there.",
    "An earthquake shook the port of Arva on Monday and destroyed two hundred houses there.",
    "Read more here",
)


class NeverSure:
    """A reader that says of every sentence that it hardly answers, and counts how often."""

    threshold = 0.5

    def __init__(self) -> None:
        self.read = 0
        self.probability = 0.1

    def judge(self, query: Query, candidates: Sequence[Candidate]) -> list[Judged]:
        self.read += 1
        return [Judged(candidate, self.probability) for candidate in candidates]


@pytest.fixture
def reader() -> NeverSure:
    return NeverSure()


@pytest.fixture
def engine(corpus: Corpus, reader: NeverSure) -> Engine:
    dates = ("2023-09-18", "2023-09-20", "2023-08-01")
    titles = ("Earthquake in Arva", "Arva counts its houses", "Olive harvest begins")
    texts = (
        QUAKE,
        ("After the earthquake Arva counts three hundred houses that cannot be lived in.",),
        ("Growers in the south have begun to harvest olives, earlier than in other years.",),
    )
    ids = ("quake", "count", "olives")
    corpus.add(
        [
            an_article(article_id, *lines, title=title, published=day, source="The Courier")
            for article_id, lines, title, day in zip(ids, texts, titles, dates, strict=True)
        ]
    )
    return Engine(corpus, reader)


def articles(answer: Answer) -> list[str]:
    return list(dict.fromkeys(citation.article_id for citation in answer.citations))


def told(answer: Answer) -> list[tuple[str, str]]:
    return [(note.kind, note.text) for note in answer.notes]


def ids(engine: Engine, *names: str) -> list[str]:
    with engine.corpus.snapshot() as view:
        return [view.find(name).id for name in names]


def test_what_is_new_is_a_sentence_of_each_article_the_newest_first(
    engine: Engine, reader: NeverSure
) -> None:
    answer = engine.ask(Question("what's new?"))
    assert answer.status == "answered"
    assert articles(answer) == ids(engine, "count", "quake", "olives")
    assert len(answer.citations) == 3
    assert answer.answer == answer.citations[0].quote
    assert answer.score > 0.9
    assert [note.kind for note in answer.notes] == ["digest"]
    assert reader.read == 0
    assert answer.timings_ms["total"] > 0


@pytest.mark.parametrize("text", ["latest on the earthquake", "tell me about the earthquake"])
def test_a_topic_is_told_by_its_articles(engine: Engine, reader: NeverSure, text: str) -> None:
    answer = engine.ask(Question(text))
    assert articles(answer) == ids(engine, "count", "quake")
    assert {citation.role for citation in answer.citations} == {"answer"}
    assert all(citation.answer_start is None for citation in answer.citations)
    assert answer.score > 0.5
    assert reader.read == 0


def test_a_timeline_has_the_oldest_article_first_and_goes_on_from_there(engine: Engine) -> None:
    asked = Question("timeline of the earthquake")
    answer = engine.ask(asked)
    assert articles(answer) == ids(engine, "quake", "count")
    assert told(answer) == [("digest", "Sentences about “earthquake”, the oldest article first.")]
    more = engine.ask(Question("more", (answer.as_turn(),)))
    assert told(more) == told(answer)
    assert not {c.quote for c in more.citations} & {c.quote for c in answer.citations}


def test_the_score_is_how_likely_the_articles_are_on_the_topic(engine: Engine) -> None:
    whole = engine.ask(Question("latest on the Arva earthquake"))
    answer = engine.ask(Question("latest on the Arva earthquake landslide"))
    assert answer.status == "answered"
    assert 0.4 <= answer.score < whole.score < 1
    assert answer.missing == ("landslide",)
    assert answer.notes[0].text == "No article has “landslide”."


def test_a_bare_topic_is_told_when_nothing_answers(engine: Engine, reader: NeverSure) -> None:
    answer = engine.ask(Question("earthquake"))
    assert (articles(answer), reader.read) == (ids(engine, "count", "quake"), 1)


def test_of_a_question_and_a_request_the_likelier_is_meant(
    engine: Engine, reader: NeverSure
) -> None:
    asked = Question("what happened in Arva")  # a request by .7
    for reader.probability, is_digest in ((0.1, True), (0.55, True), (0.9, False)):
        kinds = [note.kind for note in engine.ask(asked).notes]
        assert ("digest" in kinds) is is_digest
    assert reader.read == 3


def test_a_bare_topic_is_told_by_an_article_that_has_it_in_one_sentence(engine: Engine) -> None:
    answer = engine.ask(Question("baker house"))
    assert articles(answer) == ids(engine, "quake")


def test_of_an_article_that_only_mentions_a_topic_the_mention_is_told(engine: Engine) -> None:
    with engine.corpus.snapshot() as view:
        quake = view.find("quake")
        words = query_words(view, content_words("rescuers"))
        assert central(view, quake.version_id, 1, [], words) == [3]
        # Where the title has it, each of its sentences is about it.
        words = query_words(view, content_words("earthquake"))
        assert central(view, quake.version_id, 1, [], words) == [0]


@pytest.mark.parametrize("text", ["earthquake magnitude", "baker olives", "olives price"])
def test_a_bare_topic_that_no_sentence_has_is_none(engine: Engine, text: str) -> None:
    answer = engine.ask(Question(text))
    assert (answer.status, answer.citations) == ("not_found", ())


def test_what_no_article_is_about_is_read_as_a_question(engine: Engine, reader: NeverSure) -> None:
    answer = engine.ask(Question("what's the latest on Zillow"))
    assert (answer.status, answer.missing, reader.read) == ("not_found", ("Zillow",), 1)


def test_a_summary_covers_one_article_and_repeats_nothing(engine: Engine) -> None:
    answer = engine.ask(Question("summarise the article about the port of Arva"))
    assert articles(answer) == ids(engine, "quake")
    quotes = [citation.quote for citation in answer.citations]
    assert len(quotes) == len(set(quotes)) == 5
    assert quotes[0] == QUAKE[0]
    assert [QUAKE.index(quote) for quote in quotes] == sorted(map(QUAKE.index, quotes))
    assert QUAKE[-1] not in quotes


def test_it_is_what_was_shown_or_the_only_article_asked(engine: Engine) -> None:
    (olives,) = ids(engine, "olives")
    shown = Turn("when do they harvest?", "in August", olives)
    assert articles(engine.ask(Question("summarise it", (shown,)))) == [olives]
    only = Filters(article=olives)
    assert articles(engine.ask(Question("summarise it", filters=only))) == [olives]


def test_more_is_what_was_not_shown_yet(engine: Engine) -> None:
    first = Turn("what's the latest on the earthquake?")
    shown = [engine.ask(Question(first.question)).citations]
    for n in range(2):
        history = (first, *[Turn("more")] * n)
        shown.append(engine.ask(Question("more", history)).citations)
    places = [(one.article_id, one.start) for page in shown for one in page]
    assert len(places) == len(set(places)) == 7  # all that stand alone


def test_a_conversation_is_not_looked_at_further_back_than_so_many_turns(engine: Engine) -> None:
    history = (Turn("who lost a house?", "a baker"), *[Turn("who else?")] * (MOST_TURNS - 1))
    within = engine.ask(Question("and who else?", history)).standalone_question
    assert within.endswith("who lost a house? – a baker)")
    beyond = engine.ask(
        Question("and who else?", (*history, Turn("who else?")))
    ).standalone_question
    assert beyond == "and who else? (with: who else?)"


def test_more_after_an_answer_is_of_its_article(engine: Engine) -> None:
    (quake,) = ids(engine, "quake")
    history = (Turn("who promised money?", "The government", quake),)
    first = engine.ask(Question("more", history))
    then = engine.ask(Question("go on", (*history, Turn("more", None, quake))))
    assert articles(first) == articles(then) == [quake]
    assert not {c.start for c in first.citations} & {c.start for c in then.citations}


def test_the_source_is_told_of_what_was_shown(corpus: Corpus, reader: NeverSure) -> None:
    by = an_article(
        "by", "The mayor of Arva opens a bridge over the river on Friday.", title="Bridge"
    )
    signed = replace(by, article=by.article.model_copy(update={"authors": ("Ada Lind",)}))
    corpus.add([signed])
    reader.probability = 0.9
    engine, asked = Engine(corpus, reader), "who opens the bridge in Arva?"
    answer = engine.ask(Question("who wrote this?", (Turn(asked),)))
    assert answer.citations == engine.ask(Question(asked)).citations
    assert ("source", "“Bridge”, no date, by Ada Lind.") in told(answer)
    assert answer.question == "who wrote this?"
    again = engine.ask(Question("source?", (Turn(asked), Turn("source?", answer.answer))))
    assert again.citations == answer.citations
    then = engine.ask(Question("when?", (Turn(asked), Turn("source?", answer.answer))))
    assert "source" not in then.standalone_question


def test_what_stands_alone_leans_on_nothing_before_it(engine: Engine) -> None:
    (olives,) = ids(engine, "olives")
    before = Turn("when do growers harvest olives?", "in August", olives)
    question = Question("how many houses did the earthquake in Arva destroy?", (before,))
    assert engine.ask(question).standalone_question == question.text
    leaning = engine.ask(Question("and how many?", (before,))).standalone_question
    assert leaning == "and how many? (with: when do growers harvest olives? – in August)"
    later = (before, Turn(question.text, "two hundred"))
    leaning = engine.ask(Question("and when?", later)).standalone_question
    assert leaning == f"and when? (with: {question.text} – two hundred)"


class SureAlone(NeverSure):
    """A reader that is sure of a question to which no conversation was added."""

    def judge(self, query: Query, candidates: Sequence[Candidate]) -> list[Judged]:
        self.probability = 0.1 if " | " in query.text else 0.9
        return super().judge(query, candidates)


def test_what_may_stand_alone_is_read_so_where_it_has_no_answer(engine: Engine) -> None:
    sure = Engine(engine.corpus, SureAlone())
    before = Turn("when do growers harvest olives?", "in August")
    answer = sure.ask(Question("who was shot in kansas city", (before,)))
    assert (answer.status, answer.standalone_question) == ("answered", answer.question)
    answer = sure.ask(Question("and how many?", (before,)))
    assert answer.status == "not_found"
    assert answer.standalone_question.startswith("and how many? (with: when")


def test_it_is_not_what_the_filters_leave_out(engine: Engine) -> None:
    shown = Turn("when do they harvest?", "in August", ids(engine, "olives")[0])
    since = Filters(since=dt.date(2023, 9, 1))
    answer = engine.ask(Question("summarise it", (shown,), since))
    assert (answer.status, answer.citations) == ("not_found", ())


def test_who_only_greeted_before_may_name_a_topic(engine: Engine) -> None:
    answer = engine.ask(Question("earthquake", (Turn("hello"),)))
    assert articles(answer) == ids(engine, "count", "quake")


def test_words_about_time_choose_the_articles(engine: Engine) -> None:
    day = dt.date(2023, 9, 21)
    answer = engine.ask(Question("any news on the earthquake since Tuesday", asked=day))
    assert articles(answer) == ids(engine, "count")
    assert told(answer) == [
        ("time", "since Tuesday: 19–21 September 2023."),
        ("digest", "Sentences about “earthquake”, the newest article first."),
    ]
    for text in ("what happened yesterday?", "tell me about yesterday's earthquake"):
        assert articles(engine.ask(Question(text, asked=day))) == ids(engine, "count")
    answer = engine.ask(Question("tell me about yesterday's earthquake", asked=day))
    assert told(answer)[-1] == ("digest", "Sentences about “earthquake”, the newest article first.")


def test_what_is_new_is_a_sentence_of_each_article_however_few(engine: Engine) -> None:
    only = Filters(since=dt.date(2023, 9, 1), until=dt.date(2023, 9, 19))
    assert len(engine.ask(Question("what's new?", filters=only)).citations) == 1


def test_news_of_a_day_or_month_is_from_then(engine: Engine) -> None:
    for text, article in (("news from August 2023", "olives"), ("news of 18 September", "quake")):
        answer = engine.ask(Question(text, asked=dt.date(2023, 9, 30)))
        assert articles(answer) == ids(engine, article)
    assert told(answer)[0] == ("time", "18 September: Monday, 18 September 2023.")


def test_days_that_say_themselves_are_not_told(engine: Engine) -> None:
    answer = engine.ask(Question("news from August 2023", asked=dt.date(2023, 9, 30)))
    assert [kind for kind, _ in told(answer)] == ["digest"]


def test_a_date_without_a_year_is_of_the_years_of_old_articles(engine: Engine) -> None:
    for text, article in (("news from August", "olives"), ("news of 18 September", "quake")):
        answer = engine.ask(Question(text, asked=dt.date(2026, 12, 1)))
        assert articles(answer) == ids(engine, article)
    (time, _) = told(engine.ask(Question("news from August", asked=dt.date(2026, 12, 1))))
    assert time == ("time", "from August: August 2023.")


def test_what_came_after_the_day_of_asking_is_not_new_on_it(engine: Engine) -> None:
    answer = engine.ask(Question("what's new?", asked=dt.date(2023, 9, 19)))
    assert articles(answer) == ids(engine, "quake", "olives")


def test_a_month_in_a_topic_is_no_time(engine: Engine) -> None:
    asked = Question("what's the latest on the august earthquake", asked=dt.date(2023, 9, 30))
    assert [kind for kind, _ in told(engine.ask(asked))][-1:] == ["digest"]
    assert "time" not in [kind for kind, _ in told(engine.ask(asked))]


def test_when_nothing_is_from_then_the_newest_is_told(engine: Engine) -> None:
    answer = engine.ask(Question("what happened yesterday?", asked=dt.date(2024, 9, 20)))
    assert articles(answer) == ids(engine, "count", "quake", "olives")
    assert told(answer)[:-1] == [
        ("time", "yesterday: Thursday, 19 September 2024."),
        ("time", "No article found is from then; the newest is of 2023-09-20."),
    ]


def test_a_word_that_was_put_right_is_not_missing(engine: Engine) -> None:
    answer = engine.latest("eartquake")
    assert ("spelling", "“eartquake” was read as “earthquake”.") in told(answer)
    assert answer.missing == ()


def test_filters_hold(engine: Engine) -> None:
    answer = engine.latest("earthquake", Filters(article="quake"))
    assert articles(answer) == ids(engine, "quake")
    nobody = engine.latest(filters=Filters(source="Nobody"))
    assert nobody.status == "not_found"
    assert told(nobody) == [("filters", "No article passes the filters.")]


def test_as_many_articles_as_asked_for(filled: Corpus, reader: NeverSure) -> None:
    answer = Engine(filled, reader).latest(most=2)
    assert len(articles(answer)) == 2
    assert [citation.published for citation in answer.citations] == ["2023-09-12", "2023-09-11"]


def test_the_order_in_which_articles_came_does_not_matter(engine: Engine, corpus: Corpus) -> None:
    before = engine.latest("bridge")
    corpus.add(some_articles(8))
    some = engine.latest("bridge")
    corpus.add(some_articles(4)[::-1])
    assert before.status == "not_found"
    assert engine.latest("bridge").citations == some.citations
