"""What the articles answer, grouped by the words: the same number, date or name is one answer.

Nothing is said of whether answers contradict each other: each group has its articles and days, and
a reader sees at once that 11,300 became 3,958.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.types import Judged, same

_COMPARED = 20  # sentences after the best
# How likely right, against the best, an answer must be to be heard.
NEARLY = 0.5


@dataclass(frozen=True, slots=True)
class Group:
    """One answer: the sentence that gives it best, and the best of each other article."""

    best: Judged
    others: tuple[Judged, ...]

    @property
    def newest(self) -> str:
        """The day of its newest article, empty where none has one."""
        published = (j.candidate.article.published for j in (self.best, *self.others))
        return max((p.day or "" for p in published if p), default="")


def grouped(ranked: Sequence[Judged]) -> list[Group]:
    """The answers of different articles: the best one's first, then the newest.

    An article speaks once, with its likeliest sentence.
    """
    best = ranked[0]
    voices = [best]
    for judged in ranked[1:_COMPARED]:
        heard = any(judged.candidate.article.id == one.candidate.article.id for one in voices)
        if judged.span and not heard and judged.probability >= NEARLY * best.probability:
            voices.append(judged)
    groups: list[list[Judged]] = []
    for voice in voices:
        own = next((group for group in groups if same(group[0], voice)), None)
        if own is None:
            groups.append([voice])
        else:
            own.append(voice)
    made = [Group(first, tuple(others)) for first, *others in groups]
    return [made[0], *sorted(made[1:], key=lambda group: group.newest, reverse=True)]
