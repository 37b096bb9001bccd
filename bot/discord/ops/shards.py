"""A connection for events that goes on with its session when Discord could not be reached."""

import discord.shard
from discord.gateway import ReconnectWebSocket

# Tries to go on where it was, each after a longer wait; then it begins anew, from the beginning:
# perhaps only the address at which a session goes on is out of order.
_RESUMES = 6


class Shard(discord.shard.Shard):
    """discord.py begins a new session after the first try that fails, which loses what came since.

    A connection that Discord has closed for good still is one that begins anew.
    """

    _failed = 0

    def launch(self) -> None:
        """Listen to a connection that stands."""
        self._failed = 0
        super().launch()

    async def _handle_disconnect(self, e: Exception) -> None:
        self._failed = 0 if isinstance(e, discord.ConnectionClosed) else self._failed + 1
        await super()._handle_disconnect(e)

    async def reconnect(self) -> None:
        """Connect after a failure, with the session that there was."""
        if 0 < self._failed <= _RESUMES and self.ws.session_id:
            await self.reidentify(ReconnectWebSocket(self.id, resume=True))
        else:
            await super().reconnect()


def keep_sessions() -> None:
    """Let discord.py use it: there is no other way to say so."""
    discord.shard.Shard = Shard  # type: ignore[misc]
