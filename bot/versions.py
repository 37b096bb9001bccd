"""The versions of an article: what each changed, and which of them a citation is of."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from bot.excerpts import parse_span
from bot.text import counted
from index import Article
from index.types import Span

_FIELDS = ("title", "published", "source", "url", "authors")


@dataclass(frozen=True, slots=True)
class Changes:
    """What one version changed: its sentences in order, removed "-" or added "+", and fields."""

    lines: tuple[tuple[str, str], ...]
    fields: tuple[str, ...]

    def __str__(self) -> str:
        counts = {"added": len(self.sentences("+")), "removed": len(self.sentences("-"))}
        told = [f"{counted(count, 'sentence')} {how}" for how, count in counts.items() if count]
        told += [f"another {name}" for name in self.fields]
        return ", ".join(told) or "no sentence changed"

    def sentences(self, sign: str) -> list[str]:
        """The sentences removed ("-") or added ("+")."""
        return [sentence for one, sentence in self.lines if one == sign]


def changes(before: Article, after: Article) -> Changes:
    """What a version changed against the one before."""
    old, new = ([one.quote(s) for s in one.sentences] for one in (before, after))
    lines: list[tuple[str, str]] = []
    for kind, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            lines += [("-", quote) for quote in old[i:j]] + [("+", quote) for quote in new[k:m]]
    fields = tuple(name for name in _FIELDS if getattr(before, name) != getattr(after, name))
    return Changes(tuple(lines), fields)


def looked_up(
    history: Sequence[Article], named: Article | None, at: str | None
) -> tuple[Article, Span | None, str]:
    """The version to show, the place in it, and what to say of changes since, empty for none.

    Where no version is named it is the newest in which the place is a whole sentence, as a
    citation's is. Raises InputError where there is no such place.
    """
    newest = history[-1]
    plain = (at or "").strip().replace("–", "-")
    cited = [a for a in history if any(f"{s.start}-{s.end}" == plain for s in a.sentences)]
    shown = named or (cited or history)[-1]
    if at is None:
        return shown, None, changed_since(shown, newest, None)
    place = parse_span(shown, at)
    if told := changed_since(shown, newest, place):
        return shown, place, told
    for one in reversed(cited if named is None else ()):
        if (said := one.text[slice(*place)]) != shown.text[slice(*place)]:
            return shown, place, f"Before it changed, version {one.version} said here: “{said}”"
    return shown, place, ""


def changed_since(shown: Article, newest: Article, place: Span | None) -> str:
    """That an article has changed since a version, and whether it still says the same."""
    if shown.version == newest.version:
        return ""
    told = f"This article has changed since: version {newest.version} "
    if place is None:
        return f"{told}is the newest."
    stands = shown.text[slice(*place)] in newest.text
    return f"{told}{'still' if stands else 'no longer'} says what version {shown.version} said."
