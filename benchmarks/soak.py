"""Many readers and a writer that is killed now and then, for minutes.

    python -m benchmarks.soak [--minutes 5] [--readers 16]

First the readers ask alone, then for the time given beside a writer that adds, changes, removes
and rebuilds without pause; it is killed at random times and started again. No question may fail or
be answered otherwise than by the article that says it, the slowest in twenty at most three times
slower than without a writer; memory must not grow; and at the end the corpus must hold exactly
what was acknowledged.
"""

import argparse
import contextlib
import multiprocessing
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks import made
from benchmarks.crashes import Told, child, faults, state_of
from index import Home
from retrieval import Engine, Question

STABLE = 200  # articles that the writer leaves alone, and that the readers ask about


@dataclass
class Asked:
    """What one reader saw."""

    seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    versions: int = 0
    early_bytes: int = 0  # memory after a third of the time
    late_bytes: int = 0


def resident() -> int:
    """The bytes of memory of this process's own."""
    status = Path("/proc/self/status").read_text("ascii")
    return sum(
        int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("RssAnon")
    )


def reader(home: Path, seed: int, pipe: Connection) -> None:
    """Ask one question after another for the seconds that the pipe brings, when it brings them."""
    engine = Engine(Home(home, threads=1).corpus("default"))
    chance = random.Random(seed)
    asked, versions = Asked(), set()
    engine.ask(Question(made.question(0)))
    pipe.send("ready")
    seconds = pipe.recv()
    began = time.monotonic()
    while (spent := time.monotonic() - began) < seconds:
        if not asked.early_bytes and spent > seconds / 3:
            asked.early_bytes = resident()
        number = chance.randrange(STABLE)
        started = time.perf_counter()
        try:
            answer = engine.ask(Question(made.question(number)))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is counted
            asked.wrong.append(f"{type(error).__name__}: {error}")
            continue
        asked.seconds.append(time.perf_counter() - started)
        versions.add(answer.corpus_version)
        if answer.answer is None or made.fact(number)[2] not in answer.answer:
            asked.wrong.append(f"{made.question(number)} was answered {answer.answer!r}")
    asked.late_bytes, asked.versions = resident(), len(versions)
    pipe.send(asked)


class Writers:
    """A writer at a time: killed at random times, and another started."""

    def __init__(self, home: Path, seed: int) -> None:
        self.told = Told(state_of(Home(home).corpus("default")))
        self.kills = self.acknowledged = self.rebuilds = 0
        self._home = home
        self._chance = random.Random(seed)

    def write_for(self, seconds: float) -> list[str]:
        """Write and be killed; what was wrong after it."""
        ends = time.monotonic() + seconds
        wrong: list[str] = []
        while (left := ends - time.monotonic()) > 0:
            self._one(min(left, self._chance.uniform(3.0, 60.0)))
            if not self.told.allows(found := state_of(Home(self._home).corpus("default"))):
                wrong.append("after a kill: not what was acknowledged")
            self.told.sure, self.told.doing, self.told.pending = found, "nothing", {}
        return wrong + faults(self._home, self.told)

    def _one(self, seconds: float) -> None:
        context = multiprocessing.get_context("forkserver")
        ours, theirs = context.Pipe(duplex=False)
        arguments = (self._home, self._chance.getrandbits(32), None, theirs, STABLE)
        process = context.Process(target=child, args=arguments)
        process.start()
        theirs.close()
        killed_at = time.monotonic() + seconds
        with contextlib.suppress(EOFError):
            while True:
                if time.monotonic() > killed_at:
                    process.kill()
                if ours.poll(0.05):
                    self._hear(ours.recv())
        process.join()
        self.kills += 1

    def _hear(self, message: tuple[Any, ...]) -> None:
        self.acknowledged += message[0] == "stored"
        self.rebuilds += message[0] == "done" and self.told.doing == "rebuild"
        self.told.hear(message)


def read_beside(
    home: Path, readers: int, seconds: float, writers: Writers | None
) -> tuple[list[Asked], list[str]]:
    """Let readers ask, beside writers or alone."""
    context = multiprocessing.get_context("forkserver")
    pipes, processes = [], []
    for n in range(readers):
        ours, theirs = context.Pipe()
        processes.append(context.Process(target=reader, args=(home, n, theirs)))
        processes[-1].start()
        theirs.close()
        pipes.append(ours)
    for pipe in pipes:
        assert pipe.recv() == "ready"
    for pipe in pipes:
        pipe.send(seconds)
    wrong = writers.write_for(seconds) if writers else []
    seen: list[Asked] = []
    for pipe in pipes:
        try:
            seen.append(pipe.recv())
        except EOFError:
            wrong.append("a reader died")
    for process in processes:
        process.join()
    return seen, wrong


def slow(seen: Sequence[Asked]) -> float:
    """The time that nineteen of twenty questions stay under."""
    return statistics.quantiles([s for asked in seen for s in asked.seconds], n=20)[-1]


def told_of(name: str, seen: Sequence[Asked]) -> None:
    """Print what the readers saw."""
    times = [s for asked in seen for s in asked.seconds]
    print(
        f"{name}: {len(times)} questions, median {statistics.median(times) * 1000:.0f} ms,"
        f" p95 {slow(seen) * 1000:.0f} ms, at most {max(times) * 1000:.0f} ms"
    )


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--readers", type=int, default=16)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    multiprocessing.get_context("forkserver").set_forkserver_preload(["retrieval", "ctranslate2"])
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        Home(home).corpus("default").add(made.articles(range(STABLE), sentences=6))
        seconds = chosen.minutes * 60
        alone, wrong = read_beside(home, chosen.readers, min(60, seconds), None)
        told_of(f"{chosen.readers} readers alone", alone)
        writers = Writers(home, chosen.seed)
        beside, more = read_beside(home, chosen.readers, seconds, writers)
        told_of("beside a writer", beside)
    wrong += more + [line for asked in (*alone, *beside) for line in asked.wrong]
    ratio = slow(beside) / slow(alone)
    early, late = (
        sum(getattr(asked, name) for asked in beside) / len(beside) / 1e6
        for name in ("early_bytes", "late_bytes")
    )
    print(f"p95 ratio {ratio:.2f}; memory of a reader {early:.0f} MB early, {late:.0f} MB late")
    print(
        f"{writers.acknowledged} articles acknowledged, {writers.rebuilds} rebuilds,"
        f" {writers.kills} kills; a reader saw {beside[0].versions} states"
    )
    print(f"{len(wrong)} wrong", *sorted(set(wrong))[:20], sep="\n  ")
    sys.exit(1 if wrong or ratio > 3 else 0)


if __name__ == "__main__":
    main()
