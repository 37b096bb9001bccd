"""Answers compared as SQuAD's evaluation does (Rajpurkar et al., 2016), for published figures."""

import re
import string

from retrieval.scoring import overlap


def words(text: str) -> list[str]:
    """As SQuAD's evaluation compares answers: no case, articles, punctuation or extra blanks."""
    text = "".join(char for char in text.lower() if char not in string.punctuation)
    return re.sub(r"\b(a|an|the)\b", " ", text).split()


def f1(given: str, right: str) -> float:
    """The harmonic mean of precision and recall of the words."""
    one, other = words(given), words(right)
    return overlap(one, other) if one and other else float(one == other)


def exact(given: str, right: str) -> float:
    """1 for the same words, else 0."""
    return float(words(given) == words(right))
