"""Writes that a killed process left unfinished: whoever began one is told at the next start."""

import asyncio
import logging

import discord

from bot.discord.delivery import UNSENT, Card, is_gone, persist, to_channel
from bot.discord.servers import Servers
from bot.discord.store import Unfinished
from bot.discord.views import cards

log = logging.getLogger(__name__)


async def tell_unfinished(bot: discord.Client, servers: Servers) -> None:
    """Report each once, in its message or, if that is gone, directly."""
    for one in await asyncio.to_thread(servers.store.unfinished):
        text = (
            f"Dateline was stopped in the middle of this ({one.what}). "
            "What was stored by then is kept; use the command once more."
        )
        servers.of(one.guild).last_write = text
        await asyncio.to_thread(servers.store.log_change, one.guild, one.who, text)
        try:
            await _tell(bot, one, Card(cards.sentence(text, cards.FAILED)))
        except UNSENT as error:
            log.warning("a write that was not finished could not be told of: %s", error)
        await asyncio.to_thread(servers.store.end_write, one.interaction)


async def _tell(bot: discord.Client, one: Unfinished, card: Card) -> None:
    webhook = discord.Webhook.partial(bot.application_id or 0, one.token, client=bot)
    try:
        # Discord's name for the first response, which discord.py passes on.
        original: int = "@original"  # type: ignore[assignment]
        await persist(lambda: webhook.edit_message(original, embed=card.embed, view=None))
    except discord.HTTPException as error:
        if not is_gone(error):
            raise
        await to_channel(await bot.fetch_user(one.who), card, nonce=one.interaction)
