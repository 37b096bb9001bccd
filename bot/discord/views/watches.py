"""Cards about watched questions: what is due to be told, and which are watched."""

from collections.abc import Sequence

from bot.discord.delivery import Card
from bot.discord.escape import escaped_line, within
from bot.discord.views import buttons, cards
from bot.discord.views.answers import cited, in_bold, searched_for
from bot.watches import Watch
from retrieval import Answer
from retrieval.conversation import shown

_A_PAGE = 5  # questions, each with a button
_BEFORE = "the articles didn't say"


def told_card(watch: Watch, answer: Answer, of: str = "") -> Card:
    """The new answer to a watched question, with its quote, and the one before it.

    ``of`` says whose articles answer, in a direct message.
    """
    first, *rest = cited(answer)
    lines = [f"-# before: {in_bold(watch.told or '', 200) or _BEFORE}"]
    if of:
        lines.append(f"-# from {within(of, 120, escaped_line)}")
    if watch.channel:
        lines.append(f"-# watched by <@{watch.who}>")
    # The card's head is the question as it was searched for, and may be cut off.
    told = answer.model_copy(update={"question": answer.standalone_question})
    known = f"{answer.band.capitalize()} · every word quoted"
    embed = cards.card(
        [first, "\n".join(lines), *rest],
        colour=cards.ANSWERED,
        author=told.question,
        title="A new answer to a watched question",
        footer=" · ".join(filter(None, (known, searched_for(told)))),
    )
    usual = buttons.answer_buttons(answer, watch.filters, private=False)
    kept = (one for one in usual if not str(one.custom_id).startswith("dl:watch:"))
    return Card(embed, (*kept, buttons.end_button("Stop watching", watch.id, row=2)))


def begun_card(watch: Watch) -> Card:
    """That a question is watched from now on, and what the articles say by now."""
    where = f"<#{watch.channel}> is" if watch.channel else "You are"
    lines = [
        f"{where} told whenever a new article answers this, or answers it otherwise.",
        f"Now: {in_bold(watch.told or '', 200) or 'the articles don’t say.'}",
        "-# `/watching` lists what is watched, and ends it.",
    ]
    embed = cards.card(["\n".join(lines)], colour=cards.ANSWERED, author=in_full(watch))
    return Card(embed, (buttons.end_button("Stop watching", watch.id),))


def list_card(watches: Sequence[Watch], page: int) -> Card:
    """A page of watched questions, each with a button that ends it."""
    some, page, pages = cards.on_page(watches, page, _A_PAGE)
    first = (page - 1) * _A_PAGE + 1
    blocks = [watch_line(n, one) for n, one in enumerate(some, start=first)]
    nothing = "Nothing is watched here yet; `/watch` watches a question."
    embed = cards.card(blocks or [nothing], colour=cards.NEUTRAL, title="Watched questions")
    ends = [buttons.end_button(f"End {n}", one.id) for n, one in enumerate(some, start=first)]
    return Card(embed, (*ends, *buttons.page_buttons("watching", page, pages, row=1)))


def in_full(watch: Watch) -> str:
    """The question with what it is asked after, without which nobody knows it again."""
    return shown(watch.question, watch.history)


def watch_line(number: int, watch: Watch) -> str:
    """A watched question, its answer by now, and where it is told."""
    where = f"told in <#{watch.channel}>" if watch.channel else "told to you directly"
    now = in_bold(watch.told or "", 100) or _BEFORE
    lines = [
        f"**{number}** {within(in_full(watch), 300, escaped_line)}",
        f"-# {now} · {where}",
        f"-# ⚠ {escaped_line(watch.error)}" if watch.error else "",
    ]
    return "\n".join(filter(None, lines))
