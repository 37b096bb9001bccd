"""What everyone can do by a command: ``/ask``, ``/help``, ``/forget`` and the message menus."""

import asyncio
import datetime as dt
from collections.abc import Callable
from typing import Any

import discord
from discord import app_commands

from bot import discord_buttons as buttons
from bot import discord_cards as cards
from bot import discord_render as render
from bot import discord_shelf as shelf
from bot.discord_articles import Name, everywhere, offer, offer_sources
from bot.discord_deliver import Card, Choices, defer, finish, suggest, tell
from bot.discord_desk import Desk
from bot.discord_servers import Server
from bot.discord_words import CLAIMS, claims_of, question_of
from index import DatelineError, Filters, InputError
from retrieval import Question

Command = app_commands.Command[Any, ..., None]
Asking = app_commands.Range[str, 1, 500]


def commands(desk: Desk) -> list[Command | app_commands.ContextMenu]:
    """Return the commands for everyone."""
    made: list[Command | app_commands.ContextMenu] = [
        ask_command(desk),
        help_command(desk),
        forget_command(desk),
        ask_about(desk),
        check_against(desk),
    ]
    for command in made:
        everywhere(command)
    return made


def ask_command(desk: Desk) -> Command:
    """Make ``/ask``."""

    @app_commands.command(
        name="ask",
        description="Ask this server's news articles; every word of the answer is quoted.",
    )
    @app_commands.describe(
        question="A question such as: where did Blinken meet Han Zheng",
        article="Only this article: its title or its id",
        source="Only articles of this source",
        since="Only articles from this day on, as YYYY-MM-DD",
        until="Only articles until this day, as YYYY-MM-DD",
        private="Show the answer to you alone",
    )
    async def ask(
        interaction: discord.Interaction,
        question: Asking,
        article: Name | None = None,
        source: Name | None = None,
        since: Name | None = None,
        until: Name | None = None,
        private: bool | None = None,
    ) -> None:
        server = await desk.server(interaction)
        days = day(since, "since"), day(until, "until")
        alone = server.settings.private if private is None else private

        def asked() -> Question:
            found = server.find(article) if article else None
            return Question(question, filters=Filters(source, *days, article=found))

        admit(desk, server, interaction)
        await defer(interaction, private=alone)
        await answer(desk, interaction, await asyncio.to_thread(asked), private=alone)

    @ask.autocomplete("article")
    async def titles(
        interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        found = await offered(desk, interaction, lambda server: offer(server, typed))
        return await suggest(interaction, found)

    @ask.autocomplete("source")
    async def sources(
        interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        found = await offered(desk, interaction, lambda server: offer_sources(server, typed))
        return await suggest(interaction, found)

    return ask


async def offered(
    desk: Desk, interaction: discord.Interaction, find: Callable[[Server], Choices]
) -> Choices:
    """Return what can be chosen; nothing where there is nothing to ask, which asking will say."""
    try:
        server = await desk.server(interaction)
        return await asyncio.to_thread(find, server)
    except DatelineError:
        return []


def day(written: str | None, name: str) -> dt.date | None:
    """Return a day that was typed."""
    try:
        return dt.date.fromisoformat(written.strip()) if written else None
    except ValueError:
        raise InputError(
            f"{name} is {written!r}, which is no date; write YYYY-MM-DD, such as 2023-09-18."
        ) from None


def admit(desk: Desk, server: Server, interaction: discord.Interaction) -> None:
    """Let someone ask, or raise InputError: not in this channel, or not so often."""
    allowed_in(server, interaction.channel, interaction.guild)
    desk.admit(interaction.user.id)


def allowed_in(server: Server, channel: object, guild: discord.Guild | None) -> None:
    """Raise InputError in a channel that the server's managers do not want answers in."""
    allowed = set(server.settings.channels)
    here = {getattr(channel, "id", None), getattr(channel, "parent_id", None)}
    if not allowed or here & allowed:
        return
    channels = [found for number in allowed if guild and (found := guild.get_channel(number))]
    names = ", ".join(f"#{found.name}" for found in channels) or "another channel"
    raise InputError(f"Dateline does not answer in this channel; ask in {names}.")


async def answer(
    desk: Desk,
    interaction: discord.Interaction,
    asked: Question,
    *,
    private: bool,
    command: str = "ask",
) -> None:
    """Answer a question whose interaction is deferred already."""
    server = await desk.server(interaction)
    manager = interaction.permissions.manage_guild
    reply = await desk.ask(server, asked, private=private, manager=manager, command=command)
    message = await finish(interaction, reply.card, private=private)
    desk.remember(message, interaction.channel, interaction.user.id, asked, reply)


def forget_command(desk: Desk) -> Command:
    """Make ``/forget``."""

    @app_commands.command(
        name="forget", description="Drop the conversation here: the next question stands alone."
    )
    async def forget(interaction: discord.Interaction) -> None:
        desk.talks.forget(desk.talks.key_of(interaction.channel, interaction.user.id))
        text = "Forgotten. The next question stands alone."
        await tell(interaction, cards.sentence(text))

    return forget


def help_command(desk: Desk) -> Command:
    """Make ``/help``."""

    @app_commands.command(
        name="help", description="What the articles here are about, and questions to begin with."
    )
    async def help_(interaction: discord.Interaction) -> None:
        server = await desk.server(interaction)
        await defer(interaction, private=True)
        heads = await asyncio.to_thread(server.heads)
        if not heads:
            first = shelf.first_step(manager=interaction.permissions.manage_guild)
            await finish(interaction, Card(first), private=True)
            return
        questions = await desk.suggestions(server)
        below = buttons.question_buttons(questions)
        card = Card(shelf.about(heads, asking=bool(below)), below)
        await finish(interaction, card, private=True)

    return help_


def ask_about(desk: Desk) -> app_commands.ContextMenu:
    """Make the menu that asks what a message asks."""

    async def ask(interaction: discord.Interaction, message: discord.Message) -> None:
        server = await desk.server(interaction)
        asked = Question(question_of(message, own_id(interaction)))
        admit(desk, server, interaction)
        await defer(interaction, private=True)
        await answer(desk, interaction, asked, private=True, command="ask about this")

    return app_commands.ContextMenu(name="Ask about this", callback=ask)


def check_against(desk: Desk) -> app_commands.ContextMenu:
    """Make the menu that shows the sentences that bear on a message."""

    async def check(interaction: discord.Interaction, message: discord.Message) -> None:
        server = await desk.server(interaction)
        claims = claims_of(message, own_id(interaction))
        admit(desk, server, interaction)
        await defer(interaction, private=True)
        found = await desk.check(server, claims[:CLAIMS])
        embed = render.bearing(claims[:CLAIMS], found, more=len(claims) > CLAIMS)
        await finish(interaction, Card(embed), private=True)

    return app_commands.ContextMenu(name="Check against articles", callback=check)


def own_id(interaction: discord.Interaction) -> int:
    """Return who we are."""
    return interaction.client.user.id if interaction.client.user else interaction.application_id
