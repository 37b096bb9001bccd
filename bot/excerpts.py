"""A place in an article, as a citation names it, and what stands around it."""

import re

from index import Article, InputError
from index.types import Span

_OFFSETS = re.compile(r"([0-9]{1,9})[-–]([0-9]{1,9})")
# Some texts set paragraphs apart by blank lines, some have one on each line.
_BORDERS = (re.compile(r"\n\s*(?:\n|\Z)"), re.compile(r"\n"))
# A text that is one long line is no paragraph to read through.
_LONGEST, _NEAR = 2_000, 400


def parse_span(article: Article, given: str) -> Span:
    """The offsets written as ``113-317``; raises InputError where the text has no such place."""
    found = _OFFSETS.fullmatch(given.strip())
    if not found:
        raise InputError(f"{given[:40]!r} is no place in a text; write two offsets: --at 113-317")
    start, end = int(found[1]), int(found[2])
    if not start < end <= len(article.text):
        raise InputError(
            f"there is nothing at {start}-{end} in {article.id}, whose text has "
            f"{len(article.text):,} characters; take the offsets from a citation"
        )
    return start, end


def paragraph_around(article: Article, start: int, end: int) -> Span:
    """The paragraphs that a place is in, or the sentences near it where these are too long."""
    for border in _BORDERS:
        borders = [found.span() for found in border.finditer(article.text)]
        first = max((after for _, after in borders if after <= start), default=0)
        last = min((before for before, _ in borders if before >= end), default=len(article.text))
        if last - first <= (end - start) + _LONGEST:
            return first, last
    near = [s for s in article.sentences if s.end > start - _NEAR and s.start < end + _NEAR]
    return min([start, *(s.start for s in near)]), max([end, *(s.end for s in near)])
