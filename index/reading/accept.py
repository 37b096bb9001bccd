"""Articles from outside, normalised and checked: the one way in, whatever they were read from."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from index.errors import InputError
from index.reading.decoding import normalise
from index.reading.published import parse_published
from index.types import ArticleInput, DateOrigin, Incoming, Item, Published, RefusedArticle

MAX_FIELD_CHARS = 500
MAX_URL_CHARS = 2_000

_NO_SCHEME = re.compile(r"(?://)?(?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,24}(?:/|$)", re.IGNORECASE)
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")


def accept(
    article: ArticleInput,
    origin: str | None,
    label: str,
    date_origin: DateOrigin = "given",
    warnings: Sequence[str] = (),
) -> Incoming:
    """Return an article ready to be stored; raise InputError, with the reason, if it cannot be.

    A field that cannot be understood is left out, and a warning says so.
    """
    article = article.model_copy(update={"text": normalise(article.text)})
    if not _LETTER_OR_DIGIT.search(article.text):
        raise InputError("is empty: there is no word in its text")
    problems = list(warnings)
    article = _checked(article, problems)
    published = None
    try:
        published = _date(article, date_origin)
    except InputError as error:
        problems.append(str(error))
        article = article.model_copy(update={"published": None})
    warned = tuple(problems)
    return Incoming(article, origin, label, date_origin, published=published, warnings=warned)


def describe(incoming: Incoming, given: Mapping[str, str]) -> Incoming:
    """Return the article with what its owner says of it in place of what its file says."""
    problems: list[str] = []
    article = _checked(incoming.article.model_copy(update=given), problems)
    if problems:
        raise InputError(problems[0])
    if "published" not in given:
        return replace(incoming, article=article)
    published = _date(article, "given")
    return replace(incoming, article=article, date_origin="given", published=published)


def described(item: Item, given: Mapping[str, str]) -> Item:
    """The article with what its owner says of it, or why it cannot have that."""
    if isinstance(item, RefusedArticle):
        return item
    try:
        return describe(item, given)
    except InputError as error:
        return RefusedArticle(item.label, str(error))


def _checked(article: ArticleInput, problems: list[str]) -> ArticleInput:
    """Return the article with its fields on one line each, without those that are unusable."""

    def usable(value: str | None, name: str) -> str | None:
        try:
            return _checked_url(value) if name == "url" and value else _short(value, name)
        except InputError as error:
            problems.append(str(error))
            return None

    fields: dict[str, object] = {"id": _short(article.id, "id")}
    for name in ("title", "source", "language", "published"):
        fields[name] = usable(getattr(article, name), name)
    fields["authors"] = tuple(filter(None, (usable(one, "author") for one in article.authors)))
    return article.model_copy(update=fields | {"url": usable(article.url, "url")})


def _date(article: ArticleInput, origin: DateOrigin) -> Published | None:
    published = parse_published(article.published, origin) if article.published else None
    if article.published and published is None:
        shown = article.published[:40]
        raise InputError(f"its date {shown!r} is not understood; use YYYY-MM-DD, 1500 to 2100")
    return published


def _short(value: str | None, name: str) -> str | None:
    """Return a field on one line, or None where nothing is left of it to see."""
    # A mark behind a blank comes to the front: what is accepted once more must stay as it is.
    value = " ".join(normalise(value or "").split()).lstrip("\ufeff ")
    if not any(unicodedata.category(char)[0] not in "CZ" for char in value):
        return None
    if len(value) > MAX_FIELD_CHARS:
        raise InputError(f"its {name} is over {MAX_FIELD_CHARS} characters; shorten it")
    return value


def _checked_url(url: str) -> str:
    url = url.strip()
    if _NO_SCHEME.match(url):
        url = f"https://{url.removeprefix('//')}"
    if len(url) > MAX_URL_CHARS:
        raise InputError(f"its url is over {MAX_URL_CHARS:,} characters; shorten it")
    if not is_web_address(url):
        raise InputError(f"its url is no web address: {url[:80]!r}")
    return url


def names_a_page(url: str) -> bool:
    """Whether a url is a web address, and of more than a site's home page."""
    if not is_web_address(url):
        return False
    parts = urlsplit(url)
    return bool(parts.path.strip("/") or parts.query)


def is_web_address(url: str) -> bool:
    """Whether a url is a plain http or https address, safe to show as a link."""
    try:
        parts = urlsplit(url)
        return (
            parts.scheme in {"http", "https"}
            and bool(parts.hostname)
            and url.isprintable()
            and " " not in url
        )
    except ValueError:
        return False
