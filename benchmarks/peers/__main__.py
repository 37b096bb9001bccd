"""Dateline beside other programs: `python -m benchmarks.peers DATA CACHE`.

The same articles of the news quiz of 2022, cut into the same sentences, are indexed by each
library with the same model in an environment of its own, and asked the same questions, in turn.
CACHE keeps environments and indexes, some 10 GB; a stopped run goes on where it was, and what is
to be measured again is deleted from CACHE/measured. Fills benchmarks/peers/README.md and draws
docs/peers-*.svg.
"""

import argparse
import datetime as dt
import platform
from collections.abc import Sequence
from pathlib import Path

from benchmarks.peers import measure, report
from benchmarks.peers.environments import ENTRANTS, environment, megabytes
from benchmarks.peers.report import Results


def processor() -> str:
    """What it ran on."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text("utf-8").splitlines() if told.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, Python {platform.python_version()}"


def results(data: Path, cache: Path, articles: Sequence[int], rounds: int) -> Results:
    """All of it; what was measured before is taken as it was."""
    questions, sizes = measure.sizes(cache, data, articles)
    measure.build(cache, sizes)
    return Results(
        machine=f"{dt.date.today():%-d %B %Y}, {processor()}, one thread",
        rounds=rounds,
        indexing=measure.indexing(cache, sizes[0], rounds),
        installed={one.name: megabytes(environment(cache, one)) for one in ENTRANTS},
        asked=[one for size in sizes for one in measure.ask(cache, size, questions, rounds)],
        answered=[measure.answered(cache, size, questions) for size in sizes],
    )


def main() -> None:
    """Measure, fill the README and draw."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path, help="the folder of evaluation data")
    parser.add_argument("cache", type=Path, help="keeps environments, indexes and measurements")
    parser.add_argument("--articles", type=int, nargs="+", default=[100, 300, 1000])
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    report.write(results(given.data, given.cache.resolve(), given.articles, given.rounds))


if __name__ == "__main__":
    main()
