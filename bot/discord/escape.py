"""Text from outside made harmless for Discord: it can never ping, link or format.

Discord takes a backslash before any ASCII punctuation as "this character, literally", so an
escaped text looks exactly like the original. Only where a backslash does not help, a zero-width
space is put in, in what is shown and nowhere else.
"""

import datetime as dt
import re
from collections.abc import Callable
from urllib.parse import quote, urlsplit

_MARKUP = re.compile(
    r"""[\\*_~|`<>\[\]#@]          # emphasis, spoilers, code, quotes, links, mentions, headings
      | :(?=[^\s:])                # emoji, and urls
      | ^[ \t]*(?:[-+]|\d+[.)])    # a list, or small text, at the start of a line
      | (?<=\w)\.(?=[a-z]{2})      # discord.gg is a link without https
    """,
    re.MULTILINE | re.VERBOSE | re.IGNORECASE,
)
# Discord looks for these two in the raw text, even after a backslash.
_PINGS = re.compile(r"@(?=everyone|here)", re.IGNORECASE)
_MENTIONS = re.compile(r"<(?=[@#:/a-z])", re.IGNORECASE)
# They would reverse whatever follows on the line.
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_URL_CHARS = "%/:?#&=+,;~-._!$'"


def length(text: str) -> int:
    """The length that Discord counts, in UTF-16 units."""
    return len(text) + sum(char > "\uffff" for char in text)


def escape(text: str) -> str:
    """Text that markdown shows as it is."""
    escaped = _MARKUP.sub(lambda match: f"{match[0][:-1]}\\{match[0][-1]}", text)
    return _PINGS.sub("@\u200b", escaped)


def plain(text: str) -> str:
    """Text for places without markdown (author, footer, choices): one line, no mention."""
    line = _BIDI.sub("", " ".join(text.split()))
    return _MENTIONS.sub("<\u200b", _PINGS.sub("@\u200b", line))


def escaped_line(text: str) -> str:
    """A title or a name, escaped, on one line, that cannot affect what follows it."""
    return escape(_BIDI.sub("", " ".join(text.split())))


def within(
    text: str, room: int, form: Callable[[str], str] = escape, *, keep_end: bool = False
) -> str:
    """The text in a form, cut to ``room``, with an ellipsis where it was cut."""
    if len(text) <= room and length(form(text)) <= room:
        return form(text)
    kept = text[-room:] if keep_end else text[:room]
    while kept and length(form(kept)) >= room:
        dropped = max(1, len(kept) // 16)
        kept = kept[dropped:] if keep_end else kept[:-dropped]
    if keep_end:
        return "…" + form(kept[kept.find(" ") + 1 :])
    # At a space, but not at one so early that hardly anything would be left.
    end = kept.rfind(" ", len(kept) // 2)
    return form(kept[:end] if end > 0 else kept) + "…"


def safe_url(url: str | None, longest: int = 1000) -> str | None:
    """A web address as it may stand in ``[label](address)``, or None for anything else."""
    if not url or len(url) > longest or not url.isprintable():
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return None
    # https://bbc.co.uk@evil.example looks like the BBC's.
    if parts.scheme not in {"http", "https"} or "@" in parts.netloc or "." not in host:
        return None
    address = quote(url, safe=_URL_CHARS)
    return address if len(address) <= longest else None


def timestamp(day: str) -> str:
    """A day that Discord shows in the reader's language; other dates as they are."""
    try:
        date = dt.date.fromisoformat(day)
    except ValueError:
        return escaped_line(day)
    # Noon in UTC is on the same day from UTC-12 to UTC+11; midnight is the day before in America.
    noon = dt.datetime.combine(date, dt.time(12), dt.UTC)
    return f"<t:{int(noon.timestamp())}:D>"
