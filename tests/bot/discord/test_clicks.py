"""What the buttons below answers do, with the real client against the stand-in."""

import asyncio
import json
import re
from functools import partial
from pathlib import Path

import pytest

from bot.discord import direct_messages, service
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
from tests.discord_standin.world import READER, SECOND


def stored(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("discord*"))


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
    row, *_ = (asked.message or {})["components"]
    for custom_id in ("dl:vanished:1", "other:context", "dl@7:vanished"):
        row["components"][0]["custom_id"] = custom_id
        told = await (await run.discord.click(asked, "Context")).answer()
        assert told.ephemeral
        assert told.text.startswith("This version of Dateline no longer knows this button")


@driven
async def test_all_that_is_handled_is_counted_with_what_came_of_it(
    run: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = await run.discord.ask("in Washington")
    await run.discord.ask("where is Atlantis")
    await run.discord.ask("  ")
    await run.discord.ask("where did it boom")
    await (await run.discord.invoke("ask", {"article": "b"}, focused="article")).answer()
    await (await run.discord.invoke("help")).answer()
    await (await run.discord.invoke("manage rebuild", opened=True)).answer()
    await (await run.discord.menu("Ask about this", asked)).answer()
    await (await run.discord.click(asked, "Context")).answer()
    form = await (await run.discord.click(asked, "Ask on")).answer()
    await (await run.discord.submit(form, {"Your question": "and in York"})).answer()
    await run.discord.reply(await run.discord.say(f"{AT_BOT} in Washington"))
    await run.discord.reply(await run.discord.say(f"{AT_BOT} where did it boom"))
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
    more = await (await run.discord.click(asked, "Closest sentences")).answer()
    assert more.text.count("\n> ") == 5
    assert "/articles show" not in more.text
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
