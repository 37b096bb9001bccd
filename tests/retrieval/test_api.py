"""Dateline from Python, over a corpus with stub models."""

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from index import Corpus, EmptyCorpus, InputError, NoSuchArticle
from retrieval import Dateline
from retrieval.ranking.features import Query
from retrieval.types import Candidate, Judged

MEETING = "Antony Blinken met Han Zheng in New York.\nThey spoke for an hour."


class FirstWords:
    """A reader that is sure of the first word of whatever was found nearest."""

    threshold = 0.5

    def __init__(self) -> None:
        self.queries: list[Query] = []

    def judge(self, query: Query, candidates: Sequence[Candidate]) -> list[Judged]:
        self.queries.append(query)
        nearest = sorted(candidates, key=lambda found: -found.cosine)
        return [
            Judged(found, 0.9, (found.sentence.start, found.sentence.start + 6))
            for found in nearest
        ]


@pytest.fixture
def reader() -> FirstWords:
    return FirstWords()


@pytest.fixture
def news(corpus: Corpus, reader: FirstWords) -> Dateline:
    return Dateline(corpus=corpus, reader=reader)


def test_text_is_added_asked_and_cited(news: Dateline) -> None:
    added = news.add_text(
        MEETING,
        title="Two at a table",
        published=dt.datetime(2023, 9, 18, 10, 30, tzinfo=dt.UTC),
        source="The Courier",
        url="https://example.org/meeting",
    )
    answer = news.ask("where did Blinken meet Han Zheng", source="the courier", since="2023-09-01")
    assert (str(answer), answer.answer) == ("Antony", "Antony")
    first = answer.citations[0]
    assert (first.article_id, first.title, first.published) == (
        added,
        "Two at a table",
        "2023-09-18",
    )
    assert news.article(added).text[first.start : first.end] == first.quote
    assert [head.id for head in news.articles()] == [added]
    assert news.search("an hour", k=1)[0].sentence == "They spoke for an hour."
    assert news.add_text("New words.", url="https://example.org/meeting") == added
    assert [head.id for head in news.remove(added)] == [added]
    assert news.articles() == []


def test_files_and_folders_are_added(news: Dateline, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "one.txt").write_text("The bridge was opened on Monday.")
    (tmp_path / "two.md").write_text("The mayor was late.")
    report = news.add(tmp_path / "folder", str(tmp_path / "two.md"), tmp_path / "none.txt")
    assert (report.added, report.articles) == (2, 2)
    assert [refused.reason for refused in report.refused] == ["does not exist; check the path"]
    assert news.ask("the mayor", article=tmp_path / "two.md").citations[0].quote.endswith("late.")


def test_a_conversation_carries_what_was_asked(news: Dateline, reader: FirstWords) -> None:
    news.add_text(MEETING)
    talk = news.conversation()
    talk.ask("where did Blinken meet Han Zheng")
    follow_up = talk.ask("when?", asked="2023-09-20")
    assert "Blinken" in follow_up.standalone_question
    assert "Blinken" in reader.queries[-1].text
    assert reader.queries[-1].asked == dt.date(2023, 9, 20)
    assert [turn.question for turn in talk.turns][-1] == "when?"
    for n in range(30):
        talk.ask(f"when was bridge {n} opened")
    assert len(talk.turns) == 20


def test_the_newest_articles_are_told(news: Dateline) -> None:
    news.add_text(MEETING, published="2023-09-18")
    news.add_text("The bridge was opened.", published="2023-09-20")
    told = news.latest(k=1)
    assert [citation.quote for citation in told.citations] == ["The bridge was opened."]
    assert news.latest("Blinken").citations[0].published == "2023-09-18"


def test_nothing_found_is_said(news: Dateline) -> None:
    news.add_text(MEETING, published="2023-09-18")
    answer = news.ask(
        "where did Blinken meet Han Zheng", until=dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    )
    assert (answer.answer, answer.citations) == (None, ())
    assert str(answer) == "The articles don't say."


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"text": " "}, "the article: is empty: there is no word in its text"),
        ({"text": "Words. " * 300_000}, "the article: is larger than 2 MB; split it"),
        ({"text": "Words.", "url": "nowhere"}, "the article: its url is no web address"),
        ({"text": "Words.", "published": "soon"}, "the article: its date 'soon' is not"),
    ],
)
def test_an_article_that_cannot_be_stored(
    news: Dateline, given: dict[str, str], reason: str
) -> None:
    with pytest.raises(InputError, match=reason):
        news.add_text(**given)
    assert not news.corpus.exists


def test_half_a_character_is_replaced(news: Dateline) -> None:
    added = news.add_text("The word was \ud83d.")
    assert news.article(added).text == "The word was ?."
    assert news.ask("which word was \ud83d").question == "which word was ?"
    assert news.search("word \ud83d")
    assert news.latest("word \ud83d")


def test_bad_days_and_names(news: Dateline) -> None:
    with pytest.raises(EmptyCorpus, match="has no articles yet"):
        news.ask("who met")
    news.add_text(MEETING)
    with pytest.raises(InputError, match="since 'May' is not a date; write YYYY-MM-DD"):
        news.ask("who met", since="May")
    with pytest.raises(InputError, match="since 2023-02-01 is after until 2023-01-01"):
        news.search("who met", since="2023-02-01", until=dt.date(2023, 1, 1))
    with pytest.raises(TypeError, match="unexpected keyword argument 'from_'"):
        news.ask("who met", from_="May")  # type: ignore[call-arg]
    with pytest.raises(NoSuchArticle):
        news.ask("who met", article="unknown")
    with pytest.raises(InputError, match="no article is from 'nobody'; the sources are: none"):
        news.ask("who met", source="nobody")
    with pytest.raises(InputError, match="the source and the article cannot be empty"):
        news.ask("who met", article="")
    with pytest.raises(InputError, match="k is 0; give a whole number from 1 on"):
        news.latest(k=0)
    asking: list[tuple[Callable[..., object], dict[str, Any]]] = [
        (news.ask, {"question": None}),
        (news.ask, {"question": "who met", "since": 2023}),
        (news.ask, {"question": "who met", "source": 5}),
        (news.ask, {"question": "who met", "article": 5}),
        (news.search, {"words": b"who met"}),
        (news.search, {"words": "who met", "k": "3"}),
        (news.latest, {"topic": 5}),
        (news.add_text, {"text": 5}),
        (news.add_text, {"text": "Rain.", "title": 5}),
    ]
    for call, given in asking:
        with pytest.raises(InputError, match=r"is not a (text|date)|give a whole number"):
            call(**given)
    for path in ("", "https://example.org/a"):
        with pytest.raises(InputError, match="is no path; links are added by `dateline add`"):
            news.add(path)
    for threshold in (2, float("nan")):
        with pytest.raises(InputError, match="is not from 0 to 1"):
            Dateline(corpus=news.corpus, threshold=threshold)
    with pytest.raises(InputError, match="ask it in words"):
        news.ask("?!")


@pytest.mark.parametrize("bad", ["\0/a", "a\ud83d", "~nosuchuser/a"])
def test_what_can_be_neither_name_nor_path(news: Dateline, bad: str) -> None:
    news.add_text(MEETING)
    for look in (news.article, news.history, news.remove):
        with pytest.raises(NoSuchArticle, match="there is no article"):
            look(bad)
    for ask in (news.ask, news.search, news.latest):
        with pytest.raises(NoSuchArticle, match="there is no article"):
            ask("who met", article=bad)
    for add in (news.add, Dateline):
        with pytest.raises(InputError, match="cannot be a path; check how it is written"):
            add(bad)


def test_a_home_is_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Dateline("~/news").corpus.folder == tmp_path / "news" / "corpora" / "default"
    assert Dateline(tmp_path, "asia").corpus.folder == tmp_path / "corpora" / "asia"
    with pytest.raises(InputError, match="cannot name a corpus"):
        Dateline(tmp_path, "../asia")
    assert list(tmp_path.iterdir()) == []
