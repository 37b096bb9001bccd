"""What a message says, once its markup, links and mentions are gone."""

from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest

from bot.discord.message_text import ASKED_MAX, asked_by, claims_of, question_of
from index import InputError

ME, ANNA, OTHER = 7, 8, 9
URL = "https://news.example/2023/09/18/blinken"


def message(content: str = "", *embeds: discord.Embed, by: int = ANNA, **more: Any) -> Any:
    fields = {
        "content": content,
        "embeds": embeds,
        "author": SimpleNamespace(id=by),
        "mentions": [SimpleNamespace(id=OTHER, display_name="Otto")],
        "message_snapshots": [],
    }
    return cast("discord.Message", SimpleNamespace(**fields | more))


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("<@7> where did they meet?", "where did they meet?"),
        ("where did they meet, <@!7>?", "where did they meet?"),
        ("hey <@7>, where did they meet?", "where did they meet?"),
        ("Hello there <@7>: who is he?", "who is he?"),
        ("hey <@7>", "hey"),
        ("<@7> <@7>", ""),
        ("who met Han? <@7>", "who met Han?"),
        ("<@7> did <@9> meet <@55>?", "did Otto meet?"),
        ("<@7> who met Han? cc <@&5> <#6> @everyone <:wave:12>", "who met Han? cc"),
        ("<@7> who **is** [Han](https://evil.example) in snake_case", "who is Han in snake_case"),
    ],
)
def test_a_mention_asks_what_is_beside_it(written: str, asked: str) -> None:
    assert asked_by(message(written), ME) == asked


def test_a_long_question_is_cut_between_words() -> None:
    long = question_of(message("Who said " + "really " * 100 + "that?"), ME)
    assert len(long) <= ASKED_MAX
    assert long.endswith("really…")


def test_a_claim_is_checked_once_and_a_greeting_never() -> None:
    said = "Good morning all! They met in Paris. They met in Paris. In May, too."
    assert claims_of(message(said), ME) == ["They met in Paris.", "In May, too."]


def preview() -> discord.Embed:
    embed = discord.Embed(title="Blinken meets Han", description="They met in Paris on Monday.")
    return embed.add_field(name="Where", value="It was in the city of Paris.")


def test_a_link_says_what_its_preview_says() -> None:
    shared = message(URL, preview())
    assert claims_of(shared, ME) == [
        "Blinken meets Han",
        "They met in Paris on Monday.",
        "Where: It was in the city of Paris.",
    ]
    assert question_of(message("who met Han"), ME) == "who met Han"
    assert question_of(shared, ME).startswith("Blinken meets Han. They met in Paris on Monday.")
    told = message(f"Look, they met in Rome. {URL}", preview())
    assert claims_of(told, ME)[:2] == ["Look, they met in Rome.", "Blinken meets Han"]
    forwarded = message(message_snapshots=[message("They met in Oslo.")])
    assert claims_of(forwarded, ME) == ["They met in Oslo."]
    with pytest.raises(InputError, match="no words"):
        claims_of(message(URL), ME)


def test_of_our_own_cards_it_is_the_question_or_the_quotes() -> None:
    card = discord.Embed(
        description="## \\$5\n> It cost **\\$5** (\\*net\\*).\n**1** A title · [open](x)\n\n"
        "-# Dateline: a note"
    )
    card.set_author(name="what did it cost").set_footer(text="Uncertain · every word quoted")
    own = message("", card, by=ME)
    assert question_of(own, ME) == "what did it cost"
    assert claims_of(own, ME) == ["It cost $5 (*net*)."]
    nothing = message("", discord.Embed().set_author(name="why"), by=ME)
    assert claims_of(nothing, ME) == ["why"]
    with pytest.raises(InputError):
        question_of(message("", discord.Embed(description="Settings"), by=ME), ME)
