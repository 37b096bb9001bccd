"""``dateline feed`` and ``dateline watch``, against a site on loopback."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.conftest import MakeProgram, Program
from tests.index.feeds.news_site import story
from tests.index.web.sites import Answer, Site, page, site

RSS = {"Content-Type": "application/rss+xml", "ETag": '"1"'}


def feed_at(url: str, *numbers: int) -> Answer:
    entries = "".join(
        f"<item><guid>{n}</guid><title>Story {n}</title><link>{url}/story/{n}</link></item>"
        for n in numbers
    )
    body = f'<rss version="2.0"><channel><title>The News</title>{entries}</channel></rss>'
    return 200, RSS, body.encode()


@pytest.fixture
def news() -> Iterator[Site]:
    """A site that names its feed, with an article."""
    head = '<link rel="alternate" type="application/rss+xml" href="/feed.xml">'
    with site({"/": page(head=head)}) as made:
        kind = {"Content-Type": "text/html"}
        made.answers["/story/1"] = (200, kind, story(1).encode())
        made.answers["/feed.xml"] = feed_at(made.url, 1, 2)
        yield made


def test_a_feed_is_followed_taken_in_listed_and_removed(
    program: MakeProgram, empty_home: Path, news: Site
) -> None:
    dateline = program(empty_home)
    linked = partial(dateline, DATELINE_ALLOWED_HOSTS=news.host)
    followed = linked("feed", "add", f"{news.url}/")
    assert followed.stdout.startswith(f"following The News ({news.url}/feed.xml)\n")
    assert linked("feed", "add", f"{news.url}/").stdout.startswith("followed already: The")
    assert "add some with" in dateline("list").stdout

    done = linked("feed", "sync")
    assert (done.returncode, done.stdout) == (0, "The News: 1 added, 1 refused\n")
    assert f"refused {news.url}/story/2: is not there (404)" in done.stderr
    assert dateline.json("list")[0]["title"] == "Story 1"
    (listed,) = dateline.json("feed", "list")
    assert (listed["state"], listed["title"], listed["left"]) == ("ok", "The News", 0)
    assert linked("feed", "sync").stdout == "The News: nothing new\n"

    assert dateline("feed", "remove", "The News").stdout == "no longer following The News\n"
    assert "No feed is followed yet" in dateline("feed", "list").stdout
    assert len(dateline.json("list")) == 1


def test_a_feed_that_fails_is_told_of_and_left_alone_unless_it_is_named(
    program: MakeProgram, empty_home: Path, news: Site
) -> None:
    dateline = program(empty_home)
    linked = partial(dateline, DATELINE_ALLOWED_HOSTS=news.host)
    assert linked("feed", "add", f"{news.url}/feed.xml").returncode == 0
    news.answers["/feed.xml"] = (500, {}, b"")
    failed = linked("feed", "sync")
    assert failed.returncode == 1
    assert failed.stdout == "The News: has a fault at its site (500); try again later\n"
    asked = len(news.asked)
    left = linked("feed", "sync")
    assert "left alone: The News (failed 1 time: has a fault" in left.stderr
    assert len(news.asked) == asked
    news.answers["/feed.xml"] = feed_at(news.url, 1)
    assert linked("feed", "sync", "The News").stdout == "The News: 1 added\n"


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["feed", "sync"], "no feed is followed yet"),
        (["feed", "remove", "x"], "no feed is called that"),
        (["feed", "add", "ftp://news.example/"], "it begins with 'ftp'"),
        (["feed", "add", "http://127.0.0.1/feed"], "not public"),
        (["watch"], "there is nothing to watch"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(
    program: MakeProgram, empty_home: Path, args: list[str], told: str
) -> None:
    done = program(empty_home)(*args)
    assert done.returncode == 1
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


def wait_for(holds: Callable[[], bool]) -> None:
    for _ in range(600):
        if holds():
            return
        time.sleep(0.1)
    raise TimeoutError


def test_watch_adds_what_comes_and_stops_when_told(
    program: MakeProgram, empty_home: Path, tmp_path: Path, news: Site
) -> None:
    dateline = program(empty_home)
    linked = partial(dateline, DATELINE_ALLOWED_HOSTS=news.host)
    assert linked("feed", "add", f"{news.url}/feed.xml").returncode == 0
    folder, out = tmp_path / "inbox", tmp_path / "out"
    folder.mkdir()
    (folder / "broken.json").write_text("{", "utf-8")
    with out.open("wb") as file:
        watching = watch(dateline, str(folder), file.fileno(), news.host)
        try:
            wait_for(lambda: "Story 1" in str(dateline.json("list")))
            (folder / "derna.txt").write_text("A dam broke above Derna.", "utf-8")
            wait_for(lambda: "derna.txt" in out.read_text("utf-8"))
        finally:
            watching.send_signal(signal.SIGTERM)
        assert watching.wait(60) == 0
    told = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    kinds = {Path(one["label"]).name: one["kind"] for one in told}
    assert len(told) == len(kinds)  # each once, though it is looked every two seconds
    assert kinds == {"broken.json": "refused", "1": "added", "2": "refused", "derna.txt": "added"}


def watch(dateline: Program, folder: str, out: int, host: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "bot", "watch", folder, "--json"],
        stdout=out,
        stderr=subprocess.DEVNULL,
        env=dateline.environment(DATELINE_ALLOWED_HOSTS=host),
        cwd=dateline.folder,
    )
