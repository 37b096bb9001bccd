"""Direct messages: whose articles are asked there.

Those of the server that someone asked in last, where it answers, for as long as they are a member
of it; else the shared ones. Which server that was is kept in memory only.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

import discord

from bot.discord_servers import Server, Servers
from index import InputError

_REMEMBERED = 10_000
_BELIEVED = 600.0  # seconds for which someone who was a member is taken for one
_ASK_THERE = (
    "Articles belong to a server: ask there, not in a direct message. "
    "Once you have asked in a server, I answer from its articles here, too."
)


class ElsewhereError(InputError):
    """A server's managers want no answers in a channel; ``channels`` are where they do."""

    def __init__(self, channels: Sequence[int]) -> None:
        super().__init__(f"Dateline does not answer in this channel; ask in {named(channels)}.")


def named(channels: Sequence[int]) -> str:
    """Return channels as mentions: Discord shows the names to those only who may see them."""
    return ", ".join(f"<#{number}>" for number in channels) or "another channel"


def answers_in(server: Server, channel: object) -> bool:
    """Whether a server's managers want answers in a channel."""
    allowed = set(server.settings.channels)
    here = {getattr(channel, "id", None), getattr(channel, "parent_id", None)}
    return not allowed or bool(here & allowed)


class Direct:
    """Who asked where last."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self._last: OrderedDict[int, tuple[int, float]] = OrderedDict()  # and when that was sure
        self.guild: Callable[[int], discord.Guild | None] = lambda _: None

    async def server(self, guild: int | None, user: int) -> Server:
        """Return what is asked by someone, in a server or in a direct message (None)."""
        if guild is not None:
            return self._servers.of(guild)
        last = self._last.get(user)
        if last and await self._is_member(user, *last):
            return self._servers.of(last[0])
        if self._servers.has_shared:
            return self._servers.of(None)
        raise InputError(_ASK_THERE)

    def asked(self, guild: int, user: int) -> None:
        """Note that someone is in a server, and where it answers."""
        self._last.pop(user, None)
        self._last[user] = guild, time.monotonic()
        while len(self._last) > _REMEMBERED:
            self._last.popitem(last=False)

    def name_of(self, server: Server) -> str:
        """Return what a server is called; nothing where it is the shared articles."""
        found = self.guild(server.guild_id) if server.guild_id else None
        return found.name if found else ""

    async def _is_member(self, user: int, guild: int, sure: float) -> bool:
        """Whether someone is still in the server; asked of Discord now and then."""
        found = self.guild(guild)
        if found is None:
            return False
        if time.monotonic() - sure < _BELIEVED:
            return True
        try:
            await found.fetch_member(user)
        except discord.HTTPException:
            self._last.pop(user, None)
            return False
        self._last[user] = guild, time.monotonic()
        return True
