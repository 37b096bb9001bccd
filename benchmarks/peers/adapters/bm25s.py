"""bm25s with a stemmer and its own stop words: words only, no vectors."""

from collections.abc import Sequence
from pathlib import Path

import bm25s
import Stemmer

from benchmarks.peers.seam import DEPTH, Article, Found

ENCODER = ""


class Peer:
    """An index and its corpus, saved by bm25s and mapped into memory."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stemmer = Stemmer.Stemmer("english")
        self._index: bm25s.BM25 | None = None

    def _tokens(self, texts: Sequence[str]) -> bm25s.tokenization.Tokenized:
        return bm25s.tokenize(texts, stopwords="en", stemmer=self._stemmer, show_progress=False)

    def index(self, articles: Sequence[Article]) -> None:
        """Tokenise, score, save."""
        rows = [{"url": a.url, "text": text} for a in articles for text in a.sentences]
        index = bm25s.BM25()
        index.index(self._tokens([row["text"] for row in rows]), show_progress=False)
        index.save(self._folder, corpus=rows)

    def ask(self, question: str) -> list[Found]:
        """Retrieve."""
        if self._index is None:
            self._index = bm25s.BM25.load(self._folder, load_corpus=True, mmap=True)
        rows, _ = self._index.retrieve(self._tokens([question]), k=DEPTH, show_progress=False)
        return [(row["url"], row["text"]) for row in rows[0]]
