"""A day as people type it, as a date or in words."""

import datetime as dt

_AGO = {"today": 0, "yesterday": 1, "last week": 7, "last month": 30, "last year": 365}  # days


def day_typed(written: str, today: dt.date) -> dt.date | None:
    """The day that was typed; None where it is none."""
    words = " ".join(written.casefold().split())
    if words in _AGO:
        return today - dt.timedelta(days=_AGO[words])
    try:
        return dt.date.fromisoformat(words)
    except ValueError:
        return None
