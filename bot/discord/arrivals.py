"""Acting on servers where articles have come in, changed or gone, whatever did it.

It is seen by the corpora's versions. A burst of articles is waited for, so that it is acted on
once. All that takes long is done in a thread of its own.
"""

import asyncio
import logging
import sqlite3
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

import discord

from bot.discord.feeds import Feeds
from bot.discord.servers import Server
from bot.discord.service import Service
from index import DatelineError

log = logging.getLogger(__name__)
T = TypeVar("T")

LOOK_EVERY = 2.0  # seconds between two looks for what has come in
QUIET = 5.0  # seconds without any more, after which a burst of articles is over
LONGEST = 60.0  # seconds that a burst is waited for
RETRY = 60.0  # seconds until what could not be done is tried again


@dataclass(slots=True)
class _Seen:
    """The versions of a server's corpora: those acted on last, those seen last, since when."""

    done: set[str] = field(default_factory=set)
    last: set[str] = field(default_factory=set)
    since: float = 0.0
    first: float = 0.0  # when the first change since was seen
    stamp: set[tuple[str, int]] = field(default_factory=set)


class Arrivals(ABC):
    """Acts on one server after another; its thread is named after what it is for."""

    def __init__(self, service: Service, feeds: Feeds, name: str) -> None:
        self._service, self._feeds, self._name = service, feeds, name
        self._threads = ThreadPoolExecutor(1, name)
        self._seen: dict[int | None, _Seen] = {}
        self._stopped = False

    @abstractmethod
    def concerns(self, server: Server) -> bool:
        """Whether there is anything to act on in a server; blocks."""

    @abstractmethod
    async def act(self, bot: discord.Client, server: Server) -> bool:
        """Act on what has come in; whether all is done, rather than to be tried again."""

    def stop(self) -> None:
        """Begin nothing more."""
        self._stopped = True

    async def keep(self, bot: discord.Client, present: Callable[[], set[int]]) -> None:
        """Run until cancelled; ``present`` gives the servers that the bot is in now."""
        servers = self._service.servers
        while True:
            shared = [None] if servers.has_shared else []
            for server in await self._run(self._due, [*map(servers.of, (*present(), *shared))]):
                versions, done = self._seen[server.guild_id].last, False
                try:
                    done = await self.act(bot, server)
                except Exception:
                    # Whatever it is, the other servers go on.
                    log.exception("%s of a server could not be looked at", self._name)
                seen = self._seen[server.guild_id]
                if done:
                    seen.done = versions
                else:
                    seen.since = seen.first = time.monotonic() + RETRY
            await asyncio.sleep(LOOK_EVERY)

    async def _run(self, work: Callable[..., T], *given: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *given)

    def _due(self, servers: Sequence[Server]) -> list[Server]:
        """The servers where articles have come in and no more are coming; blocks."""
        due = []
        for server in servers:
            try:
                if self.concerns(server) and self._is_due(server):
                    due.append(server)
            except (DatelineError, OSError, sqlite3.Error) as error:
                log.warning("a server could not be looked at for news: %s", error)
        return due

    def _is_due(self, server: Server) -> bool:
        seen, now = self._seen.setdefault(server.guild_id, _Seen()), time.monotonic()
        stamp = server.stamp()
        if stamp == seen.stamp and seen.last == seen.done:
            return False
        versions, seen.stamp = server.versions(), stamp
        if versions == seen.done:
            seen.last = versions
            return False
        if versions != seen.last:
            seen.first = now if seen.last == seen.done else seen.first
            seen.last, seen.since = versions, now
        if server.writing or self._feeds.taking_in is server:
            return False
        return now - seen.since >= QUIET or now - seen.first >= LONGEST
