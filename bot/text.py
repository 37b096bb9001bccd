"""Text for people to read: made visible, on one line; and counts in words."""

import re

# Control characters, the marks that turn text round, line separators, halves of characters.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb\ud800-\udfff]"
)


def visible(text: str) -> str:
    """The text with everything that a terminal could obey written out, as ␛ or as its number."""
    return _UNSEEN.sub(_written_out, text)


def _written_out(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def one_line(text: str) -> str:
    """The text visible, on one line."""
    return visible(" ".join(text.split()))


def without_halves(text: str) -> str:
    """The text with lone halves of surrogate pairs, which no file can hold, replaced."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def counted(count: int, noun: str) -> str:
    """A number with its noun: ``1 article``, ``1,200 articles``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
