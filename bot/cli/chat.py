"""A conversation: questions that may lean on the ones before them."""

import datetime as dt
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from bot.cli import render
from bot.cli.ask import NOT_FOUND
from bot.cli.options import Chosen, asking, filtering, filters_of, print_json, shared
from bot.cli.terminal import Line, draw, on_terminal
from bot.text import one_line, without_halves
from index import InputError
from retrieval import Conversation

_PROMPT = "› "
_ENDS = frozenset({"exit", "quit", ":q", "/quit", "/exit"})
_HELPS = frozenset({"help", "/help"})
_OPENING = "Ask about the articles in your own words. help says more; exit or Ctrl-D ends.\n"
_HELP = """\
Ask a question, or type a few words of it; here, no sign needs quotation marks.
A follow-up may lean on what was asked before: when was that?
Ctrl-C drops what is half typed, and the arrow keys bring back what was asked.
exit, quit, :q, /quit or Ctrl-D ends.
dateline chat --help says how to ask some of the articles only.
"""


@click.command()
@filtering
@asking
@shared
def chat(chosen: Chosen, /, asked: dt.date | None, **filters: Any) -> int:
    """Ask one question after another; follow-ups are understood.

    exit, quit, :q, /quit or Ctrl-D ends it, help says more, Ctrl-C drops what is half typed.
    Questions can also come from a pipe, one a line; then the exit status is 1 if one was an error,
    else 3 if none was answered.
    """
    allowed = filters_of(chosen, **filters)
    talk = Conversation(chosen.engine_of(chosen.filled_corpus), allowed)
    became = Counter[str]()
    for text in typed(chosen.home.path):
        if text.casefold() in _ENDS:
            break
        if text.casefold() in _HELPS:
            click.echo(_HELP, err=True)
            continue
        try:
            answer = talk.ask(no_command(text), asked=asked)
        except InputError as error:
            became["error"] += 1
            click.echo(f"error: {one_line(str(error))}", err=True)
            continue
        became[answer.status] += 1
        if chosen.as_json:
            print_json(answer.model_dump(mode="json"))
        else:
            draw([*render.answer_lines(answer, chosen.again), Line()])
    return 0 if sys.stdin.isatty() else status_of(became)


def no_command(text: str) -> str:
    """The text, unless it is a command that there is not."""
    if text.startswith("/"):
        raise InputError(f"there is no command {text[:40]}; there are help and exit")
    return text


def status_of(became: Counter[str]) -> int:
    """The exit status of what became of questions from a pipe; a person has seen it."""
    if became["error"]:
        return 1
    return NOT_FOUND if became["not_found"] and not became["answered"] else 0


def typed(home: Path) -> Iterator[str]:
    """What is asked, line by line, until it ends; blank lines are left out."""
    next_line = piped
    if sys.stdin.isatty() and on_terminal():
        click.echo(_OPENING, err=True)
        next_line = prompting(home)
    while (text := next_line()) is not None:
        if text := without_halves(text).strip():
            yield text


def piped() -> str | None:
    """A line from a pipe, or None at its end."""
    line = sys.stdin.buffer.readline()
    return line.decode("utf-8", errors="replace") if line else None


def prompting(home: Path) -> Callable[[], str | None]:
    """Prompt on the terminal, with line editing and a history, kept under the home if it can be."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.history import FileHistory, History, InMemoryHistory

    path = home / "chat_history"
    history: History = InMemoryHistory()
    with suppress(OSError):
        home.mkdir(parents=True, exist_ok=True)
        # What someone asked is nobody else's business.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        history = FileHistory(path)
    session: PromptSession[str] = PromptSession(history=history)

    def next_line() -> str | None:
        while True:
            try:
                return session.prompt(_PROMPT)
            except EOFError:
                return None
            except KeyboardInterrupt:
                if not session.default_buffer.text:
                    raise  # nothing was typed: it is the conversation that is to end

    return next_line
