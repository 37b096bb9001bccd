"""Messages that ask: a reply to one of the bot's answers, a mention, a direct message.

Discord sends the text of these without the privileged intent, because they mention the bot or are
sent to it. Of others the bot sees none, unless whoever runs it wants answers unasked.
"""

import asyncio
import contextlib
import logging
from dataclasses import replace

import discord

from bot.discord.channels import ElsewhereError, require_channel
from bot.discord.conversations import key_of
from bot.discord.delivery import UNSENT, Card, to_channel
from bot.discord.errors import embed_of, outcome_of
from bot.discord.limits import Cooldown, TooManyError
from bot.discord.message_text import ASKED_MAX, asked_by
from bot.discord.ops.logs import begin_request
from bot.discord.ops.metrics import AnswerOutcome
from bot.discord.servers import Server, mark_of
from bot.discord.service import Reply, Service, replied_to
from bot.discord.unasked import Unasked
from bot.discord.views import cards
from bot.discord.views.buttons import NoQuestionError
from index import InputError
from retrieval import Question, Turn
from retrieval.question import check, content_words

log = logging.getLogger(__name__)
_FEW = 2  # content words; a question that stands alone has more than "any thoughts?"
_UNREAD = (
    "I do not read the message that you replied to. Open its menu and choose Apps, then "
    "Check against articles; or ask with all that I need to know."
)
_ROLE = "This mentions my role, and I can read only what mentions me: choose me among the members."
_ASK = "Ask me something about the articles here; `/help` says what they are about."


class Messages:
    """Answers messages that ask."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._refusals = Cooldown(1)
        self._unasked = Unasked(service)

    async def handle(self, message: discord.Message, me: discord.abc.User) -> None:
        """Answer a message in its channel, if it is for the bot."""
        asks = is_for(message, me)
        is_wanted = asks or self._unasked.concerns(message)
        if message.author.bot or not is_wanted or self._service.seen.again(message.id):
            return
        if not asks:
            self._service.count(message, "unasked", await self._answered_unasked(message, me))
            return
        asked = Question(asked_by(message, me.id))
        begin_request(asked.text)
        try:
            self._service.admit(message.author.id)
        except TooManyError as error:
            outcome = await self._refused(message, asked, error)
        else:
            await known(message)
            # What is sent right behind a question may lean on its answer.
            async with self._service.conversations.turn(key_of(message)):
                outcome = await self._answered(message, me, asked)
        self._service.count(message, "message", outcome)

    async def _answered_unasked(
        self, message: discord.Message, me: discord.abc.User
    ) -> AnswerOutcome:
        """Answer a message that asks nobody, if that is sure, and return the outcome."""
        try:
            await known(message)
            found = await self._unasked.answer(message, me)
        except Exception as error:
            outcome = outcome_of(error)
            if outcome == "failed":
                log.exception("a message could not be looked at")
            return outcome
        if found is None:
            return "not_found"
        return "answered" if await self._sent(message, *found) else "failed"

    async def _answered(
        self, message: discord.Message, me: discord.abc.User, asked: Question
    ) -> AnswerOutcome:
        """Answer a message, and return the outcome."""
        try:
            server = await self._service.server(message)
            require_channel(server, message.channel, message.guild)
            asked = await self._after(server, message, asked.text, me)
            reply = await self._answer(server, message, asked)
        except Exception as error:  # noqa: BLE001 - told to whoever wrote, and logged
            return await self._refused(message, asked, error)
        return reply.outcome if await self._sent(message, asked, reply) else "failed"

    async def _refused(
        self, message: discord.Message, asked: Question, error: Exception
    ) -> AnswerOutcome:
        """Tell what kept a message from being answered, and return the outcome."""
        outcome = outcome_of(error)
        if isinstance(error, TooManyError | ElsewhereError) and not self._may_refuse(message):
            return outcome
        reply = Reply(Card(embed_of(error, manager=False, name="message")))
        return outcome if await self._sent(message, asked, reply) else "failed"

    async def _sent(self, message: discord.Message, asked: Question, reply: Reply) -> bool:
        """Reply to a message, and return whether that was possible."""
        card = reply.card if message.guild else reply.card.of_server(reply.server)
        try:
            sent = await to_channel(message.channel, card, nonce=message.id, reply_to=message)
            await self._service.remember(sent, message, asked, reply)
        except discord.Forbidden as error:
            log.info("may not answer in a channel: %s", error)
        except UNSENT as error:
            log.warning("a reply could not be sent: %s", error)
        else:
            return True
        return False

    def _may_refuse(self, message: discord.Message) -> bool:
        """Whether to send a refusal: once a minute, as everyone in the channel sees it."""
        with contextlib.suppress(TooManyError):
            self._refusals.take(message.author.id)
            return True
        return False

    async def _answer(self, server: Server, message: discord.Message, asked: Question) -> Reply:
        if not any(map(str.isalnum, asked.text)):
            return Reply(Card(cards.sentence(_ROLE if message.role_mentions else _ASK)))
        check(asked.text, ASKED_MAX)
        typing = asyncio.create_task(self._typing(message.channel))
        try:
            return await self._service.ask(server, asked, message, private=False, command="message")
        finally:
            typing.cancel()

    async def _after(
        self, server: Server, message: discord.Message, text: str, me: discord.abc.User
    ) -> Question:
        """The question with its history: up to the answer replied to, else the last one."""
        if replied := replied_to(message):
            if replied.author.id == me.id:
                with contextlib.suppress(NoQuestionError):
                    said = await self._service.said(server, replied)
                    return Question(text, await standing(server, said.turns), said.filters)
            elif message.guild and me not in replied.mentions:
                if len(content_words(text)) <= _FEW:
                    raise InputError(_UNREAD)
                return Question(text)
        said = self._service.conversations.last(key_of(message))
        if said.server != server.guild_id:  # in direct messages, after asking elsewhere
            return Question(text)
        only = said.filters.article
        if only and not await asyncio.to_thread(server.by_mark, mark_of(only)):
            return Question(text)  # that article has been removed, and with it what was said of it
        return Question(text, await standing(server, said.turns), said.filters)

    async def _typing(self, channel: discord.abc.Messageable) -> None:
        """Show that an answer is on its way; failing at that is harmless."""
        with contextlib.suppress(*UNSENT):
            await channel.typing()


async def standing(server: Server, turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """The turns, without the words of articles that have been removed."""
    named = {turn.article_id for turn in turns if turn.article_id}
    gone = await asyncio.to_thread(lambda: {one for one in named if not server.has(one)})
    return tuple(replace(t, answer=None) if t.article_id in gone else t for t in turns)


async def known(message: discord.Message) -> None:
    """Fetch a message's thread if it is not known, such as one that was archived.

    The thread tells whether to answer there, and whose conversation it is.
    """
    if message.guild and isinstance(message.channel, discord.PartialMessageable):
        with contextlib.suppress(*UNSENT, discord.InvalidData):
            place = await message.guild.fetch_channel(message.channel.id)
            if isinstance(place, discord.Thread):
                message.channel = place


def is_for(message: discord.Message, me: discord.abc.User) -> bool:
    """Whether a message asks the bot: it mentions it, as replies do, or is a direct message.

    Discord offers the bot's role beside it, and whoever chose that means the bot.
    """
    if message.type not in (discord.MessageType.default, discord.MessageType.reply):
        return False
    if message.guild is None or any(user.id == me.id for user in message.mentions):
        return True
    return message.guild.self_role in message.role_mentions
