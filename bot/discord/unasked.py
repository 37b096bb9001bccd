"""Answers to messages that ask nobody, in the channels where a server's managers want them.

Discord sends the text of such messages only with its message-content intent, which
``DATELINE_MESSAGE_CONTENT`` asks for. Nothing is kept of what is only looked at.
"""

import asyncio
import contextlib

import discord

from bot.discord.channels import answers_in, is_among
from bot.discord.limits import Cooldown
from bot.discord.message_text import ASKED_MAX, asked_by, bare, question_of
from bot.discord.ops.logs import begin_request
from bot.discord.service import BusyError, Reply, Service
from bot.watches import is_question
from index import InputError
from retrieval import Question

_MOST_WAITING, _FEWEST_WORDS = 10, 3


class Unasked:
    """Looks at messages one at a time, and only while no question waits."""

    def __init__(self, service: Service) -> None:
        self._service = service
        # Apart from the one for questions, so that talking uses up none.
        self._cooldown = Cooldown(service.settings.questions_a_minute)
        self._turn, self._waiting = asyncio.Lock(), 0

    def concerns(self, message: discord.Message) -> bool:
        """Whether a message is to nobody, where such may be answered."""
        if not self._service.settings.message_content or message.guild is None:
            return False
        chosen = self._service.servers.settings_of(message.guild.id).unasked
        is_chosen = message.channel.id in chosen or (is_opening(message) and bool(chosen))
        is_said = message.type is discord.MessageType.default and not message.webhook_id
        is_to = message.reference or message.mentions or message.role_mentions
        return is_chosen and is_said and not (is_to or message.mention_everyone)

    async def answer(
        self, message: discord.Message, me: discord.abc.User
    ) -> tuple[Question, Reply] | None:
        """What a message asks with a sure answer, or None; raises TooManyError where it is busy."""
        begin_request(message.content)
        server = self._service.servers.of(message.guild.id if message.guild else None)
        is_chosen = is_among(message.channel, server.settings.unasked)
        texts = may_ask(message, me)
        if not (texts and is_chosen and answers_in(server, message.channel)):
            return None
        self._cooldown.take(message.author.id)
        if self._waiting >= _MOST_WAITING:
            raise BusyError("Too many messages wait to be looked at.")
        self._waiting += 1
        try:
            async with self._turn:
                for asked in map(Question, texts):
                    if not self._service.is_idle:
                        raise BusyError("Questions are waiting.")
                    what = self._service.ask(
                        server, asked, message, private=False, command="unasked", keep=False
                    )
                    if is_sure(reply := await what):
                        return asked, reply
        finally:
            self._waiting -= 1
        return None


def is_opening(message: discord.Message) -> bool:
    """Whether a message opens a post of a forum: Discord gives both the same id."""
    return message.id == message.channel.id


def is_sure(reply: Reply) -> bool:
    """Whether a reply has an answer to a question, and one that is sure."""
    answer = reply.answer
    if answer is None or answer.status != "answered":
        return False
    return is_question(answer) and answer.band == "sure"


def may_ask(message: discord.Message, me: discord.abc.User) -> list[str]:
    """What a message may ask: all of it; of a forum's post the title, the text, or both.

    Whether it is a question is for the reader to say, who else is not sure.
    """
    texts = [asked_by(message, me.id)]
    if is_opening(message):
        texts = [bare(getattr(message.channel, "name", ""), {})]
        with contextlib.suppress(InputError):  # a picture has no words
            text = question_of(message, me.id)
            texts += text, f"{texts[0]} {text}"
    fitting = (text for text in texts if len(text) <= ASKED_MAX)
    return [text for text in fitting if len(text.split()) >= _FEWEST_WORDS]
