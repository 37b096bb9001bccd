"""The format of bytes that come without a name, by what they look like."""

import re

from pydantic_core import from_json

from index.reading.decoding import decode

STARTS_LIKE_FEED = re.compile(rb"\s*(?:<\?xml[^>]{0,200}>\s*)?<(?:rss|feed|rdf:RDF)\b")
_STARTS_LIKE_HTML = re.compile(
    r"\s*<(?:!doctype html|html|head|body|title|meta|main|article|div|h1|p)\b", re.IGNORECASE
)


def guessed_kind(data: bytes) -> str:
    """Name the format of bytes, or of the first line of many."""
    if data.startswith(b"%PDF-"):
        return "pdf"
    if STARTS_LIKE_FEED.match(data):
        return "feed"
    try:
        text = decode(data).lstrip()
    except ValueError:
        return "text"  # which says why it is none
    if text[:1] in ("{", "["):
        first_line = text.partition("\n")[0]
        if _is_json(first_line) and text[0] == "{":
            return "lines"
        return "json" if _is_json(text) else "text"
    return "html" if _STARTS_LIKE_HTML.match(text) else "text"


def _is_json(text: str) -> bool:
    try:
        return isinstance(from_json(text), dict | list)
    except ValueError:
        return False
