"""Vectors on disk and in search: immutable segments, each a flat FAISS index of half floats.

It finds what exact search finds (recall@10 of 1.0) at half the memory. The file is mapped, not
read: processes share it, and opening it costs nothing. Removed rows stay as tombstones, which a
selector keeps out of the search, until the segment is merged with others.

A large segment has a file of codes beside it, four bits for every two dimensions (PQ192x4fs), held
in memory: they choose the rows whose cosines are then computed exactly. The codes follow from the
segment. Without them, or where they are damaged, search is exact and only slower.
"""

import hashlib
import math
import os
import struct
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import faiss
import numpy as np
import numpy.typing as npt

from index.disk import write_atomically
from index.errors import MAKE_ANEW, CorpusDamaged
from index.models.encoder import Vectors

# Several threads wait for one another at full speed where another program keeps a core busy: the
# tests of this module then took 31.7 s of processor time instead of 2.4. One question is searched
# by one thread anyway, and making codes is little beside encoding.
faiss.omp_set_num_threads(1)

Rows = npt.NDArray[np.int64]

# What FAISS writes before the codes: kind, dimensions, rows, two fillers, trained, metric;
# quantiser, range, its argument, dimensions, bytes a row, numbers learnt; bytes in all.
_HEADER = struct.Struct("<4siqqq?iiifQQQQ")
_DIGEST = hashlib.sha256().digest_size

# Segments get codes from so many rows on. Of real sentences and 100 questions, on one quiet core of
# an AMD EPYC, flat search and that by codes took .55 and .17 ms over 20,636, 1.8 and .26 ms over
# 44,434, 4.7 and .56 ms over 113,604 of them; training codes takes 1.3 s, making them .9 s for each
# 100,000.
COMPRESSED_FROM = 20_000
# So many rows are refined for each that is wanted. Of the exact best 10, 164 rows had all, of the
# exact best 100, 328 had 99.7 to 99.98 %.
_REFINED = 2
_TRAINED_ON = 4096  # rows: FAISS takes no more for sixteen centroids
_CHUNK = 1 << 16  # rows coded at once


@dataclass(frozen=True, slots=True)
class SegmentFile:
    """A segment as the database knows it; the file is named by its content."""

    id: int
    sha256: str
    rows: int

    @property
    def name(self) -> str:
        """The file's name in the folder of segments."""
        return f"{self.sha256[:32]}.faiss"


class Segment:
    """One opened segment; row numbers are positions in it."""

    def __init__(self, path: Path, rows: int) -> None:
        try:
            if not is_complete(path, rows):
                raise CorpusDamaged(
                    f"{path} does not hold {rows} vectors; run `dateline rebuild` to make them anew"
                )
            self._index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        except (RuntimeError, OSError) as error:
            raise CorpusDamaged(
                f"the vectors in {path} cannot be read; run `dateline rebuild` to make them anew"
            ) from error
        self.path = path
        self.rows = rows

    def search(
        self, question: Vectors, k: int, allowed: npt.NDArray[np.bool_] | None
    ) -> tuple[Vectors, Rows]:
        """The nearest rows and their cosines, best first: shapes (≤k,), (≤k,).

        ``allowed`` has one truth value a row; None allows all.
        """
        if not self.rows:
            return np.empty(0, dtype=np.float32), np.empty(0, dtype=np.int64)
        k = min(k, self.rows)
        if (found := self._by_codes(question, k, allowed)) is not None:
            return found
        parameters = None
        if allowed is not None:
            bits = np.packbits(allowed, bitorder="little")
            # FAISS's stubs describe its C++ constructors, not the Python ones around them.
            selector = faiss.IDSelectorBitmap(bits)  # type: ignore[call-arg, arg-type]
            parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        scores, rows = self._index.search(question.reshape(1, -1), k, params=parameters)
        there = rows[0] >= 0  # FAISS pads with -1 when fewer than k are allowed
        return as_cosines(scores[0][there]), rows[0][there]

    def _by_codes(
        self, question: Vectors, k: int, allowed: npt.NDArray[np.bool_] | None
    ) -> tuple[Vectors, Rows] | None:
        """The nearest rows by way of the codes; None where exact search has to find them."""
        if (refined := self._refined) is None:
            return None
        fetched = k
        if allowed is not None:
            # Codes take no selector: so many are fetched that k should be left. A row fetched
            # costs as much as three or four that exact search looks at.
            count = int(np.count_nonzero(allowed))
            fetched = math.ceil(2 * k * self.rows / max(1, count))
            if count < 4 * fetched:
                return None
        scores, rows = refined.search(question.reshape(1, -1), fetched)
        there = rows[0] >= 0
        if allowed is not None:
            there &= allowed[rows[0]]
        if np.count_nonzero(there) < k:
            return None
        return as_cosines(scores[0][there][:k]), rows[0][there][:k]

    @cached_property
    def _refined(self) -> faiss.IndexRefine | None:
        """The codes with the vectors behind them, whose scores are those of exact search."""
        if self.rows < COMPRESSED_FROM or (data := read_codes(self.path)) is None:
            return None
        index = faiss.IndexRefine(faiss.deserialize_index(data), self._index)
        index.k_factor = _REFINED
        return index

    def cosines(self, question: Vectors, rows: Sequence[int] | Rows) -> Vectors:
        """The cosines of some rows: shape (rows,); each does not depend on the others asked."""
        wanted = np.asarray(rows, dtype=np.int64)
        vectors = np.asarray(self._index.reconstruct_batch(wanted), dtype=np.float32)
        return as_cosines((vectors * question).sum(axis=1))

    def sample(self, count: int) -> Vectors:
        """So many of the vectors, evenly spread: shape (≤count, dimensions)."""
        rows = np.linspace(0, self.rows - 1, min(count, self.rows)).astype(np.int64)
        return np.asarray(self._index.reconstruct_batch(rows), dtype=np.float32)

    def run(self, first: int, count: int) -> Vectors:
        """The vectors of consecutive rows: shape (count, dimensions)."""
        return np.asarray(self._index.reconstruct_n(first, count), dtype=np.float32)


def write_segment(folder: Path, parts: Iterable[Vectors]) -> tuple[str, int]:
    """Write vectors, at least one, as a segment, durably; its SHA-256 and its number of rows.

    Half floats turn into half floats unchanged, so merging segments keeps every vector's bits.
    """
    halves = [np.asarray(part, dtype="<f2") for part in parts]
    rows, dimensions = sum(map(len, halves)), halves[0].shape[1]
    width = 2 * dimensions
    kind, metric = faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    filler = 1 << 20
    fields = (dimensions, rows, filler, filler, True, metric, kind, 0, 0.0, dimensions, width, 0)
    header = _HEADER.pack(b"IxSQ", *fields, rows * width)
    data: list[bytes | memoryview] = [header, *(part.data for part in halves)]
    digest = hashlib.sha256()
    for piece in data:
        digest.update(piece)
    path = folder / SegmentFile(0, digest.hexdigest(), 0).name
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(path, data)
    if rows >= COMPRESSED_FROM:
        write_codes(Segment(path, rows))
    return digest.hexdigest(), rows


def write_codes(segment: Segment) -> None:
    """Write the codes of a segment beside it, durably."""
    sample = segment.sample(_TRAINED_ON)
    dimensions = sample.shape[1]
    codes = faiss.IndexPQFastScan(dimensions, dimensions // 2, 4, faiss.METRIC_INNER_PRODUCT)
    codes.train(sample)
    for first in range(0, segment.rows, _CHUNK):
        codes.add(segment.run(first, min(_CHUNK, segment.rows - first)))
    data = faiss.serialize_index(codes).data
    path = codes_of(segment.path)
    write_atomically(path, [data, digest_of(path, data)])


def read_codes(segment: Path) -> npt.NDArray[np.uint8] | None:
    """The codes beside a segment's file; None where there are none, or not those written."""
    path = codes_of(segment)
    with suppress(FileNotFoundError):
        data = np.fromfile(path, dtype=np.uint8)
        codes, digest = data[:-_DIGEST], data[-_DIGEST:]
        if digest.tobytes() == digest_of(path, codes.data):
            return codes
    return None


def digest_of(path: Path, data: memoryview) -> bytes:
    """The last bytes of a file of codes: the hash of its name, which is its segment's, and data."""
    digest = hashlib.sha256(path.name.encode())
    digest.update(data)
    return digest.digest()


def codes_of(segment: Path) -> Path:
    """Where the codes of a segment lie."""
    return segment.with_suffix(".codes")


def as_cosines(scores: Vectors) -> Vectors:
    """The scores; raises CorpusDamaged where one cannot be between two unit vectors."""
    if not (np.abs(scores) < 1.01).all():
        raise CorpusDamaged(f"a stored vector is not of length one; {MAKE_ANEW}")
    return scores


def as_stored(vectors: Vectors) -> Vectors:
    """Round vectors to the nearest half floats, here because FAISS rounds otherwise."""
    return np.asarray(vectors.astype(np.float16), dtype=np.float32)


def vectors_hash(vectors: Vectors) -> str:
    """The hash of vectors as a segment keeps them."""
    return hashlib.sha256(vectors.astype("<f2").tobytes()).hexdigest()


def is_complete(path: Path, rows: int) -> bool:
    """Whether a file begins as a segment and has its full length; costs one short read.

    FAISS believes what it reads: a damaged size makes it ask for gigabytes.
    """
    with path.open("rb") as file:
        head = file.read(_HEADER.size)
        size = file.seek(0, os.SEEK_END)
    if len(head) < _HEADER.size:
        return False
    kind, dimensions, held, _, _, trained, metric, quantiser, _, _, same, width, learnt, codes = (
        _HEADER.unpack(head)
    )
    return (
        (kind, held, trained, metric) == (b"IxSQ", rows, True, faiss.METRIC_INNER_PRODUCT)
        and (quantiser, same, learnt) == (faiss.ScalarQuantizer.QT_fp16, dimensions, 0)
        and (width, codes, size) == (2 * dimensions, rows * width, _HEADER.size + rows * width)
    )
