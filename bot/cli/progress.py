"""How far a long command is, on standard error: a bar on a terminal, else a line an article."""

import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Self

import click

from bot.text import one_line
from index import Incoming, Item, Outcome
from index.reading.files import walk

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

# Shorter work is over before anyone wonders.
_PATIENCE = 1.0


class ProgressBar:
    """Acknowledges articles, and draws a bar when it takes over a second.

    ``note`` is what is being done until the first article or sentence is. Articles that are stored
    are counted by the bar, and have a line each where there is no terminal, or ``verbose`` asks
    for it; one that is refused has its line in any case.
    """

    def __init__(self, doing: str, unit: str, note: str = "", *, verbose: bool = False) -> None:
        self._doing, self._unit, self._note = doing, unit, note
        self._verbose = verbose
        self._done, self._total = 0, 0
        # Where no total is known, bytes of the files: of each article that is on its way, by its
        # label; of those that are stored; of all that are to be.
        self._coming: dict[str, int] = {}
        self._stored, self._all = 0, 0
        self._began = time.monotonic()
        # Kept, because whoever converts a model redirects it for that long.
        self._stream = sys.stderr
        self._bar: Bar | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(_PATIENCE, self._start)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            if self._bar:
                self._bar.stop()

    @property
    def share(self) -> float:
        """How much of the work is done, of files and folders; 0 while that is not known."""
        return self._stored / max(1, self._all)

    def acknowledge(self, outcome: Outcome) -> None:
        """Say what became of an article, once that is certain."""
        if self._verbose or outcome.kind == "refused" or not self._stream.isatty():
            self._say(acknowledgement(outcome))
        size = self._coming.pop(outcome.label, 0)
        if outcome.kind in ("added", "updated"):
            self._stored += size
        else:  # which took no time
            self._all -= size
        self.advance(self._done + 1, 0)

    def advance(self, done: int, total: int) -> None:
        """Note how far it is; a total of 0 is an unknown one."""
        with self._lock:
            self._done, self._total, self._note = done, total, ""
            self._show()

    def following(self, items: Iterable[Item], paths: Iterable[Path]) -> Iterator[Item]:
        """The items of files and folders, noted for how much of these they are.

        Of a file with many articles it is told by how long their texts are together.
        """
        if not self._stream.isatty():
            yield from items
            return
        sizes = {}
        for file in chain.from_iterable(walk(path, Counter()) for path in paths):
            with suppress(OSError):  # what cannot be read is told where it is read
                if isinstance(file, Path):
                    sizes[str(file.absolute())] = file.stat().st_size
        self._all, current, left = sum(sizes.values()), "", 0
        for item in items:
            path = re.sub(r":\d+\Z", "", item.path or "") if isinstance(item, Incoming) else ""
            if isinstance(item, Incoming) and path in sizes:
                before = 0
                if path != current:
                    before, current, left = left, path, sizes[path]
                size = min(len(item.article.text.encode()), left)
                left -= size
                self._coming[item.label] = before + size
            yield item

    def _say(self, text: str) -> None:
        with self._lock:
            if self._bar:
                self._bar.console.print(text, soft_wrap=True)
            else:
                click.echo(text, file=self._stream)

    def _start(self) -> None:
        """Begin to draw, from the timer's thread."""
        with self._lock:
            if self._stream.isatty():
                self._bar = new_bar(self._stream)
                self._bar.add_task("", total=None)
                self._show()
                self._bar.start()
            elif self._note:
                click.echo(f"{self._note} …", file=self._stream)

    def _show(self) -> None:
        if not self._bar:
            return
        share = f"{self._done:,} of {self._total:,}" if self._total else f"{self._done:,}"
        part = self._done / self._total if self._total else self.share
        how_fast = pace(self._done, time.monotonic() - self._began, part)
        text = self._note or f"{self._doing}: {share} {self._unit}{how_fast}"
        self._bar.update(
            self._bar.task_ids[0],
            description=text,
            completed=self._done,
            total=self._total or None,
        )


def pace(done: int, seconds: float, share: float) -> str:
    """How many a second or a minute, and how long what is left will take, where that is known."""
    if not done or seconds <= 0:
        return ""
    rate = done / seconds
    told = f", {rate:,.0f} a second" if rate >= 2 else f", {rate * 60:,.0f} a minute"
    if not 0 < share < 1:
        return told
    left = seconds / share - seconds
    return f"{told}, {left:.0f} s left" if left < 100 else f"{told}, {left / 60:,.0f} min left"


def acknowledgement(outcome: Outcome) -> str:
    """A line that says what became of an article."""
    about = outcome.reason or outcome.article_id or ""
    return f"{outcome.kind} {one_line(outcome.label)}: {one_line(about)}"


def new_bar(stream: object) -> "Bar":
    """A bar that vanishes when it is done."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        TimeElapsedColumn(),
        console=Console(file=stream, markup=False, emoji=False, highlight=False),  # type: ignore[arg-type]
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
