"""A bot that runs in the test's own process, connected to a stand-in for Discord."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot.discord_app import DatelineBot, serve
from bot.discord_desk import Options
from bot.discord_store import Store
from index import Corpus, Home
from tests.discord_fakes import FakeCorpus, FakeEngine, FakeHome
from tests.discord_standin import NEWSROOM, TOKEN, Invocation, StandIn
from tests.discord_world import APPLICATION

OPTIONS = Options()
AT_BOT = f"<@{APPLICATION}>"
HAN = "Blinken met Han Zheng in Washington, then in New York."


class Running:
    """A bot that is connected to a stand-in, with an article in its first server."""

    def __init__(self, discord: StandIn, home: FakeHome) -> None:
        self.discord, self.home = discord, home
        self.engines: dict[str, FakeEngine] = {}
        self.corpus.put(HAN, title="Blinken meets Han", source="Reuters")

    @property
    def corpus(self) -> FakeCorpus:
        return self.home.corpus(f"guild-{NEWSROOM}")

    def engine_of(self, corpus: Corpus) -> FakeEngine:
        engine = FakeEngine(corpus)
        self.engines[engine.corpus.name] = engine
        return engine


@asynccontextmanager
async def running(
    path: Path, discord: StandIn | None = None, options: Options = OPTIONS
) -> AsyncIterator[Running]:
    """Run the bot: with a stand-in of its own, or with one that goes on when the bot has ended."""
    if discord is None:
        async with StandIn() as own, running(path, own, options) as run:
            yield run
        return
    with discord.pointed_at():
        run = Running(discord, FakeHome(path))

        def make(home: Home) -> DatelineBot:
            return DatelineBot(home, run.engine_of, options)

        task = asyncio.ensure_future(serve(make, run.home.as_home(), TOKEN))
        try:
            yield run
        finally:
            task.cancel()
            await task


def drive(path: Path, test: Callable[[Running], Awaitable[None]]) -> None:
    """Run a test; nothing that Discord rejected may go by unnoticed."""

    async def whole() -> None:
        async with running(path) as run:
            await test(run)
            assert not run.discord.rejected
            assert not run.discord.pinged

    asyncio.run(whole())


def store(run: Running) -> Store:
    return Store(run.home.path)


def shows(done: Invocation, text: str) -> bool:
    return text in done.text


async def used(run: Running, command: str, **options: Any) -> str:
    """What a manager's command answers."""
    done = await run.discord.invoke(f"manage {command}", options, manager=True)
    return (await done.answer()).text
