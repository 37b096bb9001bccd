"""The data types that every room shares: what an article is, from the way in to the database.

Offsets everywhere are half-open and count code points of the stored text:
``article.text[start:end]`` is the quote.
"""

import datetime as dt
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal, overload

from pydantic import BaseModel, ConfigDict

DatePrecision = Literal["year", "month", "day", "minute"]
DateOrigin = Literal["given", "metadata", "text"]

Span = tuple[int, int]  # half-open


class ArticleInput(BaseModel):
    """An article as it comes from outside: one JSON line, or what a file was read as."""

    model_config = ConfigDict(extra="ignore", frozen=True, str_strip_whitespace=False, strict=True)

    text: str
    title: str | None = None
    id: str | None = None
    url: str | None = None
    published: str | None = None
    source: str | None = None
    authors: tuple[str, ...] = ()
    language: str | None = None
    pages: tuple[int, ...] = ()  # where each page begins in the normalised text


@dataclass(frozen=True, slots=True)
class Incoming:
    """An article on its way in, normalised and checked: `index.reading.accept` makes it.

    ``origin`` is the name of its file, by which it is known again where it has neither id nor
    url: ``folder/file``, ``folder/file:LINE`` for a line of a JSON lines file; ``None`` for
    standard input, which is known by its text's hash. ``path`` is where the file lies, absolute.
    ``label`` is how to name it to a person; ``warnings`` say which of its fields were left out.
    """

    article: ArticleInput
    origin: str | None
    label: str
    date_origin: DateOrigin = "given"
    path: str | None = None
    published: "Published | None" = field(kw_only=True)
    warnings: tuple[str, ...] = field(default=(), kw_only=True)


@dataclass(frozen=True, slots=True)
class RefusedArticle:
    """An article that cannot be taken, of several; ``source`` names where it came from."""

    source: str
    reason: str

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}"


Item = Incoming | RefusedArticle


@dataclass(frozen=True, slots=True)
class Published:
    """When an article was published: ``at`` is ISO 8601, cut to its precision.

    ``zone`` is an offset such as ``+02:00``, or None where the article does not say.
    """

    at: str
    precision: DatePrecision
    zone: str | None
    origin: DateOrigin

    def __str__(self) -> str:
        return self.day or self.at

    @property
    def day(self) -> str | None:
        """``YYYY-MM-DD``, or None where only the month or the year is known."""
        return self.at[:10] if self.precision in ("day", "minute") else None

    @property
    def earliest(self) -> dt.date:
        """The first day that it can have been."""
        return dt.date.fromisoformat((self.at[:10] + "-01-01")[:10])


class SentenceKind(IntEnum):
    """What a sentence is in its article."""

    BODY = 0
    TITLE = 1
    META = 2  # a date line, a byline, front matter: kept, never an answer


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence by its place in the article's text."""

    start: int
    end: int
    kind: SentenceKind = SentenceKind.BODY


@dataclass(frozen=True, slots=True)
class Sentences(Sequence[Sentence]):
    """The sentences of an article, each made as it is looked at: a question looks at a few of many.

    Each has its first place in the text, the one after its last, and its kind.
    """

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    kinds: tuple[int, ...]

    @classmethod
    def of(cls, sentences: Sequence[Sentence]) -> "Sentences":
        """Those that were made one by one."""
        columns = ((s.start, s.end, s.kind) for s in sentences)
        return cls(*zip(*columns, strict=True)) if sentences else cls((), (), ())

    def __len__(self) -> int:
        return len(self.starts)

    @overload
    def __getitem__(self, n: int) -> Sentence: ...
    @overload
    def __getitem__(self, n: slice) -> tuple[Sentence, ...]: ...
    def __getitem__(self, n: int | slice) -> Sentence | tuple[Sentence, ...]:
        if isinstance(n, slice):
            return tuple(self[one] for one in range(*n.indices(len(self))))
        return Sentence(self.starts[n], self.ends[n], SentenceKind(self.kinds[n]))


@dataclass(frozen=True, slots=True)
class ParsedText:
    """What a text says of itself before its first sentence."""

    title: str | None
    published: Published | None
    place: str | None  # of the dateline: "NEW YORK", "Valletta"
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Article:
    """A stored article, in one version."""

    id: str
    version: int
    title: str
    text: str
    text_sha256: str
    sentences: Sentences = field(repr=False)
    titled: bool = True  # False where the title is only how the text begins
    url: str | None = None
    source: str | None = None
    published: Published | None = None
    place: str | None = None
    authors: tuple[str, ...] = ()
    language: str | None = None
    origin: str | None = None
    pages: tuple[int, ...] = field(default=(), repr=False)  # where each begins

    def page(self, place: int) -> int | None:
        """The page of a place in the text, from 1; None for what has no pages."""
        return bisect_right(self.pages, place) or None

    @property
    def day(self) -> str | None:
        """When it was published, if the day is known."""
        return self.published.day if self.published else None

    @property
    def heading(self) -> str:
        """The title; nothing where that is only how the text begins."""
        return self.title if self.titled else ""

    def quote(self, sentence: Sentence) -> str:
        """The words of one sentence, exactly as they stand."""
        return self.text[sentence.start : sentence.end]


@dataclass(frozen=True, slots=True)
class Filters:
    """Which articles may answer; dates inclusive, an undated article fails a date filter.

    ``as_of`` is the day at whose end, in UTC, the corpus is asked; None is now.
    """

    source: str | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    article: str | None = None
    as_of: dt.date | None = None
