"""The program ``dateline``: its commands, and the one place where errors end.

Commands are imported when they are called, so that nothing is loaded that a call does not need.
"""

import contextlib
import importlib
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

import click

from bot.cli.options import Chosen, shared
from bot.text import one_line

WRONG_USAGE, INTERRUPTED, PIPE_CLOSED = 2, 130, 141

_COMMANDS = {
    "ask": "bot.cli.ask:ask",
    "chat": "bot.cli.chat:chat",
    "search": "bot.cli.ask:search",
    "latest": "bot.cli.ask:latest",
    "eval": "bot.cli.evaluate:evaluate",
    "add": "bot.cli.articles:add",
    "rebuild": "bot.cli.articles:rebuild",
    "list": "bot.cli.articles:list_articles",
    "show": "bot.cli.show:show",
    "remove": "bot.cli.articles:remove",
    "feed": "bot.cli.feeds:feed",
    "watch": "bot.cli.feeds:watch",
    "watch-question": "bot.cli.watches:watch_question",
    "corpora": "bot.cli.corpora:corpora",
    "verify": "bot.cli.status:verify",
    "info": "bot.cli.status:info",
    "doctor": "bot.cli.status:doctor",
    "discord": "bot.cli.discord:discord",
    "feedback": "bot.cli.feedback:feedback",
}

_EPILOG = """\
Shell completion, for bash (zsh and fish likewise):
eval "$(_DATELINE_COMPLETE=bash_source dateline)"

\b
Exit status: 0 done, 1 an error, 2 wrong usage, 3 nothing found.
"""


class Program(click.Group):
    """The group of commands, each imported by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands, in the order of help."""
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; whoever reads its output may have enough and go."""
        try:
            status = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            ctx.exit(PIPE_CLOSED)
        except click.UsageError as error:  # that an option lacks its value is told of no command
            error.ctx = error.ctx or click.Context(self, ctx, ctx.invoked_subcommand)
            raise
        return status

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run a command line and exit with its status."""
        extra["standalone_mode"] = False
        run = super().main
        sys.exit(guarded(lambda: run(*args, **extra)))


def guarded(run: Callable[[], Any]) -> int:
    """Run; whatever goes wrong becomes one line and a status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        status = run()
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return WRONG_USAGE
    except Exception as error:  # noqa: BLE001 - the last place where anything can be said
        if os.environ.get("DATELINE_DEBUG") and not isinstance(error, click.ClickException):
            traceback.print_exc()
        click.echo(f"error: {one_line(sentence_of(error))}", err=True)
        return error.exit_code if isinstance(error, click.ClickException) else 1
    return status if isinstance(status, int) else 0


def sentence_of(error: Exception) -> str:
    """What to tell of an error: what is wrong, and what to do."""
    import sqlite3

    from index.errors import DatelineError

    match error:
        case click.UsageError(ctx=context):
            path = context.command_path if context else "dateline"
            return f"{error.format_message().rstrip('.')}; see: {path} --help"
        case click.ClickException():
            return error.format_message()
        case DatelineError():
            return str(error)
        case OSError(filename=name, strerror=reason) if reason:
            return f"{name}: {reason}" if name else reason
        case sqlite3.Error():
            return f"the corpus cannot be read or written ({error}); run: dateline doctor"
    kind = type(error).__name__
    return f"Dateline itself failed ({kind}: {error}); set DATELINE_DEBUG=1 to see where"


@click.group("dateline", cls=Program, epilog=_EPILOG, no_args_is_help=True)
@click.version_option(package_name="dateline", message="%(prog)s %(version)s")
@shared
def dateline(_: Chosen) -> None:
    """Ask questions about news articles.

    Every word of an answer is quoted from an article and cited.
    """


def main() -> None:
    """Run the program as a process of its own."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # it was closed; what is opened first takes its number
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))
    # Looking for plug-ins of pydantic, of which there are none, takes a fifteenth of the start.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        dateline(prog_name="dateline")
    except SystemExit as end:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        # All is stored and closed; taking the interpreter and the model's threads down in order
        # would only add an eighth of a second to every answer.
        os._exit(end.code if isinstance(end.code, int) else 1)
