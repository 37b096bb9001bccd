"""The real discord.py client against a stand-in for Discord."""

import asyncio
import logging
import threading
import time
from pathlib import Path

import pytest

from bot.discord import direct_messages, service
from bot.discord.client import LAST_WORD_SECONDS
from bot.discord.servers import ASKING
from tests.bot.discord.running import AT_BOT, HAN, Running, drive, driven, running, soon
from tests.discord_standin.server import NEWSROOM, OTHER, Fault, text_of
from tests.discord_standin.trouble import slow
from tests.discord_standin.world import READER

GONE = {"code": 10062, "message": "Unknown interaction"}


def all_turns_taken(run: Running) -> bool:
    """Whether as many questions are being answered as may be at once."""
    return any(engine.at_once == ASKING for engine in run.engines.values())


@driven
async def test_a_question_is_deferred_and_answered_off_the_event_loop(run: Running) -> None:
    asked = await run.discord.ask("where in Washington")
    assert asked.answered == 5
    assert not asked.ephemeral
    assert asked.text.startswith("where in Washington\n## Washington\n> Blinken met")
    assert "**1** Blinken meets Han · Reuters" in asked.text
    (engine,) = run.engines.values()
    assert threading.get_ident() not in engine.threads
    private = await run.discord.invoke("ask", {"question": "in Washington", "private": True})
    assert (await private.answer()).ephemeral
    assert asked.sent[-1]["allowed_mentions"] == {"parse": []}
    assert "content" not in asked.sent[-1]


@driven
async def test_an_answer_that_is_not_there(run: Running) -> None:
    asked = await run.discord.ask("where is Atlantis")
    assert asked.text.endswith("**The articles here don't say.** None has **Atlantis**.")
    closest = await (await run.discord.click(asked, "Closest sentences")).answer()
    assert closest.ephemeral
    assert f"> {HAN}" in closest.text


@driven
async def test_where_there_is_no_answer_a_question_is_offered_that_has_one(run: Running) -> None:
    guild = run.discord.world.guilds[NEWSROOM]
    staff = guild.add_channel("staff", 998)
    await run.discord.ask("did Blinken meet Han Zheng in York", channel=staff)
    await (await run.discord.invoke("ask", {"question": "in Rome", "private": True})).answer()
    nothing = await run.discord.ask("where is Atlantis")
    assert "York" not in str((nothing.message or {})["components"])
    await run.discord.ask("did Blinken meet Han Zheng in Washington")
    nothing = await run.discord.ask("where is Atlantis")
    assert "Washington" not in str((nothing.message or {})["components"])
    nothing = await run.discord.ask("where in Washington is Atlantis")
    offered = await (
        await run.discord.click(nothing, "did Blinken meet Han Zheng in Washington")
    ).answer()
    assert "## Washington" in offered.text
    helped = await (await run.discord.invoke("help")).answer()
    await (await run.discord.click(helped, "did Blinken meet Han Zheng in Washington")).answer()
    run.corpus.put("It rained.")  # what was answered before may be so no longer
    helped = await (await run.discord.invoke("help")).answer()
    with pytest.raises(AssertionError, match="did Blinken meet Han Zheng in Washington"):
        await run.discord.click(helped, "did Blinken meet Han Zheng in Washington")
    news = await (await run.discord.click(helped, "What is new?")).answer()
    assert "> It rained." in news.text


@driven
async def test_each_server_has_its_own_articles_and_a_first_step(run: Running) -> None:
    run.home.corpus(f"guild-{OTHER}")
    reader = await run.discord.ask("in Washington", guild=OTHER)
    assert "no articles here yet" in reader.text
    assert "Ask someone who manages this server" in reader.text
    manager = await run.discord.ask("in Washington", guild=OTHER, manager=True)
    assert "Use `/manage add` and attach one" in manager.text
    listed = await (await run.discord.invoke("articles list", guild=OTHER)).answer()
    assert "no articles here yet" in listed.text


@driven
async def test_many_questions_wait_their_turn(run: Running) -> None:
    run.corpus.asking.clear()
    asked = [await run.discord.invoke("ask", {"question": "in Washington"}) for _ in range(12)]
    for one in asked:
        await one.until(lambda one: one.answered == 5)
    await soon(lambda: all_turns_taken(run))
    run.corpus.asking.set()
    for one in asked:
        assert "## Washington" in (await one.answer()).text
    (engine,) = run.engines.values()
    assert engine.most_at_once == ASKING


def test_of_many_questions_at_once_those_that_would_wait_long_are_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_WAITING", 5)

    async def test(run: Running) -> None:
        run.corpus.asking.clear()
        asked = [await run.discord.invoke("ask", {"question": "in Washington"}) for _ in range(20)]
        for one in asked:
            await one.until(lambda one: one.answered)
        busy = [one for one in asked if one.answered == 4]
        assert len(busy) >= 20 - 5 - ASKING
        assert busy[0].ephemeral
        assert busy[0].text == (
            "Dateline is busy: 5 questions are waiting. Ask again in half a minute."
        )
        run.corpus.asking.set()
        for one in asked:
            assert one in busy or "## Washington" in (await one.answer()).text
        # Nothing waits any more, also of what was let in and then had nothing to ask.
        for _ in range(6):
            assert "no words in the question" in (await run.discord.ask("  ")).text
        assert "## Washington" in (await run.discord.ask("in Washington")).text

    drive(tmp_path, test)


@driven
async def test_help_does_not_wait_behind_questions(run: Running) -> None:
    await run.discord.ask("in Washington")
    run.corpus.asking.clear()
    asked = [await run.discord.invoke("ask", {"question": "in Washington"}) for _ in range(9)]
    only = {"question": "in Washington", "source": "Reuters"}
    for one in [*asked, await run.discord.invoke("ask", only)]:
        await one.until(lambda it: it.answered == 5)
    assert "1 article" in (await (await run.discord.invoke("help")).answer()).text
    assert not any(one.message for one in asked)
    run.corpus.asking.set()


@driven
async def test_a_first_answer_waits_for_no_thread(run: Running) -> None:
    """Others' work may fill the pool, whose threads all look up filters or write."""
    busy = threading.Event()
    loop = asyncio.get_running_loop()
    holding = [loop.run_in_executor(None, busy.wait, 8) for _ in range(20)]
    for options in ({}, {"source": "Reuters"}, {"article": "Blinken meets Han"}):
        asked = await run.discord.invoke("ask", {"question": "in Washington", **options})
        await asked.until(lambda it: it.answered == 5)
    busy.set()
    await asyncio.gather(*holding)
    assert "## Washington" in (await asked.answer()).text


def test_questions_that_wait_when_the_bot_is_stopped_are_told_so(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path) as run:
            run.corpus.asking.clear()
            question = {"question": "in Washington"}
            asked = [await run.discord.invoke("ask", question) for _ in range(30)]
            for one in asked:
                await one.until(lambda one: one.answered == 5)
            await soon(lambda: all_turns_taken(run))
            said = await run.discord.say(f"{AT_BOT} in Washington")
            await soon(lambda: len(run.bot.service._waiting) == 31 - ASKING)
            began = time.monotonic()
            loop = asyncio.get_running_loop()
            loop.call_later(0.3, run.corpus.asking.set)
        assert time.monotonic() - began < LAST_WORD_SECONDS
        stopped = "Dateline is being stopped; ask again when it is back."
        shown = [one.text for one in asked]
        assert shown.count(stopped) == 30 - ASKING
        assert sum("## Washington" in text for text in shown) == ASKING
        assert [stopped in text_of(one) for one in run.discord.replies(said)] == [True]

    asyncio.run(test())


def test_a_reply_that_a_channel_takes_only_later_is_given_before_the_end(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path) as run:
            late = slow("POST", "/messages", 4.0)
            run.discord.faults.append(late)
            said = await run.discord.say(f"{AT_BOT} in Washington")
            await soon(lambda: late.struck)
        assert len(run.discord.replies(said)) == 1

    asyncio.run(test())


@driven
async def test_hostile_text_pings_nobody(run: Running) -> None:
    run.corpus.put("@everyone <@5100> [x](https://evil.example) ||Zanzibar||")
    asked = await run.discord.ask("@everyone Zanzibar||")
    shown = asked.text
    for mark in ("@everyone", "<@5100>", "](https://evil", "||Zanzibar||"):
        assert mark not in shown
    assert "## Zanzibar\n" in shown


def test_direct_messages_go_on_with_the_server_that_was_asked_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(direct_messages, "_BELIEVED", 0.0)

    async def test(run: Running) -> None:
        nothing = await run.discord.invoke("ask", {"source": "r"}, focused="source", guild=None)
        assert (await nothing.answer()).choices == []
        unknown = await run.discord.ask("in Washington", guild=None)
        assert unknown.text.startswith("Articles belong to a server: ask there")
        assert unknown.ephemeral
        await run.discord.ask("in Washington")
        assert "## York" in (await run.discord.ask("in York", guild=None)).text
        said = await run.discord.say("in Washington", guild=None)
        assert "## Washington" in text_of(await run.discord.reply(said))
        listed = await (await run.discord.invoke("articles list", guild=None)).answer()
        assert "Blinken meets Han" in listed.text
        del run.discord.world.guilds[NEWSROOM].members[READER.id]
        left = await run.discord.reply(await run.discord.say("in York", guild=None))
        assert text_of(left).startswith("Articles belong to a server: ask there")
        run.discord.rejected.clear()
        contexts = {command["name"]: command["contexts"] for command in run.discord.commands}
        assert contexts["ask"] == contexts["articles"] == [0, 1]
        assert contexts["manage"] == [0]

    drive(tmp_path, test)


# -- what goes wrong -----------------------------------------------------------------------------


@driven
async def test_a_failure_is_one_sentence_with_a_reference(
    run: Running, caplog: pytest.LogCaptureFixture
) -> None:
    asked = await run.discord.ask("where did it boom")
    reference = asked.text.split()[-1].rstrip(".")
    assert asked.text.startswith("Something went wrong in Dateline; its log says what, under")
    assert f"error {reference} in /ask" in caplog.text
    assert "the reader broke" in caplog.text
    clear = await run.discord.ask("  ")
    assert clear.text == "There are no words in the question; ask it in words."
    assert clear.ephemeral


def test_nobody_is_told_when_nobody_is_there(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    async def test(run: Running) -> None:
        gone = Fault("POST", "/callback", 404, GONE)
        run.discord.faults.append(gone)
        await run.discord.invoke("ask", {"question": "in Washington"})
        await soon(lambda: gone.struck)  # else it may strike the next question
        assert "## Washington" in (await run.discord.ask("in Washington")).text
        (record,) = [r for r in caplog.records if "is gone" in r.message]
        assert record.levelno == logging.INFO
        assert not [r for r in caplog.records if r.levelno > logging.INFO and "bot" in r.name]

    drive(tmp_path, test)


@driven
async def test_too_late_is_too_late(run: Running) -> None:
    late = await run.discord.invoke("ask", {"question": "in Washington"}, age=4)
    await run.discord.ask("in Washington")
    assert late.answered is None
    assert run.discord.rejected == ["404 10062: Unknown interaction"]
    run.discord.rejected.clear()


@driven
async def test_an_event_that_comes_twice_is_answered_once(run: Running) -> None:
    asked = await run.discord.ask("in Washington")
    await run.discord.again()
    await run.discord.ask("in Washington")
    assert len(asked.shown) == 1
    assert not run.discord.rejected


@driven
async def test_a_hiccup_and_a_rate_limit_are_waited_out(run: Running) -> None:
    slow = {"message": "slow down", "retry_after": 0.05, "global": False}
    run.discord.faults += [
        Fault("POST", "/callback", 502, {}),
        Fault("PATCH", "/webhooks/", 429, slow, {"Via": "1.1 google"}),
    ]
    assert "## Washington" in (await run.discord.ask("in Washington")).text


@driven
async def test_a_lost_connection_is_resumed(run: Running) -> None:
    await run.discord.ask("in Washington")
    await run.discord.hang_up(4000)
    assert "## Washington" in (await run.discord.ask("in Washington")).text
    assert (run.discord.resumed, len(run.discord.identified)) == (1, 1)
