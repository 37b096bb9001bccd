"""Conversations: what was asked before, as far as a follow-up may lean on it.

Kept in memory only, and for a time only. An answer is remembered by its message, so a reply goes
on from that very answer; a mention goes on from the last one of its conversation, which is a
thread's, shared by all in it, or else one's own in a channel or in direct messages.
"""

import time
from collections import OrderedDict

import discord

from retrieval import Turn

MINUTES = 30.0
_TURNS, _MESSAGES = 8, 5_000

Key = tuple[int, int]  # a channel and, where the conversation is one's own, a person


class Talks:
    """All conversations."""

    def __init__(self, minutes: float = MINUTES) -> None:
        self._seconds = minutes * 60
        self._answers: OrderedDict[int, tuple[Key, tuple[Turn, ...], float]] = OrderedDict()
        self._last: OrderedDict[Key, int] = OrderedDict()

    @staticmethod
    def key_of(channel: object, user: int) -> Key:
        """Return whose conversation it is."""
        shared = isinstance(channel, discord.Thread | discord.DMChannel)
        return getattr(channel, "id", 0), 0 if shared else user

    def last(self, key: Key) -> tuple[Turn, ...]:
        """What was said in a conversation until now; nothing once it has ended."""
        return self.until(self._last.get(key, 0)) or ()

    def until(self, message: int) -> tuple[Turn, ...] | None:
        """What was said until an answer; None where it is not known (any more)."""
        _, turns, at = self._answers.get(message, ((0, 0), (), 0.0))
        if message not in self._answers or time.monotonic() - at > self._seconds:
            return None
        return turns

    def add(self, key: Key, message: int, turns: tuple[Turn, ...]) -> None:
        """Remember an answer by its message."""
        self._answers[message] = key, turns[-_TURNS:], time.monotonic()
        self._last.pop(key, None)
        self._last[key] = message
        for kept in (self._answers, self._last):
            while len(kept) > _MESSAGES:
                kept.popitem(last=False)

    def forget(self, key: Key) -> int:
        """Drop a conversation; its answers are known as ones that nothing leans on.

        Returns how many answers that were.
        """
        self._last.pop(key, None)
        mine = [m for m, (owner, turns, _) in self._answers.items() if owner == key and turns]
        for message in mine:
            self._answers[message] = key, (), time.monotonic()
        return len(mine)
