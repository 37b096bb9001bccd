"""What a button's id holds, and what a message says of the question it answers."""

import asyncio
import datetime as dt
from typing import Any, cast

import discord
import pytest

from bot.discord.delivery import Card
from bot.discord.servers import Server
from bot.discord.service import suggested
from bot.discord.views import buttons
from bot.discord.views.answers import answer_card
from bot.discord.views.clicks import fields, form
from index import ArticleHead, Filters, InputError
from retrieval.answer import Answer, Citation, Note
from tests.bot.discord import card_parts

LONG_ID = "an-article-with-a-very-long-id-" * 6


def citation(**changes: Any) -> Citation:
    fields: dict[str, Any] = {
        "quote": "They met in New York.",
        "answer_start": 12,
        "answer_end": 20,
        "article_id": LONG_ID,
        "url": None,
        "deep_link": None,
        "start": 1_900_000,
        "end": 1_900_021,
        "text_sha256": "ab12" + "0" * 60,
    }
    return card_parts.citation(**fields | changes)


def answer(**changes: Any) -> Answer:
    fields: dict[str, Any] = {
        "corpus_version": "0850830f1347",
        "question": "where?",
        "standalone_question": "Where did they meet?",
        "citations": (citation(),),
    }
    return card_parts.answer(**fields | changes)


class Shelf:
    def heads(self) -> list[ArticleHead]:
        return [
            ArticleHead(LONG_ID, 1, 1, "Title", "The Source", None, None, 1, "2024"),
            ArticleHead("other", 2, 1, "Title", None, None, None, 1, "2024"),
        ]


SHELF = cast("Server", Shelf())
FILTERS = Filters("The Source", dt.date(2023, 1, 2), dt.date(2023, 9, 18), LONG_ID)


@pytest.mark.parametrize(
    "filters",
    [Filters(), FILTERS, Filters(until=dt.date(2023, 9, 18)), Filters(source="The Source")],
)
def test_filters_come_back_out_of_a_button(filters: Filters) -> None:
    written = buttons.written_filters(filters)
    assert len(written) <= 40
    assert buttons.read_filters(SHELF, written) == filters


def test_filters_that_are_gone_are_said() -> None:
    with pytest.raises(InputError, match="no longer here"):
        buttons.read_filters(SHELF, buttons.written_filters(Filters(article="gone")))


def test_every_id_fits_and_is_told_apart() -> None:
    made = buttons.answer_buttons(answer(), FILTERS, private=True)
    ids = [str(one.custom_id) for one in made]
    assert len(set(ids)) == len(ids) == 8
    assert max(map(len, ids)) <= buttons.ID_MAX
    labels = ["Context", "More", "Ask on", None, None, "Read", "Share", "Watch"]
    assert [one.label for one in made] == labels
    place = buttons.QuoteRef.read(ids[0].removeprefix("dl:context:"))
    assert place == buttons.QuoteRef.of(citation())
    assert place is not None
    assert (place.start, place.end, place.answer) == (1_900_000, 1_900_021, (12, 20))
    assert buttons.QuoteRef.read("nonsense") is None


def test_every_id_fits_also_with_the_server_that_it_is_about() -> None:
    made = buttons.answer_buttons(answer(citations=(citation(),) * 8), FILTERS, private=False)
    made = buttons.of_server(made, 2**63)
    ids = [str(one.custom_id) for one in made]
    assert len(ids) == 7
    assert all(one.startswith(f"dl@{2**63}:") for one in ids)
    assert buttons.of_server(buttons.question_buttons(["x" * 80]), 2**63) == ()
    (of_shared,) = buttons.of_server(buttons.question_buttons(["who?"]), None)
    assert of_shared.custom_id == "dl@0:ask:who?"


def test_an_answer_that_is_not_there_has_no_context_and_small_talk_no_button() -> None:
    nothing = answer(status="not_found", answer=None, citations=())
    labels = [one.label for one in buttons.answer_buttons(nothing, Filters(), private=False)]
    assert labels == ["Closest sentences", "Ask on", None, None, "Watch"]
    hello = answer(status="not_found", notes=(Note(kind="small_talk", text="Hello."),))
    assert buttons.answer_buttons(hello, Filters(), private=False) == ()
    none = Note(kind="filters", text="No article passes the filters.")
    limited = answer(status="not_found", answer=None, citations=(), notes=(none,))
    assert buttons.answer_buttons(limited, FILTERS, private=True) == ()
    digest = answer(notes=(Note(kind="digest", text="What is new."),))
    labels = [one.label for one in buttons.answer_buttons(digest, Filters(), private=False)]
    assert "Watch" not in labels


def test_questions_that_do_not_fit_a_button_are_left_out() -> None:
    made = buttons.question_buttons(["who is Han Zheng", "x" * 81, *"abc"])
    assert [(one.label, one.custom_id) for one in made] == [
        ("who is Han Zheng", "dl:ask:who is Han Zheng"),
        ("a", "dl:ask:a"),
        ("b", "dl:ask:b"),
    ]


def test_what_these_articles_answered_is_offered_the_nearest_first() -> None:
    before = [
        ("who won", "2", frozenset[int]()),
        ("where did Han Zheng go", "2", frozenset[int]()),
        ("when did Han Zheng leave", "1", frozenset[int]()),
    ]
    assert suggested(before, {"2"}) == ["who won", "where did Han Zheng go"]
    near = suggested(before, {"1", "2"}, "where is Han Zheng")
    assert near == ["where did Han Zheng go", "when did Han Zheng leave"]
    assert suggested(before, {"2"}, "who won") == []


def message(embed: discord.Embed) -> discord.Message:
    shown = discord.Embed.from_dict(embed.to_dict())
    return cast("discord.Message", type("Message", (), {"embeds": [shown], "content": ""})())


@pytest.mark.parametrize(
    ("asked", "searched"),
    [
        ("where did they meet?", "where did they meet?"),
        ("where?", "Where did they meet?"),
        ("x" * 400 + "?", "x" * 400 + "?"),
        ("searched for: gold?", "searched for: gold?"),
        ("<@everyone> what @here?", "<@everyone> what @here?"),
    ],
)
def test_a_card_says_what_it_answers(asked: str, searched: str) -> None:
    card = answer_card(answer(question=asked, standalone_question=searched))
    assert buttons.asked_in(message(card)) == searched
    nothing = answer(question=asked, standalone_question=searched, status="not_found", citations=())
    assert buttons.asked_in(message(answer_card(nothing))) == searched


def test_a_card_says_its_answer() -> None:
    quote = citation(quote="It cost $5_000 (*net*).", answer_start=8, answer_end=22)
    card = answer_card(answer(citations=(quote,)))
    assert buttons.answered_in(message(card)) == "$5_000 (*net*)"
    quiet = answer_card(answer(citations=(quote,), score=0.2))
    assert buttons.answered_in(message(quiet)) == "$5_000 (*net*)"
    whole = answer_card(answer(citations=(citation(answer_start=None, answer_end=None),)))
    assert buttons.answered_in(message(whole)) is None


def test_a_message_that_says_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="ask with"):
        buttons.asked_in(message(discord.Embed(description="x")))


def test_buttons_and_forms_are_not_kept_in_memory() -> None:
    async def test() -> None:
        view = Card(discord.Embed(), (buttons.cancel_button(),)).view
        assert view is not None
        assert view.is_finished()
        assert view.to_components()[0]["components"][0]["custom_id"] == "dl:cancel"
        modal = form("where?", "abc")
        assert modal.is_finished()
        sent = modal.to_dict()
        assert sent["custom_id"] == "dl:on:abc"
        assert len(sent["title"]) <= 45

    asyncio.run(test())


def test_a_forms_field_is_found_at_any_depth() -> None:
    field = {"type": 4, "custom_id": "question", "value": "when?"}
    rows = {"components": [{"type": 1, "components": [field]}]}
    labels = {"components": [{"type": 18, "component": field}]}
    assert list(fields(rows)) == list(fields(labels)) == ["when?"]
    assert list(fields({"components": []})) == []
