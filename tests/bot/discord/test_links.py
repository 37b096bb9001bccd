"""Links that managers give in Discord: added beside files, and never from a private address."""

import asyncio
from pathlib import Path

import pytest

from bot.discord import ingest
from bot.settings import Settings
from index.web import sandbox
from tests.bot.discord.running import Running, drive, running, used
from tests.index.web.sites import PROSE, Site, page, site
from tests.index.web.test_sandbox import SLOW


def trust(monkeypatch: pytest.MonkeyPatch, public: Site) -> None:
    fetcher = public.fetcher()
    monkeypatch.setattr(ingest, "fetcher", lambda _: fetcher)


def test_links_are_added_beside_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(run: Running) -> None:
        file = run.discord.attach("a.txt", b"It rained on Monday.")
        links = f"{public.url}/derna  <{public.url}/none> {public.url}/derna ftp://x"
        added = (await used(run, "add", file=file, links=links)).replace("\\", "")
        assert added.startswith("2 added, 2 refused. Now 3 articles")
        assert f"-# {public.url}/none: is not there (404)" in added
        assert "-# ftp://x: is no web address" in added
        assert public.paths.count("/derna") == 1
        titled = await used(run, "add", links=f"{public.url}/derna", title="Derna")
        assert titled.startswith("1 updated. Now 3 articles")
        asked = await run.discord.ask("what is in Derna")
        assert f"{public.url}/derna" in asked.text

    with site({"/derna": page(PROSE)}) as public:
        trust(monkeypatch, public)
        drive(tmp_path, test)


def test_a_private_address_is_refused_whatever_the_settings(tmp_path: Path) -> None:
    async def test() -> None:
        settings = Settings(allowed_hosts=f"localhost,{public.host}")
        async with running(tmp_path, settings=settings) as run:
            links = f"{public.url}/ http://127.0.0.1/ http://[::ffff:10.0.0.1]/"
            told = (await used(run, "add", links=links)).replace("\\", "")
            assert told.startswith("3 refused.")
            assert told.count("leads to an address that is not public") == 2
            assert "is at a port that is not the web's" in told

    with site({"/": page(PROSE)}) as public:
        asyncio.run(test())
        assert public.paths == []


def test_something_must_be_given_and_not_too_much(tmp_path: Path) -> None:
    async def test(run: Running) -> None:
        assert await used(run, "add") == "Attach a file, or give links."
        links = " ".join(f"https://news.example/{n}" for n in range(11))
        told = await used(run, "add", links=links)
        assert told == "These are 11 links, and 10 at a time is the most."

    drive(tmp_path, test)


@pytest.mark.usefixtures("quick_edits")
def test_links_that_are_being_fetched_can_be_cancelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test(run: Running) -> None:
        adding = await run.discord.invoke(
            "manage add", {"links": f"{public.url}/slow {public.url}/b"}, manager=True
        )
        await adding.until(lambda it: it.text == "Fetching links…")
        await (await run.discord.invoke("manage cancel", manager=True)).answer()
        await adding.until(lambda it: it.text.startswith("Cancelled"))
        assert "/b" not in public.paths

    slow = page("<div><p>Some words stand here.</p></div>" * 9_000)
    with site({"/slow": slow, "/b": page()}) as public:
        trust(monkeypatch, public)
        drive(tmp_path, test)


def test_an_attachment_that_takes_too_long_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test(run: Running) -> None:
        told = await used(run, "add", file=run.discord.attach("slow.html", SLOW))
        assert "slow\\.html: takes over 0.3 s to read; add its text instead" in told
        made._seconds = sandbox.SECONDS
        file = run.discord.attach("a.txt", b"It rained on Monday.")
        assert (await used(run, "add", file=file)).startswith("1 added.")

    made = sandbox.Sandbox(seconds=0.3)
    monkeypatch.setattr(sandbox, "shared", lambda: made)
    try:
        drive(tmp_path, test)
    finally:
        made.close()
