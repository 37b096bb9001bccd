"""Cards about feeds fit, and no part of one is cut."""

import datetime as dt

from bot.discord.views.feeds import FEEDS_A_PAGE, announcement, feed_line
from bot.discord.views.manage import lines_card
from index.feeds.book import FollowedFeed
from tests.bot.discord.card_parts import checked, head

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)


def feed(title: str) -> FollowedFeed:
    return FollowedFeed(
        url="https://news.example/feed.xml",
        title=title,
        added_at=NOW,
        next_try=NOW,
        last_success=NOW,
        channel=410_000_000_000_001_001,
        left=100_000,
        error="no " * 100,
    )


def test_an_announcement_leaves_out_whole_lines_and_counts_them() -> None:
    address = "https://news.example/" + "x" * 470
    heads = [head(id=str(n), title="Story " * 40, url=address) for n in range(14)]
    text = checked(announcement(feed("News"), heads))
    *lines, last = text.split("\n")
    assert all(f"]({address})" in line for line in lines)
    assert last == f"-# and {14 - len(lines)} more; `/articles list` has all"


def test_a_page_of_feeds_has_all_of_each() -> None:
    text = checked(lines_card("Feeds", [feed_line(feed("*" * 200))] * 9, 1, FEEDS_A_PAGE))
    assert text.count("⚠") == FEEDS_A_PAGE
    assert "did not fit" not in text
