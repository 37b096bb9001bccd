"""Periods of days, the words for them (``16–17 September 2023``), and words counted from a day."""

import calendar
import datetime as dt
from dataclasses import dataclass

from index.text.months import NAMES as MONTHS
from index.text.months import written

Days = tuple[dt.date, dt.date]  # the first and the last, both included
Said = dict[str, str | None]  # the groups of a match
DAY = dt.timedelta(days=1)
SEASONS = {"spring": 3, "summer": 6, "fall": 9, "autumn": 9, "winter": 12}  # of the north
NUMBERS = {str(n): n for n in range(100)} | {"an": 1, "a": 1, "couple of": 2, "few": 4, "one": 1}
NUMBERS |= {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9}
NUMBERS |= {"ten": 10, "eleven": 11, "twelve": 12}
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SHIFTS = {"last": -1, "this past": -1, "next": 1, "yesterday": -1, "last night": -1, "tomorrow": 1}
_SHIFTS |= {"day before yesterday": -2}

WEEKDAY = rf"(?P<weekday>{'|'.join(_WEEKDAYS)})"
WHICH = r"(?P<which>(?i:last|this past|this|next))"
WORD = (
    r"(?P<word>(?i:(?:day before )?yesterday|today|tonight|this (?:morning|evening)|last night"
    r"|tomorrow))"
)
PERIOD = rf"(?:{WHICH} (?P<unit>weekend|week|month|year|{'|'.join(SEASONS)})|[Oo]ver the weekend)"
AGO = rf"(?P<number>(?i:{'|'.join(reversed(NUMBERS))})) (?P<unit>day|week|month|year)s? ago"
DATED = (
    r"(?:(?P<date>\d{1,2})(?:st|nd|rd|th)? (?:of )?)?(?P<month>"
    rf"{'|'.join(MONTHS)}|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
    r"(?: (?P<day>\d{1,2})(?:st|nd|rd|th)?(?![\w:%]|[.,]\d))?"
    r"(?:,? (?:of |in )?(?P<year>(?:19|20)\d\d|['’]\d\d|(?:this|last|next) year)\b)?"
)


# Where case does not count, a pattern takes these for i, s and k; no table of names has them.
_ALIKE = str.maketrans("ıİſ\u212a", "iisk")


def plain(text: str) -> str:
    """The text, as long as it was, with the letters by which patterns and names tell days."""
    return text.translate(_ALIKE)


@dataclass(frozen=True, slots=True)
class Resolved:
    """Words of a text by their place, in code points, and the days that they mean."""

    start: int
    end: int
    first: dt.date
    last: dt.date  # included
    text: str  # "this week: 14–20 September 2023"


def months(year: int, month: int, count: int = 1) -> Days:
    """Whole months; a ``month`` outside 1–12 lies in a year before or after."""
    first, last = (dt.date(year + m // 12, m % 12 + 1, 1) for m in (month - 1, month - 2 + count))
    return first, last.replace(day=calendar.monthrange(last.year, last.month)[1])


def date_in(year: int, said: Said) -> Days:
    """The month of a match of DATED in a year, or its day where it has one that there is."""
    month = [name[:3] for name in MONTHS].index((said["month"] or "")[:3].title()) + 1
    first, last = months(year, month)
    day = int(said["date"] or said["day"] or 0)
    return (first.replace(day=day),) * 2 if 0 < day <= last.day else (first, last)


def period(unit: str, today: dt.date, shift: int = 0) -> Days:
    """The day, week, weekend, month, year or season of today, or that so many later."""
    if unit == "day":
        return (today + DAY * shift,) * 2
    if unit in ("week", "weekend"):
        monday = today + DAY * (7 * shift - today.weekday())
        return monday + DAY * 5 * (unit == "weekend"), monday + DAY * 6
    if unit == "month":
        return months(today.year, today.month + shift)
    year = today.year + shift - (unit == "winter" and today.month < 3)
    return months(year, 1, 12) if unit == "year" else months(year, SEASONS[unit], 3)


def relative(said: Said, today: dt.date, *, ahead: bool) -> Days:
    """What a match of WEEKDAY, WORD, PERIOD or AGO means; ``ahead`` where the verb says so."""
    shift = _SHIFTS.get((said.get("which") or said.get("word") or "").lower(), 0)
    unit = (said.get("unit") or ("day" if "word" in said else "weekend")).lower()
    if weekday := said.get("weekday"):
        off = (_WEEKDAYS.index(weekday.title()) - today.weekday()) % 7
        off -= 7 * bool(off and (shift < 0 or not (shift or ahead)))
        return period("day", today, off or 7 * shift)
    if number := said.get("number"):
        shift = -NUMBERS[number.lower()]
    elif unit == "weekend" and today.weekday() < 5:
        shift = shift or -(not ahead)
    elif unit in SEASONS and shift < 0 and period(unit, today)[1] < today:
        shift = 0
    return period(unit, today, shift)


def named(days: Days) -> str:
    """``Monday, 18 September 2023``, ``16–17 September 2023``, ``winter 2022–23``, ``2022``."""
    a, b = days
    years = f"{a.year}" if a.year == b.year else f"{a.year}–{b.year % 100:02}"
    names = {months(a.year, first, 3): f"{season} {years}" for season, first in SEASONS.items()}
    month = MONTHS[b.month - 1]
    names |= {
        (b, b): f"{_WEEKDAYS[b.weekday()]}, {written(b)}",
        months(b.year, b.month): f"{month} {b.year}",
    }
    names[dt.date(a.year, 1, 1), dt.date(b.year, 12, 31)] = years
    start = f"{written(a)} – ".replace(f" {b.year} –", " –").replace(f" {month} – ", "–")
    return names.get(days) or start + written(b)


def noted(words: str, days: Days) -> str:
    """``yesterday: Sunday, 17 September 2023``; the name alone where it repeats the words."""
    first, last = days
    is_said = _WEEKDAYS[first.weekday()] if first == last else f"{first.year}"
    return named(days) if is_said.lower() in words.lower() else f"{words}: {named(days)}"
