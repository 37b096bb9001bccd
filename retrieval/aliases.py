"""The names of a few countries and bodies that questions and articles write in different ways."""

import re

# Asked of the "UN", the reader does not find what the "United Nations" did: on the quiz of 2022
# one question of 180 came right with the name as the passage writes it, and of 64 follow-ups two.
_FORMS_TEXT = """
United States|U.S.|US|USA|U.S.A.|America
United Kingdom|Britain|UK|U.K.|Great Britain
United Nations|UN|U.N.
European Union|EU|E.U.
"""
# The stems that stand for one another; "united" is in too many.
ALIASES = [
    frozenset(line.split())
    for line in ("us usa america american state", "uk britain british kingdom", "un nation")
] + [frozenset(["eu", "europ", "european", "union"])]


def _any_of(names: list[str]) -> re.Pattern[str]:
    """A pattern for these names, the longest first; "us" is one only in capitals or after "the"."""
    said = sorted(names, key=len, reverse=True)
    other = "|".join(re.escape(name) for name in said if name != "US")
    us = r"|US|(?<=\b[tT]he )us" if "US" in names else ""
    return re.compile(rf"(?<![\w.])(?:(?i:{other}){us})(?!\w)")


_PATTERNS = [_any_of(line.split("|")) for line in _FORMS_TEXT.strip().splitlines()]


def worded_as(text: str, passage: str) -> str:
    """A question with such a name as the passage writes it, where it does not write it so."""
    for pattern in _PATTERNS:
        asked = pattern.search(text)
        if asked is None:
            continue
        written = pattern.findall(passage)
        if written and asked.group() not in written:
            text = text[: asked.start()] + written[0] + text[asked.end() :]
    return text
