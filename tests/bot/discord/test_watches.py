"""Watched questions: each new answer is told once, where it is watched, and nothing else."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot.discord import watches
from bot.discord.delivery import to_channel
from bot.discord.ops.retention import keep_once
from bot.discord.views.buttons import asked_in
from bot.discord.views.watches import told_card
from bot.settings import Settings
from bot.watches import Watch
from tests.bot.discord.card_parts import answer
from tests.bot.discord.running import Running, driven, running, settings, soon, with_text
from tests.discord_standin.server import NEWSROOM, Invocation, StandIn, text_of
from tests.discord_standin.world import READER, SECOND

NEW = "A new answer to a watched question"

pytestmark = pytest.mark.usefixtures("quick_looks")


async def watch(run: Running, question: str, **options: Any) -> Invocation:
    given = {name: options.pop(name) for name in ("private",) if name in options}
    done = await run.discord.invoke("watch", {"question": question} | given, **options)
    return await done.answer()


async def looked_at(run: Running) -> None:
    """Wait until the bot has looked at all that has come in."""

    def nothing_new() -> bool:
        server = run.bot.servers.of(NEWSROOM)
        return not server.watched.exists or server.watched.marks() == server.marks()

    await asyncio.sleep(watches.QUIET)
    await soon(nothing_new)
    await asyncio.sleep(0.05)


@driven
async def test_what_answers_otherwise_is_told_once_with_the_answer_before(run: Running) -> None:
    begun = await watch(run, "in Han")
    assert begun.ephemeral
    assert "Now: **Han**" in begun.text
    await watch(run, "who is in Rome")
    run.corpus.put("The minister is in Rome.", title="Rome")
    await run.discord.until(lambda: with_text(run, NEW))
    await looked_at(run)
    (message,) = with_text(run, NEW)
    assert message["channel_id"] == str(run.discord.world.guilds[NEWSROOM].general.id)
    text = text_of(message)
    assert "> The minister is in **Rome**." in text
    assert "before: the articles didn't say" in text
    assert f"watched by <@{READER.id}>" in text
    # The same words in another article are no news, nor is an article on something else.
    run.corpus.put("She is in Rome, too, the sister says.", title="Rome again")
    run.corpus.put("It rained.", title="Rain")
    await looked_at(run)
    assert len(with_text(run, NEW)) == 1


def test_a_question_that_its_card_s_head_cuts_off_is_read_whole_from_it() -> None:
    for question in ("who is in Rome", "I should really " * 20 + "like to know who is in Rome"):
        told = answer(question="and there", standalone_question=question)
        embed = told_card(Watch(id="1", question="and there"), told).embed
        assert asked_in(SimpleNamespace(embeds=[embed])) == question  # type: ignore[arg-type]
        assert ("searched for" in str(embed.footer.text)) == (len(question) > 256)


@driven
async def test_a_burst_gives_one_message_about_what_holds_after_it(run: Running) -> None:
    await watch(run, "who was seen in Rome")
    for n in range(6):
        run.corpus.put(f"Visitor {n} was seen in Rome.", title=f"Visit {n}")
        await asyncio.sleep(watches.QUIET / 4)
    await run.discord.until(lambda: with_text(run, NEW))
    await looked_at(run)
    assert len(with_text(run, NEW)) == 1


@driven
async def test_what_is_not_sure_enough_is_not_told(run: Running) -> None:
    await settings(run, sure=80)
    await watch(run, "who is in Rome")
    run.corpus.put("The minister is in Rome.", title="Rome")
    await looked_at(run)
    assert with_text(run, NEW) == []


def test_a_restart_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    async def test() -> None:
        async with StandIn() as discord:
            async with running(tmp_path, discord) as run:
                await watch(run, "who is in Rome")
                await watch(run, "who is in Oslo")
                run.corpus.put("The minister is in Rome.", title="Rome")
                await run.discord.until(lambda: with_text(run, NEW))
                await looked_at(run)
            run.corpus.put("The king is in Oslo.", title="Oslo")  # nobody is there to see it
            async with running(tmp_path, discord) as run:
                await run.discord.until(lambda: len(with_text(run, NEW)) == 2)
                await looked_at(run)
                # As if it had been killed between telling it and noting that.
                server = run.bot.servers.of(NEWSROOM)
                told = server.watched.watches()
                assert [one.told for one in told] == ["Rome", "Oslo"]
            book, old = server.watched, told[1].model_copy(update={"told": None, "quotes": []})
            book.save(old)
            book.move({name: type(mark)() for name, mark in book.marks().items()})
            async with running(tmp_path, discord) as run:
                await soon(lambda: server.watched.watches()[1].told == "Oslo")
                assert len(with_text(run, NEW)) == 2
            assert not discord.rejected
            assert not discord.pinged

    asyncio.run(test())


@driven
async def test_a_private_one_is_told_directly_as_long_as_one_is_a_member(run: Running) -> None:
    await watch(run, "who is in Rome", private=True)
    run.corpus.put("The minister is in Rome.", title="Rome")
    await run.discord.until(lambda: with_text(run, NEW))
    await looked_at(run)
    (message,) = with_text(run, NEW)
    direct = run.discord.world.guilds[NEWSROOM].channels
    assert message["channel_id"] not in {str(number) for number in direct}
    assert "watched by" not in text_of(message)
    assert f"dl@{NEWSROOM}:context" in str(message["components"])
    await watch(run, "who is in Oslo", private=True)
    del run.discord.world.guilds[NEWSROOM].members[READER.id]
    run.corpus.put("The king is in Oslo.", title="Oslo")
    await looked_at(run)
    held = run.bot.servers.of(NEWSROOM).watched.watches()
    assert [one.question for one in held] == ["who is in Rome"]  # of which nothing was to tell
    assert len(with_text(run, NEW)) == 1
    run.discord.rejected.clear()


@driven
async def test_the_button_watches_what_was_answered_with_its_conversation(run: Running) -> None:
    run.corpus.put("Han flew home to Beijing.", title="Home")
    asked = await run.discord.ask("who is in Rome")
    assert "don't say" in asked.text
    begun = await (await run.discord.click(asked, "Watch")).answer()
    assert begun.text.startswith("who is in Rome")
    again = await (await run.discord.click(asked, "Watch")).answer()
    assert "watched already" in again.text
    form = await (await run.discord.click(asked, "Ask on")).answer()
    follow_up = await (await run.discord.submit(form, {"Your question": "and in York"})).answer()
    await (await run.discord.click(follow_up, "Watch")).answer()
    held = run.bot.servers.of(NEWSROOM).watched.watches()
    assert [one.question for one in held] == ["who is in Rome", "and in York"]
    assert [turn.question for turn in held[1].history] == ["who is in Rome"]
    run.corpus.put("The minister is in Rome.", title="Rome")
    await run.discord.until(lambda: with_text(run, NEW))
    (message,) = with_text(run, NEW)
    context = await (await run.discord.click(message, "Context")).answer()
    assert "The minister is in Rome." in context.text
    ended = await (await run.discord.click(message, "Stop watching")).answer()
    assert ended.text == "No longer watching “who is in Rome”."
    assert len(run.bot.servers.of(NEWSROOM).watched.watches()) == 1


@driven
async def test_watched_questions_are_listed_and_ended_by_whom_it_may_be(run: Running) -> None:
    await watch(run, "who is in Rome")
    await watch(run, "who is in Oslo", private=True)

    async def listed(**who: Any) -> Invocation:
        return await (await run.discord.invoke("watching", {}, **who)).answer()

    mine = await listed()
    assert "who is in Rome" in mine.text
    assert "who is in Oslo" in mine.text
    theirs = await listed(user=SECOND)
    assert "who is in Rome" in theirs.text
    assert "who is in Oslo" not in theirs.text
    refused = await (await run.discord.click(theirs, "End 1", user=SECOND)).answer()
    assert "Only whoever began it" in refused.text
    managed = await listed(user=SECOND, manager=True)
    assert "who is in Oslo" not in managed.text
    done = await (await run.discord.click(mine, "End 2")).answer()
    assert "No longer watching “who is in Oslo”" in done.text
    assert "who is in Oslo" not in (await listed()).text


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        (Settings(person_watches=1), "You watch 1 question, the most; end one"),
        (Settings(server_watches=1), "1 questions are watched here, the most"),
    ],
)
def test_there_are_limits(tmp_path: Path, limits: Settings, told: str) -> None:
    async def test() -> None:
        async with running(tmp_path, settings=limits) as run:
            await watch(run, "who is in Rome")
            assert told in (await watch(run, "who is in Oslo")).text
            assert "watched already" in (await watch(run, "who is in Rome")).text

    asyncio.run(test())


@driven
async def test_what_has_no_answer_is_not_watched(run: Running) -> None:
    for text in ("what's new", "hello", "tell me about Blinken"):
        assert "no answer that could change" in (await watch(run, text)).text
    assert not run.bot.servers.of(NEWSROOM).watched.exists


@driven
async def test_where_managers_want_no_answers_nothing_is_told(run: Running) -> None:
    await watch(run, "who is in Rome")
    general = run.discord.world.guilds[NEWSROOM].general
    other = run.discord.world.guilds[NEWSROOM].add_channel("other", NEWSROOM + 2000)
    await settings(run, add_channel=other)
    run.corpus.put("The minister is in Rome.", title="Rome")
    await looked_at(run)
    assert with_text(run, NEW) == []
    (held,) = run.bot.servers.of(NEWSROOM).watched.watches()
    assert held.error == "this server's managers want no answers there"
    assert held.channel == general.id


@driven
async def test_a_thread_that_was_archived_is_told_where_its_channel_is_wanted(run: Running) -> None:
    guild = run.discord.world.guilds[NEWSROOM]
    await settings(run, add_channel=guild.general)
    thread = await run.discord.thread(guild.general)
    await watch(run, "who is in Rome", channel=thread)
    (known,) = run.bot.guilds[0].threads
    known.guild._remove_thread(known)  # as discord.py does with one that is archived
    run.corpus.put("The minister is in Rome.", title="Rome")
    await run.discord.until(lambda: with_text(run, NEW))
    (message,) = with_text(run, NEW)
    assert message["channel_id"] == str(thread.id)


@driven
async def test_an_outage_and_a_question_that_fails_keep_nothing_from_being_told(
    run: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    await watch(run, "who is in Rome")
    await watch(run, "who is in Oslo")
    real, failed = to_channel, list[str]()

    async def fails_once(*args: Any, **more: Any) -> Any:
        if not failed:
            failed.append("once")
            raise ConnectionResetError
        return await real(*args, **more)

    monkeypatch.setattr(watches, "to_channel", fails_once)
    server = run.bot.servers.of(NEWSROOM)
    broken = server.watched.watches()[0].model_copy(update={"id": "0", "question": "boom Rome"})
    server.watched.add(broken, {}, most=9)
    run.corpus.put("The minister is in Rome.", title="Rome")
    run.corpus.put("The king is in Oslo.", title="Oslo")
    await run.discord.until(lambda: len(with_text(run, NEW)) == 2)
    held = server.watched.watches
    await soon(lambda: [one.told for one in held()] == ["Rome", "Oslo", None])
    await asyncio.sleep(watches.QUIET * 2)  # who fails is tried again, the others stay told
    assert len(with_text(run, NEW)) == 2


@driven
async def test_a_server_that_leaves_takes_them_along(run: Running) -> None:
    await watch(run, "who is in Rome")
    server = run.bot.servers.of(NEWSROOM)
    run.bot.servers.forget(NEWSROOM)
    run.bot.servers.store.note_left(NEWSROOM)
    await asyncio.to_thread(keep_once, run.bot.servers, set(), 0)
    assert not server.watched.exists
    held = server.watched
    held.move({})
    assert not held.exists
    assert not (run.home.path / "corpora" / f"guild-{NEWSROOM}").exists()
