"""How common words are in English at large, so that a small corpus does not misjudge its own.

The counts are wordfreq's, one file of that package (``frequencies_en.md``).
"""

import gzip
from functools import lru_cache
from pathlib import Path

import msgpack

_COUNTS = Path(__file__).with_name("frequencies_en.msgpack.gz")


@lru_cache(maxsize=1)
def _frequencies() -> dict[str, float]:
    with gzip.open(_COUNTS) as file:
        # The format (cBpack): a header, then one list of words for each hundredth of a bel.
        _, *buckets = msgpack.load(file)
    return {word: 10 ** (-n / 100) for n, words in enumerate(buckets) for word in words}


def frequency(word: str) -> float:
    """The probability of a word among words of running English; 0.0 for a rare one."""
    return _frequencies().get(word.casefold().replace("’", "'"), 0.0)
