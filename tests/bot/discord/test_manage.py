"""What managers can do and see of it, and what keeps them from harm."""

import asyncio
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from discord import AppCommandOptionType, Interaction
from discord.app_commands import Transformer, TransformerError

from bot.discord.delivery import defer_update
from bot.discord.errors import embed_of
from bot.discord.servers import WriteProgress
from bot.settings import Settings
from tests.bot.discord.running import (
    Running,
    driven,
    running,
    settings,
    settled,
    shows,
    soon,
    store,
    used,
    with_text,
)
from tests.discord_standin.server import NEWSROOM, OTHER, Invocation, text_of
from tests.discord_standin.trouble import slow
from tests.discord_standin.world import EMBED_LINKS, MANAGER, OWNER, SECOND, Role


@driven
async def test_several_files_are_added_at_once_and_the_log_says_so(run: Running) -> None:
    files = {
        name: run.discord.attach(f"{name}.txt", f"Article {name}.".encode())
        for name in ("file", "file2", "file3")
    }
    assert (await used(run, "add", **files)).startswith("3 added. Now 4 articles")
    log = await used(run, "log")
    plain = log.replace("\\", "")
    assert f"<@{MANAGER.id}> Added “Article file.”, “Article file2.”, “Article file3.”" in plain
    assert "page 1 of 1" in log


def test_an_article_may_be_as_large_as_who_runs_it_says_and_lines_larger_together(
    tmp_path: Path,
) -> None:
    async def test() -> None:
        async with running(tmp_path, settings=Settings(max_article_bytes=60)) as run:
            lines = b"".join(b'{"text": "Report %d is out."}\n' % n for n in range(9))
            many = await used(run, "add", file=run.discord.attach("many.jsonl", lines))
            assert many.startswith("9 added. Now 10 articles")
            large = await used(run, "add", file=run.discord.attach("large.txt", b"x" * 61))
            assert "is larger than 60 bytes; split it" in large

    asyncio.run(test())


@pytest.mark.usefixtures("quick_edits")
@driven
async def test_files_that_are_being_fetched_are_told_of_and_can_be_cancelled(run: Running) -> None:
    for by_button in (True, False):
        late = slow("GET", "/attachments/", 3.0)
        run.discord.faults.append(late)
        file = {"file": run.discord.attach("a.txt", b"It rained.")}
        adding = await run.discord.invoke("manage add", file, manager=True)
        await adding.until(lambda it: it.text == "Fetching files…")
        assert "**Now** Fetching files…" in await used(run, "status")
        if by_button:
            ended = await run.discord.click(adding, "Cancel")
        else:
            ended = await run.discord.invoke("manage cancel", manager=True)
        told = (await ended.answer()).text
        assert told == "It ends at its next step. (Fetching files…)"
        began = time.monotonic()
        await adding.until(lambda it: it.text.startswith("Cancelled"))
        assert time.monotonic() - began < 1.0
        run.discord.faults.remove(late)
    added = await run.discord.invoke("manage add", file, manager=True)
    await added.until(lambda it: it.text.startswith("1 added. Now 2 articles"))


@driven
async def test_a_write_ends_when_the_server_puts_the_bot_out(run: Running) -> None:
    other = run.home.corpus(f"guild-{OTHER}")
    other.steps = 500
    await run.discord.invoke("manage rebuild", manager=True, guild=OTHER)
    await soon(lambda: (it := run.bot.servers.of(OTHER).writing) and it.total)
    await run.discord.leave(OTHER)
    await soon(lambda: other.stopped)


def test_a_small_quota_is_told_in_a_small_unit(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path, settings=Settings(server_bytes=60_500)) as run:
            assert "of 60.5 kB" in await used(run, "status")
            told = await used(run, "add", file=run.discord.attach("a.txt", b"It rained. " * 9000))
            assert "this server has used its 60.5 kB" in told.replace("\\", "")

    asyncio.run(test())


@driven
async def test_settings_are_kept_and_hold(run: Running) -> None:
    guild = run.discord.world.guilds[NEWSROOM]
    news = guild.add_channel("news", 992)
    shown = await settings(run, add_channel=news, private=True, sure=60, keep_questions=7)
    for line in (
        f"**Answers in** <#{news.id}>",
        "**Answers to `/ask` are for** the asker alone",
        "**How sure an answer must be** 60%",
        "kept for 7 days",
    ):
        assert line in shown.replace("\\", "")
    refused = await run.discord.ask("in Washington")
    assert refused.text == f"Dateline does not answer in this channel; ask in <#{news.id}>."
    helped = await (await run.discord.invoke("help")).answer()
    assert f"I do not answer in this channel, but in <#{news.id}>." in helped.text
    assert not (helped.message or {})["components"]
    asked = await run.discord.ask("in Washington", channel=news)
    assert asked.ephemeral
    (engine,) = run.engines.values()
    assert engine.asked[-1].threshold == 0.6
    said = {"question": "in York", "private": False}
    await (await run.discord.invoke("ask", said, channel=news)).answer()
    questions = await used(run, "questions")
    assert "✓ in York" in questions
    assert "Washington" not in questions
    alone = await run.discord.reply(await run.discord.say("in York", guild=None))
    assert "from the articles of Newsroom" in text_of(alone)
    helped = await (await run.discord.invoke("help", guild=None)).answer()
    assert helped.text.startswith("What I can answer from the articles of Newsroom")
    assert "Settings:" in await used(run, "log")
    back = await settings(run, reset=True)
    assert "**Answers in** every channel" in back
    assert "Questions are not kept" in await used(run, "questions")
    assert store(run).questions(NEWSROOM) == []


@driven
async def test_settings_show_what_will_change_and_change_nothing_else(run: Running) -> None:
    guild = run.discord.world.guilds[NEWSROOM]
    news, general = guild.add_channel("news", 992), guild.general
    await settings(run, add_channel=news)
    again = {"add_channel": news, "sure": 60}
    shown = await (await run.discord.invoke("manage settings", again, manager=True)).answer()
    assert "**To change** how sure an answer must be: 60%\n\nAs it is now:\n" in shown.text
    assert "**How sure an answer must be** as it comes" in shown.text
    await run.discord.click(shown, "Leave as it is")
    await shown.until(lambda it: "**To change**" not in it.text)
    assert store(run).settings()[NEWSROOM].threshold is None
    late = await (await run.discord.invoke("manage settings", again, manager=True)).answer()
    assert f"**Answers in** <#{news.id}>" in await settings(run, **again)
    told = await (await run.discord.click(late, "Change")).answer()
    assert "The settings have changed meanwhile" in told.text
    both = await settings(run, add_channel=general, remove_channel=news)
    assert f"**Answers in** <#{general.id}>\n" in both
    assert "**Answers in** every channel" in await settings(run, remove_channel=general)


@driven
async def test_a_role_may_manage_where_the_settings_say_so(run: Running) -> None:
    guild = run.discord.world.guilds[NEWSROOM]
    desk = guild.add_role(Role(8800, "desk", 0, 2))
    guild.members[SECOND.id] = SECOND, {desk.id}
    status = "manage status"
    refused = await run.discord.invoke(status, user=SECOND, opened=True)
    assert "needs the permission Manage Server" in (await refused.answer()).text
    await settings(run, add_manager=desk)
    allowed = await run.discord.invoke(status, user=SECOND, opened=True)
    assert "**Articles** 1 of" in (await allowed.answer()).text


@driven
async def test_everything_of_a_server_is_deleted_and_nothing_of_another(run: Running) -> None:
    run.home.corpus(f"guild-{OTHER}").put("Elsewhere.")
    asked = await run.discord.ask("where in Washington")
    await (await run.discord.click(asked, "👍")).answer()
    await settings(run, private=True)
    sure = await run.discord.invoke("manage delete-everything", manager=True)
    await sure.answer()
    assert run.corpus.articles
    await run.discord.click(sure, "Delete everything")
    await run.discord.until(partial(shows, sure, "Everything of this server is deleted"))
    assert not run.corpus.articles
    assert run.home.corpus(f"guild-{OTHER}").articles
    assert list(store(run).feedback()) == []
    assert NEWSROOM not in store(run).settings()
    assert "no articles here yet" in (await run.discord.ask("in Washington")).text
    run.corpus.put("They met in Rome.")
    await run.discord.reply(await run.discord.say("and in Rome", to=asked))
    assert "Washington" not in str(run.engines[f"guild-{NEWSROOM}"].asked[-1].history[1:])


@driven
async def test_a_write_that_begins_while_deleting_is_confirmed_keeps_all(
    run: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slowly_taken(interaction: Interaction) -> None:
        await defer_update(interaction)
        run.bot.servers.of(NEWSROOM).writing = WriteProgress("Adding", "articles")

    monkeypatch.setattr("bot.discord.commands.manage.defer_update", slowly_taken)
    sure = await run.discord.invoke("manage delete-everything", manager=True)
    await run.discord.click(await sure.answer(), "Delete everything")
    await settled(run, lambda: with_text(run, "A change is under way"))
    assert run.corpus.articles


@driven
async def test_everything_is_deleted_once_in_time_and_by_who_asked(run: Running) -> None:
    async def ask() -> Invocation:
        asked = await run.discord.invoke("manage delete-everything", manager=True)
        return await asked.answer()

    async def press(label: str, text: str, shown: Any) -> None:
        pressed = await run.discord.click(shown, label, user=MANAGER)
        await run.discord.until(partial(shows, pressed, text))
        assert not (pressed.message or {})["components"]

    await press("Cancel", "Nothing was deleted.", await ask())
    late = await ask()
    run.discord.world.clock.advance(6 * 60)
    await press("Delete everything", "can no longer be confirmed", late)
    assert run.corpus.articles
    asked = await ask()
    armed = dict(asked.message or {})
    await press("Delete everything", "Everything of this server is deleted", asked)
    run.corpus.put("Added since.")
    run.discord.messages.by_id[int(armed["id"])] = armed  # a click that was on its way
    twice = await run.discord.click(asked, "Delete everything", user=MANAGER)
    assert "was confirmed before" in (await twice.answer()).text
    asked = await ask()
    other = await run.discord._press(
        asked.message or {}, run.discord.chooser.button(asked.message or {}, "Cancel"), OWNER
    )
    assert "for who asked" in (await other.answer()).text
    assert run.corpus.articles


@driven
async def test_the_log_says_in_words_what_was_set(run: Running) -> None:
    guild = run.discord.world.guilds[NEWSROOM]
    desk = guild.add_role(Role(8800, "desk", 0, 2))
    await settings(run, add_manager=desk, add_channel=guild.general, sure=30)
    await settings(run, remove_manager=desk, keep_questions=1, private=True)
    await used(run, "remove", article="nothing of that name")
    second, first = (await used(run, "log")).splitlines()[1:3]
    assert first.endswith(
        f"<@{MANAGER.id}> Settings: <@&8800> may manage; answers in <#{guild.general.id}>; "
        "how sure an answer must be: 30%"
    )
    assert second.endswith(
        "Settings: <@&8800> may no longer manage; answers to `/ask` are for the asker alone; "
        "questions are kept for 1 day, except those answered privately"
    )
    assert "<@&8800>" not in await used(run, "settings")


@driven
async def test_questions_are_kept_that_were_asked_in_the_server_and_not_privately(
    run: Running,
) -> None:
    await settings(run, keep_questions=7)
    await run.discord.ask("in Washington")
    private = {"question": "in York", "private": True}
    await (await run.discord.invoke("ask", private)).answer()
    await settings(run, private=True)
    await run.discord.ask("still in York")
    await run.discord.ask("then in York", guild=None)
    await run.discord.reply(await run.discord.say("met Han", guild=None))
    questions = await used(run, "questions")
    assert "✓ in Washington" in questions
    assert "York" not in questions
    assert "Han" not in questions


@driven
async def test_everyone_cannot_manage(run: Running) -> None:
    everyone = run.discord.world.guilds[NEWSROOM].roles[NEWSROOM]
    refused = await used(run, "settings", add_manager=everyone)
    assert "every member could change and delete the articles" in refused
    assert "**Managed by** those with Manage Server\n" in await used(run, "settings")


@driven
async def test_a_channel_that_the_bot_does_not_know_can_be_set(run: Running) -> None:
    await used(run, "status")
    hidden = run.discord.world.guilds[NEWSROOM].add_channel("hidden", 993)
    assert "**Answers in** <#993>" in await settings(run, add_channel=hidden)
    (option,) = [
        option
        for command in run.discord.commands
        if command["name"] == "manage"
        for one in command["options"]
        if one["name"] == "settings"
        for option in one["options"]
        if option["name"] == "add_channel"
    ]
    assert 4 not in option["channel_types"]  # a category


def test_shared_articles_are_counted_and_only_told_of(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path, settings=Settings(shared_corpus="wire")) as run:
            shared = run.home.corpus("wire").put("Zanzibar votes.", title="Zanzibar")
            assert "**Shared articles** 1" in await used(run, "status")
            for name in (shared, "zanzibar"):
                told = await used(run, "remove", article=name)
                assert told.startswith("“Zanzibar” is one of the shared articles")
            assert run.home.corpus("wire").articles
            for _ in range(2):
                run.corpus.put(f"Twice {_}.", title="Twice")
            assert "2 articles have this title; give" in await used(run, "remove", article="twice")

    asyncio.run(test())


def test_a_choice_that_is_gone_is_told_in_a_sentence() -> None:
    gone = TransformerError(7, AppCommandOptionType.role, Transformer())
    card = embed_of(gone, manager=True, name="/manage settings")
    assert card.description == "What you chose is no longer there; choose again."


@driven
async def test_a_server_that_is_joined_is_told_once_how_to_begin(run: Running) -> None:
    await run.discord.ask("in Washington")
    await soon(run.bot.is_ready)  # until then, every server is one that it was in
    guild = await run.discord.join("Fresh")
    await settled(run, lambda: run.discord.messages.in_channel(guild.general))
    await run.discord.again()
    (told,) = run.discord.messages.in_channel(guild.general)
    for step in ("1. ", "`/manage add`", "2. ", "`/ask`", "3. ", "`/manage settings`"):
        assert step in text_of(told)


@driven
async def test_status_names_the_permissions_that_are_missing(run: Running) -> None:
    guild = run.discord.world.guilds[NEWSROOM]
    assert "Missing" not in await used(run, "status")
    bare = guild.add_channel("bare", 997, deny=EMBED_LINKS)
    status = await run.discord.invoke("manage status", manager=True, channel=bare)
    told = f"**Missing in <#{bare.id}>** Embed Links, because answers are cards"
    assert told in (await status.answer()).text


@driven
async def test_what_was_asked_in_vain_most_often_is_told(run: Running) -> None:
    await settings(run, keep_questions=7)
    kept = store(run)
    for n in range(17):
        kept.keep_question(NEWSROOM, f"Question {n}", answered=True)
    for text in ("Where is Atlantis?", "where is  atlantis?", "who won"):
        kept.keep_question(NEWSROOM, text, answered=False)
    kept.close()
    asked = await (await run.discord.invoke("manage questions", manager=True)).answer()
    assert "20 questions: ✓ 17 answered, – 3 not" in asked.text
    assert (
        "-# Asked most often without an answer\n2 × where is atlantis?\n1 × who won" in asked.text
    )
    await run.discord.click(asked, "Next")
    await asked.until(lambda it: "page 2 of 2" in it.text)
    assert "✓ Question 0" in asked.text
    vain = {"unanswered": True}
    asked = await (await run.discord.invoke("manage questions", vain, manager=True)).answer()
    assert "✓ Question" not in asked.text
    assert "page 1 of 1" in asked.text
