"""Where a conversation is: the article that gave the last answer, which the next is likely from.

A follow-up is asked of all articles in its standalone form, and of that one as it was typed: there
"how much do they get?" needs no name. What that article says counts for more than it would alone.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.errors import NoSuchArticle
from index.models.encoder import Encoder
from index.storage.snapshot import Snapshot
from index.types import Article
from retrieval.compose import Judged
from retrieval.conversation import Reading
from retrieval.names import case_counts
from retrieval.question import Place, Turn, content_words
from retrieval.rank import candidates

# So many sentences of that article are read beside those of all articles. Of 199 follow-ups 10, 6
# and 4 put 145, 144 and 145 right; with 4 one takes 1.5 times as long as a first question.
READ = 4
# What being from that article adds to the logit where the question leans on the one before, and
# where it names what it is about. On 45 conversations about 16 articles 1 to 2 were alike.
_ALONE, _LEANING = 0.5, 1.5
_FOUND = 5  # sentences in which the words of an answer are looked for
_PERSON = re.compile(r"\b(?:he|she|him|her|his)\b", re.IGNORECASE)
_TURNS = 3  # further back nobody looks


@dataclass(frozen=True, slots=True)
class Here:
    """The sentence that answered last, and with which of its words, if they are known."""

    version_id: int
    position: int
    span: tuple[int, int] | None


def here(view: Snapshot, encoder: Encoder, turns: Sequence[Turn]) -> Here | None:
    """The place of the newest turn that has one: as the turn says, or found by its words."""
    for turn in turns[: -_TURNS - 1 : -1]:
        place = turn.place
        if found := _told(view, turn, place) if place else _found(view, encoder, turn):
            return found
    return None


def _told(view: Snapshot, turn: Turn, place: Place) -> Here | None:
    try:
        head = view.find(place.article_id)
    except NoSuchArticle:
        return None  # it was removed since
    article = view.article_of(head.version_id)
    starts = [sentence.start for sentence in article.sentences]
    position = max(0, bisect_right(starts, place.start) - 1)
    quote = article.quote(article.sentences[position])
    return Here(head.version_id, position, _span(quote, turn.answer or ""))


def _found(view: Snapshot, encoder: Encoder, turn: Turn) -> Here | None:
    """The nearest sentence that has the answer's words; a caller need not remember the place."""
    if not turn.answer:
        return None
    text = f"{turn.question} {turn.answer}"
    stems = [word.stem for word in content_words(text)]
    for candidate in candidates(view, encoder, text, stems, None, _FOUND):
        if span := _span(candidate.quote, turn.answer):
            return Here(candidate.version_id, candidate.position, span)
    return None


def _span(quote: str, answer: str) -> tuple[int, int] | None:
    at = quote.find(answer) if answer else -1
    return (at, at + len(answer)) if at >= 0 else None


def names_written(article: Article) -> frozenset[str]:
    """The stems of the words that an article writes as names, however people type them."""
    upper, lower = case_counts(article.quote(sentence) for sentence in article.sentences)
    return frozenset(stem for stem in upper if upper[stem] > 2 * lower[stem])


def asked_here(text: str, meant: Reading) -> str:
    """The question for that article: as typed, unless that says too little or means a person.

    On 160 follow-ups naming the person lost one, on 39 over one article it won two;
    putting in what "it" and "they" mean lost more than it won.
    """
    in_full = meant.leans == 1 and "(" not in meant.text and _PERSON.search(text)
    return meant.text if in_full or not content_words(text) else text


def nearer(
    wide: Iterable[Judged], near: Iterable[Judged], version_id: int, leans: float
) -> list[Judged]:
    """All that was judged, each sentence at its best, those of one article moved up."""
    best: dict[tuple[int, int], Judged] = {}
    for judged in (*wide, *near):
        place = (judged.candidate.version_id, judged.candidate.position)
        if place not in best or judged.probability > best[place].probability:
            best[place] = judged
    gain = _LEANING if leans else _ALONE
    return [
        judged.moved(gain, "here") if place[0] == version_id else judged
        for place, judged in best.items()
    ]
