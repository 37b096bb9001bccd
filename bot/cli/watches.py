"""Watched questions on the command line: ``watch-question``, and what is told after an ``add``."""

import hashlib
import json
import shlex
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import click

from bot.cli.options import Chosen, shared
from bot.text import one_line, without_halves

if TYPE_CHECKING:
    from bot.watches import Watch, WatchBook
    from retrieval import Answer

_COMMAND_SECONDS = 60.0


@click.command("watch-question", epilog="A question may begin with a dash after --.")
@click.argument("question", nargs=-1)
@click.option(
    "--run",
    "command",
    metavar="COMMAND",
    help="Run this program then, without a shell; it gets the event as JSON on standard input.",
)
@click.option("--list", "-l", "listing", is_flag=True, help="List what is watched.")
@click.option("--end", metavar="ID", help="Stop watching a question, by its id in the list.")
@shared
def watch_question(
    chosen: Chosen,
    /,
    question: tuple[str, ...],
    command: str | None,
    listing: bool,
    end: str | None,
) -> None:
    """Be told once a new article answers a question otherwise than now, or for the first time.

    add, feed sync, rebuild and watch tell it on standard error when they have taken articles in,
    each answer once.
    """
    text = without_halves(" ".join(question)).strip()
    if bool(text) + listing + (end is not None) != 1 or (command and not text):
        raise click.UsageError("give a question, perhaps with --run, or --list, or --end ID")
    if listing:
        list_watched(chosen)
        return
    if end is not None:
        ended = book_of(chosen).end(end)
        chosen.say({"ended": ended.id}, f"no longer watching: {one_line(ended.question)}")
        return
    watch = begin(chosen, text, command)
    told = f"watching {watch.id}: {one_line(watch.question)} (now: {now(watch)})"
    chosen.say(watch_json(watch), told)


def begin(chosen: Chosen, text: str, command: str | None) -> "Watch":
    """Watch a question, from the answer on that it has now."""
    from bot.watches import MOST_WATCHES, Watch, come_in, is_question
    from index import InputError
    from retrieval import Question

    try:
        words = shlex.split(command or "")
    except ValueError as error:
        raise click.UsageError(f"--run: {error}") from None
    if words and not shutil.which(words[0]):
        raise click.UsageError(f"--run: there is no program {words[0]!r}; give its path")
    _, marks = come_in([chosen.filled_corpus], {})
    answer = chosen.engine.ask(Question(text))
    if not is_question(answer):
        raise InputError("this has no answer that could change; watch a question")
    name = hashlib.sha256(text.casefold().encode()).hexdigest()[:8]
    watch = Watch(id=name, question=text, command=words)
    watch.tell(answer)
    book_of(chosen).add(watch, marks, most=MOST_WATCHES)
    return watch


def list_watched(chosen: Chosen) -> None:
    """Print what is watched."""
    watches, lines = book_of(chosen).watches(), []
    for one in watches:
        run = f"; runs {one_line(shlex.join(one.command))}" if one.command else ""
        lines.append(f"{one.id}  {one_line(one.question)} (now: {now(one)}{run})")
    none = "Nothing is watched yet; watch a question with: dateline watch-question QUESTION"
    chosen.say(list(map(watch_json, watches)), *lines or [none])


def now(watch: "Watch") -> str:
    """What the articles say by now."""
    return one_line(watch.told) if watch.told else "the articles don't say"


def tell_watched(chosen: Chosen) -> None:
    """Tell what is due of the watched questions, each answer once, now that articles are in."""
    path = chosen.corpus.folder / "watches.json"
    if not path.exists():
        return  # spares importing what answers
    from bot.watches import come_in, news

    book, engine = book_of(chosen), chosen.engine
    with book.checking():
        fresh, marks = come_in([chosen.corpus], book.marks())
        if not any(fresh.values()):
            return
        for watch in book.watches():
            if answer := news(watch, [engine], fresh, engine.ask):
                tell(watch, answer)
                watch.tell(answer)
                book.save(watch)
        book.move(marks)


def tell(watch: "Watch", answer: "Answer") -> None:
    """Tell of an answer on standard error, and run the command if there is one."""
    quoted = answer.citations[0]
    about = " · ".join(filter(None, (quoted.title, quoted.published)))
    before = f"before: {watch.told}" if watch.told else "the articles didn't say before"
    click.echo(f"watched: {one_line(watch.question)}", err=True)
    click.echo(one_line(f"{answer.words} ({before})"), err=True)
    click.echo(f"  {one_line(f'“{quoted.quote}”')}\n    {one_line(about)}", err=True)
    if not watch.command:
        return
    event = watch_json(watch) | {"before": watch.told, "answer": answer.model_dump(mode="json")}
    del event["told"]
    try:
        subprocess.run(  # noqa: S603 - whoever watches gave it, for their own machine
            watch.command,
            input=json.dumps(event, ensure_ascii=False).encode("utf-8", "replace"),
            stdout=sys.stderr.fileno(),
            timeout=_COMMAND_SECONDS,
            check=True,
        )
    except subprocess.CalledProcessError as error:
        why = f"ended with status {error.returncode}"
    except subprocess.TimeoutExpired:
        why = f"took over {_COMMAND_SECONDS:.0f} s"
    except (OSError, ValueError) as error:
        why = f"cannot be started ({getattr(error, 'strerror', error)})"
    else:
        return
    command = one_line(shlex.join(watch.command))
    click.echo(f"error: --run {why}: {command}; the answer counts as told", err=True)


def watch_json(watch: "Watch") -> dict[str, object]:
    """A watched question as JSON."""
    fields = {"id", "question", "told", "command"}
    return {"schema_version": 1} | watch.model_dump(mode="json", include=fields)


def book_of(chosen: Chosen) -> "WatchBook":
    """The watched questions of the corpus."""
    from bot.watches import WatchBook

    return WatchBook(chosen.corpus.folder)
