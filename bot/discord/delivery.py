"""Delivering a card to whoever asked, exactly once, whatever state Discord is in.

An interaction is deferred at once and its deferral edited at the end: an edit can be sent again
without a second message. A message in a channel carries a nonce, by which Discord knows it again.
discord.py repeats a request some times within seconds; what is here goes on for as long as the
interaction's token lives.
"""

import asyncio
import contextlib
import hashlib
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import aiohttp
import discord

from bot.discord.escape import escape
from bot.discord.views.buttons import PREFIX, of_server
from bot.discord.views.cards import fitted

log = logging.getLogger(__name__)
T = TypeVar("T")
Choices = list[discord.app_commands.Choice[str]]

# https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
UNKNOWN_MESSAGE, UNKNOWN_WEBHOOK, MISSING_PERMISSIONS = 10008, 10015, 50013
MAY_NOT_REPLY = 160002  # without Read Message History
UNKNOWN_INTERACTION, ALREADY_ANSWERED, TOKEN_EXPIRED = 10062, 40060, 50027
_GONE = {UNKNOWN_INTERACTION, UNKNOWN_MESSAGE, UNKNOWN_WEBHOOK, ALREADY_ANSWERED, TOKEN_EXPIRED}
# What clicks on them need is in their ids alone.
_WITHOUT_CARD = ("dl:context:", "dl:read:", "dl:ask:")
# https://docs.discord.com/developers/resources/message#create-message
CONTENT_MAX = 2000
_NO_TOKEN = {UNKNOWN_INTERACTION, UNKNOWN_WEBHOOK, TOKEN_EXPIRED}

# The errors of sending. A connection that Discord closed raises an error of aiohttp's own.
UNSENT = (discord.HTTPException, aiohttp.ClientError, OSError)

# The shortest and the longest wait before another attempt, in seconds; tests shorten them.
FIRST_WAIT, LONGEST_WAIT = 1.0, 30.0
# Discord waits three seconds for a first response.
FIRST_SECONDS = 2.8
# Keys of an interaction's extras, for the metrics: its age in seconds at its first response, and
# its outcome, unless it was simply answered; then the server that it is about, for its buttons, and
# that its deferral was taken away.
FIRST, OUTCOME, ABOUT, _WITHDRAWN = "first", "outcome", "about", "withdrawn"
# A token lives for fifteen minutes; the last minute is a reserve.
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
        # A stopped view is sent as usual but not kept in memory: clicks are told apart by their
        # custom ids alone, so they outlive a restart.
        view.stop()
        return view

    def of_server(self, server: int | None) -> "Card":
        """The card with buttons that name a server, for where the message itself is in none."""
        return replace(self, buttons=of_server(self.buttons, server))


def is_gone(error: BaseException) -> bool:
    """Whether nobody is left to answer: it is too late, deleted, or answered by another copy."""
    return isinstance(error, discord.HTTPException) and error.code in _GONE


def is_refused(error: BaseException) -> bool:
    """Whether Discord will not take it, rather than not now."""
    return isinstance(error, discord.HTTPException) and 400 <= error.status < 429


async def persist(send: Callable[[], Awaitable[T]], seconds: float = TOKEN_SECONDS) -> T:
    """Send until Discord accepts or refuses it; raises the last error after ``seconds``."""
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
        log.info("Discord is not working (%s); trying again", problem)
        await asyncio.sleep(pause)
        wait = min(wait * 2, LONGEST_WAIT)


def retry_after(error: discord.HTTPException) -> float:
    """The wait that a rate limit asks for, in seconds."""
    with contextlib.suppress(ValueError, AttributeError):
        return min(float(error.response.headers.get("Retry-After", 0)), 600.0)
    return 0.0


async def first(interaction: discord.Interaction, send: Callable[[], Awaitable[T]]) -> T:
    """Send the first response while Discord still waits for it, and note the age at that moment.

    It is sent four times a second after a lost connection, an error of Discord's, or a refusal of
    what stands before Discord.
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
    """Say that an answer is on its way, as Discord waits only three seconds for it."""
    taken = discord.InteractionResponseType.deferred_channel_message
    response = interaction.response
    await _deferred(interaction, lambda: response.defer(ephemeral=private, thinking=True), taken)


async def defer_update(interaction: discord.Interaction) -> None:
    """Say that the message with the button is about to change."""
    taken = discord.InteractionResponseType.deferred_message_update
    await _deferred(interaction, interaction.response.defer, taken)


async def suggest(interaction: discord.Interaction, choices: Choices) -> Choices:
    """Offer choices while someone types; discord.py, which would try once, sees that it is done."""
    taken = discord.InteractionResponseType.autocomplete_result
    await _deferred(interaction, lambda: interaction.response.autocomplete(choices), taken)
    return choices


async def _deferred(
    interaction: discord.Interaction,
    send: Callable[[], Awaitable[object]],
    taken: discord.InteractionResponseType,
) -> None:
    if await _first_or_lost(interaction, send) is None:
        interaction.response._response_type = taken  # noqa: SLF001 - there is no other way


async def _first_or_lost(
    interaction: discord.Interaction, send: Callable[[], Awaitable[T]]
) -> T | None:
    """Send the first response; None if it may be lost but an answer is still possible."""
    began = time.monotonic()
    try:
        return await first(interaction, send)
    except UNSENT as error:
        if not may_go_on(error, time.monotonic() - began):
            raise
        log.info("a first answer may be lost (%s)", error)
        return None


def may_go_on(error: Exception, seconds: float) -> bool:
    """Whether an answer is still possible although the deferral seems to have failed.

    A repeated deferral may be refused because the first was accepted. After an outage the answer is
    edited in all the same or, if that is refused, sent without a token.
    """
    if not isinstance(error, discord.HTTPException):
        return True
    late = error.code == UNKNOWN_INTERACTION and seconds >= FIRST_WAIT * 0.9
    return late or error.code == ALREADY_ANSWERED or error.status >= 500 or error.status == 429


async def show(interaction: discord.Interaction, card: Card) -> discord.Message:
    """Answer with a public card, which appears once however often it is sent.

    It is the first answer: of these Discord takes one, but as many further ones as it is sent.
    """
    view, send = card.view or discord.utils.MISSING, interaction.response.send_message
    sent = await _first_or_lost(interaction, lambda: send(embed=card.embed, view=view))
    if sent and isinstance(sent.resource, discord.Message):
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
    """Replace the deferral with a card, or send the card by itself if the deferral is gone.

    In a direct message its buttons name the server that the interaction is about.
    """
    if interaction.guild is None and ABOUT in interaction.extras:
        card = card.of_server(interaction.extras[ABOUT])

    def edit() -> Awaitable[discord.Message]:
        return interaction.edit_original_response(embed=card.embed, view=card.view)

    try:
        return await persist(edit, remaining(interaction))
    except discord.HTTPException as error:
        if error.code == UNKNOWN_MESSAGE:
            view, send = card.view or discord.utils.MISSING, interaction.followup.send
            return await send(embed=card.embed, view=view, ephemeral=private, wait=True)
        if error.code in _NO_TOKEN:
            return await without_token(interaction, card, private=private)
        raise


def remaining(interaction: discord.Interaction) -> float:
    """How long its token can still be used, in seconds."""
    return max(0.0, TOKEN_SECONDS - age(interaction))


def age(of: discord.Interaction | discord.Message) -> float:
    """How long ago Discord made something, in seconds."""
    return max(0.0, (discord.utils.utcnow() - of.created_at).total_seconds())


async def without_token(
    interaction: discord.Interaction, card: Card, *, private: bool
) -> discord.Message | None:
    """Answer after the token has expired: in the channel, or directly if it was private.

    There the buttons name the server, and there is nobody to share the answer with.
    """
    place = interaction.user if private else interaction.channel
    if private and interaction.guild_id:
        kept = tuple(one for one in card.buttons if one.custom_id != f"{PREFIX}:share")
        card = replace(card, buttons=of_server(kept, interaction.guild_id))
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
    """Send a separate message, as a reply if the original still exists and that is allowed.

    Where it may not embed links it is plain text, without the buttons that read the card.
    """
    more: dict[str, Any] = {}
    if reply_to:
        more["reference"] = reply_to.to_reference(fail_if_not_exists=False)
        more["mention_author"] = False

    def send(card: Card = card, text: str | None = None) -> Awaitable[discord.Message]:
        what: dict[str, Any] = {"content": text} if text else {"embed": card.embed}
        what |= {"view": card.view} if card.buttons else {}
        return place.send(nonce=nonce, **what, **more)

    try:
        try:
            return await persist(send)
        except discord.HTTPException as error:
            if error.code != MAY_NOT_REPLY:
                raise
            more.clear()
            return await persist(send)
    except discord.Forbidden as error:
        if error.code != MISSING_PERMISSIONS:
            raise
    kept = tuple(one for one in card.buttons if str(one.custom_id).startswith(_WITHOUT_CARD))
    return await persist(lambda: send(Card(card.embed, kept), plain_text(card.embed)))


def nonce_of(*parts: object) -> int:
    """The nonce of a message that is about these, so that one sent again is known again."""
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:7], "big")


def plain_text(embed: discord.Embed) -> str:
    """A card as the text of a message, as much of it as fits."""
    head, foot = (escape(part or "") for part in (embed.author.name, embed.footer.text))
    parts = head, embed.title, embed.description, foot and f"-# {foot}"
    return fitted("\n".join(filter(None, parts)).split("\n\n"), CONTENT_MAX)


async def withdraw(interaction: discord.Interaction) -> None:
    """Take a public deferral away, so that what is told instead is for one person's eyes."""
    with contextlib.suppress(*UNSENT):
        await interaction.delete_original_response()
        interaction.extras[_WITHDRAWN] = True


async def tell(interaction: discord.Interaction, embed: discord.Embed) -> None:
    """Answer privately by the way still open: first response, deferral, or follow-up."""
    response, answered = interaction.response, interaction.response.type
    if answered is None:
        await first(interaction, lambda: response.send_message(embed=embed, ephemeral=True))
    elif (
        answered is discord.InteractionResponseType.deferred_channel_message
        and _WITHDRAWN not in interaction.extras
    ):
        await finish(interaction, Card(embed), private=True)
    else:
        await interaction.followup.send(embed=embed, ephemeral=True)
