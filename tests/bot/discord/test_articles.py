"""Articles are listed, shown and offered."""

from tests.bot.discord.running import Running, driven


@driven
async def test_articles_are_listed_shown_and_offered(run: Running) -> None:
    long = run.corpus.put("First line.\n" + "More words of it. " * 600, title="Long *one*")
    listed = await (await run.discord.invoke("articles list")).answer()
    assert listed.ephemeral
    assert f"**Long \\*one\\*** · {long}" in listed.text
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
async def test_the_page_that_an_answer_names_has_its_sentence(run: Running) -> None:
    number = run.corpus.put("More words of it. " * 600 + "Then came Zanzibar.")
    asked = await run.discord.ask("Zanzibar")
    assert f"`/articles show article:{number} page:3`" in asked.text
