"""Conversations: the earlier questions and answers that a follow-up may refer to.

Kept in memory only, and for a time only. An answer is remembered by its message, so a reply goes
on from that very answer; a mention goes on from the last one of its conversation, which is a
thread's, shared by all in it, or else one's own in a channel or in direct messages. What one person
alone sees in a server is the last of no conversation: a mention is answered for all to see.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from weakref import WeakValueDictionary

import discord

from bot.discord.recent import Recent
from index import Filters
from retrieval import Turn
from retrieval.engine import MOST_TURNS

_MESSAGES = 5_000

Key = tuple[int, int]  # a channel and, where the conversation is one's own, a person


@dataclass(frozen=True, slots=True)
class History:
    """What a follow-up refers to: the turns before it, their filters, and whose articles."""

    turns: tuple[Turn, ...] = ()
    filters: Filters = Filters()  # noqa: RUF009 - frozen
    server: int | None = None


def key_of(at: discord.Interaction | discord.Message) -> Key:
    """Whose conversation it is."""
    user = at.user if isinstance(at, discord.Interaction) else at.author
    shared = isinstance(at.channel, discord.Thread | discord.DMChannel)
    return getattr(at.channel, "id", 0), 0 if shared else user.id


class Conversations:
    """All conversations."""

    def __init__(self, minutes: float) -> None:
        self._seconds = minutes * 60
        self._answers: Recent[int, tuple[Key, History, float]] = Recent(_MESSAGES)
        self._last: Recent[Key, int] = Recent(_MESSAGES)
        self._turns: WeakValueDictionary[Key, asyncio.Lock] = WeakValueDictionary()

    def turn(self, key: Key) -> asyncio.Lock:
        """Whose turn it is in a conversation: the next message leans on the answer to this one."""
        return self._turns.setdefault(key, asyncio.Lock())

    def last(self, key: Key) -> History:
        """The conversation so far; empty once it has ended."""
        return self.until(self._last.get(key, 0)) or History()

    def until(self, message: int) -> History | None:
        """The conversation up to an answer; None if that is not remembered."""
        _, said, at = self._answers.get(message, ((0, 0), History(), 0.0))
        if message not in self._answers or time.monotonic() - at > self._seconds:
            return None
        return said

    def add(self, key: Key, message: int, said: History, *, last: bool = True) -> None:
        """Remember an answer by its message, and as the ``last`` of its conversation."""
        kept = replace(said, turns=said.turns[-MOST_TURNS:])
        self._answers[message] = key, kept, time.monotonic()
        if last:
            self._last[key] = message

    def forget(self, key: Key) -> None:
        """Drop a conversation; of its answers only what their messages show is left."""
        self._last.pop(key, None)
        self._drop(lambda owner, _: owner == key)

    def forget_message(self, number: int) -> None:
        """Drop an answer whose message was deleted."""
        self._answers.pop(number, None)

    def forget_server(self, guild: int) -> None:
        """Drop all that a server's articles answered."""
        self._drop(lambda _, said: said.server == guild)

    def _drop(self, is_due: Callable[[Key, History], bool]) -> None:
        for message, (owner, said, _) in list(self._answers.items()):
            if is_due(owner, said):
                del self._answers[message]
