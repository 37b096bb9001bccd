"""Feeds: RSS, Atom and JSON Feed, and which feed a site has."""

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import urljoin

from pydantic_core import from_json

from index.errors import InputError, refusing
from index.reading.accept import MAX_URL_CHARS

MAX_ENTRIES = 5_000  # of a feed that is followed; of one in a file all are read
# One of these is in the names of any feed's elements, namespaces or document type.
_FEED_NAMES = re.compile(rb"rss|rdf|feed|atom", re.IGNORECASE)
_HALF = re.compile(rb"&#(?:[xX]([0-9a-fA-F]{4})|(\d{5}));")
_MAX_NAME = 1_000  # characters of an id or a title; a title of over 500 is none to accept
_JSON_FEED = "https://jsonfeed.org/version/"
FEED_TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json"}
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What a feed says of an article; ``content`` is HTML, ``published`` as it is written."""

    id: str | None
    url: str | None
    title: str
    content: str
    published: str | None = None
    author: str | None = None

    def as_json(self, source: str) -> dict[str, Any]:
        """The entry as an article in JSON, by names that ``json_articles`` knows."""
        return {
            "content": self.content,
            "title": self.title,
            "url": self.url,
            "published": self.published,
            "author": self.author,
            "publisher": source or None,
        }


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed's title and its entries, as it orders them."""

    title: str
    entries: tuple[Entry, ...]


def read_feed(data: bytes, address: str = "", most: int | None = None) -> Feed | None:
    """Read the first ``most`` entries of a feed that was found at an address; None for no feed."""
    if data.lstrip()[:1] == b"{":
        return _json_feed(data, address, most)
    if not _FEED_NAMES.search(data.replace(b"\0", b"")):  # which UTF-16 has between letters
        return None  # at once: feedparser takes twenty seconds for a million elements
    import feedparser  # a third of a second

    with refusing("is a feed that is damaged or cannot be read; save its articles instead"):
        # As a stream: a text that names a file or an address would be fetched.
        document = feedparser.parse(
            io.BytesIO(_HALF.sub(_kept, data)),
            response_headers={"content-location": address} if address else {},
        )
        if not document.get("version"):
            return None
        entries = tuple(_entry(one) for one in islice(document.entries, most))
        return Feed(_plain(document.feed.get("title", "")), entries)


def _kept(reference: re.Match[bytes]) -> bytes:
    """Return a numeric reference, or nothing for half of a pair: feedparser fails at those."""
    code = int(reference[1], 16) if reference[1] else int(reference[2])
    return b"" if 0xD800 <= code <= 0xDFFF else reference[0]


def _plain(html: str) -> str:
    from index.reading.html import fragment_text  # which imports a lot

    try:
        return fragment_text(html)
    except InputError:  # a title of nothing but a comment costs the title, not the feed
        return ""


def _usable(url: str | None) -> str | None:
    """Return a link, unless it is longer than any that can be fetched."""
    return url if url and len(url) <= MAX_URL_CHARS else None


def _joined(address: str, url: str) -> str | None:
    try:
        return urljoin(address, url)
    except ValueError:  # such as for half a pair of brackets
        return None


def _entry(found: Any) -> Entry:
    texts = [part.get("value") for part in found.get("content", ())] + [found.get("summary")]
    return Entry(
        id=(found.get("id") or "")[:_MAX_NAME] or None,
        url=_usable(found.get("link")),
        title=_plain(found.get("title") or "")[:_MAX_NAME],
        content=max((text or "" for text in texts), key=len),
        published=found.get("published") or found.get("updated"),
        author=found.get("author"),
    )


def _json_feed(data: bytes, address: str, most: int | None) -> Feed | None:
    try:
        document = from_json(data)
    except ValueError:
        return None
    if not isinstance(document, dict) or not str(document.get("version")).startswith(_JSON_FEED):
        return None
    items = document.get("items")
    rows = [one for one in items if isinstance(one, dict)] if isinstance(items, list) else []
    entries = (_json_entry(row, address) for row in rows[:most])
    return Feed(_text(document.get("title")) or "", tuple(entries))


def _json_entry(row: dict[str, Any], address: str) -> Entry:
    url = _text(row.get("url")) or _text(row.get("external_url"))
    named = row.get("authors") or row.get("author")
    authors = named if isinstance(named, list) else [named]
    return Entry(
        id=(_text(row.get("id")) or "")[:_MAX_NAME] or None,
        url=_usable(_joined(address, url)) if url else None,
        title=(_text(row.get("title")) or "")[:_MAX_NAME],
        content=_text(row.get("content_html")) or _text(row.get("content_text")) or "",
        published=_text(row.get("date_published")) or _text(row.get("date_modified")),
        author=next((_text(one.get("name")) for one in authors if isinstance(one, dict)), None),
    )


def _text(value: object) -> str | None:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None


def feeds_of_page(data: bytes, address: str) -> list[str]:
    """The addresses of the feeds that a web page names in its head."""
    import lxml.etree
    import lxml.html

    try:
        page = lxml.html.document_fromstring(data)
    except (lxml.etree.ParserError, ValueError):
        return []
    links: Iterable[Any] = page.iter("link")
    found = (
        _joined(address, link.get("href"))
        for link in links
        if "alternate" in (link.get("rel") or "").lower().split()
        and (link.get("type") or "").split(";")[0].strip().lower() in FEED_TYPES
        and link.get("href")
    )
    return list(dict.fromkeys(filter(None, found)))
