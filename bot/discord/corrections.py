"""Corrections: an answer whose article no longer says what it quotes gets a line that says so.

Where the quotes of answers stand that a whole server can see is kept for some days. When articles
have changed, an answer is edited once for each that it quotes in vain now. What cannot be edited,
or is for one person alone, gets its line when a button is pressed.
"""

import asyncio
import logging
from collections.abc import Iterable
from functools import lru_cache

import discord

from bot.discord.delivery import CONTENT_MAX, UNSENT, is_refused, persist, remaining
from bot.discord.servers import Server, mark_of
from bot.discord.service import Service
from bot.discord.store import Store
from bot.discord.views.buttons import QuoteRef, message_of, value_in
from bot.discord.views.cards import fitted
from index import Article, DatelineError

log = logging.getLogger(__name__)
_MARK = "-# ⚠ "
_CHANGED = "This article has changed since, and no longer says this."
_REMOVED = "This article has been removed since."


async def correct(bot: discord.Client, service: Service, server: Server) -> bool:
    """Edit a server's answers that are due; False if Discord is out, and some are still to do."""
    store = service.servers.store
    for (channel, number), lines in (await asyncio.to_thread(overtaken, store, server)).items():
        place = bot.get_partial_messageable(channel, guild_id=server.guild_id)
        outcome = "edited"
        try:
            await add_lines(place.get_partial_message(number), lines.values())
        except UNSENT as error:
            log.info("an answer could not be corrected: %s", error)
            if not is_refused(error):
                return False
            outcome = "failed"
        for mark in lines:
            await asyncio.to_thread(store.forget_posted, server.guild_id, number, mark)
        service.metrics.corrections.labels(outcome).inc()
    return True


def overtaken(store: Store, server: Server) -> dict[tuple[int, int], dict[str, str]]:
    """The lines due on messages, by channel and id, then by the article's mark; blocks."""
    due: dict[tuple[int, int], dict[str, str]] = {}
    heads = {mark_of(head.id): head for head in server.heads()}
    histories = lru_cache(1)(server.histories)  # they come article by article
    for channel, message, at, n, written in store.posted(server.guild_id):
        place = QuoteRef.read(written)
        head = heads.get(place.mark) if place else None
        if place is None or (head and head.added_at < at):
            continue  # as it was when it was posted
        if line := line_of(histories(head.id) if head else [], place, n):
            due.setdefault((channel, message), {}).setdefault(place.mark, line)
    return due


def line_of(histories: list[list[Article]], place: QuoteRef, n: int = 1) -> str | None:
    """The line for a quote by its number; None while its article, in any corpus, still says it."""
    texts = (a.text for each in histories for a in each if a.text_sha256.startswith(place.text))
    if (text := next(texts, None)) is None:
        return f"{_MARK}**{n}** {_REMOVED}"
    quote = " ".join(text[place.start : place.end].split())
    stands = any(quote in " ".join(each[-1].text.split()) for each in histories)
    return None if stands else f"{_MARK}**{n}** {_CHANGED}"


async def add_lines(message: discord.PartialMessage, lines: Iterable[str]) -> None:
    """Add lines to a message, unless it has them; raises what sending does."""
    shown = await persist(message.fetch)
    if new := [line for line in lines if line not in shown.content]:
        await persist(lambda: shown.edit(content=with_lines(shown.content, new)))


def with_lines(content: str, lines: Iterable[str]) -> str:
    """The text of a message behind some lines, as far as it fits."""
    return fitted([*filter(None, ("\n".join(lines), *content.split("\n\n")))], CONTENT_MAX)


async def mark_pressed(service: Service, interaction: discord.Interaction) -> None:
    """Mark an answer whose button was pressed, by its first quote; else tell who pressed it."""
    message = message_of(interaction)
    place = QuoteRef.read(value_in(message, "context"))
    if place is None or _MARK in message.content:
        return

    def look(server: Server, place: QuoteRef) -> str | None:
        head = server.by_mark(place.mark)
        return line_of(server.histories(head.id) if head else [], place)

    edit = interaction.followup.edit_message
    try:
        server = await service.server(interaction)
        line = await asyncio.to_thread(look, server, place) if server.settings.corrections else None
        if line:
            text = with_lines(message.content, [line])
            try:
                await persist(lambda: edit(message.id, content=text), remaining(interaction))
            except UNSENT:
                await interaction.followup.send(line, ephemeral=True)
    except (DatelineError, *UNSENT) as error:
        log.info("an answer that was pressed could not be corrected: %s", error)
