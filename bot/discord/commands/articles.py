"""The articles of a server: ``/articles list`` and ``show``, and what is offered while typing."""

import asyncio
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

import discord
from discord import app_commands

from bot.discord.delivery import Card, Choices, defer, finish, suggest
from bot.discord.direct_messages import with_server
from bot.discord.escape import plain, within
from bot.discord.servers import Server, mark_of
from bot.discord.service import Service
from bot.discord.views import articles as article_cards
from bot.discord.views.buttons import page_buttons
from bot.filters import Sources
from index import ArticleHead, DatelineError, InputError

IN_SERVERS = app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False)
IN_BOTH = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False)
FOR_SERVERS = app_commands.AppInstallationType(guild=True, user=False)

CHOICES_MAX, CHOICE_NAME_MAX, CHOICE_VALUE_MAX = 25, 100, 100

Page = app_commands.Range[int, 1, 10_000]
Name = app_commands.Range[str, 1, 2000]


def everywhere(
    command: app_commands.Command[Any, ..., None] | app_commands.Group | app_commands.ContextMenu,
) -> None:
    """Say where a command is offered: in servers and in direct messages with the bot."""
    command.guild_only = False
    command.allowed_contexts = IN_BOTH
    command.allowed_installs = FOR_SERVERS


class Articles(app_commands.Group):
    """``/articles``."""

    def __init__(self, service: Service) -> None:
        super().__init__(
            name="articles", description="The news articles that this server's answers come from."
        )
        everywhere(self)
        self.service = service

    @app_commands.command(name="list", description="Titles, dates and ids, the newest first.")
    @app_commands.describe(page="Which page")
    async def list_(self, interaction: discord.Interaction, page: Page = 1) -> None:
        """Show one page of the list."""
        server = await self.service.server(interaction)
        await defer(interaction, private=True)
        manager = interaction.permissions.manage_guild
        card = await asyncio.to_thread(list_card, server, page, manager=manager)
        await finish(interaction, with_server(card, server, interaction.guild), private=True)

    @app_commands.command(name="show", description="The text of an article.")
    @app_commands.describe(article="Its title, or its id", page="Which page")
    async def show(self, interaction: discord.Interaction, article: Name, page: Page = 1) -> None:
        """Show one page of an article's text."""
        server = await self.service.server(interaction)
        await defer(interaction, private=True)
        card = await asyncio.to_thread(lambda: opened(server, server.find(article), page))
        await finish(interaction, with_server(card, server, interaction.guild), private=True)

    @show.autocomplete("article")
    async def titles(
        self, interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer the articles whose titles have what was typed."""
        found = await offered(self.service, interaction, lambda server: offer(server, typed))
        return await suggest(interaction, found)


def list_card(server: Server, page: int, *, manager: bool = False) -> Card:
    """Return a page of a server's articles, or what to do where there are none; blocks."""
    heads = server.heads()
    if not heads:
        return Card(article_cards.first_step(manager=manager))
    pages = article_cards.list_pages(heads)
    below = page_buttons("list", min(page, pages), pages)
    return Card(article_cards.article_list(heads, page), below)


def opened(server: Server, name: str, page: int) -> Card:
    """Return a page of an article by its id or url; blocks, for a long one is long to cut."""
    article = server.article(name)
    pages = len(article_cards.text_pages(article.text))
    below = page_buttons(f"text:{mark_of(article.id)}", min(page, pages), pages)
    return Card(article_cards.article_card(article, page), below)


async def offered(
    service: Service, interaction: discord.Interaction, find: Callable[[Server], Choices]
) -> Choices:
    """Return what can be chosen; nothing where there is nothing to ask, which using it will say."""
    try:
        server = await service.server(interaction)
        return await asyncio.to_thread(find, server)
    except DatelineError:
        return []


def offer(server: Server, typed: str, *, own: bool = False) -> list[app_commands.Choice[str]]:
    """Return the articles whose titles, dates or ids have every word that was typed; blocks."""
    words = typed.casefold().split()
    heads = server.own_heads() if own else server.heads()
    found = (head for head in heads if all(word in searched(head) for word in words))
    return choices(list(islice(found, CHOICES_MAX)))


def offer_sources(server: Server, typed: str) -> list[app_commands.Choice[str]]:
    """Return the sources that have what was typed, those with most articles first; blocks."""
    many = Sources.of(server.heads()).counts
    found = [
        app_commands.Choice(name=within(source, CHOICE_NAME_MAX, plain), value=source)
        for source, _ in many.most_common()
        if typed.casefold() in source.casefold() and len(source) <= CHOICE_VALUE_MAX
    ]
    return found[:CHOICES_MAX]


def source_in_server(server: Server, name: str) -> str:
    """Return a source as the articles write it; raises InputError for one that none is from."""
    sources = Sources.of(server.heads())
    if found := sources.named(name):
        return found
    raise InputError(
        f"No article here is from “{within(name, 60, plain)}”; the sources are: {sources}."
    )


def searched(head: ArticleHead) -> str:
    """Return what typed words are looked for in."""
    return f"{head.title} {head.source or ''} {day_shown(head)} {head.id}".casefold()


def choices(heads: Sequence[ArticleHead]) -> list[app_commands.Choice[str]]:
    """Articles to choose from; an id that Discord would not take is left out."""
    return [
        app_commands.Choice(name=choice_name(head), value=head.id)
        for head in heads[:CHOICES_MAX]
        if len(head.id) <= CHOICE_VALUE_MAX
    ]


def choice_name(head: ArticleHead) -> str:
    """Return a title with its date, which tells apart articles of one title."""
    day = f" · {day_shown(head)}" if head.published else ""
    title = within(head.title, CHOICE_NAME_MAX - len(day), plain) or head.id
    return f"{title}{day}"


def day_shown(head: ArticleHead) -> str:
    """Return the date of an article, as far as it is known."""
    return (head.published.day or head.published.at) if head.published else ""
