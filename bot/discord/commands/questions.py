"""The commands for everyone: ``/ask``, ``/help``, ``/forget`` and the message menus."""

import asyncio
import datetime as dt
from collections.abc import Callable
from typing import Any

import discord
from discord import app_commands

from bot.days import day_typed
from bot.discord.channels import elsewhere, require_channel
from bot.discord.commands.articles import (
    Name,
    article_choices,
    autocomplete,
    latest_command,
    source_choices,
)
from bot.discord.conversations import key_of
from bot.discord.delivery import OUTCOME, Card, defer, finish, tell, withdraw
from bot.discord.escape import within
from bot.discord.message_text import ASKED_MAX, CLAIMS, bare, claims_of, question_of
from bot.discord.servers import Server
from bot.discord.service import Service, suggested
from bot.discord.views import articles as article_cards
from bot.discord.views import buttons, cards
from index import DatelineError, Filters, InputError
from index.storage.heads import source_named
from retrieval import Question, Turn
from retrieval.question import check

Command = app_commands.Command[Any, ..., None]
Asking = app_commands.Range[str, 1, ASKED_MAX]


def commands(service: Service) -> list[Command | app_commands.ContextMenu]:
    """The commands for everyone."""
    return [
        ask_command(service),
        latest_command(service),
        help_command(service),
        forget_command(service),
        ask_about(service),
        check_against(service),
    ]


def ask_command(service: Service) -> Command:
    """Make ``/ask``."""

    @app_commands.command(
        name="ask",
        description="Ask this server's news articles; every word of the answer is quoted.",
    )
    @app_commands.describe(
        question="What you want to know; name who or what it is about",
        article="Only this article: its title",
        source="Only articles from this source",
        since="Only articles from this day on: YYYY-MM-DD, yesterday, last week, last month",
        until="Only articles until this day: YYYY-MM-DD, yesterday, last week, last month",
        private="Show the answer only to you",
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
        server = await service.server(interaction)
        days = days_of(since, until)
        alone = server.settings.private if private is None else private

        def look() -> Filters:
            found = server.article(server.find(article)).id if article else None
            return Filters(
                source_named(server.heads(), source) if source else None, *days, article=found
            )

        text = bare(question, {})
        await answer(service, server, interaction, text, private=alone, look=look)

    ask.autocomplete("article")(autocomplete(service, article_choices))
    ask.autocomplete("source")(autocomplete(service, source_choices))
    return ask


def days_of(since: str | None, until: str | None) -> tuple[dt.date | None, dt.date | None]:
    """The days that were typed."""
    first, last = day(since, "since"), day(until, "until")
    if first and last and first > last:
        raise InputError(f"since ({first}) is later than until ({last}); no day is in between.")
    return first, last


def day(written: str | None, name: str) -> dt.date | None:
    """A day that was typed."""
    if not written:
        return None
    if found := day_typed(written, dt.datetime.now(dt.UTC).date()):
        return found
    raise InputError(
        f"“{within(written, 40, str)}” is not a date for {name}; write YYYY-MM-DD, such as "
        "2023-09-18, or today, yesterday, last week, last month or last year."
    )


async def accept(
    service: Service,
    server: Server,
    interaction: discord.Interaction,
    text: str,
    *,
    private: bool,
    look: Callable[[], Filters] = Filters,
) -> Filters:
    """Defer the answer and ``look`` up the filters; an error is for the asker's eyes alone.

    Wrong channel, too many questions, no question, no articles. What takes the disk comes after the
    deferral, which many questions at once would otherwise hold up.
    """
    require_channel(server, interaction.channel, interaction.guild)
    service.admit(interaction.user.id)
    check(text, ASKED_MAX)
    await defer(interaction, private=private)

    def found() -> Filters:
        server.require_articles()
        return look()

    try:
        return await asyncio.to_thread(found)
    except DatelineError:
        if not private:
            await withdraw(interaction)
        raise


async def answer(
    service: Service,
    server: Server,
    interaction: discord.Interaction,
    text: str,
    history: tuple[Turn, ...] = (),
    *,
    private: bool,
    command: str = "ask",
    look: Callable[[], Filters] = Filters,
) -> None:
    """Accept a question, and answer it."""
    filters = await accept(service, server, interaction, text, private=private, look=look)
    asked = Question(text, history, filters)
    reply = await service.ask(server, asked, interaction, private=private, command=command)
    interaction.extras[OUTCOME] = reply.outcome
    sent = await finish(interaction, reply.card, private=private)
    await service.remember(sent, interaction, asked, reply)


def forget_command(service: Service) -> Command:
    """Make ``/forget``."""

    @app_commands.command(
        name="forget", description="Drop the conversation here: the next question stands alone."
    )
    async def forget(interaction: discord.Interaction) -> None:
        service.conversations.forget(key_of(interaction))
        everyone = isinstance(interaction.channel, discord.Thread)
        text = f"Forgotten{', for everyone in this thread' if everyone else ''}. "
        text += "The next question stands alone."
        await tell(interaction, cards.sentence(text))

    return forget


def help_command(service: Service) -> Command:
    """Make ``/help``."""

    @app_commands.command(
        name="help", description="What the articles here are about, and questions to begin with."
    )
    async def help_(interaction: discord.Interaction) -> None:
        server = await service.server(interaction)
        await defer(interaction, private=True)
        heads, versions = await asyncio.to_thread(lambda: (server.heads(), server.versions()))
        if not heads:
            first = article_cards.first_step(manager=interaction.permissions.manage_guild)
            await finish(interaction, Card(first), private=True)
            return
        known = suggested(service.answered_in(interaction.channel_id), versions)
        where = elsewhere(server, interaction.channel, interaction.guild)
        below = () if where else buttons.first_buttons(known)
        of = service.whose(interaction, server)
        about = article_cards.about(heads, asking=bool(below), where=where, of=of)
        await finish(interaction, Card(about, below), private=True)

    return help_


def ask_about(service: Service) -> app_commands.ContextMenu:
    """Make the menu that answers a message's question."""

    async def ask(interaction: discord.Interaction, message: discord.Message) -> None:
        server = await service.server(interaction)
        me = own_id(interaction)
        text = question_of(message, me)
        before = service.history(message)[:-1] if message.author.id == me else ()
        of = service, server, interaction
        await answer(*of, text, before, private=True, command="ask about this")

    return app_commands.ContextMenu(name="Ask about this", callback=ask)


def check_against(service: Service) -> app_commands.ContextMenu:
    """Make the menu that shows the sentences nearest to a message's claims."""

    async def check(interaction: discord.Interaction, message: discord.Message) -> None:
        server = await service.server(interaction)
        claims = claims_of(message, own_id(interaction))
        await accept(service, server, interaction, claims[0], private=True)
        card = await service.check(server, claims[:CLAIMS], more=len(claims) > CLAIMS)
        await finish(interaction, card, private=True)

    return app_commands.ContextMenu(name="Check against articles", callback=check)


def own_id(interaction: discord.Interaction) -> int:
    """The bot's own id."""
    return interaction.client.user.id if interaction.client.user else interaction.application_id
