"""What goes wrong between the bot and Discord: each ends with one answer or one clear message.

Never with two: also where Discord does what it was asked for, and then says that it did not.
"""

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
from typing import Any

import pytest
from discord.gateway import KeepAliveHandler

from bot import discord_deliver
from bot.discord_store import Store
from bot.discord_writes import Write
from index import CorpusError, Home
from tests.conftest import REPOSITORY
from tests.discord_running import HAN, Running, drive, running
from tests.discord_standin import NEWSROOM, TOKEN, Fault, Invocation, StandIn, text_of
from tests.discord_trouble import ALWAYS, broken, cut, limited, slow
from tests.discord_world import APPLICATION, MANAGER, READER
from tests.test_discord_process import POINTED, environment

FASTER = 250.0
AT_BOT = f"<@{APPLICATION}>"
CALLBACK, WEBHOOK, MESSAGES, ALL = "/callback", "/webhooks/", "/messages", "/api/"
# Refused before it came to Discord, by what stands before it.
BANNED = {"Retry-After": "0.02"}

Make = Callable[[], Fault]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Dateline and discord.py wait a small part of the time before they try again."""
    monkeypatch.setattr(discord_deliver, "FIRST_WAIT", 1.0 / FASTER)
    monkeypatch.setattr(discord_deliver, "LONGEST_WAIT", 5.0 / FASTER)
    real = asyncio.sleep

    async def sleep(delay: float, result: Any = None) -> Any:
        patient = sys._getframe(1).f_globals["__name__"].startswith("discord.")
        return await real(delay / FASTER if patient else delay, result)

    monkeypatch.setattr(asyncio, "sleep", sleep)


def visible(run: Running) -> list[dict[str, Any]]:
    """All messages of the bot, in whatever channel and for whomever, deferrals too."""
    return [m for m in run.discord.messages.by_id.values() if m["author"]["id"] == str(APPLICATION)]


async def settled(run: Running, holds: Callable[[], object]) -> None:
    """Wait for something to be so, then a little for what should not come after it."""
    await run.discord.until(holds)
    await asyncio.sleep(0.05)


def one(run: Running, text: str) -> dict[str, Any]:
    """The one message of the bot, which has the text."""
    (message,) = visible(run)
    assert text in text_of(message), text_of(message)
    return message


async def soon(holds: Callable[[], object]) -> None:
    """Wait for something that nobody is told of."""
    for _ in range(800):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


async def until_asked(run: Running) -> None:
    """Wait until a question has come to the engine."""
    await soon(lambda: any(engine.asked for engine in run.engines.values()))


def with_text(run: Running, text: str) -> list[dict[str, Any]]:
    return [message for message in visible(run) if text in text_of(message)]


# -- one way of asking after another, and one fault after another ---------------------------------


async def by_command(run: Running) -> None:
    await run.discord.invoke("ask", {"question": "in Washington"})


async def by_mention(run: Running) -> None:
    await run.discord.say(f"{AT_BOT} in Washington")


FAULTS: dict[str, Make] = {
    "429 of the route, first answer": lambda: limited("POST", CALLBACK),
    "429 of all routes, first answer": lambda: limited("POST", CALLBACK, "global"),
    "429 of what is shared, first answer": lambda: limited("POST", CALLBACK, "shared"),
    "429 without Via, first answer": lambda: Fault("POST", CALLBACK, 429, {}, BANNED),
    "429 of the route, edit": lambda: limited("PATCH", WEBHOOK, times=3),
    "429 of all routes, edit": lambda: limited("PATCH", WEBHOOK, "global", times=3),
    "429 of what is shared, edit": lambda: limited("PATCH", WEBHOOK, "shared", times=3),
    "429 without Via, edit": lambda: Fault("PATCH", WEBHOOK, 429, {}, BANNED, 3),
    "500 first answer": lambda: broken("POST", CALLBACK, 500),
    "502 first answer": lambda: broken("POST", CALLBACK, 502),
    "503 first answer": lambda: broken("POST", CALLBACK, 503),
    "500 after the first answer": lambda: broken("POST", CALLBACK, 500, after=True),
    "503 after the first answer": lambda: broken("POST", CALLBACK, 503, after=True),
    "500 edit": lambda: broken("PATCH", WEBHOOK, 500),
    "502 edit": lambda: broken("PATCH", WEBHOOK, 502, times=6),
    "503 edit": lambda: broken("PATCH", WEBHOOK, 503, times=6),
    "503 after the edit": lambda: broken("PATCH", WEBHOOK, 503, times=6, after=True),
    "cut first answer": lambda: cut("POST", CALLBACK),
    "cut after the first answer": lambda: cut("POST", CALLBACK, after=True),
    "cut edit": lambda: cut("PATCH", WEBHOOK, times=3),
    "cut after the edit": lambda: cut("PATCH", WEBHOOK, times=3, after=True),
    "slow first answer": lambda: slow("POST", CALLBACK, 0.15),
    "slow edit": lambda: slow("PATCH", WEBHOOK, 0.15),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_command_has_one_answer(tmp_path: Path, fault: str) -> None:
    async def test(run: Running) -> None:
        made = FAULTS[fault]()
        run.discord.faults.append(made)
        asked = await run.discord.invoke("ask", {"question": "in Washington"})
        await settled(run, lambda: asked.message)
        one(run, "## Washington")
        assert made.struck
        run.discord.rejected.clear()  # a first answer that was taken before it was repeated

    drive(tmp_path, test)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_button_has_one_answer(tmp_path: Path, fault: str) -> None:
    async def test(run: Running) -> None:
        asked = await run.discord.ask("in Washington")
        made = []
        clicked: list[Invocation] = []
        for label in ("Context", "More", "👍"):
            made.append(FAULTS[fault]())
            run.discord.faults[:] = made[-1:]
            clicked.append(await run.discord.click(asked, label))
            await run.discord.until(lambda: clicked[-1].message)
        await settled(run, lambda: all(one.message for one in clicked))
        assert len(visible(run)) == 4
        assert all(one.struck for one in made)
        run.discord.rejected.clear()

    drive(tmp_path, test)


@pytest.mark.parametrize("fault", [name for name in FAULTS if "first" in name])
def test_what_is_typed_has_its_choices(tmp_path: Path, fault: str) -> None:
    async def test(run: Running) -> None:
        made = FAULTS[fault]()
        run.discord.faults.append(made)
        typed = await run.discord.invoke("ask", {"article": "bl"}, focused="article")
        await settled(run, lambda: typed.choices)
        assert [choice["name"] for choice in typed.choices or []] == ["Blinken meets Han"]
        assert made.struck
        run.discord.rejected.clear()

    drive(tmp_path, test)


SENDING: dict[str, Make] = {
    "429 of the route": lambda: limited("POST", MESSAGES, times=3),
    "429 of all routes": lambda: limited("POST", MESSAGES, "global", times=3),
    "429 of what is shared": lambda: limited("POST", MESSAGES, "shared", times=3),
    "429 without Via": lambda: Fault("POST", MESSAGES, 429, {}, BANNED, 3),
    "500": lambda: broken("POST", MESSAGES, 500, times=6),
    "502": lambda: broken("POST", MESSAGES, 502, times=6),
    "503": lambda: broken("POST", MESSAGES, 503, times=6),
    "500 after": lambda: broken("POST", MESSAGES, 500, times=6, after=True),
    "503 after": lambda: broken("POST", MESSAGES, 503, times=3, after=True),
    "cut": lambda: cut("POST", MESSAGES, times=3),
    "cut after": lambda: cut("POST", MESSAGES, times=3, after=True),
    "slow": lambda: slow("POST", MESSAGES, 0.15),
}


@pytest.mark.parametrize("fault", SENDING)
@pytest.mark.parametrize("as_reply", [False, True])
def test_a_message_has_one_reply(tmp_path: Path, fault: str, *, as_reply: bool) -> None:
    async def test(run: Running) -> None:
        asked = await run.discord.ask("in Washington") if as_reply else None
        made = SENDING[fault]()
        run.discord.faults.append(made)
        said = await run.discord.say("and in York" if asked else f"{AT_BOT} in York", to=asked)
        await settled(run, lambda: run.discord.replies(said) and made.struck)
        (reply,) = run.discord.replies(said)
        assert "## York" in text_of(reply)
        assert len(visible(run)) == 1 + as_reply

    drive(tmp_path, test)


def test_typing_that_is_refused_does_not_keep_from_answering(tmp_path: Path) -> None:
    async def test(run: Running) -> None:
        run.corpus.asking.clear()
        refusal = broken("POST", "/typing", 503)
        run.discord.faults.append(refusal)
        await by_mention(run)
        await soon(lambda: refusal.struck)
        run.corpus.asking.set()
        await settled(run, lambda: visible(run))
        one(run, "## Washington")

    drive(tmp_path, test)


# -- a minute without Discord --------------------------------------------------------------------


async def outage(run: Running, ask: Callable[[], Awaitable[Any]]) -> None:
    """Let Discord be out of order for a minute from when something is asked."""
    await run.discord.gateway_end.ready(None)
    out = broken("*", ALL, times=ALWAYS)
    run.discord.faults.append(out)
    await ask()
    await soon(lambda: out.struck >= 3)
    run.discord.world.clock.advance(60)
    run.discord.faults.clear()


@pytest.mark.parametrize("private", [False, True])
def test_a_command_in_an_outage_is_answered_after_it(tmp_path: Path, *, private: bool) -> None:
    async def test(run: Running) -> None:
        options = {"question": "in Washington", "private": private}
        await outage(run, lambda: run.discord.invoke("ask", options))
        # Its token has died meanwhile: what was private is told privately.
        own = run.discord.world.direct_channel(READER)
        where = own if private else run.discord.world.guilds[NEWSROOM].general
        await settled(run, lambda: run.discord.messages.in_channel(where))
        one(run, "## Washington")
        run.discord.rejected.clear()

    drive(tmp_path, test)


def test_an_answer_that_is_ready_in_an_outage_comes_after_it(tmp_path: Path) -> None:
    async def test(run: Running) -> None:
        run.corpus.asking.clear()
        asked = await run.discord.invoke("ask", {"question": "in Washington"})
        await asked.until(lambda it: it.answered == 5)

        async def ready() -> None:
            run.corpus.asking.set()

        await outage(run, ready)
        await settled(run, lambda: asked.message)
        one(run, "## Washington")

    drive(tmp_path, test)


def test_a_button_in_an_outage_is_answered_after_it(tmp_path: Path) -> None:
    async def test(run: Running) -> None:
        asked = await run.discord.ask("in Washington")
        await outage(run, lambda: run.discord.click(asked, "Context"))
        own = run.discord.world.direct_channel(READER)
        await settled(run, lambda: run.discord.messages.in_channel(own))
        assert len(with_text(run, f"**{HAN}**")) == 1
        assert len(visible(run)) == 2
        run.discord.rejected.clear()

    drive(tmp_path, test)


def test_a_message_in_an_outage_is_answered_after_it(tmp_path: Path) -> None:
    async def test(run: Running) -> None:
        await outage(run, lambda: run.discord.say(f"{AT_BOT} in Washington"))
        await settled(run, lambda: visible(run))
        one(run, "## Washington")

    drive(tmp_path, test)


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
def test_what_is_being_answered_survives_the_connection(
    tmp_path: Path,
    happens: Callable[[Running], Awaitable[None]],
    ask: Callable[[Running], Awaitable[None]],
) -> None:
    async def test(run: Running) -> None:
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

    drive(tmp_path, test)


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
def test_an_answer_after_its_token_is_given_without(tmp_path: Path, *, private: bool) -> None:
    async def test(run: Running) -> None:
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

    drive(tmp_path, test)


def test_an_error_after_its_token_is_told_without(tmp_path: Path) -> None:
    async def test(run: Running) -> None:
        run.corpus.asking.clear()
        asked = await run.discord.invoke("ask", {"question": "boom"})
        await asked.until(lambda it: it.answered == 5)
        run.discord.world.clock.advance(16 * 60)
        run.corpus.asking.set()
        await settled(run, lambda: with_text(run, "Something went wrong"))
        assert len(with_text(run, "Something went wrong")) == 1
        run.discord.rejected.clear()

    drive(tmp_path, test)


def test_what_comes_twice_is_done_once(tmp_path: Path) -> None:
    async def test(run: Running) -> None:
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

    drive(tmp_path, test)


def test_a_deferral_that_is_deleted_does_not_take_the_answer_with_it(tmp_path: Path) -> None:
    async def test(run: Running) -> None:
        run.corpus.asking.clear()
        asked = await run.discord.invoke("ask", {"question": "in Washington"})
        await asked.until(lambda it: it.answered == 5)
        await run.discord.delete(asked)
        run.corpus.asking.set()
        await settled(run, lambda: asked.followed)
        one(run, "## Washington")
        run.discord.rejected.clear()

    drive(tmp_path, test)


def test_a_question_that_is_deleted_has_its_answer_all_the_same(tmp_path: Path) -> None:
    async def test(run: Running) -> None:
        run.corpus.asking.clear()
        said = await run.discord.say(f"{AT_BOT} in Washington")
        await until_asked(run)
        await run.discord.delete(said)
        run.corpus.asking.set()
        await settled(run, lambda: visible(run))
        one(run, "## Washington")

    drive(tmp_path, test)


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
        await settled(run, lambda: with_text(run, "Rebuilt in 1 s"))
        one(run, "Rebuilt in 1 s")
        run.discord.rejected.clear()

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


# -- the process -----------------------------------------------------------------------------------


def test_an_event_that_cannot_be_read_is_passed_over_and_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def test(run: Running) -> None:
        await run.discord.ask("in Washington")
        wrong = {"id": "1", "type": 3, "token": "secret", "message": None}
        await run.discord.gateway_end.dispatch("INTERACTION_CREATE", wrong, None)
        assert "## Washington" in (await run.discord.ask("in Washington")).text
        told = "an event INTERACTION_CREATE could not be read"
        (record,) = [r for r in caplog.records if r.message.startswith(told)]
        assert record.levelno == logging.ERROR
        assert len(run.discord.identified) == 1

    drive(tmp_path, test)


def test_what_is_loaded_for_good_is_not_looked_through_again() -> None:
    """In a process of its own: what it sets holds for a whole process."""
    code = """
import gc, sys
from bot.discord_memory import settle_memory, settle_process
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
