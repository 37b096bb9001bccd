"""Known vectors in place of encoding, so that large indexes are built in minutes.

A core encodes some 60 sentences a second with torch: for four peers and 82,000 sentences that
would be two hours for the same vectors. So the larger indexes are built by each library from
vectors that are there already; how fast each encodes is measured apart, on a part.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

DIMENSIONS = 384


class Recall:
    """Vectors by text, read from their file as they are needed."""

    def __init__(self, folder: Path) -> None:
        texts = json.loads((folder / "texts.json").read_text("utf-8"))
        self._rows = {text: n for n, text in enumerate(texts)}
        self._vectors = np.memmap(folder / "vectors.f32", np.float32, "r").reshape(-1, DIMENSIONS)

    def instead_of(self, encode: Callable[..., Any]) -> Callable[..., Any]:
        """An ``encode`` method that encodes only what is not known."""

        def known(encoder: object, texts: Sequence[str], *rest: object, **options: object) -> Any:
            if isinstance(texts, str) or any(text not in self._rows for text in texts):
                return encode(encoder, texts, *rest, **options)
            return np.array(self._vectors[[self._rows[text] for text in texts]])

        return known


def keep(folder: Path, vectors: Mapping[str, npt.NDArray[np.float32]]) -> None:
    """Write the vectors of texts: one row of ``DIMENSIONS`` each."""
    folder.mkdir(parents=True, exist_ok=True)
    np.stack(list(vectors.values())).astype(np.float32).tofile(folder / "vectors.f32")
    (folder / "texts.json").write_text(json.dumps(list(vectors)), encoding="utf-8")


def use(folder: Path, encoder: str) -> None:
    """Let the class ``module:Class`` encode with the vectors of a folder."""
    module, name = encoder.split(":")
    patched = getattr(import_module(module), name)
    patched.encode = Recall(folder).instead_of(patched.encode)
