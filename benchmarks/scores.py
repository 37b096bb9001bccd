"""How answers are compared with what is right: Rajpurkar et al. (2016), "SQuAD"."""

import collections
import re
import string

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def normalised(text: str) -> str:
    """As SQuAD's evaluation compares answers: no case, articles, punctuation or extra blanks."""
    text = "".join(char for char in text.lower() if char not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def f1(given: str, right: str) -> float:
    """The harmonic mean of precision and recall of the words."""
    one, other = normalised(given).split(), normalised(right).split()
    if not one or not other:
        return float(one == other)
    same = sum((collections.Counter(one) & collections.Counter(other)).values())
    return 2 * same / (len(one) + len(other))


def exact(given: str, right: str) -> float:
    """1 for the same words, else 0."""
    return float(normalised(given) == normalised(right))


def auc(score: Floats, positive: npt.NDArray[np.bool_]) -> float:
    """How often a positive scores above a negative (Mann and Whitney, 1947)."""
    ranks = score.argsort().argsort() + 1
    many, few = positive.sum(), (~positive).sum()
    return float((ranks[positive].sum() - many * (many + 1) / 2) / (many * few))
