"""A question: what is asked, after what, of which articles."""

import datetime as dt
import re
from dataclasses import dataclass

from index.errors import InputError
from index.text.words import Word, words_of
from index.types import Filters

LONGEST_QUESTION = 1_000  # characters; longer is no question, and costs time to read
_FEW_WORDS = 3
_COLOURS = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")  # ECMA-48, section 5.4
# Words that ask or chat without naming anything. Of 7,292 training questions 1,226 have one that
# their article lacks and would be told so; how the sentences rank is the same with them.
_EMPTY_TEXT = """
about tell happened happen happens else exactly long many much old far often please thanks hey guys
know anyone
"""
_EMPTY = frozenset(_EMPTY_TEXT.split())


@dataclass(frozen=True, slots=True)
class Turn:
    """A question asked before, its answer, and the id of the article that was shown for it."""

    question: str
    answer: str | None = None
    article_id: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, after what, over which articles, when, and how sure an answer must be.

    ``asked`` is the day of asking, today where it is None; ``threshold`` a probability, the
    engine's own where it is None.
    """

    text: str
    history: tuple[Turn, ...] = ()
    filters: Filters = Filters()
    threshold: float | None = None
    asked: dt.date | None = None


def check(text: str, most: int = LONGEST_QUESTION) -> None:
    """Raise InputError for what cannot be asked: no words, or over ``most`` characters."""
    if len(text) > most:
        raise InputError(f"the question has {len(text):,} characters; ask in at most {most:,}")
    if not any(char.isalnum() for char in text):
        raise InputError("there are no words in the question; ask it in words")


def as_read(text: str) -> str:
    """The question without space around it, in lower case where all of it is shouted.

    A few capitals are a name ("US GDP", "NATO"). What colours a terminal is left out.
    """
    text = _COLOURS.sub("", text).strip()
    return text.lower() if text.isupper() and len(text.split()) > _FEW_WORDS else text


def content_words(text: str) -> list[Word]:
    """The words that name something."""
    return [w for w in words_of(text) if not w.is_stop and w.text.lower() not in _EMPTY]
