"""What became of articles on their way into a corpus."""

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

from index.errors import RefusedArticle
from index.types import Incoming

OutcomeKind = Literal["added", "updated", "unchanged", "refused"]
Items = Iterable[Incoming | RefusedArticle]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one article."""

    kind: OutcomeKind
    label: str
    article_id: str | None = None
    reason: str | None = None


@dataclass(slots=True)
class AddReport:
    """What became of all articles; ``articles`` and ``sentences`` count the corpus after it."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[RefusedArticle] = field(default_factory=list)
    articles: int = 0
    sentences: int = 0
    seconds: float = 0.0


def after_refusals(
    items: Items, report: AddReport, tell: Callable[[Outcome], None]
) -> Items | None:
    """The items from the first article on; None when there is none, and no corpus need be made."""
    rest = iter(items)
    for item in rest:
        if not isinstance(item, RefusedArticle):
            return itertools.chain([item], rest)
        report.refused.append(item)
        tell(Outcome("refused", item.source, reason=item.reason))
    return None


def accepted(item: Incoming | RefusedArticle) -> Incoming:
    """The article, unless the reader has refused it already."""
    if isinstance(item, RefusedArticle):
        raise item
    return item
