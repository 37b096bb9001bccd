"""Long work on a server's articles: one at a time, shown as it goes, and ended when asked to.

It is shown in the answer to the command; when the token of that nears its end it goes on in a
message of its own.
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

# An edit every two seconds keeps well clear of Discord's limit; the last minutes of the token's
# fifteen are for saying where it goes on.
EDIT_EVERY, EDIT_FOR = 2.0, 13 * 60.0

Work = Callable[[WriteProgress], discord.Embed]


class Write:
    """One write, and the message that shows it."""

    edit_every, edit_for = EDIT_EVERY, EDIT_FOR

    def __init__(self, interaction: discord.Interaction, progress: WriteProgress) -> None:
        self._interaction = interaction
        self._progress = progress
        self._own: discord.Message | None = None  # once the token has ended
        self.moved = False
        self._started = time.monotonic()

    async def show(self, done: asyncio.Event) -> None:
        """Show how far it is, until it is done."""
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
        """Show what came of it."""
        if not self.moved:
            await finish(self._interaction, card, private=True)
        elif self._own:
            await self._edit(card)
        else:
            log.info("a write ended that could not be shown")

    def _card(self, place: object) -> Card:
        """How far it is; in a direct message its button would be about no server."""
        direct = isinstance(place, discord.DMChannel | discord.User | discord.Member)
        return Card(self._embed(), () if direct else (cancel_button(),))

    def _embed(self, note: str = "") -> discord.Embed:
        return article_cards.progress_embed(str(self._progress), self._progress.share, note)

    async def _edit(self, card: Card) -> None:
        """Edit what shows it now."""
        if own := self._own:
            await persist(lambda: own.edit(embed=card.embed, view=card.view))
        else:
            await self._interaction.edit_original_response(embed=card.embed, view=card.view)

    async def _move(self) -> None:
        """Go on in a message of its own, in the channel or to who began it."""
        self.moved = True
        note = "It goes on in a message of its own; `/manage status` says how far it is, too."
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
        """What is shown on the way matters less than the write itself."""
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
    """Do one write off the event loop, one at a time in a server, and show how far it is.

    What it needs ``before`` keeps no other server from writing. What came of it is in the server's
    log before it is shown: who sees that finds it there.
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
    try:
        await asyncio.to_thread(store.begin_write, noted)
        if before:
            await before()
        async with service.servers.writing:
            with service.metrics.writing.track_inprogress():
                embed = await asyncio.to_thread(work, progress)
        came = server.last_write
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told
        # What someone asked for in vain has changed nothing, and is not for the log.
        if not isinstance(error, InputError):
            came = server.last_write = f"{progress.doing} did not succeed."
        embed = embed_of(error, manager=True, name=name_of(interaction))
    finally:
        server.writing = None
        done.set()
        # Waited for, not cancelled: a late edit must not arrive after the result.
        await showing
        if came:
            await asyncio.to_thread(store.log_change, guild, user, came)
    # Until it is told it counts as unfinished: where the process ends before, the next one tells.
    try:
        await shown.end(Card(embed))
    except UNSENT:
        await asyncio.to_thread(store.end_write, interaction.id)  # what came of it is in the log
        raise
    await asyncio.to_thread(store.end_write, interaction.id)
