"""The connection for events is lost: still one answer."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from discord.gateway import KeepAliveHandler

from tests.bot.discord.running import (
    Running,
    by_command,
    by_mention,
    driven,
    one,
    running,
    settled,
    soon,
    until_asked,
    visible,
    with_text,
)
from tests.discord_standin.server import StandIn
from tests.discord_standin.trouble import broken

pytestmark = pytest.mark.usefixtures("quick")


async def dropped(run: Running) -> None:
    run.discord.gateway_end.drop()


async def refused(run: Running) -> None:
    run.discord.faults.append(broken("GET", "/gateway", times=6))
    run.discord.gateway_end.drop()
    await asyncio.sleep(0.1)


async def reconnected(run: Running) -> None:
    await run.discord.gateway_end.reconnect()


async def invalid(run: Running) -> None:
    await run.discord.gateway_end.invalidate()


async def invalid_but_resumable(run: Running) -> None:
    await run.discord.gateway_end.invalidate(resumable=True)


async def ended(run: Running) -> None:
    await run.discord.hang_up(4009)  # timed out


CONNECTIONS = [dropped, refused, reconnected, invalid, invalid_but_resumable, ended]


@pytest.mark.parametrize("happens", CONNECTIONS)
@pytest.mark.parametrize("ask", [by_command, by_mention])
@driven
async def test_what_is_being_answered_survives_the_connection(
    run: Running,
    happens: Callable[[Running], Awaitable[None]],
    ask: Callable[[Running], Awaitable[None]],
) -> None:
    run.corpus.asking.clear()
    await ask(run)
    await until_asked(run)
    await happens(run)
    await asyncio.sleep(0.05)
    run.corpus.asking.set()
    await settled(run, lambda: with_text(run, "## Washington"))
    one(run, "## Washington")
    # And it is connected again, or soon is.
    await asyncio.sleep(0.15)
    again = await run.discord.ask("in York")
    assert "## York" in again.text
    assert len(visible(run)) == 2


def test_missed_heartbeats_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beat = KeepAliveHandler.run

    def impatient(self: KeepAliveHandler) -> None:
        self.heartbeat_timeout = 0.25  # discord.py waits a minute
        beat(self)

    monkeypatch.setattr(KeepAliveHandler, "run", impatient)

    async def test() -> None:
        async with StandIn(heartbeat=0.1) as discord, running(tmp_path, discord) as run:
            await discord.ask("in Washington")
            discord.gateway_end.deaf = True
            await soon(lambda: discord.resumed or len(discord.identified) > 1)
            discord.gateway_end.deaf = False
            assert "## York" in (await discord.ask("in York")).text
            assert len(visible(run)) == 2

    asyncio.run(test())
