"""A conversation: questions that may lean on the ones before them."""

import datetime as dt
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from bot import render
from bot.options import Chosen, filtering, filters_of, pass_chosen, print_json, shared
from bot.terminal import Line, draw, on_terminal, one_line, without_halves
from index import InputError
from retrieval import Question, Turn

_PROMPT = "› "
_END = "/quit"
# What is asked can lean on a few turns, and a conversation may go on for days.
_REMEMBERED = 20


@click.command()
@filtering
@shared
@pass_chosen
def chat(
    chosen: Chosen,
    /,
    source: str | None,
    since: dt.date | None,
    until: dt.date | None,
    article: str | None,
) -> None:
    """Ask one question after another; follow-ups are understood.

    /quit or Ctrl-D ends it. Questions can also come from a pipe, one a line.
    """
    filters = filters_of(source, since, until, article)
    engine = chosen.engine_of(chosen.filled_corpus)
    turns: list[Turn] = []
    for text in typed(chosen.home.path):
        if text == _END:
            break
        if text.startswith("/"):
            click.echo(f"error: there is no command {one_line(text)}; {_END} ends", err=True)
            continue
        try:
            answer = engine.ask(Question(text, tuple(turns), filters))
        except InputError as error:
            click.echo(f"error: {one_line(str(error))}", err=True)
            continue
        turns = [*turns, answer.as_turn()][-_REMEMBERED:]
        if chosen.as_json:
            print_json(answer.model_dump(mode="json"))
        else:
            draw([*render.answer_lines(answer, chosen.again), Line()])


def typed(home: Path) -> Iterator[str]:
    """What is asked, line by line, until it ends; blank lines are left out."""
    next_line = prompting(home) if sys.stdin.isatty() and on_terminal() else piped
    while (text := next_line()) is not None:
        if text := without_halves(text).strip():
            yield text


def piped() -> str | None:
    """A line from a pipe, or None at its end."""
    line = sys.stdin.buffer.readline()
    return line.decode("utf-8", errors="replace") if line else None


def prompting(home: Path) -> Callable[[], str | None]:
    """Prompt on the terminal, with line editing and a history kept under the home."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.history import FileHistory

    home.mkdir(parents=True, exist_ok=True)
    path = home / "chat_history"
    # What someone asked is nobody else's business.
    os.close(os.open(path, os.O_CREAT | os.O_APPEND, 0o600))
    session: PromptSession[str] = PromptSession(history=FileHistory(path))

    def next_line() -> str | None:
        try:
            return session.prompt(_PROMPT)
        except EOFError:
            return None

    return next_line
