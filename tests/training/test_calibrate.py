"""Fitting how likely an answer is right, and where answers begin."""

import numpy as np

from training.calibrate import REFUSED, RIGHT, Asked, calibrate, chance_of, fit_chance


def some_questions(many: int) -> list[Asked]:
    """Each has one sentence: the higher its margin, the oftener it is right, never all of them."""
    rng = np.random.default_rng(7)
    margins = rng.normal(1.0, 4.0, many)
    right = rng.random(many) < 0.9 / (1 + np.exp(-margins))
    answerable = right | (rng.random(many) < 0.3)
    return [
        Asked([{"margin": m}], [bool(r)], ["words"], [[0]], bool(a), "answer/all", str(n))
        for n, (m, r, a) in enumerate(zip(margins, right, answerable, strict=True))
    ]


def test_the_ceiling_is_how_many_of_the_surest_are_right() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(0.0, 4.0, (4000, 1))
    y = (rng.random(4000) < 0.9 / (1 + np.exp(-(2 * x[:, 0] - 1)))).astype(float)
    (weight, bias), ceiling = fit_chance(x, y, np.ones(4000))
    assert abs(ceiling - 0.9) < 0.02
    assert abs(weight - 2) < 0.4
    assert abs(bias + 1) < 0.3


def test_from_the_threshold_on_enough_is_right_and_below_it_enough_is_refused() -> None:
    questions = some_questions(3000)
    made = calibrate(questions)
    told = [(*chance_of(q, made), q.answerable) for q in questions]
    said = [right for chance, right, _ in told if chance >= made.threshold]
    others = [chance for chance, _, answerable in told if not answerable]
    assert np.mean(said) >= RIGHT - 0.01  # the threshold is rounded
    assert np.mean([chance < made.threshold for chance in others]) >= REFUSED - 0.01
    assert max(chance for chance, _, _ in told) <= made.ceiling < 0.95
