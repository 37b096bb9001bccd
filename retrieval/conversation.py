"""What a question means after the ones before it, put together from the conversation's own words.

No model: a question is read for what it leaves out (a subject, a verb, a name behind a pronoun),
and that is taken from the last question, its answer and the turns before, by type and recency.

    Who did Blinken meet on Monday?     Han Zheng
    where?                              Where did Blinken meet Han Zheng on Monday?
    and Sullivan?                       Where did Sullivan meet Han Zheng on Monday?
    what did he say about Taiwan?       what did Sullivan say about Taiwan?
    how long was the meeting?           how long was the meeting (Sullivan, Taiwan)?
    Who chairs APEC?                    Who chairs APEC?

What cannot be put in its place stands in brackets, so that a wrong guess is seen.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from index.text.words import Word, is_stop, words_of
from retrieval.forms import asks_who_said
from retrieval.mentions import (
    AUX,
    DETERMINERS,
    PLACES,
    PREPOSITIONS,
    TIME,
    Kind,
    Mention,
    descriptions_of,
    ignoring_case,
    is_definite,
    is_verb,
    is_within,
    names_of,
    plain_of,
    stems_of,
    word_set,
)
from retrieval.question import LONGEST_QUESTION, Question, content_words
from retrieval.talk import LONGEST_ANSWER, OPENING, SHORT_ANSWER, WH, Talk, parts_of

_TURNS = 8  # older ones are forgotten
# A question that names nothing and has no more content words may lean on the last one. This and
# what follows was chosen on the developing half of `benchmarks.follow_ups`.
_FEW = 2
_SOME = {"who": "someone ", "what": "something ", "how many": "some "}
_OBJECT_WH = word_set("who whom which what")
_EXISTS = word_set("is are was were be been being has have had isn't aren't wasn't weren't")
_CLAUSES = word_set(
    "or when after because before if while that and but since although so as until than"
)
_HE = word_set("he she him her his hers himself herself")
_THEY = word_set("they them their theirs themselves")
_IT = word_set("it its itself")
_NO_PEOPLE = word_set("place time group thing")
_OBJECTS = word_set("him them it her hers theirs")
_IDLE = word_set("true possible legal take takes took")  # "is it true that"
_TIME_PASSED = ignoring_case(r"\bhow (?:long|many \w+) (?:has|had) it been")
_NOW = word_set("week month year morning days who")  # "this week"
_POSSESSIVE = word_set("his her hers their theirs its")
_POLITE = word_set("thanks thank you very much ok okay yes no great good bye hello hi")
_CHAT = _POLITE | word_set("tell like know information more please interested else other")
_ABOUT = ignoring_case(r"(?:(?:what|how) about|and what of|i (?:meant|mean))\b\s*(?P<named>.+)")
_TOPIC = ignoring_case(
    r"(?:(?:what|how) about |as for )?(?P<named>[^,]{2,40}), (?P<asks>(?:who|wh\w+|how|did|does|do"
    r"|is|are|was|were|has|have|will|can)\b.+)"
)
_PREPOSED = (
    "(?:(?:according to|at|in|on|for|since|from|until|to|with|by|of|about|against|under|after"
    "|before) )?"
)
_BARE = ignoring_case(
    rf"(?P<asks>{_PREPOSED}(?:how(?: (?:long|many|much|old|far|often|exactly|come))?|when|where"
    r"|who|whom|why|what|which)(?: (?:not|exactly|else|time|day|date|year|month|ones?)){0,3})"
    r"(?: (?:is|was|were|are|did|does|has|will) (?:it|that|this|they)"
    r"(?: (?:happen|happened|take place|be|been|so|done|again))?)?"
)
# A question word with its noun and nothing else: "from what altitude?", "which city?".
_PHRASE = re.compile(
    rf"{_PREPOSED}(?:what|which|whose|how many|how much)(?: (?!of\b|about\b)[\w’'-]+){{1,2}}",
    re.IGNORECASE,
)
_SHORTENED = {"'ve": " have", "'re": " are", "'ll": " will", "'d": " would"}


_WHOM: tuple[tuple[Kind, ...], ...] = (("person",), ("name",))
# What a pronoun can mean, the likeliest first.
_WANTED: tuple[tuple[frozenset[str], tuple[tuple[Kind, ...], ...]], ...] = (
    (_HE, _WHOM),
    (_THEY, (("group",), ("name",), ("person", "place"))),
    (_IT, (("thing",), ("group",))),
    (frozenset({"there"}), (("place",),)),
    (frozenset({"then"}), (("time",),)),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A question as understood: its standalone form, and how far it leans on others, 0 to 1."""

    text: str
    leans: float = 0.0


def standalone(asked: Question) -> str:
    """The question as it would be asked without the ones before it; itself if it stands alone."""
    return understood(asked).text


def understood(asked: Question, known: frozenset[str] = frozenset()) -> Reading:
    """The question read after the last turns of its conversation, in time linear in their length.

    At .5 it may as well be about something else: ask it both ways and keep the better. ``known``
    are stems that are names to the article talked about, however they are typed.
    """
    talk = Talk(known=known)
    for turn in asked.history[-_TURNS:]:
        typed = turn.question.strip()[:LONGEST_QUESTION]
        told = talk.after(typed, _read(typed, talk).text, turn)
        if asks_who_said(typed):  # an aside: whom it told is known, what was asked stays
            told = replace(told, form=talk.form, typed=talk.typed, answer=talk.answer)
        talk = told
    return _read(asked.text.strip(), talk)


def _read(text: str, talk: Talk) -> Reading:
    named = _topic_put_in(text, talk)
    return _meant(text, talk) if named == text else Reading(_meant(named, talk).text, 1.0)


def _meant(text: str, talk: Talk) -> Reading:
    opening = OPENING.match(text)
    body = " ".join(text[opening.end() if opening else 0 :].strip(" ?!.,").split())
    said = {plain_of(w.text) for w in words_of(text)}
    if not talk.form or not any(map(str.isalnum, body)) or said <= _POLITE:
        return Reading(text)
    if bare := _BARE.fullmatch(body):
        return Reading(_other_question(bare["asks"], talk), 1.0)
    if _PHRASE.fullmatch(body) and not any(
        w in AUX | _HE | _THEY | _IT or is_verb(w) for w in body.lower().split()
    ):
        return Reading(_other_question(body, talk), 1.0)
    about = _ABOUT.match(body)
    named = about["named"] if about else body if opening and _is_fragment(body) else ""
    if _is_fragment(named) and not any(True for _ in _pointers(named)):
        return Reading(_other_name(named, talk) or _bracketed(text, talk), 1.0)
    own = [w for w in content_words(text) if w.text.lower() not in _CHAT]
    placed, all_found = _put_in_place(text, talk)
    if all_found and not about:
        return Reading(placed, 1.0)
    if all_found is not None:
        return Reading(_bracketed(placed, talk), 1.0 if len(own) <= _FEW else 0.5)
    if len(own) > _FEW or names_of(text, talk.known):
        # "how many people took part?" may be of the last answer's event.
        return Reading(text, 0.0 if names_of(text, talk.known) else 0.5)
    return Reading(_bracketed(text, talk, whole=not own), 0.5 if own else 1.0)


def _topic_put_in(text: str, talk: Talk) -> str:
    """A question with the name put before it in it: "And Sullivan, what does he do?"."""
    opening = OPENING.match(text)
    found = _TOPIC.fullmatch(text, opening.end() if opening else 0)
    if not found or [m.text for m in names_of(found["named"], talk.known)] != [found["named"]]:
        return text
    pointer = next((w for w in _pointers(found["asks"]) if plain_of(w.text) in _HE | _THEY), None)
    if pointer is None:
        return text
    owns = "’s" if plain_of(pointer.text) in _POSSESSIVE else ""
    at = found.start("asks")
    return text[at : at + pointer.start] + found["named"] + owns + text[at + pointer.end :]


# -- what is left out ------------------------------------------------------------------------


def _told(talk: Talk, *, filled: bool = True) -> tuple[str, str]:
    """The last question as far as it states something: its auxiliary, and the rest.

    The answer goes where the question word points: "Who did Blinken meet on Monday?" and "Han
    Zheng" tell "did", "Blinken meet Han Zheng on Monday".
    """
    parts = parts_of(talk.form)
    asks = parts.asks.lower().rpartition(" ")[2]
    few = filled and 0 < len(talk.answer.split()) <= SHORT_ANSWER
    fits = few and parts.asks.lower() in _OBJECT_WH and names_of(talk.answer, talk.known)
    answer = talk.answer if fits else ""
    given = answer or (parts.noun if asks in ("many", "which", "what", "much") else "")
    first = next(words_of(parts.rest), None)
    if not given or first is None:
        return parts.aux, parts.rest or given
    subject_follows = parts.aux and (
        parts.aux in ("did", "do", "does")
        or first.text[0].isupper()
        or plain_of(first.text) in DETERMINERS | _HE | _THEY | _IT
    )
    if not subject_follows:
        return parts.aux, f"{given} {parts.rest}"
    return parts.aux, _with_object(parts.rest, answer) if answer else parts.rest


def _with_object(rest: str, answer: str) -> str:
    """The answer put before the first preposition that has something after it, or at the end."""
    for word, after in pairwise(list(words_of(rest))[1:]):
        if word.text.lower() in PREPOSITIONS and after.text.lower() not in PREPOSITIONS:
            return f"{rest[: word.start]}{answer} {rest[word.start :]}"
    return f"{rest} {answer}"


def _other_question(asks: str, talk: Talk) -> str:
    """The last question asked with another question word."""
    again = asks.lower().split()[0] == parts_of(talk.form).asks.lower()  # "who else?"
    aux, rest = _told(talk, filled=not again)
    asks = asks[0].upper() + asks[1:]
    if not rest:
        return f"{asks}?"
    told = parts_of(talk.form)
    someone = _SOME.get(told.asks.lower(), "") if rest == told.rest else ""
    if aux:  # "What had caused it?" has no subject: "When had something caused it?"
        return f"{asks} {aux} {someone if is_verb(rest.split()[0]) else ''}{rest}?"
    if asks.lower() in ("when", "where", "why", "who"):
        return f"{asks} was it that {someone}{rest}?"
    return f"{asks} ({rest})?"


def _other_name(named: str, talk: Talk) -> str | None:
    """The last question asked of something else of the same kind; None if there is no such."""
    form, stems = talk.form, stems_of(named)
    slots = names_of(form, talk.known)
    first = next(words_of(named), None)
    if first is None or any(stems & m.stems for m in slots):
        return None  # it was in the question already
    time, old = TIME.search(named), TIME.search(form)
    if time and old:  # "Tuesday" keeps the "on" of "on Monday"
        part = "day" if time["day"] == time.group() else 0
        return form[: old.start(part)] + time.group() + form[old.end() :]
    if time:
        return None
    if first.text.lower() in PREPOSITIONS:
        asked = form.rstrip(" ?!.")
        same = re.search(rf"\b{first.text}(?: [\w’'-]+){{1,3}}$", asked, re.IGNORECASE)
        return f"{asked[: same.start()] if same else asked + ' '}{named}?"
    if not slots or (named.islower() and not names_of(named, talk.known)):
        noun = parts_of(form).noun  # "how many planes …", "and ships?"
        return form.replace(noun, named, 1) if noun else None
    # A name just typed rather than one carried along, and a place for a place.
    slots = [m for m in slots if m.stems & talk.typed] or slots
    is_place = stems <= PLACES
    slots = [m for m in slots if (m.kind == "place") == is_place] or slots
    return form[: slots[0].start] + named + form[slots[0].end :]


def _bracketed(text: str, talk: Talk, *, whole: bool = True) -> str:
    """The question with what was talked about beside it, in brackets: all of it, or the names."""
    main, _, beside = talk.form.partition(" (")
    aux, last = _told(replace(talk, form=main))
    parts = [last, beside.strip("?)").partition("; ")[0]]
    # What points elsewhere itself ("it lasted") says nothing.
    parts = [p for p in parts if p and (names_of(p, talk.known) or not any(_pointers(p)))]
    told = "; ".join(parts or [m.text for m in talk.mentions[:2]])
    said = f"{aux} {told}"  # the auxiliary tells a subject from the verb after it
    described = filter(is_definite, descriptions_of(said))
    things = [m for m in described if m.kind in ("thing", "person")]
    names = [m for m in names_of(said, talk.known) if not is_within(m, things)]
    if not whole and (names or things):
        shown = [m for m in (*names, *things) if not any(m.stems < o.stems for o in things)]
        once: dict[frozenset[str], str] = {}
        for mention in shown:
            once.setdefault(mention.stems, mention.text)
        told = ", ".join([*once.values(), *(m.group() for m in TIME.finditer(told))])
    if not stems_of(told) - stems_of(text):
        return text
    mark = "?" if text.endswith("?") else ""
    return f"{text.rstrip(' ?!.')} ({told[:LONGEST_ANSWER]}){mark}"


def _is_fragment(body: str) -> bool:
    """Whether it only names something: "on Monday", "Sullivan"."""
    lower = [plain_of(w.text) for w in words_of(body)]
    return 0 < len(lower) <= 5 and not AUX & {*lower} and lower[0] not in WH


# -- what is pointed at ----------------------------------------------------------------------


def _pointers(text: str) -> Iterator[Word]:
    """The words that point out of the question."""
    words = list(words_of(text))
    lower = ["", *(plain_of(w.text) for w in words), ""]
    things = [*names_of(text, frozenset()), *filter(is_definite, descriptions_of(text))]
    clause = next((w.start for w in words[1:] if plain_of(w.text) in _CLAUSES), len(text))
    for before, said, after, word in zip(lower, lower[1:], lower[2:], words, strict=False):
        kinds = {m.kind for m in things if m.end <= word.start}
        if said in _HE | _THEY | _IT:
            # In "did Blinken meet him" it is another; in "did Blinken say he …" the same.
            same = said not in _OBJECTS or clause < word.start
            within = same and kinds - ({"place"} if said not in _HE else _NO_PEOPLE)
            idle = said == "it" and (after in _IDLE or _TIME_PASSED.search(text))
            points = not within and not idle
        elif said == "there":
            points = "place" not in kinds and not {before, after} & _EXISTS
        elif said == "then":
            points = before != "" and (not after or before in ("since", "until", "by", "before"))
        elif said == "that":
            points = not before or not after or before in AUX | PREPOSITIONS | WH
        else:
            points = said in ("this", "these", "those") and after not in _NOW
        if points:
            yield word


def _put_in_place(text: str, talk: Talk) -> tuple[str, bool | None]:
    """The question with names for pronouns; whether all were found, None when there are none."""
    have = stems_of(text)
    done: dict[str, Mention | None] = {}
    out, at = [], 0
    for word in _pointers(text):
        said = plain_of(word.text)
        group = next((g for g in _WANTED if said in g[0]), None)
        key = min(group[0]) if group else said
        if key in done:
            continue  # once is enough: "did Blinken say what his …"
        meant = done[key] = _antecedent(group[1], talk, have) if group else None
        if meant is None:
            continue
        name = re.sub(r"^(?:An?|The) ", lambda article: article[0].lower(), meant.text)
        following = next(words_of(text, word.end), None)
        owned = following is not None and (said != "her" or not is_stop(following.text))
        if owned and said in _POSSESSIVE:
            new = name + ("’" if name.endswith("s") else "’s")
        else:
            tail = word.text[len(said) :].lower().replace("’", "'")
            new = ("in " if said == "there" else "") + name + _SHORTENED.get(tail, tail)
        have |= meant.stems
        out += [text[at : word.start], new]
        at = word.end
    return "".join(out) + text[at:], None not in done.values() if done else None


def _antecedent(
    wanted: Iterable[tuple[Kind, ...]], talk: Talk, have: frozenset[str]
) -> Mention | None:
    """What is meant by a pronoun that can mean these kinds; nothing that the question names."""
    # People and groups last, things do not; in a long answer only "he" finds whom it means.
    lasts = any("name" in kinds for kinds in wanted)
    aside = talk.aside if wanted == _WHOM else ()
    if wanted == _WHOM and (newest := _newest_person(talk, have)):
        return newest
    for mentions in (talk.mentions, aside) if lasts else (talk.fresh,):
        for kinds in wanted:
            for mention in mentions:
                if mention.kind in kinds and not mention.stems & have:
                    return mention
    return None


def _newest_person(talk: Talk, have: frozenset[str]) -> Mention | None:
    """Whom the last turn named: as a person, or with a name of several words."""
    fresh = [m for m in talk.fresh[: talk.near] if not m.stems & have]
    people = [m for m in fresh if m.kind == "person"]
    named = [m for m in fresh if m.kind == "name" and " " in m.text]
    return next(iter([*people, *named]), None)
