"""The address that adds the bot, its token as it can be judged unsent, and the doctor on both."""

import base64
import json
import os
import re
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import discord
import pytest

from bot.cli import setup_checks
from bot.discord.invite import PERMISSIONS, application_of, invite_address
from index import InputError
from tests.conftest import Program, Run
from tests.discord_standin.server import TOKEN

APPLICATION = "109876543210987654"


# -- the address ---------------------------------------------------------------------------------


def test_the_address_asks_for_what_the_bot_uses() -> None:
    parts = urlsplit(invite_address(int(APPLICATION)))
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "discord.com", "/oauth2/authorize")
    asked = parse_qs(parts.query)
    assert asked["client_id"] == [APPLICATION]
    assert asked["scope"] == ["bot applications.commands"]
    wanted = discord.Permissions(
        view_channel=True,
        send_messages=True,
        send_messages_in_threads=True,
        embed_links=True,
        read_message_history=True,
    )
    assert discord.Permissions(int(asked["permissions"][0])) == wanted


@pytest.mark.parametrize("permission", PERMISSIONS, ids=lambda permission: permission.name)
def test_permissions_are_called_as_discord_calls_them(permission: Any) -> None:
    (name,) = (name for name, allowed in discord.Permissions(permission.bit) if allowed)
    called = permission.name.lower().replace(" ", "_").replace("view_channels", "read_messages")
    assert called == name
    assert permission.reason


def test_invite_takes_the_application_from_the_token(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    result = run("discord", "invite", "--json")
    assert result.exit_code == 0, result.stderr
    printed = json.loads(result.stdout)
    assert printed["address"] == invite_address(int(APPLICATION))
    assert [item["permission"] for item in printed["permissions"]] == [p.name for p in PERMISSIONS]
    assert all(item["why"] for item in printed["scopes"] + printed["permissions"])
    shown = run("discord", "invite")
    assert shown.stdout.splitlines()[0] == printed["address"]
    assert all(permission.reason in shown.stdout for permission in PERMISSIONS)
    assert TOKEN not in result.output + shown.output


def test_invite_takes_the_token_from_a_file(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(f"{TOKEN}\n")
    found = run("discord", "invite", env={"DISCORD_TOKEN_FILE": str(path)})
    assert APPLICATION in found.stdout
    other = base64.b64encode(b"200000000000000001").decode()
    both = {
        "DISCORD_TOKEN_FILE": str(path),
        "DISCORD_TOKEN": TOKEN.replace(TOKEN.split(".")[0], other),
    }
    assert "client_id=200000000000000001&" in run("discord", "invite", env=both).stdout
    missing = run("discord", "invite", env={"DISCORD_TOKEN_FILE": str(tmp_path / "none")})
    assert (missing.exit_code, missing.stdout) == (1, "")
    assert re.fullmatch(
        r"error: DISCORD_TOKEN_FILE: .*/none cannot be read \(No such file or directory\)\n",
        missing.stderr,
    )


def test_invite_needs_no_token_where_the_id_is_given(empty: Program) -> None:
    done = empty("discord", "invite", "--application", "200000000000000001")
    assert done.returncode == 0, done.stderr
    assert "client_id=200000000000000001&" in done.stdout
    none = empty("discord", "invite")
    assert (none.returncode, none.stdout) == (1, "")
    assert "--application" in none.stderr
    assert empty("discord", "invite", "--application", "12").returncode == 2


@pytest.mark.parametrize(
    "token",
    [
        "",
        "secret.token",
        "two words",
        TOKEN.replace(".", ":"),
        TOKEN.split(".", maxsplit=1)[0],
        "bm90IGEgbnVtYmVyIGF0IGFsbA.GaBcDe.standin-standin-standin-standin-00",
        "MTA5ODc2NTQzMjEwOTg3NjU0=.GaBcDe.standin-standin-standin-standin-00",
        "A" * 25 + ".GaBcDe.standin-standin-standin-standin-00",
    ],
)
def test_what_is_no_token_is_not_shown(token: str) -> None:
    with pytest.raises(InputError, match="the bot token is not one; copy it from") as raised:
        application_of(token)
    assert not token or token not in str(raised.value)


# -- the doctor ----------------------------------------------------------------------------------


def checks(run: Run, home: Path, **env: str) -> dict[str, dict[str, Any]]:
    result = run("doctor", "--json", "--home", str(home), env=env)
    return {check["check"]: check for check in json.loads(result.stdout)["checks"]}


def test_doctor_knows_what_can_be_a_token(run: Run, own_home: Path) -> None:
    good = checks(run, own_home, DISCORD_TOKEN=TOKEN)["token"]
    assert (good["ok"], good["found"]) == (True, f"set, of the application {APPLICATION}")
    bad = checks(run, own_home, DISCORD_TOKEN="my-other-secret")["token"]
    assert not bad["ok"]
    assert bad["do"].startswith("the bot token is not one; copy it from https://discord.com/")
    assert "my-other-secret" not in str(bad)


def test_doctor_knows_a_free_port_from_a_taken_one(run: Run, own_home: Path) -> None:
    assert checks(run, own_home)["health"]["found"].startswith("off; ")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        threading.Thread(target=hang_up, args=(silent,), daemon=True).start()
        taken = checks(run, own_home, DATELINE_HEALTH_PORT=str(port))["health"]
        assert not taken["ok"]
        assert taken["found"] == f"port {port} cannot be used (Address already in use)"
    free = checks(run, own_home, DATELINE_HEALTH_PORT=str(port))["health"]
    assert (free["ok"], free["found"]) == (True, f"port {port}, free")


def hang_up(server: socket.socket) -> None:
    server.accept()[0].close()


def test_doctor_knows_a_running_bot(run: Run, own_home: Path) -> None:
    class Bot(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"ok\n" if self.path == "/healthz" else b"")

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Bot) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        found = checks(run, own_home, DATELINE_HEALTH_PORT=str(server.server_port))["health"]
    assert (found["ok"], found["found"]) == (
        True,
        f"port {server.server_port}, where a bot is running",
    )


@pytest.mark.parametrize("name", ["corpora/default", "corpora/default/corpus-1.sqlite"])
def test_doctor_finds_what_another_user_made(
    run: Run, own_home: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    assert checks(run, own_home)["home"]["ok"]
    path, access = own_home / name, os.access
    monkeypatch.setattr(
        "os.access", lambda p, mode: access(p, mode) and not (Path(p) == path and mode & os.W_OK)
    )
    found = checks(run, own_home)["home"]
    assert not found["ok"]
    assert found["found"].startswith(f"{path} cannot be changed by ")
    assert f"chown -R {setup_checks.user()} {own_home}" in found["do"]


def test_doctor_wants_room_for_a_rebuild(
    run: Run, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert checks(run, own_home)["disk"]["ok"]
    monkeypatch.setattr("bot.cli.setup_checks.size_of", lambda _: 10**18)
    found = checks(run, own_home)["disk"]
    assert not found["ok"]
    assert found["do"].endswith("1,000,000,000.0 GB are wanted for a rebuild")
