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
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter

from benchmarks.peers import measure, report
from benchmarks.peers.environments import ENTRANTS, environment, megabytes
from benchmarks.peers.report import Answered, Asked, Results

T = TypeVar("T")


def processor() -> str:
    """What it ran on."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text("utf-8").splitlines() if told.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, Python {platform.python_version()}"


def results(data: Path, cache: Path, articles: Sequence[int], rounds: int) -> Results:
    """All of it, part after part, each kept once it is there."""

    def once(name: str, kind: type[T], make: Callable[[], T]) -> T:
        path, adapter = cache / "measured" / f"{name}.json", TypeAdapter(kind)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_bytes(adapter.dump_json(make(), indent=1))
        return adapter.validate_json(path.read_bytes())

    questions, sizes = measure.sizes(cache, data, articles)
    measure.build(cache, sizes)
    rates = once("indexing", dict[str, float], partial(measure.indexing, cache, sizes[0], rounds))
    asked = [
        once(
            f"asked-{size.articles}",
            list[Asked],
            partial(measure.ask, cache, size, questions, rounds),
        )
        for size in sizes
    ]
    answered = [
        once(f"answered-{size.articles}", Answered, partial(measure.answered, size, questions))
        for size in sizes
    ]
    return Results(
        machine=f"{dt.date.today():%-d %B %Y}, {processor()}, one thread",
        rounds=rounds,
        indexing=rates,
        installed={one.name: megabytes(environment(cache, one)) for one in ENTRANTS},
        asked=[one for size in asked for one in size],
        answered=answered,
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
