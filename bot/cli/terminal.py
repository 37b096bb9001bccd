"""Drawing on a terminal, or plain text where there is none.

What is drawn may come from anywhere, so it goes through ``visible`` first: nothing in an article
or a question can move the cursor, change colours or turn letters round. Rich draws on terminals
and is only loaded there; its markup language is never used.
"""

import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from bot.text import one_line

if TYPE_CHECKING:
    from rich.console import Console

# A web address that can be put into a terminal's link sequence: printable ASCII throughout.
_GAP, _LEAST_CUT = 2, 16
_LINKABLE = re.compile(r"https?://[!-~]+")


@dataclass(frozen=True, slots=True)
class Part:
    """Some words in one style; the words are made visible, and one line, when it is made."""

    text: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """What stands on a line of its own; a terminal wraps it under its indent.

    Facts have a joint between them, which is left out where a terminal begins a new row.
    """

    parts: tuple[Part, ...] = ()
    indent: int = 0
    joint: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; left out where the terminal has fewer columns than ``least``.

    Where one is ``long``, a table that is not on a terminal is set with tabs. What is ``cut`` keeps
    to one row of a terminal where it can.
    """

    name: str
    least: int = 0
    number: bool = False
    long: bool = False
    cut: bool = False


def part(text: str, style: str = "") -> Part:
    """Words from anywhere, visible and on one line; blanks at their ends stay."""
    head = " " if text[:1].isspace() else ""
    tail = " " if text[-1:].isspace() and text.strip() else ""
    return Part(f"{head}{one_line(text)}{tail}", style)


def line(*parts: Part | str, indent: int = 0) -> Line:
    """A line of parts; a bare string is a part without style."""
    made = tuple(item if isinstance(item, Part) else part(item) for item in parts)
    return Line(tuple(item for item in made if item.text), indent)


def facts(*texts: str | None, indent: int = 0) -> Line:
    """Those of the texts that there are, as facts in small."""
    parts = (part(text, "dim") for text in texts if text)
    return Line(tuple(item for item in parts if item.text), indent, " · ")


def linked(text: str, address: str | None, style: str = "") -> Part:
    """Words that open an address when clicked, where the address is fit for it."""
    if address and _LINKABLE.fullmatch(address):
        style = f"{style} link {address}".strip()
    return part(text, style)


def on_terminal() -> bool:
    """Whether standard output is a terminal."""
    return sys.stdout.isatty()


def console() -> "Console":
    """A Rich console on standard output, which takes text as it is."""
    from rich.console import Console

    return Console(file=sys.stdout, markup=False, emoji=False, highlight=False)


def draw(lines: Iterable[Line]) -> None:
    """Print lines: wrapped and in colour on a terminal, else as they are."""
    if not on_terminal():
        for item in lines:
            text = item.joint.join(part.text for part in item.parts)
            click.echo(f"{' ' * item.indent}{text}".rstrip())
        return
    from rich.padding import Padding
    from rich.text import Text

    screen = console()
    for item in lines:
        for row in rows(item, screen.width):
            words = Text.assemble(*((part.text, part.style) for part in row))
            screen.print(Padding(words, (0, 0, 0, item.indent), expand=False) if words else "")


def rows(item: Line, width: int) -> Iterator[tuple[Part, ...]]:
    """A line's parts for each row of a terminal, which wraps by itself what has no joints."""
    if not item.joint:
        yield item.parts
        return
    from rich.cells import cell_len

    row: tuple[Part, ...] = ()
    for fact in item.parts:
        longer = (*row, Part(item.joint, fact.style), fact) if row else (fact,)
        if row and item.indent + sum(cell_len(part.text) for part in longer) > width:
            yield row
            longer = (fact,)
        row = longer
    yield row


def draw_table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    """Print a table: Rich's on a terminal, else aligned columns without lines."""
    cells = [[one_line(cell) for cell in row] for row in rows]
    if not on_terminal():
        cells.insert(0, [column.name for column in columns])
        if any(column.long for column in columns):
            click.echo("\n".join(map("\t".join, cells)))
        else:
            draw_plain_table(cells)
        return
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    width = shutil.get_terminal_size().columns
    kept = [n for n, column in enumerate(columns) if column.least <= width]
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, _GAP, 0, 0))
    for n in kept:
        table.add_column(
            Text(columns[n].name),
            justify="right" if columns[n].number else "left",
            overflow="fold",
        )
    widths = {n: max(cell_len(row[n]) for row in [[c.name for c in columns], *cells]) for n in kept}
    for row in cells:
        table.add_row(*(Text(row[n]) for n in kept))
    for n in kept:
        room = width - sum(widths[other] + _GAP for other in kept if other != n)
        if columns[n].cut and room >= _LEAST_CUT:
            column = table.columns[kept.index(n)]
            column.no_wrap, column.overflow, column.max_width = True, "ellipsis", room
    console().print(table)


def table_rows() -> int:
    """How many rows of a table the terminal has room for, with its head and two lines below."""
    return max(1, shutil.get_terminal_size().lines - 3)


def draw_plain_table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows in columns as wide as their longest cell."""
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())
