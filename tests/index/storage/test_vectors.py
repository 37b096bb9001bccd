"""Segments: what goes in comes out, the nearest are found, and damage never gets to FAISS."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import CorpusDamaged
from index.models.encoder import Vectors
from index.storage.vectors import (
    Segment,
    SegmentFile,
    as_stored,
    codes_of,
    is_complete,
    read_codes,
    vectors_hash,
    write_segment,
)

DIMENSIONS = 24


def unit_vectors(count: int, seed: int = 0) -> Vectors:
    made = np.random.default_rng(seed).normal(size=(count, DIMENSIONS)).astype(np.float32)
    return as_stored(made / np.linalg.norm(made, axis=1, keepdims=True))


def written(folder: Path, *parts: Vectors) -> Segment:
    sha256, rows = write_segment(folder, parts)
    return Segment(folder / SegmentFile(1, sha256, rows).name, rows)


def test_vectors_come_back_bit_for_bit(tmp_path: Path) -> None:
    vectors = unit_vectors(50)
    segment = written(tmp_path, vectors[:20], vectors[20:])
    assert segment.rows == 50
    assert segment.run(0, 50).tobytes() == vectors.tobytes()
    assert vectors_hash(segment.run(10, 5)) == vectors_hash(vectors[10:15])
    again = written(tmp_path / "merged", segment.run(25, 25), segment.run(0, 25))
    assert again.run(0, 25).tobytes() == vectors[25:].tobytes()


def test_a_file_is_named_by_its_content(tmp_path: Path) -> None:
    first, _ = write_segment(tmp_path, [unit_vectors(3)])
    assert write_segment(tmp_path / "other", [unit_vectors(3)])[0] == first
    assert write_segment(tmp_path, [unit_vectors(3, seed=1)])[0] != first
    assert {path.name for path in tmp_path.glob("*.faiss")} >= {f"{first[:32]}.faiss"}


@given(count=st.integers(1, 40), k=st.integers(1, 60), seed=st.integers(0, 9), data=st.data())
def test_the_nearest_of_those_allowed_are_found_exactly(
    count: int, k: int, seed: int, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    vectors = unit_vectors(count, seed)
    segment = written(tmp_path_factory.mktemp("segment"), vectors)
    question = unit_vectors(1, seed + 100)[0]
    allowed = data.draw(st.none() | st.lists(st.booleans(), min_size=count, max_size=count))
    mask = None if allowed is None else np.array(allowed)
    scores, rows = segment.search(question, k, mask)
    cosines = vectors @ question
    wanted = [row for row in np.argsort(-cosines, kind="stable") if mask is None or mask[row]][:k]
    assert rows.tolist() == wanted
    assert np.allclose(scores, cosines[wanted], atol=1e-5)
    assert np.allclose(segment.cosines(question, rows), scores, atol=1e-5)


def test_a_score_does_not_depend_on_where_a_vector_lies(tmp_path: Path) -> None:
    vectors, question = unit_vectors(40), unit_vectors(1, seed=9)[0]
    whole = written(tmp_path / "whole", vectors)
    scores, rows = whole.search(question, 40, None)
    for first in range(0, 36, 5):
        part = written(tmp_path / str(first), vectors[first : first + 4])
        found, places = part.search(question, 4, None)
        expected = {int(row): score for score, row in zip(scores, rows, strict=True)}
        assert [expected[int(place) + first] for place in places] == list(found)
        assert (
            part.cosines(question, range(4)).tobytes()
            == whole.cosines(question, range(first, first + 4)).tobytes()
        )


def test_every_damaged_bit_of_the_header_that_is_read_is_seen(tmp_path: Path) -> None:
    sha256, rows = write_segment(tmp_path, [unit_vectors(9)])
    path = tmp_path / SegmentFile(1, sha256, rows).name
    sound = path.read_bytes()
    passed = set()
    for place in range(len(sound) - 9 * DIMENSIONS * 2):
        for bit in range(8):
            damaged = bytearray(sound)
            damaged[place] ^= 1 << bit
            path.write_bytes(damaged)
            if is_complete(path, rows):
                passed.add(place)
    # Two fillers, any truth but false, the range's kind and argument: of no use to half floats.
    assert passed == {*range(16, 33), *range(41, 49)}


@pytest.mark.parametrize("data", [b"", b"IxSQ", b"x" * 500])
def test_what_is_no_segment_is_said_in_a_sentence(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "bad.faiss"
    path.write_bytes(data)
    with pytest.raises(CorpusDamaged, match=r"does not hold 3 vectors; run `dateline rebuild`"):
        Segment(path, 3)
    with pytest.raises(CorpusDamaged, match=r"cannot be read; run `dateline rebuild`"):
        Segment(tmp_path / "none.faiss", 3)


def test_fewer_or_more_rows_than_the_database_knows_is_damage(tmp_path: Path) -> None:
    sha256, rows = write_segment(tmp_path, [unit_vectors(5)])
    path = tmp_path / SegmentFile(1, sha256, rows).name
    for wrong in (rows - 1, rows + 1):
        with pytest.raises(CorpusDamaged):
            Segment(path, wrong)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(CorpusDamaged):
        Segment(path, rows)


@pytest.mark.parametrize("value", [np.inf, np.nan, 30.0])
def test_a_vector_that_is_none_is_never_ranked(tmp_path: Path, value: float) -> None:
    vectors = unit_vectors(4)
    vectors[2, 0] = value
    segment, question = written(tmp_path, vectors), np.eye(DIMENSIONS, dtype=np.float32)[0]
    with pytest.raises(CorpusDamaged, match="not of length one"):
        segment.cosines(question, [2])
    if not np.isnan(value):  # FAISS itself leaves out what is not a number
        with pytest.raises(CorpusDamaged, match="not of length one"):
            segment.search(question, 4, None)


@pytest.fixture
def compressed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Segment:
    """A segment with codes."""
    monkeypatch.setattr("index.storage.vectors.COMPRESSED_FROM", 2000)
    segment = written(tmp_path, unit_vectors(1500), unit_vectors(1500, seed=1))
    assert read_codes(segment.path) is not None
    return segment


def exact(segment: Segment, question: Vectors, mask: np.ndarray | None, k: int) -> list[int]:
    cosines = segment.run(0, segment.rows) @ question
    order = np.argsort(-cosines, kind="stable")
    return [int(row) for row in order if mask is None or mask[row]][:k]


@pytest.mark.parametrize("share", [None, 0.9, 0.6, 0.01, 0.0])
def test_codes_find_nearly_all_and_exact_search_takes_over_for_a_few(
    compressed: Segment, share: float | None
) -> None:
    mask = None if share is None else np.random.default_rng(5).random(3000) < share
    hits = total = 0
    for question in unit_vectors(20, seed=2):
        scores, rows = compressed.search(question, 40, mask)
        wanted = exact(compressed, question, mask, 40)
        assert len(rows) == len(wanted)
        assert list(scores) == sorted(scores, reverse=True)
        # What is told is the cosine of the vector itself, to the bit that flat search tells.
        only = np.isin(np.arange(3000), rows)
        assert compressed.search(question, 40, only)[0].tobytes() == scores.tobytes()
        hits += len(set(rows.tolist()) & set(wanted[:10]))
        total += len(wanted[:10])
    assert hits >= 0.95 * total


def test_codes_are_the_same_every_time_and_small_segments_have_none(
    compressed: Segment, tmp_path: Path
) -> None:
    again = written(tmp_path / "again", compressed.run(0, 3000))
    assert codes_of(again.path).read_bytes() == codes_of(compressed.path).read_bytes()
    assert not codes_of(written(tmp_path, unit_vectors(1999)).path).exists()


@pytest.mark.parametrize("damage", ["changed", "cut", "another's", "gone"])
def test_without_sound_codes_search_is_exact(
    compressed: Segment, tmp_path: Path, damage: str
) -> None:
    path = codes_of(compressed.path)
    data = bytearray(path.read_bytes())
    if damage == "changed":
        data[len(data) // 2] ^= 1
    elif damage == "cut":
        del data[20:]
    elif damage == "another's":
        other = written(tmp_path, unit_vectors(2000, seed=3))
        data = bytearray(codes_of(other.path).read_bytes())
    path.write_bytes(data)
    if damage == "gone":
        path.unlink()
    segment = Segment(compressed.path, 3000)
    assert read_codes(segment.path) is None
    for question in unit_vectors(20, seed=2):
        wanted = exact(segment, question, None, 10)
        assert segment.search(question, 10, None)[1].tolist() == wanted
