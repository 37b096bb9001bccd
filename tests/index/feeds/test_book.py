"""The list of feeds that are followed, as a file."""

import datetime as dt
from pathlib import Path

import pytest

from index import InputError
from index.feeds.book import FeedBook, FollowedFeed
from tests.index.feeds.news_site import FEED

NOON = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
FOLLOWED = FollowedFeed(url=FEED, title="The News", added_at=NOON, next_try=NOON)


@pytest.fixture
def book(tmp_path: Path) -> FeedBook:
    followed = FeedBook(tmp_path)
    assert followed.add(FOLLOWED)
    return followed


def test_a_feed_of_before_has_caught_up_if_it_was_ever_taken_in() -> None:
    old = FOLLOWED.model_dump(exclude={"caught_up"})
    assert not FollowedFeed.model_validate(old).caught_up
    assert FollowedFeed.model_validate(old | {"last_success": NOON}).caught_up


def test_feeds_are_removed_by_address_or_title(book: FeedBook) -> None:
    for name in ("nothing", "https://news.example/"):
        with pytest.raises(InputError, match="no feed is called that"):
            book.remove(name)
    assert book.add(FOLLOWED) is False
    assert book.remove(FEED).title == "The News"


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("{", ""),
        ('"schema_version": 1', '"schema_version": 2'),
        ("2026-05-04T12:00:00Z", "2026-05-04T12:00:00"),
        ("2026-05-04T12:00:00Z", "9999-12-31T23:59:59Z"),
    ],
)
def test_a_broken_list_of_feeds_says_what_to_do(
    book: FeedBook, tmp_path: Path, written: str, instead: str
) -> None:
    path = tmp_path / "feeds.json"
    text = path.read_text("utf-8")
    assert written in text
    path.write_text(text.replace(written, instead), "utf-8")
    with pytest.raises(Exception, match="restore it, or delete it"):
        book.feeds()
