"""What Discord would make of a text: the marks that it would act on, and what would be read.

A reading of the client's rules (simple-markdown with Discord's own), stricter where they are
unclear: every place is taken for the beginning of a mark that could be one.
"""

import re
from typing import NamedTuple

_BLOCKS = (
    ("heading", re.compile(r" *#{1,3} +(?=\S)")),
    ("small", re.compile(r" *-# +(?=\S)")),
    ("quote", re.compile(r" *>(?:>>)? +")),
    ("list", re.compile(r" *(?:[-*+]|\d+[.)]) +")),
)
_SPAN = r"((?:\\[\s\S]|[^\\])+?)"
# Marks with a second group have a content that is read in turn.
_INLINE = (
    ("escape", re.compile(r"\\([^0-9A-Za-z\s])")),
    ("code", re.compile(r"(`+)[\s\S]*?[^`]\1(?!`)")),
    ("mention", re.compile(r"<@[!&]?\d+>|<#\d+>|</[^:>]+:\d+>|<id:\w+>|@everyone|@here")),
    ("emoji", re.compile(r"<a?:\w+:\d+>|:[a-z_]\w*:")),
    ("time", re.compile(r"<t:-?\d+(?::\w)?>")),
    ("link", re.compile(r"\[((?:\[[^\]]*\]|[^\[\]]|\](?=[^\[]*\]))*)\]\(\s*<?(\S*?)>?\s*\)")),
    ("url", re.compile(r"<?https?://[^\s<]+|<[\w.+-]+@[\w.-]+>|<\+\d+>")),
    ("invite", re.compile(r"discord(?:\.gg|(?:app)?\.com/invite)/\w+")),
    ("bold", re.compile(rf"\*\*()({_SPAN})\*\*(?!\*)")),
    ("underline", re.compile(rf"__()({_SPAN})__(?!_)")),
    ("italic", re.compile(rf"\*(?=\S)()({_SPAN})\*(?!\*)")),
    ("italic", re.compile(rf"_()({_SPAN})_(?!\w)")),
    ("struck", re.compile(r"~~()([\s\S]+?)~~")),
    ("spoiler", re.compile(r"\|\|()([\s\S]+?)\|\|")),
)


class Mark(NamedTuple):
    """Something that Discord would not show as it stands."""

    kind: str
    raw: str


def read(text: str) -> tuple[str, list[Mark]]:
    """What would be read, and the marks, in order."""
    seen: list[str] = []
    marks: list[Mark] = []
    at, line_start = 0, True
    while at < len(text):
        if line_start:
            for kind, pattern in _BLOCKS:
                if found := pattern.match(text, at):
                    marks.append(Mark(kind, found[0]))
                    at = found.end()
                    break
            else:
                line_start = False
            continue
        kind, mark = inline(text, at)
        if mark is None:
            seen.append(text[at])
            line_start = text[at] == "\n"
            at += 1
            continue
        at = mark.end()
        if kind == "escape":
            seen.append(mark[1])
            continue
        marks.append(Mark(kind, mark[0]))
        if kind == "link":
            seen.append(mark[1])
        elif kind in {"bold", "underline", "italic", "struck", "spoiler"}:
            words, inner = read(mark[2])
            seen.append(words)
            marks += inner
    return "".join(seen), marks


def inline(text: str, at: int) -> tuple[str, re.Match[str] | None]:
    """The mark that begins at a place, if one does."""
    for kind, pattern in _INLINE:
        if found := pattern.match(text, at):
            return kind, found
    return "", None


def kinds(text: str) -> list[str]:
    """The kinds of marks in a text, in order."""
    return [mark.kind for mark in read(text)[1]]
