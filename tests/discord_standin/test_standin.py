"""The stand-in for Discord: it is as strict as the tests need it to be."""

from pathlib import Path

import aiohttp
import pytest

from tests.bot.discord.running import Running, drive
from tests.discord_standin import rules
from tests.discord_standin.rules_base import RejectedError
from tests.discord_standin.rules_commands import commands


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"content": " "},
        {"content": "x" * 2001},
        {"content": "x", "unknown": 1},
        {"embeds": [{"description": "x" * 4097}]},
        {"embeds": [{"description": "😀" * 2049}]},
        {"embeds": [{"title": "x" * 257}]},
        {"embeds": [{"description": "x", "colour": 1}]},
        {"embeds": [{"description": "x", "url": "javascript:x"}]},
        {"embeds": [{"description": "x", "footer": {"text": "x" * 2049}}]},
        {"embeds": [{"description": "x" * 4000, "footer": {"text": "x" * 2001}}]},
        {"embeds": [{"description": "x"}] * 11},
        {"embeds": [{"fields": [{"name": "", "value": "x"}]}]},
    ],
)
def test_the_stand_in_rejects_what_discord_rejects(message: dict[str, object]) -> None:
    with pytest.raises(RejectedError):
        rules.message(message, rules.EDIT_FIELDS)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Ask"},
        {"name": "x" * 33},
        {"description": ""},
        {"description": "x" * 101},
        {"contexts": [3]},
        {"surprise": 1},
        {"options": [{"type": 3, "name": "a", "description": ""}]},
        {"options": [{"type": 3, "name": "a", "description": "x", "max_length": 6001}]},
        {
            "options": [
                {"type": 3, "name": "a", "description": "x"},
                {"type": 3, "name": "b", "description": "x", "required": True},
            ]
        },
    ],
)
def test_the_stand_in_rejects_commands_that_discord_rejects(changes: dict[str, object]) -> None:
    good = {"name": "ask", "description": "Ask.", "type": 1, "options": []}
    commands([good])
    with pytest.raises(RejectedError):
        commands([good | changes])


def test_the_stand_in_keeps_the_order_of_answers(tmp_path: Path) -> None:
    async def test(run: Running) -> None:
        run.corpus.asking.clear()
        asked = await run.discord.invoke("ask", {"question": "in Washington"})
        webhook = f"{run.discord.api}/webhooks/1/{asked.token}"
        named = {"User-Agent": "DiscordBot (https://example.com, 1)"}
        async with aiohttp.ClientSession(headers=named) as client:
            async with client.post(webhook, json={"content": "too early"}) as early:
                assert (early.status, (await early.json())["code"]) == (404, 10015)
            async with client.get(f"{run.discord.api}/users/@me") as nobody:
                assert nobody.status == 401
            nameless = {"User-Agent": "aiohttp"}
            async with client.post(webhook, json={"content": "x"}, headers=nameless) as whose:
                assert whose.status == 400
        assert len(run.discord.rejected) == 3
        run.discord.rejected.clear()
        run.corpus.asking.set()
        await asked.answer()

    drive(tmp_path, test)
