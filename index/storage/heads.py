"""The heads of articles: all but their texts, which a snapshot holds in memory."""

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.errors import InputError
from index.types import Filters, Published

_TOLD = 5  # sources


@dataclass(frozen=True, slots=True)
class ArticleHead:
    """An article without its text."""

    id: str
    version_id: int
    version: int
    title: str
    source: str | None
    url: str | None
    published: Published | None
    sentence_count: int
    added_at: str


def newest_first(head: ArticleHead) -> tuple[int, str]:
    """By what to sort articles, the newest first, the undated last."""
    return (-head.published.earliest.toordinal() if head.published else 1), head.id


HEAD_COLUMNS = "v.id, v.article_id, v.number, v.head, v.sentence_count, v.added_at"


def heads_of(rows: Iterable[tuple[int, str, int, str, int, str]]) -> dict[int, ArticleHead]:
    """Articles without their texts, from their ``HEAD_COLUMNS``, by the version that is asked."""
    heads = {}
    for version_id, article_id, number, head, count, added_at in rows:
        fields = json.loads(head)
        published = fields["published"]
        heads[version_id] = ArticleHead(
            id=article_id,
            version_id=version_id,
            version=number,
            title=fields["title"],
            source=fields["source"],
            url=fields["url"],
            published=Published(**published) if published else None,
            sentence_count=count,
            added_at=added_at,
        )
    return heads


def matches(head: ArticleHead, filters: Filters) -> bool:
    """Whether an article is from the source and in the days asked for."""
    if filters.source and (head.source or "").casefold() != filters.source.casefold():
        return False
    if not (filters.since or filters.until):
        return True
    if head.published is None or head.published.precision not in ("day", "minute"):
        return False
    day = head.published.earliest
    return (filters.since or dt.date.min) <= day <= (filters.until or dt.date.max)


def sources_of(heads: Iterable[ArticleHead]) -> Counter[str]:
    """The sources that articles name, with how many are from each."""
    return Counter(head.source for head in heads if head.source)


def source_named(heads: Sequence[ArticleHead], name: str) -> str:
    """A source as the articles write it; raises InputError where there are some, none from it."""
    sources, wanted = sources_of(heads), name.casefold().strip()
    found = next((source for source in sources if source.casefold() == wanted), None)
    if heads and not found:
        some = ", ".join(source for source, _ in sources.most_common(_TOLD))
        such = "such as " if len(sources) > _TOLD else ""
        told = f"{such}{some}" if some else "none, as they name no source"
        raise InputError(f"no article is from {name[:80]!r}; the sources are: {told}")
    return found or name
