"""Periods of days, and the words for them: ``16–17 September 2023``, ``mid-November 2022``."""

import calendar
import datetime as dt
from dataclasses import dataclass

Days = tuple[dt.date, dt.date]  # the first and the last, both included
DAY = dt.timedelta(days=1)
SEASONS = {"spring": 3, "summer": 6, "fall": 9, "autumn": 9, "winter": 12}
_THIRDS = {"early": (1, 10), "mid": (11, 20), "late": (21, 31)}


@dataclass(frozen=True, slots=True)
class Resolved:
    """Words of a sentence by their place, in code points, and the days that they mean.

    ``first`` and ``last`` are both included, and the same for a single day.
    """

    start: int
    end: int
    first: dt.date
    last: dt.date

    @property
    def text(self) -> str:
        """``18 September 2023``, ``16–17 September 2023``, ``mid-November 2022``, ``2022``."""
        a, b = self.first, self.last
        day = f"{b.day} {b:%B} {b.year}"
        if a == b:
            return day
        if name := _name(a, b):
            return name
        if (a.year, a.month) == (b.year, b.month):
            return f"{a.day}–{day}"
        return f"{a.day} {a:%B}{f' {a.year}' if a.year != b.year else ''} – {day}"

    def note(self, sentence: str) -> str:
        """``Monday = 18 September 2023``."""
        return f"{sentence[self.start : self.end]} = {self.text}"


def _name(a: dt.date, b: dt.date) -> str | None:
    """The name of a period that has one."""
    names = {months(a.year, 1, 12): f"{a.year}", months(a.year, a.month): f"{a:%B} {a.year}"}
    for third, dash in (("early", " "), ("mid", "-"), ("late", " ")):
        names[third_of(a.year, a.month, third)] = f"{third}{dash}{a:%B} {a.year}"
    years = f"{a.year}" if a.year == b.year else f"{a.year}–{b.year % 100:02}"
    names |= {months(a.year, m, 3): f"{season} {years}" for season, m in SEASONS.items()}
    return names.get((a, b))


def months(year: int, month: int, count: int = 1) -> Days:
    """Whole months; a ``month`` outside 1–12 lies in a year before or after."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    after = year + (month + count - 1) // 12, (month + count - 1) % 12 + 1
    return dt.date(year, month, 1), dt.date(*after, 1) - DAY


def third_of(year: int, month: int, name: str) -> Days:
    """The early, middle or late part of a month."""
    (first, last), last_of_month = _THIRDS[name], calendar.monthrange(year, month)[1]
    return dt.date(year, month, first), dt.date(year, month, min(last, last_of_month))


def week_of(day: dt.date, shift: int, first: int = 0) -> Days:
    """The week of a day, or that so many weeks later; from its ``first`` day, 5 for a weekend."""
    monday = day + DAY * (7 * shift - day.weekday())
    return monday + DAY * first, monday + DAY * 6


def unit_of(unit: str, day: dt.date, shift: int) -> Days:
    """The week, month or year of a day, or that so many later."""
    if unit == "week":
        return week_of(day, shift)
    if unit == "month":
        return months(day.year, day.month + shift)
    return months(day.year + shift, 1, 12)
