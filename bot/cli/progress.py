"""How far a long command is, on standard error: a bar on a terminal, else a line an article."""

import sys
import threading
from typing import TYPE_CHECKING, Self

import click

from bot.text import one_line
from index import Outcome

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

    def acknowledge(self, outcome: Outcome) -> None:
        """Say what became of an article, once that is certain."""
        if self._verbose or outcome.kind == "refused" or not self._stream.isatty():
            self._say(acknowledgement(outcome))
        self.advance(self._done + 1, 0)

    def advance(self, done: int, total: int) -> None:
        """Note how far it is; a total of 0 is an unknown one."""
        with self._lock:
            self._done, self._total, self._note = done, total, ""
            self._show()

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
        text = self._note or f"{self._doing}: {share} {self._unit}"
        self._bar.update(
            self._bar.task_ids[0],
            description=text,
            completed=self._done,
            total=self._total or None,
        )


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
