"""Connections to addresses that were checked, which end at a deadline and after so many bytes."""

import socket
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

import httpcore2

from index.errors import FetchError
from index.web.addresses import is_metadata, is_public

_HEADERS = 200_000  # bytes that may come beside the body: headers, and the frames of its chunks
_MAX_ADDRESSES = 4  # of one host that are tried


@dataclass(slots=True)
class CheckedBackend(httpcore2.NetworkBackend):
    """Connects to a host by an address that may be connected to; raises FetchError if one may not.

    A host that is ``allowed`` may have a private address, but that of a metadata service only
    where the link names the address itself. ``deadline`` is by the monotonic clock, in seconds.
    """

    allowed: bool
    deadline: float
    max_bytes: int
    received: int = field(default=0, init=False)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """Look a host up once, check all its addresses and connect to one of these."""
        del timeout, local_address
        addresses = _resolved(host, port)
        if not all(self._may_connect(address, host) for address in addresses):
            raise FetchError("leads to an address that is not public")
        refused: Exception | None = None
        for address in addresses[:_MAX_ADDRESSES]:
            left = self.left()
            try:
                stream = httpcore2.SyncBackend().connect_tcp(
                    address, port, left / 2, socket_options=socket_options
                )
                return _LimitedStream(stream, self)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                refused = error
        raise refused or FetchError("has a host without an address")

    def _may_connect(self, address: str, host: str) -> bool:
        parsed = ip_address(address.partition("%")[0])  # without its zone
        if not self.allowed:
            return is_public(parsed)
        return address == host or not is_metadata(parsed)

    def left(self) -> float:
        """Return how many seconds are left; raise a time-out if none are."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout
        return left

    def count(self, data: bytes) -> bytes:
        """Count what came, and raise FetchError if it is too much."""
        self.received += len(data)
        if self.received > self.max_bytes + _HEADERS:
            raise too_large(self.max_bytes)
        return data


class _LimitedStream(httpcore2.NetworkStream):
    """A stream within the limits of its backend."""

    def __init__(self, stream: httpcore2.NetworkStream, limits: CheckedBackend) -> None:
        self._stream, self._limits = stream, limits

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        del timeout
        return self._limits.count(self._stream.read(max_bytes, self._limits.left()))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        del timeout
        self._stream.write(buffer, self._limits.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        del timeout
        secure = self._stream.start_tls(ssl_context, server_hostname, self._limits.left())
        return _LimitedStream(secure, self._limits)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def too_large(max_bytes: int) -> FetchError:
    """Say how large a page may be."""
    return FetchError(f"is over {max_bytes / 1e6:g} MB")


def _resolved(host: str, port: int) -> list[str]:
    """Return the addresses of a host, whatever its spelling, as the system understands it."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        later = isinstance(error, OSError) and error.errno == socket.EAI_AGAIN
        raise FetchError(f"has an unknown host ({host[:80]})", later=later) from error
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
