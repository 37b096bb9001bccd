"""What a process that fails or is killed leaves behind, and what the next one tells."""

import asyncio
import json
import logging
import subprocess
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.discord.ops.unfinished import tell_unfinished
from bot.discord.service import Service
from bot.discord.store import Store
from index import Home
from tests.bot.discord.running import (
    Running,
    drive,
    driven,
    running,
    soon,
    visible,
)
from tests.bot.discord.test_process import POINTED, environment
from tests.conftest import REPOSITORY
from tests.discord_standin.server import NEWSROOM, TOKEN, StandIn, text_of
from tests.discord_standin.world import MANAGER

pytestmark = pytest.mark.usefixtures("quick")


@driven
async def test_an_event_that_cannot_be_read_is_passed_over_and_counted(
    run: Running, caplog: pytest.LogCaptureFixture
) -> None:
    await run.discord.ask("in Washington")
    wrong = {"id": "1", "type": 3, "token": "secret", "message": None}
    await run.discord.gateway_end.dispatch("INTERACTION_CREATE", wrong, None)
    assert "## Washington" in (await run.discord.ask("in Washington")).text
    told = "an event INTERACTION_CREATE could not be read"
    (record,) = [r for r in caplog.records if r.message.startswith(told)]
    assert record.levelno == logging.ERROR
    assert len(run.discord.identified) == 1


def test_what_is_loaded_for_good_is_not_looked_through_again() -> None:
    """In a process of its own: what it sets holds for a whole process."""
    code = """
import gc, sys
from bot.discord.ops.process import settle_memory, settle_process
settle_process()
settle_memory()
frozen = gc.get_freeze_count()
made = [[] for _ in range(1000)]
settle_memory()
print(sys.getswitchinterval(), frozen > 1000, gc.get_freeze_count() <= frozen)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=REPOSITORY
    )
    assert done.stdout == "0.001 True True\n"


@pytest.mark.usefixtures("quick_edits")
def test_a_write_whose_end_could_not_be_told_is_told_of_when_the_bot_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.discord.client.LAST_WORD_SECONDS", 0.02)

    async def test() -> None:
        async with StandIn() as discord:
            async with running(tmp_path, discord) as run:
                run.corpus.writing.clear()
                rebuild = await discord.invoke("manage rebuild", manager=True)
                await rebuild.until(lambda it: "Rebuilding: 0 of" in it.text)
            # What is still running is cancelled with the event loop.
            (left,) = [t for t in asyncio.all_tasks() if t.get_name() == "CommandTree-invoker"]
            left.cancel()
            await asyncio.wait({left})
            run.corpus.writing.set()
            assert "Rebuilding: 0 of" in rebuild.text
            async with running(tmp_path, discord) as again:
                await rebuild.until(lambda it: "stopped in the middle of this (Reb" in it.text)
                await soon(lambda: not Store(tmp_path).unfinished())
                assert len(visible(again)) == 1

    asyncio.run(test())


def test_a_write_of_this_process_is_not_told_of_as_left_unfinished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, told = asyncio.Event(), asyncio.Event()

    async def late(*given: Any) -> None:
        await begun.wait()
        await tell_unfinished(*given)
        told.set()

    monkeypatch.setattr("bot.discord.client.tell_unfinished", late)

    async def test(run: Running) -> None:
        run.corpus.writing.clear()
        rebuild = await run.discord.invoke("manage rebuild", manager=True)
        await rebuild.until(lambda it: "Rebuilding: 0 of" in it.text)
        begun.set()
        await told.wait()
        assert "Rebuilding: 0 of" in rebuild.text
        run.corpus.writing.set()
        await rebuild.until(lambda it: "sentences" not in it.text)
        assert "stopped" not in rebuild.text

    drive(tmp_path, test)


def test_questions_that_were_open_are_told_of_when_the_bot_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.discord.client.LAST_WORD_SECONDS", 0.02)
    monkeypatch.setattr(Service, "stop", lambda _: None)  # as where it is killed

    async def test() -> None:
        async with StandIn() as discord:
            async with running(tmp_path, discord) as run:
                done = await discord.ask("in Washington")
                await soon(lambda: not Store(tmp_path).open_interactions())
                form = await (await discord.click(done, "Ask on")).answer()
                run.corpus.asking.clear()
                options = {"question": "in Washington", "private": True}
                asked = [
                    await discord.invoke("ask", options),
                    await discord.invoke("ask", {"question": "in York"}),
                    await discord.submit(form, {"Your question": "in York"}),
                ]
                for one in asked:
                    await one.until(lambda it: it.answered == 5)
                await soon(lambda: len(Store(tmp_path).open_interactions()) == 3)
            left = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
            for task in left:
                task.cancel()
            await asyncio.wait(left)
            run.corpus.asking.set()
            async with running(tmp_path, discord) as again:
                for one in asked:
                    await one.until(lambda it: "stopped before it could answer" in it.text)
                await soon(lambda: not Store(tmp_path).open_interactions())
                assert "## Washington" in done.text
                assert asked[0].ephemeral
                assert len(visible(again)) == 4

    asyncio.run(test())


@asynccontextmanager
async def process_over(discord: StandIn, home: Path) -> AsyncIterator[Process]:
    """Run the whole program; it is killed at the end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", POINTED, discord.api, str(discord.gateway), str(home)),
        stderr=asyncio.subprocess.DEVNULL,
        cwd=home,
        env=environment(DISCORD_TOKEN=TOKEN),
    )
    try:
        yield process
    finally:
        process.kill()
        await process.wait()


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.slow
def test_a_write_that_was_killed_is_told_of_when_the_bot_is_back(
    empty_home: Path, *, late: bool
) -> None:
    corpus = Home(empty_home).corpus(f"guild-{NEWSROOM}")
    lines = [json.dumps({"text": f"Report {n}. " * 30, "title": f"R{n}"}) for n in range(400)]

    def stored() -> int:
        with corpus.snapshot() as view:
            return view.article_count

    async def test() -> None:
        async with StandIn() as discord:
            async with process_over(discord, empty_home):
                file = {"file": discord.attach("many.jsonl", "\n".join(lines).encode())}
                added = await discord.invoke("manage add", file, manager=True)
                await soon(stored)
            assert stored() < 400
            shown = added.original
            if late:
                discord.world.clock.advance(16 * 60)
            async with process_over(discord, empty_home):
                own = discord.world.direct_channel(MANAGER)

                def told() -> list[str]:
                    found = discord.messages.in_channel(own) if late else added.answers
                    return [text for text in map(text_of, found) if "stopped" in text]

                await discord.until(told)
                (text,) = told()
                assert "stopped in the middle of this (Adding)" in text
                assert added.original == shown
                status = await discord.invoke("manage status", manager=True)
                await status.until(lambda it: "nothing is being written" in it.text)
                assert "stopped in the middle of this (Adding)" in status.text
                assert f"**Articles** {stored():,} of" in status.text
                log = await discord.invoke("manage log", manager=True)
                assert "stopped in the middle of this" in (await log.answer()).text
            # And the next start has nothing to tell.
            assert Store(empty_home).unfinished() == []

    asyncio.run(test())
