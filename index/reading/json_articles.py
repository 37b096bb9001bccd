"""Articles in JSON, by the field names of the programs and services that people have them from.

These are Dateline's own, CC-News and news-please, newspaper, trafilatura, JSON Feed, schema.org,
Ghost, and what the Guardian, the New York Times, NewsAPI and WordPress answer.
"""

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from pydantic_core import from_json

from index.errors import InputError
from index.reading.accept import accept, is_web_address
from index.reading.decoding import decode
from index.reading.metadata import unescaped
from index.reading.published import parse_published
from index.types import ArticleInput, Item, RefusedArticle

_TEXT = ("text", "maintext", "content_text", "bodytext", "articlebody", "article_text", "full_text",
         "fulltext", "raw_text", "plain_text", "plaintext", "content", "content_html", "body",
         "article", "html", "lead_paragraph")  # fmt: skip
_NAMES = {
    "title": ("title", "headline", "webtitle"),
    "url": ("url", "link", "weburl", "web_url", "canonical_url", "source_url", "external_url",
            "permalink", "mainentityofpage", "requested_url"),
    "published": ("published", "date", "date_publish", "publish_date", "published_at",
                  "publishedat", "date_published", "datepublished", "webpublicationdate",
                  "pub_date", "pubdate", "published_date", "publication_date", "date_gmt",
                  "timestamp", "created_at", "created_utc", "time"),
    "source": ("source", "publisher", "source_name", "site_name", "sitename", "source_hostname",
               "publication", "source_domain", "domain", "hostname"),
    "authors": ("authors", "author", "byline", "creator"),
    "language": ("language", "lang", "inlanguage", "meta_lang"),
}  # fmt: skip
# Of a nested value.
_INSIDE = ("name", "rendered", "main", "original", "@id", "@value", "$date", "href")
_LISTS = ("articles", "results", "items", "docs", "posts", "stories", "entries", "response", "data",
          "db", "@graph")  # fmt: skip
_MAX_DEPTH = 3

_MARKUP = re.compile(
    r"<(?:p|div|br|a|h[1-6]|ul|ol|img|figure|span|blockquote)\b[^<]*>|</[a-z][a-z0-9]*\s*>",
    re.IGNORECASE,
)
_CUT_OFF = re.compile(r"\[\+\d+ chars\]$")
_BY = re.compile(r"\Aby ", re.IGNORECASE)
_EPOCH = range(100_000_000, 5_000_000_000)  # seconds, from 1973 on; a day or a year is less


def articles_of_text(text: str, label: str, origin: str | None) -> Iterator[Item]:
    """Yield the article of an object, or those of an array."""
    try:
        document = from_json(text.removeprefix("\ufeff"))
    except ValueError as error:
        raise InputError(_no_json(error)) from error
    yield from articles_of(document, label, origin)


def articles_of(document: object, label: str, origin: str | None) -> Iterator[Item]:
    """Yield the articles of a document, or why one is none."""
    items = _unwrapped(document)
    source = None
    if isinstance(document, dict) and items is document.get("items"):  # a JSON Feed
        source = next(iter(_texts(document.get("title"))), None)
    if not items:
        raise InputError("is an empty list; there is nothing to add")
    for number, item in enumerate(items, start=1):
        several = items is document or len(items) > 1
        where = f"{label}, item {number}" if several else label
        try:
            article, warnings = _read(item, source)
            place = origin and (f"{origin}:{number}" if several else origin)
            yield accept(article, place, where, warnings=warnings)
        except InputError as error:
            yield RefusedArticle(where, str(error))


def articles_of_line(line: bytes, label: str, origin: str | None) -> Iterator[Item]:
    """Do the same for one of the lines of a file."""
    try:
        document = from_json(line)
    except ValueError:
        try:
            document = from_json(decode(line))  # which reads more than UTF-8
        except ValueError:
            yield RefusedArticle(label, _no_json())
            return
    if isinstance(document, dict):
        yield from articles_of(document, label, origin)
    else:
        yield RefusedArticle(label, "is not a JSON object")


def _unwrapped(document: object, depth: int = 0) -> list[object]:
    """Return the articles of a document: itself, its items, or those of what a service answers."""
    if isinstance(document, list):
        return document
    content = document.get("content") if isinstance(document, dict) else None
    if isinstance(content, dict) and "fields" in content:  # the Guardian's single article
        return [content]
    if isinstance(document, dict) and depth < _MAX_DEPTH and not any(map(document.get, _TEXT)):
        for name in _LISTS:
            inside = document.get(name)
            if name == "db" and isinstance(inside, list) and inside:
                inside = inside[0]  # an export of Ghost
            if isinstance(inside, list) or (name in ("response", "data", "db") and inside):
                return _unwrapped(inside, depth + 1)
    return [document]


def has_text(names: Iterable[str]) -> bool:
    """Whether a field of one of these names can be an article's text."""
    return any(name.lower() in _TEXT for name in names if name)


def _read(item: object, source: str | None) -> tuple[ArticleInput, list[str]]:
    """Read one article, and say what of it could not be; InputError where it has no text.

    It is from ``source`` unless it says otherwise.
    """
    if not isinstance(item, dict):
        raise InputError("is not a JSON object")
    fields = _flat(item)
    warnings: list[str] = []
    found = {name: _field(fields, name, warnings) for name in ("title", "published", "language")}
    urls = [url for name in _NAMES["url"] for url in _texts(fields.get(name))]
    sources = [text for name in _NAMES["source"] for text in _texts(fields.get(name))]
    named = _texts(fields.get("id"))
    url = next(chain(urls, filter(is_web_address, sources)), None)
    article = ArticleInput(
        text=_text(fields, warnings),
        title=unescaped(found["title"] or ""),
        published=found["published"],
        language=found["language"],
        id=named[0] if named and (isinstance(fields["id"], str) or not url) else None,
        url=url,
        source=next((name for name in sources if "://" not in name), source),
        authors=tuple(_authors(fields, warnings)),
    )
    return article, warnings


def _flat(item: dict[str, Any]) -> dict[str, Any]:
    """Return the fields by their names in lower case; the Guardian has some a level below."""
    inside = item.get("fields")
    both = {**inside, **item} if isinstance(inside, dict) else item
    return {str(name).lower().replace("-", "_"): value for name, value in both.items()}


def _text(fields: dict[str, Any], warnings: list[str]) -> str:
    for name in _TEXT:
        parts = _texts(fields.get(name), whole=True)
        text = "\n\n".join(parts)
        if not text.strip():
            continue
        if name != "text" and _MARKUP.search(text):
            from index.reading.html import fragment_text  # which imports a lot

            text = fragment_text(text)
        elif name != "text":
            text = unescaped(text)
        if cut_off := _CUT_OFF.search(text):
            warnings.append("its text is only the beginning of the article")
            text = text[: cut_off.start()].rstrip()
        return text
    for name in _TEXT:
        if isinstance(fields.get(name), str):
            raise InputError(f'its "{name}" is empty')
    if fields.get("text") is not None or list(fields) == ["text"]:
        raise InputError('its "text" is not a text')
    seen = ", ".join(list(fields)[:10])
    raise InputError('has no "text"' + (f"; its fields are {seen[:200]}" if seen else ""))


def _field(fields: dict[str, Any], name: str, warnings: list[str]) -> str | None:
    """Return the first value that a field has under one of its names, as it is written.

    Of a date it is the first that is one: for some, ``published`` is whether.
    """
    values = [value for known in _NAMES[name] if (value := fields.get(known)) not in (None, "")]
    texts = [text for value in values for text in _texts(value)]
    if name == "published":
        # A number is rather 202309181015 as people read it than milliseconds, of 1976.
        dates = (text for value in values for text in (*_texts(value), _epoch(value)) if text)
        texts = [*filter(parse_published, dates), *texts]
    if texts:
        return texts[0]
    if values:
        warnings.append(f'its "{name}" is not a text')
    return None


def _authors(fields: dict[str, Any], warnings: list[str]) -> Iterator[str]:
    for name in _NAMES["authors"]:
        value = fields.get(name)
        if value and isinstance(value, str | list | dict):
            yield from (_BY.sub("", author) for author in _texts(value))
            return
        if value and not (name == "author" and isinstance(value, int)):  # WordPress: a number
            warnings.append('its "authors" is not a list of texts')


def _texts(value: object, *, whole: bool = False) -> list[str]:
    """Return a value's texts: its own, those of a list, or those inside an object."""
    items = value if isinstance(value, list) else [value]
    found = []
    for item in items[:10_000]:
        inner = item
        if isinstance(item, dict):
            inner = next((item[name] for name in _INSIDE if item.get(name)), None)
        if isinstance(inner, int) and not isinstance(inner, bool) and not whole:
            inner = str(inner)
        if isinstance(inner, str) and inner.strip():
            found.append(inner)
    return found


def _epoch(value: object) -> str | None:
    """Return a number of seconds or milliseconds since 1970 as a date, in UTC."""
    try:
        number = float(value) if isinstance(value, int | float | str) else 0.0
        seconds = int(number / 1_000 if abs(number) >= _EPOCH.stop else number)
    except (ValueError, OverflowError):
        return None
    return (
        f"{dt.datetime.fromtimestamp(seconds, dt.UTC):%Y-%m-%dT%H:%MZ}"
        if seconds in _EPOCH
        else None
    )


def _no_json(error: ValueError | None = None) -> str:
    """Say that it is no JSON, and on which line of a file; what a parser says helps nobody."""
    line = re.search(r"at (line \d+)", str(error))
    where = f" ({line[1]})" if line else ""
    return f"is not valid JSON{where}; check its quotes, commas and brackets"
