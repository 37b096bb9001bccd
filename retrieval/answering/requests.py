"""What a text asks for: an answer, a digest of a topic, of the news or of an article, small talk.

A linear model (:mod:`training.requests` fits it) over the shipped encoder: the mean of a text's
states, with its words and pairs of words hashed (Weinberger et al., 2009, "Feature hashing"), say
which kind it is, and whether it stands alone or leans on what was asked before; each token's state,
whether the token names the topic.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Literal
from zipfile import BadZipFile
from zlib import crc32

import numpy as np
import numpy.typing as npt

from index.errors import ModelError
from index.models.encoder import FastEncoder, Vectors
from index.text.words import words_of
from index.types import Span
from retrieval.question import as_read, content_words

# A digest of several articles, the newest or the oldest first, or of one; more of what was shown,
# its source; words of Dateline's own.
Kind = Literal["latest", "timeline", "summary", "more", "source", "talk"]
# The kinds that are told apart, in the order of the weights' columns.
KINDS = (
    *("question", "topic", "timeline", "news", "summary", "shown", "more", "source"),
    *("hello", "thanks", "help", "who", "bye", "fine", "objection", "beyond"),
)
_OF_TOPIC: dict[str, Kind] = {"topic": "latest", "timeline": "timeline"}
_OF_SHOWN: dict[str, Kind] = {"shown": "summary", "more": "more", "source": "source"}
WEIGHTS = Path(__file__).parent / "requests.npz"
HASHES = 8192
_STATES, _HASHED = 10.0, 12.0  # the lengths of the two parts of what the model sees
# From this probability on that a text is no question it is taken for a request, if it has no
# answer; and without looking for one. Of 3,652 held-out questions over news 49 and 7 are so taken,
# of 1,207 requests and small talk by nine writers left out 1,107 and 898.
MAYBE, SURE = 0.5, 0.9
# From this probability on a text leans on nothing before it: 3,812 of 4,231 held-out questions that
# stand alone do, 12 of 650 follow-ups, and 11 of 50 corrections ("the other one, in Leeds").
ALONE = 0.93

_CAN = (
    "Ask about the news articles here, such as “when did they meet?”. The answer is quoted"
    " from an article, with the sentence it comes from."
)
_WHO = (
    "I am Dateline, a program that looks for answers in the news articles here. Every answer is"
    " quoted word for word, with its source; no language model writes any of it. When the articles"
    " don’t say, I tell you so."
)
_REPLIES = {
    "hello": f"Hello. {_CAN}",
    "thanks": "You’re welcome. Ask another question whenever you like.",
    "help": _CAN,
    "who": _WHO,
    "bye": "Goodbye.",
    "fine": "All right. Ask whenever you have a question about the articles.",
    "objection": (
        "I quote what an article says, but may have taken words that answer something else. Open"
        " the article to check, or ask again in other words."
    ),
    "beyond": "That is beyond me. I look for answers in the news articles here and quote them.",
}


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for; without a topic everything, or a summary of what was shown.

    ``if_unanswered``: it may as well be a question, and is a request only where that has no answer
    that is as likely right as this, ``chance``, is a request. ``reply`` is for small talk.
    """

    kind: Kind
    topic: str = ""
    if_unanswered: bool = False
    chance: float = 0.0
    reply: str = ""


@dataclass(frozen=True, slots=True)
class Weights:
    """``kinds`` (states + hashes + 1, kinds), ``alone`` as long, ``topic`` (states + 1).

    The last row is added.
    """

    kinds: npt.NDArray[np.float32]
    alone: npt.NDArray[np.float32]
    topic: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Reading:
    """The probability of each kind, and the words that name the topic; all, if it ``is_bare``.

    ``alone`` is the probability that it leans on nothing before it.
    """

    kinds: dict[str, float]
    topic: str
    is_bare: bool
    alone: float


def request_of(reading: Reading, has_history: bool) -> Request | None:
    """The request that a text is, None for a question.

    With a history "it" can be summed up, and whatever may ask on does.
    """
    chances = dict(reading.kinds)
    question = chances.pop("question")
    shown = 0.0 if has_history else sum(map(chances.pop, _OF_SHOWN))  # nothing was shown
    if shown >= MAYBE:
        return Request("talk", "", shown < SURE, shown, _CAN)
    chance = sum(chances.values()) / (question + sum(chances.values()))
    kind = max(chances, key=lambda one: chances[one])
    if kind in _OF_SHOWN and chance >= MAYBE:
        return Request(_OF_SHOWN[kind], "", kind != "shown" and chance < SURE, chance)
    if chance < (SURE if has_history else MAYBE):
        return None
    maybe = chance < SURE
    if kind in _REPLIES:
        return Request("talk", "", maybe, chance, _REPLIES[kind])
    if kind == "news":
        return Request("latest", "", maybe, chance)
    if not content_words(reading.topic):
        return Request("summary") if has_history else None
    of = _OF_TOPIC.get(kind, "summary")
    if reading.is_bare:  # "Biden age" looks like one, too
        return None if has_history else Request(of, reading.topic, if_unanswered=True)
    return Request(of, reading.topic, maybe, chance)


def read(encoder: FastEncoder, text: str) -> Reading:
    """What the model says of a text."""
    text = as_read(text)
    states, places = encoder.states(text)
    weights = shipped_weights()
    seen = features(text, states)
    logits = seen @ weights.kinds[:-1] + weights.kinds[-1]
    chances = np.exp(logits - logits.max())
    chances /= chances.sum()
    alone = 1 / (1 + math.exp(-float(seen @ weights.alone[:-1] + weights.alone[-1])))
    names = scaled(states) @ weights.topic[:-1] + weights.topic[-1]
    start, end = best_run(text, names, places)
    is_bare = len([*words_of(text[start:end])]) == len([*words_of(text)])
    if named := content_words(text[start:end]):  # "of the UAW strike"
        start, end = start + named[0].start, start + named[-1].end
    topic = text[start:end]
    return Reading(dict(zip(KINDS, chances.tolist(), strict=True)), topic, is_bare, alone)


def features(text: str, states: Vectors) -> npt.NDArray[np.float32]:
    """What a text's kind is told by."""
    hashed = np.zeros(HASHES, dtype=np.float32)
    words = ["^", *(word.text.lower() for word in words_of(text)), "$"]
    pairs = (f"{one} {other}" for one, other in pairwise(words))
    for part in (*words, *pairs):
        hashed[crc32(part.encode()) % HASHES] = 1
    hashed *= _HASHED / np.sqrt(hashed.sum())
    return np.concatenate([scaled(states.mean(axis=0)), hashed])


def scaled(states: Vectors) -> Vectors:
    """Each state at the length that the model was fitted to."""
    length = np.linalg.norm(states, axis=-1, keepdims=True)
    return np.asarray(states * (_STATES / length), dtype=np.float32)


def best_run(text: str, names: Vectors, places: Sequence[Span]) -> Span:
    """The run of words whose tokens, together, most name a topic; of a text without words none."""
    best, run = (-math.inf, (0, 0)), (0.0, 0)
    for word in words_of(text):
        inside = [word.start <= start < end <= word.end for start, end in places]
        name = float(names[inside].sum())
        run = (run[0] + name, run[1]) if run[0] > 0 else (name, word.start)
        best = max(best, (run[0], (run[1], word.end)))
    return best[1]


@lru_cache(maxsize=1)
def shipped_weights() -> Weights:
    """The weights that come with the program; raises ModelError where they do not load."""
    try:
        with np.load(WEIGHTS) as kept:
            return Weights(*(kept[one].astype(np.float32) for one in ("kinds", "alone", "topic")))
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise ModelError(f"{WEIGHTS} does not load; install Dateline anew") from error
