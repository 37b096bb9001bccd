"""No server sees another's articles."""

import asyncio
import datetime as dt

from tests.bot.discord.running import (
    Running,
    driven,
    store,
    used,
)
from tests.discord_standin.server import NEWSROOM, OTHER
from tests.discord_standin.world import READER


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
