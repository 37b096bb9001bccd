"""The outcomes of adding articles to a corpus."""

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

    def count(self, outcome: Outcome) -> None:
        """Count one more outcome."""
        if outcome.kind == "refused":
            self.refused.append(RefusedArticle(outcome.label, outcome.reason or ""))
        else:
            setattr(self, outcome.kind, getattr(self, outcome.kind) + 1)
