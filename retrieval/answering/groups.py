"""What the articles answer, grouped by the words: the same number, date or name is one answer.

Nothing is said of whether answers contradict each other: each group has its articles and days, and
a reader sees at once that 11,300 became 3,958.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from index.types import Article
from retrieval.answering.doubles import is_double
from retrieval.types import Judged, agree, same

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

    An article speaks once, with its likeliest sentence, and near-doubles that say the same are one.
    """
    best = ranked[0]
    voices = [best]
    for judged in ranked[1:_COMPARED]:
        if not judged.span or judged.probability < NEARLY * best.probability:
            continue
        article = judged.candidate.article
        if not any(
            article.id == one.candidate.article.id
            or (same(one, judged) and is_double(article, one.candidate.article))
            for one in voices
        ):
            voices.append(judged)
    groups: list[list[Judged]] = []
    for voice in voices:
        own = next((each for each in groups if agree(each[0].words, voice.words)), None)
        if own is None:
            groups.append([voice])
        else:
            own.append(voice)
    made = [Group(first, tuple(others)) for first, *others in groups]
    return [made[0], *sorted(made[1:], key=lambda group: group.newest, reverse=True)]


def doubles_of(
    voices: Sequence[Judged], ranked: Sequence[Judged]
) -> dict[str, tuple[Article, ...]]:
    """The other outlets of each voice's story that say the same, by the id of its article."""
    heard = {voice.candidate.article.id for voice in voices}
    out = {}
    for voice in voices:
        own, sentence = voice.candidate.article, voice.candidate.sentence
        spans = voice.items or (voice.span or (sentence.start, sentence.end),)
        found: dict[str, Article] = {}
        for other in ranked:
            for article in (other.candidate.article, *other.candidate.also):
                says = all(own.text[start:end] in article.text for start, end in spans) or (
                    article is other.candidate.article and other.span and same(voice, other)
                )
                if says and article.id not in heard and is_double(own, article):
                    found[article.id] = article
        out[own.id] = tuple(found.values())
    return out
