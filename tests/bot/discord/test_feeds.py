"""Feeds that a server follows, taken in and announced."""

import asyncio
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.discord import feeds
from bot.settings import Settings
from index.feeds.book import FeedBook
from index.feeds.sync import Syncing
from index.web.fetch import Fetched
from tests.bot.discord.running import (
    Running,
    drive,
    running,
    samples,
    shows,
    soon,
    used,
    with_text,
)
from tests.discord_standin.server import NEWSROOM
from tests.discord_standin.world import PATIENCE
from tests.index.feeds.news_site import FEED, TableFetcher, entry, feed_of, link, story


class GatedFetcher(TableFetcher):
    """A site whose stories come while its gate is open."""

    def __init__(self) -> None:
        super().__init__()
        self.gate, self.waiting = threading.Event(), threading.Event()
        self.gate.set()

    def get(self, url: str, **how: Any) -> Fetched:
        if url != FEED and not self.gate.is_set():
            self.waiting.set()
            assert self.gate.wait(PATIENCE)
        return super().get(url, **how)


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> GatedFetcher:
    """A site with a feed, in place of the web."""
    site = GatedFetcher()
    site.put(FEED, feed_of(entry(1)), "application/rss+xml")
    for n in range(4):
        site.put(link(n), story(n))
    monkeypatch.setattr(feeds, "fetcher", lambda _: site)
    monkeypatch.setattr(feeds, "LOOK_EVERY", 0.05)
    return site


async def due_again(run: Running) -> None:
    """Let the feed's time come."""
    server = run.bot.servers.of(NEWSROOM)
    book = feeds.Feeds(run.bot.servers, Settings(), run.bot.metrics).book(server)
    await soon(lambda: book.feeds()[0].last_success)
    (feed,) = book.feeds()
    feed.next_try = feed.added_at
    book.save(feed)


def test_what_a_feed_has_comes_in_and_only_what_is_new_is_announced(
    tmp_path: Path, site: TableFetcher
) -> None:
    async def test(run: Running) -> None:
        news = run.discord.world.guilds[NEWSROOM].general
        told = await used(run, "feeds add", url=FEED, channel=news)
        assert told.startswith("Following “The News”")
        assert told.endswith(f"announced in <#{news.id}>.")
        assert f"announced in \\#{news.name}." in await used(run, "log")
        await soon(lambda: len(run.corpus.articles) == 2)
        await due_again(run)
        site.put(FEED, feed_of(entry(2), entry(1)), "application/rss+xml")
        await soon(lambda: len(run.corpus.articles) == 3)
        await soon(lambda: with_text(run, "1 new article"))
        (message,) = with_text(run, "The News: 1 new article")
        assert message["channel_id"] == str(news.id)
        assert f"[Story 2]({link(2)})" in message["embeds"][0]["description"]
        listed = await used(run, "feeds list")
        assert "**The News**" in listed
        assert f"announced in <#{news.id}>" in listed
        assert "by the feed “The News”" in (await used(run, "status"))
        del site.table[FEED]
        await due_again(run)
        failed = "dateline_feed_fetches_total['failed']"
        await soon(lambda: samples(run).get(failed))
        assert samples(run)["dateline_feed_fetches_total['fetched']"] == 2
        assert samples(run)["dateline_feed_articles_total[]"] == 2

    drive(tmp_path, test)


def test_a_feed_is_removed_by_its_title_and_its_articles_stay(
    tmp_path: Path, site: TableFetcher
) -> None:
    async def test(run: Running) -> None:
        await used(run, "feeds add", url=FEED)
        await soon(lambda: len(run.corpus.articles) == 2)
        assert "announced nowhere" in await used(run, "feeds add", url=FEED)
        assert (await used(run, "feeds remove", feed="The News")).startswith("No longer following")
        assert "Nothing yet." in await used(run, "feeds list")
        assert "no feed is called that" in await used(run, "feeds remove", feed="The News")
        assert len(run.corpus.articles) == 2
        log = await used(run, "log")
        assert "Following “The News”" in log
        assert "No longer following" in log

    drive(tmp_path, test)


def test_what_is_being_taken_in_does_not_come_back_once_all_is_deleted(
    tmp_path: Path, site: GatedFetcher
) -> None:
    site.put(FEED, feed_of(*map(entry, range(4))), "application/rss+xml")

    async def test(run: Running) -> None:
        site.gate.clear()
        await used(run, "feeds add", url=FEED)
        await soon(site.waiting.is_set)
        server = run.bot.servers.of(NEWSROOM)
        sure = await run.discord.invoke("manage delete-everything", manager=True)
        await run.discord.click(await sure.answer(), "Delete everything")
        await soon(lambda: server.gone)
        site.gate.set()
        await run.discord.until(partial(shows, sure, "Everything of this server is deleted"))
        assert site.asked.count(link(1)) == 0
        assert not server.corpus.folder.exists()
        assert "Following" in await used(run, "feeds add", url=FEED)
        await soon(lambda: len(run.corpus.articles) == 4)

    drive(tmp_path, test)


def test_what_a_feed_had_is_no_news_however_many_syncs_it_takes(
    tmp_path: Path, site: GatedFetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "Syncing", partial(Syncing, most=1))
    site.put(FEED, feed_of(entry(1), entry(2)), "application/rss+xml")

    async def test(run: Running) -> None:
        news = run.discord.world.guilds[NEWSROOM].general
        await used(run, "feeds add", url=FEED, channel=news)
        await soon(lambda: samples(run).get("dateline_feed_fetches_total['fetched']") == 2)
        site.put(FEED, feed_of(entry(3), entry(2), entry(1)), "application/rss+xml")
        await due_again(run)
        await soon(lambda: with_text(run, "new article"))
        (message,) = with_text(run, "new article")
        assert "Story 3" in message["embeds"][0]["description"]

    drive(tmp_path, test)


def test_members_may_not_follow_feeds(tmp_path: Path, site: TableFetcher) -> None:
    async def test(run: Running) -> None:
        done = await run.discord.invoke("manage feeds add", {"url": FEED}, opened=True)
        await done.answer()
        assert shows(done, "Manage Server")
        assert site.asked == []

    drive(tmp_path, test)


@pytest.mark.parametrize(
    ("url", "settings", "told"),
    [
        ("https://news.example/nothing", Settings(), "is not there (404)"),
        (FEED, Settings(server_feeds=0), "This server follows 0 feeds, which is the most"),
    ],
)
def test_what_cannot_be_followed_is_said(
    tmp_path: Path, site: TableFetcher, url: str, settings: Settings, told: str
) -> None:
    async def test() -> None:
        async with running(tmp_path, settings=settings) as run:
            assert told in await used(run, "feeds add", url=url)

    asyncio.run(test())


def test_a_server_s_limit_holds_for_feeds_too(tmp_path: Path, site: TableFetcher) -> None:
    site.put(FEED, feed_of(entry(1), entry(2), entry(3)), "application/rss+xml")

    async def test() -> None:
        async with running(tmp_path, settings=Settings(server_articles=2)) as run:
            await used(run, "feeds add", url=FEED)
            await due_again(run)
            assert len(run.corpus.articles) == 2

    asyncio.run(test())


def failed(book: FeedBook, times: int) -> bool:
    return book.feeds()[0].failures == times


def test_status_names_dead_feeds(tmp_path: Path, site: TableFetcher) -> None:
    async def test(run: Running) -> None:
        await used(run, "feeds add", url=FEED)
        await soon(lambda: len(run.corpus.articles) == 2)
        del site.table[FEED]
        book = run.bot._feeds.book(run.bot.servers.of(NEWSROOM))
        for failures in (1, 2, 3):
            assert "Dead feed" not in await used(run, "status")
            await due_again(run)
            await soon(partial(failed, book, failures))
        assert "**Dead feeds** The News; `/manage feeds list` says why" in await used(run, "status")

    drive(tmp_path, test)
