"""Messages that ask: a reply to an answer of ours, a mention, a direct message.

Discord shows the text of these to the bot without the privileged intent, because they mention it
or are sent to it; of other messages it sees nothing.
"""

import asyncio
import contextlib
import logging

import discord

from bot import discord_cards as cards
from bot.discord_commands import allowed_in
from bot.discord_deliver import Card, to_channel
from bot.discord_desk import Desk, Reply
from bot.discord_errors import embed_of
from bot.discord_log import begin_request
from bot.discord_servers import Server
from bot.discord_words import asked_by
from index import InputError
from retrieval import Question, Turn

log = logging.getLogger(__name__)
_ASK = "Ask me something about the articles here, such as “when did they meet?”."


class Messages:
    """Answers messages that ask."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def handle(self, message: discord.Message, me: discord.abc.User) -> None:
        """Answer a message in its channel, if it is for us."""
        if message.author.bot or not is_for(message, me) or self._desk.seen.again(message.id):
            return
        guild = message.guild
        asked = Question(asked_by(message, me.id), self._history(message, me))
        begin_request(asked.text)
        try:
            server = await self._desk.server(message)
            allowed_in(server, message.channel, guild)
            reply = await self._answer(server, message, asked)
        except Exception as error:  # noqa: BLE001 - told to whoever wrote, and logged
            reply = Reply(Card(embed_of(error, manager=False, name="message")))
        try:
            sent = await to_channel(message.channel, reply.card, nonce=message.id, reply_to=message)
            self._desk.remember(sent, message.channel, message.author.id, asked, reply)
        except discord.Forbidden as error:
            log.info("may not answer in a channel: %s", error)
        except (discord.HTTPException, OSError) as error:
            log.warning("a reply could not be sent: %s", error)

    async def _answer(self, server: Server, message: discord.Message, asked: Question) -> Reply:
        if not any(map(str.isalnum, asked.text)):
            return Reply(Card(cards.sentence(_ASK)))
        self._desk.admit(message.author.id)
        typing = asyncio.create_task(self._typing(message.channel))
        try:
            return await self._desk.ask(server, asked, private=False, command="message")
        finally:
            typing.cancel()

    def _history(self, message: discord.Message, me: discord.abc.User) -> tuple[Turn, ...]:
        """What it goes on from: the answer replied to, else what was said last."""
        reference = message.reference
        answer = reference.resolved if reference else None
        if isinstance(answer, discord.Message) and answer.author.id == me.id:
            with contextlib.suppress(InputError):
                return self._desk.history(answer)
        return self._desk.talks.last(self._desk.talks.key_of(message.channel, message.author.id))

    async def _typing(self, channel: discord.abc.Messageable) -> None:
        """Show that an answer is on its way; it matters less than the answer."""
        with contextlib.suppress(discord.HTTPException, OSError):
            await channel.typing()


def is_for(message: discord.Message, me: discord.abc.User) -> bool:
    """Whether a message asks us: it mentions us, as a reply does by itself, or is to us alone."""
    if message.type not in (discord.MessageType.default, discord.MessageType.reply):
        return False
    return message.guild is None or any(user.id == me.id for user in message.mentions)
