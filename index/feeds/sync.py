"""Taking in what is new in feeds: from the page that an entry links to, or the entry itself.

An entry is known by its id and its link, never by its date. It counts as taken in after its article
is safely stored, so whatever ends a sync, the next one goes on where it was.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from urllib.parse import urlsplit

from index.errors import CorpusBusy, DatelineError, FetchError, InputError
from index.feeds.book import FeedBook, FollowedFeed, Seen
from index.reading.feeds import Entry, Feed
from index.storage.base import Corpus
from index.storage.report import AddReport, Outcome
from index.types import Incoming, Item, RefusedArticle
from index.web import sandbox
from index.web.fetch import TYPES, Fetched, Fetcher
from index.web.links import articles_at

EVERY = dt.timedelta(minutes=30)
FIRST_RETRY = dt.timedelta(minutes=5)  # doubled with each failure
LAST_RETRY = dt.timedelta(hours=24)
MOST_ENTRIES = 200  # a feed and sync, the first in the feed first
TOGETHER = 8  # pages are fetched, then stored: nobody waits long for the corpus
TRIES = 3  # for a page that cannot be had now
MOST_SEEN = 20_000
# Of an entry's own text, where its page cannot be had; no article of the news quiz has fewer.
LEAST_WORDS = 40
_ACCEPTED = TYPES - {"application/pdf", "text/markdown"}
_USUAL = ("/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/feed.json")

Now = Callable[[], dt.datetime]
Limit = Callable[[Iterable[Item]], Iterable[Item]]


def utc_now() -> dt.datetime:
    """The time by the system's clock."""
    return dt.datetime.now(dt.UTC)


@dataclass(slots=True)
class FeedReport:
    """What became of a feed's entries; ``left`` are for the next time, ``new`` article ids."""

    url: str
    title: str
    error: str | None = None
    left: int = 0
    articles: AddReport = field(default_factory=AddReport)
    new: list[str] = field(default_factory=list)


def find_feed(url: str, fetcher: Fetcher, now: Now = utc_now) -> FollowedFeed:
    """The feed at an address, or the one that the site there names; raises InputError for none."""
    try:
        found = _found_feed(url, fetcher, now)
    except (FetchError, InputError) as error:
        raise InputError(f"{url}: {error}") from error
    if found is None:
        raise InputError(f"{url}: has no feed and names none; give the address of the feed itself")
    return found


def _found_feed(url: str, fetcher: Fetcher, now: Now) -> FollowedFeed | None:
    page = fetcher.get(url, accept=_ACCEPTED)
    if feed := sandbox.shared().feed(page.body, page.url):
        return _followed(page.url, feed, now)
    named = sandbox.shared().feeds_of_page(page.body, page.url)
    origin = urlsplit(page.url)
    usual = [f"{origin.scheme}://{origin.netloc}{path}" for path in _USUAL]
    for address in named[:3] or usual:
        try:
            page = fetcher.get(address, accept=_ACCEPTED)
        except FetchError:
            continue
        if feed := sandbox.shared().feed(page.body, page.url):
            return _followed(page.url, feed, now)
    return None


def _followed(url: str, feed: Feed, now: Now) -> FollowedFeed:
    return FollowedFeed(url=url, title=feed.title[:200], added_at=now(), next_try=now())


def due(feeds: Iterable[FollowedFeed], now: Now = utc_now) -> list[FollowedFeed]:
    """The feeds whose time has come."""
    return [feed for feed in feeds if feed.next_try <= now() and not feed.gone]


class Syncing:
    """Takes in feeds of a corpus.

    ``stopped`` is asked between two pages; ``limit`` may refuse some of what is to be added.
    """

    def __init__(
        self,
        corpus: Corpus,
        book: FeedBook,
        fetcher: Fetcher,
        *,
        on_article: Callable[[Outcome], None] = lambda _: None,
        stopped: Callable[[], bool] = lambda: False,
        limit: Limit = lambda items: items,
        most: int = MOST_ENTRIES,
        now: Now = utc_now,
    ) -> None:
        self._corpus, self._book, self._fetcher = corpus, book, fetcher
        self._on_article, self._stopped, self._limit = on_article, stopped, limit
        self._most, self._now = most, now

    def run(self, feeds: Sequence[FollowedFeed]) -> list[FeedReport]:
        """Take in what is new in these feeds; raises CorpusBusy where somebody else does."""
        reports: list[FeedReport] = []
        if not feeds:
            return reports
        with self._book.syncing():
            for feed in feeds:
                if self._stopped():
                    break
                reports.append(self._one(feed))
        return reports

    def _one(self, feed: FollowedFeed) -> FeedReport:
        report = FeedReport(feed.url, feed.name)
        try:
            page = self._fetcher.get(
                feed.url, accept=_ACCEPTED, etag=feed.etag, last_modified=feed.last_modified
            )
            feed.next_try = self._now() + EVERY
            if not page.not_modified:
                self._take_in(feed, page, report)
        except FetchError as error:
            report.error = str(error)
            feed.gone = error.status == 410
            self._put_off(feed, error.retry_after)
        except DatelineError as error:
            report.error = str(error)
            self._put_off(feed, 0 if isinstance(error, CorpusBusy) else None)
        else:
            feed.failures, feed.gone = 0, False
            feed.last_success = self._now()
            feed.caught_up = feed.caught_up or not feed.left
        feed.error, report.left = report.error, feed.left
        self._book.save(feed)
        return report

    def _put_off(self, feed: FollowedFeed, seconds: float | None) -> None:
        wait = min(FIRST_RETRY * 2 ** min(feed.failures, 10), LAST_RETRY)
        if seconds is not None:
            wait = min(max(wait, dt.timedelta(seconds=min(seconds, 1e6))), LAST_RETRY)
        feed.failures += 1
        feed.next_try = self._now() + wait

    def _take_in(self, feed: FollowedFeed, page: Fetched, report: FeedReport) -> None:
        read = sandbox.shared().feed(page.body, page.url)
        if read is None:
            raise InputError("is no longer a feed")
        feed.title = feed.title or read.title[:200]
        new = [entry for entry in read.entries if is_new(entry, feed)]
        taken, untouched = new[: self._most], len(new)
        feed.left = untouched
        for some in (taken[n : n + TOGETHER] for n in range(0, len(taken), TOGETHER)):
            wanted = takewhile(lambda _: not self._stopped(), some)
            found = [self._article(entry, read, feed) for entry in wanted]
            if not found:
                break
            self._store(feed, found, report)
            untouched -= len(found)
            feed.left = sum(is_new(entry, feed) for entry in new)
            if not self._book.save(feed):
                feed.left = 0  # it is followed no longer
                return
        if untouched:
            feed.next_try = self._now()
        if not feed.left:  # else the rest would be taken for unchanged
            feed.etag, feed.last_modified = page.etag, page.last_modified
        forget(feed, read.entries)

    def _store(self, feed: FollowedFeed, found: Sequence["_Found"], report: FeedReport) -> None:
        """Store some articles, then note that their entries are taken in."""

        def tell(outcome: Outcome) -> None:
            report.articles.count(outcome)
            if outcome.kind == "added" and outcome.article_id:
                report.new.append(outcome.article_id)
            self._on_article(outcome)

        items = self._limit([one.item for one in found if not one.later])
        added = self._corpus.add(items, on_article=tell)
        report.articles.articles, report.articles.sentences = added.articles, added.sentences
        for one in found:
            tries = tries_of(one.entry, feed) + 1 if one.later else 0
            url = one.item.article.url if isinstance(one.item, Incoming) else None
            seen = Seen(digest=digest_of(one.entry), url=url, tries=tries)
            feed.seen |= dict.fromkeys(names_of(one.entry), seen)

    def _article(self, entry: Entry, read: Feed, feed: FollowedFeed) -> "_Found":
        """Find the article of an entry: its page's text, or its own where the page has less."""
        label = entry.url or entry.id or entry.title or feed.url
        data = json.dumps(entry.as_json(read.title)).encode()
        own = sandbox.shared().read(data, "entry.json")[0]
        page: Item = RefusedArticle(label, "has no link and hardly any text")
        if entry.url:
            try:
                fetched = self._fetcher.get(entry.url)
            except FetchError as error:
                page = RefusedArticle(label, str(error))
                if error.later and tries_of(entry, feed) + 1 < TRIES:
                    return _Found(entry, page, later=True)
            else:
                pages = articles_at(entry.url, fetched)
                page = pages[0] if len(pages) == 1 else RefusedArticle(label, "is a list")
        chosen = _fuller(page, own)
        if isinstance(chosen, Incoming):
            # An entry that has moved stays the article that it was.
            known = next((seen.url for seen in known_as(entry, feed) if seen.url), None)
            article = chosen.article.model_copy(update={"url": known or chosen.article.url})
            # Another feed may number its entries in the same way, or have one of the same title.
            origin = chosen.origin or entry.url or f"{feed.url}#{entry.id or digest_of(entry)}"
            chosen = replace(chosen, article=article, label=label, origin=origin)
        return _Found(entry, chosen)


@dataclass(frozen=True, slots=True)
class _Found:
    """What an entry has become; ``later`` where its page cannot be had now."""

    entry: Entry
    item: Item
    later: bool = False


def _fuller(page: Item, own: Item) -> Item:
    if isinstance(own, RefusedArticle):
        return page
    if isinstance(page, RefusedArticle):
        return own if len(own.article.text.split()) >= LEAST_WORDS else page
    if len(own.article.text) > len(page.article.text):
        return replace(own, article=own.article.model_copy(update={"url": page.article.url}))
    if page.published is None and own.published is not None:
        dated = page.article.model_copy(update={"published": own.article.published})
        return replace(page, article=dated, published=own.published, date_origin=own.date_origin)
    return page


def digest_of(entry: Entry) -> str:
    """The hash of what an entry says: another says that its article has changed."""
    said = json.dumps([entry.title, entry.content])
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def names_of(entry: Entry) -> Iterator[str]:
    """What an entry is known by."""
    if entry.id:
        yield f"id:{entry.id[:500]}"
    if entry.url:
        yield f"link:{entry.url[:500]}"
    if not entry.id and not entry.url:
        yield f"text:{digest_of(entry)}"


def known_as(entry: Entry, feed: FollowedFeed) -> list[Seen]:
    """What is known of an entry, under its names."""
    return [feed.seen[name] for name in names_of(entry) if name in feed.seen]


def tries_of(entry: Entry, feed: FollowedFeed) -> int:
    """How often an entry's page could not be had."""
    return max((seen.tries for seen in known_as(entry, feed)), default=0)


def is_new(entry: Entry, feed: FollowedFeed) -> bool:
    """Whether an entry is to be taken in: not known, changed, or not to be had the last time."""
    known = known_as(entry, feed)
    return not any(seen.digest == digest_of(entry) and not seen.tries for seen in known)


def forget(feed: FollowedFeed, entries: Iterable[Entry]) -> None:
    """Forget the oldest entries, but none that the feed still has."""
    if len(feed.seen) > MOST_SEEN:
        here = {name for entry in entries for name in names_of(entry)}
        gone = [name for name in feed.seen if name not in here]
        for name in gone[: len(feed.seen) - MOST_SEEN]:
            del feed.seen[name]
