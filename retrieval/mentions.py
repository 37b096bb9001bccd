"""What a text mentions that a later one may point at: names, descriptions, of what kind."""

import re
from dataclasses import dataclass, replace
from typing import Literal

from index.text.frequency import frequency
from index.text.words import Word, words_of
from retrieval.question import content_words

# In lower case a rarer word is a name ("sullivan" 8.5e-6) unless it is derived ("notable"); one
# as common as "film" is no name even where it stood in one.
_RARE = 1e-5
_COMMON = 1.2e-4
_DERIVED = re.compile(r"(?:able|ous|ful|ive|ly|ed|ing|ness|ment|ion|ify|ize|[^s]s)$")


def word_set(text: str) -> frozenset[str]:
    """The words of a listing."""
    return frozenset(text.split())


def ignoring_case(*lines: str) -> re.Pattern[str]:
    """A pattern in several lines, whatever the case."""
    return re.compile("".join(lines), re.IGNORECASE)


AUX = word_set("""
did does do is are was were am has have had will would can could should shall may might must didn't
doesn't don't isn't aren't wasn't weren't hasn't haven't won't can't couldn't
""")
PREPOSITIONS = word_set("""
about above after against along among around as at before behind below between by during for from in
inside into near of off on onto out outside over since through to toward towards under until up upon
via with within without besides despite
""")
_PLACING = word_set("in at from near inside outside across around")
DETERMINERS = word_set(
    "the a an this that these those his her its their my your our some any every"
)
_VERBS = word_set("""
meet met visit say said tell told call make made take took go went come came get got give gave win
won lose lost become became begin began start end last put run ran hold held keep kept kill know
knew leave left see saw speak spoke talk work play live die think mean show split rise rose fall
fell fly flew sign announce resign happen release receive form cause affect reach plan fail charge
sell sold buy send sent advise warn help use need want lead led join pay paid died lied
""")
_NO_VERBS = word_set("meeting building wedding ceiling")
_DESCRIBING = word_set("the a an his her its their")
_NO_OWNERS = word_set("what who where when why how that it he she there here let")  # "what's"
_HELPING = word_set("did do does will would can could should may might must")
_HOLLOW = word_set("""
world way one ones time same name number kind type most article half lot total couple few bit series
months years days weeks hours minutes
""")  # no antecedents
_TITLES = word_set("""
president minister premier secretary senator general governor judge king queen pope chancellor
ambassador captain coach mayor ceo chairman spokesman spokeswoman official leader man woman
adviser advisor aide director lawyer professor author actor actress singer founder mother father son
daughter brother sister wife husband
""")
PLACES = word_set("""
africa america asia australia beijing belarus brazil britain brussels california canada china cuba
egypt england europe france gaza geneva germany greece india iran iraq ireland israel italy japan
jerusalem korea kyiv lebanon london mexico moscow pakistan paris poland russia scotland spain sweden
syria taipei taiwan texas turkey uk ukraine us usa vienna vietnam washington yemen african american
british canadian chinese european french german indian iranian israeli italian japanese korean
mexican palestinian russian spanish syrian taiwanese turkish ukrainian
""")
_NUMBERED = re.compile(r"-\d+\b")  # "Artemis-1"
_JOINS = frozenset({" ", "-", ". ", " of ", " of the ", " de ", " der ", " & ", " for ", " on "})
TIME = ignoring_case(
    r"\b(?:(?:on|in|since|by|until|last|next|early|late) ){0,3}"
    r"(?P<day>(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:jan|feb|aug|sept?|oct|nov|dec)\b\.?|(?:jan|febr)uary"
    r"|march|april|june|july|august|(?:septem|octo|novem|decem)ber|(?:19|20)\d\d|yesterday|today|tomorrow"
    r"|(?:last|this) (?:week|month|year))(?!\w)(?: \d{1,2}\b(?!:))?(?:,? (?:19|20)\d\d\b)?"
)

# What a name or description stands for as far as its surroundings tell; a name, for any of these.
Kind = Literal["person", "place", "time", "group", "thing", "name"]


@dataclass(frozen=True, slots=True)
class Mention:
    """Something that a later question may point at, and where it stands in its text."""

    text: str
    kind: Kind
    start: int
    end: int
    stems: frozenset[str]


def names_of(text: str, known: frozenset[str], *, quoted: bool = False) -> list[Mention]:
    """The names in a text, in order; in lower case the rare words and those known as names."""
    words = list(words_of(text))
    in_case = quoted or any(w.text[0].isupper() for w in words[1:])
    runs: list[list[Word]] = []
    for n, word in enumerate(words):
        if not _is_name(words, n, in_case, known):
            continue
        last = runs[-1][-1] if runs else word
        if text[last.end : word.start] in _JOINS and last.text[-2:] not in ("'s", "’s"):
            runs[-1].append(word)
        else:
            runs.append([word])
    ends = [_NUMBERED.match(text, run[-1].end) for run in runs]
    return [
        _mention(text, run[0].start, end.end() if end else run[-1].end)
        for run, end in zip(runs, ends, strict=True)
    ]


def _is_name(words: list[Word], n: int, in_case: bool, known: frozenset[str]) -> bool:
    word, plain = words[n], plain_of(words[n].text)
    if n and in_case and len(word.text) == 1 and word.text.isupper() and word.text != "I":
        return True  # an initial
    ordinal = n > 0 and words[n - 1].end == word.start  # the "nd" of "22nd"
    if ordinal or word.is_stop or not plain[:1].isalpha() or plain in AUX or TIME.match(plain):
        return False
    first_upper = word.text[0].isupper()
    if n and in_case and first_upper:
        return True
    if n and plain_of(words[n - 1].text) in DETERMINERS:
        return False
    common = frequency(plain)
    if (word.stem in known and common < _COMMON) or plain in PLACES:
        return True
    if n == 0 and first_upper and len(words) > 1 and words[1].text[0].isupper():
        return words[1].start <= word.end + 2
    told = n > 0 or len(words) == 1 or is_verb(words[1].text)  # "sullivan stressed …"
    is_other = is_verb(plain) or _DERIVED.search(plain)
    return told and not in_case and common < _RARE and not is_other


def _mention(text: str, start: int, end: int) -> Mention:
    said = re.sub(r"['’]s?$", "", text[start:end])
    before = text[max(0, start - 20) : start].rstrip().rpartition(" ")[2].lower()
    return Mention(said, _kind(said, before), start, start + len(said), stems_of(said))


def _kind(said: str, before: str) -> Kind:
    words = re.split(r"[\s-]+", said)
    lower = [w.lower().replace(".", "") for w in words]
    if lower[-1] in _TITLES or (lower[0] in _TITLES and lower[1] != "of"):
        return "person"
    if any(len(w) > 1 and w.isupper() and w.lower() not in PLACES for w in words if "." not in w):
        return "group"  # NATO
    if PLACES & {*lower} or before in _PLACING:
        return "place"
    if before == "the":
        return "group" if said.endswith("s") else "thing"
    return "name"


def descriptions_of(text: str) -> list[Mention]:
    """What is named by a description: "the balloon", "its red line", "China's defence minister"."""
    out = []
    words = list(words_of(text))
    for n, word in enumerate(words):
        owns = word.text.endswith(("'s", "’s")) and plain_of(word.text) not in _NO_OWNERS
        if not (word.text.lower() in _DESCRIBING or owns):
            continue
        run: list[Word] = []
        for noun in words[n + 1 : n + 4]:
            plain = plain_of(noun.text)
            verb = is_verb(plain) and (bool(run) or plain in _VERBS)  # "the stumbling blocks"
            # "the official aim to", "the president xi": what follows is no part of it.
            verb |= bool(run) and plain_of(run[-1].text) in _TITLES and plain not in _TITLES
            ends = noun.is_stop or plain in AUX | PREPOSITIONS | _HOLLOW or not plain.isalpha()
            if verb or ends or text[(run or [word])[-1].end : noun.start].strip():
                break
            run.append(noun)
        else:
            verb = False
        # After "did" and its subject comes a verb, known or not: "did the military advise Biden".
        if not verb and n and words[n - 1].text.lower() in _HELPING:
            named = next((k for k, w in enumerate(run) if k > 1 and w.text[0].isupper()), len(run))
            run = run[: max(1, named - 1)]
        if run:
            out.append(description_at(text, word.start, run[-1].end))
    return out


def description_at(text: str, start: int, end: int) -> Mention:
    """A description as a mention: of a group where it is a plural, else of a thing."""
    mention = _mention(text, start, end)
    if mention.kind == "person":
        return mention
    plural = re.search(r"(?<![usi])s$|people$", mention.text) is not None
    return replace(mention, kind="group" if plural else "thing")


def is_within(mention: Mention, others: list[Mention]) -> bool:
    """Whether a name only describes something else: "a Chinese balloon"."""
    return any(m.start < mention.start and mention.end < m.end for m in others)


def is_definite(mention: Mention) -> bool:
    """Whether it is something known already: "the balloon", not "a balloon"."""
    return mention.text.partition(" ")[0].lower() not in ("a", "an")


def is_verb(word: str) -> bool:
    """Whether a word looks like a verb."""
    plain = plain_of(word)
    return plain in _VERBS or (
        len(plain) > 4 and plain.endswith(("ed", "ing")) and plain not in _NO_VERBS
    )


def plain_of(word: str) -> str:
    """A word in lower case without what an apostrophe joins to it; "didn't" stays."""
    lower = word.lower().replace("’", "'")
    return lower if lower.endswith("n't") else lower.partition("'")[0]


def stems_of(text: str) -> frozenset[str]:
    """The stems of the content words."""
    return frozenset(w.stem for w in content_words(text))
