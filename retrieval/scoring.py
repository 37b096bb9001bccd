"""How answers are measured against what is right; nothing is read or written here.

Words are right where their F1 with the right ones (Rajpurkar et al., 2016, "SQuAD") is at least
.5; those of a list where they hold every item and it is .6; yes or no is settled by the sentence.
"""

import string
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from retrieval.answer import Answer, Band, Citation

LEAST, LEAST_OF_LIST, BINS = 0.5, 0.6, 10
_MARKS = str.maketrans(dict.fromkeys(string.punctuation + "“”’‘–—", " "))

Points = Sequence[tuple[float, float]]
Said = tuple[float, bool]  # a score, and whether the words are right


class Gold(BaseModel):
    """Words that answer, and where they begin in the article if that is known."""

    model_config = ConfigDict(frozen=True, strict=True)

    text: Annotated[str, Field(min_length=1)]
    start: int | None = None

    @model_validator(mode="before")
    @classmethod
    def _of_text(cls, given: object) -> object:
        return {"text": given} if isinstance(given, str) else given


@dataclass(frozen=True, slots=True)
class Scored:
    """How an answer compares: its marks are whether it was refused, has right words, and so on."""

    kind: str
    answerable: bool
    score: float
    band: Band
    marks: dict[str, bool]

    @property
    def said(self) -> Said:
        """The score, and whether the words are right."""
        return self.score, self.marks.get("right_words", False)


def words(text: str) -> list[str]:
    """Words as they are compared: no case, marks or articles."""
    return [w for w in text.lower().translate(_MARKS).split() if w not in ("a", "an", "the")]


def overlap(one: Sequence[str], other: Sequence[str]) -> float:
    """The harmonic mean of precision and recall."""
    same = (Counter(one) & Counter(other)).total()
    return 2 * same / (len(one) + len(other)) if same else 0.0


def f1(one: str, other: str) -> float:
    """Token F1."""
    return overlap(words(one), words(other))


def has_right_words(kind: str, said: str, golds: Sequence[str]) -> bool:
    """Whether what is said has the words of one of the answers, or of a list."""
    if kind == "list":
        return all(one in said for one in golds) and f1(said, " ".join(golds)) >= LEAST_OF_LIST
    return max(f1(said, one) for one in golds) >= LEAST


def scored(answer: Answer, kind: str, golds: Sequence[Gold], article_id: str | None) -> Scored:
    """Compare an answer with what is right, if anything is."""
    said, cited, text = answer.status == "answered", answer.citations, answer.answer or ""
    marks, texts = {"refused": not said}, [gold.text for gold in golds]
    held = [[holds(c, gold, article_id) for c in cited] for gold in golds]
    if golds:
        marks["right_sentence"] = any(any(of[:1]) for of in held)
        if kind == "list":
            spans = [c.quote[c.answer_start : c.answer_end] for c in cited if c.answer_end]
            text, marks["every_item"] = " ".join(spans) or text, all(map(any, held))
        marks["right_words"] = said and has_right_words(kind, text, texts)
        marks["exact"] = said and any(words(text) == words(one) for one in texts)
        if kind == "yesno":
            marks["right_words"] = marks["right_sentence"]
        if kind in ("list", "yesno"):
            marks["exact"] = marks["right_words"]
    return Scored(kind, bool(golds), answer.score, answer.band, marks)


def holds(citation: Citation, gold: Gold, article_id: str | None) -> bool:
    """Whether a quote has right words: at their place, or anywhere if that is not known."""
    if article_id not in (None, citation.article_id):
        return False
    if article_id and gold.start is not None:
        return gold.start < citation.end and citation.start < gold.start + len(gold.text)
    return f" {' '.join(words(gold.text))} " in f" {' '.join(words(citation.quote))} "


def figures(rows: Sequence[Scored]) -> dict[str, Any]:
    """All that is measured of some questions, as JSON; shares of nothing are None.

    ``risk_coverage`` has the share of all questions that is answered, and how much of it is wrong.
    """
    can, cannot = ([r for r in rows if r.answerable is able] for able in (True, False))
    given = [r for r in rows if not r.marks["refused"]]
    risk = risk_by_coverage([r.said for r in rows], len(rows))
    return {
        "questions": len(rows),
        "answerable": shares(can),
        "unanswerable": shares(cannot),
        "answered": group(r.said for r in given),
        "auc": auc((r.score for r in can), (r.score for r in cannot)),
        "four_in_five_right_at": max((at for at, wrong in risk if wrong <= 0.2), default=0.0),
        "calibration_error": calibration_error(reliability(r.said for r in given)),
        "kinds": {k: shares([r for r in rows if r.kind == k]) for k in {r.kind: 0 for r in rows}},
        "bands": {b: group(r.said for r in given if r.band == b) for b in get_args(Band)},
        "risk_coverage": risk_by_coverage([r.said for r in given], len(rows)),
    }


def shares(rows: Sequence[Scored]) -> dict[str, Any]:
    """How many questions, and the share of them with each mark, by those that can have it."""
    names = dict.fromkeys(name for row in rows for name in row.marks)
    of = {name: mean(r.marks[name] for r in rows if name in r.marks) for name in names}
    return {"questions": len(rows), **of}


def group(said: Iterable[Said]) -> dict[str, Any]:
    """How many answers, their mean score, and which share is right."""
    known = list(said)
    right = mean(right for _, right in known)
    return {"questions": len(known), "score": mean(score for score, _ in known), "right": right}


def mean(values: Iterable[float]) -> float | None:
    """The mean, None of nothing."""
    known = list(values)
    return sum(known) / len(known) if known else None


def auc(positive: Iterable[float], negative: Iterable[float]) -> float | None:
    """How often a positive scores above a negative (Mann and Whitney, 1947); a tie is a half."""
    below = sorted(negative)
    wins = mean((bisect_left(below, one) + bisect_right(below, one)) / 2 for one in positive)
    return None if wins is None or not below else wins / len(below)


def reliability(said: Iterable[Said]) -> list[dict[str, Any]]:
    """The groups of scores in bins of equal width, after Guo et al. (2017)."""
    bins: list[list[Said]] = [[] for _ in range(BINS)]
    for score, right in said:
        bins[min(int(score * BINS), BINS - 1)].append((score, right))
    return [group(own) for own in bins if own]


def calibration_error(bins: Sequence[dict[str, Any]]) -> float | None:
    """How far scores are from what is right, on average: the expected calibration error."""
    return mean(abs(b["score"] - b["right"]) for b in bins for _ in range(b["questions"]))


def risk_by_coverage(said: Iterable[Said], questions: int) -> Points:
    """Which share of the questions is answered, and how much of it wrongly, from the surest on.

    After El-Yaniv and Wiener (2010), "On the Foundations of Noise-free Selective Classification".
    """
    points, wrong = [], 0
    for n, (_, right) in enumerate(sorted(said, key=lambda one: -one[0]), start=1):
        wrong += not right
        points.append((n / questions, wrong / n))
    return points
