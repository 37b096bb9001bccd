"""Options that add one channel or role to a setting, or take it away."""

from typing import Any

import discord
from discord import app_commands

# Discord's documentation does not list media channels among the types of an option.
_NO_PLACES = {"private", "group", "category", "media"}


class AnyChannel(app_commands.Transformer):
    """A channel to answer in, by its id; the bot need not see it."""

    @property
    def type(self) -> discord.AppCommandOptionType:
        """The type of the option."""
        return discord.AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[discord.ChannelType]:
        """The kinds of channels where someone can ask."""
        return [kind for kind in discord.ChannelType if kind.name not in _NO_PLACES]

    async def transform(self, interaction: discord.Interaction, value: Any, /) -> Any:
        """The channel as Discord sends it."""
        del interaction
        return value


ChannelOption = app_commands.Transform[discord.abc.Snowflake, AnyChannel]


def changed(
    ids: tuple[int, ...], come: discord.abc.Snowflake | None, gone: discord.abc.Snowflake | None
) -> tuple[int, ...]:
    """The ids with one added, if it was not among them, and another removed."""
    more = (come.id,) if come and come.id not in ids else ()
    return tuple(n for n in (*ids, *more) if gone is None or n != gone.id)
