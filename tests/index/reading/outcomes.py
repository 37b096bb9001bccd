"""What reading files gave, for tests: the articles, or why they were refused."""

from collections.abc import Iterable

from index.types import Incoming, RefusedArticle


def taken(items: Iterable[Incoming | RefusedArticle]) -> list[Incoming]:
    """The articles, when none was refused."""
    articles = list(items)
    assert not [str(item) for item in articles if isinstance(item, RefusedArticle)]
    return [item for item in articles if isinstance(item, Incoming)]


def refused(items: Iterable[Incoming | RefusedArticle]) -> list[str]:
    return [str(item) for item in items if isinstance(item, RefusedArticle)]
