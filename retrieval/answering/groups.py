"""What the articles answer, grouped by the words: the same number, date or name is one answer.

Nothing is said of whether answers contradict each other: each group has its articles and days, and
a reader sees at once that 11,300 became 3,958. The same wire story in several outlets is one
source; only the few articles that answer are compared, exactly, so nothing is indexed for it.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from index.types import Article, Span
from retrieval.types import Judged, agree, same

_COMPARED = 20  # sentences after the best
# How likely right, against the best, an answer must be to be heard.
NEARLY = 0.5
WORDS = 3  # of a shingle
# The share of the shorter text's shingles that the other has. Chosen on one half of 2,000 BBC
# articles, each cut, reworded, or given another lead, against updates and other articles on the
# same topic; `python -m benchmarks.doubles` says what it gives on the other half.
_LEAST = 0.45
_FEWEST = 20  # shingles in common, below which texts are too short to tell


def grouped(ranked: Sequence[Judged]) -> list[list[Judged]]:
    """The answers of different articles, one group each: the best one's first, then the newest.

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
    return [groups[0], *sorted(groups[1:], key=newest_day, reverse=True)]


def newest_day(group: Sequence[Judged]) -> str:
    """The day of the newest article, empty where none has one."""
    return max(judged.candidate.article.day or "" for judged in group)


def doubles_of(
    voices: Sequence[Judged], ranked: Sequence[Judged]
) -> dict[str, tuple[Article, ...]]:
    """The other outlets of each voice's story that say the same, by the id of its article.

    They have the words that answer with those beside them, as "27" stands in dates, too, or are
    nearly as likely right.
    """
    heard = {voice.candidate.article.id for voice in voices}
    out = {}
    for voice in voices:
        own, sentence = voice.candidate.article, voice.candidate.sentence
        spans = voice.items or (voice.span or (sentence.start, sentence.end),)
        said = [with_neighbours(own.text, span) for span in spans]
        least = NEARLY * voice.probability
        found: dict[str, Article] = {}
        for other in ranked:
            for article in (other.candidate.article, *other.candidate.also):
                says = all(words in article.text for words in said) or (
                    article is other.candidate.article
                    and other.span
                    and other.probability >= least
                    and same(voice, other)
                )
                if says and article.id not in heard and is_double(own, article):
                    found[article.id] = article
        out[own.id] = tuple(found.values())
    return out


def with_neighbours(text: str, span: Span) -> str:
    """The words of a span and the two on either side of it, as far as its line goes."""
    start, end = span
    before = text[max(0, start - 60) : start].rpartition("\n")[2].split(" ")
    after = text[end : end + 60].partition("\n")[0].split(" ")
    return " ".join(before[-3:]) + text[start:end] + " ".join(after[:3])


def shingles(text: str, size: int = WORDS) -> frozenset[tuple[str, ...]]:
    """All runs of so many words, without case and marks; of a shorter text there are none."""
    words = re.findall(r"\w+", text.casefold())
    return frozenset(zip(*(words[n:] for n in range(size)), strict=False))


_shingles_of = lru_cache(maxsize=256)(shingles)


def is_double(one: Article, other: Article) -> bool:
    """Whether one article is most of another: cut, with another headline, a lead of its own."""
    a, b = _shingles_of(one.text), _shingles_of(other.text)
    return len(a & b) >= max(_FEWEST, _LEAST * min(len(a), len(b)))
