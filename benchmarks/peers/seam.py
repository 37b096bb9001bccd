"""What each peer does, and the process in which it does it: standard library only.

    python -m benchmarks.peers.seam PEER index ARTICLES FOLDER [VECTORS]
    python -m benchmarks.peers.seam PEER ask QUESTIONS FOLDER

It runs in the peer's own environment and prints one JSON value on its last line. Times are the
processor's, of all threads: on one core that nothing else uses, a clock on the wall says the same
but for waiting on the disk, and what else runs on the machine does not count.
"""

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol

DEPTH = 20  # sentences that a question brings
Found = tuple[str, str]  # an article's url, and a sentence of it


@dataclass(frozen=True, slots=True)
class Article:
    """An article as every peer is given it: already cut into sentences, and as it came."""

    url: str
    title: str
    published: str | None
    text: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Timed:
    """Questions asked in one process."""

    cold: float  # seconds from the start of the process to the first answer
    milliseconds: list[float]  # of each question afterwards
    found: list[list[Found]]


class Peer(Protocol):
    """A program that ranks sentences; made with the folder that its index lies in."""

    def index(self, articles: Sequence[Article]) -> None:
        """Encode and store every sentence, so that a later process can ask."""
        ...

    def ask(self, question: str) -> list[Found]:
        """The ``DEPTH`` likeliest sentences, best first; what it needs is loaded at the first."""
        ...


def write_articles(path: Path, articles: Sequence[Article]) -> None:
    """As JSON lines."""
    lines = (json.dumps(asdict(article)) for article in articles)
    path.write_text("\n".join(lines), encoding="utf-8")


def read_articles(path: Path) -> list[Article]:
    """What was written."""
    rows = map(json.loads, path.read_text("utf-8").split("\n"))
    return [Article(**{**row, "sentences": tuple(row["sentences"])}) for row in rows]


def index(peer: Callable[[Path], Peer], articles: Sequence[Article], folder: Path) -> float:
    """Seconds to index; imports, the model and the first call are paid for before."""
    with tempfile.TemporaryDirectory() as scratch:
        peer(Path(scratch)).index(articles[:1])
    shutil.rmtree(folder, ignore_errors=True)  # of a run that was stopped
    folder.mkdir(parents=True)
    started = time.process_time()
    peer(folder).index(articles)
    return time.process_time() - started


def ask(peer: Peer, questions: Sequence[str]) -> Timed:
    """The first question once to load all, then every one of them."""
    peer.ask(questions[0])
    cold, milliseconds, found = time.process_time(), [], []
    for question in questions:
        started = time.process_time()
        found.append(peer.ask(question))
        milliseconds.append((time.process_time() - started) * 1000)
    return Timed(cold, milliseconds, found)


def main(name: str, task: str, given: str, folder: str, vectors: str = "") -> None:
    """One task of one peer."""
    adapter = import_module(f"benchmarks.peers.adapters.{name}")
    if task == "index":
        if vectors and adapter.ENCODER:
            from benchmarks.peers.recall import use

            use(Path(vectors), adapter.ENCODER)
        result: object = index(adapter.Peer, read_articles(Path(given)), Path(folder))
    else:
        questions = json.loads(Path(given).read_text("utf-8"))
        result = asdict(ask(adapter.Peer(Path(folder)), questions))
    print()
    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
