"""Writes to a server's articles: one at a time, with progress shown, stopped on request.

The answer to the command shows the progress; a separate message does once its token expires.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

import discord

from bot.discord.delivery import UNSENT, Card, finish, is_gone, persist, to_channel
from bot.discord.errors import embed_of, name_of
from bot.discord.servers import Server, WriteProgress
from bot.discord.service import Service
from bot.discord.store import Unfinished
from bot.discord.views import articles as article_cards
from bot.discord.views.buttons import cancel_button
from index import InputError

log = logging.getLogger(__name__)

# An edit every two seconds stays well below Discord's limit; a token works for fifteen minutes.
EDIT_EVERY, EDIT_FOR = 2.0, 13 * 60.0

Work = Callable[[WriteProgress], discord.Embed]


class Write:
    """The message that shows a write."""

    edit_every, edit_for = EDIT_EVERY, EDIT_FOR

    def __init__(self, interaction: discord.Interaction, progress: WriteProgress) -> None:
        self._interaction = interaction
        self._progress = progress
        self._own: discord.Message | None = None  # once the token has ended
        self.moved = False
        self._started = time.monotonic()

    async def show(self, done: asyncio.Event) -> None:
        """Show the progress until the write is done."""
        before, pause = "", self.edit_every / 4  # what can be cancelled shows it soon
        while not done.is_set():
            try:
                await asyncio.wait_for(done.wait(), pause)
            except TimeoutError:
                pause = self.edit_every
                if time.monotonic() - self._started >= self.edit_for and not self.moved:
                    await self._move()
                elif (now := str(self._progress)) != before:
                    before = now
                    await self._try(self._edit(self._card(self._own and self._own.channel)))

    async def end(self, card: Card) -> None:
        """Show the result."""
        if not self.moved:
            await finish(self._interaction, card, private=True)
        elif self._own:
            await self._edit(card)
        else:
            log.info("a write ended that could not be shown")

    def _card(self, place: object) -> Card:
        """The progress; without the button in a direct message, which belongs to no server."""
        direct = isinstance(place, discord.DMChannel | discord.User | discord.Member)
        return Card(self._embed(), () if direct else (cancel_button(),))

    def _embed(self, note: str = "") -> discord.Embed:
        return article_cards.progress_embed(str(self._progress), self._progress.share, note)

    async def _edit(self, card: Card) -> None:
        """Edit the message that shows it now."""
        if own := self._own:
            await persist(lambda: own.edit(embed=card.embed, view=card.view))
        else:
            await self._interaction.edit_original_response(embed=card.embed, view=card.view)

    async def _move(self) -> None:
        """Continue in a separate message, in the channel or to the person who began the write."""
        self.moved = True
        note = "It goes on in a message of its own; `/manage status` shows its progress, too."
        last = self._interaction.edit_original_response(embed=self._embed(note), view=None)
        await self._try(last)
        for place in (self._interaction.channel, self._interaction.user):
            if isinstance(place, discord.abc.Messageable):
                try:
                    card, nonce = self._card(place), self._interaction.id
                    self._own = await to_channel(place, card, nonce=nonce)
                except UNSENT as error:
                    log.info("progress cannot be shown there: %s", error)
                else:
                    return

    async def _try(self, shown: Awaitable[object]) -> None:
        """Show progress; failing at that does not stop the write."""
        try:
            await shown
        except UNSENT as error:
            log.info("progress could not be shown%s: %s", " any more" * is_gone(error), error)


async def write(
    service: Service,
    interaction: discord.Interaction,
    server: Server,
    progress: WriteProgress,
    work: Work,
    before: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Do a write off the event loop, one at a time in each server, and show its progress.

    The work ``before`` it does not take a turn from other servers. The result is logged before it
    is shown, so that whoever sees it finds it in the log.
    """
    if server.writing:
        raise InputError(
            f"Another change to this server's articles is under way ({server.writing}); "
            "try again when it is done."
        )
    server.writing = progress
    shown, done = Write(interaction, progress), asyncio.Event()
    showing = asyncio.create_task(shown.show(done))
    store, guild, user = service.servers.store, server.guild_id or 0, interaction.user.id
    noted = Unfinished(guild, user, interaction.id, interaction.token, progress.doing)
    came: str | None = None

    def work_there() -> discord.Embed:
        with service.servers.changing(server):
            return work(progress)

    try:
        await asyncio.to_thread(store.begin_write, noted)
        if before:
            await before()
        async with service.servers.writing:
            with service.metrics.writing.track_inprogress():
                embed = await asyncio.to_thread(work_there)
        came = server.last_write
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told
        # A refused write has changed nothing, and is not logged.
        if not isinstance(error, InputError):
            came = server.last_write = f"{progress.doing} did not succeed."
        embed = embed_of(error, manager=True, name=name_of(interaction))
    finally:
        server.writing = None
        done.set()
        # Waited for rather than cancelled: a late edit must not arrive after the result.
        await showing
        if came:
            await asyncio.to_thread(store.log_change, guild, user, came)
    # The write counts as unfinished until its result is shown, so the next process would tell.
    try:
        await shown.end(Card(embed))
    except UNSENT:
        await asyncio.to_thread(store.end_write, interaction.id)  # what came of it is in the log
        raise
    await asyncio.to_thread(store.end_write, interaction.id)
