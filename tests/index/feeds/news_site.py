"""A web that is a table of addresses, and a site with a feed to put into it."""

from typing import Any

from index.errors import FetchError
from index.web.fetch import Fetched, Fetcher

FEED = "https://news.example/feed.xml"


class TableFetcher(Fetcher):
    """Answers from a table, and notes what it was asked for."""

    def __init__(self) -> None:
        self.table: dict[str, Fetched | FetchError] = {}
        self.asked: list[str] = []

    def get(self, url: str, *, etag: str | None = None, **_: Any) -> Fetched:
        self.asked.append(url)
        found = self.table.get(url, FetchError("is not there (404)", status=404))
        if isinstance(found, FetchError):
            raise found
        if etag and etag == found.etag:
            return Fetched(url, True, "", None, b"", etag, None)
        return found

    def put(self, url: str, body: str, kind: str = "text/html", etag: str | None = None) -> None:
        self.table[url] = Fetched(url, False, kind, "utf-8", body.encode(), etag, None)


def story(n: int, edition: str = "first") -> str:
    """A page with an article of some sentences."""
    lines = "".join(
        f"<p>In the {edition} edition the council of town {n} said that road {k} will be closed "
        "until the bridge beside it has been repaired by the engineers.</p>"
        for k in range(6)
    )
    return f"<html><head><title>Story {n}</title></head><body><article>{lines}</article></body>"


def link(n: int) -> str:
    return f"https://news.example/story/{n}"


def entry(n: int, text: str = "In short.", **other: str) -> str:
    fields = {"guid": f"tag:{n}", "title": f"Story {n}", "link": link(n), "description": text}
    inside = "".join(f"<{name}>{value}</{name}>" for name, value in (fields | other).items())
    return f"<item>{inside}</item>"


def feed_of(*entries: str) -> str:
    return f'<rss version="2.0"><channel><title>The News</title>{"".join(entries)}</channel></rss>'
