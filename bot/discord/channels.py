"""Where a server's managers want answers."""

from collections.abc import Iterable, Sequence

import discord

from bot.discord.servers import Server
from index import InputError


class ElsewhereError(InputError):
    """A server's managers want no answers in a channel."""


def mentions(channels: Sequence[int]) -> str:
    """The channels as mentions, whose names Discord shows only to people who may see them."""
    return ", ".join(f"<#{number}>" for number in channels)


def answers_in(server: Server, channel: object) -> bool:
    """Whether a server's managers want answers in a channel."""
    allowed = server.settings.channels
    return not allowed or is_among(channel, allowed)


def is_among(channel: object, chosen: Iterable[int]) -> bool:
    """Whether a channel is chosen, or the one that it is a thread of."""
    here = {getattr(channel, "id", None), getattr(channel, "parent_id", None)}
    return not here.isdisjoint(chosen)


def require_channel(server: Server, channel: object, guild: discord.Guild | None) -> None:
    """Raise ElsewhereError in a channel where a server's managers want no answers."""
    if where := elsewhere(server, channel, guild):
        raise ElsewhereError(f"Dateline does not answer in this channel; ask in {where}.")


def elsewhere(server: Server, channel: object, guild: discord.Guild | None) -> str:
    """Where to ask instead, as far as that still exists; empty where answers are wanted."""
    if guild is None or answers_in(server, channel):
        return ""
    there = [n for n in server.settings.channels if guild.get_channel_or_thread(n)]
    return mentions(there) or "another channel"


def held_in(interaction: discord.Interaction, server: Server) -> dict[int, int]:
    """What the bot may do in the channels that it answers in, else in this one."""
    here = {interaction.channel_id or 0: interaction.app_permissions.value}
    if (guild := interaction.guild) is None:
        return here
    there = map(guild.get_channel, server.settings.channels)
    return {one.id: one.permissions_for(guild.me).value for one in there if one} or here
