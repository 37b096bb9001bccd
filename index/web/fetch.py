"""Bytes of the web, fetched with care: links come from strangers, and sites are other people's.

What is connected to is an address that was checked itself, so that no name can lead elsewhere the
second time it is looked up. Every redirect is checked anew. What comes is limited in bytes, packed
and unpacked, and in time.
"""

import re
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import cached_property
from importlib.metadata import version

import httpcore2
import httpx2
from protego import Protego

from index.errors import FetchError
from index.reading.accept import MAX_URL_CHARS
from index.reading.feeds import FEED_TYPES
from index.web.connection import CheckedBackend
from index.web.unpack import unpacked

TYPES = FEED_TYPES | {
    "text/html", "application/xhtml+xml", "text/plain", "text/markdown", "text/xml",
    "application/xml", "application/json", "application/pdf",
}  # fmt: skip

_AGENT = "Dateline"
_PORTS = frozenset([80, 443, 8080, 8443])
_MAX_REDIRECTS = 5
_MAX_ROBOTS = 500_000
_ROBOTS_SECONDS = 24 * 3600.0
_MAX_CRAWL_DELAY = 30.0
_MAX_HOSTS = 1_000
_KINDS = {"video": "a video", "audio": "a recording", "image": "an image", "font": "a font"}
_REFUSALS = {
    401: "asks for a sign-in (401)",
    402: "asks to be paid for (402)",
    403: "is refused to programs such as this (403)",
    404: "is not there (404)",
    410: "is no longer there (410)",
    429: "is asked for too often (429); try again later",
    451: "is withheld for legal reasons (451)",
}
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]{2,40})""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a web address holds; ``body`` is empty where it is ``not_modified``."""

    url: str  # after redirects
    not_modified: bool
    content_type: str  # in lower case, without parameters; empty where the server names none
    charset: str | None
    body: bytes
    etag: str | None
    last_modified: str | None


@dataclass(slots=True)
class _Host:
    """A host as this process knows it; whoever holds the lock may ask it something."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    free_at: float = 0.0  # by the monotonic clock
    rules: dict[str, tuple[float, Protego]] = field(default_factory=dict)  # by origin


class Fetcher:
    """Fetches from the web, politely; may be used from several threads, leaves nothing open.

    A host gets one request at a time, with a ``pause`` in seconds between two, or as long as its
    robots.txt asks, up to 30 s. ``allowed_hosts`` are names, or names with a port, that may have
    a private address or another port. ``timeout`` is for one fetch with its redirects, without
    such pauses, in seconds. ``contact`` tells sites how to reach whoever runs this.
    """

    def __init__(
        self,
        allowed_hosts: frozenset[str] = frozenset(),
        *,
        max_bytes: int = 20_000_000,
        timeout: float = 30.0,
        pause: float = 1.0,
        contact: str | None = None,
    ) -> None:
        self._allowed = frozenset(host.lower().rstrip(".") for host in allowed_hosts)
        self._max_bytes, self._timeout, self._pause = max_bytes, timeout, pause
        self._user_agent = f"{_AGENT}/{version('dateline')}" + (f" (+{contact})" if contact else "")
        self._hosts: dict[str, _Host] = {}
        self._lock = threading.Lock()

    def get(
        self,
        url: str,
        *,
        accept: frozenset[str] | None = None,
        etag: str | None = None,
        last_modified: str | None = None,
    ) -> Fetched:
        """Return what an address holds, unless it is as ``etag`` or ``last_modified`` say.

        ``accept`` are the content types to take; raises FetchError.
        """
        headers = {
            "If-None-Match": etag,
            "If-Modified-Since": last_modified,
            "Accept": ", ".join(sorted(accept or TYPES)) + ", */*;q=0.1",
        }
        given = {name: value for name, value in headers.items() if value}
        parsed = _parsed(url)
        # A stranger's page may not lead into the owner's own network.
        return self._follow(parsed, given, accept or TYPES, trusted=self._is_allowed(parsed))

    def _follow(
        self,
        url: httpx2.URL,
        headers: dict[str, str],
        accept: frozenset[str] | None,
        *,
        trusted: bool,
    ) -> Fetched:
        """Fetch through redirects. Only robots.txt itself is fetched with None to ``accept``."""
        left = self._timeout
        before: _Host | None = None
        for _ in range(_MAX_REDIRECTS + 1):
            allowed = trusted and self._is_allowed(url)
            _check(url, allowed=allowed)
            host = self._host(url.host)
            turn = self._turn(host, url, trusted=trusted, waits=host is not before)
            with turn if accept else nullcontext():
                began = time.monotonic()
                answer = self._send(url, headers, accept, left, allowed=allowed)
            before = host
            if isinstance(answer, Fetched):
                return answer
            left -= time.monotonic() - began
            if url.scheme == "https" and answer.scheme == "http":
                raise FetchError("leads from a secure address to one that is not (http)")
            url = answer
        raise FetchError(f"is redirected more than {_MAX_REDIRECTS} times")

    def _host(self, name: str) -> _Host:
        with self._lock:
            if len(self._hosts) > _MAX_HOSTS:
                now = time.monotonic()
                idle = [
                    n for n, h in self._hosts.items() if h.free_at < now and not h.lock.locked()
                ]
                for known in idle:
                    del self._hosts[known]
            return self._hosts.setdefault(name.rstrip("."), _Host())

    @contextmanager
    def _turn(self, host: _Host, url: httpx2.URL, *, trusted: bool, waits: bool) -> Iterator[None]:
        """Have a host to oneself, after its pause, if its robots.txt allows the address."""
        with host.lock:
            rules = self._rules(host, url, trusted=trusted)
            if not rules.can_fetch(str(url), _AGENT):
                raise FetchError("is not for programs: the site's robots.txt does not allow it")
            if waits and (wait := host.free_at - time.monotonic()) > 0:
                time.sleep(wait)
            try:
                yield
            finally:
                delay = min(rules.crawl_delay(_AGENT) or 0.0, _MAX_CRAWL_DELAY)
                host.free_at = time.monotonic() + max(self._pause, delay)

    def _rules(self, host: _Host, url: httpx2.URL, *, trusted: bool) -> Protego:
        """Return what a site's robots.txt says; all is allowed where it has none."""
        at = url.copy_with(raw_path=b"/robots.txt", fragment=None)
        key, now = str(at), time.monotonic()
        since, rules = host.rules.get(key, (-_ROBOTS_SECONDS, None))
        if rules is None or now - since > _ROBOTS_SECONDS:
            text = ""
            try:
                text = self._follow(at, {}, None, trusted=trusted).body.decode(errors="replace")
            except FetchError as error:
                if error.later and error.status:
                    why = f"cannot be fetched now: the site's robots.txt {error}"
                    raise FetchError(why, later=True, retry_after=error.retry_after) from error
                if error.later:
                    raise
            rules = Protego.parse(text)
            host.rules[key] = now, rules
        return rules

    def _send(
        self,
        url: httpx2.URL,
        headers: dict[str, str],
        accept: frozenset[str] | None,
        seconds: float,
        *,
        allowed: bool,
    ) -> Fetched | httpx2.URL:
        """Return what an address holds, or where it redirects to."""
        most = self._max_bytes if accept else min(self._max_bytes, _MAX_ROBOTS)
        deadline = time.monotonic() + seconds
        backend = CheckedBackend(allowed=allowed, deadline=deadline, max_bytes=most)
        target = httpcore2.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        )
        given = {"User-Agent": self._user_agent, "Accept-Encoding": "gzip, deflate", **headers}
        sent = [
            (name.encode(), value.encode("latin-1", "replace")) for name, value in given.items()
        ]
        try:
            with (
                httpcore2.ConnectionPool(
                    self._certificates if url.scheme == "https" else None, network_backend=backend
                ) as pool,
                pool.stream("GET", target, headers=sent) as response,
            ):
                return _read(url, response, accept, most)
        except httpcore2.TimeoutException as error:
            raise FetchError(f"takes longer than {self._timeout:g} s", later=True) from error
        except httpcore2.NetworkError as error:
            raise FetchError(f"cannot be reached ({_reason(error)})", later=True) from error
        except (httpcore2.ProtocolError, httpcore2.UnsupportedProtocol) as error:
            raise FetchError("is answered in a way that is not HTTP", later=True) from error

    @cached_property
    def _certificates(self) -> ssl.SSLContext:
        """Whom to trust, read when it is first needed: that takes longer than a page does."""
        return httpcore2.default_ssl_context()

    def _is_allowed(self, url: httpx2.URL) -> bool:
        host = url.host.rstrip(".")
        name = f"[{host}]" if ":" in host else host
        port = url.port or (443 if url.scheme == "https" else 80)
        return not self._allowed.isdisjoint((host, name, f"{name}:{port}"))


def _parsed(url: str) -> httpx2.URL:
    try:
        parsed = httpx2.URL(url.strip())
    except (httpx2.InvalidURL, ValueError) as error:
        raise FetchError("is no web address") from error
    if len(url) > MAX_URL_CHARS:
        raise FetchError(f"has an address of over {MAX_URL_CHARS:,} characters")
    return parsed


def _joined(url: httpx2.URL, location: str) -> httpx2.URL:
    try:
        return url.join(_parsed(location))
    except (httpx2.InvalidURL, ValueError, FetchError) as error:
        raise FetchError("is redirected to what is no web address") from error


def _check(url: httpx2.URL, *, allowed: bool) -> None:
    if url.scheme not in ("http", "https"):
        begins = f"begins with {url.scheme[:20]!r}" if url.scheme else "has no http:// before it"
        raise FetchError(f"is no web address: it {begins}")
    if not url.host:
        raise FetchError("is no web address: it names no host")
    if url.userinfo:
        raise FetchError("has a user name in its address; give it without")
    if not allowed and url.port not in _PORTS | {None}:
        raise FetchError(f"is at a port that is not the web's ({url.port})")


def _read(
    url: httpx2.URL, response: httpcore2.Response, accept: frozenset[str] | None, most: int
) -> Fetched | httpx2.URL:
    headers = {
        name.decode("latin-1").lower(): value.decode("latin-1").strip()
        for name, value in response.headers
    }
    status, location = response.status, headers.get("location")
    if status in (301, 302, 303, 307, 308) and location:
        return _joined(url, location)
    if not (200 <= status < 300 or status == 304):
        raise _refusal(status, headers.get("retry-after"))
    written = headers.get("content-type", "")
    content_type = written.partition(";")[0].strip().lower()
    charset = _CHARSET.search(written)
    body = b""
    if status != 304:
        if accept and content_type and content_type not in accept:
            kind = _KINDS.get(content_type.partition("/")[0], "no article")
            raise FetchError(f"is {kind} ({content_type[:80]})")
        encoding = headers.get("content-encoding", "").lower()
        body = unpacked(response.iter_stream(), encoding, most)
    return Fetched(
        url=str(url.copy_with(fragment=None)),
        not_modified=status == 304,
        content_type=content_type,
        charset=charset[1] if charset else None,
        body=body,
        etag=headers.get("etag"),
        last_modified=headers.get("last-modified"),
    )


def _refusal(status: int, retry_after: str | None) -> FetchError:
    if status >= 500:
        reason = f"has a fault at its site ({status}); try again later"
    else:
        reason = _REFUSALS.get(status, f"is not given out by its site ({status})")
    later = status >= 500 or status in (408, 425, 429)
    return FetchError(
        reason, later=later, retry_after=_seconds(retry_after) if later else None, status=status
    )


def _seconds(retry_after: str | None) -> float | None:
    """Return in how many seconds a server wants to be asked again; it may give a date."""
    try:
        if (given := (retry_after or "").strip()).isdecimal():
            return float(given)
        return max(0.0, parsedate_to_datetime(given).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def _reason(error: Exception) -> str:
    """Return the system's words for what failed, such as "connection refused"."""
    said = re.sub(r"\[[^\]]*\]\s*|\s*\(_ssl\.c:\d+\)", "", str(error)).strip()
    return said[:1].lower() + said[1:120] if said else "the connection was cut"
