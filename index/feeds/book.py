"""Which feeds a corpus follows and how each is doing: ``feeds.json`` in the corpus's folder."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal, Self

from filelock import FileLock, Timeout
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from index.book import Book
from index.errors import CorpusBusy, InputError

MAX_FEEDS = 500
DEAD_AFTER = 3  # failures in a row, within some quarter of an hour
# Whoever edits the file by hand may leave the zone out, or write a year that no clock can show.
Time = Annotated[
    AwareDatetime,
    Field(ge=dt.datetime(1970, 1, 2, tzinfo=dt.UTC), le=dt.datetime(9000, 1, 1, tzinfo=dt.UTC)),
]


class Seen(BaseModel):
    """What is known of an entry: its words, by their hash, and the article that it became.

    ``tries`` counts the times that its page could not be had, 0 once that is settled.
    """

    digest: str
    url: str | None = None
    tries: int = 0


class FollowedFeed(BaseModel):
    """A feed that is followed; times are in UTC."""

    model_config = ConfigDict(extra="ignore")

    url: str
    title: str = ""
    added_at: Time
    next_try: Time
    last_success: Time | None = None
    failures: int = 0  # since then
    error: str | None = None
    gone: bool = False  # its site says that it will not come back
    etag: str | None = None
    last_modified: str | None = None
    channel: int | None = None  # where a bot announces its new articles
    left: int = 0  # entries that are not taken in yet
    caught_up: bool = False  # what it had when it was added is taken in
    seen: dict[str, Seen] = {}  # by the entry's id, and by its link

    @model_validator(mode="after")
    def _as_before(self) -> Self:
        """Take a feed of before this was noted for one that has caught up."""
        if "caught_up" not in self.model_fields_set:
            self.caught_up = self.last_success is not None
        return self

    @property
    def name(self) -> str:
        """What to call it."""
        return self.title or self.url

    @property
    def is_dead(self) -> bool:
        """Whether it is gone, or failed at the last few tries."""
        return self.gone or self.failures >= DEAD_AFTER

    def is_called(self, name: str) -> bool:
        """Whether a name is its address or its title."""
        return name in (self.url, self.title)


class _File(BaseModel):
    schema_version: Literal[1] = 1
    feeds: list[FollowedFeed] = []


class FeedBook:
    """The feeds of a corpus; several processes may use it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._book = Book(folder / "feeds.json", _File, "add the feeds again")

    def feeds(self) -> list[FollowedFeed]:
        """All feeds, in the order they were added; raises CorpusError for a broken file."""
        return self._book.read().feeds

    def add(self, feed: FollowedFeed) -> bool:
        """Follow a feed; False where it is followed already. Raises InputError for too many."""
        with self._book.changing(first=True) as file:
            if any(one.url == feed.url for one in file.feeds):
                return False
            if len(file.feeds) >= MAX_FEEDS:
                raise InputError(f"{MAX_FEEDS} feeds are followed already; remove one first")
            file.feeds.append(feed)
        return True

    def remove(self, named: str) -> FollowedFeed:
        """Follow a feed no longer, by its address or title; its articles stay."""
        with self._book.changing() as file:
            found = [one for one in file.feeds if one.is_called(named)]
            if len(found) != 1:
                why = "more than one is called that" if found else "no feed is called that"
                raise InputError(f"{named[:200]}: {why}; a list of the feeds shows their addresses")
            file.feeds.remove(found[0])
        return found[0]

    def save(self, feed: FollowedFeed) -> bool:
        """Keep how a feed is doing; False where it was removed meanwhile.

        Where it is announced may have been changed meanwhile, and is taken over.
        """
        with self._book.changing() as file:
            places = [n for n, one in enumerate(file.feeds) if one.url == feed.url]
            for n in places:
                feed.channel = file.feeds[n].channel
                file.feeds[n] = feed
        return bool(places)

    def announce(self, url: str, channel: int | None) -> None:
        """Change where a feed's new articles are announced, if it is still followed."""
        with self._book.changing() as file:
            for one in file.feeds:
                if one.url == url:
                    one.channel = channel

    @contextmanager
    def syncing(self) -> Iterator[None]:
        """Be the only one that takes in entries; raises CorpusBusy where another does."""
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self._folder / "feeds-sync.lock", timeout=0):
                yield
        except Timeout:
            raise CorpusBusy("another process is taking in these feeds; try again later") from None
