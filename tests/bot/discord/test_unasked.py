"""Answers that nobody asked the bot for: where managers want them, when sure, and else silence."""

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.discord.client import HANDLING
from bot.discord.servers import ASKING
from bot.settings import Settings
from tests.bot.discord.fakes import StubReader
from tests.bot.discord.running import (
    AT_BOT,
    Running,
    driven,
    running,
    settings,
    soon,
    store,
    until_asked,
    used,
)
from tests.bot.discord.test_process import POINTED, environment
from tests.discord_standin.gateway import MESSAGE_CONTENT
from tests.discord_standin.server import NEWSROOM, TOKEN, StandIn, text_of
from tests.discord_standin.world import PATIENCE, READER, SECOND, Channel, User

READING = Settings(message_content=True)
QUESTION = "Where did Blinken meet Han Zheng, in Washington"
Test = Callable[[Running], Awaitable[None]]


@pytest.fixture(autouse=True)
def sure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StubReader, "probability", 0.8)


def read(path: Path, test: Test, given: Settings = READING) -> None:
    """Run a test of a bot that may read all messages, and does so in one channel."""

    async def whole() -> None:
        async with StandIn() as discord:
            discord.gateway_end.granted = MESSAGE_CONTENT
            async with running(path, discord, given) as run:
                await settings(run, add_unasked=general(run))
                await test(run)
                assert not discord.rejected
                assert not discord.pinged

    asyncio.run(whole())


def general(run: Running) -> Channel:
    return run.discord.world.guilds[NEWSROOM].general


def looked_at(run: Running) -> list[str]:
    """The questions that the engine was asked."""
    return [asked.text for engine in run.engines.values() for asked in engine.asked]


def numbers(run: Running) -> str:
    return run.bot.metrics.text().decode()


async def silent(run: Running, said: dict[str, Any]) -> bool:
    """Whether a message has no reply once all that is under way is done."""
    await run.discord.ask("in York", user=SECOND)
    await soon(lambda: not {one.get_name() for one in asyncio.all_tasks()} & HANDLING)
    return not run.discord.replies(said)


def test_a_sure_answer_is_given_unasked_where_that_is_set(tmp_path: Path) -> None:
    async def test(run: Running) -> None:
        (identified,) = run.discord.identified
        assert identified["intents"] & MESSAGE_CONTENT
        elsewhere = run.discord.world.guilds[NEWSROOM].add_channel("elsewhere", 990)
        assert await silent(run, await run.discord.say(QUESTION, channel=elsewhere))
        assert QUESTION not in looked_at(run)
        said = await run.discord.say(QUESTION)
        assert "## Washington" in text_of(await run.discord.reply(said))
        await run.discord.again()
        asked_on = await run.discord.say(f"{AT_BOT} then in York")
        await run.discord.reply(asked_on)
        assert len(run.discord.replies(said)) == 1
        (engine,) = run.engines.values()
        assert [turn.question for turn in engine.asked[-1].history] == [QUESTION]
        assert (
            "no longer answers unasked"
            in (
                await (
                    await run.discord.invoke(
                        "manage settings", {"remove_unasked": general(run)}, manager=True
                    )
                ).answer()
            ).text
        )

    read(tmp_path, test)


@pytest.mark.parametrize(
    "text",
    [
        "in Washington",  # which may be anything
        "in " * 250 + "Washington",
        "Did he meet Han in Washington, <@5300>?",
        "what is the latest news about Washington",
        "good morning all there",
        "did they ever meet in Paris",
    ],
)
def test_what_asks_nothing_or_somebody_is_met_with_silence(tmp_path: Path, text: str) -> None:
    async def test(run: Running) -> None:
        assert await silent(run, await run.discord.say(text))
        assert run.discord.rest.typing == []

    read(tmp_path, test)


def test_what_is_less_than_sure_is_met_with_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StubReader, "probability", 0.74)

    async def test(run: Running) -> None:
        assert await silent(run, await run.discord.say(QUESTION))
        assert QUESTION in looked_at(run)

    read(tmp_path, test)


def test_bots_webhooks_and_replies_are_not_looked_at(tmp_path: Path) -> None:
    async def test(run: Running) -> None:
        other = run.discord.world.add_user(User(5400, "other", bot=True))
        hooked = {"webhook_id": "77"}
        where, asked = general(run), {"content": QUESTION}
        first = await run.discord.ask("in York")
        for said in (
            await run.discord.say(QUESTION, user=other),
            await run.discord.messages.create(where, READER, asked, more=hooked),
            await run.discord.say(QUESTION, to=await run.discord.say("Hm.", user=SECOND)),
            await run.discord.say(QUESTION, to=first, ping=False),
        ):
            assert await silent(run, said)
        assert QUESTION not in looked_at(run)

    read(tmp_path, test)


@pytest.mark.parametrize(
    ("title", "text", "asked"),
    [
        (QUESTION, "I have read that they met.", QUESTION),
        ("About the talks", f"I wonder. {QUESTION}?", f"{QUESTION}?"),
        ("Han Zheng of China", "in Washington?", "Han Zheng of China in Washington?"),
    ],
)
def test_the_post_that_opens_a_thread_of_a_forum_has_one_answer(
    tmp_path: Path, title: str, text: str, asked: str
) -> None:
    async def test(run: Running) -> None:
        forum = await run.discord.forum(run.discord.world.guilds[NEWSROOM])
        early = await run.discord.post(forum, title, text)
        assert await silent(run, early)
        await settings(run, add_unasked=forum)
        opening = await run.discord.post(forum, title, text)
        reply = await run.discord.reply(opening)
        assert "## Washington" in text_of(reply)
        assert looked_at(run)[-1] == asked
        thread = run.discord.messages.places[int(opening["id"])]
        assert await silent(run, await run.discord.say(QUESTION, channel=thread))
        assert len(run.discord.messages.in_channel(thread)) == 3

    read(tmp_path, test)


def test_a_post_whose_thread_is_not_known_yet_is_answered_too(tmp_path: Path) -> None:
    async def test(run: Running) -> None:
        guild = run.discord.world.guilds[NEWSROOM]
        forum = await run.discord.forum(guild)
        await settings(run, add_unasked=forum)
        new = guild.add_channel(QUESTION, run.discord.world.clock.snowflake(), forum)
        text = {"content": "Who knows?"}
        opening = await run.discord.messages.create(new, READER, text, number=new.id)
        assert "## Washington" in text_of(await run.discord.reply(opening))

    read(tmp_path, test)


def test_one_message_is_looked_at_at_a_time_however_many_there_are(tmp_path: Path) -> None:
    async def test(run: Running) -> None:
        run.corpus.asking.clear()
        said = [await run.discord.say(QUESTION, user=one) for one in (READER, SECOND, READER)]
        await until_asked(run)
        (engine,) = run.engines.values()
        for _ in range(ASKING):
            await run.discord.invoke("ask", {"question": "in York"})
        # All turns but the one of the message are for questions.
        await soon(lambda: engine.at_once == ASKING)
        assert looked_at(run).count(QUESTION) == 1
        run.corpus.asking.set()
        assert "## Washington" in text_of(await run.discord.reply(said[0]))
        await soon(lambda: 'command="unasked",outcome="answered"} ' in numbers(run))

    read(tmp_path, test)


def test_messages_are_dropped_while_a_question_waits(tmp_path: Path) -> None:
    async def test(run: Running) -> None:
        run.corpus.asking.clear()
        for _ in range(ASKING + 1):
            await run.discord.invoke("ask", {"question": "in York"})
        await soon(lambda: len(run.bot.service._waiting) == 1)
        said = await run.discord.say(QUESTION)
        await soon(lambda: 'command="unasked",outcome="busy"} ' in numbers(run))
        run.corpus.asking.set()
        assert await silent(run, said)
        assert QUESTION not in looked_at(run)

    read(tmp_path, test)


def test_talking_has_a_limit_and_uses_up_no_questions(tmp_path: Path) -> None:
    async def test(run: Running) -> None:
        said = [await run.discord.say(QUESTION) for _ in range(3)]
        await run.discord.reply(said[1])
        assert await silent(run, said[2])
        assert "## Washington" in (await run.discord.ask("in Washington")).text

    read(tmp_path, test, Settings(message_content=True, questions_a_minute=2))


def test_nothing_is_kept_of_what_nobody_asked(tmp_path: Path) -> None:
    async def test(run: Running) -> None:
        await settings(run, keep_questions=7)
        await run.discord.reply(await run.discord.say(QUESTION))
        assert await silent(run, await run.discord.say("They met in Paris, I think"))
        assert [one.question for one in store(run).questions(NEWSROOM)] == ["in York"]
        alone = await run.discord.reply(await run.discord.say("in York", guild=None))
        assert "ask there, not in a direct message" in text_of(alone)

    read(tmp_path, test)


def test_a_channel_must_be_one_that_is_answered_in(tmp_path: Path) -> None:
    async def test(run: Running) -> None:
        news = run.discord.world.guilds[NEWSROOM].add_channel("news", 992)
        await settings(run, add_channel=news)
        told = await used(run, "settings", add_unasked=general(run))
        assert "I do not answer in this channel; add it with" in told
        assert await silent(run, await run.discord.say(QUESTION))
        shown = await settings(run, add_unasked=news, remove_unasked=general(run))
        assert f"**Answers unasked, when sure, in** <#{news.id}>\n" in shown

    read(tmp_path, test)


@driven
async def test_without_the_intent_it_says_so(run: Running) -> None:
    told = await used(run, "settings", add_unasked=general(run))
    assert told.startswith("I cannot read messages that do not mention me.")
    server = run.bot.servers.of(NEWSROOM)
    chosen = server.settings.model_copy(update={"unasked": (general(run).id,)})
    run.bot.servers.set(server, chosen)
    assert await silent(run, await run.discord.say(QUESTION))
    assert "**Answers unasked** no longer. I cannot read" in await used(run, "status")


def test_an_intent_that_is_not_granted_is_said_in_a_sentence(tmp_path: Path) -> None:
    async def test() -> tuple[int | None, str]:
        async with StandIn() as discord:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", POINTED),
                *(discord.api, str(discord.gateway), str(tmp_path)),
                stderr=subprocess.PIPE,
                cwd=tmp_path,
                env=environment(DISCORD_TOKEN=TOKEN, DATELINE_MESSAGE_CONTENT="true"),
            )
            _, log = await asyncio.wait_for(process.communicate(), PATIENCE)
            return process.returncode, log.decode()

    status, log = asyncio.run(test())
    assert status == 1
    assert "Traceback" not in log
    last = log.splitlines()[-1]
    assert last.startswith("error: Discord does not let this bot read messages, as DATELINE_MESS")
    assert "switch on Message Content Intent on https://discord.com/developers" in last
