"""Which articles may answer, as people type it: a day as a date or in words, a source's name."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index import ArticleHead

_AGO = {"today": 0, "yesterday": 1, "last week": 7, "last month": 30, "last year": 365}  # days
_TOLD = 5


def day_typed(written: str, today: dt.date) -> dt.date | None:
    """The day that was typed; None where it is none."""
    words = " ".join(written.casefold().split())
    if words in _AGO:
        return today - dt.timedelta(days=_AGO[words])
    try:
        return dt.date.fromisoformat(words)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources that articles name, with how many are from each."""

    counts: Counter[str]

    @classmethod
    def of(cls, heads: Iterable["ArticleHead"]) -> "Sources":
        """Those of some articles."""
        return cls(Counter(head.source for head in heads if head.source))

    def named(self, name: str) -> str | None:
        """A source as the articles write it."""
        wanted = name.casefold().strip()
        return next((source for source in self.counts if source.casefold() == wanted), None)

    def __str__(self) -> str:
        """Those with most articles, in words."""
        some = ", ".join(source for source, _ in self.counts.most_common(_TOLD))
        if len(self.counts) > _TOLD:
            return f"such as {some}"
        return some or "none, as they name no source"
