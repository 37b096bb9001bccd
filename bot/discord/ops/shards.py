"""A gateway connection that resumes its session after an outage."""

import discord.shard
from discord.gateway import ReconnectWebSocket

# Attempts to resume, each after a longer wait, before a new session begins: perhaps only the
# address for resuming does not work.
_RESUMES = 6


class Shard(discord.shard.Shard):
    """discord.py begins a new session after one failed attempt, which loses events; this resumes.

    After a connection that Discord has closed a new session begins, as in discord.py.
    """

    _failed = 0

    def launch(self) -> None:
        """Start listening on a connection."""
        self._failed = 0
        super().launch()

    async def _handle_disconnect(self, e: Exception) -> None:
        self._failed = 0 if isinstance(e, discord.ConnectionClosed) else self._failed + 1
        await super()._handle_disconnect(e)

    async def reconnect(self) -> None:
        """Connect after a failure, resuming the session if possible."""
        if 0 < self._failed <= _RESUMES and self.ws.session_id:
            await self.reidentify(ReconnectWebSocket(self.id, resume=True))
        else:
            await super().reconnect()


def keep_sessions() -> None:
    """Make discord.py use this class, for which it has no setting."""
    discord.shard.Shard = Shard  # type: ignore[misc]
