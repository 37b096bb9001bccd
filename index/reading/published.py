"""When an article was published, as publishers write it: ISO 8601, RFC 2822, news style.

An order of day and month that cannot be known (``05/06/2023``) is no date here.
"""

import datetime as dt
import re

from index.text import months
from index.types import DateOrigin, DatePrecision, Published

_YEARS = range(1500, 2101)
_MAX_CHARS = 100

_ZONES = {  # those of RFC 2822, section 4.3, and of European news
    "z": "+00:00", "ut": "+00:00", "utc": "+00:00", "gmt": "+00:00",
    "est": "-05:00", "edt": "-04:00", "cst": "-06:00", "cdt": "-05:00",
    "mst": "-07:00", "mdt": "-06:00", "pst": "-08:00", "pdt": "-07:00",
    "bst": "+01:00", "cet": "+01:00", "cest": "+02:00", "eet": "+02:00", "eest": "+03:00",
}  # fmt: skip

_MONTH = rf"(?P<month>{months.PATTERN})"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4})(?!\d)"
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\b\.?,?\s+)?"
_ZONE = r"(?:\s?\(?(?P<zone>[+-]\d{2}:?\d{2}|[a-z]{1,4}\b)\)?)?"
_TIME = (
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?::\d{2}(?:[.,]\d{1,9})?)?"
    r"(?:\s?(?P<half>[ap])\.?m\b\.?)?" + _ZONE
)
_TIME_AFTER = rf"(?:(?:\s?T|,?\s+at|,|\s[-–—|·])?\s?{_TIME})?"

_NUMERIC = (
    rf"{_YEAR}(?P<sep>[-/.])(?P<month>\d{{1,2}})(?P=sep)(?P<day>\d{{1,2}})(?!\d){_TIME_AFTER}"
)
_DAY_FIRST = rf"{_WEEKDAY}{_DAY}[\s-](?:of\s)?{_MONTH},?[\s-]{_YEAR}{_TIME_AFTER}"
_MONTH_FIRST = rf"{_WEEKDAY}{_MONTH}\s{_DAY},?\s{_YEAR}{_TIME_AFTER}"


def _pattern(source: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.,/-]){source}(?!\w)", re.IGNORECASE | re.ASCII)


_FULL = (  # precise enough to be found within a line
    _pattern(_NUMERIC),
    _pattern(_DAY_FIRST),
    _pattern(_MONTH_FIRST),
    _pattern(rf"{_TIME},?\s(?:on\s)?{_WEEKDAY}{_DAY}\s{_MONTH},?\s{_YEAR}"),
    _pattern(rf"{_TIME},?\s(?:on\s)?{_WEEKDAY}{_MONTH}\s{_DAY},?\s{_YEAR}"),
)
_WHOLE = (  # only where nothing else is written
    *_FULL,
    _pattern(rf"{_YEAR}-(?P<month>\d{{2}})"),
    _pattern(rf"{_MONTH},?\s{_YEAR}"),
    _pattern(_YEAR),
    _pattern(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?:T?(?P<hour>\d{2})(?P<minute>\d{2})"
               r"(?:\d{2})?(?P<zone>Z|[+-]\d{4})?)?"),
    _pattern(r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})"),
    _pattern(r"(?P<day>1[3-9]|2\d|3[01])/(?P<month>\d{1,2})/(?P<year>\d{4})"),
    _pattern(r"(?P<month>\d{1,2})/(?P<day>1[3-9]|2\d|3[01])/(?P<year>\d{4})"),
)  # fmt: skip


def parse_published(value: str, origin: DateOrigin = "given") -> Published | None:
    """Read ``value`` as a date, with the precision and the zone it has; None where it is none."""
    value = " ".join(value[: _MAX_CHARS + 1].split())
    if len(value) > _MAX_CHARS:
        return None
    readings = (pattern.fullmatch(value) for pattern in _WHOLE)
    return next((date for match in readings if match and (date := _published(match, origin))), None)


def find_published(line: str) -> tuple[Published, int, int] | None:
    """Return the first date with day and year in ``line``, and where it stands."""
    line = re.sub(r"\s", " ", line)
    matches = [match for pattern in _FULL if (match := pattern.search(line))]
    for match in sorted(matches, key=lambda match: (match.start(), -match.end())):
        if published := _published(match, "text"):
            return published, match.start(), match.end()
    return None


def _published(match: re.Match[str], origin: DateOrigin) -> Published | None:
    """Return the date of a match, or None where the calendar has no such day or minute."""
    parts = match.groupdict()
    month, day = parts.get("month"), parts.get("day")
    name = (month or "").rstrip(".").capitalize()
    number = months.NUMBERS.get(name) or int(month or 1)
    try:
        date = dt.date(int(parts["year"]), number, int(day or 1))
        clock = _clock(parts)
    except ValueError:
        return None
    if date.year not in _YEARS:
        return None
    if clock:
        return Published(f"{date}T{clock:%H:%M}", "minute", _zone(parts["zone"]), origin)
    precision: DatePrecision = "day" if day else "month" if month else "year"
    return Published(
        str(date)[: {"day": 10, "month": 7, "year": 4}[precision]], precision, None, origin
    )


def _clock(parts: dict[str, str | None]) -> dt.time | None:
    """Return the time of day, from twelve hours or from twenty-four."""
    hour, half = parts.get("hour"), (parts.get("half") or "").lower()
    if hour is None:
        return None
    if half and not 1 <= int(hour) <= 12:
        raise ValueError(f"no such hour: {hour} {half}m")
    hours = int(hour) % 12 + 12 * (half == "p") if half else int(hour)
    return dt.time(hours, int(parts["minute"] or 0))


def _zone(written: str | None) -> str | None:
    """Return the offset from UTC, ``+02:00``; None where a name such as ET stands for several."""
    if written and written[0] in "+-":
        return f"{written[:3]}:{written[-2:]}" if int(written[1:3]) <= 14 else None
    return _ZONES.get((written or "").lower())
