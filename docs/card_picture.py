"""Draw a card as Discord would show it, as an SVG picture."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from bot.cli.card_markup import StyledText, labels_of, rows_of

WIDTH = 616
_CARD_LEFT, _CARD_RIGHT, _PAD, _TOP = 72, 600, 16, 64.0
_FONT = "'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', sans-serif"
_CHAT, _CARD, _QUOTE_BAR, _BUTTON = "#313338", "#2b2d31", "#4e5058", "#4e5058"
_LOUD, _TEXT, _QUIET, _LINK = "#f2f3f5", "#dbdee1", "#a3a6ad", "#00a8fc"

# The widths of Helvetica's letters, in thousandths of the size; it is enough to break lines by.
_WIDTHS = {
    **dict.fromkeys("ijl'|", 210),
    **dict.fromkeys(" .,:;!/ft()[]-·I’‘", 290),
    **dict.fromkeys('r“”"', 345),
    **dict.fromkeys("ABEKPSVXYCDHNRUwGOQ&", 700),
    **dict.fromkeys("mMW@—%…", 900),
    **dict.fromkeys("👍👎", 1350),
}
_OTHER_WIDTH = 556


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


def width(text: str, size: float, *, bold: bool) -> float:
    """About how wide a text is."""
    thousandths = sum(_WIDTHS.get(char, _OTHER_WIDTH) for char in text)
    return thousandths * size / 1000 * (1.07 if bold else 1)


def text(x: float, y: float, runs: list[StyledText], kind: ShownKind) -> str:
    """A line as SVG; the viewer's font decides how wide each run is."""
    spans = "".join(map(span, runs))
    weight = ' font-weight="bold"' if kind.bold else ""
    place = f'x="{x:g}" y="{y:g}" font-size="{kind.size:g}" fill="{kind.colour}"{weight}'
    return f"<text {place}>{spans}</text>"


def span(run: StyledText) -> str:
    """A run as SVG."""
    style = (' font-weight="bold"' if run.bold else "") + (f' fill="{_LINK}"' if run.link else "")
    words = escape(run.text, quote=False)
    return f"<tspan{style}>{words}</tspan>" if style else words


_PICTURE = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" \
height="{height}" role="img" aria-label="{label}" font-family="{font}" xml:space="preserve">
  <rect width="{width}" height="{height}" rx="8" fill="{chat}"/>
  <circle cx="36" cy="40" r="20" fill="{colour}"/>
  <text x="36" y="47" font-size="20" font-weight="bold" fill="#ffffff" text-anchor="middle">D</text>
  <text x="72" y="36" font-size="16" font-weight="bold" fill="{loud}">Dateline</text>
  <rect x="144" y="23" width="34" height="16" rx="4" fill="#5865f2"/>
  <text x="161" y="35" font-size="10.5" font-weight="bold" fill="#ffffff" \
text-anchor="middle">APP</text>
  <rect x="{left}" y="{top}" width="{card_width}" height="{card_height}" rx="4" fill="{colour}"/>
  <path d="M{left} {top} m4 0 h{inner} a4 4 0 0 1 4 4 v{side} a4 4 0 0 1 -4 4 h-{inner} z" \
fill="{card}"/>
  {lines}
</svg>
"""
