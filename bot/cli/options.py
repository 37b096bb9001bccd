"""What every command takes: the home, the corpus, and whether to print JSON.

The layers below are imported where they are used: help and wrong usage need none of them.
"""

import datetime as dt
import json
import os
import shlex
import sys
from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource
from click.shell_completion import CompletionItem

from bot.days import day_typed
from bot.text import one_line, without_halves

if TYPE_CHECKING:
    from bot.settings import Settings
    from index import Corpus, Filters, Home
    from index.web.fetch import Fetcher
    from retrieval import Engine

F = TypeVar("F", bound=Callable[..., Any])
_TOLD = 8


class Chosen:
    """What was chosen before or after the command's name."""

    def __init__(self) -> None:
        self.home_folder: str | None = None
        self.corpus_given: str | None = None
        self.as_json = False

    @cached_property
    def settings(self) -> "Settings":
        """The settings, read when first needed; one that there is not is told of, once."""
        from bot.settings import load_settings, unknown_settings

        settings = load_settings()
        if "_DATELINE_COMPLETE" not in os.environ:
            for unknown in unknown_settings():
                click.echo(f"warning: {one_line(unknown)}", err=True)
        return settings

    @cached_property
    def home(self) -> "Home":
        """The data folder."""
        from index import Home, ModelChoice
        from index.storage.postgres.address import is_address

        settings = self.settings
        folder = self.home_folder or settings.home
        if not folder:
            from platformdirs import user_data_path

            folder = user_data_path("dateline", appauthor=False)
        choice = ModelChoice(settings.model, settings.runtime, settings.precision)
        addresses = filter(is_address, (self.corpus_given or "", settings.corpus))
        return Home(
            Path(folder).expanduser(), choice, settings.threads, address=next(addresses, None)
        )

    @property
    def corpus_name(self) -> str:
        """The corpus's name; on PostgreSQL, that in its database."""
        from index.storage.postgres.address import Address, is_address

        name = self.corpus_given or self.settings.corpus
        return Address.of(name).corpus if is_address(name) else name

    @cached_property
    def corpus(self) -> "Corpus":
        """The corpus, which may not exist yet."""
        return self.home.corpus(self.corpus_name)

    @property
    def known_corpus(self) -> "Corpus":
        """The corpus; raises EmptyCorpus where others are there, but none of this name."""
        return self.known(self.corpus)

    def known(self, corpus: "Corpus") -> "Corpus":
        """The same for another corpus of the home."""
        from index import EmptyCorpus

        if not corpus.exists and (others := self.home.corpora()):
            told = ", ".join(others[:_TOLD]) + (" …" if others[_TOLD:] else "")
            raise EmptyCorpus(f"there is no corpus {corpus.name!r}; there are: {told}")
        return corpus

    @property
    def filled_corpus(self) -> "Corpus":
        """The corpus; raises EmptyCorpus when there is nothing in it to ask."""
        from index import EmptyCorpus

        with self.known_corpus.snapshot() as view:
            if not view.article_count:
                raise EmptyCorpus(
                    f"the corpus {self.corpus_name!r} has no articles yet; "
                    "add some with: dateline add PATH"
                )
        return self.corpus

    @cached_property
    def engine(self) -> "Engine":
        """What answers over the corpus, made when first needed."""
        return self.engine_of(self.corpus)

    def engine_of(self, corpus: "Corpus") -> "Engine":
        """What answers over a corpus, with the reader and as sure as the settings say."""
        from retrieval import Engine, SpanReader, open_reader

        settings = self.settings
        folder = self.home.models.reader(settings.reader)
        return Engine(corpus, SpanReader(open_reader(folder, settings.threads)), settings.threshold)

    @cached_property
    def fetcher(self) -> "Fetcher":
        """What fetches from the web, as the settings say."""
        from index.web.fetch import Fetcher

        return Fetcher(self.settings.trusted_hosts, contact=self.settings.contact)

    @property
    def again(self) -> str:
        """The options that bring a command to this corpus, to be written behind it."""
        corpus = self.corpus_given and str(self.home.address or self.corpus_given)
        options = (("--home", self.home_folder), ("--corpus", corpus))
        return "".join(f" {name} {shlex.quote(value)}" for name, value in options if value)

    def say(self, value: object, *lines: str) -> None:
        """Print a value as JSON, or what it is in words."""
        if self.as_json:
            print_json(value)
        elif lines:
            click.echo("\n".join(lines))


pass_chosen = click.make_pass_decorator(Chosen, ensure=True)


def _keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Note an option of ``shared`` where it was given; before or after the command is the same."""
    name = str(parameter.name)
    if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
        if value == "":
            raise click.BadParameter("it is empty", context, parameter)
        setattr(context.ensure_object(Chosen), name, value)


def complete_corpus(context: click.Context, _: click.Parameter, typed: str) -> list[CompletionItem]:
    """Complete a corpus's name."""
    names = context.ensure_object(Chosen).home.corpora()
    return [CompletionItem(name) for name in names if name.startswith(typed)]


def complete_article(
    context: click.Context, _: click.Parameter, typed: str
) -> list[CompletionItem]:
    """Complete an article's id; shells that can show its title beside it."""
    with context.ensure_object(Chosen).corpus.snapshot() as view:
        return [
            CompletionItem(head.id, help=one_line(head.title))
            for head in view.heads()
            if head.id.startswith(typed)
        ]


def shared(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that all have, and what they choose as its first argument."""
    option = partial(click.option, callback=_keep, expose_value=False)
    return with_options(
        pass_chosen(command),
        option(
            "--home",
            "home_folder",
            metavar="DIR",
            help="The folder that holds corpora and models. [env: DATELINE_HOME]",
            type=click.Path(file_okay=False),
        ),
        option(
            "--corpus",
            "corpus_given",
            metavar="NAME",
            help="Which corpus, or postgresql://HOST/DATABASE#NAME. [env: DATELINE_CORPUS]",
            shell_complete=complete_corpus,
        ),
        option("--json", "as_json", is_flag=True, help="Print JSON."),
    )


def with_options(command: F, *options: Callable[[F], F]) -> F:
    """Give a command options, which its help shows in this order."""
    for option in reversed(options):
        command = option(command)
    return command


def a_day(value: object) -> dt.date:
    """The day that was typed; raises ValueError, with a sentence, for what is none."""
    today = dt.datetime.now().astimezone().date()  # in the zone of whoever types
    typed = day_typed(value, today) if isinstance(value, str) else value
    if isinstance(typed, dt.date):
        return typed
    raise ValueError(
        f"{value!r} is not a date; write YYYY-MM-DD, today, yesterday, last week, last month "
        "or last year"
    )


def _day(_: click.Context, __: click.Parameter, value: str | None) -> dt.date | None:
    try:
        return None if value is None else a_day(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


# A date such as 2023-09-18, or a day in words.
_day_option = partial(click.option, callback=_day, metavar="DATE")
_FILTERS = (
    click.option("--source", metavar="NAME", help="Only articles from this source."),
    _day_option("--since", help="Only from this day on: YYYY-MM-DD, yesterday, 'last week'."),
    _day_option("--until", help="Only up to this day."),
)


def filtering(command: F) -> F:
    """Give a command the options that say which articles may answer."""
    article = click.option(
        "--article", metavar="ID", help="Only this article.", shell_complete=complete_article
    )
    as_of = _day_option(
        "--as-of", help="Ask the articles as they stood at the end of this day, in UTC."
    )
    return with_options(command, *_FILTERS, article, as_of)


def choosing(command: F) -> F:
    """Give a command the options that say which articles it is about."""
    title = click.option("--title", metavar="WORDS", help="Only with these words in the title.")
    return with_options(command, *_FILTERS, title)


def asking(command: F) -> F:
    """Give a command the option that says when its questions are asked."""
    option = _day_option(
        "--asked",
        help="Answer as on this day: what “this week” means, which news is new. [default: today]",
    )
    return option(command)


def filters_of(
    chosen: Chosen,
    source: str | None,
    since: dt.date | None,
    until: dt.date | None,
    article: str | None = None,
    as_of: dt.date | None = None,
) -> "Filters":
    """The filters that the options mean."""
    from index import Filters

    if "" in (source, article):
        raise click.UsageError("--source and --article cannot be empty")
    if since and until and since > until:
        raise click.UsageError(f"--since {since} is after --until {until}")
    if source:
        from index.storage.heads import source_named

        with chosen.corpus.snapshot(as_of) as view:
            source = source_named(view.heads(), source)
    return Filters(source, since, until, article, as_of)


def confirm(question: str, *, yes: bool) -> None:
    """Ask before something is lost; raises InputError unless the answer is yes."""
    from index import InputError

    if yes:
        return
    if not sys.stdin.isatty():
        raise InputError(f"{question} Nobody can be asked here; add --yes")
    if not click.confirm(question, err=True):
        raise InputError("nothing was changed")


def print_json(value: object) -> None:
    """Print one JSON value on a line, in UTF-8 whatever the terminal's encoding is."""
    text = json.dumps(value, ensure_ascii=False)
    # As bytes: a terminal's own encoding may lack letters, and JSON is UTF-8.
    click.echo(without_halves(text).encode())
