"""What is said of an article beside its text, checked: title, source, authors, address."""

import re
import unicodedata

from index.errors import RefusedArticle
from index.reading.decoding import normalise
from index.reading.html import is_web_address
from index.types import ArticleInput

MAX_FIELD_CHARS = 500
MAX_URL_CHARS = 2_000

_LETTER_OR_DIGIT = re.compile(r"[^\W_]")


def checked(article: ArticleInput, label: str) -> ArticleInput:
    """Return the article ready to be stored; raise RefusedArticle where a field cannot be."""
    text = normalise(article.text)
    if not _LETTER_OR_DIGIT.search(text):
        raise RefusedArticle(label, "is empty: there is no word in its text")
    fields = {
        name: _short(getattr(article, name), name, label)
        for name in ("title", "id", "source", "language", "published")
    }
    authors = (_short(author, "author", label) for author in article.authors)
    return article.model_copy(
        update={
            **fields,
            "text": text,
            "url": _checked_url(article.url, label) if article.url else None,
            "authors": tuple(filter(None, authors)),
        }
    )


def _short(value: str | None, name: str, label: str) -> str | None:
    """Return a field on one line, or None where nothing is left of it to see."""
    value = " ".join(normalise(value or "").split())
    if not any(unicodedata.category(char)[0] not in "CZ" for char in value):
        return None
    if len(value) > MAX_FIELD_CHARS:
        raise RefusedArticle(label, f"its {name} is over {MAX_FIELD_CHARS} characters; shorten it")
    return value


def _checked_url(url: str, label: str) -> str:
    url = url.strip()
    if len(url) > MAX_URL_CHARS:
        raise RefusedArticle(label, f"its url is over {MAX_URL_CHARS:,} characters; shorten it")
    if not is_web_address(url):
        raise RefusedArticle(label, f"its url is no web address: {url[:80]!r}")
    return url
