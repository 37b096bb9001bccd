"""What reading files gave, for tests: the articles, or why they were refused."""

from collections.abc import Iterable

from index.reading.files import read_bytes
from index.types import ArticleInput, Incoming, RefusedArticle


def taken(items: Iterable[Incoming | RefusedArticle]) -> list[Incoming]:
    """The articles, when none was refused."""
    articles = list(items)
    assert not [str(item) for item in articles if isinstance(item, RefusedArticle)]
    return [item for item in articles if isinstance(item, Incoming)]


def refused(items: Iterable[Incoming | RefusedArticle]) -> list[str]:
    return [str(item) for item in items if isinstance(item, RefusedArticle)]


def only(data: bytes, name: str) -> ArticleInput:
    """The only article in these bytes."""
    (incoming,) = taken(read_bytes(data, name, None))
    return incoming.article


def why_not(data: bytes, name: str) -> str:
    """Why the bytes are refused."""
    (reason,) = refused(read_bytes(data, name, None))
    return reason.removeprefix(f"{name}: ")
