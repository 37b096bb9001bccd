"""Tokens that expire, events that repeat, messages that are deleted: still one answer."""

import threading
from collections.abc import Callable

import pytest

from bot.discord.write_jobs import Write
from index import CorpusError
from tests.bot.discord.running import (
    AT_BOT,
    Running,
    driven,
    one,
    settled,
    soon,
    until_asked,
    visible,
    with_text,
)
from tests.discord_standin.server import NEWSROOM, text_of
from tests.discord_standin.trouble import cut
from tests.discord_standin.world import MANAGER, READER, SEND_MESSAGES

pytestmark = pytest.mark.usefixtures("quick")


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
    ids = [one["custom_id"] for row in message["components"] for one in row["components"]]
    assert all(one.startswith(f"dl@{NEWSROOM}:" if private else "dl:") for one in ids)
    assert "share" not in str(ids)
    run.discord.rejected.clear()


@driven
async def test_an_error_after_its_token_is_told_without(run: Running) -> None:
    run.corpus.asking.clear()
    asked = await run.discord.invoke("ask", {"question": "where did it boom"})
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


@pytest.mark.usefixtures("quick_edits")
@driven
async def test_a_rebuild_whose_message_is_deleted_ends_with_one_message(run: Running) -> None:
    run.corpus.writing.clear()
    rebuild = await run.discord.invoke("manage rebuild", manager=True)
    await rebuild.until(lambda it: "Rebuilding" in it.text)
    await run.discord.delete(rebuild)
    run.corpus.writing.set()
    await settled(run, lambda: with_text(run, "Rebuilt in"))
    one(run, "Rebuilt in")
    run.discord.rejected.clear()


@pytest.mark.usefixtures("quick_edits")
@driven
async def test_progress_that_is_not_shown_keeps_nothing_from_being_told(run: Running) -> None:
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


@pytest.mark.usefixtures("quick_edits")
@driven
async def test_long_work_that_fails_says_so_where_it_is_shown(
    run: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Write, "edit_for", 0.05)
    fails = threading.Event()

    def rebuild(*, on_progress: Callable[[int, int], None], **_: object) -> None:
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


@pytest.mark.usefixtures("quick_edits")
@driven
async def test_long_work_that_is_shown_directly_has_no_button_that_would_be_about_no_server(
    run: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Write, "edit_for", 0.05)
    goes_on, ends = threading.Event(), threading.Event()

    def rebuild(*, on_progress: Callable[[int, int], None], **_: object) -> None:
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
