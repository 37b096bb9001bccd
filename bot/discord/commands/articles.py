"""A server's articles: ``/articles``, ``/latest``, and the choices while typing."""

import asyncio
from collections.abc import Callable, Coroutine
from itertools import islice
from typing import Any

import discord
from discord import app_commands

from bot.discord.delivery import Card, Choices, defer, finish, suggest
from bot.discord.escape import plain, within
from bot.discord.message_text import bare
from bot.discord.servers import Server, mark_of
from bot.discord.service import Service
from bot.discord.views import answers as answer_cards
from bot.discord.views import articles as article_cards
from bot.discord.views.buttons import page_buttons, read_buttons
from bot.discord.views.cards import on_page
from index import Article, ArticleHead, DatelineError
from index.storage.heads import sources_of
from retrieval.answer import RankedSentence
from retrieval.answering.digest import usable

LATEST_A_PAGE = 5  # articles, each with a button
CHOICES_MAX, CHOICE_NAME_MAX, CHOICE_VALUE_MAX = 25, 100, 100

Page = app_commands.Range[int, 1, 10_000]
Topic = app_commands.Range[str, 1, 50]  # it has to fit into a button
Name = app_commands.Range[str, 1, 2000]
Autocomplete = Callable[[discord.Interaction, str], Coroutine[Any, Any, Choices]]


class Articles(app_commands.Group):
    """``/articles``."""

    def __init__(self, service: Service) -> None:
        super().__init__(
            name="articles", description="The news articles that this server's answers come from."
        )
        self.service = service
        self.show.autocomplete("article")(autocomplete(service, article_choices))

    @app_commands.command(name="list", description="Titles and dates, the newest first.")
    @app_commands.describe(page="Which page")
    async def list_(self, interaction: discord.Interaction, page: Page = 1) -> None:
        """Show one page of the list."""
        server = await self.service.server(interaction)
        await defer(interaction, private=True)
        manager = interaction.permissions.manage_guild
        of = self.service.whose(interaction, server)
        card = await asyncio.to_thread(list_card, server, page, of, manager=manager)
        await finish(interaction, card, private=True)

    @app_commands.command(name="show", description="The text of an article.")
    @app_commands.describe(article="Its title", page="Which page")
    async def show(self, interaction: discord.Interaction, article: Name, page: Page = 1) -> None:
        """Show one page of an article's text."""
        server = await self.service.server(interaction)
        await defer(interaction, private=True)
        card = await asyncio.to_thread(
            lambda: text_card(server.article(server.find(article)), page)
        )
        await finish(interaction, card, private=True)


def latest_command(service: Service) -> app_commands.Command[Any, ..., None]:
    """Make ``/latest``."""

    @app_commands.command(
        name="latest", description="The newest articles, each with a sentence that opens it."
    )
    @app_commands.describe(topic="What they are about; without it, all")
    async def latest(interaction: discord.Interaction, topic: Topic | None = None) -> None:
        server = await service.server(interaction)
        service.admit(interaction.user.id)
        await defer(interaction, private=True)
        of = service.whose(interaction, server)
        card = await latest_card(service, server, bare(topic or "", {}), 1, of)
        await finish(interaction, card, private=True)

    return latest


async def latest_card(service: Service, server: Server, topic: str, page: int, of: str) -> Card:
    """A page of the newest articles, on a topic if there is one; ``of`` may say whose."""

    def work() -> Card:
        some, now, pages = on_page(server.latest(topic), page, LATEST_A_PAGE)
        first = (now - 1) * LATEST_A_PAGE + 1
        shown = [
            leading(server.article(one), n, start)
            for n, (one, start) in enumerate(some, start=first)
        ]
        turning = page_buttons("latest", now, pages, f":{topic}")
        embed = answer_cards.latest(shown, topic, f"page {now} of {pages}", of)
        return Card(embed, (*turning, *read_buttons(shown, row=1)))

    return await service.run(work)


def leading(article: Article, rank: int, start: int | None) -> RankedSentence:
    """The sentence that begins at a place, else the one that opens the article."""
    opening = article.sentences[next(iter(usable(article)), 0)]
    found = (sentence for sentence in article.sentences if sentence.start == start)
    return RankedSentence.of(article, next(found, opening), rank)


def list_card(server: Server, page: int, of: str, *, manager: bool = False) -> Card:
    """A page of a server's articles, or what to do if there are none; blocks."""
    heads = server.heads()
    if not heads:
        return Card(article_cards.first_step(manager=manager))
    embed, page, pages = article_cards.article_list(heads, page, of)
    return Card(embed, page_buttons("list", page, pages))


def text_card(article: Article, page: int) -> Card:
    """A page of an article; blocks, as paging a long text takes a while."""
    embed, page, pages = article_cards.article_page(article, page)
    return Card(embed, page_buttons(f"text:{mark_of(article.id)}", page, pages))


# -- choices while typing --------------------------------------------------------------------------


def autocomplete(service: Service, find: Callable[[Server, str], Choices]) -> Autocomplete:
    """What offers the choices that ``find`` gives for the typed text; none after an error."""

    async def offer(interaction: discord.Interaction, typed: str) -> Choices:
        found: Choices = []
        try:
            server = await service.server(interaction)
            found = await asyncio.to_thread(find, server, typed)
        except DatelineError:
            pass  # using the command will say what is wrong
        return await suggest(interaction, found)

    return offer


def article_choices(server: Server, typed: str, *, own: bool = False) -> Choices:
    """The articles whose titles, dates or ids have every typed word; blocks."""
    words = typed.casefold().split()

    def has_all(head: ArticleHead) -> bool:
        text = f"{head.title} {head.source or ''} {head.published or ''} {head.id}".casefold()
        return len(head.id) <= CHOICE_VALUE_MAX and all(word in text for word in words)

    found = filter(has_all, server.own_heads() if own else server.heads())
    return [
        app_commands.Choice(name=choice_name(head), value=head.id)
        for head in islice(found, CHOICES_MAX)
    ]


def source_choices(server: Server, typed: str) -> Choices:
    """The sources that have the typed text, those with most articles first; blocks."""
    many = sources_of(server.heads())
    found = [
        app_commands.Choice(name=within(source, CHOICE_NAME_MAX, plain), value=source)
        for source, _ in many.most_common()
        if typed.casefold() in source.casefold() and len(source) <= CHOICE_VALUE_MAX
    ]
    return found[:CHOICES_MAX]


def choice_name(head: ArticleHead) -> str:
    """A title with its date, which tells apart articles with the same title."""
    day = f" · {head.published}" if head.published else ""
    title = within(head.title, CHOICE_NAME_MAX - len(day), plain) or head.id
    return f"{title}{day}"
