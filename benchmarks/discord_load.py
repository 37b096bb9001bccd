"""The bot as a process of its own over the stand-in for Discord: speed, memory, and a soak.

    python -m benchmarks.discord_load DATA [--articles 2000 --interactions 5000 --home FOLDER]

First a server with the news quiz's articles: one question at a time, 160 at once from 160 people,
160 at once from one, and ``/help`` meanwhile. Then 20 servers with small corpora, in which people
ask, press buttons, reply, type and want help, while Discord refuses, breaks, hangs up and cuts
connections. Every server's articles have a word of their own, which must never be seen in another.
What the bot is measured by is on Discord's side, but for how late its event loop was, which it
samples itself.
"""

import argparse
import asyncio
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

from benchmarks import made
from benchmarks.quiz import incoming, subset
from index import Home, accept
from index.types import ArticleInput
from tests.discord_standin.server import NEWSROOM, TOKEN, StandIn, text_of
from tests.discord_standin.trouble import broken, cut, limited, slow
from tests.discord_standin.world import APPLICATION, Guild, User

REPOSITORY = Path(__file__).parent.parent
SERVERS, ARTICLES_EACH, BATCH, AT_ONCE, CROWD = 20, 30, 100, 8, 160

# The program as it is, but for where it looks for Discord, and that it samples its event loop
# every few milliseconds and writes down whenever it was late.
POINTED = """
import runpy, sys, time
import discord.gateway, discord.http, yarl
from bot.discord.ops import health
from prometheus_client import Histogram
api, gateway, home, lags = sys.argv[1:]
discord.http.Route.BASE = api
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
health._SAMPLE_SECONDS = 0.005
observe, late = Histogram.observe, open(lags, "a", buffering=1)
def noted(self, seconds, *rest):
    observe(self, seconds, *rest)
    if self._name.startswith("dateline_event_loop_lag") and seconds > 0.02:
        late.write(f"{time.time()} {seconds}\\n")
Histogram.observe = noted
sys.argv = ["dateline", "--home", home, "discord"]
runpy.run_module("bot", run_name="__main__")
"""


@dataclass
class Bot:
    """The process."""

    process: asyncio.subprocess.Process
    lags: Path

    def memory(self, name: str = "VmRSS") -> float:
        """Its memory, in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text("ascii")
        (line,) = (line for line in status.splitlines() if line.startswith(name))
        return int(line.split()[1]) / 1024

    def late(self, since: float) -> str:
        """How late its event loop was, in ms: the longest, and how often over 50."""
        lines = [line.split() for line in self.lags.read_text().splitlines()]
        late = [float(seconds) for at, seconds in lines if float(at) >= since]
        many = sum(one > 0.05 for one in late)
        return f"event loop late by at most {1000 * max(late, default=0):.0f} ms, {many} over 50"


@asynccontextmanager
async def bot_over(discord: StandIn, home: Path) -> AsyncIterator[Bot]:
    """Run the bot over a home."""
    lags = home / "lags"
    lags.write_text("")
    async with await asyncio.start_server(lambda *_: None, "127.0.0.1", 0) as found:
        port = found.sockets[0].getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DATELINE")}
    kept |= {"PYTHONPATH": str(REPOSITORY), "DISCORD_TOKEN": TOKEN}
    kept |= {"DATELINE_HEALTH_PORT": str(port), "DATELINE_QUESTIONS_A_MINUTE": "100000"}
    arguments = (discord.api, str(discord.gateway), str(home), str(lags))
    with (home / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", POINTED, *arguments, cwd=home, stderr=log, env=kept
        )
    try:
        yield Bot(process, lags)
    finally:
        process.terminate()
        await process.wait()


def percentile(seconds: Sequence[float], share: float) -> float:
    """A percentile, in ms."""
    return 1000 * sorted(seconds)[min(len(seconds) - 1, int(share * len(seconds)))]


# -- one large server ----------------------------------------------------------------------------


def large_home(folder: Path, data: Path, articles: int, ready: Path | None) -> list[str]:
    """Make the home of one server with the quiz's articles; what to ask there."""
    questions, rows = subset(data, 2023, articles)
    if ready:
        shutil.copytree(ready / "corpora" / "quiz", folder / "corpora" / f"guild-{NEWSROOM}")
    else:
        Home(folder).corpus(f"guild-{NEWSROOM}").add(one for row in rows for one in incoming(row))
    return [question.text for question in questions]


async def large(folder: Path, questions: Sequence[str], most: int) -> None:
    """Measure one server."""
    async with StandIn() as discord, bot_over(discord, folder) as bot:
        people = [discord.world.add_user(User(9000 + n, f"person {n}")) for n in range(CROWD)]
        began = time.perf_counter()
        await discord.ask(questions[0])
        print(f"  ready and a first answer after {time.perf_counter() - began:.1f} s")
        since, asked = time.time(), []
        for n in range(most):
            question = questions[(n + 1) % len(questions)]
            asked.append(await discord.ask(question, user=people[n % CROWD]))
        last, first = [one.last or 0 for one in asked], [one.first or 0 for one in asked]
        print(
            f"  one at a time, {most}: answer p50 {percentile(last, 0.5):.0f}, "
            f"p95 {percentile(last, 0.95):.0f} ms; first response p95 "
            f"{percentile(first, 0.95):.0f} ms; {bot.late(since)}; {bot.memory():.0f} MB"
        )
        for name, crowd in (("people", people), ("of one person", people[:1] * CROWD)):
            since, began = time.time(), time.perf_counter()
            pairs = zip(crowd, cycle(questions[20:] or questions), strict=False)
            begun = [
                await discord.invoke("ask", {"question": text}, user=user) for user, text in pairs
            ]
            helped = await (await discord.invoke("help")).until(lambda one: one.message, 60)
            done = [await one.until(lambda one: one.message, 60) for one in begun]
            spent = time.perf_counter() - began
            first = [one.first or 9 for one in done]
            busy = sum("busy" in one.text for one in done)
            print(
                f"  {CROWD} at once, {name}: first response p50 {percentile(first, 0.5):.0f}, "
                f"longest {1000 * max(first):.0f} ms; /help {1000 * (helped.last or 60):.0f} ms; "
                f"{len(done) - busy} answered in {spent:.1f} s; {bot.late(since)}; "
                f"{bot.memory():.0f} MB"
            )
        assert not discord.rejected, discord.rejected
        print(f"  memory {bot.memory():.0f} MB, at most {bot.memory('VmHWM'):.0f} MB")


# -- twenty small ones ---------------------------------------------------------------------------


def word_of(server: int) -> str:
    """The word that only this server's articles have."""
    chance = random.Random(server)
    return "".join(chance.choice("bcdfgklmnprstvz") + chance.choice("aeiou") for _ in range(5))


def small_homes(folder: Path, guilds: Sequence[int]) -> None:
    """Make a home of many servers."""
    for n, guild in enumerate(guilds):
        word = word_of(n).title()
        text = f"The password of the archive is {word}.\nMayor {word} keeps it in the safe.\n"
        own = ArticleInput(text=text, title=f"The archive of {word}", source=f"{word} Post")
        items = [accept(own, None, "own"), *made.articles(range(n * 40, n * 40 + ARTICLES_EACH))]
        Home(folder).corpus(f"guild-{guild}").add(items)


@dataclass
class Soak:
    """People in all servers, what they do, and what came of it."""

    discord: StandIn
    guilds: list[Guild]
    bot: Bot
    chance: random.Random = field(default_factory=lambda: random.Random(6))
    done: Counter[str] = field(default_factory=Counter)
    unanswered: list[str] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    shown: dict[int, list[object]] = field(default_factory=dict)

    async def one(self) -> None:
        """Let someone do something in some server."""
        n = self.chance.randrange(len(self.guilds))
        kinds: list[tuple[str, Callable[[int], Awaitable[str]], int]] = [
            ("ask", self.ask, 50),
            ("button", self.press, 15),
            ("message", self.say, 15),
            ("autocomplete", self.type, 15),
            ("help", self.help, 5),
        ]
        (name, act, _), *_ = self.chance.choices(kinds, [weight for _, _, weight in kinds])
        self.done[name] += 1
        try:
            seen = await act(n)
        except TimeoutError:
            self.unanswered.append(f"{name} in {n}")
            return
        others = [word_of(m) for m in range(len(self.guilds)) if m != n]
        if leaked := [word for word in others if word in seen.casefold()]:
            self.leaks.append(f"{name} in {n}: {leaked}")

    def question(self, n: int) -> str:
        """Something to ask in a server; now and then for what only another one has."""
        asked = [
            "What is the password of the archive?",
            "Who keeps the password in the safe?",
            made.question(n * 40 + self.chance.randrange(ARTICLES_EACH)),
            made.question(self.chance.randrange(800)),
        ]
        return self.chance.choice(asked)

    async def ask(self, n: int) -> str:
        """Use ``/ask``."""
        guild, private = self.guilds[n].id, self.chance.random() < 0.3
        options = {"question": self.question(n), "private": private}
        asked = await self.discord.invoke("ask", options, guild=guild)
        await asked.until(lambda one: one.answers, 20)
        if len(asked.answers) > 1:
            self.doubled.append(f"ask in {n}")
        return str(asked.answers)

    async def press(self, n: int) -> str:
        """Press a button of an answer."""
        asked = await self.discord.invoke(
            "ask", {"question": "What is the password of the archive?"}, guild=self.guilds[n].id
        )
        await asked.until(lambda one: one.message, 20)
        label = self.chance.choice(["Context", "More", "👍", "👎"])
        pressed = await self.discord.click(asked, label)
        await pressed.until(lambda one: one.answers, 20)
        if len(pressed.answers) > 1:
            self.doubled.append(f"{label} in {n}")
        return str(pressed.answers)

    async def say(self, n: int) -> str:
        """Mention the bot and, now and then, reply to what it says."""
        text = f"<@{APPLICATION}> {self.question(n)}"
        said = await self.discord.say(text, guild=self.guilds[n].id)
        reply = await self.discord.reply(said, 20)
        if self.chance.random() < 0.5:
            said = await self.discord.say("Who keeps it?", to=reply)
            reply = await self.discord.reply(said, 20)
        if len(self.discord.replies(said)) > 1:
            self.doubled.append(f"message in {n}")
        return text_of(reply)

    async def type(self, n: int) -> str:
        """Type a title or a source."""
        option = self.chance.choice(["article", "source"])
        typed = self.chance.choice(["", "a", "new", word_of(n + 1)[:3]])
        typing = await self.discord.invoke(
            "ask", {option: typed}, focused=option, guild=self.guilds[n].id
        )
        await typing.until(lambda one: one.choices is not None, 20)
        return str(typing.choices)

    async def help(self, n: int) -> str:
        """Use ``/help``."""
        asked = await self.discord.invoke("help", guild=self.guilds[n].id)
        await asked.until(lambda one: one.answers, 60)
        return str(asked.answers)

    async def trouble(self) -> None:
        """Let something be wrong with Discord for a while."""
        self.discord.faults[:] = [
            self.chance.choice(
                [
                    broken("POST", "/callback", 503),
                    broken("POST", "/callback", 500, after=True),
                    broken("PATCH", "/webhooks/", 502, times=2),
                    broken("PATCH", "/webhooks/", 503, after=True),
                    broken("POST", "/messages", 503, times=2),
                    broken("POST", "/messages", 500, after=True),
                    limited("POST", "/callback", "shared", 0.2),
                    limited("PATCH", "/webhooks/", "user", 0.5, times=3),
                    limited("POST", "/messages", "global", 0.5),
                    cut("POST", "/callback"),
                    cut("POST", "/callback", after=True),
                    cut("PATCH", "/webhooks/", times=2),
                    cut("POST", "/messages", after=True),
                    slow("PATCH", "/webhooks/", 0.5, times=20),
                ]
            )
            for _ in range(2)
        ]
        gateway = self.discord.gateway_end
        match self.chance.randrange(4):
            case 0:
                gateway.drop()
            case 1:
                await gateway.reconnect()
            case 2:
                await gateway.hang_up(4000)
            case _:
                return
        await asyncio.sleep(0.5)

    async def run(self, interactions: int) -> list[tuple[int, float]]:
        """Do so many things; the memory after each tenth."""
        memory, turns = [], asyncio.Semaphore(AT_ONCE)

        async def turn() -> None:
            async with turns:
                await self.one()

        for begun in range(0, interactions, BATCH):
            await self.trouble()
            await asyncio.gather(*(turn() for _ in range(min(BATCH, interactions - begun))))
            self.forget()
            if (begun + BATCH) % max(BATCH, interactions // 10) == 0:
                memory.append((begun + BATCH, self.bot.memory()))
        return memory

    def forget(self) -> None:
        """Keep the stand-in itself from growing."""
        messages = self.discord.messages
        for kept in (messages.by_id, messages.places, messages.owners):
            for number in list(kept)[:-50]:
                del kept[number]
        self.discord.interactions.by_token.clear()


async def small(folder: Path, guilds: Sequence[int], interactions: int) -> bool:
    """Measure many servers, then let people use them for long."""
    async with StandIn() as discord:
        world = discord.world
        for guild in guilds[2:]:
            world.guilds[guild] = Guild(guild, f"Server {guild}")
        async with bot_over(discord, folder) as bot:
            await discord.ask("What is the password of the archive?")
            before = bot.memory()
            for n, guild in enumerate(guilds):
                asked = await discord.ask("What is the password of the archive?", guild=guild)
                assert word_of(n) in asked.text.casefold(), asked.text
            print(f"  one server asked {before:.0f} MB, all {len(guilds)} {bot.memory():.0f} MB")
            soak, since, began = (
                Soak(discord, list(world.guilds.values()), bot),
                time.time(),
                time.perf_counter(),
            )
            memory = await soak.run(interactions)
            spent = time.perf_counter() - began
            print(f"  {sum(soak.done.values())} in {spent:.0f} s: {dict(soak.done)}")
            wrong = {"unanswered": soak.unanswered, "leaks": soak.leaks, "doubled": soak.doubled}
            for name, found in wrong.items():
                print(f"  {name}: {len(found)} {found[:3] or ''}")
            print(f"  refused by the stand-in: {dict(Counter(discord.rejected))}")
            print("  MB after", ", ".join(f"{n}: {size:.0f}" for n, size in memory))
            print(f"  {bot.late(since)}; memory at most {bot.memory('VmHWM'):.0f} MB")
    return not any(wrong.values())


def main() -> None:
    """Measure it all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--articles", type=int, default=2000)
    parser.add_argument("--questions", type=int, default=100)
    parser.add_argument("--interactions", type=int, default=5000)
    parser.add_argument("--home", type=Path, help="one whose corpus quiz has the articles")
    parser.add_argument("--only", choices=["large", "small"])
    given = parser.parse_args()
    well = True
    if given.only != "small":
        with tempfile.TemporaryDirectory() as folder:
            questions = large_home(Path(folder), given.data, given.articles, given.home)
            print(f"{given.articles:,} articles in one server")
            asyncio.run(large(Path(folder), questions, given.questions))
    if given.only != "large":
        with tempfile.TemporaryDirectory() as folder:
            guilds = [NEWSROOM + n for n in range(SERVERS)]
            small_homes(Path(folder), guilds)
            print(f"{SERVERS} servers with {ARTICLES_EACH + 1} articles each")
            well = asyncio.run(small(Path(folder), guilds, given.interactions))
    sys.exit(0 if well else 1)


if __name__ == "__main__":
    main()
