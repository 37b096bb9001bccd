"""The model of what a corpus of any size takes."""

import pytest

from benchmarks.capacity import Measured

POSTINGS = [[(100, 150), (200, 200), (3_600, 5_000)], [(0, 0), (10, 40)]]  # of 100,000 sentences


def corpus() -> Measured:
    """One whose stages cost a thousandth of a millisecond for each thing that they look at."""
    return Measured(
        articles=1000,
        sentences=100_000,
        flat=0,
        sizes={"disk: articles": 2e6, "disk: vectors": 76.8e6, "memory: codes": 9.6e6},
        postings=POSTINGS,
        stages={"question": [5.0, 5.0], "words": [5.35, 0.04], "codes": [100.0, 100.0]},
        encoding=3,
        reading=300,
    )


def test_bytes_grow_with_articles_or_sentences() -> None:
    then = corpus().predicted(4000, 200_000)
    assert then.sizes == {"disk: articles": 8e6, "disk: vectors": 153.6e6, "memory: codes": 19.2e6}
    assert then.total("disk") == pytest.approx(0.1616)
    assert (then.encoding, then.reading) == (3, 300)


def test_words_beyond_the_bound_are_not_looked_at() -> None:
    one = corpus()
    looked = [one.looked_at("words", 0, size, 0) for size in (100_000, 200_000)]
    assert looked == [5_350, 700]  # the commonest word is left out of the larger corpus
    assert one.looked_at("words", 1, 200_000, 0) == 80
    assert one.looked_at("question", 0, 200_000, 0) == 0


def test_a_stage_takes_so_much_for_each_thing_it_looks_at() -> None:
    then = corpus().predicted(2000, 200_000, flat=0)
    assert then.stages["question"] == [5, 5]
    assert then.stages["codes"] == pytest.approx([200, 200])
    assert then.stages["words"] == pytest.approx([0.7, 0.08])
    assert then.ranking == pytest.approx(205.39)
