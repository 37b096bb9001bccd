"""The corpora of a home: what there are, and each as a whole."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from bot.cli.articles import print_report as print_added
from bot.cli.options import Chosen, complete_corpus, confirm, print_json, shared
from bot.cli.progress import ProgressBar
from bot.cli.terminal import Column, draw_table
from bot.text import counted, without_halves
from index import CorpusError
from index.storage.archive import ArchiveReport
from index.storage.postgres.address import is_address

_LISTED = (
    Column("corpus"),
    Column("articles", number=True),
    Column("from"),
    Column("to"),
    Column("changed", least=100),
    Column("size", least=60, number=True),
)


@click.group(invoke_without_command=True)
@shared
def corpora(chosen: Chosen, /) -> None:
    """List the corpora; copy, delete, export, import or merge them."""
    context = click.get_current_context()
    if context.invoked_subcommand is not None:
        return
    found = [corpus_json(chosen, name) for name in chosen.home.corpora()]
    if chosen.as_json:
        print_json(found)
    elif found:
        draw_table(_LISTED, list(map(corpus_cells, found)))
    else:
        click.echo("There are no corpora yet; dateline add PATH makes one")
    errors = [one["error"] for one in found if one["error"]]
    for error in errors:
        click.echo(f"error: {error}", err=True)
    if errors:
        context.exit(1)


@corpora.command()
@click.argument("name", shell_complete=complete_corpus)
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@shared
def delete(chosen: Chosen, /, name: str, *, yes: bool) -> None:
    """Delete a corpus with all its articles."""
    chosen.corpus_given = name
    name = chosen.corpus_name
    if name not in chosen.home.corpora():  # which has damaged ones, too
        _ = chosen.filled_corpus
    articles = counted(corpus_json(chosen, name)["articles"], "article")
    confirm(f"Delete the corpus {name!r} with {articles}, for good?", yes=yes)
    chosen.corpus.delete()
    chosen.say({"deleted": name}, f"deleted the corpus {name} with {articles}")


@corpora.command()
@click.argument("name", shell_complete=complete_corpus)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@shared
def export(chosen: Chosen, /, name: str, file: Path) -> None:
    """Write a corpus to one FILE, which `import` reads.

    It has all versions of the articles, as JSON lines, and says which model encoded them.
    """
    chosen.corpus_given = name
    _ = chosen.filled_corpus
    print_report(chosen, "exported", chosen.home.export_corpus(name, file))


@corpora.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("name", required=False)
@shared
def import_file(chosen: Chosen, /, file: Path, name: str | None) -> None:
    """Make a corpus of an exported FILE, under its old name or NAME."""
    with ProgressBar("importing", "versions", note="preparing the model") as progress:
        report = chosen.home.import_corpus(
            file,
            name and without_halves(name),
            max_bytes=chosen.settings.max_article_bytes,
            on_progress=progress.advance,
        )
    print_report(chosen, "imported", report)


@corpora.command("copy")
@click.argument("name", metavar="FROM", shell_complete=complete_corpus)
@click.argument("to", metavar="TO")
@shared
def copy_corpus(chosen: Chosen, /, name: str, to: str) -> None:
    """Make a corpus TO with the articles of FROM, in all versions; either may be on PostgreSQL."""
    if not is_address(name):
        chosen.known(chosen.home.corpus(name))
    with ProgressBar("copying", "versions", note="preparing the model") as progress:
        report = chosen.home.copy_corpus(name, without_halves(to), progress.advance)
    print_report(chosen, "copied to", report)


@corpora.command()
@click.argument("name", shell_complete=complete_corpus)
@click.argument("parts", nargs=-1, required=True, metavar="PART…")
@click.option("--verbose", "-v", is_flag=True, help="Print a line for each article.")
@shared
def merge(chosen: Chosen, /, name: str, parts: tuple[str, ...], *, verbose: bool) -> int:
    """Put corpora into the one called NAME, without encoding them again.

    A PART is the name of a corpus or, with a slash in it, the folder of one: parts that
    `add --shard` made, here or on other machines. Of an article that several have, the last
    one's text counts.
    """
    with ProgressBar("merging", "articles", verbose=verbose) as progress:
        report = chosen.home.merge_corpora(name, parts, on_article=progress.acknowledge)
    return print_added(chosen, report)


def corpus_json(chosen: Chosen, name: str) -> dict[str, Any]:
    """An element of what ``corpora --json`` prints; of a damaged corpus, what is wrong with it."""
    corpus, error = chosen.home.corpus(name), None
    try:
        with corpus.snapshot() as view:
            heads, sentences = view.heads(), view.sentence_count
    except CorpusError as damage:
        heads, sentences, error = [], 0, str(damage)
    days = sorted(day for head in heads if (day := head.published and head.published.day))
    return {
        "corpus": name,
        "articles": len(heads),
        "sentences": sentences,
        "published_from": days[0] if days else None,
        "published_to": days[-1] if days else None,
        "changed_at": max((head.added_at for head in heads), default=None),
        "bytes": corpus.size(),
        "error": error,
    }


def corpus_cells(corpus: dict[str, Any]) -> list[str]:
    """A row of the table that ``corpora`` draws."""
    days = [corpus[name] or "" for name in ("published_from", "published_to", "changed_at")]
    articles = "damaged" if corpus["error"] else f"{corpus['articles']:,}"
    size = f"{corpus['bytes'] / 1e6:,.1f} MB"
    return [corpus["corpus"], articles, *(day[:10] for day in days), size]


def print_report(chosen: Chosen, done: str, report: ArchiveReport) -> None:
    """Say what was written or read."""
    held = f"{counted(report.articles, 'article')} in {counted(report.versions, 'version')}"
    told = f"{done} the corpus {report.corpus}: {held}, model {report.model}"
    chosen.say(asdict(report), told)
