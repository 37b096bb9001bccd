"""Servers that the bot is put into and out of, and what opens in them."""

from typing import Any

from tests.discord_standin import payloads
from tests.discord_standin.gateway import Gateway
from tests.discord_standin.messages import Messages
from tests.discord_standin.world import FORUM, READER, Channel, Guild, World


class Guilds:
    """The part of the stand-in that changes servers and tells the bot of it."""

    world: World
    gateway_end: Gateway
    messages: Messages

    async def join(self, name: str, number: int | None = None) -> Guild:
        """Put the bot into a new server."""
        number = number or self.world.clock.snowflake()
        guild = self.world.guilds[number] = Guild(number, name)
        new = payloads.guild(guild)
        del new["unavailable"]  # which only one that was there before has
        await self.gateway_end.dispatch("GUILD_CREATE", new, guild, 1)
        return guild

    async def leave(self, number: int) -> None:
        """Put the bot out of a server."""
        guild = self.world.guilds.pop(number)
        await self.gateway_end.dispatch("GUILD_DELETE", {"id": str(number)}, guild, 1)

    async def outage(self, number: int, *, over: bool = False) -> None:
        """Let a server be unavailable for a while, or be there again."""
        guild = self.world.guilds[number]
        guild.unavailable = not over
        if over:
            await self.gateway_end.dispatch("GUILD_CREATE", payloads.guild(guild), guild, 1)
        else:
            gone = {"id": str(number), "unavailable": True}
            await self.gateway_end.dispatch("GUILD_DELETE", gone, guild, 1)

    async def thread(self, parent: Channel, name: str = "thread") -> Channel:
        """Open a thread."""
        assert parent.guild
        thread = parent.guild.add_channel(name, self.world.clock.snowflake(), parent)
        payload = payloads.channel(thread) | {"newly_created": True}
        await self.gateway_end.dispatch("THREAD_CREATE", payload, parent.guild, 1)
        return thread

    async def forum(self, guild: Guild, name: str = "forum") -> Channel:
        """Open a forum."""
        forum = guild.add_channel(name, self.world.clock.snowflake())
        forum.type = FORUM
        await self.gateway_end.dispatch("CHANNEL_CREATE", payloads.channel(forum), guild, 1)
        return forum

    async def post(self, forum: Channel, title: str, text: str) -> dict[str, Any]:
        """Open a post of a forum: a thread whose first message has its id."""
        thread = await self.thread(forum, title)
        return await self.messages.create(thread, READER, {"content": text}, number=thread.id)
