"""Fetching: its limits, its manners, and what it says of what it cannot fetch."""

import gzip
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from itertools import chain, repeat

import httpx2
import pytest

from index.errors import FetchError
from index.reading.feeds import FEED_TYPES
from index.web.fetch import Fetcher
from tests.index.web.sites import Answer, packed, page, redirect, site

FEW = {"max_bytes": 100_000, "timeout": 2.0}
SOON = {"timeout": 0.2}
HTML = "Content-Type: text/html\r\n"
TOO_LARGE, NOT_HTTP = "is over 0.1 MB", "is answered in a way that is not HTTP"


def raw(*pieces: bytes, endless: bytes = b"", pause: float = 0.0) -> Answer:
    """Bytes as they are, and then others without end, with a pause after each."""

    def answer(to: BaseHTTPRequestHandler) -> None:
        for piece in chain(pieces, repeat(endless) if endless else ()):
            to.wfile.write(piece)
            to.wfile.flush()
            time.sleep(pause)

    return answer


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def encoded(encoding: str, body: bytes) -> Answer:
    return 200, {"Content-Type": "text/html", "Content-Encoding": encoding}, body


OK = f"HTTP/1.1 200 OK\r\n{HTML}".encode()
BOMB = bytes(20_000_000)
HOSTILE: dict[str, tuple[dict[str, float], Answer, str]] = {
    "large": (FEW, page("x" * 200_000), TOO_LARGE),
    "endless": (FEW, raw(OK + b"\r\n", endless=b"x" * 50_000), TOO_LARGE),
    "endless chunks": (
        FEW,
        raw(
            OK + b"Transfer-Encoding: chunked\r\n\r\n",
            endless=b"2710\r\n" + b"x" * 10_000 + b"\r\n",
        ),
        TOO_LARGE,
    ),
    "tiny chunks": (
        FEW,
        raw(OK + b"Transfer-Encoding: chunked\r\n\r\n", endless=b"1;aaaaaaaaaaa\r\nx\r\n" * 500),
        TOO_LARGE,
    ),
    "a claimed length": (
        FEW,
        raw(OK + b"Content-Length: 9999999\r\n\r\n", endless=b"x" * 9_999),
        TOO_LARGE,
    ),
    "a gzip bomb": (FEW, packed(BOMB), TOO_LARGE),
    "a deflate bomb": (FEW, encoded("deflate", zlib.compress(BOMB)), TOO_LARGE),
    "a bare deflate bomb": (FEW, encoded("deflate", raw_deflate(BOMB)), TOO_LARGE),
    "a nested bomb": (
        FEW,
        encoded("gzip, gzip", gzip.compress(gzip.compress(BOMB))),
        "is packed in a way that was not asked for (gzip, gzip)",
    ),
    "brotli": (FEW, encoded("br", b"x"), "is packed in a way that was not asked for (br)"),
    "a damaged gzip": (FEW, encoded("gzip", b"\x1f\x8b\x08" + b"x" * 99), "is packed, and damaged"),
    "a cut gzip": (
        FEW,
        encoded("gzip", gzip.compress(b"Hello")[:-9]),
        "ended before it was complete",
    ),
    "a slow body": (SOON, raw(OK + b"\r\n", endless=b"x", pause=0.02), "takes longer than 0.2 s"),
    "slow headers": (SOON, raw(OK, endless=b"A", pause=0.02), "takes longer than 0.2 s"),
    "silence": (SOON, raw(b"", pause=0.5), "takes longer than 0.2 s"),
    "nothing": (FEW, raw(), NOT_HTTP),
    "a flood of headers": (FEW, raw(OK, endless=b"X-Header: yes\r\n" * 500), NOT_HTTP),
    "a long header": (FEW, raw(OK + b"X-Long: ", endless=b"x" * 9_999), NOT_HTTP),
    "interim answers": (FEW, raw(endless=b"HTTP/1.1 103 Early Hints\r\n\r\n" * 500), TOO_LARGE),
    "no HTTP": (FEW, raw(b"220 mail.example ESMTP\r\n"), NOT_HTTP),
    "two lengths": (FEW, raw(OK + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"), NOT_HTTP),
    "a video": (FEW, page(kind="video/mp4"), "is a video (video/mp4)"),
    "a recording": (FEW, page(kind="audio/mpeg"), "is a recording (audio/mpeg)"),
    "an image": (FEW, page(kind="image/svg+xml"), "is an image (image/svg+xml)"),
    "an archive": (FEW, page(kind="Application/ZIP; x=y"), "is no article (application/zip)"),
    "a script": (FEW, page(kind="text/javascript"), "is no article (text/javascript)"),
    "a loop": (FEW, redirect("/hostile"), "is redirected more than 5 times"),
    "no place": (FEW, redirect("http://[::1"), "is redirected to what is no web address"),
    "a file": (FEW, redirect("file:///etc/passwd"), "is no web address: it begins with 'file'"),
    "a sign-in": (FEW, (401, {}, b""), "asks for a sign-in (401)"),
    "a price": (FEW, (402, {}, b""), "asks to be paid for (402)"),
    "forbidden": (FEW, (403, {}, b""), "is refused to programs such as this (403)"),
    "gone": (FEW, (410, {}, b""), "is no longer there (410)"),
    "no place given": (FEW, (302, {}, b""), "is not given out by its site (302)"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_refused_and_why(name: str) -> None:
    options, answer, why = HOSTILE[name]
    with site({"/hostile": answer}) as hostile:
        began = time.monotonic()
        with pytest.raises(FetchError) as refused:
            hostile.fetcher(**options).get(f"{hostile.url}/hostile")
        assert str(refused.value) == why
        assert time.monotonic() - began < 5


def test_a_bomb_is_stopped_before_it_is_unpacked() -> None:
    bomb = packed(bytes(50_000_000))
    with site({"/": bomb}) as hostile:
        fetcher = hostile.fetcher(max_bytes=100_000)
        tracemalloc.start()
        with pytest.raises(FetchError, match=r"is over 0\.1 MB"):
            fetcher.get(hostile.url)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 2_000_000


@pytest.mark.parametrize("pack", [zlib.compress, raw_deflate])
def test_packed_pages_are_unpacked(pack: Callable[[bytes], bytes]) -> None:
    text = b"<p>Floods swept Derna." * 999
    answers = {"/gzip": packed(text), "/deflate": encoded("deflate", pack(text))}
    with site(answers) as public:
        for path in answers:
            assert public.fetcher().get(public.url + path).body == text


@pytest.mark.parametrize(
    ("status", "wait", "later", "seconds"),
    [
        (404, "9", False, None),
        (429, "120", True, 120.0),
        (429, "soon", True, None),
        (500, None, True, None),
        (503, formatdate(0, usegmt=True), True, 0.0),
    ],
)
def test_whether_to_try_later(
    status: int, wait: str | None, later: bool, seconds: float | None
) -> None:
    with site({"/": (status, {"Retry-After": wait} if wait else {}, b"")}) as public:
        with pytest.raises(FetchError) as refused:
            public.fetcher().get(public.url)
        error = refused.value
        assert (error.status, error.later, error.retry_after) == (status, later, seconds)
    with pytest.raises(FetchError, match="cannot be reached") as refused:
        public.fetcher().get(public.url)  # which is closed now
    assert refused.value.later


def test_redirects_are_followed_and_what_is_unchanged_is_not_sent_again() -> None:
    def conditional(to: BaseHTTPRequestHandler) -> None:
        to.send_response_only(304 if to.headers["If-None-Match"] == '"1"' else 200)
        to.send_header("ETag", '"1"')
        to.send_header("Last-Modified", "Mon, 11 Sep 2023 08:00:00 GMT")
        to.send_header("Content-Type", 'Text/HTML; Charset="ISO-8859-2"')
        to.end_headers()

    answers = {"/old": redirect("../new?a=b#part", 301), "/new?a=b": conditional}
    with site(answers) as public:
        fetcher = public.fetcher(contact="https://example.com/bot")
        first = fetcher.get(f"{public.url}/old#part")
        assert (first.url, first.charset) == (f"{public.url}/new?a=b", "ISO-8859-2")
        assert (first.content_type, first.not_modified) == ("text/html", False)
        again = fetcher.get(first.url, etag=first.etag, last_modified=first.last_modified)
        assert again.not_modified
        _, headers = public.asked[-1]
        assert headers["If-Modified-Since"] == "Mon, 11 Sep 2023 08:00:00 GMT"
        assert headers["User-Agent"].startswith("Dateline/")
        assert headers["User-Agent"].endswith(" (+https://example.com/bot)")
        assert "Cookie" not in headers


def test_only_what_is_asked_for_is_taken() -> None:
    with site({"/": page(), "/feed": page(kind="application/rss+xml")}) as public:
        with pytest.raises(FetchError, match=r"is no article \(text/html\)"):
            public.fetcher().get(public.url, accept=FEED_TYPES)
        feed = public.fetcher().get(f"{public.url}/feed", accept=FEED_TYPES)
        assert feed.content_type == "application/rss+xml"


def test_a_secure_address_does_not_lead_to_one_that_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Fetcher, "_send", lambda *_, **__: httpx2.URL("http://news.example/"))
    with pytest.raises(FetchError, match="leads from a secure address to one that is not"):
        Fetcher(pause=0).get("https://news.example/")


# -- manners ---------------------------------------------------------------------------------------


def robots(text: str) -> Answer:
    return 200, {"Content-Type": "text/plain"}, text.encode()


def test_robots_txt_is_kept_and_asked_for_once() -> None:
    rules = robots("User-agent: *\nDisallow: /private\n\nUser-agent: dateline\nDisallow: /no")
    answers = {"/robots.txt": rules, "/a": page(), "/private": page(), "/no": page()}
    answers["/to"] = redirect("/no")
    with site(answers) as public:
        fetcher = public.fetcher()
        fetcher.get(f"{public.url}/a")
        fetcher.get(f"{public.url}/private")  # whose rule is for others
        for path in ("/no", "/to"):
            with pytest.raises(FetchError, match=r"robots\.txt does not allow it") as refused:
                fetcher.get(public.url + path)
            assert not refused.value.later
        assert public.paths == ["/robots.txt", "/a", "/private", "/to"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_a_site_without_robots_txt_allows_all(status: int) -> None:
    with site({"/robots.txt": (status, {}, b""), "/": page()}) as public:
        assert public.fetcher().get(public.url).body


def test_a_site_whose_robots_txt_has_a_fault_is_asked_later() -> None:
    with site({"/robots.txt": (503, {"Retry-After": "60"}, b""), "/": page()}) as public:
        with pytest.raises(FetchError, match=r"the site's robots\.txt has a fault") as refused:
            public.fetcher().get(public.url)
        assert refused.value.later
        assert refused.value.retry_after == 60
        assert public.paths == ["/robots.txt"]


@pytest.mark.parametrize(
    ("rules", "least", "most"),
    [
        ("", 1.5, 2),
        ("User-agent: *\nCrawl-delay: 9", 8.5, 9),
        ("User-agent: *\nCrawl-delay: 900", 29, 30),
    ],
)
def test_a_host_has_a_pause_between_two_requests(
    monkeypatch: pytest.MonkeyPatch, rules: str, least: float, most: float
) -> None:
    slept: list[float] = []
    with site({"/robots.txt": robots(rules), "/": page(), "/to": redirect("/")}) as public:
        fetcher = public.fetcher(pause=2)
        monkeypatch.setattr(time, "sleep", slept.append)
        fetcher.get(public.url)
        assert slept == []
        fetcher.get(f"{public.url}/to")  # a redirect to the same host follows at once
        (pause,) = slept
        assert least < pause <= most


def test_a_host_gets_one_request_at_a_time() -> None:
    running, most = 0, 0

    def slow(to: BaseHTTPRequestHandler) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        time.sleep(0.02)
        running -= 1
        to.send_response_only(200)
        to.end_headers()

    with site({"/": slow}) as public:
        fetcher = public.fetcher()
        threads = [threading.Thread(target=fetcher.get, args=(public.url,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert public.paths.count("/") == 4
    assert most == 1
