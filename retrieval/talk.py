"""What a conversation has been about: who and what a later question may point at.

A question is taken apart for what it asks about; that, and what its answer names, is remembered by
kind, the newest first.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from index.text.words import words_of
from retrieval.forms import digest_topic
from retrieval.mentions import (
    AUX,
    TIME,
    Kind,
    Mention,
    description_at,
    descriptions_of,
    ignoring_case,
    is_definite,
    is_within,
    names_of,
    plain_of,
    stems_of,
    word_set,
)
from retrieval.question import LONGEST_QUESTION, Turn

LONGEST_ANSWER = 400  # characters read of an answer, and put in brackets
SHORT_ANSWER = 6  # words; only as short a one is put into a question
_MENTIONS = 24  # as many antecedents are remembered
WH = word_set("who whom whose what which where when why how")
OPENING = ignoring_case(
    r"(?:(?:and|but|so|or|ok|okay|yes|no|well|also|then|now|please|thanks|thank you|i see"
    r"|interesting|sure)\b[\s,.!?]+)+"
)
REQUEST = ignoring_case(
    r"(?:(?:can|could) you |please |i(?:['’]d| would) like to ){0,3}"
    r"(?:tell|know|hear|explain|give)\b(?: me)?(?: more)?(?: about)?"
)
_HOW = word_set("many much long old")
_ACTING = word_set("did do does has have had will would")
_COPULA = ("", "is", "are", "was", "were")


class Parts(NamedTuple):
    """A question taken apart: "How many | people | were | killed in the crash"."""

    asks: str
    noun: str
    aux: str
    rest: str


def parts_of(form: str) -> Parts:
    """Take a question, or a request such as "tell me about …", apart."""
    text = form.strip().rstrip(" ?!.")
    opening = OPENING.match(text)
    text = text[opening.end() if opening else 0 :]
    words = list(words_of(text))
    lower = [plain_of(w.text) for w in words[:8]]
    asks = next((n for n, w in enumerate(lower[:2]) if w in WH), None)
    aux = next((n for n, w in enumerate(lower) if w in AUX), None)
    if asks is None and aux == 0 and not REQUEST.match(text):
        return Parts("", "", words[0].text.lower(), text[words[0].end :].strip())
    if asks is None:
        request = REQUEST.match(text)
        return Parts("", "", "", text[request.end() if request else 0 :].strip())
    has_aux = aux is not None and aux > asks
    asks += lower[asks] == "how" and any(word in _HOW for word in lower[asks + 1 : asks + 2])
    if aux is None or not has_aux:
        return Parts(text[: words[asks].end], "", "", text[words[asks].end :].strip())
    noun = text[words[asks].end : words[aux].start].strip()
    rest = text[words[aux].end :].strip()
    return Parts(text[: words[asks].end], noun, words[aux].text.lower(), rest)


@dataclass(frozen=True, slots=True)
class Talk:
    """What was said until now, as far as a follow-up can point at it."""

    form: str = ""  # the last question, standalone
    typed: frozenset[str] = frozenset()  # the stems of that question as it was typed
    answer: str = ""
    fresh: tuple[Mention, ...] = ()  # of the last turn
    near: int = 0  # so many of these are of its question or of a short answer
    mentions: tuple[Mention, ...] = ()  # of all questions and short answers, the newest first
    aside: tuple[Mention, ...] = ()  # of longer answers: meant when nothing else fits
    known: frozenset[str] = frozenset()  # the stems that were written as names

    def after(self, typed: str, form: str, turn: Turn) -> "Talk":
        """What the conversation is about once a question was asked and answered."""
        topic = digest_topic(form)  # of a digest no sentence is the answer
        answer = "" if topic else " ".join((turn.answer or "")[:LONGEST_ANSWER].split())
        short = len(answer.split()) <= SHORT_ANSWER
        texts = (typed, form) if len(typed.split()) <= SHORT_ANSWER - 2 else (form,)
        names = [m for text in texts for m in names_of(text, frozenset())]
        names += names_of(answer, frozenset(), quoted=True)
        known = self.known.union(*(m.stems for m in names))
        parts = parts_of(form)
        asked = _asked_about(form, parts, known)
        if topic:
            asked += [_of_kind(m, "thing") for m in names_of(topic, known)]
        told = _told_about(answer, parts.asks.lower() if short else "", known)
        called = _called(answer, parts.rest) if parts.asks.lower() == "who" else []
        # "Who is the vice president?" is about the answer, "Who is Han Zheng?" is not.
        named = parts.rest in [m.text for m in names_of(form, known)]
        answer_first = parts.asks.lower() == "who" and parts.aux in _COPULA and not named
        # Whom a longer answer names first was asked for: "Ann Ott, and her deputy, Jan Ek, …".
        people = [m for m in told if m.kind in ("person", "name")]
        first = min(people, key=lambda m: m.start, default=None) if answer_first else None
        near = [*called, *(told if short else [_of_kind(first, "person")] if first else ())]
        leads = bool(near) and answer_first
        fresh = [*near, *asked] if leads else [*asked, *near]
        # Of a longer answer things are soon forgotten, unless it opens with them.
        beside = [] if short else [m for m in told if m.kind != "thing" or m.start == 0]
        if not any(m.kind == "thing" for m in fresh):  # "and how many survived?" goes on about it
            beside += [m for m in self.fresh if m.kind == "thing"]
        lasting = [m for m in self.mentions if m.kind == "person" or not m.text.startswith("the ")]
        return Talk(
            form[:LONGEST_QUESTION],
            stems_of(typed),
            answer,
            (*fresh, *beside),
            len(fresh),
            _newest([*fresh[:_MENTIONS], *lasting]),
            _newest([*(() if short else told[:_MENTIONS]), *self.aside]),
            known,
        )


def _asked_about(form: str, parts: Parts, known: frozenset[str]) -> list[Mention]:
    """What a question is about: its names, pairs of them, and what it describes."""
    described = descriptions_of(form)
    if parts.noun and parts.asks.lower().endswith(("many", "which", "what")):
        at = form.find(parts.noun)
        noun = description_at(form, at, at + len(parts.noun))
        described.append(replace(noun, text=f"the {noun.text}"))
    names = [m for m in names_of(form, known) if not is_within(m, described)]
    if parts.asks.lower() == "what" and [m.text for m in names] == [parts.rest]:
        names = [_of_kind(m, "thing") for m in names]
    elif names and parts.aux and parts.rest.startswith(names[0].text):
        owner = form[names[0].end : names[0].end + 1] in ("'", "’")  # of the subject
        names[owner:] = [_of_kind(m, "person") for m in names[owner : owner + 1]] + names[
            owner + 1 :
        ]
    elif names and parts.aux in _ACTING and parts.rest.startswith(f"the {names[0].text}"):
        names[0] = replace(names[0], kind="group")  # "did the White House say": they did
    return [*names, *_pairs(form, names), *filter(is_definite, described)]


def _told_about(answer: str, asks: str, known: frozenset[str]) -> list[Mention]:
    """What an answer is about; its names are of the kind that was asked for."""
    kinds: dict[str, Kind] = {"who": "person", "whom": "person", "where": "place"}
    described = descriptions_of(answer)
    names = [m for m in names_of(answer, known, quoted=True) if not is_within(m, described)]
    times = [
        Mention(m.group(), "time", m.start(), m.end(), stems_of(m.group()))
        for m in TIME.finditer(answer)
    ]
    return [*(_of_kind(m, kinds.get(asks, "name")) for m in names), *described, *times]


def _called(answer: str, role: str) -> list[Mention]:
    """The person whom an answer names beside a role: "her predecessor, Pedro Castillo, …"."""
    noun = re.escape(role.rpartition(" ")[2])
    found = re.search(rf"(?i:\b{noun}),? ((?:[A-Z][\w’'-]+ ?){{1,4}})", answer) if noun else None
    if found is None:
        return []
    name = found[1].strip()
    return [Mention(name, "person", found.start(1), found.start(1) + len(name), stems_of(name))]


def _of_kind(mention: Mention, kind: Kind) -> Mention:
    """A mention whose kind its surroundings do not tell, with the kind that was asked for."""
    return replace(mention, kind=kind) if mention.kind == "name" else mention


def _pairs(form: str, names: list[Mention]) -> Iterator[Mention]:
    """Two that "they" would mean: "Sullivan and Wang Yi", and "did Blinken meet Han Zheng"."""
    for one, other in pairwise([m for m in names if m.kind in ("name", "person")]):
        if one.stems & other.stems:
            continue
        if one.kind == "person" or form[one.end : other.start].strip() == "and":
            both = f"{one.text} and {other.text}"
            yield Mention(both, "group", one.start, other.end, one.stems | other.stems)


def _newest(mentions: list[Mention]) -> tuple[Mention, ...]:
    """Each once, in order, a short name in full."""
    out: list[Mention] = []
    for mention in mentions:
        alike = {mention.kind, "name", *(("person",) if mention.kind == "name" else ())}
        same = next(
            (n for n, m in enumerate(out) if m.kind in alike and m.stems & mention.stems), None
        )
        if same is None or mention.kind == "group":
            out.append(mention)
        elif mention.kind in ("name", "person"):
            longer = mention if mention.stems > out[same].stems else out[same]
            kinds = {mention.kind, out[same].kind}
            out[same] = replace(longer, kind="person" if "person" in kinds else out[same].kind)
    return tuple(out[:_MENTIONS])
