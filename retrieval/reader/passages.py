"""What the reader is given: passages of whole sentences, headed by title and date."""

import datetime as dt
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

from index.text.months import written
from index.types import Article, Published, SentenceKind, Span

SIZE = 600  # characters of a passage's own sentences, some 135 tokens
LEAD = 250  # characters at most of the sentences before that are read along
_TITLE = 160  # characters


@dataclass(frozen=True, slots=True)
class Passage:
    """Some sentences of an article as the reader reads them.

    ``text`` is a head (title and date), then the sentences from ``first - lead`` up to ``last``;
    those before ``first`` belong to the passage before and are read along for whom they speak of.
    A place in ``text`` less ``shift`` is that place in the article; ``head`` are the characters of
    ``text`` that are no article's.
    """

    text: str
    shift: int
    first: int
    last: int
    lead: int
    head: int


def cut_up(article: Article) -> list[Span]:
    """The first sentence of each passage of an article and the one after its last.

    A sentence of the body belongs to exactly one; what stands above (title, byline, date) to none.
    """
    begin = body_begins(article)
    sentences = list(zip(article.sentences.starts, article.sentences.ends, strict=True))
    return [(begin + first, begin + last) for first, last in cut(sentences[begin:])]


def passage_of(article: Article, own: range, *, dated: bool) -> Passage:
    """The passage of an article that is made of some of its sentences.

    Without ``dated`` its head is the title alone.
    """
    begin = body_begins(article)
    head = head_of(article.heading, article.published if dated else None)
    upto = slice(begin, own.stop)
    spans = list(zip(article.sentences.starts[upto], article.sentences.ends[upto], strict=True))
    inside = range(own.start - begin, own.stop - begin)
    return passage(article.text, spans, inside, head, above=begin)


def body_begins(article: Article) -> int:
    """The first sentence that is one of the article itself."""
    kinds = article.sentences.kinds
    return kinds.index(SentenceKind.BODY) if SentenceKind.BODY in kinds else 0


def cut(sentences: Sequence[Span]) -> list[Span]:
    """The first sentence of each passage and the one after its last."""
    out, first = [], 0
    while first < len(sentences):
        most = sentences[first][0] + SIZE
        last = bisect_right(sentences, most, lo=first + 1, key=itemgetter(1))
        out.append((first, last))
        first = last
    return out


def passage(
    text: str, sentences: Sequence[Span], own: range, head: str, lead: int = LEAD, above: int = 0
) -> Passage:
    """Some sentences with as many of those before as fit into ``lead`` characters.

    ``above`` are the article's sentences before the ones that are given.
    """
    first, last = own.start, own.stop
    begin, opens = first, sentences[first][0]
    while begin > 0 and opens - sentences[begin - 1][0] <= lead:
        begin -= 1
    start = sentences[begin][0]
    read = head + text[start : sentences[last - 1][1]]
    return Passage(read, len(head) - start, above + first, above + last, first - begin, len(head))


def head_of(title: str, published: Published | None) -> str:
    """``Title (18 September 2023)`` as a line of its own; empty where nothing is known."""
    day = ""
    if published and published.day:
        day = f"({written(dt.date.fromisoformat(published.day))})"
    line = " ".join(f"{title[:_TITLE]} {day}".split())
    return f"{line}\n" if line else ""
