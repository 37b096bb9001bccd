"""What the rooms of retrieval hand each other: sentences found, sentences read.

Spans are in the article's own characters, half-open; they are turned into the quote's once, when
a citation is made.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from index.text.words import Word, words_of
from index.types import Article, Sentence, Span

_YEAR = re.compile(r"(?:19|20)\d\d")
# Of 260 blind pairs, tests/data/answer_pairs.jsonl, 51 of 132 that are not the same were said to be
# before the words of one had to hold the other's; 31 since, 26 with these. Of the same 128, 42 were
# found, then 31 and 30.
_DENYING = {"no", "not", "never"}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer: its place, and how near the question it is before reading.

    ``cosine`` is that of the vectors, ``bm25`` that of the words, 0 where it has none of them.
    ``also`` are other articles that have one of its article's sentences word for word.
    """

    version_id: int
    position: int
    article: Article
    cosine: float
    bm25: float
    also: tuple[Article, ...] = ()

    @property
    def sentence(self) -> Sentence:
        """Where it stands."""
        return self.article.sentences[self.position]

    @property
    def quote(self) -> str:
        """Its words."""
        return self.article.quote(self.sentence)


@dataclass(frozen=True, slots=True)
class Judged:
    """A candidate that was read: the chance that it answers, and with which words.

    ``span`` is None where the sentence was not read or the whole of it answers; ``items`` are the
    spans of a list, empty where one span answers.
    """

    candidate: Candidate
    probability: float
    span: Span | None = None
    items: tuple[Span, ...] = ()
    features: dict[str, float] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """The words that answer, or the whole sentence."""
        text = self.candidate.article.text
        if self.items:
            return " ".join(text[start:end] for start, end in self.items)
        return text[slice(*self.span)] if self.span else self.candidate.quote


def joined(spans: Iterable[Span]) -> list[Span]:
    """The spans in order, those that overlap or touch as one, empty ones left out."""
    out: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if out and start <= out[-1][1]:
            out[-1] = out[-1][0], max(end, out[-1][1])
        else:
            out.append((start, end))
    return out


def same(one: Judged, other: Judged) -> bool:
    """Whether two answers are the same number, date or name, or one's words hold the other's."""
    a, b = _key(one.words), _key(other.words)
    return a == b or (bool(a and b) and (a <= b or b <= a))


def agree(one: str, other: str) -> bool:
    """Whether two articles say the same: the words of one hold the other's, and no more figures.

    A year may be more. "31" is not what "lowered from 31 to 27" says, nor "guilty" what "not
    guilty" does.
    """
    a, b = (
        {word.stem: word for word in words_of(text) if not word.is_stop or _changes(word)}
        for text in (one, other)
    )
    more = [(a | b)[stem] for stem in a.keys() ^ b.keys()]
    is_in = a.keys() <= b.keys() or b.keys() <= a.keys()
    return is_in and not any(map(_changes, more))


def _changes(word: Word) -> bool:
    """Whether an answer with this word more is another one."""
    text = word.text.lower()
    is_figure = text[0].isdigit() and not _YEAR.fullmatch(text)
    return is_figure or text in _DENYING or text.endswith(("n't", "n’t"))


def _key(words: str) -> frozenset[str]:
    """The content of an answer: its figures where it has any, else its stems."""
    found = [word for word in words_of(words) if not word.is_stop]
    figures = {word.stem for word in found if word.text[0].isdigit()}
    return frozenset(figures or {word.stem for word in found})
