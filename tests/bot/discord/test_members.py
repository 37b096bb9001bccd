"""What members of a server can do, with the real client against the stand-in."""

import asyncio
import datetime as dt
import json
import re
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.discord import direct_messages, service
from bot.settings import Settings
from tests.bot.discord.running import (
    AT_BOT,
    HAN,
    Running,
    driven,
    running,
    shows,
    store,
    used,
)
from tests.discord_standin.rules import EPHEMERAL
from tests.discord_standin.server import NEWSROOM, OTHER, StandIn, text_of
from tests.discord_standin.world import READER, SECOND, SEND_MESSAGES


def stored(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("discord*"))


# -- buttons -------------------------------------------------------------------------------------


def test_buttons_work_after_a_restart_and_nothing_asked_is_stored(tmp_path: Path) -> None:
    async def test() -> None:
        async with StandIn() as discord:
            async with running(tmp_path, discord) as run:
                run.corpus.put("Han flew home to Beijing.", title="Home")
                options = {"question": "where in Washington", "private": True}
                asked = await (await discord.invoke("ask", options)).answer()
                assert b"in Washington" not in stored(tmp_path)
            async with running(tmp_path, discord) as run:
                context = await (await discord.click(asked, "Context")).answer()
                assert context.ephemeral
                assert f"**{HAN}**" in context.text
                more = await (await discord.click(asked, "More")).answer()
                assert more.ephemeral
                assert "> Han flew home to Beijing." in more.text
                form = await (await discord.click(asked, "Ask on")).answer()
                follow_up = await discord.submit(form, {"Your question": "and in York"})
                assert "## York" in (await follow_up.answer()).text
                assert follow_up.ephemeral
                (engine,) = run.engines.values()
                assert [turn.question for turn in engine.asked[-1].history] == [
                    "where in Washington"
                ]
                assert [turn.answer for turn in engine.asked[-1].history] == ["Washington"]
                share = await discord.click(asked, "Share")
                await asked.until(lambda one: '"Share"' not in json.dumps(one.message))
                shared = share.message or {}
                assert not shared["flags"] & EPHEMERAL
                assert "## Washington" in text_of(shared)
                assert f"Shared by <@{READER.id}>" in text_of(shared)
                assert '"Share"' not in json.dumps(shared["components"])
                with pytest.raises(AssertionError, match="Share"):
                    await discord.click(asked, "Share")
            assert not discord.rejected
            assert not discord.pinged

    asyncio.run(test())


def test_an_answer_in_direct_messages_stays_that_of_its_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "SENTENCES_A_PAGE", 1)

    async def test() -> None:
        async with StandIn() as discord:
            async with running(tmp_path, discord) as run:
                for place in ("York", "Rome"):
                    run.corpus.put(f"Some meeting was held in {place}.", title=place)
                await discord.ask("in Washington")
                asked = await discord.ask("Some meeting in Washington", guild=None)
                long = run.corpus.put("More words of it. " * 600, title="Long")
                show = {"article": long}
                shown = await (await discord.invoke("articles show", show, guild=None)).answer()
            async with running(tmp_path, discord) as run:
                other = run.home.corpus(f"guild-{OTHER}")
                other.put("Some meeting was held in Washington, D.C.", title="Elsewhere")

                async def all_is_as_it_was() -> None:
                    context = await (await discord.click(asked, "Context")).answer()
                    assert f"**{HAN}**" in context.text
                    more = await (await discord.click(asked, "More")).answer()
                    await discord.click(more, "Next")
                    await more.until(lambda one: "in Rome" in one.text)
                    form = await (await discord.click(asked, "Ask on")).answer()
                    follow_up = await discord.submit(form, {"Your question": "and in York"})
                    assert "## York" in (await follow_up.answer()).text
                    again = await (await discord.click(follow_up, "Context")).answer()
                    assert "York.**" in again.text
                    replied = await discord.reply(await discord.say("in Rome", to=asked))
                    assert "## Rome" in text_of(replied)
                    await (await discord.click(asked, "👍")).answer()
                    assert len(list(store(run).feedback(NEWSROOM))) == 1

                await all_is_as_it_was()
                await discord.click(shown, "Next")
                await shown.until(lambda one: "page 2 of 3" in one.text)
                await discord.ask("in Washington", guild=OTHER)
                await all_is_as_it_was()
                # Who has left the server has left its articles.
                monkeypatch.setattr(direct_messages, "_BELIEVED", 0.0)
                del discord.world.guilds[NEWSROOM].members[READER.id]
                for label in ("Context", "More", "👎"):
                    left = await (await discord.click(asked, label)).answer()
                    assert left.text.startswith("This is from the articles of a server that you")
                discord.rejected.clear()
                replied = await discord.reply(await discord.say("in Rome", to=asked))
                assert "you or I have left" in text_of(replied)
                asked = await discord.ask("in Washington", guild=None)
                assert "in **Washington**, D.C." in asked.text
            assert not discord.pinged

    asyncio.run(test())


@driven
async def test_a_conversation_in_direct_messages_ends_where_another_server_is_asked(
    run: Running,
) -> None:
    run.home.corpus(f"guild-{OTHER}").put("They met in Rome.", title="Elsewhere")
    await run.discord.ask("in Washington")
    (article,) = run.corpus.articles
    only = {"question": "in Washington", "article": article}
    await (await run.discord.invoke("ask", only, guild=None)).answer()
    kept = await run.discord.reply(await run.discord.say("in New York", guild=None))
    assert "only: “Blinken meets Han”" in text_of(kept)
    await run.discord.ask("in Rome", guild=OTHER)
    asked = await run.discord.reply(await run.discord.say("in Rome", guild=None))
    assert "## Rome" in text_of(asked)
    assert "Washington" not in text_of(asked)


@driven
async def test_a_conversation_about_an_article_ends_with_it(run: Running) -> None:
    (article,) = run.corpus.articles
    only = {"question": "in Washington", "article": article}
    await (await run.discord.invoke("ask", only)).answer()
    kept = await run.discord.reply(await run.discord.say(f"{AT_BOT} in New York"))
    assert "only: “Blinken meets Han”" in text_of(kept)
    run.corpus.put("They met in Rome.", title="Elsewhere")
    assert await used(run, "remove", article=article)
    asked = await run.discord.reply(await run.discord.say(f"{AT_BOT} in Rome"))
    assert "## Rome" in text_of(asked)


@driven
async def test_a_button_of_another_version_is_answered_in_a_sentence(run: Running) -> None:
    asked = await run.discord.ask("in Washington")
    (row,) = (asked.message or {})["components"]
    for custom_id in ("dl:vanished:1", "other:context", "dl@7:vanished"):
        row["components"][0]["custom_id"] = custom_id
        told = await (await run.discord.click(asked, "Context")).answer()
        assert told.ephemeral
        assert told.text.startswith("This version of Dateline does not know this button")


@driven
async def test_all_that_is_handled_is_counted_with_what_came_of_it(
    run: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = await run.discord.ask("in Washington")
    await run.discord.ask("where is Atlantis")
    await run.discord.ask("  ")
    await run.discord.ask("boom")
    await (await run.discord.invoke("ask", {"article": "b"}, focused="article")).answer()
    await (await run.discord.invoke("help")).answer()
    await (await run.discord.invoke("manage rebuild", opened=True)).answer()
    await (await run.discord.menu("Ask about this", asked)).answer()
    await (await run.discord.click(asked, "Context")).answer()
    form = await (await run.discord.click(asked, "Ask on")).answer()
    await (await run.discord.submit(form, {"Your question": "and in York"})).answer()
    await run.discord.reply(await run.discord.say(f"{AT_BOT} in Washington"))
    await run.discord.reply(await run.discord.say(f"{AT_BOT} boom"))
    monkeypatch.setattr(service, "MOST_WAITING", 0)
    await run.discord.ask("in Washington")
    await asyncio.sleep(0.05)
    text = run.bot.metrics.text().decode()
    handled = r'_interactions_total{command="(.+)",outcome="(.+)"} (.+)'
    assert {(*of, int(float(n))) for *of, n in re.findall(handled, text)} == {
        ("ask", "answered", 1),
        ("ask", "not_found", 1),
        ("ask", "refused", 1),
        ("ask", "failed", 1),
        ("help", "answered", 1),
        ("manage rebuild", "refused", 1),
        ("Ask about this", "answered", 1),
        ("button context", "answered", 1),
        ("button on", "answered", 1),
        ("form on", "answered", 1),
        ("message", "answered", 1),
        ("message", "failed", 1),
        ("ask", "busy", 1),
    }
    responses = re.findall(r'_first_response_seconds_count{command="(.+)"} (.+)', text)
    counts = {name: int(float(n)) for name, n in responses}
    assert counts.pop("ask") == 5
    named = {"help", "manage rebuild", "Ask about this"}
    assert counts == dict.fromkeys(named | {"button context", "button on", "form on"}, 1)
    total = re.search(r'_first_response_seconds_sum{command="ask"} (.+)', text)
    assert total
    assert 0 < float(total[1]) < 5


@driven
async def test_the_next_sentences_are_paged(run: Running) -> None:
    for n in range(13):
        run.corpus.put(f"Report {n} of Washington came.", title=f"Report {n}")
    run.corpus.put("A title about Washington", title="A title about Washington")
    run.corpus.put("Report 1 of  Washington came.", title="Again")
    asked = await run.discord.ask("Washington was where")
    more = await (await run.discord.click(asked, "More")).answer()
    assert more.text.count("\n> ") == 5
    assert "`/articles show article:" in more.text
    pages = [more.text]
    with pytest.raises(AssertionError, match="disabled"):
        await run.discord.click(more, "Back")
    for label, first in (("Next", 6), ("Next", 11), ("Back", 6)):
        turned = await run.discord.click(more, label)
        await turned.until(lambda one: one.answered == 6)
        await run.discord.until(partial(shows, more, f"**{first}** "))
        pages.append(more.text)
    shown = [asked.text, *pages[:3]]
    quoted = [line[2:] for page in shown for line in page.split("\n") if line[:2] == "> "]
    reports = [f"Report {n} of Washington came." for n in range(13)]
    assert sorted(quoted) == sorted([HAN, *reports])


@driven
async def test_an_article_that_has_changed_shows_no_other_words(run: Running) -> None:
    asked = await run.discord.ask("in Washington")
    run.corpus.clear()
    gone = await (await run.discord.click(asked, "Context")).answer()
    assert gone.text.startswith("The article has changed since this answer, or is gone")


@driven
async def test_votes_are_kept_with_question_answer_and_version(run: Running) -> None:
    asked = await run.discord.ask("where in Washington")
    thanks = await (await run.discord.click(asked, "👎", user=SECOND)).answer()
    assert thanks.ephemeral
    assert "Thank you. Your 👎 is kept" in thanks.text
    await (await run.discord.click(asked, "👍", user=SECOND)).answer()
    await (await run.discord.click(asked, "👎")).answer()
    nothing = await run.discord.ask("where is Atlantis")
    await (await run.discord.click(nothing, "👎")).answer()
    votes = list(store(run).feedback(NEWSROOM))
    (article,) = run.corpus.articles.values()
    with run.corpus.snapshot() as view:
        version = view.corpus_version
    assert sorted((v.question, v.helpful) for v in votes) == [
        ("where in Washington", False),
        ("where in Washington", True),
        ("where is Atlantis", False),
    ]
    found = next(vote for vote in votes if vote.helpful)
    assert (found.answer, found.corpus_version) == ("Washington", version[:16])
    assert (found.article_id, found.start, found.end) == (article.id, 0, len(HAN))


# -- conversation --------------------------------------------------------------------------------


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
async def test_a_thread_that_the_bot_does_not_know_is_a_thread(run: Running) -> None:
    guild = run.discord.world.guilds[NEWSROOM]
    news = guild.add_channel("news", 996)
    await used(run, "settings", channel=guild.general)
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
        assert "I cannot read the message" in text_of(await run.discord.reply(vague))
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
    broken = await run.discord.reply(await run.discord.say(f"{AT_BOT} boom"))
    assert "Something went wrong in Dateline" in text_of(broken)
    alone = await run.discord.say("in York", guild=None, user=SECOND)
    nowhere = await run.discord.reply(alone)
    assert "ask there, not in a direct message" in text_of(nowhere)


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


# -- finding one's way ---------------------------------------------------------------------------


@driven
async def test_help_says_what_there_is_and_offers_questions(run: Running) -> None:
    helped = await (await run.discord.invoke("help")).answer()
    assert helped.ephemeral
    assert "1 article" in helped.text
    assert "From Reuters" in helped.text
    assert "Blinken meets Han" in helped.text
    empty = await (await run.discord.invoke("help", guild=OTHER)).answer()
    assert "no articles here yet" in empty.text


@driven
async def test_the_menus_of_a_message(run: Running) -> None:
    said = await run.discord.say("I was away. What happened in Washington?", user=SECOND)
    asked = await (await run.discord.menu("Ask about this", said)).answer()
    assert asked.ephemeral
    (engine,) = run.engines.values()
    assert engine.asked[-1].text == "What happened in Washington?"
    claim = await run.discord.say("Blinken met Han in Paris. Yes.", user=SECOND)
    checked = await (await run.discord.menu("Check against articles", claim)).answer()
    assert checked.ephemeral
    assert "**“Blinken met Han in Paris\\.”**".replace("\\", "") in checked.text
    assert f"> {HAN}" in checked.text
    assert "Whether they agree is for you" in checked.text
    assert "Only the first" not in checked.text
    long = await run.discord.say("Blinken met Han in Paris. " * 5, user=SECOND)
    some = await (await run.discord.menu("Check against articles", long)).answer()
    assert "Only the first 4 sentences of the message were checked." in some.text
    again = await (await run.discord.menu("Ask about this", asked)).answer()
    assert again.text.startswith("What happened in Washington?\n")
    blank = await run.discord.say("👍", user=SECOND)
    nothing = await (await run.discord.menu("Ask about this", blank)).answer()
    assert nothing.text == "There are no words in this message."


@driven
async def test_filters_are_offered_kept_and_checked(run: Running) -> None:
    run.corpus.put(HAN, title="Blinken meets Han", source="Reuters", published="2023-09-18")
    typed = await run.discord.invoke("ask", {"source": "reu"}, focused="source")
    assert (await typed.answer()).choices == [{"name": "Reuters", "value": "Reuters"}]
    typed = await run.discord.invoke("ask", {"article": "han"}, focused="article")
    (offered,) = (await typed.answer()).choices or []
    options = {
        "question": "in Washington",
        "article": offered["value"],
        "source": "Reuters",
        "since": "2023-01-01",
    }
    asked = await (await run.discord.invoke("ask", options)).answer()
    (engine,) = run.engines.values()
    first = engine.asked[-1].filters
    assert (first.article, first.source, str(first.since)) == (
        offered["value"],
        "Reuters",
        "2023-01-01",
    )
    form = await (await run.discord.click(asked, "Ask on")).answer()
    await (await run.discord.submit(form, {"Your question": "in York"})).answer()
    assert engine.asked[-1].filters == first
    limits = "only: “Blinken meets Han” · Reuters · since <t:1672574400:D>"
    assert limits in asked.text
    said = await run.discord.say("and in Paris", to=asked)
    reply = text_of(await run.discord.reply(said))
    assert "### These articles don't say" in reply
    assert limits in reply
    mention = await run.discord.say(f"{AT_BOT} in York")
    await run.discord.reply(mention)
    assert engine.asked[-1].filters == first
    for refused, why in (
        ({"source": "nope"}, "No article here is from “nope”; the sources are: Reuters."),
        ({"article": "nope"}, "There is no article 'nope'"),
        ({"since": "2023-02-01", "until": "2023-01-01"}, "no day is in between"),
    ):
        options = {"question": "in Washington"} | refused
        told = await (await run.discord.invoke("ask", options)).answer()
        assert why in told.text
        assert told.ephemeral
    lately = {"question": "in Washington", "since": "Last  week", "until": "yesterday"}
    await (await run.discord.invoke("ask", lately)).answer()
    since, until = engine.asked[-1].filters.since, engine.asked[-1].filters.until
    assert since is not None
    assert until is not None
    assert until - since == dt.timedelta(days=6)
    wrong = {"question": "in Washington", "until": "18.9.2023"}
    told = await (await run.discord.invoke("ask", wrong)).answer()
    assert "which is no date; write YYYY-MM-DD" in told.text
    assert told.ephemeral


# -- apart ---------------------------------------------------------------------------------------


@driven
async def test_a_server_cannot_see_be_offered_or_count_anothers(run: Running) -> None:
    secret = run.home.corpus(f"guild-{OTHER}")
    number = secret.put("Zanzibar is secret.", title="Zanzibar", source="Spy")
    secret.put("Han met Blinken in Zanzibar.", title="Zanzibar again")
    seen = [
        (await run.discord.ask("where is Zanzibar")).text.replace("where is Zanzibar", ""),
        (await (await run.discord.invoke("articles list")).answer()).text,
        (await (await run.discord.invoke("articles show", {"article": number})).answer()).text,
        (await (await run.discord.invoke("help")).answer()).text,
        await used(run, "status"),
        await used(run, "remove", article=number),
    ]
    for option, typed in (("article", "z"), ("source", "s")):
        offered = await run.discord.invoke("ask", {option: typed}, focused=option)
        seen.append(str((await offered.answer()).choices))
    shown = "\n".join(seen)
    for word in ("secret", "Zanzibar is", "Zanzibar again", "Spy", "3 articles"):
        assert word not in shown
    assert len(secret.articles) == 2
    # Not even with a button of theirs: its marks are looked up in one's own articles.
    theirs = await run.discord.ask("where is Zanzibar", guild=OTHER)
    message = dict(theirs.message or {})
    run.discord.messages.places[int(message["id"])] = run.discord.world.guilds[NEWSROOM].general
    context = await (await run.discord.click(message, "Context", user=READER)).answer()
    assert "secret" not in context.text


@driven
async def test_a_server_that_puts_the_bot_out_is_noted(run: Running) -> None:
    await run.discord.ask("in Washington", guild=OTHER)
    await run.discord.leave(OTHER)
    await run.discord.ask("in Washington")
    kept = store(run)
    for _ in range(100):
        if gone := kept.gone_for(dt.timedelta()):
            break
        await asyncio.sleep(0.02)
    assert gone == [OTHER]
