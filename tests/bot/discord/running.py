"""A bot that runs in the test's own process, connected to a stand-in for Discord."""

import asyncio
import inspect
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import wraps
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from bot.discord.client import DatelineBot, serve
from bot.discord.store import Store
from bot.settings import Settings
from index import Corpus
from tests.bot.discord.fakes import StubCorpus, StubEngine, StubHome
from tests.discord_standin.server import NEWSROOM, TOKEN, Invocation, StandIn, text_of
from tests.discord_standin.world import APPLICATION, PATIENCE

SETTINGS = Settings()
AT_BOT = f"<@{APPLICATION}>"
HAN = "Blinken met Han Zheng in Washington, then in New York."


class Running:
    """A bot that is connected to a stand-in, with an article in its first server."""

    bot: DatelineBot

    def __init__(self, discord: StandIn, home: StubHome) -> None:
        self.discord, self.home = discord, home
        self.engines: dict[str, StubEngine] = {}
        self.corpus.put(HAN, title="Blinken meets Han", source="Reuters")

    @property
    def corpus(self) -> StubCorpus:
        return self.home.corpus(f"guild-{NEWSROOM}")

    def engine_of(self, corpus: Corpus) -> StubEngine:
        engine = StubEngine(corpus)
        self.engines[engine.corpus.name] = engine
        return engine


@asynccontextmanager
async def running(
    path: Path, discord: StandIn | None = None, settings: Settings = SETTINGS
) -> AsyncIterator[Running]:
    """Run the bot: with a stand-in of its own, or with one that goes on when the bot has ended."""
    if discord is None:
        async with StandIn() as own, running(path, own, settings) as run:
            yield run
        return
    with discord.pointed_at():
        run = Running(discord, StubHome(path))

        def make() -> DatelineBot:
            run.bot = DatelineBot(run.home, run.engine_of, settings)
            return run.bot

        task = asyncio.ensure_future(serve(make, TOKEN))
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


def driven(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """A test of a running bot, its first parameter; the others are pytest's, as ever."""
    _, *others = inspect.signature(test).parameters.values()
    path = inspect.Parameter("tmp_path", inspect.Parameter.POSITIONAL_OR_KEYWORD)

    @wraps(test)
    def whole(tmp_path: Path, **given: Any) -> None:
        drive(tmp_path, lambda run: test(run, **given))

    whole.__signature__ = inspect.Signature([path, *others])  # type: ignore[attr-defined]
    return whole


def store(run: Running) -> Store:
    return Store(run.home.path)


def shows(done: Invocation, text: str) -> bool:
    return text in done.text


async def used(run: Running, command: str, **options: Any) -> str:
    """What a manager's command answers."""
    done = await run.discord.invoke(f"manage {command}", options, manager=True)
    await done.answer()
    # On a slow machine it says first how far it is.
    await done.until(lambda it: not re.fullmatch(r"[\w ]+…|\w+ing: .+\n[▰▱]+ \d+%", it.text))
    return done.text


async def settings(run: Running, **options: Any) -> str:
    """Change settings, and what they are then."""
    done = await (await run.discord.invoke("manage settings", options, manager=True)).answer()
    assert "**To change**" in done.text
    await run.discord.click(done, "Change")
    await done.until(lambda it: "**To change**" not in it.text)
    return done.text


def visible(run: Running) -> list[dict[str, Any]]:
    """All messages of the bot, in whatever channel and for whomever, deferrals too."""
    return [m for m in run.discord.messages.by_id.values() if m["author"]["id"] == str(APPLICATION)]


async def settled(run: Running, holds: Callable[[], object]) -> None:
    """Wait for something to be so, then a little for what should not come after it."""
    await run.discord.until(holds)
    await asyncio.sleep(0.05)


def one(run: Running, text: str) -> dict[str, Any]:
    """The one message of the bot, which has the text."""
    (message,) = visible(run)
    assert text in text_of(message), text_of(message)
    return message


async def soon(holds: Callable[[], object]) -> None:
    """Wait for something that nobody is told of."""
    for _ in range(int(PATIENCE / 0.01)):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


async def until_asked(run: Running) -> None:
    """Wait until a question has come to the engine."""
    await soon(lambda: any(engine.asked for engine in run.engines.values()))


def with_text(run: Running, text: str) -> list[dict[str, Any]]:
    return [message for message in visible(run) if text in text_of(message)]


def samples(run: Running) -> dict[str, float]:
    """What is counted, by its name and labels."""
    return samples_of(run.bot.metrics.text().decode())


def samples_of(text: str) -> dict[str, float]:
    return {
        f"{sample.name}{sorted(sample.labels.values())}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def by_command(run: Running) -> None:
    await run.discord.invoke("ask", {"question": "in Washington"})


async def by_mention(run: Running) -> None:
    await run.discord.say(f"{AT_BOT} in Washington")
