"""Whether two articles' answers to one question say the same, or differ in number, date or place.

Nothing else is judged: contradictions are not looked for. To say that articles differ where they
do not is worse than to miss it, so what is not plain is UNRELATED: a bound ("more than 1,100")
against a number that it allows, a rounding, a place within another, the dead against the hurt.
Time is linear in the sentences' length. Nothing here raises.
"""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import dropwhile
from typing import TypeVar

from rapidfuzz.distance import DamerauLevenshtein

from index.text.words import content_stems, stem, words_of
from retrieval.numbers import Quantity, meet, numbers_in, thing
from retrieval.question import AnswerType


class Relation(StrEnum):
    """How two answers to one question stand to each other."""

    SAME = "same"
    DIFFERS = "differs"
    UNRELATED = "unrelated"


@dataclass(frozen=True, slots=True)
class Said:
    """An answer: its sentence, where it stands in it (code points), the day of its article."""

    quote: str
    span: tuple[int, int]
    published: dt.date | None

    @property
    def words(self) -> str:
        """The answer itself."""
        return self.quote[slice(*self.span)]


@dataclass(frozen=True, slots=True)
class _Date:
    """What a date says of itself; ``days`` of the month, both ends included."""

    span: tuple[int, int]
    year: int | None
    month: int | None
    days: tuple[int, int] | None
    weekday: int | None  # Monday is 0
    limit: str  # "early", "before", "last": what bounds or shifts it


_Found = TypeVar("_Found", Quantity, _Date)
_HUMAN = frozenset(["peopl", "person", "victim", "dead", "die", "kill", "injur", "wound", "life"])
_SHIFTS = frozenset(["ago", "later", "earlier", "old", "older", "younger", "long"])
# Words that change what an answer is of: both sentences have them, or neither.
_SCOPES_TEXT = """
expect forecast predict project origin initi revis previous target goal averag anoth first second
third fourth men women male female children daili annual quarter alon not never serious critic
typic usual normal
"""
_SCOPES = frozenset(_SCOPES_TEXT.split())
_ROLE = re.compile(
    r"\b(from|to|into|of|off|outside|over|by|for|with|near)(?: the)? $"
    r"|\b(?:(said)|announced|reported|wrote|tweeted|told \w+)(?: late| early| on)* $"
)
# "another 12" are beside those told before.
_ADDED = re.compile(r"\b(?:another|additional|further|extra)(?: \w+)? $", re.IGNORECASE)
_MOST = 5  # numbers in a sentence; with more it is a list
_FAR = 14  # days between two articles beyond which they may be of another month's event
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
_WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
_DAY = r"\d{1,2}(?:st|nd|rd|th)?(?![\w%:]|[,.:]\d)"
_TO = r"\s?(?:-|–|to|and)\s?"
_DATE = re.compile(
    r"(?<![\w$€£.,:-])(?=[A-Z\d]|[a-z]{2,7}[ -](?:the )?[A-Z\d])"
    r"(?:(?P<limit>(?i:before|by|until|after|since|from|between|through|early|late|mid|last|next))"
    r"[ -](?:the )?)?"
    r"(?:(?P<weekday>(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)\b(?:,? (?=[A-Z\d]))?)?"
    rf"(?:(?P<day>{_DAY})(?:{_TO}(?P<last>{_DAY}))? (?:of )?(?={_MONTH}))?"
    rf"(?P<month>{_MONTH})?"
    rf"(?(month)(?: (?:the )?(?P<day2>{_DAY})(?:{_TO}(?P<last2>{_DAY}))?)?)"
    r"(?:(?(month),? (?:of |in )?)(?P<year>(?:1[6-9]|20)\d\d)(?![\w%-]|[,.]\d))?"
)
_OFF = {"yesterday": -1, "today": 0, "tonight": 0, "tomorrow": 1}
_RELATIVE = re.compile(rf"\b(?:{'|'.join(_OFF)})\b", re.IGNORECASE)
_COUNTRIES = """
afghanistan argentina australia austria bangladesh belarus belgium brazil bulgaria cambodia canada
chile china colombia congo croatia cuba denmark ecuador egypt ethiopia finland france georgia
germany greece guatemala haiti honduras hungary iceland india indonesia iran iraq ireland israel
italy jamaica japan jordan kazakhstan kenya kuwait lebanon libya malaysia mexico morocco myanmar
nepal netherlands niger nigeria north_korea norway pakistan panama peru philippines poland portugal
qatar romania russia rwanda saudi_arabia serbia somalia south_africa south_korea spain sudan sweden
switzerland syria taiwan thailand tunisia turkey uganda uk ukraine usa venezuela vietnam yemen
zimbabwe
"""
_STATES = """
alabama alaska arizona arkansas california colorado connecticut delaware florida georgia hawaii
idaho illinois indiana iowa kansas kentucky louisiana maine maryland massachusetts michigan
minnesota mississippi missouri montana nebraska nevada new_hampshire new_jersey new_mexico
north_carolina north_dakota ohio oklahoma oregon pennsylvania rhode_island south_carolina
south_dakota tennessee texas utah vermont virginia west_virginia wisconsin wyoming
"""
_REGIONS = "europe africa asia america manhattan brooklyn queens bronx harlem hollywood westminster"
_ALIASES = {
    r"\b(?:u\.s\.(?:a\.)?|usa|united states(?: of america)?)(?!\w)": "usa",
    r"\b(?:u\.k\.|united kingdom|(?:great )?britain)(?!\w)": "uk",
    r",? d\.?c\.?(?!\w)|\bcity of |\bthe |\bcity$": "",
}
_TITLES_TEXT = """
mr mrs ms dr sir gen lt col sen rep gov prof president vice prime minister secretary of state king
queen pope prince princess senator judge justice general foreign former chancellor mayor
"""
_TITLES = frozenset(map(stem, _TITLES_TEXT.split()))


def compare(
    question: str, kind: AnswerType, one: Said, other: Said, *, is_named: bool = False
) -> Relation:
    """Whether two articles answer a question alike, differently, or not comparably.

    ``is_named`` says that both surely answer and that the question names the event: then the
    sentences need not have much else in common to differ in a number or date.
    """
    if kind is AnswerType.PERSON:
        return _person_relation(one.words, other.words)
    relation: Relation | None = None
    if kind is AnswerType.PLACE:
        relation = _place_relation(one, other)
    elif kind in (AnswerType.TIME, AnswerType.ANY):
        relation = _relation(_dates, _date_relation, one, other)
    relation = relation or _relation(_quantities, _number_relation, one, other)
    is_one = _same_event(question, one, other) or (
        is_named and kind is not AnswerType.PLACE and _is_near(one, other)
    )
    if relation is Relation.DIFFERS and not is_one:
        return Relation.UNRELATED
    alike = _name(one.words) == _name(other.words)
    return relation or (Relation.SAME if alike else Relation.UNRELATED)


def _relation(
    read: Callable[[Said], list[_Found]],
    relate: Callable[[_Found, _Found, Said, Said], Relation],
    one: Said,
    other: Said,
) -> Relation | None:
    """How the dates or the numbers of two answers stand; None where an answer has none."""
    found, found2 = read(one), read(other)
    mine = [f for f in found if f.span[0] < one.span[1] and one.span[0] < f.span[1]]
    theirs = [f for f in found2 if f.span[0] < other.span[1] and other.span[0] < f.span[1]]
    if not mine or not theirs:
        return None
    if len(mine) != len(theirs) or len(mine) > _MOST:
        return Relation.UNRELATED
    relations = {relate(a, b, one, other) for a, b in zip(mine, theirs, strict=True)}
    if relations == {Relation.SAME}:
        return Relation.SAME
    if len(mine) > 1 or max(len(found), len(found2)) > _MOST:
        return Relation.UNRELATED
    # A sentence that has the other's number too may say the same, with another in view.
    crossed = [(mine[0], f) for f in found2] + [(f, theirs[0]) for f in found]
    has_both = any(relate(a, b, one, other) is Relation.SAME for a, b in crossed)
    return Relation.UNRELATED if has_both else relations.pop()


@lru_cache(maxsize=256)  # one answer is compared with several
def _quantities(said: Said) -> list[Quantity]:
    """The numbers of a sentence; days and years are none."""
    days = {n for date in _dates(said) if date.days or date.year for n in range(*date.span)}
    return numbers_in(said.quote, days)


def _number_relation(a: Quantity, b: Quantity, one: Said, other: Said) -> Relation:
    """How two numbers stand, by what they may mean and by what they are of."""
    added = [_ADDED.search(said.quote, 0, n.span[0]) for n, said in ((a, one), (b, other))]
    if (added[0] is None) != (added[1] is None):
        return Relation.UNRELATED
    equal = meet(a, b, could=False) and (a.low == a.high) == (b.low == b.high)
    if not equal and meet(a, b, could=True):
        return Relation.UNRELATED
    head, words, sense = thing(one.quote, a.span)
    head2, words2, sense2 = thing(other.quote, b.span)
    heads = {head, head2}
    shifted = (words ^ words2) & _SHIFTS
    if sense and sense2 and sense != sense2:
        plain = may_be = False
    elif a.unit:
        may_be = not shifted
        plain = may_be and (sense == sense2 if head == head2 else "" in heads)
    else:
        may_be = len(heads) == 1 or "" in heads or heads <= _HUMAN
        human = sense != "" and heads <= {*_HUMAN, ""}
        plain = sense == sense2 and (human or (head == head2 and bool(words & words2)))
    if equal:
        return Relation.SAME if may_be else Relation.UNRELATED
    full = words <= words2 or words2 <= words or head != head2
    return Relation.DIFFERS if plain and full else Relation.UNRELATED


@lru_cache(maxsize=256)
def _dates(said: Said) -> list[_Date]:
    """The dates of a sentence; "today" is one where its article's day is known."""
    out = []
    for match in _DATE.finditer(said.quote):
        month, weekday, year = match["month"], match["weekday"], match["year"]
        if not (month or weekday or year):
            continue
        first = match["day"] or match["day2"]
        days = [int(re.sub(r"\D", "", d)) for d in (first, match["last"] or match["last2"]) if d]
        limit = (match["limit"] or "").lower()
        if (weekday or days) and limit in ("early", "late", "mid"):  # of its hours
            limit = ""
        number = _MONTHS.index(month[:3]) + 1 if month else None
        within = (days[0], days[-1]) if days else None
        of_week = _WEEKDAYS.index(weekday[:3]) if weekday else None
        out.append(_Date(match.span(), int(year) if year else None, number, within, of_week, limit))
    if said.published:
        for match in _RELATIVE.finditer(said.quote):
            day = said.published + dt.timedelta(_OFF[match.group().lower()])
            out.append(_Date(match.span(), day.year, day.month, (day.day,) * 2, day.weekday(), ""))
    return out


def _lag(date: _Date, said: Said) -> int | None:
    """How many days a date is after its article; the weekday that was last, if it is one."""
    if said.published is None or not (date.days or date.weekday is not None):
        return None
    if not (date.days and date.month):
        return -((said.published.weekday() - (date.weekday or 0)) % 7)
    year = date.year or said.published.year
    return (dt.date(year, date.month, 1) - said.published).days + date.days[0] - 1


def _date_relation(a: _Date, b: _Date, one: Said, other: Said) -> Relation:
    """How two dates stand, by what both of them say; a year not given is about the article's."""
    # Today's news of today and yesterday's of yesterday are of two events.
    is_daily = _days_apart(one, other) and _lag(a, one) == _lag(b, other) in (-1, 0, 1)
    if a.limit != b.limit or is_daily:
        return Relation.UNRELATED
    year = a.year or (one.published.year if one.published else None)
    year2 = b.year or (other.published.year if other.published else None)
    if not (a.year and b.year) and year and year2 and abs(year - year2) > 1:
        return Relation.UNRELATED
    known = [x == y for x, y in ((a.year, b.year), (a.month, b.month)) if x and y]
    if a.days and b.days:
        known.append(a.days[0] <= b.days[1] and b.days[0] <= a.days[1])
    if known:
        return Relation.SAME if all(known) else Relation.DIFFERS
    return _weekday_relation(a, b, one, other)


def _weekday_relation(a: _Date, b: _Date, one: Said, other: Said) -> Relation:
    """How two dates stand of which one at least is a weekday alone."""
    lag, lag2 = _lag(a, one), _lag(b, other)
    if not one.published or not other.published or lag is None or lag2 is None:
        return Relation.SAME if a.weekday == b.weekday is not None else Relation.UNRELATED
    between = (apart := (one.published - other.published).days) + lag - lag2
    # A day off from a date may be the same hour elsewhere on Earth.
    is_plain = abs(between) <= 7 and between % 7 not in (1, 6)
    if not (is_plain if a.days or b.days else abs(apart) <= 3):
        return Relation.UNRELATED
    return Relation.DIFFERS if between % 7 else Relation.SAME


def _days_apart(one: Said, other: Said) -> int | None:
    if one.published is None or other.published is None:
        return None
    return abs((one.published - other.published).days)


def _name(words: str) -> frozenset[str]:
    """The stems of a name or phrase, with one form for US, U.S. and United States."""
    words = re.sub(r"\bUS\b", "usa", words).lower()
    for pattern, name in _ALIASES.items():
        words = re.sub(pattern, name, words)
    return frozenset(content_stems(words))


_LEVELS = [
    frozenset(_name(name.replace("_", " ")) for name in text.split())
    for text in (_COUNTRIES, _STATES, _REGIONS)
]


def _place_relation(one: Said, other: Said) -> Relation:
    """How two places stand; they differ if neither can hold the other, by what is known of them."""
    mine, theirs = _name(one.words), _name(other.words)
    if mine and theirs and (mine <= theirs or theirs <= mine):
        points = {"north", "south", "east", "west", "new"}  # Virginia is not West Virginia
        return Relation.UNRELATED if (mine ^ theirs) & points else Relation.SAME
    is_country, is_state, is_region = [mine in level for level in _LEVELS]
    spellings = one.words[:50], other.words[:50]  # Kiev, Kyiv; cut, for the time is their product
    if DamerauLevenshtein.normalized_similarity(*spellings) >= 0.5:
        return Relation.UNRELATED
    elsewhere = theirs & set(content_stems(one.quote)) or mine & set(content_stems(other.quote))
    if elsewhere or is_region or [theirs in x for x in _LEVELS] != [is_country, is_state, False]:
        return Relation.UNRELATED
    # Towns are too many to know: only nearly equal words tell them from a district or a hall.
    ours, others = _stems(one), _stems(other)
    alike = is_country or is_state or len(ours & others) >= 0.7 * len(ours | others)
    return Relation.DIFFERS if alike else Relation.UNRELATED


def _person_relation(one: str, other: str) -> Relation:
    """Persons are the same by surname, unless their first names say otherwise."""
    names = [
        [w.stem for w in words_of(name) if w.stem not in ("jr", "sr")] for name in (one, other)
    ]
    mine, theirs = (list(dropwhile(_TITLES.__contains__, name)) or name for name in names)
    if not mine or not theirs or mine[-1] != theirs[-1]:
        return Relation.UNRELATED
    alone = 1 in (len(mine), len(theirs), len(mine[0]), len(theirs[0]))  # "Biden", "J. Biden"
    return Relation.SAME if alone or mine[0][:2] == theirs[0][:2] else Relation.UNRELATED


def _stems(said: Said) -> frozenset[str]:
    """What a sentence says beside its answer, numbers aside."""
    words = [w for w in words_of(said.quote) if not said.span[0] < w.end <= said.span[1]]
    return frozenset(w.stem for w in words if not w.is_stop and not w.text[0].isdigit())


def _same_event(question: str, one: Said, other: Said) -> bool:
    """Whether two sentences plainly tell of one event: much in common that was not asked."""
    mine, theirs, asked = _stems(one), _stems(other), set(content_stems(question))
    if not _is_near(one, other):
        return False
    names, names2 = mine & _names(one.quote), theirs & _names(other.quote)
    only = min(len(names - names2), len(names2 - names))
    if only > len(names & names2) or (mine ^ theirs) & _names(question):
        return False
    shared = (mine & theirs) - asked
    least = min(len(mine - asked), len(theirs - asked))
    return mine == theirs or (len(shared) >= 3 and len(shared) >= 0.6 * least)


def _is_near(one: Said, other: Said) -> bool:
    """Whether nothing in two sentences says that they are of other days or of another part."""
    roles = [_ROLE.findall(s.quote, max(0, s.span[0] - 30), s.span[0]) for s in (one, other)]
    before = [content_stems(s.quote[max(0, s.span[0] - 30) : s.span[0]]) for s in (one, other)]
    scopes = [(_stems(one) ^ _stems(other)) & _SCOPES, ({*before[0]} ^ {*before[1]}) & _SCOPES]
    return not any(scopes) and roles[0] == roles[1] and (_days_apart(one, other) or 0) <= _FAR


def _names(text: str) -> set[str]:
    """The stems of words with a capital inside a text, days and months aside."""
    words = [w for w in list(words_of(text))[1:] if w.text[0].isupper()]
    return {w.stem for w in words if w.text[:3] not in {*_MONTHS, *_WEEKDAYS}}
