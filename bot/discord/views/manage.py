"""What ``/manage`` shows: the settings of a server, what was changed, what was asked."""

from collections import Counter
from collections.abc import Mapping, Sequence

import discord

from bot.discord.channels import mentions
from bot.discord.escape import escaped_line, within
from bot.discord.invite import PERMISSIONS
from bot.discord.store import Asked, Change, ServerSettings
from bot.discord.views import cards
from bot.text import counted

_LINES_A_PAGE, _VAIN = 15, 5
_SETTINGS = "Settings: "  # a change that begins so has Dateline's own words and mentions alone


def settings_change(old: ServerSettings, new: ServerSettings, *, reset: bool) -> str:
    """What has changed, in words and mentions, for the log."""

    def moved(before: Sequence[int], after: Sequence[int], come: str, gone: str) -> list[str]:
        return [
            *(gone.format(number) for number in before if number not in after),
            *(come.format(number) for number in after if number not in before),
        ]

    words = ["all reset"] if reset else []
    words += moved(old.managers, new.managers, "<@&{}> may manage", "<@&{}> may no longer manage")
    words += moved(old.channels, new.channels, "answers in <#{}>", "no longer answers in <#{}>")
    told = "answers unasked in <#{}>", "no longer answers unasked in <#{}>"
    words += moved(old.unasked, new.unasked, *told)
    before, after = in_words(old), in_words(new)
    words += [f"{name} {after[name]}" for name in after if after[name] != before[name]]
    return _SETTINGS + "; ".join(words)


def in_words(settings: ServerSettings) -> dict[str, str]:
    """The settings that are neither roles nor channels."""
    sure, days, marked = settings.threshold, settings.keep_questions, settings.corrections
    return {
        "answers to `/ask` are for": "the asker alone" if settings.private else "all to see",
        "how sure an answer must be:": "as it comes" if sure is None else f"{sure:.0%}",
        "questions are": (
            f"kept for {counted(days, 'day')}, except those answered privately"
            if days
            else "not kept"
        ),
        "answers are": f"corrected for {counted(marked, 'day')}" if marked else "not corrected",
    }


def settings_card(settings: ServerSettings, change: str = "") -> discord.Embed:
    """All settings, and the ``change`` that is proposed; mentions ping nobody."""
    roles = "".join(f", and <@&{number}>" for number in settings.managers)
    places, unasked = mentions(settings.channels), mentions(settings.unasked)
    seen, sure, kept, marked = in_words(settings).values()
    lines = [
        f"**Managed by** those with Manage Server{roles}",
        f"**Answers in** {places or 'every channel'}",
        f"**Answers unasked, when sure, in** {unasked or 'no channel'}",
        f"**Answers to `/ask` are for** {seen}, unless the asker says otherwise",
        "**Replies and mentions** are answered where they are written, for all to see",
        f"**How sure an answer must be** {sure}",
        f"**Questions are** {kept}",
        f"**Answers are** {marked} once an article no longer says what they quote",
        "**Votes are** kept with question, those before it and answer, but not with who gave them",
    ]
    if settings.managers:
        lines.append(
            "-# A role sees `/manage` once it is allowed to in Server Settings, Integrations."
        )
    blocks = ["\n".join(lines)]
    if change:
        blocks.insert(0, f"**To change** {change.removeprefix(_SETTINGS)}\n\nAs it is now:")
    return cards.card(blocks, colour=cards.NEUTRAL, title="Settings")


def change_line(change: Change) -> str:
    """A change on a line; the mention shows a name and pings nobody."""
    own = change.what.startswith(_SETTINGS)
    what = change.what if own else within(change.what, 220, escaped_line)
    return f"{cards.moment(change.at)} <@{change.who}> {what}"


def asked_line(asked: Asked) -> str:
    """A question on a line."""
    mark = "✓" if asked.answered else "–"
    return f"{cards.moment(asked.at)} {mark} {within(asked.question, 200, escaped_line)}"


def missing_lines(held: Mapping[int, int]) -> list[str]:
    """The permissions that the bot lacks, by channel, and what each is for."""
    return [
        f"**Missing in <#{channel}>** {permission.name}, {permission.reason}"
        for channel, bits in held.items()
        for permission in PERMISSIONS
        if not bits & permission.bit
    ]


def asked_card(
    asked: Sequence[Asked], page: int, *, unanswered: bool
) -> tuple[discord.Embed, int, int]:
    """A page of the questions that are kept, after what was asked in vain most often."""
    vain = Counter(" ".join(one.question.casefold().split()) for one in asked if not one.answered)
    counts = f"{counted(len(asked), 'question')}: ✓ {len(asked) - vain.total():,} answered, "
    counts += f"– {vain.total():,} not"
    often = [
        f"{times} × {within(text, 100, escaped_line)}" for text, times in vain.most_common(_VAIN)
    ]
    kept = [one for one in asked if not (unanswered and one.answered)]
    shown, page, pages = cards.on_page(kept, page, _LINES_A_PAGE)
    blocks = [counts, "\n".join(["-# Asked most often without an answer", *often]) if often else ""]
    blocks.append("\n".join(map(asked_line, shown)) or "Nothing yet.")
    embed = cards.card(
        list(filter(None, blocks)),
        colour=cards.NEUTRAL,
        title="Questions",
        footer=f"page {page} of {pages}",
    )
    return embed, page, pages


def lines_card(
    title: str, lines: Sequence[str], page: int, size: int = _LINES_A_PAGE
) -> discord.Embed:
    """A page of lines."""
    shown, page, pages = cards.on_page(lines, page, size)
    text = "\n".join(shown) or "Nothing yet."
    return cards.card([text], colour=cards.NEUTRAL, title=title, footer=f"page {page} of {pages}")
