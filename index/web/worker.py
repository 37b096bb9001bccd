"""The program that reads what strangers sent: ``python -m index.web.worker SECONDS BYTES``.

No module imports it. Whatever it has to load it loads first; from then on it can open nothing
more, neither a file nor a connection, has no more memory than allowed, and ends by itself when a
document takes too long or nobody asks for long. On standard input comes, for each document, a line
of JSON and the document's bytes; on standard output goes a line of JSON with its articles.
"""

import encodings
import importlib
import json
import os
import pkgutil
import resource
import signal
import sys
from contextlib import suppress
from pathlib import Path

import pypdf

from index.reading import feeds, files
from index.types import Item, RefusedArticle
from index.web.sandbox import ADDRESSES, FEED, IDLE_SECONDS, ITEMS

_GRACE_SECONDS = 5.0  # for whoever waits to end it first, and say why
_SHORT_PAGE = b"<html><body><div><p>A short page.</p></div></body></html>"  # tries everything
_SHORT_FEED = b"<rss version='2.0'><channel><item><title>a</title></item></channel></rss>"


def main() -> None:
    """Read documents until whoever asks closes the input, or ends."""
    seconds, most_memory = float(sys.argv[1]), int(sys.argv[2])
    out = os.dup(1)
    os.dup2(2, 1)  # what a library prints is no answer
    _load()
    _limit(most_memory)
    os.write(out, b"\n")  # it is ready
    while True:
        signal.setitimer(signal.ITIMER_REAL, IDLE_SECONDS)  # its signal ends the process
        if not (line := sys.stdin.buffer.readline()):
            return
        asked = json.loads(line)
        data = sys.stdin.buffer.read(asked["size"])
        signal.setitimer(signal.ITIMER_REAL, seconds + _GRACE_SECONDS)
        answer = memoryview(_answer(data, asked) + b"\n")
        while answer:
            answer = answer[os.write(out, answer) :]


def _answer(data: bytes, asked: dict[str, str]) -> bytes:
    match asked["what"]:
        case "feed":
            return FEED.dump_json(feeds.read_feed(data, asked["name"], feeds.MAX_ENTRIES))
        case "feeds_of_page":
            return ADDRESSES.dump_json(feeds.feeds_of_page(data, asked["name"]))
    return ITEMS.dump_json(_read(data, asked))


def _read(data: bytes, asked: dict[str, str]) -> list[Item]:
    try:
        return list(
            files.read_bytes(
                data,
                asked["name"],
                None,
                max_bytes=int(asked["max_bytes"]),
                charset=asked["charset"],
            )
        )
    except (MemoryError, RecursionError):
        return [RefusedArticle(asked["name"], "takes too much memory to read")]


def _load() -> None:
    """Load what is otherwise loaded late: Python's encodings, pypdf's parts, lists of words."""
    for package in (encodings, pypdf):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            with suppress(ImportError):  # those of another system, or for an extra
                importlib.import_module(module.name)
    for name in ("page.html", "page.pdf"):
        list(files.read_bytes(_SHORT_PAGE, name, None))
    for data in (_SHORT_FEED, _SHORT_PAGE):
        feeds.read_feed(data)
    feeds.feeds_of_page(_SHORT_PAGE, "")


def _limit(memory: int) -> None:
    with suppress(OSError):  # where memory is short, this process is the one to end
        Path("/proc/self/oom_score_adj").write_text("1000")
    for limit, value in (
        (resource.RLIMIT_DATA, memory),
        (resource.RLIMIT_NOFILE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))


if __name__ == "__main__":
    main()
