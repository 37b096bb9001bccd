"""Corrections: an answer whose article no longer says what it quotes gets a line that says so.

Of answers that a whole server can see, the places of their quotes are kept for some days. When
articles have changed, the answers that quote them are looked at, and each is edited once for each
of them. What cannot be edited, or is for one person alone, gets its line when a button is pressed.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence

import discord

from bot.discord.arrivals import Arrivals
from bot.discord.delivery import CONTENT_MAX, UNSENT, is_refused, persist, remaining
from bot.discord.feeds import Feeds
from bot.discord.servers import Server
from bot.discord.service import Service
from bot.discord.store import now
from bot.discord.views.buttons import QuoteRef, value_in
from bot.discord.views.cards import fitted
from index import Article, DatelineError, NoSuchArticle

log = logging.getLogger(__name__)
_MARK = "-# ⚠ "
_CHANGED = "This article has changed since, and no longer says this."
_REMOVED = "This article was removed since."

Message = tuple[int, int]  # its channel and its id


class Corrections(Arrivals):
    """Edits the answers of all servers, one after another."""

    def __init__(self, service: Service, feeds: Feeds) -> None:
        super().__init__(service, feeds, "answers")
        self._store = service.servers.store

    def concerns(self, server: Server) -> bool:
        """Whether the places of any quotes are kept."""
        return self._store.has_posted(server.guild_id)

    async def act(self, bot: discord.Client, server: Server) -> bool:
        """Edit the answers that quote what is no longer there; an outage puts the rest off."""
        for (channel, number), lines in (await self._run(self._overtaken, server)).items():
            place = bot.get_partial_messageable(channel, guild_id=server.guild_id)
            outcome = "edited"
            try:
                await mark(place.get_partial_message(number), lines.values())
            except UNSENT as error:
                log.info("an answer could not be corrected: %s", error)
                if not is_refused(error):
                    return False
                outcome = "failed"
            for article in lines:
                await self._run(self._store.forget_posted, number, article)
            self._service.metrics.corrections.labels(outcome).inc()
        return True

    def _overtaken(self, server: Server) -> dict[Message, dict[str, str]]:
        """The lines due on messages, one for each of the articles; blocks."""
        due: dict[Message, dict[str, str]] = {}
        heads = {head.id: head for head in reversed(server.heads())}  # the server's own win
        for article, version, seen in self._store.cited(server.guild_id):
            head = heads.get(article)
            # Removed and added anew, an article begins with version 1 again.
            if head and head.version == version and head.added_at < seen:
                continue
            histories, moment = histories_of(server, article), now()
            for one in self._store.posted(server.guild_id, article, version):
                place = QuoteRef.read(one.place)
                if place and (line := line_of(histories, place, one.n)):
                    due.setdefault((one.channel, one.message), {}).setdefault(article, line)
                elif head:
                    self._store.note_seen(one, head.version, moment)
        return due


def histories_of(server: Server, article: str) -> list[list[Article]]:
    """All versions of an article, of each corpus that has it; blocks."""
    try:
        return server.histories(article)
    except NoSuchArticle:
        return []


def line_of(histories: Sequence[Sequence[Article]], place: QuoteRef, n: int = 1) -> str | None:
    """The line for the quote with a number; None while an article still says what it quotes."""
    told = (a.text for each in histories for a in each if a.text_sha256.startswith(place.text))
    text, what = next(told, None), _REMOVED
    if text is not None:
        quote, what = on_one_line(text[place.start : place.end]), _CHANGED
        if any(quote in on_one_line(each[-1].text) for each in histories):
            return None
    return f"{_MARK}**{n}** {what}"


def on_one_line(text: str) -> str:
    """A text whatever its line breaks."""
    return " ".join(text.split())


def with_lines(content: str, lines: Iterable[str]) -> str:
    """The text of a message with the lines that it does not have, before what still fits then."""
    new = "\n".join(line for line in lines if line not in content)
    return fitted([*filter(None, (new, *content.split("\n\n")))], CONTENT_MAX)


async def mark(message: discord.PartialMessage, lines: Iterable[str]) -> None:
    """Add lines to a message, unless it has them; raises what sending does."""
    shown = await persist(message.fetch)
    if (text := with_lines(shown.content, lines)) != shown.content:
        await persist(lambda: shown.edit(content=text))


async def mark_pressed(service: Service, interaction: discord.Interaction) -> None:
    """Add its line to an answer whose button was pressed, by way of that; else tell it privately.

    It is about the first quote, which the buttons know.
    """
    message = interaction.message
    place = QuoteRef.read(value_in(message, "context")) if message else None
    if message is None or place is None or _MARK in message.content:
        return

    def look(server: Server) -> str | None:
        head = server.by_mark(place.mark)
        return line_of(histories_of(server, head.id) if head else [], place)

    try:
        server = await service.server(interaction)
        line = await asyncio.to_thread(look, server) if server.settings.corrections else None
        if line is None:
            return
        text, edit = with_lines(message.content, [line]), interaction.followup.edit_message
        try:
            await persist(lambda: edit(message.id, content=text), remaining(interaction))
        except UNSENT:
            await interaction.followup.send(line, ephemeral=True)
    except (DatelineError, *UNSENT) as error:
        log.info("an answer that was pressed could not be corrected: %s", error)
