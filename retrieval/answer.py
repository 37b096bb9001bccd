"""What goes out: the answer, its citations, ranked sentences. These models are the JSON schema.

Fields are only ever added. ``start`` and ``end`` are code points of the article's stored text,
``answer_start`` and ``answer_end`` of the quote; all half-open.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from index.types import Article, Sentence, Span
from retrieval.question import Turn
from retrieval.types import joined

SCHEMA_VERSION = 1

Role = Literal["answer", "support", "context", "differs"]
Band = Literal["sure", "probably", "uncertain"]
# The least probability of each. Of held-out answers 89.4 % of 1,845 sure ones are right, 62.2 % of
# 910 probable ones, 48.0 % of 98 others.
_SURE, _PROBABLY = 0.75, 0.45
# Of 387 held-out questions that are refused from this probability on 59 % can be answered, and for
# 30 % the closest sentence has the answer; of 991 others 15 and 7 %.
CLOSE = 0.2


class Out(BaseModel):
    """The base of everything printed: frozen, nothing but the declared fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Citation(Out):
    """One sentence, word for word, and where it stands.

    ``version`` is the article's; ``also_in`` are the ids of others that have the same story.
    """

    n: int
    role: Role
    quote: str
    answer_start: int | None = None
    answer_end: int | None = None
    article_id: str
    title: str
    source: str | None = None
    url: str | None = None
    deep_link: str | None = None
    published: str | None = None
    start: int
    end: int
    text_sha256: str
    version: int | None = None
    also_in: tuple[str, ...] = ()
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Quoted:
    """A sentence once, with all the words in it that answer.

    ``citation`` is the first of it, ``numbers`` are those of all; ``spans`` are offsets into it,
    in order and apart.
    """

    citation: Citation
    numbers: tuple[int, ...]
    spans: tuple[Span, ...]

    @property
    def label(self) -> str:
        """Its numbers as people write them: ``1``, ``1–3`` or ``1, 4``."""
        first, *more = self.numbers
        in_a_row = len(more) > 1 and more[-1] == first + len(more)
        return f"{first}–{more[-1]}" if in_a_row else ", ".join(map(str, self.numbers))

    def pieces(self) -> Iterator[tuple[str, bool]]:
        """The sentence in order, each piece with whether it answers."""
        quote, done = self.citation.quote, 0
        for start, end in self.spans:
            yield quote[done:start], False
            yield quote[start:end], True
            done = end
        yield quote[done:], False


def by_sentence(citations: Iterable[Citation]) -> list[Quoted]:
    """The citations with those of one sentence, such as the items of a list, as one."""
    own: dict[tuple[str, str, int], list[Citation]] = {}
    for citation in citations:
        # Another corpus may have another version of the article.
        place = citation.article_id, citation.text_sha256, citation.start
        own.setdefault(place, []).append(citation)
    return [
        Quoted(same[0], tuple(c.n for c in same), tuple(joined(map(answering, same))))
        for same in own.values()
    ]


def answering(citation: Citation) -> Span:
    """The words of a quote that answer, as offsets into it; none are an empty span."""
    if citation.answer_start is None or citation.answer_end is None:
        return 0, 0
    return citation.answer_start, citation.answer_end


class Note(Out):
    """Something that Dateline says itself, apart from any quote; ``n`` is the quote it is about."""

    kind: str
    text: str
    n: int | None = None


class Answer(Out):
    """The answer to one question over one state of the corpus."""

    schema_version: int = SCHEMA_VERSION
    corpus_version: str
    question: str
    standalone_question: str
    status: Literal["answered", "not_found"]
    answer: str | None
    score: float
    citations: tuple[Citation, ...] = ()
    closest: tuple[Citation, ...] = ()
    missing: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    timings_ms: dict[str, float] = Field(default_factory=dict)

    def __str__(self) -> str:
        return self.words or self.refusal()

    @property
    def words(self) -> str:
        """The words that answer; the items of a list with a dot between them."""
        items = [
            c.quote[c.answer_start : c.answer_end]
            for c in self.citations
            if c.role == "answer" and c.answer_start is not None
        ]
        return " · ".join(items) if len(items) > 1 else self.answer or ""

    @property
    def band(self) -> Band:
        """The probability in a word."""
        if self.score >= _SURE:
            return "sure"
        return "probably" if self.score >= _PROBABLY else "uncertain"

    @property
    def is_close(self) -> bool:
        """Whether the closest sentence of a refusal may answer after all."""
        return bool(self.closest) and self.score >= CLOSE

    def has_note(self, *kinds: str) -> bool:
        """Whether it has a note of one of some kinds."""
        return any(note.kind in kinds for note in self.notes)

    def refusal(self, which: str = "The articles") -> str:
        """That some articles don't say, or that it is not sure that they don't."""
        return f"{which} don't say{', or not in so many words' if self.is_close else ''}."

    def as_turn(self) -> Turn:
        """The question and its answer as what a later one may lean on."""
        shown = (*self.citations, *self.closest)[:1]
        return Turn(self.question, self.answer, shown[0].article_id if shown else None)


class RankedSentence(Out):
    """One line of ``dateline search``."""

    rank: int
    score: float
    sentence: str
    article_id: str
    title: str
    url: str | None = None
    published: str | None = None
    start: int
    end: int
    version: int | None = None

    @classmethod
    def of(cls, article: Article, sentence: Sentence, rank: int, score: float = 0) -> Self:
        """A sentence of an article, with its place."""
        return cls(
            rank=rank,
            score=round(score, 4),
            sentence=article.quote(sentence),
            article_id=article.id,
            title=article.title,
            url=article.url,
            published=article.day,
            start=sentence.start,
            end=sentence.end,
            version=article.version,
        )
