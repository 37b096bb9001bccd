"""Words in a sentence that could answer by their kind: places, people, times, numbers.

Patterns over the sentence as it stands: whether a sentence has any figure at all tells readers of
words and vectors what those do not see.
"""

import re
from collections.abc import Iterator

from index.reading.dateline import dateline_end
from index.text.frequency import frequency
from index.text.words import words_of
from retrieval.question import AnswerType

_MONTH = (
    r"(?:Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?|July?"
    r"|Aug(?:ust|\.)?|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)"
)
_DAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_NUMBER = (
    r"(?:\d[\d,]*(?:\.\d+)?|(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
    r"|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty"
    r"|sixty|seventy|eighty|ninety)(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?)"
    r"(?: (?:dozen|hundred|thousand|million|billion|trillion))*"
)
_UNIT = r"(?:seconds?|minutes?|hours?|days?|nights?|weeks?|months?|years?|decades?|centur(?:y|ies))"
_CAPITALISED = (
    r"(?:(?:St|Gen|Mr|Mrs|Ms|Dr|Sen|Rep|Gov|Lt|Col|Adm|Capt|Sgt|Prof|Rev)\. ?"
    r"|[A-ZÀ-ÖØ-Þ](?:\.[A-Z])*\.(?=\W)|[A-ZÀ-ÖØ-Þ][\w’'-]*\w)"
)
_NAME = (
    rf"{_CAPITALISED}"
    rf"(?:[ -]?(?<=[ -.])(?:of |the |de |da |du |von |van |al-|bin |ibn |do )?{_CAPITALISED})*"
)
_SEASON = "(?:spring|summer|autumn|fall|winter)"
_ABOUT = "(?:more than|nearly|about|almost|at least|some|over|around) "
_TIME = "|".join(
    (
        rf"(?:{_DAY},? )?\d{{1,2}} {_MONTH}(?:,? \d{{4}})?",
        rf"(?:{_DAY},? )?(?:(?:early|late|mid)[- ])?{_MONTH}(?: \d{{1,2}}(?!\d))?(?:,? \d{{4}})?",
        rf"(?:(?:last|next|this|late|early|on) )?{_DAY}(?: (?:morning|afternoon|evening|night))?",
        rf"(?:last|this|next|late last|early this) (?:week(?:end)?|month|year|night|{_SEASON})",
        rf"(?:the (?:month of )?)(?:last )?{_SEASON}(?! olympics)",
        r"(?:in |since |by )(?:early |late |mid-)?(?:19|20)\d\d",
        r"(?:19|20)\d\d",
        r"yesterday|today|tomorrow|tonight",
        rf"{_NUMBER} {_UNIT} (?:ago|later|earlier|before)",
    )
)
_PATTERNS = {
    AnswerType.TIME: re.compile(rf"\b(?:{_TIME})\b"),
    AnswerType.DURATION: re.compile(
        rf"\b(?:{_ABOUT})?(?:an?|{_NUMBER})[ -](?:more )?{_UNIT}\b"
        rf"(?: over (?:{_NUMBER}) {_UNIT})?",
        re.IGNORECASE,
    ),
    AnswerType.AMOUNT: re.compile(
        rf"(?:[$€£¥]|US\$)\s?{_NUMBER}(?: (?:million|billion|trillion))?"
        rf"|\b{_NUMBER}(?: ?%| per ?cent| percent| (?:dollars|euros|pounds|yuan))",
        re.IGNORECASE,
    ),
    AnswerType.MEASURE: re.compile(
        rf"\b(?:{_ABOUT})?{_NUMBER}[ -]?(?:feet|foot|met(?:er|re)s?|miles?|kilomet(?:er|re)s?|km|cm"
        r"|inch(?:es)?|yards?|acres?|hectares?|square \w+|(?:kilo)?grams?|kg|tons?|tonnes?|pounds?"
        r"|storeys?|stories|floors?)\b",
        re.IGNORECASE,
    ),
    AnswerType.NUMBER: re.compile(
        rf"\b(?:{_ABOUT})?{_NUMBER}\b",
        re.IGNORECASE,
    ),
    AnswerType.PLACE: re.compile(
        rf"\b(?:in|at|to|from|near|off|over|outside|into|on)(?: the (?:\w+ )?"
        rf"(?:island|city|town|state|coast|capital) of)?(?: the)? (?P<span>{_NAME})"
    ),
    AnswerType.PERSON: re.compile(rf"(?P<span>{_NAME})"),
}
# A word this common at the start of a sentence is no name.
_PLAIN = 1e-5
_NOTHING = re.compile(r"(?!)")
_COUNTS = re.compile(
    rf"\d|\b(?:{_NUMBER}|an?|half|quarter|dozens?|hundreds?|thousands?|[mb]illions?|once|twice"
    r"|double|couple|pair|several|few|fewer|many|most|more|less|all|both|none|no|zero|since"
    r"|until|till)\b",
    re.IGNORECASE,
)
_COUNTED = (AnswerType.DURATION, AnswerType.AMOUNT, AnswerType.MEASURE, AnswerType.NUMBER)
_NO_NAME = re.compile(rf"^(?:{_DAY}|{_MONTH}|The|A|An|He|She|It|They|In|On|At|But|And|This|That)\b")
_NO_PERSON = re.compile(r"\b(?:in|at|near|from|to|off|over|into|of|the|The) $")


def has_span(quote: str, kind: AnswerType, asked: set[str]) -> bool:
    """Whether a sentence has any words of a kind that the question does not have itself."""
    return any(not _repeats(quote, span, asked) for span in spans_of(quote, kind))


def is_unlike(words: str, kind: AnswerType) -> bool:
    """Whether words cannot answer: without a number "how many" or "how long", a price "when"."""
    if kind is AnswerType.TIME:
        return _PATTERNS[AnswerType.AMOUNT].search(words) is not None
    return kind in _COUNTED and not _COUNTS.search(words)


def spans_of(quote: str, kind: AnswerType) -> Iterator[tuple[int, int]]:
    """All stretches of a sentence that are of a kind."""
    pattern = _PATTERNS.get(kind, _NOTHING)
    group = "span" if "span" in pattern.groupindex else 0
    # A dateline says where and when it was written, not when or how much anything was.
    start = 0 if kind is AnswerType.PLACE else dateline_end(quote)
    for match in pattern.finditer(quote, start):
        start, end = match.span(group)
        named = kind in (AnswerType.PLACE, AnswerType.PERSON)
        if named and _NO_NAME.match(quote[start:end]):
            continue
        if named and _is_plain_word(quote, start, end):
            continue
        if kind is AnswerType.PERSON and not _reads_as_person(quote, start, end):
            continue
        yield start, end


def _is_plain_word(quote: str, start: int, end: int) -> bool:
    """Whether a word has its capital only from the start of the sentence."""
    opens = not any(char.isalnum() for char in quote[:start])
    return opens and " " not in quote[start:end] and frequency(quote[start:end]) > _PLAIN


def _reads_as_person(quote: str, start: int, end: int) -> bool:
    """Whether a name is of two words, nobody's possession, and neither "the …" nor "in …"."""
    name, before = quote[start:end], quote[max(0, start - 10) : start]
    return " " in name and not name.endswith(("’s", "'s")) and not _NO_PERSON.search(before)


def _repeats(quote: str, span: tuple[int, int], asked: set[str]) -> bool:
    stems = [w.stem for w in words_of(quote, *span) if not w.is_stop]
    return not stems or any(stem in asked for stem in stems)
