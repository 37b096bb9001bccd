"""What the rooms of retrieval hand each other: a question's words, sentences found, sentences read.

Spans are in the article's own characters, half-open; they are turned into the quote's once, when
a citation is made.
"""

from dataclasses import dataclass

from index.text.words import Word
from index.types import Article, Sentence

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class QueryWord:
    """A content word of the question, and how much it tells."""

    word: Word
    weight: float
    in_corpus: bool

    @property
    def stem(self) -> str:
        """What it is matched by."""
        return self.word.stem


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer: its place, and how near the question it is before reading.

    ``cosine`` is that of the vectors, ``bm25`` that of the words, 0 where it has none of them.
    """

    version_id: int
    position: int
    article: Article
    cosine: float
    bm25: float

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
    features: dict[str, float] | None = None

    @property
    def words(self) -> str:
        """The words that answer, or the whole sentence."""
        article = self.candidate.article
        return article.text[slice(*self.span)] if self.span else self.candidate.quote
