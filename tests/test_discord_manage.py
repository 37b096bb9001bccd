"""What managers see of what they do, and what keeps them from harm."""

from pathlib import Path

from tests.discord_running import Running, drive
from tests.discord_standin import NEWSROOM
from tests.discord_world import MANAGER, Role
from tests.test_discord_product import used


def test_the_log_says_in_words_what_was_set(tmp_path: Path) -> None:
    async def test(run: Running) -> None:
        guild = run.discord.world.guilds[NEWSROOM]
        desk = guild.add_role(Role(8800, "desk", 0, 2))
        await used(run, "settings", manager=desk, channel=guild.general, sure=30)
        await used(run, "settings", manager=desk, keep_questions=1, private=True)
        await used(run, "remove", article="nothing of that name")
        second, first = (await used(run, "log")).splitlines()[1:3]
        assert first.endswith(
            f"<@{MANAGER.id}> Settings: <@&8800> may manage; answers in <#{guild.general.id}>; "
            "how sure an answer must be: 30%"
        )
        assert second.endswith(
            "Settings: <@&8800> may no longer manage; answers to `/ask` are for the asker alone; "
            "questions are kept for 1 day, but for those asked privately"
        )
        assert "<@&8800>" not in await used(run, "settings")

    drive(tmp_path, test)


def test_everyone_cannot_manage(tmp_path: Path) -> None:
    async def test(run: Running) -> None:
        everyone = run.discord.world.guilds[NEWSROOM].roles[NEWSROOM]
        refused = await used(run, "settings", manager=everyone)
        assert "every member could change and delete the articles" in refused
        assert "**Managed by** those with Manage Server\n" in await used(run, "settings")

    drive(tmp_path, test)


def test_a_channel_that_the_bot_does_not_know_can_be_set(tmp_path: Path) -> None:
    async def test(run: Running) -> None:
        await used(run, "status")
        hidden = run.discord.world.guilds[NEWSROOM].add_channel("hidden", 993)
        assert "**Answers in** <#993>" in await used(run, "settings", channel=hidden)
        (option,) = [
            option
            for command in run.discord.commands
            if command["name"] == "manage"
            for one in command["options"]
            if one["name"] == "settings"
            for option in one["options"]
            if option["name"] == "channel"
        ]
        assert 4 not in option["channel_types"]  # a category

    drive(tmp_path, test)
