"""The feeds of servers: taken in when their time has come, and announced where managers say."""

import asyncio
import datetime as dt
import logging
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import discord

from bot.discord.delivery import UNSENT, Card, nonce_of, to_channel
from bot.discord.escape import within
from bot.discord.ingest import fetcher
from bot.discord.limits import within_quota
from bot.discord.ops.metrics import Metrics
from bot.discord.servers import Server, Servers
from bot.discord.views import feeds as feed_cards
from bot.settings import Settings
from index import ArticleHead, DatelineError
from index.feeds.book import FeedBook, FollowedFeed
from index.feeds.sync import FeedReport, Syncing, due, find_feed
from index.web.fetch import Fetcher

log = logging.getLogger(__name__)

LOOK_EVERY = 30.0  # seconds between two looks for feeds whose time has come


class Feeds:
    """Takes in the feeds of all servers, one at a time, in threads of its own."""

    def __init__(self, servers: Servers, settings: Settings, metrics: Metrics) -> None:
        self._servers, self._settings, self._metrics = servers, settings, metrics
        self._threads = ThreadPoolExecutor(2, "feeds")  # so that finding one never waits for long
        self._next: dict[int, tuple[int, dt.datetime | None]] = {}  # by the file's time of change
        self._stopped = False
        self.taking_in: Server | None = None  # whose feed is just being taken in

    def book(self, server: Server) -> FeedBook:
        """The feeds that a server follows."""
        return FeedBook(server.corpus.folder)

    async def find(self, address: str) -> FollowedFeed:
        """The feed at an address or that a site there names; raises InputError for none."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._threads, lambda: find_feed(address, self._fetcher())
        )

    def stop(self) -> None:
        """Take in no further page."""
        self._stopped = True

    async def keep(self, bot: discord.Client, present: Callable[[], set[int]]) -> None:
        """Run until cancelled; ``present`` gives the servers that the bot is in now."""
        loop = asyncio.get_running_loop()
        while True:
            for guild in present():
                try:
                    server = self._servers.of(guild)
                    for feed in await loop.run_in_executor(self._threads, self._due, server):
                        if not server.writing:  # which would wait, or make this wait
                            await self._take_in(bot, server, feed)
                except (DatelineError, OSError, sqlite3.Error) as error:
                    log.warning("feeds of a server could not be taken in: %s", error)
            await asyncio.sleep(LOOK_EVERY)

    def _due(self, server: Server) -> list[FollowedFeed]:
        """Return the feeds whose time has come; the file is only read where that may be."""
        path = server.corpus.folder / "feeds.json"
        if not path.exists():
            return []
        changed, guild = path.stat().st_mtime_ns, server.guild_id or 0
        known, first = self._next.get(guild, (0, None))
        if known == changed and (first is None or first > dt.datetime.now(dt.UTC)):
            return []
        feeds = self.book(server).feeds()
        times = [feed.next_try for feed in feeds if not feed.gone]
        self._next[guild] = changed, min(times, default=None)
        return due(feeds)

    async def _take_in(self, bot: discord.Client, server: Server, feed: FollowedFeed) -> None:
        first = not feed.caught_up
        self.taking_in = server
        try:
            report, heads = await asyncio.get_running_loop().run_in_executor(
                self._threads, self._sync, server, feed
            )
        finally:
            self.taking_in = None
        self._metrics.feeds.labels("failed" if report.error else "fetched").inc()
        self._metrics.feed_articles.inc(report.articles.added + report.articles.updated)
        if report.error:
            log.info("a feed could not be taken in: %s", report.error)
        # What a feed had before it was followed is no news.
        if not heads or feed.channel is None or first or server.gone:
            return
        place = bot.get_partial_messageable(feed.channel, guild_id=server.guild_id)
        nonce = nonce_of(server.guild_id, feed.url, heads[0].id, heads[0].version)
        try:
            await to_channel(place, Card(feed_cards.announcement(feed, heads)), nonce=nonce)
        except UNSENT as error:
            log.info("new articles of a feed could not be announced: %s", error)
            feed.error = "its new articles cannot be announced there; check my permissions"
            await asyncio.to_thread(self.book(server).save, feed)

    def _sync(self, server: Server, feed: FollowedFeed) -> tuple[FeedReport, list[ArticleHead]]:
        """Take in a feed, as far as there is room; blocks for as long as its pages take."""
        before = {head.id for head in server.own_heads()}

        def stopped() -> bool:
            return self._stopped or server.gone or server.writing is not None

        syncing = Syncing(
            server.corpus,
            self.book(server),
            self._fetcher(),
            stopped=stopped,
            limit=partial(within_quota, server.corpus, before, self._settings),
        )
        with self._servers.changing(server):
            reports = syncing.run([feed])
        report = reports[0] if reports else FeedReport(feed.url, feed.name)
        new = set(report.new)
        if new:
            server.last_write = f"{report.articles} by the feed “{within(feed.name, 100, str)}”."
        return report, [head for head in server.own_heads() if head.id in new]

    def _fetcher(self) -> Fetcher:
        # Not the hosts that the owner trusts: those are for the command line.
        return fetcher(self._settings.contact)
