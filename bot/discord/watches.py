"""Watched questions: looked at when articles have come in, and told of, each answer once.

Answers are corrected then, too. Whatever brings articles in, it is seen by the corpora's versions.
A burst of articles is waited for, so that it gives one message. All that takes long is done in
threads.
"""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

import discord

from bot.discord.channels import answers_in
from bot.discord.corrections import correct
from bot.discord.delivery import UNSENT, is_refused, nonce_of, to_channel
from bot.discord.feeds import Feeds
from bot.discord.servers import Server
from bot.discord.service import Service
from bot.discord.views.buttons import QuoteRef
from bot.discord.views.watches import told_card
from bot.watches import Watch
from index import DatelineError
from retrieval import Answer

log = logging.getLogger(__name__)
T = TypeVar("T")

LOOK_EVERY = 2.0  # seconds between two looks for what has come in
QUIET = 5.0  # seconds without any more, after which a burst of articles is over
LONGEST = 60.0  # seconds that a burst is waited for
RETRY = 60.0  # seconds until what could not be told is tried again


@dataclass(slots=True)
class _Seen:
    """The versions of a server's corpora: those checked last, those seen last, since when."""

    checked: set[str] = field(default_factory=set)
    last: set[str] = field(default_factory=set)
    stamps: list[object] = field(default_factory=list)
    since: float = 0.0
    first: float = 0.0  # when the first change since the check was seen


class Watches:
    """Tells what is due, of all servers, one watched question at a time."""

    def __init__(self, service: Service, feeds: Feeds) -> None:
        self._service, self._feeds = service, feeds
        self._threads = ThreadPoolExecutor(1, "watches")
        self._seen: dict[int | None, _Seen] = {}
        self._stopped = False

    def stop(self) -> None:
        """Look at no further question."""
        self._stopped = True

    async def keep(self, bot: discord.Client, present: Callable[[], set[int]]) -> None:
        """Run until cancelled; ``present`` gives the servers that the bot is in now."""
        servers = self._service.servers
        while True:
            shared = [None] if servers.shared else []
            for server in await self._run(self._due, [*map(servers.of, (*present(), *shared))]):
                try:
                    await self._check(bot, server)
                except Exception:
                    # Whatever it is, the other servers' questions go on.
                    self._put_off(server)
                    log.exception("a server could not be looked at for news")
            await asyncio.sleep(LOOK_EVERY)

    async def _run(self, work: Callable[..., T], *given: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *given)

    def _due(self, servers: list[Server]) -> list[Server]:
        """The servers where articles have come in and no more are coming; blocks."""
        due = []
        for server in servers:
            try:
                posted = self._service.servers.store.has_posted(server.guild_id)
                if (posted or server.watched.exists) and self._is_due(server):
                    due.append(server)
            except (DatelineError, OSError, sqlite3.Error) as error:
                log.warning("a server could not be looked at for news: %s", error)
        return due

    def _is_due(self, server: Server) -> bool:
        seen, now = self._seen.setdefault(server.guild_id, _Seen()), time.monotonic()
        stamps = server.stamps()
        if stamps == seen.stamps and seen.last == seen.checked:
            return False
        versions, seen.stamps = server.versions(), stamps
        if versions == seen.checked:
            return False
        if versions != seen.last:
            seen.first = now if seen.last == seen.checked else seen.first
            seen.last, seen.since = versions, now
        if server.writing or self._feeds.taking_in is server:
            return False
        return now - seen.since >= QUIET or now - seen.first >= LONGEST

    def _put_off(self, server: Server) -> None:
        seen = self._seen[server.guild_id]
        seen.since = seen.first = time.monotonic() + RETRY

    async def _check(self, bot: discord.Client, server: Server) -> None:
        """Tell what is due of a server's questions, and correct its answers.

        What has come in is seen when all is told.
        """
        versions = self._seen[server.guild_id].last
        fresh, marks = await self._run(server.come_in)
        all_told = True
        for watch in await self._run(server.watched.watches) if any(fresh.values()) else ():
            if self._stopped:
                return
            try:
                answer = await self._run(server.news, watch, fresh)
                all_told &= answer is None or await self._tell(bot, server, watch, answer)
            except Exception:
                log.exception("a watched question could not be looked at")
                all_told = False
        if all_told and server.watched.exists:
            await self._run(server.watched.move, marks)
        if await correct(bot, self._service, server) and all_told:
            self._seen[server.guild_id].checked = versions
        else:
            self._put_off(server)

    async def _tell(
        self, bot: discord.Client, server: Server, watch: Watch, answer: Answer
    ) -> bool:
        """Tell of an answer; whether that is settled, rather than to be tried again."""
        guild = bot.get_guild(server.guild_id or 0)
        if server.guild_id and guild is None:
            return False  # Discord does not say just now what is there
        nonce = nonce_of(server.guild_id, watch.id, watch.told, answer.words)
        of = "" if watch.channel else self._service.direct.name_of(server)
        card, watch.error, sent = told_card(watch, answer, of), None, None
        try:
            if watch.channel:
                place: discord.abc.Messageable = bot.get_partial_messageable(
                    watch.channel, guild_id=server.guild_id
                )
                if guild and not answers_in(server, await channel_at(guild, watch.channel)):
                    watch.error = "this server's managers want no answers there"
            elif (member := await person(bot, guild, watch.who)) is None:
                await self._run(server.watched.end, watch.id)  # who has left is told nothing more
                return True
            else:
                place, guild = member, None
            if not watch.error:
                card = card if guild else card.of_server(server.guild_id)
                sent = await to_channel(place, card, nonce=nonce)
        except UNSENT as error:
            log.info("a watched question's answer could not be told: %s", error)
            if not is_refused(error):
                return False
            watch.error = "it could not be told there; check my permissions"
        watch.tell(answer)
        await self._run(server.watched.save, watch)
        if sent and guild:
            await self._service.note_posted(server, sent, map(QuoteRef.of, answer.citations))
        self._service.metrics.watches.labels("refused" if watch.error else "told").inc()
        return True


async def channel_at(guild: discord.Guild, number: int) -> object:
    """A server's channel or thread, also one that was archived; None where there is none to see.

    Raises what sending does.
    """
    try:
        return guild.get_channel_or_thread(number) or await guild.fetch_channel(number)
    except (discord.NotFound, discord.Forbidden, discord.InvalidData):
        return None


async def person(
    bot: discord.Client, guild: discord.Guild | None, user: int | None
) -> discord.Member | discord.User | None:
    """Who watches, if they are still a member of the server; of none where the articles are all's.

    Raises what sending does.
    """
    try:
        return await (guild.fetch_member(user or 0) if guild else bot.fetch_user(user or 0))
    except discord.NotFound:
        return None
