"""The one message that a server gets when the bot joins it."""

import logging

import discord

from bot.discord.delivery import UNSENT, Card, to_channel
from bot.discord.views.articles import three_steps

log = logging.getLogger(__name__)


async def welcome(guild: discord.Guild) -> None:
    """Say how to begin, in the first channel that may be written to."""
    usual = [guild.system_channel] if guild.system_channel else []
    for channel in (*usual, *guild.text_channels):
        held = channel.permissions_for(guild.me)
        if held.view_channel and held.send_messages:
            try:
                await to_channel(channel, Card(three_steps()), nonce=guild.id)
            except UNSENT as error:
                log.info("a server could not be told how to begin: %s", error)
            return
