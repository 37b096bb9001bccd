"""The weights of a converted model, read back: int8 times its scale.

The reverse of `index.models.convert`. What int8 rounded off is lost. The file is CTranslate2's,
version 6 (its python/ctranslate2/specs/model_spec.py writes it).
"""

import struct
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

_VERSION = 6
_TYPES = {0: np.float32, 1: np.int8}
# What CTranslate2 calls a layer's parts, and what BertModel does; the first is three in one.
_LINEAR = {
    "self_attention/linear_0": (
        "attention.self.query",
        "attention.self.key",
        "attention.self.value",
    ),
    "self_attention/linear_1": ("attention.output.dense",),
    "ffn/linear_0": ("intermediate.dense",),
    "ffn/linear_1": ("output.dense",),
}
_NORMS = {
    "self_attention/layer_norm": "attention.output.LayerNorm",
    "ffn/layer_norm": "output.LayerNorm",
}
_EMBEDDINGS = {
    "embeddings_0": "word_embeddings",
    "embeddings_1": "token_type_embeddings",
    "position_encodings/encodings": "position_embeddings",
}


def variables(path: Path) -> dict[str, Array]:
    """The tensors of a converted model by name, integers as they are; scalars are left out."""
    out = {}
    with path.open("rb") as file:

        def number(kind: str) -> int:
            return int(struct.unpack(f"<{kind}", file.read(struct.calcsize(f"<{kind}")))[0])

        def text() -> str:
            return file.read(number("H"))[:-1].decode()

        if number("I") != _VERSION:
            raise ValueError(f"{path} is not of version {_VERSION}")
        text()
        number("I")  # the revision of the specification
        for _ in range(number("I")):
            name, rank = text(), number("B")
            shape = [number("I") for _ in range(rank)]
            kind, data = number("B"), file.read(number("I"))
            if shape:
                out[name] = np.frombuffer(data, _TYPES[kind]).reshape(shape)
    return out


def float_weights(path: Path) -> dict[str, Array]:
    """The tensors of a converted encoder as BertModel names them, in float32."""
    known = variables(path)

    def whole(name: str) -> Array:
        weight: Array = known[f"{name}/weight"] if f"{name}/weight" in known else known[name]
        scale = known.get(f"{name}/weight_scale")
        return weight.astype(np.float32) / (1 if scale is None else scale[:, None])

    state = {f"embeddings.{ours}.weight": whole(f"encoder/{n}") for n, ours in _EMBEDDINGS.items()}

    def norm(theirs: str, ours: str) -> None:
        state[f"{ours}.weight"] = known[f"{theirs}/gamma"]
        state[f"{ours}.bias"] = known[f"{theirs}/beta"]

    norm("encoder/layernorm_embedding", "embeddings.LayerNorm")
    layers = len({name.split("/")[1] for name in known if name.startswith("encoder/layer_")})
    for n in range(layers):
        theirs, ours = f"encoder/layer_{n}", f"encoder.layer.{n}"
        for name, parts in _LINEAR.items():
            split = len(parts)
            weight = np.split(whole(f"{theirs}/{name}"), split)
            bias = np.split(known[f"{theirs}/{name}/bias"], split)
            for part, w, b in zip(parts, weight, bias, strict=True):
                state[f"{ours}.{part}.weight"], state[f"{ours}.{part}.bias"] = w, b
        for name, part in _NORMS.items():
            norm(f"{theirs}/{name}", f"{ours}.{part}")
    return state
