"""The buttons below an answer, which work as long as their message exists.

All that a click needs is in the button's id and its message, so buttons outlive a restart. The
question is the card's first line or, if the footer has it, what was ``searched for``.

    dl:context:PLACE                  the paragraph around the first quote
    dl:more:FILTERS:PAGE:SHOWN        the next sentences, in a message of one's own
    dl:page:FILTERS:PAGE:SHOWN        the same, on that message
    dl:read:MARK:START                the page of an article that has a sentence
    dl:list:PAGE, dl:text:MARK:PAGE   a page of the list of articles, of an article
    dl:latest:PAGE:TOPIC              a page of the newest articles; dl:new begins with the first
    dl:watch:FILTERS, dl:unwatch:ID   watch the question, or one no longer
    dl:watching:PAGE                  a page of the watched questions
    dl:on:FILTERS                     a form for a follow-up
    dl:share                          the answer for all to see
    dl:up:VERSION:PLACE, dl:down:…    what someone thinks of the answer
    dl:ask:QUESTION                   one of the questions that are offered
    dl:asked:PAGE:VAIN                of managers: a page of what was asked, perhaps in vain
    dl:cancel                         of managers: end a write
    dl:set:NUMBER:yes, dl:set:…:no    change the settings as they were proposed, or leave them
    dl:wipe:USER:yes, dl:wipe:USER:no delete everything, or nothing, for who asked

In direct messages the ids begin with ``dl@SERVER:``, which says whose articles answered; 0 stands
for the shared ones.
"""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import discord

from bot.discord.servers import Server, mark_of
from bot.discord.views.answers import SEARCHED_FOR, link_to
from index import Filters, InputError
from retrieval import Turn
from retrieval.answer import Answer, Citation, RankedSentence
from retrieval.conversation import from_shown

PREFIX = "dl"
_IN_DIRECT = re.compile(rf"\A{PREFIX}@(\d+):", re.ASCII)
ID_MAX, LABEL_MAX = 100, 80
_BOLD = re.compile(r"\A(?:## .*\n)?> (?:\\.|[^\\*\n])*\*\*((?:\\.|[^\\*\n])+)\*\*")
_QUESTIONS = 3  # that are offered
_A_ROW = 5  # buttons, the most that Discord has
_SHOWN = 8  # sentences of an answer that More knows, as marks
_RED = discord.ButtonStyle.danger
Button = discord.ui.Button[discord.ui.View]


class NoQuestionError(InputError):
    """A message does not say what it answers."""


@dataclass(frozen=True, slots=True)
class QuoteRef:
    """The place of a quote and of the answer in it, as a button's id holds them.

    ``mark`` is the article's, ``text`` the beginning of its text's hash: an offset into another
    version of the text would show other words.
    """

    mark: str
    text: str
    start: int
    end: int
    answer: tuple[int, int] | None = None

    @classmethod
    def of(cls, citation: Citation) -> "QuoteRef":
        """The place of a citation."""
        answer = None
        if citation.answer_start is not None and citation.answer_end is not None:
            answer = citation.answer_start, citation.answer_end
        mark = mark_of(citation.article_id)
        return cls(mark, citation.text_sha256[:4], citation.start, citation.end, answer)

    @classmethod
    def read(cls, written: str) -> "QuoteRef | None":
        """The place in a button's id; None if there is none."""
        found = re.fullmatch(r"(\w{8})(\w{4}):(\d+):(\d+)(?::(\d+):(\d+))?", written, re.ASCII)
        if not found:
            return None
        answer = (int(found[5]), int(found[6])) if found[5] else None
        return cls(found[1], found[2], int(found[3]), int(found[4]), answer)

    def __str__(self) -> str:
        numbers = (self.start, self.end, *(self.answer or ()))
        return ":".join([self.mark + self.text, *map(str, numbers)])


def answer_buttons(
    answer: Answer, filters: Filters, *, private: bool, suggestion: str | None = None
) -> tuple[Button, ...]:
    """The buttons below an answer, or below a refusal, which may offer a question instead."""
    if answer.has_note("small_talk", "filters"):
        return ()  # nothing was asked, or of no article
    written = written_filters(filters)
    first = answer.citations[0] if answer.citations else None
    place = str(QuoteRef.of(first)) if first else ""
    shown = "".join(mark_in(one.quote) for one in answer.citations[:_SHOWN])
    buttons = [
        button("More" if first else "Closest sentences", f"more:{written}:1:{shown}"),
        button("Ask on", f"on:{written}"),
        button("", f"up:{answer.corpus_version[:16]}:{place}", emoji="👍"),
        button("", f"down:{answer.corpus_version[:16]}:{place}", emoji="👎"),
    ]
    if first:
        buttons.insert(0, button("Context", f"context:{place}"))
        each = {c.article_id: c.n for c in reversed(answer.citations)}  # its first quote
        firsts = [c for c in answer.citations if c.n in each.values()]
        buttons += read_buttons(firsts, row=1)[:_A_ROW]
    elif suggestion:
        buttons += question_buttons([suggestion], row=1)
    if private:
        buttons.append(button("Share", "share", row=2))
    if not answer.has_note("digest"):  # it has nothing that changes
        row = next(n for n in (1, 2) if sum(one.row == n for one in buttons) < _A_ROW)
        buttons.append(button("Watch", f"watch:{written}", row=row if first else 0))
    return tuple(buttons)


def read_buttons(quoted: Iterable[Citation | RankedSentence], row: int = 0) -> list[Button]:
    """For each sentence of an article without an address, the button that opens it there."""
    places: dict[str, int] = {}
    for one in quoted:
        if not link_to(one):
            number = one.n if isinstance(one, Citation) else one.rank
            places.setdefault(f"{mark_of(one.article_id)}:{one.start}", number)
    return [
        button(f"Read {n}" if len(places) > 1 else "Read", f"read:{place}", row=row + at // _A_ROW)
        for at, (place, n) in enumerate(places.items())
    ]


def button(
    label: str,
    action: str,
    *,
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    emoji: str | None = None,
    row: int = 0,
    disabled: bool = False,
) -> Button:
    """A button for an action."""
    return discord.ui.Button(
        style=style,
        label=label or None,
        custom_id=f"{PREFIX}:{action}"[:ID_MAX],
        emoji=emoji,
        row=row,
        disabled=disabled,
    )


def question_buttons(questions: Sequence[str], row: int = 0) -> tuple[Button, ...]:
    """The first questions that fit, to ask with one tap each."""
    fit = [question for question in questions if len(question) <= LABEL_MAX][:_QUESTIONS]
    blue = discord.ButtonStyle.primary
    return tuple(button(q, f"ask:{q}", style=blue, row=n) for n, q in enumerate(fit, start=row))


def first_buttons(questions: Sequence[str]) -> tuple[Button, ...]:
    """The buttons to begin with: questions, and the newest articles."""
    below = question_buttons(questions)
    return (*below, button("What is new?", "new", row=len(below)))


def page_buttons(
    of: str, page: int, pages: int, rest: str = "", *, row: int = 0
) -> tuple[Button, ...]:
    """The buttons to the previous and the next page, if there is more than one."""
    if pages <= 1:
        return ()
    return (
        button("Back", f"{of}:{page - 1}{rest}", row=row, disabled=page <= 1),
        button("Next", f"{of}:{page + 1}{rest}", row=row, disabled=page >= pages),
    )


def mark_in(sentence: str) -> str:
    """Four characters that stand for a sentence, whatever its line breaks."""
    return mark_of(" ".join(sentence.split()))[:4]


def cancel_button() -> Button:
    """The button that stops a write."""
    return button("Cancel", "cancel", style=_RED)


def end_button(label: str, watch: str, row: int = 0) -> Button:
    """The button that ends watching a question."""
    return button(label, f"unwatch:{watch}", row=row)


def change_buttons(number: int) -> tuple[Button, ...]:
    """The buttons that confirm or refuse the change of settings that an interaction proposed."""
    return (
        button("Change", f"set:{number}:yes", style=discord.ButtonStyle.primary),
        button("Leave as it is", f"set:{number}:no"),
    )


def wipe_buttons(user: int) -> tuple[Button, ...]:
    """The buttons that confirm or refuse deleting everything, for the user who asked."""
    return (
        button("Delete everything", f"wipe:{user}:yes", style=_RED),
        button("Cancel", f"wipe:{user}:no"),
    )


def of_server(below: tuple[Button, ...], server: int | None) -> tuple[Button, ...]:
    """The buttons with the server in their ids; those whose id gets too long are dropped."""
    for one in below:
        one.custom_id = f"{PREFIX}@{server or 0}{str(one.custom_id).removeprefix(PREFIX)}"
    return tuple(one for one in below if len(str(one.custom_id)) <= ID_MAX)


# -- reading clicks -----------------------------------------------------------------------------


def custom_id_of(interaction: discord.Interaction) -> str:
    """The id of the clicked button or the submitted form, without the server."""
    data: Any = interaction.data or {}
    return _IN_DIRECT.sub(f"{PREFIX}:", str(data.get("custom_id", "")))


def message_of(interaction: discord.Interaction) -> discord.Message:
    """The message of a click or a form, which only a command has none of."""
    return cast("discord.Message", interaction.message)


def server_in(message: discord.Message | None) -> int | None:
    """The server in the ids of a message's buttons: 0 for the shared articles, None if unnamed."""
    found = (_IN_DIRECT.match(one) for one in written_ids(message)) if message else ()
    return next((int(one[1]) for one in found if one), None)


def turns_in(message: discord.Message) -> tuple[Turn, ...]:
    """What a card shows of its conversation: what its question carried, if anything, then that."""
    question, carried = from_shown(searched_in(message))
    before = (Turn(carried),) if carried else ()
    return (*before, Turn(question, answered_in(message)))


def asked_in(message: discord.Message) -> str:
    """The question on a card of the bot's; raises NoQuestionError if there is none."""
    return from_shown(searched_in(message))[0]


def searched_in(message: discord.Message) -> str:
    """The question on a card with what it carried; raises NoQuestionError if there is none."""
    for embed in message.embeds:
        _, found, searched = (embed.footer.text or "").partition(SEARCHED_FOR)
        text = searched if found else embed.author.name or ""
        if text := text.replace("\u200b", "").strip():
            return text
    raise NoQuestionError("This message does not say what was asked; ask with `/ask`.")


def answered_in(message: discord.Message) -> str | None:
    """The answer that a card shows in bold, in its first quote."""
    for embed in message.embeds:
        if found := _BOLD.search(embed.description or ""):
            return re.sub(r"\\(.)", r"\1", found[1]).replace("\u200b", "")
    return None


def value_in(message: discord.Message, action: str) -> str:
    """What the message's button for an action holds; empty where there is no such button."""
    start = f"{PREFIX}:{action}:"
    ids = (_IN_DIRECT.sub(f"{PREFIX}:", one) for one in written_ids(message))
    return next((one.removeprefix(start) for one in ids if one.startswith(start)), "")


def written_ids(message: discord.Message) -> list[str]:
    """The ids of a message's buttons as they are."""
    children = (child for row in message.components for child in getattr(row, "children", ()))
    return [str(child.custom_id) for child in children if getattr(child, "custom_id", None)]


def written_filters(filters: Filters) -> str:
    """Filters in short form: names as marks, days as digits."""
    days = [day.strftime("%Y%m%d") if day else "" for day in (filters.since, filters.until)]
    names = [mark_of(name) if name else "" for name in (filters.article, filters.source)]
    return ",".join([*names, *days]).rstrip(",")


def read_filters(server: Server, written: str) -> Filters:
    """The filters that a button holds; blocks, and raises InputError if one no longer exists."""
    article, source, since, until = (written.split(",") + [""] * 4)[:4]
    heads = server.heads() if article or source else []
    articles = [head.id for head in heads if article and mark_of(head.id) == article]
    sources = [h.source for h in heads if source and h.source and mark_of(h.source) == source]
    if (article and not articles) or (source and not sources):
        raise InputError("The article or source that was asked alone is no longer here; ask again.")
    return Filters(
        source=sources[0] if sources else None,
        since=day_read(since),
        until=day_read(until),
        article=articles[0] if articles else None,
    )


def day_read(written: str) -> dt.date | None:
    """A day as a button holds it."""
    try:
        return dt.datetime.strptime(written, "%Y%m%d").replace(tzinfo=dt.UTC).date()
    except ValueError:
        return None
