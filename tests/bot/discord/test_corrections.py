"""Answers whose article no longer says what they quote are marked: once, and no others."""

import asyncio
import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from bot.discord import watches
from bot.discord.ops.retention import keep_once
from bot.discord.servers import Servers
from bot.discord.store import ServerSettings, ago
from tests.bot.discord.fakes import StubEngine, StubHome
from tests.bot.discord.running import (
    AT_BOT,
    Running,
    driven,
    running,
    samples,
    settings,
    soon,
    store,
    with_text,
)
from tests.discord_standin.server import NEWSROOM, StandIn, text_of
from tests.discord_standin.trouble import broken
from tests.discord_standin.world import EMBED_LINKS, READ_MESSAGE_HISTORY

OLD, NEW = "The minister is in Rome. It rained.", "The minister is in Oslo. It rained."
CHANGED = "-# ⚠ **1** This article has changed since, and no longer says this."
REMOVED = "-# ⚠ **1** This article has been removed since."

pytestmark = pytest.mark.usefixtures("quick", "quick_looks")


async def looked_at(run: Running) -> None:
    """Wait until the bot has looked at all that has come in."""
    server, known = run.bot.servers.of(NEWSROOM), run.bot._watches._seen

    def looked() -> bool:
        held = run.bot.servers.store.has_posted(NEWSROOM)
        return not held or (NEWSROOM in known and known[NEWSROOM].checked == server.versions())

    await asyncio.sleep(watches.QUIET)
    await soon(looked)
    await asyncio.sleep(0.05)


def kept(run: Running) -> list[int]:
    """The messages of which quotes are kept, once for each quote."""
    held = store(run)
    rows = held.posted(NEWSROOM)
    held.close()
    return [row[1] for row in rows]


def edits(run: Running, message: Any) -> Any:
    return run.discord.messages.by_id[int(message["id"])]["edited_timestamp"]


def rome(run: Running, text: str = OLD) -> str:
    return run.corpus.put(text, title="Visit", id="visit")


@driven
async def test_an_answer_is_marked_once_however_it_was_asked(run: Running) -> None:
    rome(run)
    asked = await run.discord.ask("who is in Rome")
    said = await run.discord.reply(await run.discord.say(f"{AT_BOT} who is in Rome"))
    other = await run.discord.ask("in Washington")
    await soon(lambda: len(set(kept(run))) == 3)
    rome(run, NEW)
    await run.discord.until(lambda: CHANGED in asked.text)
    await looked_at(run)
    reply = run.discord.messages.by_id[int(said["id"])]
    assert reply["content"] == CHANGED
    assert "> The minister is in **Rome**." in asked.text  # the card is as it was
    assert "Context" in str((asked.message or {})["components"])
    first = edits(run, asked.message)
    rome(run, "Nobody is anywhere.")
    await looked_at(run)
    assert edits(run, asked.message) == first
    assert asked.text.count("⚠") == 1
    assert "⚠" not in other.text
    assert kept(run) == [int((other.message or {})["id"])]
    assert samples(run)["dateline_corrections_total['edited']"] == 2


@driven
async def test_a_quote_that_still_stands_is_left_alone(run: Running) -> None:
    rome(run)
    asked = await run.discord.ask("who is in Rome")
    rome(run, f"Corrected today.\n\n{OLD.replace('minister is', 'minister  is')}")
    await looked_at(run)
    assert len(kept(run)) == 1
    assert edits(run, asked.message) == (asked.message or {})["edited_timestamp"]
    assert "⚠" not in asked.text
    rome(run, NEW)
    await run.discord.until(lambda: CHANGED in asked.text)


@driven
async def test_a_removed_article_counts_as_changed_also_if_it_comes_in_anew(run: Running) -> None:
    first = rome(run)
    second = run.corpus.put("The king is in Madrid.", title="Madrid", id="madrid")
    asked = await run.discord.ask("who is in Rome")
    again = await run.discord.ask("who is in Madrid")
    await asyncio.sleep(1)  # articles come in at a second
    run.corpus.remove([first])
    await run.discord.until(lambda: REMOVED in asked.text)
    run.corpus.remove([second])
    run.corpus.put("The king is in Prague.", title="Madrid", id="madrid")
    await run.discord.until(lambda: REMOVED in again.text)


@driven
async def test_each_article_of_an_answer_has_its_line(run: Running) -> None:
    rome(run)
    other = run.corpus.put("The minister was in Rome, she says.", title="Visit 2", id="visit2")
    asked = await run.discord.ask("who is in Rome")
    await soon(lambda: len(kept(run)) == 2)
    run.corpus.remove([other])
    await run.discord.until(lambda: "been removed since" in asked.text)
    await looked_at(run)
    assert len(kept(run)) == 1
    rome(run, NEW)
    await run.discord.until(lambda: "has changed since" in asked.text)
    lines = str((asked.message or {})["content"]).split("\n")
    assert len([line for line in lines if "⚠" in line]) == 2


@driven
async def test_without_the_setting_nothing_is_kept_and_nothing_marked(run: Running) -> None:
    rome(run)
    before = await run.discord.ask("who is in Rome")
    await soon(lambda: kept(run))
    told = await settings(run, corrections=0)
    assert "**Answers are** not corrected" in told
    assert not kept(run)
    after = await run.discord.ask("who is in Rome")
    rome(run, NEW)
    await looked_at(run)
    assert not kept(run)
    for asked in (before, after):
        await (await run.discord.click(asked, "Context")).answer()
        assert "⚠" not in asked.text


@driven
async def test_what_one_person_alone_sees_is_not_kept_but_marked_on_a_press(run: Running) -> None:
    rome(run)
    options = {"question": "who is in Rome", "private": True}
    private = await (await run.discord.invoke("ask", options)).answer()
    direct = await run.discord.ask("who is in Rome", guild=None)
    stands = await (await run.discord.click(private, "Context")).answer()
    assert "⚠" not in private.text
    assert not kept(run)
    rome(run, NEW)
    context = await (await run.discord.click(private, "Context")).answer()
    assert "has changed since this answer" in context.text
    await run.discord.until(lambda: CHANGED in private.text)
    await (await run.discord.click(direct, "👍")).answer()
    await run.discord.until(lambda: CHANGED in direct.text)
    await (await run.discord.click(private, "More")).answer()
    assert private.text.count("⚠") == 1
    assert "⚠" not in stands.text


@driven
async def test_what_was_told_of_a_watched_question_is_marked_too(run: Running) -> None:
    await (await run.discord.invoke("watch", {"question": "who is in Rome"})).answer()
    rome(run)
    await soon(lambda: kept(run))
    (told,) = with_text(run, "A new answer to a watched question")
    rome(run, NEW)
    await run.discord.until(lambda: with_text(run, CHANGED))
    assert [one["id"] for one in with_text(run, CHANGED)] == [told["id"]]


@driven
async def test_a_private_answer_that_was_shared_is_marked(run: Running) -> None:
    rome(run)
    options = {"question": "who is in Rome", "private": True}
    private = await (await run.discord.invoke("ask", options)).answer()
    shared = await (await run.discord.click(private, "Share")).answer()
    await soon(lambda: kept(run))
    rome(run, NEW)
    await run.discord.until(lambda: CHANGED in shared.text)


@driven
async def test_what_may_not_be_edited_is_marked_when_a_button_is_pressed(run: Running) -> None:
    rome(run)
    asked = await run.discord.ask("who is in Rome")
    general = run.discord.world.guilds[NEWSROOM].general
    general.overwrites[NEWSROOM] = 0, READ_MESSAGE_HISTORY
    rome(run, NEW)
    await looked_at(run)
    assert "⚠" not in asked.text
    assert not kept(run)  # it was tried once
    assert samples(run)["dateline_corrections_total['failed']"] == 1
    run.discord.rejected.clear()
    form = await (await run.discord.click(asked, "Ask on")).answer()
    assert form.form
    await run.discord.until(lambda: CHANGED in asked.text)


@driven
async def test_where_not_even_a_press_may_edit_who_pressed_is_told(run: Running) -> None:
    rome(run)
    await run.discord.ask("in Washington")
    asked = await run.discord.ask("who is in Rome", guild=None)
    rome(run, NEW)
    fault = broken("PATCH", f"/messages/{(asked.message or {})['id']}", 403)
    run.discord.faults.append(fault)
    pressed = await (await run.discord.click(asked, "👍")).answer()
    await pressed.until(lambda it: len(it.answers) == 2)
    assert text_of(pressed.answers[1]) == CHANGED
    assert pressed.answers[1]["flags"] & 64
    assert "⚠" not in asked.text


@driven
async def test_an_outage_keeps_no_line_back_and_doubles_none(run: Running) -> None:
    rome(run)
    asked = await run.discord.ask("who is in Rome")
    number = (asked.message or {})["id"]
    run.discord.faults += [
        broken("GET", f"/messages/{number}", times=7),
        broken("PATCH", f"/messages/{number}", times=7, after=True),
    ]
    await soon(lambda: kept(run))
    rome(run, NEW)
    await soon(lambda: not kept(run))
    assert asked.text.count("⚠") == 1
    await soon(lambda: samples(run).get("dateline_corrections_total['edited']") == 1)


@driven
async def test_an_answer_in_plain_text_keeps_its_words(run: Running) -> None:
    rome(run)
    general = run.discord.world.guilds[NEWSROOM].general
    general.overwrites[NEWSROOM] = 0, EMBED_LINKS
    said = await run.discord.reply(await run.discord.say(f"{AT_BOT} who is in Rome"))
    rome(run, NEW)
    shown = run.discord.messages.by_id
    await run.discord.until(lambda: "⚠" in shown[int(said["id"])]["content"])
    assert shown[int(said["id"])]["content"] == f"{CHANGED}\n\n{said['content']}"
    run.discord.rejected.clear()


@driven
async def test_what_is_deleted_is_forgotten(run: Running) -> None:
    rome(run)
    asked = [await run.discord.ask("who is in Rome") for _ in range(4)]
    await soon(lambda: len(kept(run)) == 4)
    await run.discord.delete(asked[0])
    await soon(lambda: len(kept(run)) == 3)
    where = run.discord.world.guilds[NEWSROOM].general
    ids = [(one.message or {})["id"] for one in asked[1:3]]
    gone = {"ids": ids, "channel_id": str(where.id), "guild_id": str(NEWSROOM)}
    await run.discord.gateway_end.tell("MESSAGE_DELETE_BULK", where, gone)
    await soon(lambda: len(kept(run)) == 1)
    run.bot.servers.forget(NEWSROOM)
    run.bot.servers.store.note_left(NEWSROOM)
    await asyncio.to_thread(keep_once, run.bot.servers, set(), 0)
    assert not kept(run)
    assert not run.bot.servers.store.guilds()


def test_quotes_are_pruned_after_the_days_that_are_set(tmp_path: Path) -> None:
    servers = Servers(StubHome(tmp_path), StubEngine)
    held = servers.store
    for days in (2, 8):
        held.post(NEWSROOM, 1, days, ["place"])
        at = ago(dt.timedelta(days=days))
        held._write("UPDATE posted SET at = ? WHERE message = ?", at, days)
    keep_once(servers, {NEWSROOM}, 7)
    assert [row[1] for row in held.posted(NEWSROOM)] == [2]
    held.forget_old(NEWSROOM, ServerSettings(corrections=1))
    assert not held.has_posted(NEWSROOM)


def test_what_changed_while_the_bot_was_away_is_marked_at_the_start(tmp_path: Path) -> None:
    async def test() -> None:
        async with StandIn() as discord:
            async with running(tmp_path, discord) as run:
                rome(run)
                asked = await run.discord.ask("who is in Rome")
                await soon(lambda: kept(run))
                rows = run.bot.servers.store.posted(NEWSROOM)
            rome(run, NEW)
            async with running(tmp_path, discord) as run:
                await discord.until(lambda: CHANGED in asked.text)
                await soon(lambda: not kept(run))
            first = edits(run, asked.message)
            # As if it had been killed between marking it and noting that.
            run.bot.servers.store.post(NEWSROOM, *rows[0][:2], [rows[0][4]])
            async with running(tmp_path, discord) as run:
                await soon(lambda: not kept(run))
            assert edits(run, asked.message) == first
            assert not discord.rejected
            assert not discord.pinged

    asyncio.run(test())
