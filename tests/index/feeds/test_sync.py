"""Taking in feeds from a web that is a table of addresses."""

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from index import Corpus, CorpusBusy, InputError, Outcome
from index.errors import FetchError
from index.feeds.book import FeedBook, FollowedFeed
from index.feeds.sync import (
    EVERY,
    FIRST_RETRY,
    LAST_RETRY,
    TRIES,
    FeedReport,
    Syncing,
    due,
    find_feed,
)
from index.types import Item, RefusedArticle
from tests.corpora import stub_corpus, texts_of
from tests.index.feeds.news_site import FEED, TableFetcher, entry, feed_of, link, story

NOON = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)


class Setting:
    """A corpus that follows one feed, a clock, and the web."""

    def __init__(self, folder: Path) -> None:
        self.corpus: Corpus = stub_corpus(folder)
        self.book = FeedBook(self.corpus.folder)
        self.fetcher = TableFetcher()
        self.time = NOON

    def now(self) -> dt.datetime:
        return self.time

    def publish(self, *entries: str, etag: str | None = None) -> None:
        self.fetcher.put(FEED, feed_of(*entries), "application/rss+xml", etag)

    def follow(self, *entries: str) -> None:
        self.publish(*entries)
        assert self.book.add(find_feed(FEED, self.fetcher, self.now))

    def sync(self, **how: object) -> FeedReport:
        syncing = Syncing(self.corpus, self.book, self.fetcher, now=self.now, **how)  # type: ignore[arg-type]
        (report,) = syncing.run(self.book.feeds())
        return report

    @property
    def feed(self) -> FollowedFeed:
        (feed,) = self.book.feeds()
        return feed

    @property
    def texts(self) -> dict[str, str]:
        return texts_of(self.corpus)


@pytest.fixture
def news(tmp_path: Path) -> Setting:
    setting = Setting(tmp_path)
    for n in range(12):
        setting.fetcher.put(link(n), story(n))
    return setting


def test_the_pages_of_new_entries_are_added_once(news: Setting) -> None:
    news.follow(entry(1), entry(2))
    first = news.sync()
    assert (first.articles.added, first.left, len(first.new)) == (2, 0, 2)
    assert all("council of town" in text for text in news.texts.values())
    assert news.sync().articles.added == 0
    news.publish(entry(3), entry(1), entry(2))
    assert news.sync().articles.added == 1
    assert len(news.texts) == 3


def test_an_entry_is_known_by_its_link_and_by_its_id_never_by_its_date(news: Setting) -> None:
    news.follow(entry(1, pubDate="Mon, 04 May 2026 10:00:00 GMT"))
    news.sync()
    news.fetcher.put("https://news.example/moved/1", story(1, "second"))
    news.publish(
        entry(1, guid="tag:new"),
        entry(1, link="https://news.example/moved/1"),
        entry(1, pubDate="Tue, 05 May 2026 10:00:00 GMT"),
    )
    assert news.sync().articles.added == 0
    assert len(news.texts) == 1


def test_an_entry_that_changed_updates_its_article_though_its_link_moved(news: Setting) -> None:
    news.follow(entry(1))
    news.sync()
    moved = "https://news.example/moved/1"
    news.fetcher.put(moved, story(1, "second"))
    news.publish(entry(1, "Corrected.", link=moved))
    report = news.sync()
    assert (report.articles.added, report.articles.updated) == (0, 1)
    (text,) = news.texts.values()
    assert "second edition" in text


def test_the_entry_s_own_text_is_taken_where_the_page_has_less(news: Setting) -> None:
    own = "The whole story stands in the feed, and nowhere else is it told at such length. " * 30
    news.follow(entry(1, own), entry(99, own.replace("story", "tale")), entry(98, "Too short."))
    report = news.sync()
    assert report.articles.added == 2
    assert [one.source for one in report.articles.refused] == [link(98)]
    assert all("stands in the feed" in text for text in news.texts.values())


def test_entries_without_id_or_link_are_known_by_their_words(news: Setting) -> None:
    said = [
        f"{n}. {'The council met and closed the road again until it is mended. ' * 8}" for n in "ab"
    ]
    bare = [
        f"<item><title>In short</title><description>{text}</description></item>" for text in said
    ]
    news.follow(*bare, "<item><title>Empty</title></item>")
    first = news.sync()
    assert (first.articles.added, len(first.articles.refused), first.left) == (2, 1, 0)
    assert str(news.sync().articles) == ""
    assert len(news.texts) == 2


def test_entries_of_two_feeds_with_the_same_id_are_two_articles(news: Setting) -> None:
    other = "https://other.example/feed.xml"
    for url, name in ((FEED, "north"), (other, "south")):
        text = f"The council of the {name} met and closed the road until it is mended. " * 8
        numbered = (
            f"<item><guid isPermaLink='false'>1</guid><description>{text}</description></item>"
        )
        news.fetcher.put(url, feed_of(numbered), "application/rss+xml")
        assert news.book.add(find_feed(url, news.fetcher, news.now))
    Syncing(news.corpus, news.book, news.fetcher, now=news.now).run(news.book.feeds())
    assert len(news.texts) == 2


def test_old_entries_come_a_part_at_a_time(news: Setting) -> None:
    news.follow(*map(entry, range(12)))
    first = news.sync(most=5)
    assert (first.articles.added, first.left) == (5, 7)
    assert news.feed.next_try == NOON
    assert news.sync(most=5).left == 2
    assert news.sync(most=5).left == 0
    assert len(news.texts) == 12
    assert news.feed.next_try == NOON + EVERY


def test_a_feed_that_says_it_is_as_before_is_not_read(news: Setting) -> None:
    news.follow(entry(1))
    news.publish(entry(1), etag='"1"')
    news.sync()
    news.fetcher.asked.clear()
    assert news.sync().error is None
    assert news.fetcher.asked == [FEED]


def test_a_page_that_cannot_be_had_now_is_tried_again_and_then_given_up(news: Setting) -> None:
    busy = FetchError("has a fault at its site (503)", later=True, status=503)
    news.follow(entry(1), entry(2))
    news.publish(entry(1), entry(2), etag='"1"')
    news.fetcher.table[link(1)] = busy
    assert (news.sync().left, len(news.texts)) == (1, 1)
    assert news.feed.next_try == NOON + EVERY  # not at once
    news.fetcher.put(link(1), story(1))
    assert news.sync().articles.added == 1
    news.fetcher.table[link(3)] = busy
    news.publish(entry(3))
    lefts = [news.sync().left for _ in range(TRIES)]
    assert lefts == [1] * (TRIES - 1) + [0]


def test_a_feed_that_fails_is_left_alone_for_longer_and_longer(news: Setting) -> None:
    news.follow(entry(1))
    news.fetcher.table[FEED] = FetchError("takes longer than 30 s", later=True)
    waits = []
    for _ in range(12):
        assert news.sync().error == "takes longer than 30 s"
        waits.append(news.feed.next_try - NOON)
    assert waits[:3] == [FIRST_RETRY, 2 * FIRST_RETRY, 4 * FIRST_RETRY]
    assert max(waits) == waits[-1] == LAST_RETRY
    assert due(news.book.feeds(), news.now) == []
    news.publish(entry(1))
    assert news.sync().error is None
    assert (news.feed.failures, news.feed.error) == (0, None)


def test_a_server_says_when_to_come_back_and_that_a_feed_is_gone(news: Setting) -> None:
    news.follow(entry(1))
    news.fetcher.table[FEED] = FetchError("slow down", later=True, retry_after=7200, status=429)
    news.sync()
    assert news.feed.next_try == NOON + dt.timedelta(hours=2)
    news.fetcher.table[FEED] = FetchError("is no longer there (410)", status=410)
    news.sync()
    news.time += dt.timedelta(days=30)
    assert news.feed.gone
    assert due(news.book.feeds(), news.now) == []


def test_what_is_a_feed_no_longer_says_so(news: Setting) -> None:
    news.follow(entry(1))
    news.fetcher.put(FEED, "<html><body>Our feeds have moved.</body></html>")
    assert news.sync().error == "is no longer a feed"


def test_it_goes_on_where_it_was_killed(news: Setting) -> None:
    news.follow(*map(entry, range(12)))

    def die(outcome: Outcome) -> None:
        if outcome.label == link(9):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        news.sync(on_article=die)
    stored = len(news.texts)
    assert stored > 8
    report = news.sync()
    assert report.articles.added == 12 - stored
    assert len(news.texts) == 12


def test_it_stops_between_two_groups_of_pages(news: Setting) -> None:
    news.follow(*map(entry, range(12)))
    told: list[Outcome] = []
    report = news.sync(on_article=told.append, stopped=lambda: bool(told))
    assert 0 < report.articles.added < 12
    assert report.left == 12 - report.articles.added


def test_a_sync_that_is_stopped_before_any_page_leaves_all_for_the_next(news: Setting) -> None:
    news.follow(entry(1), entry(2))
    news.publish(entry(1), entry(2), etag='"1"')
    asked: list[str] = []

    def stopped() -> bool:
        asked.append("once more")
        return len(asked) > 1

    assert news.sync(stopped=stopped).left == 2
    assert not news.feed.caught_up
    assert news.sync().articles.added == 2
    assert news.feed.caught_up


def test_where_a_feed_is_announced_may_be_changed_meanwhile(news: Setting) -> None:
    news.follow(entry(1))
    (feed,) = news.book.feeds()
    syncing = Syncing(
        news.corpus, news.book, news.fetcher, on_article=lambda _: news.book.announce(FEED, 7)
    )
    syncing.run([feed])
    assert feed.channel == news.feed.channel == 7
    assert news.feed.seen


def test_a_feed_that_is_removed_meanwhile_stays_removed(news: Setting) -> None:
    news.follow(entry(1))
    news.sync(on_article=lambda _: news.book.remove("The News"))
    assert news.book.feeds() == []


def test_what_is_added_can_be_limited(news: Setting) -> None:
    news.follow(entry(1), entry(2))

    def refuse(items: list[Item]) -> list[Item]:
        return [items[0], RefusedArticle(link(2), "is one too many")]

    report = news.sync(limit=refuse)
    assert (report.articles.added, len(report.articles.refused)) == (1, 1)


def test_two_do_not_take_in_the_same_feeds(news: Setting) -> None:
    news.follow(entry(1))
    with news.book.syncing(), pytest.raises(CorpusBusy, match="another process"):
        news.sync()


ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"><title>Atom News</title></feed>'
JSON_FEED = json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "JSON News"})


@pytest.mark.parametrize(
    ("page", "feeds", "title"),
    [
        (
            '<link rel="alternate" type="application/rss+xml" href="/feed.xml">',
            {FEED: feed_of()},
            "The News",
        ),
        (
            '<link rel="alternate" type="application/atom+xml" href="//news.example/atom">',
            {"https://news.example/atom": ATOM},
            "Atom News",
        ),
        (
            '<link rel="alternate home" type="application/feed+json" href="j">',
            {"https://news.example/j": JSON_FEED},
            "JSON News",
        ),
        ("<p>no feed is named</p>", {"https://news.example/rss": feed_of()}, "The News"),
    ],
)
def test_a_site_s_address_finds_its_feed(
    news: Setting, page: str, feeds: dict[str, str], title: str
) -> None:
    news.fetcher.put("https://news.example/", f"<html><head>{page}</head><body>hi</body></html>")
    for address, body in feeds.items():
        news.fetcher.put(address, body, "text/xml")
    found = find_feed("https://news.example/", news.fetcher)
    assert (found.url, found.title) == (next(iter(feeds)), title)


@pytest.mark.parametrize(
    "head",
    ["", "<!DOCTYPE html>", "<link rel=alternate type=application/rss+xml href='http://[bad'>"],
)
def test_what_has_no_feed_is_refused_by_its_address(news: Setting, head: str) -> None:
    news.fetcher.put(link(50), head)
    with pytest.raises(InputError, match=f"^{link(50)}: has no feed and names none"):
        find_feed(link(50), news.fetcher)


def test_a_character_written_in_two_halves_costs_the_character_not_the_feed(news: Setting) -> None:
    news.follow(entry(1, title="Rain &#55357;&#56832; and &#xD83D;wind &#8211; again"), entry(2))
    assert news.sync().articles.added == 2


def test_a_title_of_nothing_but_a_comment_costs_the_title_not_the_feed(news: Setting) -> None:
    news.follow(entry(1, title="&lt;!-- --&gt;"), entry(2))
    assert news.sync().articles.added == 2


def test_names_without_end_are_not_told_at_length(news: Setting) -> None:
    long, labels = "n" * 1_000_000, list[str]()
    words = "The council met and closed the road again until it is mended. " * 8
    news.follow(entry(1, words, guid=long), entry(2, words, link=f"{link(2)}/{long}", title=long))
    report = news.sync(on_article=lambda outcome: labels.append(outcome.label))
    assert report.articles.added == 2
    assert max(map(len, labels)) < 100
    assert news.sync().articles.added == 0


def test_an_address_that_is_none_costs_the_address_not_the_feed(news: Setting) -> None:
    items = [{"id": "1", "url": "http://[half"}, {"id": "2", "url": link(2)}]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "The News", "items": items}
    news.fetcher.put(FEED, json.dumps(feed), "application/feed+json")
    news.book.add(find_feed(FEED, news.fetcher, news.now))
    report = news.sync()
    assert (report.articles.added, len(report.articles.refused)) == (1, 1)


@pytest.mark.parametrize(
    "put", [lambda f: None, lambda f: f.put("https://news.example/", "<p>nothing here</p>")]
)
def test_a_site_without_a_feed_is_refused(
    news: Setting, put: Callable[[TableFetcher], None]
) -> None:
    put(news.fetcher)
    with pytest.raises(InputError, match=r"https://news\.example/: (?:is not there|has no feed)"):
        find_feed("https://news.example/", news.fetcher)
