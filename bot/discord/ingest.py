"""What ``/manage add`` does: it reads files and links, adds their articles, and reports on each.

An article is known by its file's name, also where its address was given once: a corrected file of
the same name updates it. If a file has many articles, each is known by its text, because a line
number would change for all that follow an inserted line.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import cache, partial
from itertools import takewhile

import discord

from bot.discord.delivery import UNSENT
from bot.discord.errors import with_commands
from bot.discord.escape import escape, escaped_line, within
from bot.discord.limits import ids_of, within_quota
from bot.discord.servers import Server, WriteProgress
from bot.discord.views.articles import corpus_totals
from bot.discord.views.cards import ANSWERED, NOT_FOUND, card
from bot.settings import Settings
from index import AddReport, InputError, Item, NoSuchArticle, Outcome, RefusedArticle, Snapshot
from index.reading.accept import described
from index.reading.files import MAX_BYTES
from index.types import Incoming
from index.web import sandbox
from index.web.fetch import Fetcher
from index.web.links import read_link

ATTACHMENT_MAX = 10_000_000
REFUSALS_SHOWN, TITLES_SHOWN = 10, 3
BATCH_SENTENCES = 128  # stored at once: little enough to be ended soon, also under load
_LOOK_EVERY = 0.2  # seconds, for whether it is to stop
# Discord names every long text that someone pastes so.
_PASTED = "message.txt"

LINKS_MAX = 10
_LINK_SECONDS = 15.0
# Whatever slow sites strangers link to, two threads wait for them, and none of those that answer.
_FETCHING = ThreadPoolExecutor(2, "links")

# A file's name with its bytes or why there are none; a link with its articles.
Download = tuple[str, bytes | RefusedArticle | list[Item]]


async def fetch(
    files: Iterable[discord.Attachment],
    links: Iterable[str],
    settings: Settings,
    progress: WriteProgress,
    into: list[Download],
) -> None:
    """Download attachments and links one by one to save memory, until told to stop."""

    async def each() -> None:
        into.extend([await download(file) for file in files])
        progress.doing = "Fetching links" if links else progress.doing
        for link in links:
            most = settings.max_article_bytes
            work = partial(read_link, link, fetcher(settings.contact), max_bytes=most)
            items = await asyncio.get_running_loop().run_in_executor(_FETCHING, work)
            into.append((link, items))

    doing, progress.doing = progress.doing, "Fetching files"
    fetching = asyncio.create_task(each())
    try:
        while not fetching.done():
            progress.advance(0)
            await asyncio.wait({fetching}, timeout=_LOOK_EVERY)
        await fetching
    finally:
        fetching.cancel()
        progress.doing = doing


async def download(file: discord.Attachment) -> Download:
    """The bytes of an attachment, or why there are none."""
    name = file.filename
    if file.size > ATTACHMENT_MAX:
        why = f"is {file.size / 1e6:.1f} MB, and 10 MB is the most; split it"
        return name, RefusedArticle(name, why)
    try:
        return name, await file.read()
    except UNSENT:
        why = "could not be downloaded from Discord; attach it again"
        return name, RefusedArticle(name, why)


@cache
def fetcher(contact: str | None) -> Fetcher:
    """What fetches the links of all servers, at public addresses only."""
    return Fetcher(timeout=_LINK_SECONDS, contact=contact)


def links_of(text: str | None) -> list[str]:
    """The links in an option, each once; raises InputError if there are too many."""
    links = list(dict.fromkeys(link.strip("<>") for link in (text or "").split()))
    if len(links) > LINKS_MAX:
        raise InputError(f"These are {len(links)} links, and {LINKS_MAX} at a time is the most.")
    return links


def articles_in(
    files: Iterable[Download], given: Mapping[str, str], max_bytes: int = MAX_BYTES
) -> list[Item]:
    """The articles of all files; the fields ``given`` by a manager are for a single one."""
    items: list[Item] = []
    for name, data in files:
        if isinstance(data, RefusedArticle):
            items.append(data)
        elif isinstance(data, list):
            items.extend(data)
        else:
            found = sandbox.shared().read(data, name, max_bytes=max_bytes)
            items.extend(known_by_name(item, name) for item in found)
    if not given:
        return items
    if len(items) != 1:
        raise InputError(
            f"There are {len(items)} articles in what you attached, and {', '.join(given)} can be "
            "given for a single one; put them into the files."
        )
    return [described(items[0], given)]


def known_by_name(item: Item, name: str) -> Item:
    """An article known by its file's name, unless the file has many."""
    if isinstance(item, RefusedArticle):
        return item
    if item.label == name and name != _PASTED:
        return replace(item, origin=f"attachment:{name}")
    # Without its line number: an article that moves to another line is unchanged.
    return replace(item, label=name)


def with_address(view: Snapshot, item: Item) -> Item:
    """An article with the address that was given for its file before, unless it has its own."""
    if isinstance(item, RefusedArticle) or not item.origin or item.article.url or item.article.id:
        return item
    with suppress(NoSuchArticle):
        url = view.find(item.origin).url
        return replace(item, article=item.article.model_copy(update={"url": url}))
    return item


def each_once(view: Snapshot, items: Iterable[Item]) -> Iterator[Item]:
    """Pass on articles, but refuse a file name used twice and a text that is there already."""
    names: set[str] = set()
    texts: dict[str, str] = {}
    for item in items:
        if isinstance(item, RefusedArticle) or item.origin is None:
            yield item
            continue
        text = item.article.text
        if item.origin in names:
            why = "has the name of another of these files; rename one of them"
        elif same := texts.get(text) or next(
            (head.title for head in view.with_text(text) if head.id not in ids_of(item)), None
        ):
            why = f"has the same text as “{same}”, and is not added again"
        else:
            names.add(item.origin)
            texts[text] = item.label
            yield item
            continue
        yield RefusedArticle(item.label, why)


# -- storing and reporting -------------------------------------------------------------------------


def add_articles(
    server: Server, items: Iterable[Item], progress: WriteProgress, settings: Settings
) -> discord.Embed:
    """Add articles as far as there is room for them, until told to stop; blocks."""
    before, outcomes = titles_in(server), list[Outcome]()
    with server.corpus.snapshot() as view:
        items = list(each_once(view, (with_address(view, item) for item in items)))
    progress.total = len(items)
    allowed = within_quota(server.corpus, before, settings, items)

    def note(outcome: Outcome) -> None:
        outcomes.append(outcome)
        progress.done = len(outcomes)

    # It stops between two articles; the report has what was stored by then.
    wanted = takewhile(lambda _: not progress.stopped, allowed)
    report = server.corpus.add(wanted, on_article=note, batch=BATCH_SENTENCES)
    titles = titles_by_kind(outcomes, before, titles_in(server))
    refused = [refusal.source for refusal in report.refused]
    log = listed(titles, lambda title: f"“{within(title, 140, str)}”")
    log += listed({"refused": refused} if refused else {}, str)
    summary = added(report)
    if progress.stopped and progress.done < progress.total:
        summary = f"{summary} {progress.stopped} ({progress})"
        log.append(f"ended at {progress.done:,} of {progress.total:,}")
    elif progress.stopped:
        summary = f"{summary} It was done before it could be cancelled."
    server.last_write = capital("; ".join(log))
    lines = listed(titles, lambda title: f"**{within(title, 140, escaped_line)}**")
    stored = {outcome.label for outcome in outcomes if outcome.article_id}
    many = Counter(item.label for item in items if isinstance(item, Incoming))
    warned = [
        (titled(item) if many[item.label] > 1 else item.label, f"warning: {warning}")
        for item in items
        if isinstance(item, Incoming) and item.label in stored
        for warning in item.warnings
    ]
    return added_card(report, lines, summary, warned)


def titled(item: Incoming) -> str:
    """Which article of a file it is."""
    title = item.article.title or item.article.text.lstrip().partition("\n")[0]
    return f"{item.label}, “{within(title, 60, str)}”"


def titles_in(server: Server) -> dict[str, str]:
    """The titles of a server's own articles by their ids; blocks."""
    return {head.id: head.title for head in server.own_heads()}


def titles_by_kind(
    outcomes: Iterable[Outcome], before: Mapping[str, str], after: Mapping[str, str]
) -> dict[str, list[str]]:
    """The titles of what was added, updated and unchanged, with the title before an update."""
    found: dict[str, list[str]] = {}
    for outcome in outcomes:
        if not outcome.article_id:
            continue
        title = after.get(outcome.article_id, outcome.article_id)
        old = before.get(outcome.article_id, title)
        if outcome.kind == "updated" and old != title:
            title = f"{within(title, 60, str)} (before: {within(old, 60, str)})"
        found.setdefault(outcome.kind, []).append(title)
    return found


def listed(done: Mapping[str, Sequence[str]], form: Callable[[str], str]) -> list[str]:
    """What was done, each kind with its first few names."""
    parts = []
    for kind, names in done.items():
        few = ", ".join(map(form, names[:TITLES_SHOWN]))
        more = len(names) - TITLES_SHOWN
        parts.append(f"{kind} {few}" + (f" and {more:,} more" if more > 0 else ""))
    return parts


def capital(text: str) -> str:
    """A text with a capital letter at its beginning."""
    return text[:1].upper() + text[1:]


def added(report: AddReport) -> str:
    """How many articles there were of each kind, and how many there are now."""
    return f"{str(report) or 'Nothing was added'}. {corpus_totals(report)}"


def added_card(
    report: AddReport,
    lines: Sequence[str],
    summary: str,
    warned: Sequence[tuple[str, str]] = (),
) -> discord.Embed:
    """What became of attachments, with the reason for each refusal, then the warnings."""
    refused = small_lines([(one.source, with_commands(one.reason)) for one in report.refused])
    blocks = (escape(summary), "\n".join(map(capital, lines)), refused, small_lines(warned))
    return card([*filter(None, blocks)], colour=NOT_FOUND if refused else ANSWERED)


def small_lines(said: Sequence[tuple[str, str]]) -> str:
    """A line in small type for each file or article of which something is said."""
    lines = [
        f"-# {within(name, 100, escaped_line)}: {within(what, 200, escaped_line)}"
        for name, what in said[:REFUSALS_SHOWN]
    ]
    if len(said) > REFUSALS_SHOWN:
        lines.append(f"-# and {len(said) - REFUSALS_SHOWN} more")
    return "\n".join(lines)
