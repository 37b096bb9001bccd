"""Starting the bot: its token, its commands, its log, and the whole program as a process."""

import asyncio
import json
import logging
import os
import signal
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.discord import client
from bot.discord.client import DatelineBot, DiscordUnavailableError, run_bot, serve
from bot.discord.invite import TokenError
from bot.discord.ops import logs, shards
from tests.bot.discord.fakes import StubEngine, StubHome
from tests.bot.discord.running import AT_BOT, SETTINGS, Running, drive, driven, running, soon
from tests.conftest import REPOSITORY, Program
from tests.discord_standin.server import NEWSROOM, TOKEN, Fault, StandIn, text_of
from tests.discord_standin.trouble import ALWAYS, broken
from tests.discord_standin.world import PATIENCE, READER

# The program as it is, but for where it looks for Discord.
POINTED = """
import runpy, sys
import discord.gateway, discord.http, yarl
api, gateway, home = sys.argv[1:]
discord.http.Route.BASE = api
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
sys.argv = ["dateline", "--home", home, "discord"]
runpy.run_module("bot", run_name="__main__")
"""


# -- logging in ----------------------------------------------------------------------------------


@driven
async def test_no_privileged_intent(run: Running) -> None:
    await run.discord.ask("in Washington")
    (identified,) = run.discord.identified
    assert identified["intents"] == 1 << 0 | 1 << 9 | 1 << 12  # guilds, messages


def test_commands_are_synced_only_when_they_changed(tmp_path: Path) -> None:
    async def start(commands: list[dict[str, object]]) -> tuple[int, list[dict[str, object]]]:
        async with running(tmp_path) as run:
            run.discord.commands = commands
            await run.discord.ask("in Washington")
            return run.discord.syncs, run.discord.commands

    first, commands = asyncio.run(start([]))
    assert first == 1
    assert [command["name"] for command in commands] == [
        "ask",
        "latest",
        "help",
        "forget",
        "watch",
        "watching",
        "articles",
        "manage",
        "Ask about this",
        "Check against articles",
    ]
    assert commands[7]["default_member_permissions"] == 1 << 5
    assert asyncio.run(start(commands))[0] == 0
    stored = json.loads((tmp_path / "discord.json").read_text())
    assert list(stored["commands"]) == ["1098765432109876540"]
    (tmp_path / "discord.json").write_text('{"commands": 7')
    assert asyncio.run(start(commands))[0] == 1


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("refusals", [1, 3, 5])
def test_what_is_written_while_discord_refuses_to_connect_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusals: int
) -> None:
    monkeypatch.setattr(shards, "_RESUMES", 3)

    async def test(run: Running) -> None:
        await run.discord.ask("in Washington")
        refused = broken("GET", "/gateway/", times=refusals)
        run.discord.faults.append(refused)
        run.discord.gateway_end.drop()
        general = run.discord.world.guilds[NEWSROOM].general
        asked = {"content": f"{AT_BOT} in York"}
        said = await run.discord.messages.create(general, READER, asked)
        if refusals <= 3:
            assert "## York" in text_of(await run.discord.reply(said))
            assert (run.discord.resumed, len(run.discord.identified)) == (1, 1)
        else:  # for ever it does not try to go on with what may be gone
            await soon(lambda: len(run.discord.identified) == 2)
            assert run.discord.resumed == 0
        assert refused.struck == refusals
        assert "## York" in (await run.discord.ask("in York")).text

    drive(tmp_path, test)


def test_a_failed_sync_does_not_stop_the_bot(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def test() -> None:
        async with running(tmp_path) as known:
            await known.discord.ask("in Washington")
        (tmp_path / "discord.json").unlink()
        async with running(tmp_path) as run:
            run.discord.commands = known.discord.commands
            run.discord.faults.append(Fault("PUT", "/commands", 403, {"code": 0, "message": "no"}))
            assert "## Washington" in (await run.discord.ask("in Washington")).text
            assert not (tmp_path / "discord.json").exists()

    asyncio.run(test())
    assert "Discord did not take the commands" in caplog.text


@pytest.mark.parametrize("token", [None, SecretStr(""), SecretStr(" \n"), SecretStr("two words")])
def test_a_token_that_is_none_is_said_in_a_sentence(
    tmp_path: Path, token: SecretStr | None
) -> None:
    with pytest.raises(TokenError, match=r"bot token.*discord\.com/developers"):
        run_bot(StubHome(tmp_path), token, StubEngine, SETTINGS)


def test_a_rejected_token_is_said_in_a_sentence(tmp_path: Path) -> None:
    async def test(*, at_the_gateway: bool) -> None:
        async with StandIn() as discord:
            if not at_the_gateway:
                discord.accepts = "another"
            with discord.pointed_at():
                bot = Late if at_the_gateway else DatelineBot
                await serve(lambda: bot(StubHome(tmp_path), StubEngine, SETTINGS), TOKEN)

    class Late(DatelineBot):
        """A bot whose token is reset between logging in and connecting."""

        async def setup_hook(self) -> None:
            self.http.token = "reset"

    for at_the_gateway in (False, True):
        with pytest.raises(TokenError, match=r"accepts? the bot token") as raised:
            asyncio.run(test(at_the_gateway=at_the_gateway))
        assert TOKEN not in str(raised.value)


def test_no_network_is_said_in_a_sentence(tmp_path: Path) -> None:
    async def test() -> None:
        async with StandIn() as discord:
            pointed = discord.pointed_at()
        with pointed:
            await serve(lambda: DatelineBot(StubHome(tmp_path), StubEngine, SETTINGS), TOKEN)

    with pytest.raises(DiscordUnavailableError, match="cannot be reached"):
        asyncio.run(test())


AT_LOGIN = pytest.mark.parametrize("at", ["/users/@me", "/oauth2/applications/@me"])


@pytest.mark.usefixtures("quick")
@AT_LOGIN
def test_discord_may_be_out_of_order_for_a_while_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    monkeypatch.setattr(client, "_LOGIN_WAITS", (0.01, 0.01, 0.01))

    async def test() -> None:
        async with StandIn() as discord:
            discord.faults.append(broken("GET", at, 503, times=2))
            async with running(tmp_path, discord):
                await soon(lambda: discord.identified)
                assert "## York" in (await discord.ask("in York")).text

    asyncio.run(test())


@pytest.mark.usefixtures("quick")
@AT_LOGIN
def test_an_outage_that_does_not_end_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    monkeypatch.setattr(client, "_LOGIN_WAITS", (0.01, 0.01, 0.01))

    async def test() -> None:
        async with StandIn() as discord:
            out = broken("GET", at, 503, times=ALWAYS)
            discord.faults.append(out)
            with (
                discord.pointed_at(),
                pytest.raises(DiscordUnavailableError, match=r"cannot be reached \(HTTP 503\)"),
            ):
                await serve(lambda: DatelineBot(StubHome(tmp_path), StubEngine, SETTINGS), TOKEN)
            assert out.struck == 4

    asyncio.run(test())


# -- logging -------------------------------------------------------------------------------------


def test_no_secret_is_ever_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("logging._logRecordFactory", logging.getLogRecordFactory())
    caplog.set_level(logging.DEBUG)

    async def test(run: Running) -> None:
        await run.discord.ask("where did it boom")
        await run.discord.ask("in Washington")
        run.discord.faults.append(Fault("PATCH", "/webhooks/", 400, {"code": 1, "message": "x"}))
        await run.discord.ask("in Washington")
        logging.getLogger("other").error("with %s in it", TOKEN)
        logging.getLogger("other").error("wrong %s %s", TOKEN)  # noqa: PLE1206 - on purpose
        logging.getLogger("other").error("here", exc_info=RuntimeError(TOKEN))
        secrets = [TOKEN, *run.discord.invocations]
        text = caplog.text + "".join(
            str(record.__dict__) for record in caplog.records if not record.exc_info
        )
        assert "/callback" in text
        assert "INTERACTION_CREATE" in text
        assert [secret for secret in secrets if secret in text] == []
        assert text.count("[hidden]") > 10

    logs.log_redacted(TOKEN)
    drive(tmp_path, test)


def test_the_log_goes_to_the_terminal_only_when_nothing_else_was_set_up(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    root = logging.getLogger()
    monkeypatch.setattr("logging._logRecordFactory", logging.getLogRecordFactory())
    with caplog.at_level(logging.WARNING):  # as it is afterwards
        logs.log_redacted(TOKEN)
        client.log.warning("connected with %s", TOKEN)
        assert "[hidden]" not in capsys.readouterr().err
        monkeypatch.setattr(root, "handlers", [])
        logs.log_redacted(TOKEN)
        client.log.info("connected with %s", TOKEN)
    assert "connected with [hidden]" in capsys.readouterr().err


# -- the whole program ---------------------------------------------------------------------------


def environment(**changes: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | {"PYTHONPATH": str(REPOSITORY), "PYTHONWARNINGS": "ignore"} | changes


def test_the_program_runs_the_bot_until_it_is_told_to_stop(tmp_path: Path) -> None:
    async def test() -> str:
        async with StandIn() as discord:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                POINTED,
                discord.api,
                str(discord.gateway),
                str(tmp_path),
                stderr=asyncio.subprocess.PIPE,
                cwd=tmp_path,
                env=environment(DISCORD_TOKEN=TOKEN),
            )
            try:
                asked = await discord.ask("where did Blinken meet Han Zheng", manager=True)
                assert "Use `/manage add` and attach one" in asked.text
                assert not discord.rejected
                process.send_signal(signal.SIGTERM)
                _, log = await asyncio.wait_for(process.communicate(), PATIENCE)
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
            assert process.returncode == 0, log.decode()
            return log.decode()

    log = asyncio.run(test())
    assert "has connected to Gateway" in log
    assert "stopping" in log
    assert TOKEN not in log
    assert (tmp_path / "discord.json").is_file()


@pytest.mark.parametrize("token", [None, "", "two words"])
def test_the_program_says_in_one_line_that_there_is_no_token(
    empty: Program, token: str | None
) -> None:
    done = empty.apart("discord") if token is None else empty.apart("discord", DISCORD_TOKEN=token)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert "two words" not in done.stderr
