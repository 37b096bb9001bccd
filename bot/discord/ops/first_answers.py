"""First answers whose failure is known at once, so that they can be repeated in time.

discord.py repeats a request after one and then three seconds, and Discord waits for three in all.
"""

from functools import partial
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

import aiohttp
from discord.http import Route
from discord.webhook.async_ import AsyncWebhookAdapter, async_context


async def refuse_errors(response: aiohttp.ClientResponse) -> None:
    """Raise ClientResponseError for an error of the server's."""
    if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        response.raise_for_status()


class Adapter(AsyncWebhookAdapter):
    """discord.py's requests to webhooks, without its waits where an interaction waits."""

    async def request(self, route: Route, session: Any, **more: Any) -> Any:
        """Send a request."""
        if route.path.endswith("/callback"):
            send = partial(session.request, raise_for_status=refuse_errors)
            session = SimpleNamespace(request=send)  # all that is asked of it
        return await super().request(route, session, **more)


def answer_first_at_once() -> None:
    """Make discord.py use this class in the tasks that begin here, for which it has no setting."""
    async_context.set(Adapter())  # type: ignore[no-untyped-call]
