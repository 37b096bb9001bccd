"""The names of the months, in full and shortened."""

import datetime as dt

NAMES = (  # in English, whatever the locale
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
SHORT = {
    "Jan": 1, "Feb": 2, "Mar": 3, "Apr": 4, "Jun": 6, "Jul": 7, "Aug": 8, "Sep": 9, "Sept": 9,
    "Oct": 10, "Nov": 11, "Dec": 12,
}  # fmt: skip
NUMBERS = {name: number for number, name in enumerate(NAMES, start=1)} | SHORT

# The longer names first: an alternative that begins another would hide it.
PATTERN = rf"(?:{'|'.join(sorted(NUMBERS, key=len, reverse=True))})\b\.?"


def written(day: dt.date) -> str:
    """``18 September 2023``."""
    return f"{day.day} {NAMES[day.month - 1]} {day.year}"
