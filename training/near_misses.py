"""Near misses: the name, number or thing asked about is exchanged for another of its kind."""

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass

from index.text.words import is_stop

_NAME = re.compile(
    r"(?<![.!?] )\b[A-Z][\w'’.-]*\w(?: (?:(?:of|the|de|van|von|al) )?[A-Z][\w'’.-]*\w)*"
)
_NUMBER = re.compile(r"\b\d[\d,]*(?:\.\d+)?\b")
_WORD = re.compile(r"\b[a-z]{4,}\b")
_ASKING = re.compile(
    r"(?:who|whom|whose|what|when|where|which|why|how|in|on|at|the|is|are|was|were|did|do|does|can"
    r"|could|will|would|has|have|had|if|for|from|to|during|after|before|according|i|a|an)\b",
    re.IGNORECASE,
)
# Each turns a question into one with another answer.
_OPPOSITES_TEXT = """
first last, highest lowest, largest smallest, biggest smallest, most least, more less, before
after, earliest latest, oldest youngest, best worst, north south, northern southern, east west,
eastern western, increase decrease, increased decreased, rise fall, rose fell, win lose, won lost,
wins loses, start end, started ended, began ended, begin end, open close, opened closed, buy sell,
bought sold, above below, inside outside, left right, upper lower, male female, man woman, husband
wife, father mother, son daughter, brother sister, king queen, accepted rejected, allowed banned,
support oppose, supported opposed, gained lost, joined left, arrived departed, born died, always
never, longest shortest, fastest slowest, heaviest lightest, positive negative, internal external,
major minor, maximum minimum, public private, old new, early late, long short, strong weak, hot
cold, cheap expensive, cannot can, can't can, not also, without with, agreed refused, failed
succeeded, like dislike
"""
_OPPOSITES = {
    one: other
    for pair in (words.split() for words in _OPPOSITES_TEXT.split(","))
    for one, other in (pair, pair[::-1])
}


@dataclass(frozen=True)
class Pools:
    """What can be put in another's place: names by their number of words, words by their ending."""

    names: dict[int, list[str]]
    words: dict[str, list[str]]

    @classmethod
    def of(cls, questions: Iterable[str]) -> "Pools":
        """All names and content words of some questions."""
        names: dict[int, set[str]] = {}
        words: dict[str, set[str]] = {}
        for question in questions:
            for start, end in names_of(question):
                name = question[start:end]
                names.setdefault(len(name.split()), set()).add(name)
            for match in _WORD.finditer(question):
                if not is_stop(match[0]):
                    words.setdefault(match[0][-2:], set()).add(match[0])
        return cls(
            {n: sorted(found) for n, found in names.items()},
            {ending: sorted(found) for ending, found in words.items()},
        )


def names_of(text: str) -> list[tuple[int, int]]:
    """Where capitalised names stand; a question's first word is none unless it looks like one."""
    return [
        match.span()
        for match in _NAME.finditer(text)
        if not (match.start() == 0 and _ASKING.match(match[0]))
    ]


def other_question(question: str, passage: str, pools: Pools, chance: random.Random) -> str | None:
    """The question asked of something else, which the passage does not say."""
    ways = [other_name, other_number, other_word, opposite]
    weights = [5, 4, 2, 4]
    while ways:
        way = chance.choices(ways, weights)[0]
        weights.pop(ways.index(way))
        ways.remove(way)
        changed = way(question, passage, pools, chance)
        if changed and changed != question:
            return changed
    return None


def other_passage(question: str, passage: str, pools: Pools, chance: random.Random) -> str | None:
    """The passage said of something else than the question asks about."""
    shared = [
        passage_word
        for start, end in [*names_of(question), *(m.span() for m in _NUMBER.finditer(question))]
        if (passage_word := question[start:end]) in passage
    ]
    if not shared:
        return None
    old = chance.choice(shared)
    if old[0].isdigit():
        new = other_figure(old, chance)
    else:
        new = chance.choice(pools.names.get(len(old.split())) or [""])
    if not new or new in passage or new in question:
        return None
    changed = re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", lambda _: new, passage)
    return changed if changed != passage else None


def other_name(question: str, passage: str, pools: Pools, chance: random.Random) -> str | None:
    """Another name: preferably one that the passage has, which belongs to someone else there."""
    found = names_of(question)
    if not found:
        return None
    start, end = chance.choice(found)
    size = len(question[start:end].split())
    near = [
        passage[s:e]
        for s, e in names_of(passage)
        if len(passage[s:e].split()) == size and passage[s:e] not in question and s > 0
    ]
    pool = near if near and chance.random() < 0.35 else pools.names.get(size, [])
    if not pool:
        return None
    return question[:start] + chance.choice(pool) + question[end:]


def other_number(question: str, passage: str, _: Pools, chance: random.Random) -> str | None:
    """Another year or number."""
    found = [m.span() for m in _NUMBER.finditer(question)]
    if not found:
        return None
    start, end = chance.choice(found)
    new = other_figure(question[start:end], chance)
    return question[:start] + new + question[end:] if new not in passage else None


def other_figure(old: str, chance: random.Random) -> str:
    """A figure of the same size and form."""
    if len(old) == 4 and old.isdigit() and old[:2] in ("17", "18", "19", "20"):
        return str(int(old) + chance.choice([-23, -12, -8, -5, -3, -2, -1, 1, 2, 3, 4, 7, 11]))
    digits = [str(chance.randint(1, 9)) if c.isdigit() else c for c in old]
    return "".join(digits)


def other_word(question: str, passage: str, pools: Pools, chance: random.Random) -> str | None:
    """Another content word of the same ending, where the passage has the question's."""
    low = passage.casefold()
    found = [m.span() for m in _WORD.finditer(question) if not is_stop(m[0]) and m[0][:5] in low]
    if not found:
        return None
    start, end = chance.choice(found)
    new = chance.choice(pools.words[question[start:end][-2:]])
    return question[:start] + new + question[end:] if new[:5] not in low else None


def opposite(question: str, _: str, __: Pools, chance: random.Random) -> str | None:
    """The opposite asked."""
    found = [m for m in re.finditer(r"[a-z']+", question) if m[0] in _OPPOSITES]
    if not found:
        return None
    match = chance.choice(found)
    return question[: match.start()] + _OPPOSITES[match[0]] + question[match.end() :]


def misspelt(question: str, chance: random.Random) -> str:
    """One letter doubled, dropped or swapped with the next, in a long word."""
    found = [m.span() for m in re.finditer(r"\b\w{5,}\b", question)]
    if not found:
        return question
    start, end = chance.choice(found)
    n = chance.randint(start + 1, end - 2)
    letters = chance.choice(
        [question[n] * 2 + question[n + 1], question[n + 1], question[n + 1] + question[n]]
    )
    return question[:n] + letters + question[n + 2 :]


def keywords(question: str) -> str:
    """Only the words that carry meaning, with the asking word before them."""
    words = question.rstrip(" ?").split()
    kept = words[:1] + [word for word in words[1:] if not is_stop(word.casefold())]
    return " ".join(kept)
