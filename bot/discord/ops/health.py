"""The bot's health over HTTP, on this machine only: ``/healthz /readyz /metrics``.

Nothing here tells who asks what. To reach it from elsewhere, put a proxy in front.
"""

import asyncio
import contextlib
import errno
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import discord
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from bot.discord.ops.metrics import Metrics
from bot.text import one_line
from index import DatelineError, Home, InputError
from index.models.registry import SHIPPED_READER

HOST = "127.0.0.1"
# A connection that is held open must not keep the bot from stopping.
_LAST_REPLY_SECONDS = 1.0
_SAMPLE_SECONDS = 0.25

Problem = Callable[[], str | None]


class HealthPortError(InputError):
    """The port for health and metrics cannot be used."""


class Health:
    """The health of a running bot; ``models`` blocks and says what is wrong with them."""

    def __init__(self, bot: discord.AutoShardedClient, metrics: Metrics, models: Problem) -> None:
        self.bot, self.metrics = bot, metrics
        self._models = models
        self._models_are_well = False
        metrics.guilds.set_function(lambda: len(bot.guilds))
        metrics.latency.set_function(lambda: bot.latency)

    async def problem(self) -> str | None:
        """Why the bot cannot answer questions now; None if it can."""
        problem = disconnected(self.bot)
        # Reading every file takes a moment; once is enough, as sound models are loaded soon.
        if problem or self._models_are_well:
            return problem
        problem = await asyncio.to_thread(self._models)
        self._models_are_well = problem is None
        return problem

    async def watch_loop(self) -> None:
        """Sample how late the event loop is, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _SAMPLE_SECONDS
            await asyncio.sleep(_SAMPLE_SECONDS)
            self.metrics.lag.observe(max(0.0, loop.time() - due))


def disconnected(bot: discord.AutoShardedClient) -> str | None:
    """Why the bot is not connected to Discord; None if all its shards are."""
    if bot.is_closed():
        return "the bot is stopping"
    if not bot.is_ready():
        return "not connected to Discord yet"
    closed = [str(number) for number, shard in bot.shards.items() if shard.is_closed()]
    return f"not connected to Discord with shard {', '.join(closed)}" if closed else None


def models_problem(home: Home, reader: str = SHIPPED_READER) -> str | None:
    """What is wrong with the models; blocks."""
    from retrieval.reader.model import damaged_files

    try:
        for manifest in home.models.manifests():
            if home.models.damaged_files(manifest.id):
                return f"the model {manifest.name} is damaged; run: dateline doctor"
        if reader == SHIPPED_READER and damaged_files():
            return "the reader is damaged; install Dateline anew"
    except (DatelineError, OSError) as error:
        return one_line(str(error))
    return None


@asynccontextmanager
async def serving(health: Health, port: int | None) -> AsyncIterator[None]:
    """Serve meanwhile, if there is a port; raises HealthPortError if it cannot be used."""
    if port is None:
        yield
        return
    runner = web.AppRunner(
        application(health), access_log=None, shutdown_timeout=_LAST_REPLY_SECONDS
    )
    await runner.setup()
    watching = asyncio.ensure_future(health.watch_loop())
    try:
        await listen(runner, port)
        yield
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
        await runner.cleanup()


async def listen(runner: web.AppRunner, port: int) -> None:
    """Listen on the port."""
    try:
        await web.TCPSite(runner, HOST, port).start()
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        why = "is taken" if taken else f"cannot be used ({os.strerror(error.errno or 0)})"
        raise HealthPortError(
            f"port {port} of this machine {why}; choose another with DATELINE_HEALTH_PORT"
        ) from None


def application(health: Health) -> web.Application:
    """The three pages."""

    async def healthz(_: web.Request) -> web.Response:
        # Reaching this line shows that the event loop runs.
        return web.Response(text="ok\n")

    async def readyz(_: web.Request) -> web.Response:
        problem = await health.problem()
        return web.Response(text=f"{problem or 'ok'}\n", status=503 if problem else 200)

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(
            body=health.metrics.text(), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    app = web.Application()
    app.add_routes(
        [web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", metrics)]
    )
    return app
