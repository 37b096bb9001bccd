"""One article on the command line: its text, a place in it, its versions."""

from collections.abc import Iterator, Sequence
from typing import Any

import click

from bot.cli import render, terminal
from bot.cli.options import Chosen, complete_article, print_json, shared
from bot.cli.terminal import Line, draw, facts, line, part
from bot.excerpts import paragraph_around
from bot.versions import Changes, changes, looked_up
from index import Article

_STYLES = {"-": "red", "+": "green"}


@click.command()
@click.argument("article", metavar="ID", shell_complete=complete_article)
@click.option("--at", metavar="START-END", help="Only the paragraph around these characters.")
@click.option("--version", type=int, metavar="N", help="Show this version.")
@click.option("--history", is_flag=True, help="List its versions, and what each changed.")
@shared
def show(
    chosen: Chosen, /, article: str, at: str | None, version: int | None, *, history: bool
) -> None:
    """Show an article as it is stored; ID may be its id, url or path.

    Where the article has changed since a place was cited, --at says so and shows what it said.
    """
    if history and (at is not None or version is not None):
        raise click.UsageError("give --history, or --at and --version")
    with chosen.known_corpus.snapshot() as view:
        if history:
            print_history(chosen, view.history(article))
            return
        named = None if version is None else view.article(article, version)
        # To show the newest none of the others is read: one of them may be damaged.
        plain = at is None and version is None
        known = [view.article(article)] if plain else [one for _, one in view.history(article)]
    found, place, told = looked_up(known, named, at)
    context = place and paragraph_around(found, *place)
    if chosen.as_json:
        shown = article_json(found)
        if context:
            start, end = context
            shown["context"] = {"start": start, "end": end, "text": found.text[start:end]}
        print_json(shown | ({"changed": told, "newest": known[-1].version} if told else {}))
        return
    draw([line(part(told, "yellow")), Line()] if told else [])
    if place and context:
        marked = not terminal.on_terminal()
        draw(render.context_lines(found, place, context, marked=marked))
    else:
        draw(render.article_lines(found))


def print_history(chosen: Chosen, history: Sequence[tuple[str, Article]]) -> None:
    """Say what each version changed, the first one first; of the newest which sentences."""
    articles = [article for _, article in history]
    changed = [None, *map(changes, articles, articles[1:])]
    if not chosen.as_json:
        rows = zip(history, changed, strict=True)
        draw(item for (added_at, one), what in rows for item in version_lines(added_at, one, what))
        lines = changed[-1].lines if changed[-1] else ()
        draw([Line()] if lines else [])
        draw(line(part(f"{sign} {sentence}", _STYLES[sign])) for sign, sentence in lines)
        return
    versions = [
        {
            "version": one.version,
            "added_at": added_at,
            "title": one.title,
            "published": one.day,
            "text_sha256": one.text_sha256,
            "added": what.sentences("+") if what else [],
            "removed": what.sentences("-") if what else [],
            "fields": list(what.fields) if what else [],
        }
        for (added_at, one), what in zip(history, changed, strict=True)
    ]
    print_json({"schema_version": 1, "article_id": articles[0].id, "versions": versions})


def version_lines(added_at: str, article: Article, what: Changes | None) -> Iterator[Line]:
    """A version: its number, when it came in, what it is called, and what it changed."""
    day = article.day
    came = f"{added_at[:16].replace('T', ' ')} UTC"
    yield line(part(f"version {article.version}", "bold"), part(f"  {article.title}"))
    yield facts(f"came in {came}", day and f"dated {day}", str(what) if what else None, indent=2)


def article_json(article: Article) -> dict[str, Any]:
    """What ``show --json`` prints; its text is exactly what is stored."""
    return {
        "schema_version": 1,
        "article_id": article.id,
        "version": article.version,
        "title": article.title,
        "source": article.source,
        "url": article.url,
        "published": article.day,
        "place": article.place,
        "authors": list(article.authors),
        "language": article.language,
        "text": article.text,
        "text_sha256": article.text_sha256,
        "sentences": [
            {"start": s.start, "end": s.end, "kind": s.kind.name.lower()} for s in article.sentences
        ],
    }
