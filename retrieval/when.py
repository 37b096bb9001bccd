"""Which dates the words of a quote mean: "on Monday", "last May", seen from the article's date.

Nothing is guessed: where two readings are left nothing comes out, or the period that holds both.
Weeks run from Monday to Sunday, seasons are those of the north in whole months, and the early,
middle and late part of a month are its first ten days, the next ten and the rest. A weekday, a
month and a day without its year lie before or after the article by the verb next to them.

Every pattern matches or fails within a bounded distance, so that the time is linear.
"""

import calendar
import datetime as dt
import re

from index.reading.dateline import dateline_end
from index.reading.segment import MAX_SENTENCE_CHARS
from index.types import Published
from retrieval.days import DAY, SEASONS, Days, Resolved, months, third_of, unit_of, week_of
from retrieval.tense import AHEAD, DID, Match, Sentence

_LONGEST = 4 * MAX_SENTENCE_CHARS  # of a sentence; longer is hostile
_WEEKDAYS = ("Mon", "Tues", "Wednes", "Thurs", "Fri", "Satur", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_MOST = {"day": 30, "week": 9, "month": 11, "year": 9}  # more is a round number
_SHIFTS = {"last": -1, "this past": -1, "this": 0, "the": 0, "next": 1, "this coming": 1}
_WEEKDAY = rf"(?P<weekday>{'|'.join(_WEEKDAYS)})day"
_MONTH = (
    r"(?P<month>January|February|March|April|May|June|July|August|September|October|November"
    r"|December|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
)
_DATE = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?(?![\w:%]|[.,]\d)"
_TO = r"(?:\s?[-–—]\s?(?P<to>\d{1,2})(?:st|nd|rd|th)?(?![\w:%]))?"
_YEAR = r"(?P<year>,?\s(?:(?:of|in)\s)?(?:['’]\d\d\b|[12]\d{3}\b))?"
_OF = r"(?:,?\s(?:of\s)?(?P<of>last|this|next)\s(?P<of_unit>week|year)\b)?"
_WHICH = r"(?P<which>[Ll]ast|[Tt]his past|[Tt]his coming|[Tt]his|[Nn]ext)"
_TIMES = "morning|afternoon|evening|night"
_PART = rf"(?P<part> (?:(?:early|late|mid)[ -])?(?:{_TIMES})\b)?"
_NUMBER = rf"(?P<number>(?i:an?|{'|'.join(_NUMBERS)})|\d{{1,2}})"
_UNIT = r"(?P<unit>day|week|month|year)s?"
_ANY_DAY = rf"(?:{'|'.join(_WEEKDAYS)})days?"
_NAMED_BEFORE = re.compile(
    r"(?:\b(?:Black|Good|Easter|Palm|Ash|Super|Cyber|Holy|Giving|Fat|Bloody|Shrove|Maundy|Freaky"
    r"|Taco|Ruby|Throwback|Casual|Selection|Mad|Given|ago|born|(?i:every|each|any|some|no|another"
    r"|one|first|second|third|fourth|final|that|most|previous|the following)"
    rf"|{_ANY_DAY} (?:through|to|thru)|(?i:every|each)(?: {_ANY_DAY}(?:,| and| or|, and)){{1,5}})"
    rf"|{_ANY_DAY}\s?[-–]|‘)$"
)
_NAMED_AFTER = re.compile(
    r"(?:['’]?s)? (?:Night|Morning|Times|Mail|Mirror|Express|Telegraph|Group|Live|Addams|Show|Post"
    r"|Comics|Herald|World|People|Best|school|roast|lunch|talk|the 13th)\b|s\b"
    rf"| (?:{_TIMES})s\b|(?: through | to | thru |\s?[-–]\s?){_ANY_DAY}"
)
_DETERMINER = re.compile(r"(?i)(?:\b(?:an?|the|its|his|her|their|our)|['’]s)$")
_NOUN = re.compile(r" (?!(?:after|before|when|in|at|on|of|for|to|and|or|that|the|shows?)\b)[a-z]")
_PREPOSITION = re.compile(
    r"(?i)\b(?:in|since|until|till|by|of|from|during|through|between|before|after|for|around"
    rf"|{_MONTH.replace('?P<month>', '?:')}(?:,|,? and| to| or|[-–]))$"
)
_HABIT = re.compile(
    rf"\b(?:(?i:every|each)(?: \w+){{0,2}} \w+$|always|usually|typically|annual(?:ly)?"
    rf"|on average|tends?|normally|(?:first|second|third|fourth|last) {_ANY_DAY} (?:in|of)"
    r"|(?:[Ff]our|4)th of|\dth day of)\b"
)
_VAGUE = re.compile(
    r"(?i)\b(?:(?:more|less|fewer|longer|later|earlier) than|nearly|almost|about|over|around"
    r"|roughly|some|least|half|or|to|and|under|barely|approximately)$"
)
_RANKED = re.compile(r"\b(?:times?|once|twice|only|most|first|second|third|\w{2,}(?:est|th))\b")
_SOON = re.compile(
    r"\b(?:(?:will|(?:expected|set|due|scheduled|going) to|due) (?:\S+ ){0,14}?\S+"
    r"|starting|beginning|ends|begins|opens|expires)$"
)
_DONE = rf"(?!was|were|had|led|left|made|found|grew|knew)(?:{DID}|[a-z]{{1,20}}[^\We]ed)"
_DONE_BEFORE = re.compile(rf"\b{_DONE}$")
_DONE_AFTER = re.compile(rf",? (?:(?!is |are |remains )\S+ ){{0,4}}?{_DONE}\b")
_HYPOTHETICAL = re.compile(r"\b[Ii]f\b|\b(?:is|are|as|be|still|\w+ly) \w+$")
_WILL = re.compile(r",(?: \S+){1,4} will\b")
_TODAYS = re.compile(r"['’]s (?:announcement|hearing|game|vote|episode|\w+ (?:will|was|were))\b")
_LISTED = re.compile(rf":$|\b[ap]\.?m\.?,?(?: on)?(?: {_ANY_DAY}(?:,| and| or))?$")
_HOURS = re.compile(r",? (?:from )?\d{1,2}(?::\d\d)?(?: [ap]\.?m\.?)?(?: to | ?[-–] ?)\d")
_OTHER_YEAR = re.compile(r" (?:deadline|(?:of )?(?:that|the \w+) year)\b")
_SOON_DAYS = 92  # as near is the season that comes
_NAMES = {(1, 6), (9, 11)}  # the storming of the Capitol, the attacks of 2001
_SAID = {"last": "past", "this past": "past", "next": "future", "this coming": "future"}


def _pick(past: Days, future: Days, tense: str | None) -> Days | None:
    """One of two by the tense, unless they are the same."""
    if past == future:
        return past
    return {"past": past, "future": future}.get(tense or "")


def _on_date(match: Match, sentence: Sentence, today: dt.date) -> Days | None:
    """``Sept. 18``, ``18–20 September``, ``Monday, Sept. 18``, ``Sept. 18 last year``."""
    month, (before, after) = _MONTHS.index(match["month"][:3]) + 1, sentence.around(match)
    day, last = int(match["day"]), int(match["to"] or match["day"])
    if match["year"] or (month, day) in _NAMES or sentence.years - {today.year}:
        return None
    if _NAMED_BEFORE.search(before) or _OTHER_YEAR.match(after):
        return None
    days = [
        (dt.date(year, month, day), dt.date(year, month, last))
        for year in range(today.year - 1, today.year + 2)
        if 1 <= day <= last <= calendar.monthrange(year, month)[1]
    ]
    if match["of"]:
        return next((d for d in days if d[0].year == today.year + _SHIFTS[match["of"]]), None)
    past, future = [d for d in days if d[0] <= today], [d for d in days if d[1] >= today]
    if not past or not future:
        return None
    nearest = past[-1], future[0]
    if match["weekday"]:  # tells the year by itself
        weekday = _WEEKDAYS.index(match["weekday"])
        return next((found for found in nearest if found[0].weekday() == weekday), None)
    found = _pick(*nearest, sentence.tense(match))
    near, far = sorted(nearest, key=lambda days: abs(days[0] - today))
    days_off = abs(near[0] - today).days
    if days_off < 75 and abs(far[0] - today).days > 290:
        # The calendar against the verb: "was to open on Oct. 5" in September.
        return near if found == near or (found is None and days_off <= 30) else None
    return found


def _in_month(match: Match, sentence: Sentence, today: dt.date) -> Days | None:
    """``last May``, ``in mid-November``, ``since April``, ``the June report``, ``August's``."""
    month, (before, after) = _MONTHS.index(match["month"][:3]) + 1, sentence.around(match)
    which, third = (match["which"] or "").lower(), (match["third"] or "").lower()
    if match["year"] or not _reads_as_month(match, before, after):
        return None
    if _HABIT.search(before) or (sentence.is_of_other_year(match, today) and not which):
        return None
    ahead = (month - today.month) % 12  # months
    past, future = today.month + ahead - 12 * (ahead > 0), today.month + ahead
    tense = _SAID.get(which) or sentence.tense(match)
    if tense is None and not which and ahead not in range(3, 9):
        tense = "future" if 0 < ahead < 3 else "past"  # much nearer than the other one
    if match["of"]:
        found = month + 12 * _SHIFTS[match["of"]]  # in months from the year's beginning
    elif (which in ("last", "next") and not ahead) or (which == "this" and tense is None):
        found = month + 12 * _SHIFTS[which]
    elif past == future or (tense == "past" and (ahead != 1 or which)):
        found = past
    elif tense == "future" and (ahead < 11 or which):
        found = future
    else:
        return None
    first = months(today.year, found)[0]
    return third_of(first.year, month, third) if third else months(first.year, month)


def _reads_as_month(match: Match, before: str, after: str) -> bool:
    """Whether it is no person of that name, no march and no street."""
    if re.match(r" [A-Z]|['’]s? [A-Z]| deadline| Day", after) or match["of_unit"] == "week":
        return False
    if match["which"] or match["third"] or match["of"] or _PREPOSITION.search(before):
        return True
    if re.match(r"['’]s\b", after):
        return match["month"] not in ("May", "March")
    return bool(_DETERMINER.search(before) and _NOUN.match(after))


def _on_weekday(match: Match, sentence: Sentence, today: dt.date) -> Days | None:
    """``Monday``, ``last Friday night``, ``Wednesday of last week``."""
    before, after = sentence.around(match)
    if sentence.is_caption:
        return None  # the day of the picture, which may be of another week
    weekday, which = _WEEKDAYS.index(match["weekday"]), (match["which"] or "").lower()
    if _NAMED_BEFORE.search(before) or _NAMED_AFTER.match(after) or match["of_unit"] == "year":
        return None
    if re.search(r"[A-Z]\w+$", before) and re.match(r" [A-Z]", after):
        return None  # a name
    if after[:1] == ":" and re.fullmatch(r"(?:(?:\S+ ){0,3}[A-Z]\w+)?", before):
        return None  # the line of a timetable, or somebody called Saturday
    named = _NOUN.match(after) or AHEAD.search(before)
    if _DETERMINER.search(before) and (which or not named):
        return None  # "a Monday", "his last Monday show"
    if match["of"]:
        return (week_of(today, _SHIFTS[match["of"]], weekday)[0],) * 2
    strictly = which in ("last", "next")
    past = today - DAY * ((today.weekday() - weekday) % 7 or 7 * strictly)
    future = today + DAY * ((weekday - today.weekday()) % 7 or 7 * strictly)
    tense = _SAID.get(which) or sentence.tense(match)
    if strictly and week_of(past if which == "last" else future, 0) == week_of(today, 0):
        return None  # some mean the one of this week, some the one of the other week
    if tense is None and not (_LISTED.search(before) or _HOURS.match(after)):
        tense = "future" if which else "past"
    # In the past it may be tomorrow, where that has begun, rather than a week ago.
    unclear = future - today == DAY and not which and not before.endswith("since")
    return None if tense == "past" and unclear else _pick((past, past), (future, future), tense)


def _in_period(match: Match, sentence: Sentence, today: dt.date) -> Days | None:
    """``last week``, ``this weekend``, ``earlier this month``, ``this summer``, ``last night``."""
    unit, which = match["unit"] or match["the"], (match["which"] or "the").lower()
    before, after = sentence.around(match)
    if re.search(r"\b(?:the|time|ago)$", before, re.IGNORECASE) or after.startswith(" of "):
        return None  # "the last week": of what?
    tense, shift = _SAID.get(which) or sentence.tense(match), _SHIFTS[which]
    found: Days | None = None
    if unit == "weekend":
        found = _weekend(which, tense, today)
    elif unit in SEASONS:
        found = _season(SEASONS[unit], which, tense, today)
    elif unit == "week":
        # Some weeks begin on Sunday, and on Monday "this week" may be the one that was.
        is_sunday = today.weekday() == 6 and (shift < 0 or tense != "past")
        is_monday = today.weekday() == 0 and shift == 0 and tense == "past"
        found = None if is_monday or (is_sunday and shift < 1) else week_of(today, shift)
    elif unit in ("month", "year"):
        found = unit_of(unit, today, shift)
    elif not sentence.is_spoken(match.start()) and (shift == 0 or match[0].lower() == "last night"):
        found = today + DAY * shift, today + DAY * shift
    part = (match["when"] or "").lower()
    if found and part and which == "this":
        return (found[0], today) if part == "earlier" else (today, found[1])
    return found


def _weekend(which: str, tense: str | None, today: dt.date) -> Days | None:
    past, future = week_of(today, -1, 5), week_of(today, 0, 5)
    if today.weekday() >= 5:
        return {"last": past, "next": week_of(today, 1, 5)}.get(which, future)
    if which == "this" and tense is None and today.weekday() > 0:
        tense = "future"
    return _pick(past, future, tense) if which != "next" else None


def _season(month: int, which: str, tense: str | None, today: dt.date) -> Days | None:
    year = today.year - (month == 12 and today.month <= 3)  # a winter is of the year it begins in
    before, this, after = (months(year + n, month, 3) for n in (-1, 0, 1))
    if which == "last":
        return before if this[1] >= today else None
    if which == "next":
        return after if this[0] <= today else None
    soon = this[0] <= today + DAY * _SOON_DAYS  # "warned that the election this spring …"
    return this if tense != "past" or soon else None


def _on_day(match: Match, sentence: Sentence, today: dt.date) -> Days | None:
    """``yesterday``, ``today``, ``tomorrow night``, ``tonight``."""
    word, start = match["word"].lower(), match.start()
    before, after = sentence.around(match, 120)
    is_name = match["word"][0].isupper() and before[-1:] not in ("", ".", ":", ")")
    if is_name or sentence.is_spoken(start):
        return None
    if word == "today" and not (match["when"] or match["part"]):
        done = _DONE_BEFORE.search(before) if before else _DONE_AFTER.match(after)
        if _HYPOTHETICAL.search(before):
            done = None
        soon = _SOON.search(before) or _TODAYS.match(after) or _WILL.match(after)
        if not (done or soon) or after.startswith("?"):
            return None  # "nowadays", perhaps
    day = today + DAY * {"yesterday": -1, "tomorrow": 1}.get(word, 0)
    return day, day


def _counted(match: Match, sentence: Sentence, today: dt.date) -> Days | None:
    """``three days ago``, ``will open in two years``, but not "won twice in three days"."""
    (before, after), is_ago = sentence.around(match, 100), match["ago"]
    if is_ago:
        is_vague = _VAGUE.search(before) or re.match(r" (?:today|on|this|[MTWFS]\w+day)\b", after)
    elif match["time"] or _SOON.search(before):
        is_vague = _RANKED.search(before) or re.match(r" (?:of|or|and|that|after)\b", after)
    else:
        return None
    number, unit = _number(match["number"]), match["unit"]
    is_round = number > _MOST[unit] and (unit != "year" or number % 5 == 0)
    if is_vague or is_round or (unit == "day" and sentence.is_spoken(match.start())):
        return None
    shift = -number if is_ago else number
    return (today + DAY * shift,) * 2 if unit == "day" else unit_of(unit, today, shift)


def _number(word: str) -> int:
    """A number in words or digits; "a" is one."""
    word = word.lower()
    return int(word) if word.isdigit() else _NUMBERS.index(word) if word in _NUMBERS else 1


def _pattern(source: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.])(?<![A-Za-z]-){source}(?!\w)")


_UNITS = f"week|weekend|month|year|{_TIMES}|{'|'.join(SEASONS)}"
_PERIOD = rf"(?:(?:[Oo]ver|[Dd]uring|[Aa]t) the (?P<the>weekend)|{_WHICH} (?P<unit>{_UNITS}))"
_SOONER = r"(?:(?P<when>[Ee]arlier|[Ll]ater) )?"
_THIRD = r"(?P<third>[Ee]arly|[Mm]id|[Ll]ate)"
_EXPRESSIONS = (
    (_pattern(rf"(?:{_WEEKDAY},? )?{_MONTH} {_DATE}{_TO}{_YEAR}{_OF}"), _on_date),
    (_pattern(rf"(?:{_WEEKDAY},? )?{_DATE}{_TO}(?: of)? {_MONTH}{_YEAR}{_OF}"), _on_date),
    (_pattern(rf"(?:{_WHICH} |{_THIRD}[ -])?{_MONTH}{_YEAR}{_OF}"), _in_month),
    (_pattern(rf"(?:{_WHICH} )?{_WEEKDAY}{_PART}{_OF}"), _on_weekday),
    (_pattern(rf"{_SOONER}{_PERIOD}"), _in_period),
    (_pattern(rf"{_SOONER}(?P<word>[Yy]esterday|[Tt]oday|[Tt]omorrow|[Tt]onight){_PART}"), _on_day),
    (_pattern(rf"{_NUMBER} {_UNIT}(?P<ago> ago)(?P<time>)"), _counted),
    (_pattern(rf"(?P<ago>)[Ii]n {_NUMBER} {_UNIT}(?P<time>['’]s? time)?"), _counted),
)  # fmt: skip
_NEXT_DAY = _pattern(
    rf"(?:[Tt]he (?:following|next) day|{_NUMBER} days? (?:later|(?P<back>earlier)))(?! than)"
)
_SAYING = re.compile(r"\b(?:said|told|says|announced|reported|wrote|statement)(?: \w+)?(?: on)?$")


def resolve(sentence: str, published: Published | None) -> list[Resolved]:
    """The dates that words of a sentence mean, in the order of the sentence.

    An article known only by its month or year is seen from its first possible day and from its
    last: what comes out is what is the same from both.
    """
    if published is None or len(sentence) > _LONGEST:
        return []
    first = published.earliest
    span = {"month": 1, "year": 12}.get(published.precision)
    last = months(first.year, first.month, span)[1] if span else first
    read, start = Sentence(sentence), dateline_end(sentence)
    matches = [(m, handler) for p, handler in _EXPRESSIONS for m in p.finditer(sentence, start)]
    found: list[Resolved] = []
    end = 0
    for match, handler in sorted(matches, key=lambda pair: (pair[0].start(), -pair[0].end())):
        if match.start() < end:
            continue
        end = match.end()
        days = handler(match, read, first)
        if days and (first == last or days == handler(match, read, last)):
            found.append(Resolved(*match.span(), *days))
    after = [_days_after(match, read, found) for match in _NEXT_DAY.finditer(sentence, start)]
    return sorted([*found, *filter(None, after)], key=lambda one: one.start)


def _days_after(match: Match, sentence: Sentence, found: list[Resolved]) -> Resolved | None:
    """``the following day``, ``two days later``, where the sentence names one day before it."""
    days = [one for one in found if one.end <= match.start() and one.first == one.last]
    if len(days) != 1 or sentence.years or _SAYING.search(sentence.text[: days[0].start].rstrip()):
        return None  # the day on which somebody said so is not the one it is counted from
    number = _number(match["number"] or "a") * (-1 if match["back"] else 1)
    day = days[0].first + DAY * number
    return Resolved(*match.span(), day, day) if abs(number) <= _MOST["day"] else None
