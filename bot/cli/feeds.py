"""Articles that come by themselves: ``feed`` and ``watch``."""

import datetime as dt
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from bot.cli.options import Chosen, print_json, shared
from bot.cli.progress import ProgressBar, acknowledgement
from bot.cli.terminal import Column, draw_table
from bot.cli.watches import tell_watched
from bot.text import counted, one_line
from index import DatelineError, InputError, Outcome
from index.feeds.book import FeedBook, FollowedFeed
from index.feeds.sync import MOST_ENTRIES, FeedReport, Syncing, due, find_feed, utc_now
from index.reading.feeds import MAX_ENTRIES
from index.reading.folders import Folders
from index.web import sandbox

_LOOK_EVERY = 2.0  # seconds between two looks at folders and feeds

_LISTED = (
    Column("feed", cut=True),
    Column("state"),
    Column("last success", least=80),
    Column("next try", least=80),
    Column("address", least=110),
)


@click.group()
@shared
def feed(_: Chosen) -> None:
    """Follow feeds: RSS, Atom and JSON Feed."""


@feed.command("add")
@click.argument("addresses", nargs=-1, required=True, metavar="URL…")
@shared
def add_feed(chosen: Chosen, /, addresses: tuple[str, ...]) -> int:
    """Follow feeds; of a site's address, the feed that the site names.

    Nothing is added yet: dateline feed sync takes in what a feed has, dateline watch goes on
    doing so.
    """
    sandbox.shared().start()  # meanwhile
    book, done, failed = book_of(chosen), [], 0
    for address in addresses:
        try:
            found = find_feed(address, chosen.fetcher)
            done.append({"url": found.url, "title": found.title, "added": book.add(found)})
        except InputError as error:
            failed += 1
            click.echo(f"error: {one_line(str(error))}", err=True)
    lines = [
        f"{'following' if one['added'] else 'followed already:'} "
        f"{one_line(str(one['title'] or 'a feed'))} ({one['url']})"
        for one in done
    ]
    lines += [f"take in what they have: dateline feed sync{chosen.again}"] if done else []
    chosen.say(done, *lines)
    return 1 if failed else 0


@feed.command("list")
@shared
def list_feeds(chosen: Chosen) -> None:
    """List the feeds that are followed, and how each is doing."""
    feeds = book_of(chosen).feeds()
    if chosen.as_json:
        print_json([feed_json(one) for one in feeds])
    elif feeds:
        draw_table(_LISTED, [feed_cells(one) for one in feeds])
    else:
        click.echo("No feed is followed yet; follow one with: dateline feed add URL")


@feed.command("remove")
@click.argument("feeds", nargs=-1, required=True, metavar="FEED…")
@shared
def remove_feed(chosen: Chosen, /, feeds: tuple[str, ...]) -> None:
    """Follow feeds no longer, by address or title; their articles stay."""
    removed = [book_of(chosen).remove(name) for name in feeds]
    told = (f"no longer following {one_line(one.name)}" for one in removed)
    chosen.say({"removed": [one.url for one in removed]}, *told)


@feed.command()
@click.argument("feeds", nargs=-1, metavar="[FEED…]")
@click.option("--all", "-a", "everything", is_flag=True, help="All entries, up to 5,000.")
@click.option("--verbose", "-v", is_flag=True, help="Print a line for each article.")
@shared
def sync(chosen: Chosen, /, feeds: tuple[str, ...], *, everything: bool, verbose: bool) -> int:
    """Take in what is new in all feeds, or those given by address or title.

    Of a feed, at most 200 entries are taken in at once, unless --all says otherwise; the rest
    follows the next time. A feed that failed is left alone for a while unless it is named.
    """
    followed = book_of(chosen).feeds()
    if not followed:
        raise InputError("no feed is followed yet; follow one with: dateline feed add URL")
    unknown = [name for name in feeds if not any(one.is_called(name) for one in followed)]
    if unknown:
        raise InputError(f"{unknown[0][:200]}: no such feed; dateline feed list shows them")
    ready = [one for one in followed if any(map(one.is_called, feeds))]
    if not feeds:
        ready = [one for one in followed if not is_waiting(one)]
        for one in filter(is_waiting, followed):
            again = "not tried again" if one.gone else f"next try {local(one.next_try)}"
            why = f"{state_of(one)}: {one.error}; {again}"
            click.echo(f"left alone: {one_line(one.name)} ({one_line(why)})", err=True)
    most = MAX_ENTRIES if everything else MOST_ENTRIES
    with ProgressBar("taking in", "articles", verbose=verbose) as progress, stopping() as stop:
        reports = syncing(chosen, progress.acknowledge, stop.is_set, most).run(ready)
    chosen.say(list(map(asdict, reports)), *map(told, reports))
    tell_watched(chosen)
    return 1 if any(report.error for report in reports) else 0


@click.command()
@click.argument("paths", nargs=-1, metavar="[FOLDER…]", type=click.Path(exists=True))
@shared
def watch(chosen: Chosen, /, paths: tuple[str, ...]) -> None:
    """Add what comes in by the feeds that are followed, and in folders, until stopped.

    A file is added when it is no longer being written. What fails is told and tried again.
    """
    book = book_of(chosen)
    if not paths and not book.feeds():
        raise InputError("there is nothing to watch; give a folder, or: dateline feed add URL")
    folders = Folders([Path(path) for path in paths], chosen.settings.max_article_bytes)
    watched = [counted(len(paths), "folder")] if paths else []
    watched += [counted(len(book.feeds()), "feed")] if book.feeds() else []
    click.echo(f"watching {' and '.join(watched)}; Ctrl-C stops", err=True)

    def tell(outcome: Outcome) -> None:
        if outcome.kind != "unchanged":
            chosen.say(asdict(outcome), acknowledgement(outcome))

    with stopping() as stop:
        feeds = syncing(chosen, tell, stop.is_set)
        while not stop.is_set():
            try:
                if items := list(folders.look()):
                    chosen.corpus.add(items, on_article=tell)
                folders.keep()
                for report in feeds.run(due(book.feeds())):
                    if report.error:
                        click.echo(f"error: {told(report)}", err=True)
                tell_watched(chosen)
            except (DatelineError, OSError) as error:
                click.echo(f"error: {one_line(str(error))}; going on", err=True)
            stop.wait(_LOOK_EVERY)


@contextmanager
def stopping() -> Iterator[threading.Event]:
    """An event that SIGINT or SIGTERM sets; the second SIGINT ends at once."""
    stop = threading.Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def note(number: int, _: object) -> None:
        if stop.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.set()

    for number in before:
        signal.signal(number, note)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def book_of(chosen: Chosen) -> FeedBook:
    """The feeds of the corpus."""
    return FeedBook(chosen.corpus.folder)


def syncing(
    chosen: Chosen,
    on_article: Callable[[Outcome], None],
    stopped: Callable[[], bool],
    most: int = MOST_ENTRIES,
) -> Syncing:
    """What takes in the feeds of the corpus, of each at most so many entries at once."""
    sandbox.shared().start()  # meanwhile
    book, web = book_of(chosen), chosen.fetcher
    return Syncing(chosen.corpus, book, web, on_article=on_article, stopped=stopped, most=most)


def is_waiting(feed: FollowedFeed) -> bool:
    """Whether a feed that failed is not tried yet."""
    return feed.gone or (feed.failures > 0 and feed.next_try > utc_now())


def state_of(feed: FollowedFeed) -> str:
    """How a feed is doing, in a word or two."""
    if feed.gone:
        return "gone"
    if feed.failures:
        return f"failed {counted(feed.failures, 'time')}"
    return "new" if feed.last_success is None else "ok"


def local(time: dt.datetime | None) -> str:
    """A time on the clock of whoever reads it."""
    return f"{time.astimezone():%Y-%m-%d %H:%M}" if time else ""


def told(report: FeedReport) -> str:
    """What became of a feed, in numbers."""
    done = str(report.articles) or "nothing new"
    left = f"{report.left:,} left for the next time" if report.left else ""
    error = report.error and one_line(report.error)
    return f"{one_line(report.title)}: {'; '.join(filter(None, (error or done, left)))}"


def feed_json(feed: FollowedFeed) -> dict[str, Any]:
    """An element of what ``feed list --json`` prints; times are in UTC."""
    fields = ("url", "title", "added_at", "last_success", "next_try", "failures", "error", "left")
    found = feed.model_dump(mode="json", include=set(fields))
    return {"state": state_of(feed), **{name: found[name] for name in fields}}


def feed_cells(feed: FollowedFeed) -> Sequence[str]:
    """A row of the table that ``feed list`` draws."""
    state = f"{state_of(feed)}: {feed.error}" if feed.error else state_of(feed)
    following = "" if feed.gone else local(feed.next_try)
    return [feed.name, state, local(feed.last_success), following, feed.url]
