"""The real discord.py client against a stand-in for Discord."""

import asyncio
import logging
import threading
import time
from pathlib import Path

import pytest

from bot.discord import direct_messages, service
from bot.discord.client import LAST_WORD_SECONDS
from bot.discord.ingest import ATTACHMENT_MAX
from bot.discord.servers import ASKING
from bot.discord.write_jobs import Write
from index import CorpusDamaged, Snapshot
from tests.bot.discord.running import AT_BOT, Running, drive, driven, running, soon, used
from tests.discord_standin.server import NEWSROOM, OTHER, Fault, text_of
from tests.discord_standin.trouble import cut, slow
from tests.discord_standin.world import MANAGER, READER, SEND_MESSAGES

GONE = {"code": 10062, "message": "Unknown interaction"}


# -- asking --------------------------------------------------------------------------------------


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
    assert "### This server's articles don't say" in asked.text
    assert "**Atlantis**" in asked.text


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
    await asyncio.sleep(0.1)
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


def test_questions_that_wait_when_the_bot_is_stopped_are_told_so(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path) as run:
            run.corpus.asking.clear()
            question = {"question": "in Washington"}
            asked = [await run.discord.invoke("ask", question) for _ in range(30)]
            said = await run.discord.say(f"{AT_BOT} in Washington")
            for one in asked:
                await one.until(lambda one: one.answered == 5)
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
    assert "## Zanzibar\\|\\|" in shown


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


# -- articles ------------------------------------------------------------------------------------


@driven
async def test_articles_are_listed_shown_and_offered(run: Running) -> None:
    long = run.corpus.put("First line.\n" + "More words of it. " * 600, title="Long *one*")
    listed = await (await run.discord.invoke("articles list")).answer()
    assert listed.ephemeral
    assert f"**Long \\*one\\*** · {long}" in listed.text
    shown = await (await run.discord.invoke("articles show", {"article": long})).answer()
    assert "First line." in shown.text
    assert "page 1 of 3" in shown.text
    await run.discord.click(shown, "Next")
    await run.discord.until(lambda: "page 2 of 3" in shown.text)
    second = {"article": "long *ONE*", "page": 2}
    assert (
        "page 2 of 3" in (await (await run.discord.invoke("articles show", second)).answer()).text
    )
    nothing = await (await run.discord.invoke("articles show", {"article": "@here"})).answer()
    assert "no article" in nothing.text
    assert "`/articles list`" in nothing.text
    assert "@here" not in nothing.text
    for n in range(40):
        run.corpus.put(f"Story {n}. " + "x" * 200, title="")
    listed = await (await run.discord.invoke("articles list")).answer()
    await run.discord.click(listed, "Next")
    await run.discord.until(lambda: "page 2 of 5" in listed.text)
    typed = await run.discord.invoke("articles show", {"article": "story"}, focused="article")
    offered = (await typed.answer()).choices
    assert offered is not None
    assert len(offered) == 25
    found = await run.discord.invoke("articles show", {"article": "LONG"}, focused="article")
    assert (await found.answer()).choices == [{"name": "Long *one*", "value": long}]


@driven
async def test_the_page_that_an_answer_names_has_its_sentence(run: Running) -> None:
    number = run.corpus.put("More words of it. " * 600 + "Then came Zanzibar.")
    asked = await run.discord.ask("Zanzibar")
    assert f"`/articles show article:{number} page:3`" in asked.text


# -- managing ------------------------------------------------------------------------------------


@driven
async def test_an_attachment_is_added(run: Running) -> None:
    file = run.discord.attach("derna.txt", b"A dam broke above Derna.")
    options = {
        "file": file,
        "title": "Flood",
        "url": "https://example.com/derna",
        "published": "2023-09-11",
        "source": "AP",
    }
    added = await (await run.discord.invoke("manage add", options, manager=True)).answer()
    await added.until(lambda it: it.text != "Adding…")  # which it says while the reader starts
    assert added.ephemeral
    assert added.text == "1 added. Now 2 articles with 2 sentences.\n\nAdded **Flood**"
    asked = await run.discord.ask("where is Derna")
    link = "[open at the sentence](https://example.com/derna#"
    assert f"Flood · AP · <t:1694433600:D> · {link}" in asked.text


@driven
async def test_what_cannot_be_added_is_said(run: Running) -> None:
    async def add(name: str, data: bytes, size: int | None = None, **options: str) -> str:
        file = {"file": run.discord.attach(name, data, size)}
        return await used(run, "add", **file, **options)

    large = await add("big_one.txt", b"x", size=ATTACHMENT_MAX + 200_000)
    assert "-# big\\_one\\.txt: has 10.2 MB, and 10 MB is the most; split it" in large
    lines = b'{"text": "One."}\n{"text": "Two."}'
    many = await add("two.jsonl", lines, title="Both")
    assert many.startswith("There are 2 articles in what you attached, and title can be")
    assert (await add("two.jsonl", lines)).startswith("2 added.")
    wrong = await add("one.txt", b"One.", url="javascript:alert(1)")
    assert "1 refused" in wrong
    assert "no web address" in wrong
    assert "1 refused" in await add("bad.jsonl", b"not json")
    run.discord.faults.append(Fault("GET", "/attachments/", 404, {}))
    assert "attach it once more" in await add("gone.txt", b"x")
    run.discord.faults.append(cut("GET", "/attachments/", times=3))
    assert "attach it once more" in await add("lost.txt", b"x")


@driven
async def test_an_article_is_removed(run: Running) -> None:
    (number,) = run.corpus.articles
    typed = await run.discord.invoke(
        "manage remove", {"article": "bl"}, focused="article", manager=True
    )
    offered = await typed.answer()
    assert offered.choices == [{"name": "Blinken meets Han", "value": number}]
    name = {"article": number}
    gone = await (await run.discord.invoke("manage remove", name, manager=True)).answer()
    assert gone.text.startswith("Removed: **Blinken meets Han** · Reuters")
    again = await (await run.discord.invoke("manage remove", name, manager=True)).answer()
    assert "no article" in again.text


@driven
async def test_only_managers_manage_even_where_a_server_opened_it(run: Running) -> None:
    with pytest.raises(AssertionError, match="would not offer"):
        await run.discord.invoke("manage rebuild")
    used = await (await run.discord.invoke("manage rebuild", opened=True)).answer()
    assert used.text == "This needs the permission Manage Server."
    assert used.ephemeral


@pytest.mark.parametrize("command", ["ask", "articles show", "manage remove"])
def test_nothing_is_offered_of_a_damaged_corpus(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    def damaged() -> Snapshot:
        raise CorpusDamaged("it is damaged; run `dateline rebuild`")

    async def test(run: Running) -> None:
        monkeypatch.setattr(run.corpus, "snapshot", damaged)
        typed = await run.discord.invoke(
            command, {"article": "bl"}, focused="article", manager=True
        )
        assert (await typed.answer()).choices == []

    drive(tmp_path, test)


def test_a_rebuild_shows_how_far_it_is_and_is_the_only_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Write, "edit_every", 0.02)

    async def test(run: Running) -> None:
        run.corpus.writing.clear()
        rebuild = await run.discord.invoke("manage rebuild", manager=True)
        await rebuild.until(lambda one: "Rebuilding: 0 of 3,000 sentences" in one.text)
        assert rebuild.text.endswith("▱▱▱ 0%")
        file = {"file": run.discord.attach("a.txt", b"x")}
        second = await (await run.discord.invoke("manage add", file, manager=True)).answer()
        assert second.text == (
            "Another change to this server's articles is under way "
            "(Rebuilding: 0 of 3,000 sentences); try again when it is done."
        )
        status = await (await run.discord.invoke("manage status", manager=True)).answer()
        assert "**Now** Rebuilding: 0 of 3,000 sentences" in status.text
        assert b"\ndateline_writes_running 1.0\n" in run.bot.metrics.text()
        assert "## Washington" in (await run.discord.ask("in Washington")).text
        run.corpus.writing.set()
        await rebuild.until(lambda one: "Rebuilt in" in one.text)
        assert b"\ndateline_writes_running 0.0\n" in run.bot.metrics.text()
        status = await (await run.discord.invoke("manage status", manager=True)).answer()
        for line in (
            "**Articles** 1 of 10,000",
            "**Space** 0.1 of 500 MB",
            "**Corpus version** ",
            "**Model** stub",
            "**Now** nothing is being written",
            "**Before** Rebuilt in",
        ):
            assert line in status.text

    drive(tmp_path, test)


def test_edits_are_at_most_every_so_often(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Write, "edit_every", 0.1)

    async def test(run: Running) -> None:
        run.corpus.steps = 30  # of 0.02 s
        began = time.monotonic()
        rebuild = await run.discord.invoke("manage rebuild", manager=True)
        await rebuild.until(lambda one: "Rebuilt" in one.text)
        *progress, _ = map(text_of, rebuild.shown)
        assert 3 <= len(progress) <= 2 + (time.monotonic() - began) / 0.1

    drive(tmp_path, test)


@pytest.mark.parametrize("silent", [False, True])
def test_long_work_goes_on_in_a_message_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, silent: bool
) -> None:
    monkeypatch.setattr(Write, "edit_every", 0.05)
    monkeypatch.setattr(Write, "edit_for", 0.15)

    async def test(run: Running) -> None:
        guild = run.discord.world.guilds[NEWSROOM]
        mute = guild.add_channel("mute", 99, deny=SEND_MESSAGES)
        where = mute if silent else guild.general
        run.corpus.steps = 30
        rebuild = await run.discord.invoke("manage rebuild", manager=True, channel=where)
        await rebuild.until(lambda one: "goes on in a message of its own" in one.text)
        # Where the bot may not write it tells who began the work.
        own = run.discord.world.direct_channel(MANAGER) if silent else where
        messages = run.discord.messages

        def shown() -> str:
            return "".join(map(text_of, messages.in_channel(own)))

        await run.discord.until(lambda: "Rebuilt in" in shown())
        assert len(messages.in_channel(own)) == 1
        assert "Rebuilt" not in rebuild.text
        assert run.discord.rejected == (["403 50013: Missing Permissions"] if silent else [])
        run.discord.rejected.clear()

    drive(tmp_path, test)


def test_a_write_is_cancelled_by_its_button_or_by_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Write, "edit_every", 0.02)

    async def test(run: Running) -> None:
        nothing = await (await run.discord.invoke("manage cancel", manager=True)).answer()
        assert nothing.text == "Nothing is being written."
        for by_button in (True, False):
            run.corpus.steps = 10_000
            rebuild = await run.discord.invoke("manage rebuild", manager=True)
            await rebuild.until(lambda one: "Rebuilding" in one.text)
            if by_button:
                ended = await run.discord.click(rebuild, "Cancel")
            else:
                ended = await run.discord.invoke("manage cancel", manager=True)
            assert (await ended.answer()).text.startswith("It ends at its next step.")
            await rebuild.until(lambda one: "Cancelled" in one.text)
            assert "The index is as it was." in rebuild.text
            assert not (rebuild.message or {})["components"]

    drive(tmp_path, test)


def test_a_rebuild_outlives_its_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Write, "edit_every", 0.02)

    async def test(run: Running) -> None:
        run.corpus.writing.clear()
        rebuild = await run.discord.invoke("manage rebuild", manager=True)
        await rebuild.until(lambda one: one.answered == 5)
        run.discord.world.clock.advance(16 * 60)
        run.corpus.writing.set()
        direct = run.discord.world.direct_channel(MANAGER)

        def told() -> list[str]:
            return list(map(text_of, run.discord.messages.in_channel(direct)))

        # What was for one person's eyes is told to that person.
        await run.discord.until(told)
        assert ["Rebuilt in" in text for text in told()] == [True]
        assert set(run.discord.rejected) == {"401 50027: Invalid Webhook Token"}
        run.discord.rejected.clear()

    drive(tmp_path, test)


def test_a_write_ends_at_its_next_step_when_the_bot_is_stopped(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path) as run:
            run.corpus.steps = 10_000
            rebuild = await run.discord.invoke("manage rebuild", manager=True)
            await rebuild.until(lambda one: one.answered == 5)
            await asyncio.sleep(0.05)
        assert run.corpus.stopped
        assert "Dateline is being stopped; try again when it is back." in rebuild.text
        assert "The index is as it was." in rebuild.text

    asyncio.run(test())


# -- what goes wrong -----------------------------------------------------------------------------


@driven
async def test_a_failure_is_one_sentence_with_a_reference(
    run: Running, caplog: pytest.LogCaptureFixture
) -> None:
    asked = await run.discord.ask("boom")
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
