"""An answer's card as it would be in Discord, without a token: on a terminal, or as JSON."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from bot.cli import render, terminal
from bot.cli.ask import NOT_FOUND, joined_words
from bot.cli.card_markup import Row, StyledText, labels_of, rows_of
from bot.cli.options import Chosen, filtering, filters_of, pass_chosen, print_json, shared
from bot.cli.terminal import Line, Part, console, draw, line, linked, part
from index import Filters, NoSuchArticle
from retrieval import Answer, Question
from retrieval.answer import Citation, RankedSentence

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

    from bot.discord.views.answers import PageOf

_STYLES = {"title": "bold", "heading": "bold", "small": "dim", "quote": "", "text": ""}
_QUOTE = "│ "


@click.command(epilog="A question may begin with a dash after --.")
@click.argument("question", nargs=-1)
@filtering
@shared
@pass_chosen
def card(chosen: Chosen, /, question: tuple[str, ...], **filters: Any) -> int:
    """Answer a question with the card that Discord would show.

    No token is needed, and nothing is sent. --json prints what Discord would be sent; on the
    terminal the commands are those of the command line.
    """
    asked = Question(joined_words(question, "QUESTION"), filters=filters_of(chosen, **filters))
    answer = chosen.engine_of(chosen.corpus).ask(asked)
    made = as_sent if chosen.as_json else as_here
    sent = made(chosen, answer, asked.filters)
    if chosen.as_json:
        print_json(sent)
    else:
        show(sent["embeds"][0], sent["components"])
    return 0 if answer.status == "answered" else NOT_FOUND


def as_sent(chosen: Chosen, answer: Answer, filters: Filters) -> dict[str, Any]:
    """The card as Discord would be sent it."""
    from bot.discord.views.articles import page_at

    def page_of(citation: Citation | RankedSentence) -> int | None:
        with chosen.corpus.snapshot() as view, suppress(NoSuchArticle):
            return page_at(view.article(citation.article_id).text, citation.start)
        return None

    return card_of(chosen, answer, filters, page_of)


def as_here(chosen: Chosen, answer: Answer, filters: Filters) -> dict[str, Any]:
    """The card as it is shown here, where there is no server, and other commands."""

    def command_of(cited: Citation | RankedSentence) -> str:
        return render.command_to(cited, chosen.again)

    return card_of(chosen, answer, filters, command_of, whose="The")


def card_of(
    chosen: Chosen,
    answer: Answer,
    filters: Filters,
    page_of: "PageOf",
    whose: str = "This server's",
) -> dict[str, Any]:
    """The card and its buttons, as JSON."""
    from bot.discord.delivery import Card
    from bot.discord.views.answers import answer_card, scope
    from bot.discord.views.buttons import answer_buttons

    title = ""
    if filters.article:
        with chosen.corpus.snapshot() as view:
            title = view.find(filters.article).title
    limits = scope(filters, title)
    made = Card(
        answer_card(answer, page_of, limits, whose=whose),
        answer_buttons(answer, filters, private=False),
    )
    components = made.view.to_components() if made.view else []
    return {"embeds": [made.embed.to_dict()], "components": components}


def show(embed: dict[str, Any], components: list[dict[str, Any]]) -> None:
    """Show a card: with its bars on a terminal, else as plain lines."""
    if terminal.on_terminal():
        draw_card(embed, labels_of(components))
    else:
        draw(plain_lines(embed, labels_of(components)))


def plain_lines(embed: dict[str, Any], labels: list[list[str]]) -> Iterator[Line]:
    """A card as lines without bars or colours; what is quoted stands behind a bar all the same."""
    author, footer = around(embed)
    yield from [line(author)] if author else []
    for row in rows_of(embed):
        bar = [_QUOTE] if row.kind == "quote" else []
        yield line(*bar, *map(part_of, row.runs))
    yield from [line(footer)] if footer else []
    for buttons in labels:
        yield line(" ".join(f"[{label}]" for label in buttons))


def draw_card(embed: dict[str, Any], labels: list[list[str]]) -> None:
    """Draw a card on a terminal, with its colour at the left and bars before quotes."""
    from rich.console import Group
    from rich.text import Text

    author, footer = around(embed)
    inside = [
        *([Text(author.text, "bold")] if author else []),
        *map(set_row, rows_of(embed)),
        *([Text(footer.text, "dim")] if footer else []),
    ]
    screen = console()
    screen.print(Barred(Group(*inside), "▌ ", f"#{embed.get('color', 0):06x}"))
    for buttons in labels:
        pieces = ((f" {label} ", "reverse") for label in buttons)
        screen.print(Text("  ").join(Text(*piece) for piece in pieces))


def set_row(row: Row) -> Any:
    """A line of a card as Rich sets it."""
    from rich.text import Text

    words = Text(style=_STYLES[row.kind])
    for run in row.runs:
        made = part_of(run)
        words.append(made.text, made.style)
    return Barred(words, _QUOTE, "dim") if row.kind == "quote" else words


@dataclass(frozen=True, slots=True)
class Barred:
    """Something for Rich to draw with a bar at its left, along all of its rows."""

    inside: Any
    bar: str
    style: str

    def __rich_console__(self, screen: "Console", options: "ConsoleOptions") -> "RenderResult":
        """Each row with its piece of the bar."""
        from rich.segment import Segment

        style = screen.get_style(self.style)
        narrower = options.update(width=max(1, options.max_width - len(self.bar)))
        for row in screen.render_lines(self.inside, narrower, pad=False):
            yield Segment(self.bar, style)
            yield from row
            yield Segment.line()


def around(embed: dict[str, Any]) -> tuple[Part | None, Part | None]:
    """Who asked what, at the top, and the small line at the foot."""
    texts = (embed.get("author", {}).get("name"), embed.get("footer", {}).get("text"))
    first, last = (part(text) if text else None for text in texts)
    return first, last


def part_of(run: StyledText) -> Part:
    """Words as the terminal shows them."""
    style = "bold" if run.bold else "cyan" if run.code else ""
    return linked(run.text, run.link, style) if run.link else part(run.text, style)
