"""A question: its words and what kind of answer it asks for."""

import re
from dataclasses import dataclass
from enum import StrEnum

from index.errors import InputError
from index.text.words import Word, words_of
from index.types import Filters

LONGEST_QUESTION = 1_000  # characters; longer is no question, and costs time to read


@dataclass(frozen=True, slots=True)
class Place:
    """Where a quote begins: the id of its article, and the character."""

    article_id: str
    start: int


@dataclass(frozen=True, slots=True)
class Turn:
    """A question asked before, its answer, and the place of the sentence that was shown for it."""

    question: str
    answer: str | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, after what, over which articles, and how sure an answer must be.

    ``threshold`` is a probability; None stands for the engine's own.
    """

    text: str
    history: tuple[Turn, ...] = ()
    filters: Filters = Filters()
    threshold: float | None = None


class AnswerType(StrEnum):
    """What kind of words would answer."""

    PERSON = "person"
    PLACE = "place"
    TIME = "time"
    DURATION = "duration"
    AMOUNT = "amount"
    MEASURE = "measure"
    NUMBER = "number"
    ANY = "any"


_TYPES = (
    (AnswerType.DURATION, r"how long|how many (?:hours|days|weeks|months|years|minutes)"),
    (AnswerType.AMOUNT, r"how much|how expensive|what (?:percentage|percent|price|sum)"),
    (AnswerType.MEASURE, r"how (?:far|high|tall|deep|wide|large|big|heavy)"),
    (AnswerType.NUMBER, r"how many|how old|what number"),
    (AnswerType.TIME, r"when|(?:what|which) (?:day|date|month|year|time|weekend)|how recently"),
    (AnswerType.PLACE, r"where|(?:what|which) (?:city|country|town|place|state|island|venue)"),
    (AnswerType.PERSON, r"who|whom|whose|(?:what|which) (?:person|man|woman|official|minister)"),
)
_TYPE_PATTERNS = tuple((kind, re.compile(rf"\b(?:{p})\b", re.IGNORECASE)) for kind, p in _TYPES)
# "Who is X" asks what the article says of X: a whole sentence, not another name.
_DEFINING = re.compile(
    r"^\W*who(?:['’]s| is| was| are| were) (?:the )?\w+(?: \w+){0,3}\W*$", re.IGNORECASE
)
_WHO_IS = re.compile(
    r"\W*(?:who(?:['’]?s| is| was| are| were) (\w[\w .’'-]*?)"
    r"|what(?:['’]?s| is| was) (\w[\w .’'-]*?) (?:job|role|position|title|profession|post)"
    r"|what does (\w[\w .’'-]*?) do(?: for a living)?)\W*$",
    re.IGNORECASE,
)
_RUN_TOGETHER = re.compile(r"\b(who|what|when|where|why|how)s\b", re.IGNORECASE)
# Words that ask or chat without naming anything.
_EMPTY_TEXT = """
about tell happened happen happens else exactly long many much old far often
"""
_EMPTY = frozenset(_EMPTY_TEXT.split())


def answer_type(text: str) -> AnswerType:
    """The kind of answer asked for, by the first interrogative that says one."""
    if _DEFINING.search(text):
        return AnswerType.ANY
    found = [(m.start(), n) for n, (_, p) in enumerate(_TYPE_PATTERNS) if (m := p.search(text))]
    return _TYPE_PATTERNS[min(found)[1]][0] if found else AnswerType.ANY


def who_is(text: str) -> str | None:
    """Whom "who is X?", "what is X's job?" and "what does X do?" ask about, where X is a name."""
    found = _WHO_IS.match(text)
    return found and next(filter(None, found.groups()))


def in_full(text: str) -> str:
    """A question with the apostrophes that people leave out of "whats" and "wheres"."""
    return _RUN_TOGETHER.sub(r"\1's", text)


def check(text: str) -> None:
    """Raise InputError for what cannot be asked."""
    if len(text) > LONGEST_QUESTION:
        raise InputError(
            f"the question has {len(text):,} characters; ask in at most {LONGEST_QUESTION:,}"
        )
    if not any(char.isalnum() for char in text):
        raise InputError("there are no words in the question; ask it in words")


def content_words(text: str) -> list[Word]:
    """The words that name something."""
    return [w for w in words_of(text) if not w.is_stop and w.text.lower() not in _EMPTY]
