"""What a killed process left unfinished, writes and questions: told at the next start."""

import asyncio
import logging

import discord

from bot.discord.delivery import TOKEN_SECONDS, UNSENT, Card, is_gone, persist, to_channel
from bot.discord.servers import Servers
from bot.discord.store import Unfinished
from bot.discord.views import cards

log = logging.getLogger(__name__)
# Discord's name for the first response, which discord.py passes on.
_ORIGINAL: int = "@original"  # type: ignore[assignment]
_UNANSWERED = "Dateline was stopped before it could answer this; ask again."


async def tell_unfinished(
    bot: discord.Client,
    servers: Servers,
    writes: list[Unfinished],
    interactions: list[tuple[int, str]],
) -> None:
    """Report each write once, in its message or, if that is gone, directly; then the others.

    ``interactions`` are those that were open, each with its token.
    """
    for one in writes:
        text = (
            f"Dateline was stopped in the middle of this ({one.what}). "
            "What was stored by then is kept; use the command again."
        )
        servers.of(one.guild).last_write = text
        await asyncio.to_thread(servers.store.log_change, one.guild, one.who, text)
        try:
            await _tell(bot, one, Card(cards.sentence(text, cards.FAILED)))
        except UNSENT as error:
            log.warning("a write that was not finished could not be told of: %s", error)
        await asyncio.to_thread(servers.store.end_write, one.interaction)
    await asyncio.gather(*(_tell_unanswered(bot, servers, *one) for one in interactions))


async def _tell(bot: discord.Client, one: Unfinished, card: Card) -> None:
    webhook = discord.Webhook.partial(bot.application_id or 0, one.token, client=bot)
    try:
        await persist(lambda: webhook.edit_message(_ORIGINAL, embed=card.embed, view=None))
    except discord.HTTPException as error:
        if not is_gone(error):
            raise
        await to_channel(await bot.fetch_user(one.who), card, nonce=one.interaction)


async def _tell_unanswered(
    bot: discord.Client, servers: Servers, interaction: int, token: str
) -> None:
    """End an interaction that still shows that its answer is on its way."""
    age = (discord.utils.utcnow() - discord.utils.snowflake_time(interaction)).total_seconds()
    webhook = discord.Webhook.partial(bot.application_id or 0, token, client=bot)
    embed, left = cards.sentence(_UNANSWERED, cards.FAILED), TOKEN_SECONDS - age
    try:
        if left > 0:
            shown = await persist(lambda: webhook.fetch_message(_ORIGINAL), left)
            if shown.flags.loading:
                await persist(lambda: webhook.edit_message(_ORIGINAL, embed=embed), left)
    except UNSENT as error:
        log.info("an interaction that was open could not be told: %s", error)
    await asyncio.to_thread(servers.store.end_interaction, interaction)
