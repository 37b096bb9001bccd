"""Questions to the corpus as it stood on an earlier day."""

import datetime as dt

import pytest

from index import Corpus, Filters
from retrieval import Answer, Dateline, Engine, Question
from tests.corpora import StubModel, an_article, on_day, stub_reader

TEXT = "Fire crews counted {} burnt barns near Haldorp.\nThe wind had turned at noon.\n"


@pytest.fixture
def barns(corpus: Corpus) -> Corpus:
    for day, count in (("2026-05-02", "seven"), ("2026-05-06", "eleven")):
        with on_day(day):
            corpus.add([an_article("barns", *TEXT.format(count).splitlines(), published=day)])
    with on_day("2026-05-09"):
        corpus.add([an_article("later", "Haldorp lost nineteen burnt barns in all.")])
    return corpus


def ask(corpus: Corpus, as_of: str | None) -> Answer:
    marks = {"nineteen": 6.0, "eleven": 5.0, "seven": 4.0}
    day = dt.date.fromisoformat(as_of) if as_of else None
    asked = Question("How many burnt barns near Haldorp?", filters=Filters(as_of=day))
    return Engine(corpus, stub_reader(StubModel(marks))).ask(asked)


@pytest.mark.parametrize(
    ("day", "answer", "note"),
    [
        (None, "nineteen", None),
        ("2026-05-09", "nineteen", "added since: 0, changed: 0"),
        ("2026-05-08", "eleven", "added since: 1, changed: 0"),
        ("2026-05-05", "seven", "added since: 1, changed: 1"),
        ("2026-05-01", None, "added since: 2, changed: 0"),
    ],
)
def test_the_answer_is_that_of_the_day(
    barns: Corpus, day: str | None, answer: str | None, note: str | None
) -> None:
    given = ask(barns, day)
    assert given.answer == answer
    told = [one.text for one in given.notes if one.kind == "as_of"]
    assert told == ([f"As of the end of {day}, UTC; {note}."] if note else [])


def test_a_citation_names_the_version_that_it_quotes(barns: Corpus) -> None:
    (cited, *_) = ask(barns, "2026-05-05").citations
    news = Dateline(corpus=barns)
    assert cited.version == 1
    assert news.article("barns").text_sha256 != cited.text_sha256
    past = news.article("barns", cited.version)
    assert past.text_sha256 == cited.text_sha256
    assert past.text[cited.start : cited.end] == cited.quote
    assert [one.version for _, one in news.history("barns")] == [1, 2]


def test_python_asks_as_of_a_day(barns: Corpus) -> None:
    news = Dateline(corpus=barns, reader=stub_reader(StubModel({"seven": 5.0})))
    assert str(news.ask("How many burnt barns near Haldorp?", as_of="2026-05-05")) == "seven"
    (found,) = news.search("barns", 1, as_of=dt.date(2026, 5, 5))
    assert (found.version, "seven" in found.sentence) == (1, True)


def test_an_outlet_with_the_same_sentence_is_named(corpus: Corpus) -> None:
    story = [*TEXT.format("seven").splitlines(), "Neighbours drove the cattle out through smoke."]
    story.append("The insurers of the province expect claims of two million from the district.")
    corpus.add([an_article(name, *story, source=name.upper()) for name in ("aa", "bb")])
    (cited, *others) = ask(corpus, None).citations
    assert (others, {cited.article_id, *cited.also_in}) == ([], {"aa", "bb"})
