"""Two pictures of how far scores can be trusted, as SVG: risk by coverage, and reliability."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.scores import Floats

SIZE, MARGIN = 320, 48
BINS = 10

Points = Sequence[tuple[float, float]]


def draw(
    path: Path,
    title: str,
    axes: tuple[str, str],
    line: Points,
    reference: Points,
    dots: Points = (),
) -> None:
    """Write one square diagram of shares from 0 to 1 on both axes."""

    def at(point: tuple[float, float]) -> str:
        return f"{MARGIN + SIZE * point[0]:.1f},{MARGIN + SIZE * (1 - point[1]):.1f}"

    whole = SIZE + 2 * MARGIN
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
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole} {whole}" '
        'font-family="sans-serif" font-size="11" fill="#57606a">'
        f'<rect width="{whole}" height="{whole}" fill="#ffffff"/>'
        f'<text x="{MARGIN}" y="24" font-size="14" fill="#24292f">{title}</text>'
        f'<rect x="{MARGIN}" y="{MARGIN}" width="{SIZE}" height="{SIZE}" fill="none" '
        f'stroke="#d0d7de"/>{ticks}'
        f'<text x="{MARGIN + SIZE / 2}" y="{whole - 10}" text-anchor="middle">{axes[0]}</text>'
        f'<text x="14" y="{MARGIN + SIZE / 2}" text-anchor="middle" '
        f'transform="rotate(-90 14 {MARGIN + SIZE / 2})">{axes[1]}</text>'
        f'<polyline points="{" ".join(map(at, reference))}" fill="none" stroke="#8c959f" '
        'stroke-dasharray="4 4"/>'
        f'<polyline points="{" ".join(map(at, line))}" fill="none" stroke="#1f6feb" '
        f'stroke-width="2"/>{circles}</svg>\n',
        "utf-8",
    )


def risk_by_coverage(
    path: Path, score: Floats, right: npt.NDArray[np.bool_], weight: Floats, threshold: float
) -> None:
    """How much of what is said is wrong, by how many questions are answered.

    After El-Yaniv and Wiener (2010), "On the Foundations of Noise-free Selective Classification".
    """
    order = np.argsort(-score)
    said = np.cumsum(weight[order])
    risk = np.cumsum((weight * ~right)[order]) / said
    coverage = said / weight.sum()
    chosen = int((score >= threshold).sum()) - 1
    step = max(1, len(order) // 200)
    line = [(float(c), float(r)) for c, r in zip(coverage[::step], risk[::step], strict=True)]
    dot = [(float(coverage[chosen]), float(risk[chosen]))] if chosen >= 0 else []
    base = float(risk[-1])
    draw(
        path, "Risk by coverage", ("questions answered", "of these wrong"), line,
        [(0, base), (1, base)], dot,
    )  # fmt: skip


def reliability(path: Path, score: Floats, right: npt.NDArray[np.bool_], weight: Floats) -> float:
    """How often answers with a score are right; returns the expected calibration error.

    After Guo et al. (2017), "On Calibration of Modern Neural Networks".
    """
    of = np.minimum((score * BINS).astype(int), BINS - 1)
    points, error = [], 0.0
    for n in range(BINS):
        own = of == n
        if own.any():
            said = float(np.average(score[own], weights=weight[own]))
            was = float(np.average(right[own], weights=weight[own]))
            points.append((said, was))
            error += abs(said - was) * float(weight[own].sum() / weight.sum())
    draw(path, "Reliability", ("score", "right"), points, [(0, 0), (1, 1)], points)
    return error
