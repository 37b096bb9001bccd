"""Text into unit vectors, on one of two runtimes.

CTranslate2 does the work: it starts in a tenth of a second, needs no torch, and in int8 encodes
four times as many sentences a second as the reference. sentence-transformers is that reference,
and the runtime for models or devices that CTranslate2 does not serve.
"""

import itertools
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal, Protocol, cast

import numpy as np
import numpy.typing as npt
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
)

Vectors = npt.NDArray[np.float32]

# Beyond this many tokens a batch is no faster, only larger.
BATCH_TOKENS = 4096


class EncoderConfig(BaseModel):
    """What a runtime must know of a model to make the model's own vectors."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    runtime: Literal["ctranslate2", "sentence-transformers"]
    precision: Literal["int8", "float32"]
    dimensions: int
    max_tokens: int
    pooling: Literal["mean", "cls"]
    question_prompt: str = ""
    document_prompt: str = ""
    # How far a sentence's vector leans toward that of the title it stands under.
    title_share: float = Field(default=0.0, ge=0.0)

    @model_serializer(mode="wrap")
    def _as_known(self, serialise: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without a share of 0: the hashes of models that never had one stay as they were."""
        fields: dict[str, Any] = serialise(self)
        return {name: value for name, value in fields.items() if name != "title_share" or value}


class Encoder(Protocol):
    """Makes one unit vector a text; a vector does not depend on what it was batched with."""

    config: EncoderConfig

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Sentences of articles: shape (texts, dimensions)."""
        ...

    def encode_question(self, text: str) -> Vectors:
        """One question: shape (dimensions,)."""
        ...


class FastEncoder:
    """A converted model on CTranslate2.

    Int8 activations are scaled per batch row, and padding changes the sums: only texts of equal
    token length are batched together, so every vector is bit for bit what it is alone.
    """

    def __init__(self, folder: Path, config: EncoderConfig, threads: int) -> None:
        import ctranslate2
        from tokenizers import Tokenizer

        self.config = config
        self._threads = threads
        self._model = ctranslate2.Encoder(
            str(folder),
            inter_threads=threads,
            intra_threads=1,
            compute_type="int8" if config.precision == "int8" else "float32",
        )
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._specials = self._tokenizer.num_special_tokens_to_add(is_pair=False)
        # The last text that was alone: a question is read for what it asks for, then looked for.
        self._last: tuple[tuple[int, ...], Vectors] | None = None
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="encoder")

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Sentences of articles: shape (texts, dimensions)."""
        return self._encode([self.config.document_prompt + text for text in texts])

    def encode_question(self, text: str) -> Vectors:
        """One question: shape (dimensions,)."""
        return cast("Vectors", self._encode([self.config.question_prompt + text])[0])

    def states(self, text: str) -> tuple[Vectors, list[tuple[int, int]]]:
        """The state of each token of a text, shape (tokens, dimensions), and where it stands.

        Of a long text only the beginning.
        """
        encoding = self._tokenizer.encode(text)
        ids = encoding.ids[: self.config.max_tokens]
        return self._alone(ids)[0], encoding.offsets[: len(ids)]

    def _encode(self, texts: Sequence[str]) -> Vectors:
        pieces = [piece for n, text in enumerate(texts) for piece in self._pieces(n, text)]
        pieces.sort(key=lambda piece: len(piece[1]))
        out = np.zeros((len(texts), self.config.dimensions), dtype=np.float32)
        batches = list(equal_length_batches(pieces))
        run = map if len(batches) == 1 else self._pool.map
        for batch, vectors in zip(batches, run(self._forward, batches), strict=True):
            for (n, _), vector in zip(batch, vectors, strict=True):
                out[n] += vector
        return normalised(out)

    def _pieces(self, n: int, text: str) -> Iterator[tuple[int, list[int]]]:
        """The text's token ids, in several pieces when longer than the model reads."""
        ids: list[int] = self._tokenizer.encode(text).ids
        if len(ids) <= self.config.max_tokens:
            yield n, ids
            return
        head, body, tail = ids[:1], ids[1 : 1 - self._specials], ids[1 - self._specials :]
        size = self.config.max_tokens - self._specials
        for start in range(0, len(body), size):
            yield n, head + body[start : start + size] + tail

    def _alone(self, ids: Sequence[int]) -> Vectors:
        known, key = self._last, tuple(ids)
        if known is None or known[0] != key:
            known = self._last = key, self._run([ids])
        return known[1]

    def _run(self, pieces: Sequence[Sequence[int]]) -> Vectors:
        """The states of pieces of equal length: shape (pieces, tokens, dimensions)."""
        import ctranslate2

        ids = np.array(pieces, dtype=np.int32)
        lengths = np.full(len(ids), ids.shape[1], dtype=np.int32)
        output = self._model.forward_batch(
            ctranslate2.StorageView.from_array(ids), ctranslate2.StorageView.from_array(lengths)
        )
        return np.array(output.last_hidden_state)

    def _forward(self, batch: Sequence[tuple[int, list[int]]]) -> Vectors:
        pieces = [piece for _, piece in batch]
        hidden = self._run(pieces) if len(pieces) > 1 else self._alone(pieces[0])
        pooled = hidden.mean(axis=1) if self.config.pooling == "mean" else hidden[:, 0]
        return normalised(pooled)


class ReferenceEncoder:
    """The model as sentence-transformers runs it: the reference, and the one for GPUs."""

    def __init__(self, folder: Path, config: EncoderConfig) -> None:
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()
        self.config = config
        self._model = SentenceTransformer(str(folder))
        self._model.max_seq_length = config.max_tokens

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Sentences of articles: shape (texts, dimensions)."""
        return self._encode([self.config.document_prompt + text for text in texts])

    def encode_question(self, text: str) -> Vectors:
        """One question: shape (dimensions,)."""
        return cast("Vectors", self._encode([self.config.question_prompt + text])[0])

    def _encode(self, texts: list[str]) -> Vectors:
        vectors = self._model.encode(texts, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, dtype=np.float32)


def vectors_under_titles(
    encoder: Encoder, sentences: Sequence[str], titles: Sequence[str]
) -> Vectors:
    """Sentences as they are kept, each with the title over it: shape (sentences, dimensions).

    "He resigned" is near a question about whom the title names. The title's vector is added, by a
    share that the model was trained with: a title is encoded once, however many sentences it has.
    """
    share = encoder.config.title_share
    known = [title for title in dict.fromkeys(titles) if title] if share else []
    both = encoder.encode([*sentences, *known])
    vectors = both[: len(sentences)]
    if known:
        place = {title: len(sentences) + n for n, title in enumerate(known)}
        under = [n for n, title in enumerate(titles) if title]
        above = both[[place[titles[n]] for n in under]]
        vectors[under] = normalised(vectors[under] + share * above)
    return vectors


def equal_length_batches(
    pieces: Sequence[tuple[int, list[int]]],
) -> Iterator[list[tuple[int, list[int]]]]:
    """Batches of equal token length out of pieces sorted by length."""
    for length, group in itertools.groupby(pieces, key=lambda piece: len(piece[1])):
        members = list(group)
        size = max(1, BATCH_TOKENS // length)
        yield from (members[i : i + size] for i in range(0, len(members), size))


def normalised(vectors: npt.NDArray[np.float32]) -> Vectors:
    """Each row at length one."""
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-12), dtype=np.float32)
