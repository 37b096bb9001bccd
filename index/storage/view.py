"""A state of a corpus: what is the same in every store, and what each has to bring."""

import datetime as dt
import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

from index.errors import MAKE_ANEW, CorpusDamaged, InputError, NoSuchArticle
from index.models.encoder import Vectors
from index.storage.heads import ArticleHead, matches, newest_first
from index.storage.prepare import article_id_of
from index.types import Article, Filters

# A word in the title counts this much of one in the sentence: .35 to .5 did best on the 2022
# news quiz (hit at 20: 81 % against 77 % without titles).
TITLE_WEIGHT = 0.4
# BM25 looks at every sentence that has one of the words: the commonest are left out when the
# rarer ones bring this many already. Of 789 held-out questions in the manner of a quiz the sentence
# is among the first 5 and 50 of 206,000 for 72.9 and 92.3 %, with 15,000 for 72.5 and 92.3 %, which
# take 2.4 times the processor's time; with 1,500 for 72.0 and 92.6 %.
_POSTINGS = 4_000
K1, B = 1.2, 0.75  # of BM25, as FTS5 has them


@dataclass(frozen=True, slots=True)
class Hit:
    """A sentence that a search found, by its version and position."""

    version_id: int
    position: int
    score: float


class Snapshot(ABC):
    """A state of a corpus: it does not change while others write. Its heads are in memory.

    Use it in a ``with`` statement, in one thread; two searches may overlap.
    """

    def __init__(
        self, heads: Mapping[int, ArticleHead], sentences: int, corpus_version: str, model_id: str
    ) -> None:
        self._heads = heads
        self._articles: dict[int, Article] = {}
        self.corpus_version = corpus_version  # the name of what is in the corpus
        self.model_id = model_id  # of the model that made the vectors
        self.article_count, self.sentence_count = len(heads), sentences
        self.day: dt.date | None = None  # at whose end this was the state; None is now
        self.later = 0  # articles that came in after it
        self.changed = 0  # articles that changed after it
        self.unread = 0  # of these, how many have too much that only they had to look through

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        self.close()

    # -- what a store brings ---------------------------------------------------------------------

    @abstractmethod
    def close(self) -> None:
        """Let go of the database; the snapshot is of no use afterwards."""

    @abstractmethod
    def _load(self, version_id: int) -> Article:
        """One version of an article; raises CorpusDamaged when its text has changed."""

    @abstractmethod
    def _numbered(self, article_id: str) -> list[tuple[int, int, str]]:
        """The versions of an article, the first one first: number, id, when it came in."""

    @abstractmethod
    def _from_file(self, *paths: str) -> int | None:
        """The version last taken from a file, whose article goes by its id or url if it has one."""

    @property
    @abstractmethod
    def version_count(self) -> int:
        """How many versions of articles there are, the present and the past ones."""

    @abstractmethod
    def versions(self) -> Iterator[tuple[str, int, str, str, str, str, str]]:
        """All versions as they came in: article, number, time, key, fields, text, their hash."""

    @abstractmethod
    def with_text(self, text: str) -> list[ArticleHead]:
        """The articles that have this text and no other."""

    @abstractmethod
    def nearest(self, question: Vectors, k: int, allowed: set[int] | None) -> list[Hit]:
        """The sentences whose vectors are nearest to the question's, with their cosines."""

    @abstractmethod
    def containing(self, stems: Sequence[str], k: int, allowed: set[int] | None) -> list[Hit]:
        """The sentences that have most of the words, by BM25 (higher is better)."""

    @abstractmethod
    def cosines(self, question: Vectors, places: Sequence[tuple[int, int]]) -> list[float]:
        """The cosine of the question to each sentence, given as version and position."""

    @abstractmethod
    def vectors_of(self, version_id: int) -> Vectors:
        """The stored vectors of an article's sentences: shape (sentences, dimensions)."""

    @abstractmethod
    def document_frequency(self, stem: str) -> int:
        """In how many sentences a word stands; a title's words do not count here."""

    @abstractmethod
    def is_known(self, stem: str) -> bool:
        """Whether any article or title has a word."""

    @abstractmethod
    def stems_like(self, stem: str) -> list[str]:
        """The known stems that begin with the same letter and are about as long."""

    # -- the same in every store -----------------------------------------------------------------

    def changed_vectors(self) -> list[str]:
        """The files of vectors that are not what was written; costs reading them once."""
        return []  # where there are none

    @cached_property
    def _by_id(self) -> dict[str, ArticleHead]:
        return {head.id: head for head in self._heads.values()}

    def heads(self) -> list[ArticleHead]:
        """All articles, the newest first, the undated last."""
        return sorted(self._heads.values(), key=newest_first)

    @property
    def newest_day(self) -> dt.date | None:
        """The day of the newest article; None where none has a date."""
        dated = (head.published for head in self._heads.values() if head.published)
        newest = max(dated, key=lambda published: published.at, default=None)
        return newest.earliest if newest else None

    def head(self, version_id: int) -> ArticleHead:
        """One article without its text."""
        return self._heads[version_id]

    def article_of(self, version_id: int) -> Article:
        """The article that a hit is in; raises CorpusDamaged when its text has changed."""
        if version_id not in self._articles:
            article = self._load(version_id)
            if len(article.sentences) != self._heads[version_id].sentence_count:
                raise CorpusDamaged(f"the sentences of {article.id} are miscounted; {MAKE_ANEW}")
            self._articles[version_id] = article
        return self._articles[version_id]

    def article(self, name: str, version: int | None = None) -> Article:
        """An article by its id, its owner's id, its url or its path, in its newest version.

        Raises NoSuchArticle, InputError for a number that none of its versions has.
        """
        found = self.find(name)
        if version in (None, found.version):
            return self.article_of(found.version_id)
        ids = {number: version_id for number, version_id, _ in self._numbered(found.id)}
        if version in ids:
            return self._load(ids[version])
        raise InputError(
            f"the article {found.id} has no version {version}; `dateline show --history` has all"
        )

    def history(self, name: str) -> list[tuple[str, Article]]:
        """All versions of an article, the first one first, each with when it came in."""
        rows = self._numbered(self.find(name).id)
        return [(added_at, self._load(version_id)) for _, version_id, added_at in rows]

    def find(self, name: str) -> ArticleHead:
        """The head of an article by its id, its owner's id, its url or its path."""
        path = str(Path(name).parent.resolve() / Path(name).name)
        for article_id in (name, article_id_of(f"id:{name}"), article_id_of(f"url:{name}")):
            if article_id in self._by_id:
                return self._by_id[article_id]
        if version_id := self._from_file(name, path):
            return self._heads[version_id]
        if found := self._by_id.get(article_id_of(f"path:{name}")):
            return found
        # One that its owner gave an id is not known by its url.
        of_url = (head for head in self.heads() if head.url == name)
        if found := next(of_url, None):
            return found
        raise NoSuchArticle(
            f"there is no article {name[:80]!r}; `dateline list` shows what there is"
        )

    def allowed(self, filters: Filters) -> set[int] | None:
        """The versions that filters let through; None when they let all through."""
        if filters == Filters():
            return None
        only = self.find(filters.article).version_id if filters.article else None
        return {
            version_id
            for version_id, head in self._heads.items()
            if (only is None or version_id == only) and matches(head, filters)
        }

    def _rarest(self, stems: Sequence[str]) -> list[str]:
        """The rarest words, at least two, that together bring enough sentences."""
        chosen: list[str] = []
        postings = 0
        for stem in sorted(dict.fromkeys(stems), key=lambda s: (self.document_frequency(s), s)):
            postings += self.document_frequency(stem)
            if len(chosen) >= 2 and postings > _POSTINGS:
                break
            chosen.append(stem)
        return chosen

    def _best(self, hits: list[Hit], k: int) -> list[Hit]:
        heads = self._heads
        for hit in hits:
            if hit.version_id not in heads or hit.position >= heads[hit.version_id].sentence_count:
                raise CorpusDamaged(f"a word stands in no sentence; {MAKE_ANEW}")
        hits.sort(key=lambda hit: (-hit.score, heads[hit.version_id].id, hit.position))
        return hits[:k]


def log_odds(total: int, found: int) -> float:
    """What BM25 weighs a word by that stands in so many of all sentences, as FTS5 has it."""
    return max(math.log((total - found + 0.5) / (found + 0.5)), 1e-6)
