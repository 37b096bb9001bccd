"""Connections, tokens, messages, processes that are lost: still one answer or clear message."""

import asyncio
import json
import logging
import subprocess
import sys
import threading
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from discord.gateway import KeepAliveHandler

from bot.discord.store import Store
from bot.discord.write_jobs import Write
from index import CorpusError, Home
from tests.bot.discord.running import (
    AT_BOT,
    Running,
    by_command,
    by_mention,
    drive,
    driven,
    one,
    running,
    settled,
    soon,
    until_asked,
    visible,
    with_text,
)
from tests.bot.discord.test_process import POINTED, environment
from tests.conftest import REPOSITORY
from tests.discord_standin.server import NEWSROOM, TOKEN, StandIn, text_of
from tests.discord_standin.trouble import broken, cut
from tests.discord_standin.world import MANAGER, READER, SEND_MESSAGES

pytestmark = pytest.mark.usefixtures("quick")


# -- the connection for events -------------------------------------------------------------------


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


# -- tokens, repetitions, deletions ---------------------------------------------------------------


@pytest.mark.parametrize("private", [False, True])
@driven
async def test_an_answer_after_its_token_is_given_without(run: Running, *, private: bool) -> None:
    run.corpus.asking.clear()
    options = {"question": "in Washington", "private": private}
    asked = await run.discord.invoke("ask", options)
    await asked.until(lambda it: it.answered == 5)
    run.discord.world.clock.advance(16 * 60)
    run.corpus.asking.set()
    await settled(run, lambda: with_text(run, "## Washington"))
    (message,) = with_text(run, "## Washington")
    own = run.discord.world.direct_channel(READER)
    where = own if private else run.discord.world.guilds[NEWSROOM].general
    assert message in run.discord.messages.in_channel(where)
    run.discord.rejected.clear()


@driven
async def test_an_error_after_its_token_is_told_without(run: Running) -> None:
    run.corpus.asking.clear()
    asked = await run.discord.invoke("ask", {"question": "boom"})
    await asked.until(lambda it: it.answered == 5)
    run.discord.world.clock.advance(16 * 60)
    run.corpus.asking.set()
    await settled(run, lambda: with_text(run, "Something went wrong"))
    assert len(with_text(run, "Something went wrong")) == 1
    run.discord.rejected.clear()


@driven
async def test_what_comes_twice_is_done_once(run: Running) -> None:
    run.corpus.asking.clear()
    asked = await run.discord.invoke("ask", {"question": "in Washington"})
    await run.discord.again()
    run.corpus.asking.set()
    await settled(run, lambda: asked.message)
    one(run, "## Washington")
    clicked = await run.discord.click(asked, "Context")
    await run.discord.again()
    await settled(run, lambda: clicked.message)
    said = await run.discord.say(f"{AT_BOT} in York")
    await run.discord.again()
    await settled(run, lambda: run.discord.replies(said))
    assert len(run.discord.replies(said)) == 1
    assert len(visible(run)) == 3


@driven
async def test_a_deferral_that_is_deleted_does_not_take_the_answer_with_it(run: Running) -> None:
    run.corpus.asking.clear()
    asked = await run.discord.invoke("ask", {"question": "in Washington"})
    await asked.until(lambda it: it.answered == 5)
    await run.discord.delete(asked)
    run.corpus.asking.set()
    await settled(run, lambda: asked.followed)
    one(run, "## Washington")
    run.discord.rejected.clear()


@driven
async def test_a_question_that_is_deleted_has_its_answer_all_the_same(run: Running) -> None:
    run.corpus.asking.clear()
    said = await run.discord.say(f"{AT_BOT} in Washington")
    await until_asked(run)
    await run.discord.delete(said)
    run.corpus.asking.set()
    await settled(run, lambda: visible(run))
    one(run, "## Washington")


def test_a_rebuild_whose_message_is_deleted_ends_with_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Write, "edit_every", 0.02)

    async def test(run: Running) -> None:
        run.corpus.writing.clear()
        rebuild = await run.discord.invoke("manage rebuild", manager=True)
        await rebuild.until(lambda it: "Rebuilding" in it.text)
        await run.discord.delete(rebuild)
        run.corpus.writing.set()
        await settled(run, lambda: with_text(run, "Rebuilt in"))
        one(run, "Rebuilt in")
        run.discord.rejected.clear()

    drive(tmp_path, test)


def test_progress_that_is_not_shown_keeps_nothing_from_being_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Write, "edit_every", 0.02)

    async def test(run: Running) -> None:
        run.corpus.writing.clear()
        lost = cut("PATCH", "/webhooks/")
        run.discord.faults.append(lost)
        await run.discord.invoke("manage rebuild", manager=True)
        await soon(lambda: lost.struck)
        run.corpus.writing.set()
        await settled(run, lambda: with_text(run, "Rebuilt in"))
        one(run, "Rebuilt in")
        log = await (await run.discord.invoke("manage log", manager=True)).answer()
        assert "Rebuilt in" in log.text

    drive(tmp_path, test)


def test_long_work_that_fails_says_so_where_it_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Write, "edit_every", 0.02)
    monkeypatch.setattr(Write, "edit_for", 0.05)

    async def test(run: Running) -> None:
        fails = threading.Event()

        def rebuild(*, on_progress: Callable[[int, int], None]) -> None:
            on_progress(1, 2)
            fails.wait(8)
            raise CorpusError("the disk is full")

        monkeypatch.setattr(run.corpus, "rebuild", rebuild)
        begun = await run.discord.invoke("manage rebuild", manager=True)
        await begun.until(lambda it: "a message of its own" in it.text)
        await run.discord.until(lambda: len(visible(run)) == 2)
        fails.set()
        await settled(run, lambda: with_text(run, "The disk is full"))
        assert len(visible(run)) == 2
        (told,) = with_text(run, "The disk is full")
        assert not told["components"]

    drive(tmp_path, test)


def test_long_work_that_is_shown_directly_has_no_button_that_would_be_about_no_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Write, "edit_every", 0.02)
    monkeypatch.setattr(Write, "edit_for", 0.05)

    async def test(run: Running) -> None:
        goes_on, ends = threading.Event(), threading.Event()

        def rebuild(*, on_progress: Callable[[int, int], None]) -> None:
            on_progress(1, 3)
            goes_on.wait(8)
            on_progress(2, 3)
            ends.wait(8)
            raise CorpusError("the disk is full")

        monkeypatch.setattr(run.corpus, "rebuild", rebuild)
        mute = run.discord.world.guilds[NEWSROOM].add_channel("mute", 991, deny=SEND_MESSAGES)
        await run.discord.invoke("manage rebuild", manager=True, channel=mute)
        own = run.discord.world.direct_channel(MANAGER)

        async def shown_without_button(so_far: str) -> None:
            in_own = run.discord.messages.in_channel
            await settled(run, lambda: any(so_far in text_of(one) for one in in_own(own)))
            (shown,) = in_own(own)
            assert not shown["components"]

        await shown_without_button("1 of 3")
        goes_on.set()
        await shown_without_button("2 of 3")
        ends.set()
        await settled(run, lambda: with_text(run, "The disk is full"))
        run.discord.rejected.clear()

    drive(tmp_path, test)


# -- the process -----------------------------------------------------------------------------------


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


def test_a_write_whose_end_could_not_be_told_is_told_of_when_the_bot_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Write, "edit_every", 0.02)
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
    lines = [json.dumps({"text": f"Report {n}. " * 30, "title": f"R{n}"}) for n in range(900)]

    def stored() -> int:
        with corpus.snapshot() as view:
            return view.article_count

    async def test() -> None:
        async with StandIn() as discord:
            async with process_over(discord, empty_home):
                file = {"file": discord.attach("many.jsonl", "\n".join(lines).encode())}
                added = await discord.invoke("manage add", file, manager=True)
                await soon(stored)
            assert stored() < 900
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
