"""How far scores can be trusted, drawn: as SVG, and with blocks on a terminal."""

import math
from html import escape

from retrieval.scoring import Points

SIZE, MARGIN = 320, 48
_BLOCKS = " ▁▂▃▄▅▆▇█"


def svg(
    title: str, axes: tuple[str, str], line: Points, reference: Points, dots: Points = ()
) -> str:
    """One square diagram of shares from 0 to 1 on both axes; texts are anchored, not measured."""

    def at(point: tuple[float, float]) -> str:
        return f"{MARGIN + SIZE * point[0]:.1f},{MARGIN + SIZE * (1 - point[1]):.1f}"

    whole, middle = SIZE + 2 * MARGIN, MARGIN + SIZE / 2
    ticks = "".join(
        f'<text x="{MARGIN + SIZE * t}" y="{MARGIN + SIZE + 16}" '
        f'text-anchor="middle">{t:.0%}</text>'
        f'<text x="{MARGIN - 6}" y="{MARGIN + SIZE * (1 - t) + 4}" text-anchor="end">{t:.0%}</text>'
        for t in (0, 0.25, 0.5, 0.75, 1)
    )
    circles = "".join(
        '<circle cx="{}" cy="{}" r="3.5" fill="#1f6feb"/>'.format(*at(dot).split(","))
        for dot in dots
    )
    below, beside = map(escape, axes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole} {whole}" role="img" '
        f'font-family="sans-serif" font-size="11" fill="#57606a"><title>{escape(title)}</title>'
        f'<rect width="{whole}" height="{whole}" fill="#ffffff"/>'
        f'<text x="{middle}" y="24" font-size="14" text-anchor="middle" fill="#24292f">'
        f'{escape(title)}</text><rect x="{MARGIN}" y="{MARGIN}" width="{SIZE}" height="{SIZE}" '
        f'fill="none" stroke="#d0d7de"/>{ticks}'
        f'<text x="{middle}" y="{whole - 10}" text-anchor="middle">{below}</text>'
        f'<text x="14" y="{middle}" text-anchor="middle" '
        f'transform="rotate(-90 14 {middle})">{beside}</text>'
        f'<polyline points="{" ".join(map(at, reference))}" fill="none" stroke="#8c959f" '
        'stroke-dasharray="4 4"/>'
        f'<polyline points="{" ".join(map(at, line))}" fill="none" stroke="#1f6feb" '
        f'stroke-width="2"/>{circles}</svg>\n'
    )


def risk_svg(risk: Points, said: int) -> str:
    """Risk by coverage, with a dot where so many questions are answered."""
    base, dots = (risk[-1][1], [risk[max(0, said - 1)]]) if risk else (0.0, [])
    line = [*risk[:: max(1, len(risk) // 200)], *risk[-1:]]
    axes = ("questions answered", "wrong, of these")
    return svg("Risk by coverage", axes, line, [(0, base), (1, base)], dots)


def risk_blocks(risk: Points, width: int, height: int = 6) -> list[str]:
    """Risk by coverage as bars, one a column; none where so many questions are not answered."""
    top = max(0.1, math.ceil(10 * max((share for _, share in risk), default=0.0)) / 10)
    bars = []
    for n in range(width):
        share = next((share for said, share in risk if said >= (n + 0.5) / width), None)
        bars.append(0 if share is None else max(1, round(share / top * height * 8)))
    rows = [
        "".join(_BLOCKS[max(0, min(8, bar - 8 * level))] for bar in bars).rstrip()
        for level in reversed(range(height))
    ]
    labels = [f"{top:.0%}", *[""] * (height - 2), "0%"]
    return [
        *(f"{label:>5} │{row}" for label, row in zip(labels, rows, strict=True)),
        f"      └{'─' * width}",
        f"       0%{'100%':>{width - 2}}",
    ]
