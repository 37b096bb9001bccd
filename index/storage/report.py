"""What became of articles that were added, and what is found when a corpus is verified."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from index.types import RefusedArticle

OutcomeKind = Literal["added", "updated", "unchanged", "refused"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one article."""

    kind: OutcomeKind
    label: str
    article_id: str | None = None
    reason: str | None = None
    is_dated: bool = True


@dataclass(frozen=True, slots=True)
class Damage:
    """Something that is not what was stored, and how to mend it."""

    what: str
    mend: str


@dataclass(slots=True)
class AddReport:
    """What became of all articles; ``articles`` and ``sentences`` count the corpus after it.

    ``undated`` are those added or updated of which it is not known when they were published.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[RefusedArticle] = field(default_factory=list)
    articles: int = 0
    sentences: int = 0
    seconds: float = 0.0
    undated: int = 0

    def __str__(self) -> str:
        """How many there were of each kind: "3 added, 1 refused"; empty where there were none."""
        kinds = ("added", "updated", "unchanged")
        counts = {kind: getattr(self, kind) for kind in kinds} | {"refused": len(self.refused)}
        return ", ".join(f"{count:,} {kind}" for kind, count in counts.items() if count)

    def count(self, outcome: Outcome) -> None:
        """Count one more outcome."""
        if outcome.kind == "refused":
            self.refused.append(RefusedArticle(outcome.label, outcome.reason or ""))
        else:
            setattr(self, outcome.kind, getattr(self, outcome.kind) + 1)
            self.undated += outcome.kind != "unchanged" and not outcome.is_dated


def telling(
    report: AddReport, on_article: Callable[[Outcome], None] | None
) -> Callable[[Outcome], None]:
    """What counts an outcome in a report, and passes it on."""

    def tell(outcome: Outcome) -> None:
        report.count(outcome)
        if on_article:
            on_article(outcome)

    return tell
