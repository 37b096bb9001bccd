"""Getting a card to whoever asked: once, and through whatever Discord goes through meanwhile.

An interaction is deferred at once and its deferral edited at the end: an edit can be sent again
without a second message. A message in a channel carries a nonce, by which Discord knows it again.
discord.py repeats a request some times within seconds; what is here goes on for as long as the
interaction's token lives.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import aiohttp
import discord

log = logging.getLogger(__name__)
T = TypeVar("T")
Choices = list[discord.app_commands.Choice[str]]

# https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, UNKNOWN_WEBHOOK = 10003, 10008, 10015
UNKNOWN_INTERACTION, ALREADY_ANSWERED, TOKEN_EXPIRED = 10062, 40060, 50027
_GONE = {UNKNOWN_INTERACTION, UNKNOWN_MESSAGE, UNKNOWN_WEBHOOK, ALREADY_ANSWERED, TOKEN_EXPIRED}
_NO_TOKEN = {UNKNOWN_INTERACTION, UNKNOWN_WEBHOOK, TOKEN_EXPIRED}

# What sending can end in. A connection that Discord closed is no OSError, but aiohttp's own.
UNSENT = (discord.HTTPException, aiohttp.ClientError, OSError)

# The least wait before another try, and the longest, in seconds; a test makes them shorter.
FIRST_WAIT, LONGEST_WAIT = 1.0, 30.0
# Discord waits three seconds for a first answer; what is sent later than this is in vain.
FIRST_SECONDS = 2.5
# Of an interaction's extras, for what is counted: its age in seconds at its first answer, and what
# came of it where that is not just that it was answered.
FIRST, OUTCOME = "first", "outcome"
# A token lives for fifteen minutes; the last is for saying what could not be said before.
TOKEN_SECONDS = 14 * 60.0


@dataclass(frozen=True, slots=True)
class Card:
    """What is shown: an embed, and the buttons below it."""

    embed: discord.Embed
    buttons: tuple[discord.ui.Button[Any], ...] = field(default=())

    @property
    def view(self) -> discord.ui.View | None:
        """The buttons as discord.py sends them; None where there are none."""
        if not self.buttons:
            return None
        view = discord.ui.View(timeout=None)
        for button in self.buttons:
            view.add_item(button)
        # A view that has ended is sent all the same, but not kept in memory for its clicks: these
        # are told apart by their custom ids alone, so that they outlive a restart.
        view.stop()
        return view


def is_gone(error: BaseException) -> bool:
    """Whether there is nobody left to answer: too late, deleted, or another copy was quicker."""
    return isinstance(error, discord.HTTPException) and error.code in _GONE


async def persist(send: Callable[[], Awaitable[T]], seconds: float = TOKEN_SECONDS) -> T:
    """Send until Discord takes it or says no; raises the last error after ``seconds``."""
    until, wait = time.monotonic() + seconds, FIRST_WAIT
    while True:
        try:
            return await send()
        except discord.HTTPException as error:
            if error.status < 500 and error.status != 429:
                raise
            problem, pause = error, max(wait, retry_after(error))
        except (aiohttp.ClientError, OSError) as error:
            problem, pause = error, wait  # type: ignore[assignment]
        if time.monotonic() + pause > until:
            raise problem
        log.info("Discord is out of order (%s); trying again", problem)
        await asyncio.sleep(pause)
        wait = min(wait * 2, LONGEST_WAIT)


def retry_after(error: discord.HTTPException) -> float:
    """How long a refusal for too many requests asks to wait, in seconds."""
    with contextlib.suppress(ValueError, AttributeError):
        return min(float(error.response.headers.get("Retry-After", 0)), 600.0)
    return 0.0


async def first(interaction: discord.Interaction, send: Callable[[], Awaitable[T]]) -> T:
    """Give the first answer, for as long as Discord waits for it, and note how old it was then.

    discord.py sends it again after an error of Discord's, but not after a lost connection or a
    refusal of what stands before Discord.
    """
    until, wait = time.monotonic() + FIRST_SECONDS, FIRST_WAIT / 4
    while True:
        try:
            sent = await send()
        except UNSENT as error:
            if isinstance(error, discord.HTTPException) and error.status != 429:
                raise
            if time.monotonic() + wait > until:
                raise
            log.info("a first answer was lost (%s); trying again", error)
        else:
            interaction.extras[FIRST] = age(interaction)
            return sent
        await asyncio.sleep(wait)


async def defer(interaction: discord.Interaction, *, private: bool) -> None:
    """Say that an answer is on its way; at once, as Discord waits for three seconds only."""
    taken = discord.InteractionResponseType.deferred_channel_message
    response = interaction.response
    await _deferred(interaction, lambda: response.defer(ephemeral=private, thinking=True), taken)


async def defer_update(interaction: discord.Interaction) -> None:
    """Say that the message whose button was pressed is going to change."""
    taken = discord.InteractionResponseType.deferred_message_update
    await _deferred(interaction, interaction.response.defer, taken)


async def suggest(interaction: discord.Interaction, choices: Choices) -> Choices:
    """Show choices while someone types; discord.py would do so once, and sees that it is done."""
    taken = discord.InteractionResponseType.autocomplete_result
    await _deferred(interaction, lambda: interaction.response.autocomplete(choices), taken)
    return choices


async def _deferred(
    interaction: discord.Interaction,
    send: Callable[[], Awaitable[object]],
    taken: discord.InteractionResponseType,
) -> None:
    began = time.monotonic()
    try:
        await first(interaction, send)
    except UNSENT as error:
        if not may_go_on(error, time.monotonic() - began):
            raise
        log.info("a first answer may be lost (%s)", error)
        interaction.response._response_type = taken  # noqa: SLF001 - there is no other way


def may_go_on(error: Exception, seconds: float) -> bool:
    """Whether an answer can still be given, though the deferral seems to have failed.

    Said twice: the first was taken, though Discord did not say so, and an edit reaches it. Too
    late only after trying for a while, or not at all: Discord was out of order, and the edit will
    be refused, after which the answer is given without a token.
    """
    if not isinstance(error, discord.HTTPException):
        return True
    late = error.code == UNKNOWN_INTERACTION and seconds >= FIRST_WAIT * 0.9
    return late or error.code == ALREADY_ANSWERED or error.status >= 500 or error.status == 429


async def show(interaction: discord.Interaction, card: Card) -> discord.Message:
    """Answer with a card for all to see, which is there once however often it is sent.

    It is the first answer: of these Discord takes one, but as many further ones as it is sent.
    """
    began, view = time.monotonic(), card.view or discord.utils.MISSING
    send = interaction.response.send_message
    try:
        sent = await first(interaction, lambda: send(embed=card.embed, view=view))
    except UNSENT as error:
        if not may_go_on(error, time.monotonic() - began):
            raise
        log.info("a first answer may be lost (%s)", error)
    else:
        if isinstance(sent.resource, discord.Message):
            return sent.resource
    try:
        return await persist(interaction.original_response, remaining(interaction))
    except discord.HTTPException as error:
        shown = await without_token(interaction, card, private=False) if is_gone(error) else None
        if shown is None:
            raise
        return shown


async def finish(
    interaction: discord.Interaction, card: Card, *, private: bool
) -> discord.Message | None:
    """Put a card in the place of the deferral, or, where that is gone, beside it."""

    def edit() -> Awaitable[discord.Message]:
        return interaction.edit_original_response(embed=card.embed, view=card.view)

    try:
        return await persist(edit, remaining(interaction))
    except discord.HTTPException as error:
        if error.code == UNKNOWN_MESSAGE:
            return await follow_up(interaction, card, private=private)
        if error.code in _NO_TOKEN:
            return await without_token(interaction, card, private=private)
        raise


def remaining(interaction: discord.Interaction) -> float:
    """For how long its token can still be used, in seconds."""
    return max(0.0, TOKEN_SECONDS - age(interaction))


def age(of: discord.Interaction | discord.Message) -> float:
    """How long ago Discord made something, in seconds."""
    return max(0.0, (discord.utils.utcnow() - of.created_at).total_seconds())


async def follow_up(
    interaction: discord.Interaction, card: Card, *, private: bool
) -> discord.Message:
    """Answer in a further message."""
    view = card.view or discord.utils.MISSING
    send = interaction.followup.send
    return await send(embed=card.embed, view=view, ephemeral=private, wait=True)


async def without_token(
    interaction: discord.Interaction, card: Card, *, private: bool
) -> discord.Message | None:
    """Answer after the token's end: in the channel or, what was private, in a direct message."""
    place = interaction.user if private else interaction.channel
    if not isinstance(place, discord.abc.Messageable):
        return None
    try:
        return await to_channel(place, card, nonce=interaction.id)
    except UNSENT as error:
        log.warning("an answer came too late to be shown: %s", error)
        return None


async def to_channel(
    place: discord.abc.Messageable,
    card: Card,
    *,
    nonce: int,
    reply_to: discord.Message | None = None,
) -> discord.Message:
    """Send a message of its own, as a reply where what is replied to is still there."""
    more: dict[str, Any] = {"view": card.view} if card.buttons else {}
    if reply_to:
        more["reference"] = reply_to.to_reference(fail_if_not_exists=False)
        more["mention_author"] = False

    def send() -> Awaitable[discord.Message]:
        return place.send(embed=card.embed, nonce=nonce, **more)

    return await persist(send)


async def tell(interaction: discord.Interaction, embed: discord.Embed) -> None:
    """Answer privately, by whatever way is open: a first answer, the deferred one, a further."""
    response, answered = interaction.response, interaction.response.type
    if answered is None:
        await first(interaction, lambda: response.send_message(embed=embed, ephemeral=True))
    elif answered is discord.InteractionResponseType.deferred_channel_message:
        await finish(interaction, Card(embed), private=True)
    else:
        await interaction.followup.send(embed=embed, ephemeral=True)
