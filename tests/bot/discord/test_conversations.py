"""Replies and mentions go on with a conversation."""

import asyncio
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.settings import Settings
from retrieval import Turn
from tests.bot.discord.card_parts import OURS
from tests.bot.discord.running import (
    AT_BOT,
    Running,
    driven,
    running,
    settings,
    soon,
    store,
    until_asked,
    with_text,
)
from tests.discord_standin.gateway import MESSAGE_CONTENT
from tests.discord_standin.markdown import kinds
from tests.discord_standin.server import NEWSROOM, StandIn, text_of
from tests.discord_standin.world import (
    APPLICATION,
    EMBED_LINKS,
    READ_MESSAGE_HISTORY,
    READER,
    SECOND,
    SEND_MESSAGES,
    Role,
)


@driven
async def test_a_reply_goes_on_from_its_answer(run: Running) -> None:
    asked = await run.discord.ask("where in Washington")
    said = await run.discord.say("and in York", to=asked)
    reply = await run.discord.reply(said)
    assert "## York" in text_of(reply)
    again = await run.discord.say("Washington", to=reply, user=SECOND)
    assert "## Washington" in text_of(await run.discord.reply(again))
    (engine,) = run.engines.values()
    asked_of = [[turn.question for turn in one.history] for one in engine.asked]
    assert asked_of == [
        [],
        ["where in Washington"],
        ["where in Washington", "and in York"],
    ]
    unheard = await run.discord.say("and in York", to=asked, ping=False)  # its text is hidden
    chat = await run.discord.say("nice weather")
    await run.discord.ask("in Washington")
    assert run.discord.replies(unheard) == run.discord.replies(chat) == []


@driven
async def test_a_mention_goes_on_from_ones_own_last_answer_and_a_thread_shares_its(
    run: Running,
) -> None:
    guild = run.discord.world.guilds[NEWSROOM]
    thread = guild.add_channel("thread", 990, parent=guild.general)
    for where, second in ((guild.general, []), (thread, ["in Washington"])):
        first = await run.discord.say(f"{AT_BOT} in Washington", channel=where)
        await run.discord.reply(first)
        other = await run.discord.say(f"{AT_BOT} in York", channel=where, user=SECOND)
        await run.discord.reply(other)
        (engine,) = run.engines.values()
        assert [turn.question for turn in engine.asked[-1].history] == second
        assert engine.asked[-1].text == "in York"


@driven
async def test_what_one_alone_sees_is_asked_on_from_its_own_buttons_alone(run: Running) -> None:
    guild = run.discord.world.guilds[NEWSROOM]
    thread = guild.add_channel("thread", 990, parent=guild.general)
    for where, who in ((thread, SECOND), (guild.general, READER)):
        options = {"question": "in Washington", "private": True}
        asked = await (await run.discord.invoke("ask", options, channel=where)).answer()
        other = await run.discord.say("was Blinken in Washington?", channel=where)
        await (await run.discord.menu("Ask about this", other)).answer()
        said = await run.discord.say(f"{AT_BOT} in York", channel=where, user=who)
        await run.discord.reply(said)
        (engine,) = run.engines.values()
        assert [turn.question for turn in engine.asked[-1].history] == []
        form = await (await run.discord.click(asked, "Ask on")).answer()
        await (await run.discord.submit(form, {"Your question": "in York"})).answer()
        assert [turn.question for turn in engine.asked[-1].history] == ["in Washington"]


@driven
async def test_a_shared_answer_takes_no_private_one_along(run: Running) -> None:
    options = {"question": "in Washington", "private": True}
    asked = await (await run.discord.invoke("ask", options)).answer()
    form = await (await run.discord.click(asked, "Ask on")).answer()
    further = await (await run.discord.submit(form, {"Your question": "in York"})).answer()
    await run.discord.click(further, "Share")
    await run.discord.until(lambda: with_text(run, "Shared by"))
    (shared,) = with_text(run, "Shared by")
    assert "(with: " in further.text
    assert "(with: " not in text_of(shared)
    assert text_of(shared).endswith("Probably · every word quoted")
    await run.discord.reply(await run.discord.say("in Han", to=shared, user=SECOND))
    (engine,) = run.engines.values()
    assert [turn.question for turn in engine.asked[-1].history] == ["in York"]


@driven
async def test_what_is_sent_right_behind_a_question_leans_on_its_answer(run: Running) -> None:
    run.corpus.asking.clear()
    first = await run.discord.say(f"{AT_BOT} in Washington")
    second = await run.discord.say(f"{AT_BOT} and in York")
    elsewhere = await run.discord.say(f"{AT_BOT} in Han", user=SECOND)
    await until_asked(run)
    run.corpus.asking.set()
    for one in (second, first, elsewhere):
        await run.discord.reply(one)
    (engine,) = run.engines.values()
    before = {one.text: [turn.question for turn in one.history] for one in engine.asked}
    assert before == {"in Washington": [], "and in York": ["in Washington"], "in Han": []}


@driven
async def test_what_is_no_longer_remembered_is_read_from_the_card(run: Running) -> None:
    asked = await run.discord.ask("where in Washington")
    shown = await run.discord.reply(await run.discord.say("and in York", to=asked))
    conversations = run.bot.service.conversations
    await soon(lambda: conversations.until(int(shown["id"])))
    conversations.forget_server(NEWSROOM)
    shown = await run.discord.reply(await run.discord.say("and in Han", to=shown))
    (engine,) = run.engines.values()
    carried = Turn("where in Washington – Washington")
    assert engine.asked[-1].history == (carried, Turn("and in York", "York"))
    assert text_of(shown).count("(with: ") == 1
    told = await (await run.discord.click(shown, "👍")).answer()
    assert "with the question and those before it and its answer" in told.text
    (vote,) = store(run).feedback(NEWSROOM)
    assert (vote.question, vote.answer) == ("and in Han", "Han")
    assert [one["answer"] for one in vote.history] == [None, "York"]
    again = await run.discord.menu("Ask about this", shown)
    await again.answer()
    assert engine.asked[-1].text == "and in Han"
    assert engine.asked[-1].history[-1].question == "and in York"
    more = await (await run.discord.click(shown, "More")).answer()
    assert more.text.startswith("and in Han\n")


@driven
async def test_nothing_is_carried_along_of_what_was_deleted(run: Running) -> None:
    said = await run.discord.say(f"{AT_BOT} did Blinken meet Han Zheng in Washington")
    asked = await run.discord.reply(said)
    helped = await (await run.discord.invoke("help")).answer()
    assert "did Blinken" in str(helped.message)
    await run.discord.delete(said)
    await run.discord.delete(asked)
    await soon(lambda: not run.bot.service.answered_in(int(said["channel_id"])))
    helped = await (await run.discord.invoke("help")).answer()
    assert "did Blinken" not in str(helped.message)
    await run.discord.reply(await run.discord.say(f"{AT_BOT} and in York"))
    (engine,) = run.engines.values()
    assert engine.asked[-1].history == ()
    shown = await run.discord.reply(await run.discord.say(f"{AT_BOT} in Han"))
    article = run.corpus.put("They met in Rome.", title="Elsewhere")
    run.corpus.remove([one for one in run.corpus.articles if one != article])
    await run.discord.reply(await run.discord.say("in Rome", to=shown))
    assert engine.asked[-1].history
    assert all(turn.answer is None for turn in engine.asked[-1].history)


@driven
async def test_who_may_not_reply_answers_all_the_same(run: Running) -> None:
    general = run.discord.world.guilds[NEWSROOM].general
    general.overwrites[NEWSROOM] = 0, READ_MESSAGE_HISTORY
    await run.discord.say(f"{AT_BOT} in Washington")
    await run.discord.until(lambda: with_text(run, "## Washington"))
    assert run.discord.rejected
    run.discord.rejected.clear()


@pytest.mark.parametrize("granted", [0, MESSAGE_CONTENT])
def test_who_names_the_role_of_the_bot_means_the_bot(tmp_path: Path, granted: int) -> None:
    async def test() -> None:
        async with StandIn() as discord:
            discord.gateway_end.granted = granted
            own = Role(8801, "Dateline", 0, 2, bot=APPLICATION)
            role = discord.world.guilds[NEWSROOM].add_role(own)
            given = Settings(message_content=bool(granted))
            async with running(tmp_path, discord, given):
                said = await discord.say(f"<@&{role.id}> in Washington")
                shown = "## Washington" if granted else "I can read only what mentions me"
                assert shown in text_of(await discord.reply(said))

    asyncio.run(test())


@driven
async def test_a_thread_that_the_bot_does_not_know_is_a_thread(run: Running) -> None:
    guild = run.discord.world.guilds[NEWSROOM]
    news = guild.add_channel("news", 996)
    await settings(run, add_channel=guild.general)
    old = guild.add_channel("old", 994, parent=guild.general)
    said = await run.discord.say(f"{AT_BOT} in Washington", channel=old)
    assert "## Washington" in text_of(await run.discord.reply(said))
    other = await run.discord.say(f"{AT_BOT} in York", channel=old, user=SECOND)
    await run.discord.reply(other)
    (engine,) = run.engines.values()
    assert [turn.question for turn in engine.asked[-1].history] == ["in Washington"]
    elsewhere = guild.add_channel("elsewhere", 995, parent=news)
    said = await run.discord.say(f"{AT_BOT} in Washington", channel=elsewhere)
    assert "does not answer in this channel" in text_of(await run.discord.reply(said))


@driven
async def test_a_conversation_is_forgotten_and_ends_by_itself(
    run: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ask() -> int:
        said = await run.discord.say(f"{AT_BOT} in Washington")
        await run.discord.reply(said)
        (engine,) = run.engines.values()
        return len(engine.asked[-1].history)

    assert [await ask(), await ask()] == [0, 1]
    forgotten = await (await run.discord.invoke("forget")).answer()
    assert forgotten.text == "Forgotten. The next question stands alone."
    assert [await ask(), await ask()] == [0, 1]
    await asyncio.sleep(0.05)  # the bot notes what it sent once Discord has taken it
    later = time.monotonic() + 31 * 60
    monkeypatch.setattr("bot.discord.conversations.time", SimpleNamespace(monotonic=lambda: later))
    assert await ask() == 0


@driven
async def test_a_reply_to_somebody_else_says_that_it_cannot_be_read(run: Running) -> None:
    await run.discord.ask("in Washington")
    claim = await run.discord.say("They met in Paris.", user=SECOND)
    for text in (AT_BOT, f"{AT_BOT} is that true?"):
        vague = await run.discord.say(text, to=claim)
        assert "I do not read the message" in text_of(await run.discord.reply(vague))
    clear = await run.discord.say(f"{AT_BOT} Where did Han Zheng meet Blinken in York", to=claim)
    assert "## York" in text_of(await run.discord.reply(clear))
    (engine,) = run.engines.values()
    assert engine.asked[-1].history == ()


@driven
async def test_what_one_forgets_others_still_ask_on_from(run: Running) -> None:
    asked = await run.discord.ask("in Washington")
    await (await run.discord.invoke("forget")).answer()
    form = await (await run.discord.click(asked, "Ask on", user=SECOND)).answer()
    await (await run.discord.submit(form, {"Your question": "in York"})).answer()
    (engine,) = run.engines.values()
    assert [turn.question for turn in engine.asked[-1].history] == ["in Washington"]


@driven
async def test_an_answer_whose_article_is_gone_is_not_shared(run: Running) -> None:
    options = {"question": "in Washington", "private": True}
    asked = await (await run.discord.invoke("ask", options)).answer()
    run.corpus.clear()
    share = await (await run.discord.click(asked, "Share")).answer()
    assert share.ephemeral
    assert share.text.startswith("The article has changed since this answer, or is gone")


def test_who_asks_too_often_is_told_so_once(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path, settings=Settings(questions_a_minute=2)) as run:
            said = [await run.discord.say(AT_BOT) for _ in range(5)]
            answered = [text_of(await run.discord.reply(one)) for one in said[:3]]
            assert ["Ask me something" in text for text in answered] == [True, True, False]
            assert "You have asked 2 questions within a minute" in answered[2]
            await run.discord.ask("in Washington", user=SECOND)
            assert run.discord.replies(said[3]) == run.discord.replies(said[4]) == []

    asyncio.run(test())


@driven
async def test_a_mention_without_a_question_and_a_failure_are_answered_kindly(run: Running) -> None:
    empty = await run.discord.reply(await run.discord.say(AT_BOT))
    assert "Ask me something" in text_of(empty)
    broken = await run.discord.reply(await run.discord.say(f"{AT_BOT} where did it boom"))
    assert "Something went wrong in Dateline" in text_of(broken)
    alone = await run.discord.say("in York", guild=None, user=SECOND)
    nowhere = await run.discord.reply(alone)
    assert "ask there, not in a direct message" in text_of(nowhere)


@driven
async def test_questions_may_be_as_long_however_they_are_asked(run: Running) -> None:
    asked = await run.discord.ask("<:pog:1> in <@2> Washington")
    assert asked.text.startswith("in Washington\n")
    long = "x " * 260 + "in York"
    form = await (await run.discord.click(asked, "Ask on")).answer()
    for ask in (run.discord.submit(form, {"Your question": long}), run.discord.ask(long)):
        with pytest.raises(AssertionError):
            await ask
    told = await run.discord.reply(await run.discord.say(f"{AT_BOT} {long}"))
    assert (
        "the question has 527 characters; ask in at most 500".casefold() in text_of(told).casefold()
    )


@driven
async def test_where_it_may_not_write_it_stays_silent(run: Running) -> None:
    guild = run.discord.world.guilds[NEWSROOM]
    mute = guild.add_channel("mute", 991, deny=SEND_MESSAGES)
    mute.overwrites[READER.id] = SEND_MESSAGES, 0
    said = await run.discord.say(f"{AT_BOT} in Washington", channel=mute)
    for _ in range(200):  # it tries, and takes no for an answer
        if run.discord.rejected:
            break
        await asyncio.sleep(0.02)
    await run.discord.ask("in Washington")
    assert run.discord.replies(said) == []
    assert set(run.discord.rejected) <= {"403 50013: Missing Permissions"}
    run.discord.rejected.clear()


@driven
async def test_where_it_may_not_embed_it_answers_in_plain_text(run: Running) -> None:
    run.corpus.put("**Zanzibar** has [a port](https://evil.example). " + "More of it. " * 300)
    guild = run.discord.world.guilds[NEWSROOM]
    bare = guild.add_channel("bare", 997, deny=EMBED_LINKS)
    for asked, answer in (
        ("*in* Washington", "## Washington\n> Blinken"),
        ("Zanzibar", "Zanzibar"),
    ):
        said = await run.discord.say(f"{AT_BOT} {asked}", channel=bare)
        reply = await run.discord.reply(said)
        assert not reply["embeds"]
        assert answer in reply["content"]
        assert set(kinds(reply["content"])) <= OURS
    context = await (await run.discord.click(reply, "Context")).answer()
    assert "Zanzibar" in context.text
    run.discord.rejected.clear()
