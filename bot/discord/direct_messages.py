"""Whose articles are asked in a direct message.

Those of the server that someone asked in last, where it answers, for as long as they are a member
of it; else the shared ones. Which server that was is kept in memory only. What is done with an
answer that is there is about the server that its buttons name, for its members.
"""

import asyncio
import time
from collections.abc import Callable

import discord

from bot.discord.delivery import UNSENT
from bot.discord.recent import Recent
from bot.discord.servers import Server, Servers
from index import InputError

_BELIEVED = 60.0  # seconds for which someone who was a member is taken for one
# How long Discord may take to say so: a click must be answered within three seconds.
CLICK_SECONDS, MESSAGE_SECONDS = 2.0, 30.0
_ASK_THERE = (
    "Articles belong to a server: ask there, not in a direct message. "
    "Once you have asked in a server, I answer from its articles here, too."
)
_UNSURE = (
    "Discord does not say just now whether you are in the server that this is about; "
    "try again in a minute."
)
_LEFT = "This is from the articles of a server that you or I have left; ask again."


class DirectMessages:
    """Who asked in which server last."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self._last: Recent[int, int] = Recent()
        self._sure: Recent[tuple[int, int], float] = Recent()  # when someone was a member
        self.guild: Callable[[int], discord.Guild | None] = lambda _: None

    async def server(
        self,
        guild: int | None,
        user: int,
        named: int | None = None,
        seconds: float = CLICK_SECONDS,
    ) -> Server:
        """What is asked by someone, in a server or in a direct message (None).

        There a message's buttons may have ``named`` it, as :func:`buttons.server_in` reads them;
        for so many ``seconds`` at most Discord is asked who is a member.
        """
        if guild is not None:
            return self._servers.of(guild)
        asked = self._last.get(user) if named is None else named
        if asked and await self._is_member(user, asked, seconds):
            return self._servers.of(asked)
        if named:
            raise InputError(_LEFT)
        if self._servers.shared:
            return self._servers.of(None)
        raise InputError(_ASK_THERE)

    def note(self, guild: int, user: int) -> None:
        """Note that someone asked in a server, and so is a member."""
        self._last[user] = guild
        self._sure[user, guild] = time.monotonic()

    def name_of(self, server: Server) -> str:
        """Whose articles a server's are."""
        found = self.guild(server.guild_id) if server.guild_id else None
        return f"the articles of {found.name}" if found else "the shared articles"

    async def _is_member(self, user: int, guild: int, seconds: float) -> bool:
        """Whether someone is still a member of a server; Discord is asked now and then.

        Raises InputError during an outage: nobody is let in unchecked, or said to have left.
        """
        found = self.guild(guild)
        if found is None:
            return False
        sure = self._sure.get((user, guild))
        if sure is not None and time.monotonic() - sure < _BELIEVED:
            return True
        try:
            await asyncio.wait_for(found.fetch_member(user), seconds)
        except (discord.NotFound, discord.Forbidden):
            self._sure.pop((user, guild), None)
            return False
        except UNSENT:  # a TimeoutError, too
            raise InputError(_UNSURE) from None
        self._sure[user, guild] = time.monotonic()
        return True
