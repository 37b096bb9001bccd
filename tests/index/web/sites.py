"""A site on loopback, and a network whose names lead where the test says."""

import gzip
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from index.web.fetch import Fetcher

PUBLIC = "93.184.215.14"
Answer = tuple[int, Mapping[str, str], bytes] | Callable[[BaseHTTPRequestHandler], None]

PROSE = "Floods swept the city of Derna on Monday, and two dams broke above it in the night. " * 8


def page(text: str = PROSE, head: str = "", kind: str = "text/html; charset=utf-8") -> Answer:
    html = f"<html><head><title>Derna floods</title>{head}</head><body><article><h1>Derna floods"
    html += f"</h1><p>{text}</p></article></body></html>"
    return 200, {"Content-Type": kind}, html.encode()


def packed(data: bytes, encoding: str = "gzip") -> Answer:
    return 200, {"Content-Type": "text/html", "Content-Encoding": encoding}, gzip.compress(data)


def redirect(to: str, status: int = 302) -> Answer:
    return status, {"Location": to}, b""


class Site:
    """A server with answers by path, which notes what it is asked."""

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self.answers = dict(answers)
        self.asked: list[tuple[str, dict[str, str]]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append((self.path, dict(self.headers.items())))
                answer = site.answers.get(self.path, (404, {}, b""))
                try:
                    if callable(answer):
                        answer(self)
                        return
                    status, headers, body = answer
                    self.send_response_only(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:  # whoever asked has had enough
                    self.close_connection = True

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_port
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.host}"

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]

    def fetcher(self, **options: Any) -> Fetcher:
        return Fetcher(frozenset({self.host}), **{"pause": 0.0, "timeout": 5.0, **options})


@contextmanager
def site(answers: Mapping[str, Answer]) -> Iterator[Site]:
    made = Site(answers)
    thread = threading.Thread(target=made.server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield made
    finally:
        made.server.shutdown()
        thread.join()
        made.server.server_close()


class Network:
    """Names with the addresses of each look-up in turn, and all connections that are made.

    Nothing leaves the machine: the public address leads to a site on loopback.
    """

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.names: dict[str, list[list[str]]] = {"news.example": [[PUBLIC]]}
        self.connected: list[str] = []
        self.port: int | None = None
        self._resolve, self._connect = socket.getaddrinfo, socket.create_connection
        patch.setattr(socket, "getaddrinfo", self.resolve)
        patch.setattr(socket, "create_connection", self.connect)

    def resolve(self, host: str, port: int, **options: Any) -> list[Any]:
        if answers := self.names.get(host):
            now = answers.pop(0) if len(answers) > 1 else answers[0]
            return [found for address in now for found in self.resolve(address, port)]
        flags, kind = socket.AI_NUMERICHOST, socket.SOCK_STREAM
        return self._resolve(host, port, flags=flags, type=kind)

    def connect(self, address: tuple[str, int], *_: Any, **__: Any) -> socket.socket:
        self.connected.append(address[0])
        if address[0] != PUBLIC or self.port is None:
            raise ConnectionRefusedError(111, "Connection refused")
        real = socket.socket()
        real.connect(("127.0.0.1", self.port))
        return real
