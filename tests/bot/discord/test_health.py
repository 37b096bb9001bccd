"""Health, readiness and metrics: of a bot that is stood in for, and of the whole program."""

import asyncio
import re
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import discord
import pytest
from aiohttp import web

from bot.discord.ops.health import Health, HealthPortError, models_problem, serving
from bot.discord.ops.metrics import Metrics
from index import Home
from tests.bot.discord.running import samples_of
from tests.bot.discord.test_process import POINTED, environment
from tests.conftest import Program
from tests.discord_standin.server import TOKEN, StandIn
from tests.discord_standin.world import PATIENCE


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


class FakeBot:
    """A client as far as its health goes."""

    def __init__(self) -> None:
        self.guilds = [1, 2]
        self.latency = 0.05
        self.ready, self.closed = True, False
        self.open = {0: True, 1: True, 2: True}

    @property
    def shards(self) -> dict[int, Any]:
        return {n: SimpleNamespace(is_closed=lambda n=n: not self.open[n]) for n in self.open}

    def is_ready(self) -> bool:
        return self.ready

    def is_closed(self) -> bool:
        return self.closed

    def as_client(self) -> discord.AutoShardedClient:
        return cast("discord.AutoShardedClient", self)


class Pages:
    """What is served of a bot's health."""

    def __init__(self, health: Health, port: int, client: aiohttp.ClientSession) -> None:
        self.health, self.port, self.client = health, port, client

    async def get(self, path: str) -> tuple[int, str]:
        async with self.client.get(f"http://127.0.0.1:{self.port}{path}") as reply:
            return reply.status, await reply.text()

    async def samples(self) -> dict[str, float]:
        """The metrics by name and labels."""
        _, text = await self.get("/metrics")
        return samples_of(text)


@asynccontextmanager
async def pages(bot: FakeBot, models: Any = lambda: None) -> AsyncIterator[Pages]:
    health, port = Health(bot.as_client(), Metrics(), models), free_port()
    async with serving(health, port), aiohttp.ClientSession() as client:
        yield Pages(health, port, client)


# -- health and readiness ------------------------------------------------------------------------


def test_a_bot_that_is_well() -> None:
    async def test() -> None:
        async with pages(FakeBot()) as served:
            assert await served.get("/healthz") == (200, "ok\n")
            assert await served.get("/readyz") == (200, "ok\n")
            assert (await served.get("/"))[0] == 404

    asyncio.run(test())


def test_why_it_is_not_ready_is_said_in_a_line() -> None:
    async def test() -> None:
        bot = FakeBot()
        async with pages(bot) as served:
            bot.ready = False
            assert await served.get("/readyz") == (503, "not connected to Discord yet\n")
            bot.closed = True
            assert await served.get("/readyz") == (503, "the bot is stopping\n")
            assert (await served.get("/healthz"))[0] == 200

    asyncio.run(test())


def test_all_shards_must_be_connected() -> None:
    async def test() -> None:
        bot = FakeBot()
        async with pages(bot) as served:
            assert await served.get("/readyz") == (200, "ok\n")
            bot.open |= {1: False, 2: False}
            assert await served.get("/readyz") == (
                503,
                "not connected to Discord with shard 1, 2\n",
            )

    asyncio.run(test())


def test_models_are_looked_at_until_they_are_well() -> None:
    found = iter(["the model is damaged", "it still is", None])

    async def test() -> None:
        async with pages(FakeBot(), lambda: next(found)) as served:
            assert await served.get("/readyz") == (503, "the model is damaged\n")
            assert await served.get("/readyz") == (503, "it still is\n")
            for _ in range(2):
                assert await served.get("/readyz") == (200, "ok\n")

    asyncio.run(test())


def test_what_is_wrong_with_models(own_home: Path, other_model: Path, tmp_path: Path) -> None:
    assert models_problem(Home(tmp_path / "empty")) is None
    assert models_problem(Home(own_home)) is None
    (other_model / "model.bin").write_bytes(b"short")
    damaged = "the model other is damaged; run: dateline doctor"
    assert models_problem(Home(own_home)) == damaged
    (other_model / "manifest.json").write_text("{}")
    assert str(other_model / "manifest.json") in (models_problem(Home(own_home)) or "")


def test_without_a_port_nothing_is_served() -> None:
    async def test() -> None:
        before = len(asyncio.all_tasks())
        async with serving(Health(FakeBot().as_client(), Metrics(), lambda: None), None):
            assert len(asyncio.all_tasks()) == before

    asyncio.run(test())


def test_only_this_machine_is_served() -> None:
    async def test() -> None:
        async with pages(FakeBot()) as served:
            with socket.socket() as other:
                assert other.connect_ex(("127.0.0.2", served.port)) != 0
                assert other.connect_ex(("127.0.0.1", served.port)) == 0

    asyncio.run(test())


def test_a_port_that_is_taken_is_said_in_a_sentence() -> None:
    async def test() -> None:
        async with pages(FakeBot()) as served:
            again = serving(served.health, served.port)
            with pytest.raises(HealthPortError) as raised:
                await again.__aenter__()
            assert str(raised.value) == (
                f"port {served.port} of this machine is taken; "
                "choose another with DATELINE_HEALTH_PORT"
            )

    asyncio.run(test())


def test_an_open_connection_does_not_keep_it_from_stopping() -> None:
    async def test() -> float:
        async with pages(FakeBot()) as served:
            _, writer = await asyncio.open_connection("127.0.0.1", served.port)
            writer.write(b"GET /healthz HTTP/1.1\r\n")
            await writer.drain()
            await served.get("/healthz")
            begun = time.monotonic()
        writer.close()
        return time.monotonic() - begun

    assert asyncio.run(test()) < 30  # aiohttp would wait a minute


# -- metrics -------------------------------------------------------------------------------------


def test_what_is_counted() -> None:
    async def test() -> None:
        bot = FakeBot()
        async with pages(bot) as served:
            metrics = served.health.metrics
            metrics.answered("ask", "answered", 0.35)
            metrics.answered("ask", "answered", 20)
            metrics.answered("manage add", "refused", 1)
            metrics.responses.labels("ask").observe(0.01)
            metrics.unread.labels("GUILD_CREATE").inc()
            for gauge in (metrics.waiting, metrics.running, metrics.writing, metrics.running):
                gauge.inc()
            found = await served.samples()
            assert found["dateline_interactions_total['answered', 'ask']"] == 2
            assert found["dateline_interactions_total['manage add', 'refused']"] == 1
            assert found["dateline_answer_seconds_bucket['0.3', 'ask']"] == 0
            assert found["dateline_answer_seconds_bucket['0.4', 'ask']"] == 1
            assert found["dateline_answer_seconds_sum['ask']"] == 20.35
            assert found["dateline_first_response_seconds_count['ask']"] == 1
            assert found["dateline_gateway_events_unread_total['GUILD_CREATE']"] == 1
            assert found["dateline_questions_waiting[]"] == 1
            assert found["dateline_questions_running[]"] == 2
            assert found["dateline_writes_running[]"] == 1
            assert found["dateline_guilds[]"] == 2
            assert found["dateline_gateway_latency_seconds[]"] == 0.05
            assert found["process_resident_memory_bytes[]"] > 10_000_000
            assert found["process_open_fds[]"] > 3
            bot.guilds, bot.latency = [], float("nan")
            later = await served.samples()
            assert later["dateline_guilds[]"] == 0
            assert not [name for name in later if "_created" in name]

    asyncio.run(test())


def test_each_bot_counts_for_itself() -> None:
    one, other = Metrics(), Metrics()
    one.answered("ask", "failed", 1)
    assert "dateline_interactions_total['ask', 'failed']" in samples_of(one.text().decode())
    assert "dateline_interactions_total['ask', 'failed']" not in samples_of(other.text().decode())


def test_a_blocked_event_loop_shows() -> None:
    async def test() -> None:
        async with pages(FakeBot()) as served:
            await asyncio.sleep(0.1)
            time.sleep(0.5)  # noqa: ASYNC251 - what is measured
            await asyncio.sleep(0.05)
            found = await served.samples()
        assert found["dateline_event_loop_lag_seconds_sum[]"] > 0.2
        assert found["dateline_event_loop_lag_seconds_count[]"] >= 1

    asyncio.run(test())


def test_what_discord_refuses_is_counted_by_status() -> None:
    async def test() -> None:
        async def refuse(request: web.Request) -> web.Response:
            return web.Response(status=int(request.match_info["status"]))

        app = web.Application()
        app.add_routes([web.get("/{status}", refuse)])
        runner, port, metrics = web.AppRunner(app), free_port(), Metrics()
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        async with aiohttp.ClientSession(trace_configs=[metrics.http_trace()]) as client:
            for status in (200, 404, 429, 429):
                async with client.get(f"http://127.0.0.1:{port}/{status}"):
                    pass
            await runner.cleanup()
            with pytest.raises(aiohttp.ClientError):
                await client.get(f"http://127.0.0.1:{port}/200")
        found = samples_of(metrics.text().decode())
        counted = {n: v for n, v in found.items() if n.startswith("dateline_discord_http")}
        assert counted == {
            "dateline_discord_http_errors_total['404']": 1,
            "dateline_discord_http_errors_total['429']": 2,
            "dateline_discord_http_errors_total['none']": 1,
        }

    asyncio.run(test())


# -- the whole program ---------------------------------------------------------------------------


def test_a_port_outside_the_range_is_no_setting(empty: Program) -> None:
    for port in ("0", "65536", "x"):
        done = empty.apart("discord", DATELINE_HEALTH_PORT=port, DISCORD_TOKEN=TOKEN)
        assert done.returncode == 1
        assert done.stderr.startswith(f"error: DATELINE_HEALTH_PORT is '{port}' and should be")


def test_a_taken_port_ends_the_program_with_a_sentence(empty: Program) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = empty.apart("discord", DATELINE_HEALTH_PORT=port, DISCORD_TOKEN=TOKEN)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        f"error: port {port} of this machine is taken; choose another with DATELINE_HEALTH_PORT"
    )


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_the_program_tells_how_it_is_until_it_is_stopped(tmp_path: Path, sent: int) -> None:
    async def until(port: int, path: str, status: int) -> str:
        async with aiohttp.ClientSession() as client:
            for _ in range(int(PATIENCE / 0.05)):
                try:
                    async with client.get(f"http://127.0.0.1:{port}{path}") as reply:
                        if reply.status == status:
                            return await reply.text()
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.05)
        raise AssertionError(f"{path} never gave {status}")

    async def test() -> tuple[str, str, int | None]:
        port = free_port()
        async with StandIn() as standin:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                POINTED,
                standin.api,
                str(standin.gateway),
                str(tmp_path),
                stderr=asyncio.subprocess.PIPE,
                cwd=tmp_path,
                env=environment(
                    DISCORD_TOKEN=TOKEN, DATELINE_HEALTH_PORT=str(port), DATELINE_LOG_FORMAT="json"
                ),
            )
            try:
                assert await until(port, "/readyz", 200) == "ok\n"
                metrics = await until(port, "/metrics", 200)
                process.send_signal(sent)
                _, log = await asyncio.wait_for(process.communicate(), PATIENCE)
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
            return metrics, log.decode(), process.returncode

    metrics, log, status = asyncio.run(test())
    assert status == 0, log
    assert samples_of(metrics)["dateline_guilds[]"] >= 1
    assert TOKEN not in log
    for line in log.splitlines():
        assert re.match(r'\{"time": "20[^"]+\+00:00", "level": "', line), line


def test_what_only_the_bot_needs_is_not_loaded_by_others(examples: Program) -> None:
    code = (
        "import sys; sys.argv = ['dateline', 'ask', 'where did Blinken meet Han Zheng'];"
        "import bot.cli.main, os; os._exit = lambda status: None; bot.cli.main.main();"
        "print(sorted({'aiohttp', 'prometheus_client', 'discord', 'yaml'} & set(sys.modules)))"
    )
    done = examples.python(code)
    assert done.startswith("New York ")
    assert done.splitlines()[-1] == "[]"
