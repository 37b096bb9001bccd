"""Diagrams of the peers as SVG: small, in any font, nothing loaded."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

Points = Sequence[tuple[float, float]]

COLOURS = ("#1f6feb", "#0a3069", "#bf3989", "#e085b8", "#2da44e", "#bf8700", "#8c959f", "#cf222e")
WIDTH, HEIGHT, LEFT, TOP, LEGEND, ROW = 300, 250, 52, 40, 150, 17


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis with its name and range; ``log`` with ticks at 1, 2 and 5 of each power of ten."""

    name: str
    low: float
    high: float
    log: bool = True

    def share(self, value: float) -> float:
        """Where a value stands between the ends, 0 to 1."""
        scale: Callable[[float], float] = math.log10 if self.log else float
        return (scale(value) - scale(self.low)) / (scale(self.high) - scale(self.low))

    def ticks(self) -> Iterator[float]:
        """The values that are written beside it."""
        if not self.log:
            yield from (self.low + (self.high - self.low) * n / 4 for n in range(5))
            return
        for power in range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1):
            for step in (1, 2, 5):
                if self.low <= (value := step * 10.0**power) <= self.high:
                    yield value


def around(name: str, values: Sequence[float]) -> Axis:
    """A logarithmic axis with a little room beyond all values, which are above 0."""
    return Axis(name, min(values) / 1.3, max(values) * 1.3)


def svg(title: str, x: Axis, y: Axis, series: Mapping[str, Points]) -> str:
    """A line with dots for each series, named in a legend beside the diagram."""
    bottom, right = TOP + HEIGHT, LEFT + WIDTH

    def at(point: tuple[float, float]) -> tuple[float, float]:
        return LEFT + WIDTH * x.share(point[0]), bottom - HEIGHT * y.share(point[1])

    parts = []
    for tick in x.ticks():
        place = LEFT + WIDTH * x.share(tick)
        parts.append(
            f'<path d="M{place:.1f} {TOP}V{bottom}" stroke="#eaeef2"/><text x="{place:.1f}" '
            f'y="{bottom + 15}" text-anchor="middle">{tick:,g}</text>'
        )
    for tick in y.ticks():
        place = bottom - HEIGHT * y.share(tick)
        parts.append(
            f'<path d="M{LEFT} {place:.1f}H{right}" stroke="#eaeef2"/><text x="{LEFT - 6}" '
            f'y="{place + 4:.1f}" text-anchor="end">{tick:,g}</text>'
        )
    for n, (name, points) in enumerate(series.items()):
        colour, row = COLOURS[n % len(COLOURS)], TOP + 10 + ROW * n
        places = [at(point) for point in points]
        if len(places) > 1:
            line = " ".join(f"{a:.1f},{b:.1f}" for a, b in places)
            parts.append(
                f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>'
            )
        parts += (f'<circle cx="{a:.1f}" cy="{b:.1f}" r="4" fill="{colour}"/>' for a, b in places)
        parts.append(
            f'<circle cx="{right + 18}" cy="{row}" r="4" fill="{colour}"/>'
            f'<text x="{right + 28}" y="{row + 4}" fill="#24292f">{escape(name)}</text>'
        )
    middle = TOP + HEIGHT / 2
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" font-family="sans-serif" '
        f'viewBox="0 0 {right + 18 + LEGEND} {bottom + 42}" font-size="11" fill="#57606a">'
        f'<title>{escape(title)}</title><rect width="100%" height="100%" fill="#ffffff"/>'
        f'<text x="{LEFT}" y="22" font-size="14" fill="#24292f">{escape(title)}</text>'
        f"{''.join(parts)}"
        f'<rect x="{LEFT}" y="{TOP}" width="{WIDTH}" height="{HEIGHT}" fill="none" '
        'stroke="#d0d7de"/>'
        f'<text x="{LEFT + WIDTH / 2}" y="{bottom + 33}" text-anchor="middle">{escape(x.name)}'
        f'</text><text x="13" y="{middle}" text-anchor="middle" '
        f'transform="rotate(-90 13 {middle})">{escape(y.name)}</text></svg>\n'
    )
