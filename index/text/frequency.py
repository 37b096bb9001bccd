"""How common words are in English at large, so that a small corpus does not misjudge its own.

The counts are wordfreq's; its data file is read directly because importing the package costs a
fifth of a second, most of a cold start, for languages and tokenisers that are not used here.
"""

import gzip
import importlib.util
from functools import lru_cache
from pathlib import Path

import msgpack

from index.errors import DatelineError


@lru_cache(maxsize=1)
def _frequencies() -> dict[str, float]:
    spec = importlib.util.find_spec("wordfreq")
    if spec is None or spec.origin is None:
        raise DatelineError("the package wordfreq is missing; run `pip install wordfreq`")
    path = Path(spec.origin).parent / "data" / "small_en.msgpack.gz"
    with gzip.open(path) as file:
        # The format (cBpack): a header, then one list of words for each hundredth of a bel.
        _, *buckets = msgpack.load(file)
    return {word: 10 ** (-n / 100) for n, words in enumerate(buckets) for word in words}


def frequency(word: str) -> float:
    """The probability of a word among words of running English; 0.0 for a rare one."""
    return _frequencies().get(word.casefold().replace("’", "'"), 0.0)
