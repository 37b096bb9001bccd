"""Articles on the command line: ``add``, ``rebuild``, ``list`` and ``remove``."""

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import click

from bot.cli import terminal
from bot.cli.options import (
    Chosen,
    choosing,
    complete_article,
    confirm,
    filters_of,
    print_json,
    shared,
)
from bot.cli.progress import ProgressBar
from bot.cli.terminal import Column, draw_table
from bot.cli.watches import tell_watched
from bot.text import counted, one_line, without_halves
from index import AddReport, ArticleHead, CorpusDamaged, Incoming, InputError, Item
from index.models.registry import DEFAULT_MODEL
from index.reading.accept import described
from index.reading.files import kinds_of, read_paths, read_stream
from index.storage.heads import matches
from index.storage.prepare import is_in_shard
from index.text.words import folded_words

STDIN = "-"

_LISTED = (
    Column("id"),
    Column("date", least=36),
    Column("title", cut=True),
    Column("source", least=90),
    Column("sentences", least=110, number=True),
)


def a_shard(_: click.Context, __: click.Parameter, value: str | None) -> tuple[int, int] | None:
    """One of several equal parts, counted from 1, and how many there are: ``2/4``."""
    number, _slash, of = (value or "1/1").partition("/")
    if number.isdecimal() and of.isdecimal() and 0 < int(number) <= int(of):
        return (int(number), int(of)) if value else None
    raise click.BadParameter(f"{value!r} is no part such as 1/4")


@click.command()
@click.argument("paths", nargs=-1, metavar="PATH_OR_LINK…")
@click.option(
    "--links",
    "listed",
    type=click.File(encoding="utf-8-sig", errors="replace"),
    metavar="FILE",
    help="Add the links in this file, too, one a line; - is standard input.",
)
@click.option("--title", help="The title, for a single article.")
@click.option("--url", help="Its address, which answers link to.")
@click.option("--published", metavar="DATE", help="When it was published.")
@click.option("--source", metavar="NAME", help="Who published it.")
@click.option("--verbose", "-v", is_flag=True, help="Print a line for each article.")
@click.option(
    "--shard",
    callback=a_shard,
    metavar="I/N",
    help="Take only part I of N; `corpora merge` puts the parts together.",
)
@shared
def add(
    chosen: Chosen,
    /,
    paths: tuple[str, ...],
    *,
    listed: TextIO | None,
    verbose: bool,
    shard: tuple[int, int] | None,
    **fields: str | None,
) -> int:
    """Add articles, or update them.

    PATH is a file or a folder of text, Markdown, web pages, PDFs, Word documents, e-mail, tables,
    feeds or JSON lines; - is standard input. Articles
    are acknowledged on standard error once they are safely stored: on a terminal by a bar that
    counts them, elsewhere or with --verbose by a line each.

    A link, https://…, is fetched as the site's robots.txt allows. In a list of links, lines that
    begin with # are comments.

    A file is known again by its name and its folder's, wherever that lies.

    A text or Markdown file may begin with lines such as "Title: …", "Source: …", "Published: …",
    "URL: …" and "Author: …", at least two of them and then a blank line, or with YAML between
    two lines of ---. Of a web page the title, site, date, address and author are read from its
    head.
    """
    given = {name: without_halves(value) for name, value in fields.items() if value is not None}
    links = links_in(listed) if listed else []
    if not paths and listed is None:
        raise click.UsageError("give a path or a link, or --links FILE")
    items = read(chosen, paths, links)
    try:
        with ProgressBar("adding", "articles", preparing(chosen), verbose=verbose) as progress:
            if not (links or shard or any(path == STDIN or is_link(path) for path in paths)):
                items = progress.following(items, map(Path, paths))
            if given:
                items = iter([described(only(items, given), given)])
            if shard:
                items = (item for item in items if is_in_shard(item, *shard))
            report = chosen.corpus.add(items, on_article=progress.acknowledge)
    except KeyboardInterrupt:
        with chosen.corpus.snapshot() as view:
            stored = counted(view.article_count, "article")
        told = f"stopped; the corpus has {stored} now, and the same command goes on from there"
        click.echo(told, err=True)
        raise click.Abort from None
    status = print_report(chosen, report)
    tell_watched(chosen)
    return status


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH_OR_LINK…]")
@click.option("--model", metavar="NAME_OR_DIR", help="Encode with this model from now on.")
@shared
def rebuild(chosen: Chosen, /, paths: tuple[str, ...], model: str | None) -> int:
    """Make the whole index anew, after taking in the paths, if any.

    Questions are answered from the old index until the new one is complete.
    """
    if not paths:
        with suppress(CorpusDamaged):  # which is what a rebuild mends
            _ = chosen.filled_corpus
    items = read(chosen, paths) if paths else ()
    with ProgressBar("rebuilding", "sentences", note=preparing(chosen, model)) as progress:
        report = chosen.corpus.rebuild(
            items,
            model=model,
            on_article=progress.acknowledge,
            on_progress=progress.advance,
        )
    rest = "the rest is rebuilt" if chosen.corpus.exists else "nothing was added"
    status = print_report(chosen, report, rest, empty="")
    tell_watched(chosen)
    return status


@click.command("list")
@choosing
@click.option(
    "--all",
    "-a",
    "everything",
    is_flag=True,
    help="Show more than the terminal has room for.",
)
@shared
def list_articles(
    chosen: Chosen, /, *, everything: bool, title: str | None, **filters: Any
) -> None:
    """List the articles, the newest first; on a terminal, as many as it has room for."""
    heads = chosen_heads(chosen, title, **filters)
    room = len(heads) if everything or not terminal.on_terminal() else terminal.table_rows()
    if chosen.as_json:
        print_json(list(map(head_json, heads)))
    elif heads:
        draw_table(_LISTED, list(map(head_cells, heads[:room])))
        if more := len(heads[room:]):
            click.echo(f"… and {more:,} more; --all lists all")
    elif title or any(filters.values()):
        click.echo("There are no such articles")
    else:
        click.echo("There are no articles yet; add some with: dateline add PATH")


@click.command()
@click.argument("articles", nargs=-1, metavar="[ID…]", shell_complete=complete_article)
@choosing
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@shared
def remove(
    chosen: Chosen, /, articles: tuple[str, ...], *, yes: bool, title: str | None, **filters: Any
) -> None:
    """Remove articles, by ID or all that the options choose.

    When one is unknown, none is removed. Before articles are removed that options choose, you are
    asked.
    """
    names = [without_halves(name) for name in articles]
    if bool(names) == bool(title or any(filters.values())):
        raise click.UsageError(
            "give the ID of each article, or choose with --source, --since, --until, --title"
        )
    if not names:
        heads = chosen_heads(chosen, title, **filters)
        if not heads:
            raise InputError("there are no such articles; nothing was removed")
        example = one_line(heads[0].title)[:80]
        confirm(f"Remove {counted(len(heads), 'article')}, such as “{example}”?", yes=yes)
        names = [head.id for head in heads]
    removed = chosen.known_corpus.remove(names)
    with chosen.corpus.snapshot() as view:
        left = view.article_count
    told = [f"removed {one_line(head.title)} ({head.id})" for head in removed]
    found = {"removed": [head.id for head in removed], "articles": left}
    chosen.say(found, *told, f"{counted(left, 'article')} left")


def chosen_heads(chosen: Chosen, title: str | None, **options: Any) -> list[ArticleHead]:
    """The articles that the options of ``choosing`` choose, the newest first."""
    filters, wanted = filters_of(chosen, **options), set(folded_words(title or ""))
    if title is not None and not wanted:  # which all titles would have
        raise click.UsageError("--title has no word; give words of the title")
    with chosen.known_corpus.snapshot() as view:
        return [
            head
            for head in view.heads()
            if matches(head, filters) and wanted.issubset(folded_words(head.title))
        ]


def read(chosen: Chosen, paths: Sequence[str], links: Iterable[str] = ()) -> Iterator[Item]:
    """The articles of files, folders, standard input and links; says what could not be read."""
    skipped, max_bytes = Counter[str](), chosen.settings.max_article_bytes
    given = [(path, is_link(path)) for path in paths] + [(link, True) for link in links]
    for path, linked in given:
        items: Iterable[Item]
        if linked:
            from index.web.links import read_link  # which imports a lot

            items = read_link(path, chosen.fetcher, max_bytes=max_bytes)
        elif path == STDIN:
            items = read_stream(sys.stdin.buffer, "standard input", max_bytes=max_bytes)
        else:
            items = read_paths([Path(path)], max_bytes=max_bytes, skipped=skipped)
        for item in items:
            yield item
            if isinstance(item, Incoming):
                for warning in item.warnings:
                    click.echo(f"warning: {one_line(item.label)}: {one_line(warning)}", err=True)
    if skipped:
        click.echo(f"skipped: {one_line(kinds_of(skipped))}", err=True)


def is_link(text: str) -> bool:
    """Whether a text is meant as a web address rather than as a path."""
    return re.match(r"[a-zA-Z][a-zA-Z+.-]+://", text) is not None


def links_in(lines: Iterable[str]) -> list[str]:
    """The links of a list, one a line, each once; comments begin with # and a space before it."""
    found = (f" {line}".partition(" #")[0].strip() for line in lines)
    return list(dict.fromkeys(filter(None, found)))


def only(items: Iterable[Item], given: dict[str, str]) -> Item:
    """The only article among the items; wrong usage where there are more to describe."""
    found = list(islice(items, 2))
    if len(found) != 1:
        options = ", ".join(f"--{name}" for name in given)
        raise click.UsageError(f"{options} can be given for a single article only")
    return found[0]


def preparing(chosen: Chosen, model: str | None = None) -> str:
    """What takes long the first time: converting another model than the default one."""
    name = model or chosen.settings.model
    return "" if name == DEFAULT_MODEL else f"preparing the model {name}"


def print_report(
    chosen: Chosen, report: AddReport, none: str = "nothing was added", empty: str = "none found"
) -> int:
    """Say what became of all, ``empty`` if there was nothing.

    Some refused is an error, with ``none`` where nothing came in.
    """
    articles, sentences = report.articles, report.sentences
    total = f"{counted(articles, 'article')} with {counted(sentences, 'sentence')}"
    undated = f"{report.undated:,} without a date" if report.undated else ""
    done = "; ".join(filter(None, (str(report) or empty, undated, total)))
    found = asdict(report) | {"seconds": round(report.seconds, 3)}
    chosen.say(found, f"{done} ({report.seconds:.1f} s)")
    if report.refused:
        refused = counted(len(report.refused), "article")
        taken = report.added + report.updated + report.unchanged
        rest = "the rest is stored" if taken else none
        click.echo(f"error: {refused} refused; {rest}", err=True)
    return 1 if report.refused else 0


def head_json(head: ArticleHead) -> dict[str, Any]:
    """An element of what ``list --json`` prints."""
    return {
        "article_id": head.id,
        "title": head.title,
        "source": head.source,
        "url": head.url,
        "published": head.published.day if head.published else None,
        "sentences": head.sentence_count,
        "version": head.version,
        "added_at": head.added_at,
    }


def head_cells(head: ArticleHead) -> list[str]:
    """A row of the table that ``list`` draws."""
    date = str(head.published or "")
    return [head.id, date, head.title, head.source or "", str(head.sentence_count)]
