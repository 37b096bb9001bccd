"""Dateline, ranking alone: words and vectors fused, without reading."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.peers.seam import DEPTH, Article, Found
from index import ArticleInput, Home, Incoming, accept
from retrieval import Engine
from retrieval.ranking.features import Query
from retrieval.types import Candidate, Judged

ENCODER = ""


class Unread:
    """Leaves the sentences in the order of the ranking."""

    threshold = 0.0

    def judge(self, query: Query, candidates: Sequence[Candidate]) -> list[Judged]:  # noqa: ARG002
        """As they come."""
        return [Judged(candidate, 0.0) for candidate in candidates]


class Peer:
    """A corpus; it cuts the articles into sentences itself."""

    reader: Unread | None = Unread()

    def __init__(self, folder: Path) -> None:
        self._corpus = Home(folder, threads=1).corpus("peers")
        self._engine: Engine | None = None

    def index(self, articles: Sequence[Article]) -> None:
        """Add the articles."""
        report = self._corpus.add(accepted(article) for article in articles)
        if report.refused:
            raise SystemExit(f"refused: {report.refused[0]}")

    def ask(self, question: str) -> list[Found]:
        """Search."""
        self._engine = self._engine or Engine(self._corpus, self.reader)
        return [(one.url or "", one.sentence) for one in self._engine.search(question, DEPTH)]


def accepted(article: Article) -> Incoming:
    """As any JSON line."""
    given = ArticleInput(
        url=article.url, title=article.title, text=article.text, published=article.published
    )
    return accept(given, None, article.url)
