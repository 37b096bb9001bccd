"""A Discord card as an SVG picture that is the same in any font.

Each piece of text is told how wide it is (``textLength``), by the widths of Helvetica's letters:
whatever font a viewer has is fitted into them, and nothing runs out of its box. The thumbs are
drawn, as not every viewer has emoji.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import Any, Literal

WIDTH = 616
_CARD_LEFT, _CARD_RIGHT, _PAD, _TOP = 72, 600, 16, 64.0
_FONT = "'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', sans-serif"
_CHAT, _CARD, _QUOTE_BAR, _BUTTON = "#313338", "#2b2d31", "#4e5058", "#4e5058"
_LOUD, _TEXT, _QUIET, _LINK = "#f2f3f5", "#dbdee1", "#a3a6ad", "#00a8fc"

# The widths of Helvetica's letters, in thousandths of the size.
_WIDTHS = {
    char: width
    for width, chars in {
        191: "'",
        222: "ijl‘’",
        278: " .,:;!/\\ftI[]·|",
        333: "r()-“”",
        355: '"',
        389: "*",
        500: "ckJsvxyz",
        584: "+<=>~",
        611: "FTZ",
        667: "ABEKPSVXY&",
        722: "CDHNRUw",
        778: "GOQ",
        833: "mM",
        889: "%",
        944: "W",
        1000: "—…",
        1015: "@",
    }.items()
    for char in chars
}
_OTHER_WIDTH = 556
_THUMB = (
    "M1 7h3v7H1zM5 7l3-6c1.6 0 2 1 1.7 2.3L9 6h4.6c1 0 1.6.8 1.4 1.7l-1 4.8c-.2.9-.9 1.5-1.8 1.5H5z"
)
_THUMBS: dict[str, Callable[[float, float], str]] = {
    "👍": lambda x, y: f'transform="translate({x:.1f} {y - 13:.1f})"',
    "👎": lambda x, y: f'transform="translate({x:.1f} {y + 3:.1f}) scale(1 -1)"',
}

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


@dataclass(frozen=True, slots=True)
class ShownKind:
    """How a line of some sort is set."""

    size: float
    leading: float
    colour: str = _TEXT
    bold: bool = False
    quoted: bool = False


_KINDS = {
    "title": ShownKind(20, 27, _LOUD, bold=True),
    "heading": ShownKind(16, 24, _LOUD, bold=True),
    "quote": ShownKind(14, 20, quoted=True),
    "small": ShownKind(12, 18, _QUIET),
    "text": ShownKind(14, 20),
}
_AUTHOR, _FOOTER = ShownKind(14, 22, _LOUD, bold=True), ShownKind(12, 30, _QUIET)
_LABEL = ShownKind(14, 20, _LOUD)


def drawn(embed: dict[str, Any], components: list[dict[str, Any]]) -> str:
    """A card with its buttons as Discord is sent them, in the look of its dark theme."""
    author = embed.get("author", {}).get("name", "")
    footer = embed.get("footer", {}).get("text", "")
    rows = [(_KINDS[row.kind], list(row.runs)) for row in rows_of(embed)]
    lines, bottom = svg_text(
        [(_AUTHOR, [StyledText(author)]), *rows, (_FOOTER, [StyledText(footer)])]
    )
    below, end = buttons_of(labels_of(components), bottom)
    return _PICTURE.format(
        width=WIDTH,
        height=f"{end + 16:g}",
        font=_FONT,
        chat=_CHAT,
        card=_CARD,
        left=_CARD_LEFT,
        top=f"{_TOP:g}",
        card_width=_CARD_RIGHT - _CARD_LEFT,
        card_height=f"{bottom - _TOP:g}",
        inner=_CARD_RIGHT - _CARD_LEFT - 8,
        side=f"{bottom - _TOP - 8:g}",
        colour=f"#{embed.get('color', 0):06x}",
        loud=_LOUD,
        label=escape(f"A Discord message: {author}"),
        lines="\n  ".join([*lines, *below]),
    )


def svg_text(rows: list[tuple[ShownKind, list[StyledText]]]) -> tuple[list[str], float]:
    """The lines of a card, one below the other, and where the card ends."""
    lines: list[str] = []
    y = _TOP + 8
    left = _CARD_LEFT + _PAD
    for kind, runs in rows:
        if not any(run.text.strip() for run in runs):
            y += 8
            continue
        start = y
        indent = 12 if kind.quoted else 0
        for line in wrapped(runs, kind, _CARD_RIGHT - _PAD - left - indent):
            y += kind.leading
            lines.append(text(left + indent, y - kind.leading * 0.22, line, kind))
        if kind.quoted:
            bar = f'<rect x="{left}" y="{start + 2:g}" width="4" height="{y - start - 2:g}"'
            lines.append(f'{bar} rx="2" fill="{_QUOTE_BAR}"/>')
    return lines, y + 14


def buttons_of(rows: list[list[str]], y: float) -> tuple[list[str], float]:
    """Rows of buttons below a card, and where they end."""
    drawn = []
    for row in rows:
        x = float(_CARD_LEFT)
        for label in row:
            wide = width(label, _LABEL.size, bold=False) + 32
            box = f'<rect x="{x:g}" y="{y + 8:g}" width="{wide:g}" height="32"'
            drawn.append(f'{box} rx="8" fill="{_BUTTON}"/>')
            drawn.append(text(x + 16, y + 29, [StyledText(label)], _LABEL))
            x += wide + 8
        y += 40
    return drawn, y


def wrapped(runs: list[StyledText], kind: ShownKind, room: float) -> Iterator[list[StyledText]]:
    """Runs in lines that are no wider than there is room."""
    line: list[StyledText] = []
    used = 0.0
    for word in svg_words(runs):
        wide = sum(width(run.text, kind.size, bold=run.bold or kind.bold) for run in word)
        if line and used + wide > room:
            yield line
            line, used = [], 0.0
        line += word
        used += wide
    yield line


def svg_words(runs: list[StyledText]) -> Iterator[list[StyledText]]:
    """Runs in pieces that a line may end after: each up to and with a blank."""
    word: list[StyledText] = []
    for run in runs:
        for piece in re.findall(r"\S+\s*|\s+", run.text):
            word.append(StyledText(piece, run.bold, run.link))
            if piece[-1].isspace():
                yield word
                word = []
    if word:
        yield word


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


def width(text: str, size: float, *, bold: bool) -> float:
    """About how wide a text is."""
    if text in _THUMBS:
        return 16.0
    thousandths = sum(_WIDTHS.get(char, _OTHER_WIDTH) for char in text)
    return thousandths * size / 1000 * (1.07 if bold else 1)


def text(x: float, y: float, runs: list[StyledText], kind: ShownKind) -> str:
    """A line as SVG, each run in a style of its own where it belongs."""
    pieces = []
    for (bold, link), group in groupby(runs, lambda run: (run.bold or kind.bold, run.link)):
        words = "".join(run.text for run in group)
        if thumb := next((thumb for thumb in _THUMBS if thumb in words), ""):
            pieces.append(f'<path d="{_THUMB}" fill="{kind.colour}" {_THUMBS[thumb](x, y)}/>')
        elif words.strip():
            start = x + width(words[: len(words) - len(words.lstrip())], kind.size, bold=bold)
            pieces.append(piece(start, y, words.strip(), kind, bold=bold, link=link))
        x += width(words, kind.size, bold=bold)
    return "".join(pieces)


def piece(x: float, y: float, words: str, kind: ShownKind, *, bold: bool, link: str) -> str:
    """Words in one style, fitted into their width."""
    fitted = f'textLength="{width(words, kind.size, bold=bold):.1f}"'
    style = f'font-size="{kind.size:g}" fill="{_LINK if link else kind.colour}"'
    weight = ' font-weight="bold"' if bold else ""
    place = f'x="{x:.1f}" y="{y:.1f}" {fitted} lengthAdjust="spacingAndGlyphs"'
    return f"<text {place} {style}{weight}>{escape(words, quote=False)}</text>"


_PICTURE = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" \
height="{height}" role="img" aria-label="{label}" font-family="{font}" xml:space="preserve">
  <rect width="{width}" height="{height}" rx="8" fill="{chat}"/>
  <circle cx="36" cy="40" r="20" fill="{colour}"/>
  <path d="M30 31h6a9 9 0 0 1 0 18h-6zm4 4v10h2a5 5 0 0 0 0-10z" fill="#ffffff" \
fill-rule="evenodd"/>
  <text x="72" y="36" font-size="16" font-weight="bold" fill="{loud}" textLength="64" \
lengthAdjust="spacingAndGlyphs">Dateline</text>
  <rect x="144" y="23" width="34" height="16" rx="4" fill="#5865f2"/>
  <text x="149" y="35" font-size="10.5" font-weight="bold" fill="#ffffff" textLength="24" \
lengthAdjust="spacingAndGlyphs">APP</text>
  <rect x="{left}" y="{top}" width="{card_width}" height="{card_height}" rx="4" fill="{colour}"/>
  <path d="M{left} {top} m4 0 h{inner} a4 4 0 0 1 4 4 v{side} a4 4 0 0 1 -4 4 h-{inner} z" \
fill="{card}"/>
  {lines}
</svg>
"""
