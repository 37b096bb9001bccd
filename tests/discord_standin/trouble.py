"""What goes wrong on Discord's side: rate limits, outages, slow answers, connections cut."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.discord_standin.bodies import answer

Json = Mapping[str, Any]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
# A limit of Discord's own, and not of what stands before it, names who passed it on.
PASSED_ON = {"Via": "1.1 google"}
ALWAYS = 1_000_000


@dataclass
class Fault:
    """Something that happens to requests whose path has ``path`` in it: once, or more often."""

    method: str  # or * for all
    path: str
    status: int = 0  # 0: the answer is as it should be, only later
    body: Json = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    times: int = 1
    seconds: float = ALWAYS  # for how long, from now on
    after: bool = False  # what was asked for is done, but the answer is this
    wait: float = 0.0
    cut: bool = False  # the connection, without an answer
    struck: int = 0
    _made: float = field(default_factory=time.monotonic)

    def strikes(self, request: web.Request) -> bool:
        """Whether this request is one of them; counts it."""
        fits = self.method in {"*", request.method} and self.path in request.path
        if not fits or not self.times or time.monotonic() - self._made > self.seconds:
            return False
        self.times -= 1
        self.struck += 1
        return True

    async def happen(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Do it."""
        await asyncio.sleep(self.wait)
        done = await handler(request) if self.after or not (self.status or self.cut) else None
        if self.cut:
            assert request.transport
            request.transport.abort()
            return answer({})
        if self.status:
            return answer(self.body, status=self.status, headers=self.headers)
        assert done is not None
        return done


def limited(
    method: str, path: str, scope: str = "user", retry_after: float = 0.05, times: int = 1
) -> Fault:
    """Too many requests: of this route (``user``), ``shared`` with others, or ``global``."""
    everywhere = scope == "global"
    body = {"message": "You are being rate limited.", "retry_after": retry_after}
    headers = PASSED_ON | {"Retry-After": f"{retry_after:.3f}", "X-RateLimit-Scope": scope}
    if everywhere:
        headers["X-RateLimit-Global"] = "true"
    else:
        headers |= {
            "X-RateLimit-Limit": "5",
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": f"{time.time() + retry_after:.3f}",
            "X-RateLimit-Reset-After": f"{retry_after:.3f}",
            "X-RateLimit-Bucket": "abcd1234",
        }
    return Fault(method, path, 429, body | {"global": everywhere}, headers, times)


def broken(
    method: str,
    path: str,
    status: int = 503,
    *,
    times: int = 1,
    seconds: float = ALWAYS,
    after: bool = False,
) -> Fault:
    """An outage; ``after``: what was asked for is done all the same."""
    body = {"message": f"{status}: Server Error", "code": 0}
    return Fault(method, path, status, body, times=times, seconds=seconds, after=after)


def slow(method: str, path: str, wait: float, times: int = ALWAYS) -> Fault:
    """Answers that take their time."""
    return Fault(method, path, wait=wait, times=times)


def cut(method: str, path: str, *, times: int = 1, after: bool = False) -> Fault:
    """A connection that ends before its answer."""
    return Fault(method, path, times=times, after=after, cut=True)


class Buckets:
    """Rate limits as Discord has them; a test that wants them puts them in."""

    def __init__(
        self, webhook: tuple[int, float] = (5, 2.0), channel: tuple[int, float] = (5, 5.0)
    ):
        self.limits = {"token": webhook, "channel": channel}
        self.everywhere = 50, 1.0
        self.refused: list[str] = []
        self._taken: dict[tuple[str, ...], list[float]] = {}

    async def pass_through(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer, or refuse; either way with the headers that say what is left."""
        if "/webhooks/" not in request.path and "/interactions/" not in request.path:
            left, reset = self._take(("everywhere",), *self.everywhere)
            if left < 0:
                return self._refuse(request, reset, "global")
        for major, limit in self.limits.items():
            if major in request.match_info and "/callback" not in request.path:
                key = request.method, major, request.match_info[major]
                left, reset = self._take(key, *limit)
                if left < 0:
                    return self._refuse(request, reset, "user")
                response = await handler(request)
                response.headers.update(
                    {
                        "X-RateLimit-Limit": str(limit[0]),
                        "X-RateLimit-Remaining": str(left),
                        "X-RateLimit-Reset": f"{time.time() + reset:.3f}",
                        "X-RateLimit-Reset-After": f"{reset:.3f}",
                        "X-RateLimit-Bucket": f"{request.method}-{major}",
                    }
                )
                return response
        return await handler(request)

    def _take(self, key: tuple[str, ...], most: int, seconds: float) -> tuple[int, float]:
        """How many are left, and when there are more; less than none is too many."""
        now = time.monotonic()
        taken = self._taken[key] = [at for at in self._taken.get(key, []) if now - at < seconds]
        if len(taken) < most:
            taken.append(now)
            return most - len(taken), seconds - (now - taken[0])
        return -1, seconds - (now - taken[0])

    def _refuse(self, request: web.Request, reset: float, scope: str) -> web.Response:
        self.refused.append(f"{request.method} {request.path.split('/')[3]} {scope}")
        fault = limited(request.method, request.path, scope, max(0.01, reset))
        return answer(fault.body, status=429, headers=fault.headers)
