"""The dateline that an article opens with, in the styles of the agencies.

``WASHINGTON, Sept 18 (Reuters) — …``, ``PARIS (AP) — …``, ``(New York) …``.
"""

import re

_MAX_CHARS = 160

_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
MONTH_AND_DAY = rf"(?:{_MONTH} \d{{1,2}}|\d{{1,2}} {_MONTH})"

AGENCY_NAMES = (
    "(?:Thomson )?Reuters|AP|(?:The )?Associated Press|AFP|UPI|DPA|dpa|ANSA|EFE|Xinhua|TASS"
    "|CNN(?: Business)?|BBC|Bloomberg|PTI|ANI|IANS|Kyodo(?: News)?|Yonhap|Sputnik|Interfax|Belga"
    "|PA|NPR|Anadolu|KUNA|WAM|SPA|MENA|Bernama"
)
_PLACE = r"(?P<place>[^\W\d_][\w.’'/-]*(?: [^\W\d_][\w.’'/-]*){0,3}?)"
_REGION = r"(?:, [^\W\d_][\w.]*(?: [^\W\d_][\w.]*){0,2})?"
_DATE = rf"(?:, (?P<date>{MONTH_AND_DAY}(?:,? \d{{4}})?))?"
_DASH = r"(?:\s?(?:—|–|--)\s?|\s-\s)"
_DATELINE = re.compile(
    rf"{_PLACE}{_REGION}{_DATE}"
    rf"(?:(?P<agency> \((?:{AGENCY_NAMES})\)\s?{_DASH}?| (?:{AGENCY_NAMES}){_DASH})|{_DASH})"
    r"(?P<body>.?)"
)
_BRACKETED = re.compile(
    r"\((?P<place>[^\W\d_][\w.’' -]{1,30})(?:, [\w. ]{2,30})?\) ?(?:[—–-] )?(?P<body>\S)"
)
_NO_PLACE = re.compile(
    rf"{AGENCY_NAMES}|BREAKING(?: NEWS)?|UPDATED?|EXCLUSIVE|WATCH|LIVE|ANALYSIS|OPINION|VIDEO"
    r"|REVIEW|FACT CHECK|EXPLAINER|CORRECTION|EDITORIAL|INTERVIEW|PHOTOS?|WARNING|NOTE|QUIZ",
    re.IGNORECASE,
)
_SMALL_WORDS_OF_PLACES = frozenset(
    ["al", "am", "an", "da", "de", "del", "der", "do", "el", "la", "las", "los", "of", "sur", "the"]
)


def dateline_end(sentence: str) -> int:
    """How many characters of an article's first sentence are its dateline; 0 without one."""
    match = dateline_of(sentence)
    return match.start("body") if match else 0


def dateline_of(line: str) -> re.Match[str] | None:
    """Match the dateline that a line begins with."""
    line = line[:_MAX_CHARS]
    match = _BRACKETED.match(line) or _DATELINE.match(line)
    if match is None or match["body"].islower() or _NO_PLACE.fullmatch(match["place"]):
        return None
    place, parts = match["place"], match.groupdict()
    is_plain = match.re is _DATELINE and not parts["date"] and not parts["agency"]
    if is_plain and (not place.isupper() or len(place) < 4):
        return None
    words = place.replace("/", " ").split()
    is_name = all(word[0].isupper() or word in _SMALL_WORDS_OF_PLACES for word in words)
    return match if is_name and not any(char.isdigit() for char in place) else None
