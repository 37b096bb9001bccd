"""Help, menus and filters: finding one's way."""

import datetime as dt

from tests.bot.discord.running import (
    AT_BOT,
    HAN,
    Running,
    driven,
)
from tests.discord_standin.rules import EPHEMERAL
from tests.discord_standin.server import OTHER, text_of
from tests.discord_standin.world import SECOND


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
    claim = await run.discord.say(
        "Thank you all so much. Blinken met Han in Paris. Yes.", user=SECOND
    )
    checked = await (await run.discord.menu("Check against articles", claim)).answer()
    assert checked.ephemeral
    assert "**“Blinken met Han in Paris\\.”**".replace("\\", "") in checked.text
    assert f"> {HAN}" in checked.text
    assert "Judge for yourself" in checked.text
    assert "Only the first" not in checked.text
    assert "Thank you" not in checked.text
    cities = ("Paris", "Rome", "Oslo", "Bonn", "Rome", "Bern")
    text = "Hello everyone! " + "".join(f"Blinken met Han in {city}. " for city in cities)
    long = await run.discord.say(text, user=SECOND)
    some = await (await run.discord.menu("Check against articles", long)).answer()
    assert "Only the first 4 sentences of the message were checked." in some.text
    assert "Hello" not in some.text
    assert some.text.count("Blinken met Han in Rome") == 1
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
    limits = "only: “Blinken meets Han” · since <t:1672574400:D>"
    assert limits in asked.text
    said = await run.discord.say("and in Paris", to=asked)
    reply = text_of(await run.discord.reply(said))
    assert "**These articles don't say.**" in reply
    assert limits in reply
    mention = await run.discord.say(f"{AT_BOT} in York")
    await run.discord.reply(mention)
    assert engine.asked[-1].filters == first
    for refused, why in (
        ({"source": "nope"}, "No article is from 'nope'; the sources are: Reuters."),
        ({"article": "nope"}, "There is no article 'nope'"),
        ({"since": "2023-02-01", "until": "2023-01-01"}, "no day is in between"),
    ):
        options = {"question": "in Washington"} | refused
        told = await (await run.discord.invoke("ask", options)).answer()
        assert why in told.text
        assert (told.message or {})["flags"] & EPHEMERAL
    lately = {"question": "in Washington", "since": "Last  week", "until": "yesterday"}
    await (await run.discord.invoke("ask", lately)).answer()
    since, until = engine.asked[-1].filters.since, engine.asked[-1].filters.until
    assert since is not None
    assert until is not None
    assert until - since == dt.timedelta(days=6)
    wrong = {"question": "in Washington", "until": "18.9.2023"}
    told = await (await run.discord.invoke("ask", wrong)).answer()
    assert "is not a date for until; write YYYY-MM-DD" in told.text
    assert told.ephemeral
