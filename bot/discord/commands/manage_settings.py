"""The other commands for managers: ``/manage`` settings, log, questions, delete-everything."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import discord
from discord import app_commands

from bot.discord.delivery import Card, defer, defer_update, finish, first
from bot.discord.escape import escaped_line, within
from bot.discord.servers import Server, Servers
from bot.discord.store import Asked, Change, ServerSettings
from bot.discord.views import cards
from bot.discord.views.buttons import wipe_buttons
from bot.text import counted
from index import InputError

Command = app_commands.Command[Any, ..., None]
Note = Callable[[discord.Interaction, Server, str], Awaitable[None]]
_LINES_A_PAGE = 15
_CONFIRMED = 5 * 60  # seconds for which everything can be deleted once that was asked for
_ASK_AGAIN = "use `/manage delete-everything` again"
_WIPED = "Everything of this server is deleted: articles, settings, log, votes and questions."
# Discord's documentation does not list media channels among the types of an option.
_NO_PLACES = {"private", "group", "category", "media"}
_SETTINGS = "Settings: "  # a change that begins so has Dateline's own words and mentions alone
Page = app_commands.Range[int, 1, 1000]


class AnyChannel(app_commands.Transformer):
    """A channel to answer in, by its id; the bot need not see it."""

    @property
    def type(self) -> discord.AppCommandOptionType:
        """The type of the option."""
        return discord.AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[discord.ChannelType]:
        """The kinds of channels where someone can ask."""
        return [kind for kind in discord.ChannelType if kind.name not in _NO_PLACES]

    async def transform(self, interaction: discord.Interaction, value: Any, /) -> Any:
        """The channel as Discord sends it."""
        del interaction
        return value


def owner_commands(servers: Servers, note: Note) -> list[Command]:
    """The commands; their group checks who may use them."""
    return [
        settings_command(servers, note),
        log_command(servers),
        questions_command(servers),
        delete_command(),
    ]


def settings_command(servers: Servers, note: Note) -> Command:
    """Make ``/manage settings``."""

    @app_commands.command(
        name="settings", description="Show the settings, or change those that you give."
    )
    @app_commands.describe(
        manager="A role that may manage, too; once more takes it away",
        channel="A channel to answer in, and only there; once more takes it away",
        private="Whether /ask answers the asker alone, unless they say otherwise",
        sure="How sure an answer must be, in percent; higher answers less and errs less",
        keep_questions="For how many days questions are kept for you to read; 0 keeps none",
        reset="Put all settings back first",
    )
    async def settings(
        interaction: discord.Interaction,
        manager: discord.Role | None = None,
        channel: app_commands.Transform[discord.abc.Snowflake, AnyChannel] | None = None,
        private: bool | None = None,
        sure: app_commands.Range[int, 0, 99] | None = None,
        keep_questions: app_commands.Range[int, 0, 365] | None = None,
        reset: bool = False,
    ) -> None:
        await defer(interaction, private=True)
        server = servers.of(interaction.guild_id)
        old = ServerSettings() if reset else server.settings
        if manager and manager.is_default() and manager.id not in old.managers:
            raise InputError(
                "With @everyone, every member could change and delete the articles; "
                "choose a role that only managers have."
            )
        given: dict[str, object] = {
            "managers": toggled(old.managers, manager),
            "channels": toggled(old.channels, channel),
            "private": private,
            "threshold": None if sure is None else sure / 100,
            "keep_questions": keep_questions,
        }
        new = old.model_copy(update={k: v for k, v in given.items() if v is not None})
        if new != server.settings:
            await asyncio.to_thread(servers.set, server, new)
            await asyncio.to_thread(forget_old, servers, server)
            await note(interaction, server, _SETTINGS + "; ".join(changed(old, new, reset)))
        await finish(interaction, Card(settings_card(new)), private=True)

    return settings


def toggled(ids: tuple[int, ...], one: discord.abc.Snowflake | None) -> tuple[int, ...] | None:
    """The ids with one added, or removed if it was among them; None for no change."""
    if one is None:
        return None
    return tuple(n for n in ids if n != one.id) if one.id in ids else (*ids, one.id)


def changed(old: ServerSettings, new: ServerSettings, reset: bool) -> list[str]:
    """What has changed, in words and mentions."""

    def moved(before: Sequence[int], after: Sequence[int], come: str, gone: str) -> list[str]:
        return [
            *(gone.format(number) for number in before if number not in after),
            *(come.format(number) for number in after if number not in before),
        ]

    words = ["all put back"] if reset else []
    words += moved(old.managers, new.managers, "<@&{}> may manage", "<@&{}> may no longer manage")
    words += moved(old.channels, new.channels, "answers in <#{}>", "no longer answers in <#{}>")
    before, after = in_words(old), in_words(new)
    return words + [f"{name} {after[name]}" for name in after if after[name] != before[name]]


def in_words(settings: ServerSettings) -> dict[str, str]:
    """The settings that are neither roles nor channels."""
    sure, days = settings.threshold, settings.keep_questions
    return {
        "answers to `/ask` are for": "the asker alone" if settings.private else "all to see",
        "how sure an answer must be:": "as it comes" if sure is None else f"{sure:.0%}",
        "questions are": (
            f"kept for {counted(days, 'day')}, but for those asked privately"
            if days
            else "not kept"
        ),
    }


def forget_old(servers: Servers, server: Server) -> None:
    """Delete questions that are older than the settings allow; blocks."""
    if server.guild_id is not None:
        servers.store.forget_questions(server.guild_id, server.settings.keep_questions)


def settings_card(settings: ServerSettings) -> discord.Embed:
    """All settings; roles and channels are mentions, which ping nobody."""
    roles = "".join(f", and <@&{number}>" for number in settings.managers)
    places = ", ".join(f"<#{number}>" for number in settings.channels)
    seen, sure, kept = in_words(settings).values()
    lines = [
        f"**Managed by** those with Manage Server{roles}",
        f"**Answers in** {places or 'every channel'}",
        f"**Answers to `/ask` are for** {seen}, unless the asker says otherwise",
        "**Replies and mentions** are answered where they are written, for all to see",
        f"**How sure an answer must be** {sure}",
        f"**Questions are** {kept}",
        "**Votes are** kept, with their question and answer, not with who gave them",
    ]
    if settings.managers:
        lines.append(
            "-# A role sees `/manage` once it is allowed to in Server Settings, Integrations."
        )
    return cards.card(["\n".join(lines)], colour=cards.NEUTRAL, title="Settings")


def log_command(servers: Servers) -> Command:
    """Make ``/manage log``."""

    @app_commands.command(name="log", description="What managers have changed, the newest first.")
    @app_commands.describe(page="Which page")
    async def log(interaction: discord.Interaction, page: Page = 1) -> None:
        await defer(interaction, private=True)
        guild = servers.of(interaction.guild_id).guild_id or 0
        changes = await asyncio.to_thread(servers.store.changes, guild)
        lines = list(map(change_line, changes))
        await finish(interaction, Card(lines_card("Changes", lines, page)), private=True)

    return log


def change_line(change: Change) -> str:
    """A change on a line; the mention shows a name and pings nobody."""
    own = change.what.startswith(_SETTINGS)
    what = change.what if own else within(change.what, 220, escaped_line)
    return f"{cards.moment(change.at)} <@{change.who}> {what}"


def questions_command(servers: Servers) -> Command:
    """Make ``/manage questions``."""

    @app_commands.command(
        name="questions", description="What members have asked, where the settings keep it."
    )
    @app_commands.describe(page="Which page", unanswered="Only what the articles did not say")
    async def questions(
        interaction: discord.Interaction, page: Page = 1, unanswered: bool = False
    ) -> None:
        await defer(interaction, private=True)
        server = servers.of(interaction.guild_id)
        if not server.settings.keep_questions:
            raise InputError("Questions are not kept; `/manage settings` can keep them for a time.")
        asked = await asyncio.to_thread(servers.store.questions, server.guild_id or 0)
        lines = [asked_line(one) for one in asked if not (unanswered and one.answered)]
        await finish(interaction, Card(lines_card("Questions", lines, page)), private=True)

    return questions


def asked_line(asked: Asked) -> str:
    """A question on a line."""
    mark = "✓" if asked.answered else "–"
    return f"{cards.moment(asked.at)} {mark} {within(asked.question, 200, escaped_line)}"


def lines_card(title: str, lines: Sequence[str], page: int) -> discord.Embed:
    """A page of lines."""
    shown, page, pages = cards.on_page(lines, page, _LINES_A_PAGE)
    text = "\n".join(shown) or "Nothing yet."
    return cards.card([text], colour=cards.NEUTRAL, title=title, footer=f"page {page} of {pages}")


def delete_command() -> Command:
    """Make ``/manage delete-everything``."""

    @app_commands.command(
        name="delete-everything", description="Delete all that Dateline has of this server."
    )
    async def delete(interaction: discord.Interaction) -> None:
        text = (
            "This deletes this server's articles, settings, log, votes and questions, for good. "
            f"Press the red button within {_CONFIRMED // 60} minutes to do it."
        )
        card = Card(cards.sentence(text, cards.FAILED), wipe_buttons(interaction.user.id))
        view = card.view or discord.utils.MISSING
        send = interaction.response.send_message
        await first(interaction, lambda: send(embed=card.embed, view=view, ephemeral=True))

    return delete


async def wipe(
    servers: Servers, interaction: discord.Interaction, server: Server, value: str
) -> None:
    """Delete everything of a server, or nothing, as the button says; a confirmation works once."""
    message, (user, _, answer) = interaction.message, value.partition(":")
    if message is None or user != str(interaction.user.id):
        raise InputError(f"This is for who asked for it; {_ASK_AGAIN}.")
    if server.writing:
        raise InputError("A change is under way; end it with `/manage cancel` first.")
    late = (interaction.created_at - message.created_at).total_seconds() > _CONFIRMED
    if answer == "yes" and not late and servers.wiped.again(message.id):
        raise InputError(f"This was confirmed before; {_ASK_AGAIN}.")
    await defer_update(interaction)
    text = "Nothing was deleted."
    if answer == "yes" and late:
        text = f"This can no longer be confirmed; {_ASK_AGAIN}."
    elif answer == "yes":
        if server.guild_id is not None:
            await asyncio.to_thread(servers.delete, server.guild_id)
        text = _WIPED
    await finish(interaction, Card(cards.sentence(text)), private=True)
