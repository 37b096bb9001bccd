"""What words and vectors say of a sentence: raw features that mean the same for every question."""

import math
import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from index.types import SentenceKind
from retrieval.question import AnswerType
from retrieval.rank import Candidate, QueryWord, stems_in, title_stems
from retrieval.spans import has_span

_POINTS_BACK = re.compile(
    r"[\W_]*(?:(?:on|in|at) \w+,? )?(?:he|she|they|it|this|that|these|those|his|her|their|its|both"
    r"|there|such|the two|neither)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Query:
    """A question as readers see it."""

    text: str
    words: tuple[QueryWord, ...]
    names: tuple[frozenset[str], ...]  # the stems of each name in it
    kind: AnswerType

    def lacking(self, stems: AbstractSet[str]) -> list[frozenset[str]]:
        """The names of which no word is among some stems."""
        return [name for name in self.names if not name & stems]


def features_of(query: Query, candidate: Candidate) -> dict[str, float]:
    """The raw features of one sentence; each means the same for every question."""
    article, position = candidate.article, candidate.position
    own = stems_in(article, position)
    title = title_stems(article)
    before = stems_in(article, position - 1)
    near = own | title | before | stems_in(article, position - 2)
    near |= stems_in(article, position + 1)
    quote = candidate.quote
    asked = {word.stem for word in query.words}
    fits = has_span(quote, query.kind, asked)
    named = frozenset().union(*query.names)
    names = [word for word in query.words if word.stem in named]
    others = [word for word in query.words if word.stem not in named]
    many = max(1, len(query.names))
    return {
        "cosine": candidate.cosine,
        "bm25": math.log1p(max(0.0, candidate.bm25)),
        "names": share(names, own),
        "others": share(others, own),
        "pointed_at": share(query.words, before - own) if points_back(quote) else 0.0,
        "context": share(query.words, near),
        "title": share(query.words, title),
        "names_missing": len(query.lacking(near)) / many,
        "lacks_length": float(query.kind is AnswerType.DURATION and not fits),
        "lacks_amount": float(query.kind in (AnswerType.AMOUNT, AnswerType.MEASURE) and not fits),
        "lacks_number": float(query.kind is AnswerType.NUMBER and not fits),
        "lacks_time": float(query.kind is AnswerType.TIME and not fits),
        "asks": float(quote.rstrip("”\"'’ ").endswith("?")),
        "headline": float(candidate.sentence.kind is SentenceKind.TITLE),
    }


def points_back(quote: str) -> bool:
    """Whether a sentence opens by pointing at what the one before it named."""
    return _POINTS_BACK.match(quote) is not None


def share(words: Sequence[QueryWord], stems: AbstractSet[str]) -> float:
    """How much of the question's weight stands among some stems: 0 to 1."""
    total = sum(word.weight for word in words)
    return sum(word.weight for word in words if word.stem in stems) / total if total else 0.0
