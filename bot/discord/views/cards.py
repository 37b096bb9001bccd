"""The parts of all Discord cards; :func:`card` keeps Discord's limits.

An article's words appear only in block quotes, titles and source lines, always escaped.
"""

import datetime as dt
import re
from collections.abc import Sequence
from typing import TypeVar

import discord

from bot.discord.escape import escape, escaped_line, length, plain, timestamp, within
from index import Published

T = TypeVar("T")
# https://docs.discord.com/developers/resources/message#embed-object-embed-limits
AUTHOR_MAX, TITLE_MAX, FOOTER_MAX = 256, 256, 2048
DESCRIPTION_MAX, EMBED_MAX = 4096, 6000
SIGNED = 50  # of a description kept free for who shares it

ANSWERED, NOT_FOUND, NEUTRAL, FAILED = 0x2E7D32, 0xB26A00, 0x5865F2, 0xC62828

_COMMAND = re.compile("(`/[a-z -]+`)")


def card(
    blocks: Sequence[str],
    *,
    colour: int,
    author: str = "",
    title: str = "",
    url: str | None = None,
    footer: str = "",
) -> discord.Embed:
    """A card within Discord's limits; ``blocks`` are escaped already, the rest is escaped here."""
    name = within(author, AUTHOR_MAX, plain)
    heading = within(title, TITLE_MAX, escaped_line)
    small = within(footer, FOOTER_MAX, plain)
    room = min(DESCRIPTION_MAX, EMBED_MAX - length(name) - length(heading) - length(small)) - SIGNED
    embed = discord.Embed(
        colour=colour, title=heading or None, url=url, description=fitted(blocks, room)
    )
    if name:
        embed.set_author(name=name)
    if small:
        embed.set_footer(text=small)
    return embed


def signed(embed: discord.Embed, user: int) -> discord.Embed:
    """The card with the name of the person who shares it; the mention pings nobody."""
    made = embed.copy()
    made.description = f"{embed.description}\n\n-# Shared by <@{user}>"
    return made


def fitted(blocks: Sequence[str], room: int) -> str:
    """As many whole blocks as fit, and how many are left out."""
    text = ""
    for shown, block in enumerate(blocks):
        longer = f"{text}\n\n{block}" if text else block
        note = f"\n\n-# and {len(blocks) - shown - 1} more that did not fit here"
        last = shown == len(blocks) - 1
        if length(longer) + (0 if last else length(note)) > room:
            left_out = f"-# and {len(blocks) - shown} more that did not fit here"
            return f"{text}\n\n{left_out}" if text else cut(block, room)
        text = longer
    return text


def cut(block: str, room: int) -> str:
    """The beginning of an escaped block, with no half of an escape at its end."""
    while length(block) >= room:
        block = block[: room - length(block) - 1]
    backslashes = len(block) - len(block.rstrip("\\"))
    return block[: len(block) - backslashes % 2] + "…"


def on_page(items: Sequence[T], page: int, size: int) -> tuple[Sequence[T], int, int]:
    """A page of items, or the nearest that there is; which page that is, and of how many."""
    pages = max(1, -(-len(items) // size))
    page = max(1, min(page, pages))
    return items[(page - 1) * size : page * size], page, pages


def sentence(text: str, colour: int = NEUTRAL) -> discord.Embed:
    """A card with a sentence of Dateline's own, escaped except for commands."""
    parts = _COMMAND.split(text)
    shown = (part if _COMMAND.fullmatch(part) else escape(part) for part in parts)
    return card(["".join(shown)], colour=colour)


def date(published: Published | None) -> str | None:
    """A date as precise as it is known."""
    return timestamp(str(published)) if published else None


def moment(at: str) -> str:
    """A time from ISO 8601 that Discord shows in the reader's time zone."""
    return f"<t:{int(dt.datetime.fromisoformat(at).timestamp())}:f>"
