"""``/manage feeds``: which feeds a server follows."""

import asyncio
from collections.abc import Callable

import discord
from discord import app_commands

from bot.discord.commands.articles import CHOICES_MAX, autocomplete
from bot.discord.delivery import Card, Choices, defer, finish
from bot.discord.escape import escape, plain, within
from bot.discord.feeds import Feeds
from bot.discord.servers import Server
from bot.discord.service import Service
from bot.discord.views import cards, feeds
from bot.discord.views.manage import lines_card
from index import InputError
from index.feeds.book import FollowedFeed

Address = app_commands.Range[str, 4, 2000]
Page = app_commands.Range[int, 1, 1000]


class FeedCommands(app_commands.Group):
    """``/manage feeds``; ``check`` raises unless someone may use it."""

    def __init__(
        self, service: Service, feeds: Feeds, check: Callable[[discord.Interaction], object]
    ) -> None:
        super().__init__(name="feeds", description="Follow news feeds: RSS, Atom, JSON Feed.")
        self._service, self._feeds, self._check = service, feeds, check
        self.remove.autocomplete("feed")(autocomplete(service, self._choices))

    async def interaction_check(self, interaction: discord.Interaction, /) -> bool:
        """Check it here, too: discord.py asks only the group that a command is in."""
        self._check(interaction)
        return True

    @app_commands.command(name="add", description="Follow a feed, or change where it is announced.")
    @app_commands.describe(
        url="The address of the feed, or of a site that has one",
        channel="Where its new articles are announced; nowhere if you name none",
    )
    async def add(
        self,
        interaction: discord.Interaction,
        url: Address,
        channel: discord.TextChannel | None = None,
    ) -> None:
        """Follow a feed; what it has comes in by itself."""
        await defer(interaction, private=True)
        server = self._service.servers.of(interaction.guild_id)
        found = await self._feeds.find(url.strip())
        found.channel = channel.id if channel else None
        text = await asyncio.to_thread(self._follow, server, found)
        store, who = self._service.servers.store, interaction.user.id
        # In the log as text, which has no mention.
        noted = f"{text} {announced(f'#{channel.name}' if channel else None)}"
        await asyncio.to_thread(store.log_change, interaction.guild_id or 0, who, noted)
        shown = f"{escape(text)} {announced(channel.mention if channel else None)}"
        await finish(interaction, Card(cards.card([shown], colour=cards.ANSWERED)), private=True)

    def _follow(self, server: Server, found: FollowedFeed) -> str:
        """Follow a feed, and say so, but for where it is announced; blocks."""
        book, most = self._feeds.book(server), self._service.settings.server_feeds
        followed = book.feeds()
        name = within(found.name, 150, str)
        if any(feed.url == found.url for feed in followed):
            book.announce(found.url, found.channel)
            return f"“{name}” is followed already; its new articles are"
        if len(followed) >= most:
            raise InputError(f"This server follows {most:,} feeds, which is the most; remove one.")
        with self._service.servers.changing(server):
            book.add(found)
        return f"Following “{name}”: its articles come in by themselves,"

    @app_commands.command(name="list", description="The feeds that are followed, and their state.")
    @app_commands.describe(page="Which page")
    async def list_(self, interaction: discord.Interaction, page: Page = 1) -> None:
        """Show a page of the feeds."""
        await defer(interaction, private=True)
        server = self._service.servers.of(interaction.guild_id)
        followed = await asyncio.to_thread(self._feeds.book(server).feeds)
        lines = list(map(feeds.feed_line, followed))
        embed = lines_card("Feeds", lines, page, feeds.FEEDS_A_PAGE)
        await finish(interaction, Card(embed), private=True)

    @app_commands.command(name="remove", description="Stop following a feed; its articles stay.")
    @app_commands.describe(feed="Its title, or its address")
    async def remove(self, interaction: discord.Interaction, feed: Address) -> None:
        """Follow a feed no longer."""
        await defer(interaction, private=True)
        server = self._service.servers.of(interaction.guild_id)

        def work() -> str:
            removed = self._feeds.book(server).remove(feed)
            text = f"No longer following “{within(removed.name, 150, str)}”; its articles stay."
            self._service.servers.store.log_change(server.guild_id or 0, interaction.user.id, text)
            return text

        text = await asyncio.to_thread(work)
        await finish(interaction, Card(cards.sentence(text, cards.ANSWERED)), private=True)

    def _choices(self, server: Server, typed: str) -> Choices:
        """The feeds whose title or address has the typed text; blocks."""
        found = [
            app_commands.Choice(name=within(feed.name, 100, plain), value=feed.url)
            for feed in self._feeds.book(server).feeds()
            if typed.casefold() in f"{feed.title} {feed.url}".casefold() and len(feed.url) <= 100
        ]
        return found[:CHOICES_MAX]


def announced(where: str | None) -> str:
    """Where a feed's new articles are announced, as the end of a sentence."""
    return f"announced in {where}." if where else "announced nowhere."
