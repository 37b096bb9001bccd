"""Near-doubles: the same wire story as several outlets have it is one source.

Only the few articles that answer are compared, when a question is asked: exactly, so nothing is
indexed for it.
"""

import re
from functools import lru_cache

from index.types import Article

WORDS = 3  # of a shingle
# The share of the shorter text's shingles that the other has. Chosen on one half of 2,000 BBC
# articles, each cut, reworded, or given another lead, against updates and other articles on the
# same topic; `python -m benchmarks.doubles` says what it gives on the other half.
_LEAST = 0.45
_FEWEST = 20  # shingles in common, below which texts are too short to tell


def shingles(text: str, size: int = WORDS) -> frozenset[tuple[str, ...]]:
    """All runs of so many words, without case and marks; of a shorter text there are none."""
    words = re.findall(r"\w+", text.casefold())
    return frozenset(zip(*(words[n:] for n in range(size)), strict=False))


_shingles_of = lru_cache(maxsize=256)(shingles)


def is_double(one: Article, other: Article) -> bool:
    """Whether one article is most of another: cut, with another headline, a lead of its own."""
    a, b = _shingles_of(one.text), _shingles_of(other.text)
    return len(a & b) >= max(_FEWEST, _LEAST * min(len(a), len(b)))
