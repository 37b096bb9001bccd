"""What everyone in a server can do: ``/ask``, ``/articles list`` and ``/articles show``."""

import asyncio
from collections.abc import Sequence
from itertools import islice
from typing import Any

import discord
from discord import app_commands

from bot import discord_render as render
from bot.discord_escape import plain, within
from bot.discord_servers import Server, Servers
from index import ArticleHead, EmptyCorpus
from retrieval.answer import Citation

# Articles belong to a server, so nothing is offered in direct messages.
IN_SERVERS = app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False)
FOR_SERVERS = app_commands.AppInstallationType(guild=True, user=False)

CHOICES_MAX, CHOICE_NAME_MAX, CHOICE_VALUE_MAX = 25, 100, 100

Page = app_commands.Range[int, 1, 10_000]
Name = app_commands.Range[str, 1, 2000]


def ask_command(servers: Servers) -> app_commands.Command[Any, ..., None]:
    """Make ``/ask``."""

    @app_commands.command(
        name="ask",
        description="Ask this server's news articles; every word of the answer is quoted.",
    )
    @app_commands.describe(
        question="A question such as: where did Blinken meet Han Zheng",
        private="Show the answer to you alone",
    )
    async def ask(
        interaction: discord.Interaction,
        question: app_commands.Range[str, 1, 500],
        private: bool = False,
    ) -> None:
        # At once: Discord waits three seconds for a first sign.
        await interaction.response.defer(ephemeral=private, thinking=True)
        server = servers.of(interaction.guild_id)
        async with servers.asking:
            if interaction.is_expired():
                return
            try:
                embed = await asyncio.to_thread(answered, server, question)
            except EmptyCorpus:
                embed = render.first_step(manager=interaction.permissions.manage_guild)
        await interaction.edit_original_response(embed=embed)

    ask.guild_only = True
    ask.allowed_contexts, ask.allowed_installs = IN_SERVERS, FOR_SERVERS
    return ask


def answered(server: Server, question: str) -> discord.Embed:
    """Return the card of an answer; blocks."""

    def page_of(citation: Citation) -> int | None:
        article = server.cited(citation)
        return render.page_at(article.text, citation.start) if article else None

    return render.answer_card(server.ask(question), page_of)


class Articles(app_commands.Group):
    """``/articles``."""

    def __init__(self, servers: Servers) -> None:
        super().__init__(
            name="articles",
            description="The news articles that this server's answers come from.",
            guild_only=True,
            allowed_contexts=IN_SERVERS,
            allowed_installs=FOR_SERVERS,
        )
        self.servers = servers

    @app_commands.command(name="list", description="Titles, dates and ids, the newest first.")
    @app_commands.describe(page="Which page")
    async def list_(self, interaction: discord.Interaction, page: Page = 1) -> None:
        """Show one page of the list."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        heads = await asyncio.to_thread(self.servers.of(interaction.guild_id).heads)
        if heads:
            embed = render.article_list(heads, page)
        else:
            embed = render.first_step(manager=interaction.permissions.manage_guild)
        await interaction.edit_original_response(embed=embed)

    @app_commands.command(name="show", description="The text of an article.")
    @app_commands.describe(article="Its title, or its id", page="Which page")
    async def show(self, interaction: discord.Interaction, article: Name, page: Page = 1) -> None:
        """Show one page of an article's text."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        server = self.servers.of(interaction.guild_id)

        def shown() -> discord.Embed:
            # Cutting a long article into pages takes its time too.
            return render.article_card(server.article(article), page)

        await interaction.edit_original_response(embed=await asyncio.to_thread(shown))

    @show.autocomplete("article")
    async def titles(
        self, interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer the articles whose titles have what was typed."""
        return await asyncio.to_thread(offer, self.servers.of(interaction.guild_id), typed)


def offer(server: Server, typed: str) -> list[app_commands.Choice[str]]:
    """Return the articles whose titles, dates or ids have every word that was typed; blocks."""
    words = typed.casefold().split()
    found = (head for head in server.heads() if all(word in searched(head) for word in words))
    return choices(list(islice(found, CHOICES_MAX)))


def searched(head: ArticleHead) -> str:
    """Return what typed words are looked for in."""
    return f"{head.title} {head.source or ''} {day_of(head)} {head.id}".casefold()


def choices(heads: Sequence[ArticleHead]) -> list[app_commands.Choice[str]]:
    """Articles to choose from; an id that Discord would not take is left out."""
    return [
        app_commands.Choice(name=choice_name(head), value=head.id)
        for head in heads[:CHOICES_MAX]
        if len(head.id) <= CHOICE_VALUE_MAX
    ]


def choice_name(head: ArticleHead) -> str:
    """Return a title with its date, which tells apart articles of one title."""
    day = f" · {day_of(head)}" if head.published else ""
    title = within(head.title, CHOICE_NAME_MAX - len(day), plain) or head.id
    return f"{title}{day}"


def day_of(head: ArticleHead) -> str:
    """Return the date of an article, as far as it is known."""
    return (head.published.day or head.published.at) if head.published else ""
