"""Articles are listed, shown and offered."""

from functools import partial

from tests.bot.discord.running import HAN, Running, driven, shows
from tests.discord_standin.world import SECOND


@driven
async def test_articles_are_listed_shown_and_offered(run: Running) -> None:
    long = run.corpus.put("First line.\n" + "More words of it. " * 600, title="Long *one*")
    listed = await (await run.discord.invoke("articles list")).answer()
    assert listed.ephemeral
    assert "**Long \\*one\\***\n" in listed.text
    shown = await (await run.discord.invoke("articles show", {"article": long})).answer()
    assert "First line." in shown.text
    assert "page 1 of 3" in shown.text
    await run.discord.click(shown, "Next")
    await run.discord.until(lambda: "page 2 of 3" in shown.text)
    second = {"article": "long *ONE*", "page": 2}
    assert (
        "page 2 of 3" in (await (await run.discord.invoke("articles show", second)).answer()).text
    )
    nothing = await (await run.discord.invoke("articles show", {"article": "@here"})).answer()
    assert "no article" in nothing.text
    assert "`/articles list`" in nothing.text
    assert "@here" not in nothing.text
    for n in range(40):
        run.corpus.put(f"Story {n}. " + "x" * 200, title="")
    listed = await (await run.discord.invoke("articles list")).answer()
    await run.discord.click(listed, "Next")
    await run.discord.until(lambda: "page 2 of 5" in listed.text)
    typed = await run.discord.invoke("articles show", {"article": "story"}, focused="article")
    offered = (await typed.answer()).choices
    assert offered is not None
    assert len(offered) == 25
    found = await run.discord.invoke("articles show", {"article": "LONG"}, focused="article")
    assert (await found.answer()).choices == [{"name": "Long *one*", "value": long}]


@driven
async def test_an_article_is_read_where_its_sentence_is(run: Running) -> None:
    run.corpus.put("More words of it. " * 600 + "Then came Zanzibar.")
    asked = await run.discord.ask("Zanzibar")
    assert "/articles show" not in asked.text
    read = await (await run.discord.click(asked, "Read", user=SECOND)).answer()
    assert read.ephemeral
    assert "Then came Zanzibar." in read.text
    assert "page 3 of 3" in read.text
    more = await (await run.discord.click(asked, "More")).answer()
    read = await (await run.discord.click(more, "Read")).answer()
    assert "page 1 of" in read.text
    claim = await run.discord.say("It came to Zanzibar. Blinken met Han in Paris.", user=SECOND)
    checked = await (await run.discord.menu("Check against articles", claim)).answer()
    read = await (await run.discord.click(checked, "Read 1")).answer()
    assert "Zanzibar" in read.text
    run.corpus.clear()
    gone = await (await run.discord.click(asked, "Read", user=SECOND)).answer()
    assert gone.text == "This article is no longer here."


@driven
async def test_the_latest_articles_are_shown_a_page_at_a_time(run: Running) -> None:
    for n in range(11):
        url = f"https://example.com/{n}" if n else None
        text = f"A storm named Storm{n} came ashore that day. More of it came."
        run.corpus.put(text, title=f"Storm {n}", published=f"2023-09-{n + 1:02}", url=url)
    latest = await (await run.discord.invoke("latest")).answer()
    assert latest.ephemeral
    first = "> A storm named Storm10 came ashore that day.\n**1** Storm 10 · <t:1694433600:D> · ["
    assert first in latest.text
    assert "page 1 of 3" in latest.text
    for page in (2, 3):
        await run.discord.click(latest, "Next")
        await run.discord.until(partial(shows, latest, f"page {page} of 3"))
    assert HAN in latest.text  # which has no date
    read = await (await run.discord.click(latest, "Read 11")).answer()
    assert "Storm0" in read.text
    topic = await (await run.discord.invoke("latest", {"topic": "Storm7"})).answer()
    assert topic.text.startswith("The latest on Storm7\n> A storm named Storm7")
    text = "Rain fell all day in the city of Arva. A Zeppelin from Oslo landed beside the river."
    run.corpus.put(text, title="Zeppelin")
    topic = await (await run.discord.invoke("latest", {"topic": "Zeppelin Oslo"})).answer()
    assert topic.text.startswith("The latest on Zeppelin Oslo\n> A Zeppelin from Oslo landed")
    nothing = await (await run.discord.invoke("latest", {"topic": "Zanzibar"})).answer()
    assert nothing.text.startswith("The latest on Zanzibar\nThere are no articles here on Zanzibar")
