"""First answers whose failure is known at once, so that they can be repeated in time.

discord.py repeats a request after one and then three seconds, and Discord waits for three in all.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import aiohttp
from discord.http import Route
from discord.webhook.async_ import AsyncWebhookAdapter, async_context


@dataclass(frozen=True, slots=True)
class Once:
    """A session whose requests raise ClientResponseError for an error of the server's."""

    session: aiohttp.ClientSession

    def request(self, *args: Any, **more: Any) -> Any:
        """Begin a request."""
        return self.session.request(*args, raise_for_status=refuse_errors, **more)


async def refuse_errors(response: aiohttp.ClientResponse) -> None:
    """Raise ClientResponseError for an error of the server's."""
    if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        response.raise_for_status()


class Adapter(AsyncWebhookAdapter):
    """discord.py's requests to webhooks, without its waits where an interaction waits."""

    async def request(self, route: Route, session: Any, **more: Any) -> Any:
        """Send a request."""
        to: Any = Once(session) if route.path.endswith("/callback") else session
        return await super().request(route, to, **more)


def answer_first_at_once() -> None:
    """Make discord.py use this class in the tasks that begin here, for which it has no setting."""
    async_context.set(Adapter())  # type: ignore[no-untyped-call]
