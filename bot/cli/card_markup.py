"""The markdown that Dateline's cards are made of, read as Discord would show it."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

_INLINE = re.compile(
    r"""\\(?P<escaped>[^0-9A-Za-z\s])
      | \*\*(?P<bold>(?:\\.|[^\\*])+)\*\*
      | \[(?P<label>[^\]]+)\]\((?P<link>[^)\s]+)\)
      | <t:(?P<time>\d+):D>
      | `(?P<code>[^`]+)`
      | (?P<plain>[^\\*\[<`]+|.)""",
    re.VERBOSE,
)
RowKind = Literal["title", "heading", "quote", "small", "text"]
_MARKS: dict[str, RowKind] = {"## ": "title", "### ": "heading", "> ": "quote", "-# ": "small"}


@dataclass(frozen=True, slots=True)
class StyledText:
    """Words in one style; ``link`` is the address that they open."""

    text: str
    bold: bool = False
    link: str = ""
    code: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A line: how it is set, and its words; none where it is blank."""

    kind: RowKind
    runs: tuple[StyledText, ...] = ()


def rows_of(embed: dict[str, Any]) -> Iterator[Row]:
    """What a card says, line by line, without who asked at its top and the small line below."""
    if title := embed.get("title"):
        yield Row("heading", tuple(runs_of(title)))
    for line in embed.get("description", "").split("\n"):
        mark = next((mark for mark in _MARKS if line.startswith(mark)), "")
        yield Row(_MARKS.get(mark, "text"), tuple(runs_of(line.removeprefix(mark))))


def runs_of(markdown: str, *, bold: bool = False) -> Iterator[StyledText]:
    """The words of a line, with their styles."""
    for found in _INLINE.finditer(markdown):
        match found.lastgroup:
            case "bold":
                yield from runs_of(found["bold"], bold=True)
            case "link":
                yield StyledText(found["label"], bold, found["link"])
            case "time":
                day = dt.datetime.fromtimestamp(int(found["time"]), dt.UTC)
                yield StyledText(f"{day:%B} {day.day}, {day.year}", bold)
            case kind:
                yield StyledText(found[kind or 0], bold, code=kind == "code")


def labels_of(components: list[dict[str, Any]]) -> list[list[str]]:
    """What stands on the buttons below a card, row by row."""
    return [[label_of(button) for button in row["components"]] for row in components]


def label_of(button: dict[str, Any]) -> str:
    """What stands on a button."""
    emoji = (button.get("emoji") or {}).get("name")
    return " ".join(filter(None, (emoji, button.get("label"))))
