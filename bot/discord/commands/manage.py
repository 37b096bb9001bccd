"""What managers can do: ``/manage`` with the articles, the current write, and the settings."""

import asyncio
import logging
from functools import partial

import discord
from discord import app_commands

from bot.discord import ingest
from bot.discord.channels import held_in, is_among
from bot.discord.commands.articles import (
    Name,
    article_choices,
    autocomplete,
)
from bot.discord.commands.feeds import FeedCommands
from bot.discord.commands.options import ChannelOption, changed
from bot.discord.delivery import Card, defer, defer_update, finish, first, tell
from bot.discord.escape import escape, escaped_line, within
from bot.discord.feeds import Feeds
from bot.discord.limits import unit_of
from bot.discord.recent import Recent
from bot.discord.servers import Server, StoppedError, WriteProgress
from bot.discord.service import Service
from bot.discord.store import ServerSettings
from bot.discord.views import articles as article_cards
from bot.discord.views import cards
from bot.discord.views import manage as manage_cards
from bot.discord.views.buttons import change_buttons, message_of, page_buttons, wipe_buttons
from bot.discord.write_jobs import write
from index import InputError

log = logging.getLogger(__name__)

CANCELLED = "Cancelled; what was stored until then is kept."
Text = app_commands.Range[str, 1, 2000]
Links = app_commands.Range[str, 1, 6000]
Page = app_commands.Range[int, 1, 1000]
_CONFIRMED = 5 * 60  # seconds for which everything can be deleted once that was asked for
_ASK_AGAIN = "use `/manage delete-everything` again"
_NOT_READ = (
    "I cannot read messages that do not mention me. Whoever runs Dateline can let me, with "
    "DATELINE_MESSAGE_CONTENT and Discord's Message Content Intent."
)
_WIPED = (
    "Everything of this server is deleted: articles, feeds, watched questions, settings, log, "
    "votes and questions."
)


class NotAllowed(app_commands.CheckFailure):
    """Someone without the permission used a command for managers."""


class Manage(app_commands.Group):
    """``/manage``."""

    def __init__(self, service: Service, feeds: Feeds) -> None:
        super().__init__(
            name="manage",
            description="Add and remove this server's articles, and set how Dateline answers.",
            default_permissions=discord.Permissions(manage_guild=True),
            guild_only=True,
            allowed_contexts=app_commands.AppCommandContext(dm_channel=False),
        )
        self.service = service
        self.servers = service.servers
        self._feeds = feeds
        self.add_command(FeedCommands(service, feeds, self.check))
        self._proposed: Recent[int, tuple[ServerSettings, ServerSettings, str]] = Recent(1_000)
        self.remove.autocomplete("article")(
            autocomplete(service, partial(article_choices, own=True))
        )

    async def interaction_check(self, interaction: discord.Interaction, /) -> bool:
        """Check once more, as a server can open any command to anyone."""
        self.check(interaction)
        return True

    def check(self, interaction: discord.Interaction) -> None:
        """Raise NotAllowed unless the user manages the server."""
        if not manages(interaction, self.servers.of(interaction.guild_id)):
            raise NotAllowed("This needs the permission Manage Server.")

    # -- articles ----------------------------------------------------------------------------

    @app_commands.command(
        name="add",
        description="Add articles from files or links; the same file or link updates its article.",
    )
    @app_commands.describe(
        file="Text, Markdown or HTML of up to 2 MB, or up to 10 MB of JSON lines, an article each",
        file2="Another file",
        file3="Another file",
        file4="Another file",
        file5="Another file",
        links=f"Up to {ingest.LINKS_MAX} web addresses of articles, with spaces between them",
        title="Its title, for a single article",
        url="Its web address, which answers link to",
        published="When it was published, as YYYY-MM-DD",
        source="Who published it",
    )
    async def add(  # noqa: PLR0917 - discord.py passes all by name
        self,
        interaction: discord.Interaction,
        file: discord.Attachment | None = None,
        file2: discord.Attachment | None = None,
        file3: discord.Attachment | None = None,
        file4: discord.Attachment | None = None,
        file5: discord.Attachment | None = None,
        links: Links | None = None,
        title: Text | None = None,
        url: Text | None = None,
        published: Text | None = None,
        source: Text | None = None,
    ) -> None:
        """Add attachments and links."""
        await defer(interaction, private=True)
        fields = {"title": title, "url": url, "published": published, "source": source}
        given = {name: value for name, value in fields.items() if value}
        files = [one for one in (file, file2, file3, file4, file5) if one]
        listed = ingest.links_of(links)
        if not files and not listed:
            raise InputError("Attach a file, or give links.")
        read: list[ingest.Download] = []
        server, settings = self.servers.of(interaction.guild_id), self.service.settings
        progress = WriteProgress("Adding", "articles")

        def work(progress: WriteProgress) -> discord.Embed:
            items = ingest.articles_in(read, given, settings.max_article_bytes)
            read.clear()  # the articles have copies of it, and adding many takes long
            return ingest.add_articles(server, items, progress, settings)

        fetch = partial(ingest.fetch, files, listed, settings, progress, read)
        await write(self.service, interaction, server, progress, work, before=fetch)

    @app_commands.command(name="remove", description="Remove an article.")
    @app_commands.describe(article="Its title")
    async def remove(self, interaction: discord.Interaction, article: Name) -> None:
        """Remove one article."""
        await defer(interaction, private=True)
        server = self.servers.of(interaction.guild_id)

        def work(_: WriteProgress) -> discord.Embed:
            (head,) = server.corpus.remove([server.own(article)])
            server.last_write = f"Removed “{head.title}”."
            return cards.card([f"Removed: {article_cards.head_line(head)}"], colour=cards.ANSWERED)

        await write(self.service, interaction, server, WriteProgress("Removing", "articles"), work)

    @app_commands.command(name="rebuild", description="Rebuild this server's index.")
    async def rebuild(self, interaction: discord.Interaction) -> None:
        """Encode everything again; questions use the old index meanwhile."""
        await defer(interaction, private=True)
        server = self.servers.of(interaction.guild_id)

        def work(progress: WriteProgress) -> discord.Embed:
            try:
                report = server.corpus.rebuild(
                    on_progress=progress.advance, batch=ingest.BATCH_SENTENCES
                )
            except StoppedError as stopped:
                server.last_write = f"{progress}. {stopped} The index is as it was."
                return cards.sentence(server.last_write, cards.NOT_FOUND)
            server.last_write = (
                f"Rebuilt in {report.seconds:.0f} s. {article_cards.corpus_totals(report)}"
            )
            return cards.sentence(server.last_write, cards.ANSWERED)

        await write(
            self.service, interaction, server, WriteProgress("Rebuilding", "sentences"), work
        )

    # -- the current write -------------------------------------------------------------------

    @app_commands.command(name="cancel", description="End the change that is under way.")
    async def cancel(self, interaction: discord.Interaction) -> None:
        """Stop the write at its next step."""
        await self.cancel_clicked(interaction, self.servers.of(interaction.guild_id), "")

    async def cancel_clicked(
        self, interaction: discord.Interaction, server: Server, value: str
    ) -> None:
        """Stop a write by the button below it."""
        del value
        self.check(interaction)
        text = "Nothing is being written."
        if server.writing:
            server.writing.stopped = CANCELLED
            text = f"It ends at its next step. ({server.writing})"
        await tell(interaction, cards.sentence(text))

    @app_commands.command(name="status", description="What this server has, and what is under way.")
    async def status(self, interaction: discord.Interaction) -> None:
        """Show counts, versions and the current write."""
        await defer(interaction, private=True)
        server = self.servers.of(interaction.guild_id)
        lines = await asyncio.to_thread(self._status, server)
        lines += manage_cards.missing_lines(held_in(interaction, server))
        embed = cards.card(["\n".join(lines)], colour=cards.NEUTRAL, title="Status")
        await finish(interaction, Card(embed), private=True)

    def _status(self, server: Server) -> list[str]:
        """The lines of the status; blocks."""
        settings, shared = self.service.settings, server.shared_count()
        used, (unit, name) = server.corpus.size(), unit_of(settings.server_bytes)
        with server.corpus.snapshot() as view:
            models = self.servers.home.models
            model = models.manifest(view.model_id).name if view.model_id else "none yet"
            lines = [
                f"**Articles** {view.article_count:,} of {settings.server_articles:,}",
                *([] if shared is None else [f"**Shared articles** {shared:,}"]),
                f"**Sentences** {view.sentence_count:,}",
                f"**Space** {used / unit:,.1f} of {settings.server_bytes / unit:,g} {name}",
                f"**Model** {escaped_line(model)}",
                f"**Now** {escape(str(server.writing or 'nothing is being written'))}",
            ]
        if server.last_write:
            lines.append(f"**Before** {within(server.last_write, 500, escaped_line)}")
        if server.settings.unasked and not settings.message_content:
            lines.append(f"**Answers unasked** no longer. {escape(_NOT_READ)}")
        if dead := [feed.name for feed in self._feeds.book(server).feeds() if feed.is_dead]:
            names = within(", ".join(dead), 1000, escaped_line)
            lines.append(f"**Dead feeds** {names}; `/manage feeds list` says why")
        return lines

    # -- settings and what is kept -----------------------------------------------------------

    @app_commands.command(
        name="settings", description="Show the settings, and what you give would change in them."
    )
    @app_commands.describe(
        add_manager="A role that may manage, too",
        remove_manager="A role that may no longer manage",
        add_channel="A channel to answer in, and only in those that are added",
        remove_channel="A channel to answer in no longer; with none left it answers everywhere",
        add_unasked="A channel or forum where questions are answered without a mention, when sure",
        remove_unasked="A channel or forum to answer in only where it is asked",
        private="Whether /ask answers the asker alone, unless they say otherwise",
        sure="How sure an answer must be, in percent; higher means fewer answers and fewer errors",
        keep_questions="For how many days questions are kept for you to read; 0 keeps none",
        corrections="For how many days an answer is marked once its article changes; 0 never",
        reset="Reset all settings first",
    )
    async def settings(  # noqa: PLR0917 - discord.py passes all by name
        self,
        interaction: discord.Interaction,
        add_manager: discord.Role | None = None,
        remove_manager: discord.Role | None = None,
        add_channel: ChannelOption | None = None,
        remove_channel: ChannelOption | None = None,
        add_unasked: ChannelOption | None = None,
        remove_unasked: ChannelOption | None = None,
        private: bool | None = None,
        sure: app_commands.Range[int, 0, 99] | None = None,
        keep_questions: app_commands.Range[int, 0, 365] | None = None,
        corrections: app_commands.Range[int, 0, 365] | None = None,
        reset: bool = False,
    ) -> None:
        """Show the settings, and ask whether to change those that are given."""
        await defer(interaction, private=True)
        server = self.servers.of(interaction.guild_id)
        old = ServerSettings() if reset else server.settings
        if add_manager and add_manager.is_default():
            raise InputError(
                "With @everyone, every member could change and delete the articles; "
                "choose a role that only managers have."
            )
        given: dict[str, object] = {
            "managers": changed(old.managers, add_manager, remove_manager),
            "channels": changed(old.channels, add_channel, remove_channel),
            "unasked": changed(old.unasked, add_unasked, remove_unasked),
            "private": private,
            "threshold": None if sure is None else sure / 100,
            "keep_questions": keep_questions,
            "corrections": corrections,
        }
        new = old.model_copy(update={k: v for k, v in given.items() if v is not None})
        if add_unasked and not self.service.settings.message_content:
            raise InputError(_NOT_READ)
        if add_unasked and new.channels and not is_among(add_unasked, new.channels):
            raise InputError("I do not answer in this channel; add it with add_channel, too.")
        card = Card(manage_cards.settings_card(server.settings))
        if new != server.settings:
            what = manage_cards.settings_change(old, new, reset=reset)
            self._proposed[interaction.id] = server.settings, new, what
            embed = manage_cards.settings_card(server.settings, what)
            card = Card(embed, change_buttons(interaction.id))
        await finish(interaction, card, private=True)

    async def change_clicked(
        self, interaction: discord.Interaction, server: Server, value: str
    ) -> None:
        """Change the settings as they were proposed, or leave them."""
        self.check(interaction)
        number, _, answer = value.partition(":")
        before, new, what = self._proposed.pop(int(number), (None, None, ""))
        if answer == "yes" and before != server.settings:
            raise InputError("The settings have changed meanwhile; use `/manage settings` again.")
        await defer_update(interaction)
        if answer == "yes" and new:
            await asyncio.to_thread(self._set, server, new, interaction.user.id, what)
        await finish(interaction, Card(manage_cards.settings_card(server.settings)), private=True)

    def _set(self, server: Server, settings: ServerSettings, who: int, what: str) -> None:
        """Change the settings, which may keep things for less long, and log it; blocks."""
        guild, store = server.guild_id or 0, self.servers.store
        self.servers.set(server, settings)
        store.forget_old(guild, settings)
        store.log_change(guild, who, what)

    @app_commands.command(name="log", description="What managers have changed, the newest first.")
    @app_commands.describe(page="Which page")
    async def log(self, interaction: discord.Interaction, page: Page = 1) -> None:
        """Show a page of the log."""
        await defer(interaction, private=True)
        changes = await asyncio.to_thread(self.servers.store.changes, interaction.guild_id or 0)
        lines = list(map(manage_cards.change_line, changes))
        card = Card(manage_cards.lines_card("Changes", lines, page))
        await finish(interaction, card, private=True)

    @app_commands.command(
        name="questions", description="What members have asked, where the settings keep it."
    )
    @app_commands.describe(page="Which page", unanswered="Only what the articles did not say")
    async def questions(
        self, interaction: discord.Interaction, page: Page = 1, unanswered: bool = False
    ) -> None:
        """Show a page of the questions that are kept."""
        await defer(interaction, private=True)
        server = self.servers.of(interaction.guild_id)
        await finish(interaction, await self._asked(server, page, unanswered), private=True)

    async def asked_page(
        self, interaction: discord.Interaction, server: Server, value: str
    ) -> Card:
        """The page of the questions that a button is for."""
        self.check(interaction)
        number, _, unanswered = value.partition(":")
        return await self._asked(server, int(number), bool(unanswered))

    async def _asked(self, server: Server, page: int, unanswered: bool) -> Card:
        if not server.settings.keep_questions:
            raise InputError("Questions are not kept; `/manage settings` can keep them for a time.")
        asked = await asyncio.to_thread(self.servers.store.questions, server.guild_id or 0)
        embed, page, pages = manage_cards.asked_card(asked, page, unanswered=unanswered)
        return Card(embed, page_buttons("asked", page, pages, ":vain" if unanswered else ":"))

    @app_commands.command(
        name="delete-everything", description="Delete all that Dateline has of this server."
    )
    async def delete_everything(self, interaction: discord.Interaction) -> None:
        """Ask whether to delete everything."""
        text = (
            "This deletes this server's articles, feeds, watched questions, settings, log, votes "
            "and questions, for good. "
            f"Press the red button within {_CONFIRMED // 60} minutes to do it."
        )
        card = Card(cards.sentence(text, cards.FAILED), wipe_buttons(interaction.user.id))
        view = card.view or discord.utils.MISSING
        send = interaction.response.send_message
        await first(interaction, lambda: send(embed=card.embed, view=view, ephemeral=True))

    async def wipe_clicked(
        self, interaction: discord.Interaction, server: Server, value: str
    ) -> None:
        """Delete everything of a server, or nothing, as the button says; it works once."""
        self.check(interaction)
        message, (user, _, answer) = message_of(interaction), value.partition(":")
        if user != str(interaction.user.id):
            raise InputError(f"This is for who asked for it; {_ASK_AGAIN}.")
        require_no_write(server)
        late = (interaction.created_at - message.created_at).total_seconds() > _CONFIRMED
        if answer == "yes" and not late and self.servers.wiped.again(message.id):
            raise InputError(f"This was confirmed before; {_ASK_AGAIN}.")
        await defer_update(interaction)
        require_no_write(server)  # which has begun meanwhile
        text = "Nothing was deleted."
        if answer == "yes" and late:
            text = f"This can no longer be confirmed; {_ASK_AGAIN}."
        elif answer == "yes":
            if server.guild_id is not None:
                await asyncio.to_thread(self.servers.delete, server.guild_id)
                self.service.conversations.forget_server(server.guild_id)
            text = _WIPED
        await finish(interaction, Card(cards.sentence(text)), private=True)


def require_no_write(server: Server) -> None:
    """Raise InputError during a write, which would bring back what is deleted."""
    if server.writing:
        raise InputError("A change is under way; end it with `/manage cancel` first.")


def manages(interaction: discord.Interaction, server: Server) -> bool:
    """Whether who uses a command or a button manages a server."""
    roles = {role.id for role in getattr(interaction.user, "roles", ())}
    return interaction.permissions.manage_guild or not roles.isdisjoint(server.settings.managers)
