"""Adding, removing and rebuilding, with the real client against the stand-in."""

import asyncio
import time
from pathlib import Path

import pytest

from bot.discord.ingest import ATTACHMENT_MAX
from bot.discord.write_jobs import Write
from index import CorpusDamaged, Snapshot
from tests.bot.discord.running import Running, drive, driven, running, used
from tests.discord_standin.server import NEWSROOM, Fault, text_of
from tests.discord_standin.trouble import cut
from tests.discord_standin.world import MANAGER, SEND_MESSAGES


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
    assert "-# big\\_one\\.txt: is 10.2 MB, and 10 MB is the most; split it" in large
    lines = b'{"text": "One."}\n{"text": "Two."}'
    many = await add("two.jsonl", lines, title="Both")
    assert many.startswith("There are 2 articles in what you attached, and title can be")
    assert (await add("two.jsonl", lines)).startswith("2 added.")
    wrong = await add("one.txt", b"One.", url="javascript:alert(1)")
    assert "1 refused" in wrong
    assert "no web address" in wrong
    assert "1 refused" in await add("bad.jsonl", b"not json")
    run.discord.faults.append(Fault("GET", "/attachments/", 404, {}))
    assert "attach it again" in await add("gone.txt", b"x")
    run.discord.faults.append(cut("GET", "/attachments/", times=3))
    assert "attach it again" in await add("lost.txt", b"x")


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


@pytest.mark.usefixtures("quick_edits")
@driven
async def test_a_rebuild_shows_how_far_it_is_and_is_the_only_write(run: Running) -> None:
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
        "**Model** stub",
        "**Now** nothing is being written",
        "**Before** Rebuilt in",
    ):
        assert line in status.text


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
        assert set(run.discord.rejected) == (
            {"403 50013: Missing Permissions"} if silent else set()
        )
        run.discord.rejected.clear()

    drive(tmp_path, test)


@pytest.mark.usefixtures("quick_edits")
@driven
async def test_a_write_is_cancelled_by_its_button_or_by_the_command(run: Running) -> None:
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


@pytest.mark.usefixtures("quick_edits")
@driven
async def test_a_rebuild_outlives_its_token(run: Running) -> None:
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
