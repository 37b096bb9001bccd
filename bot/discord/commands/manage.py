"""What managers can do with articles: ``/manage`` add, remove, rebuild, cancel and status."""

import asyncio
import logging
from functools import partial

import discord
from discord import app_commands

from bot.discord import ingest
from bot.discord.commands.articles import (
    FOR_SERVERS,
    IN_SERVERS,
    Name,
    article_choices,
    autocomplete,
)
from bot.discord.commands.manage_settings import owner_commands, wipe
from bot.discord.delivery import Card, defer, finish, tell
from bot.discord.escape import escape, escaped_line, within
from bot.discord.limits import unit_of
from bot.discord.servers import Server, StoppedError, WriteProgress
from bot.discord.service import Service
from bot.discord.views import articles as article_cards
from bot.discord.views import cards
from bot.discord.write_jobs import write
from index.disk import size_of

log = logging.getLogger(__name__)

CANCELLED = "Cancelled; what was stored until then is kept."
Text = app_commands.Range[str, 1, 2000]


class NotAllowed(app_commands.CheckFailure):
    """Someone without the permission used a command for managers."""


class Manage(app_commands.Group):
    """``/manage``."""

    def __init__(self, service: Service) -> None:
        super().__init__(
            name="manage",
            description="Add and remove this server's articles, and set how Dateline answers.",
            default_permissions=discord.Permissions(manage_guild=True),
            guild_only=True,
            allowed_contexts=IN_SERVERS,
            allowed_installs=FOR_SERVERS,
        )
        self.service = service
        self.servers = service.servers
        self.remove.autocomplete("article")(
            autocomplete(service, partial(article_choices, own=True))
        )
        for command in owner_commands(service.servers, self.note):
            self.add_command(command)

    async def interaction_check(self, interaction: discord.Interaction, /) -> bool:
        """Check once more, as a server can open any command to anyone."""
        self.check(interaction)
        return True

    def check(self, interaction: discord.Interaction) -> Server:
        """The server, if the user manages it; else raise NotAllowed."""
        server = self.servers.of(interaction.guild_id)
        roles = {role.id for role in getattr(interaction.user, "roles", ())}
        if interaction.permissions.manage_guild or roles & set(server.settings.managers):
            return server
        raise NotAllowed("This needs the permission Manage Server.")

    async def note(self, interaction: discord.Interaction, server: Server, what: str) -> None:
        """Log what a manager did."""
        if server.guild_id is not None:
            log_change = self.servers.store.log_change
            await asyncio.to_thread(log_change, server.guild_id, interaction.user.id, what)

    # -- articles ----------------------------------------------------------------------------

    @app_commands.command(
        name="add",
        description="Add articles from files; a file of the same name updates its article.",
    )
    @app_commands.describe(
        file="Text, Markdown or HTML of up to 2 MB, or up to 10 MB of JSON lines, an article each",
        file2="Another file",
        file3="Another file",
        file4="Another file",
        file5="Another file",
        title="Its title, for a single article",
        url="Its web address, which answers link to",
        published="When it was published, as YYYY-MM-DD",
        source="Who published it",
    )
    async def add(  # noqa: PLR0917 - discord.py passes all by name
        self,
        interaction: discord.Interaction,
        file: discord.Attachment,
        file2: discord.Attachment | None = None,
        file3: discord.Attachment | None = None,
        file4: discord.Attachment | None = None,
        file5: discord.Attachment | None = None,
        title: Text | None = None,
        url: Text | None = None,
        published: Text | None = None,
        source: Text | None = None,
    ) -> None:
        """Add attachments."""
        await defer(interaction, private=True)
        fields = {"title": title, "url": url, "published": published, "source": source}
        given = {name: value for name, value in fields.items() if value}
        files = [one for one in (file, file2, file3, file4, file5) if one]
        read: list[ingest.Download] = []
        server, settings = self.servers.of(interaction.guild_id), self.service.settings
        progress = WriteProgress("Adding", "articles")

        def work(progress: WriteProgress) -> discord.Embed:
            items = ingest.articles_in(read, given, settings.max_article_bytes)
            read.clear()  # the articles have copies of it, and adding many takes long
            return ingest.add_articles(server, items, progress, settings)

        fetch = partial(ingest.fetch, files, progress, read)
        await write(self.service, interaction, server, progress, work, before=fetch)

    @app_commands.command(name="remove", description="Remove an article.")
    @app_commands.describe(article="Its title, or its id")
    async def remove(self, interaction: discord.Interaction, article: Name) -> None:
        """Remove one article."""
        await defer(interaction, private=True)
        server = self.servers.of(interaction.guild_id)

        def work(_: WriteProgress) -> discord.Embed:
            (head,) = server.corpus.remove([server.own(article)])
            server.last_write = f"Removed “{head.title}”."
            return cards.card([f"Removed: {article_cards.head_line(head)}"], colour=cards.ANSWERED)

        await write(self.service, interaction, server, WriteProgress("Removing", "articles"), work)

    @app_commands.command(name="rebuild", description="Make this server's whole index anew.")
    async def rebuild(self, interaction: discord.Interaction) -> None:
        """Encode everything again; questions use the old index meanwhile."""
        await defer(interaction, private=True)
        server = self.servers.of(interaction.guild_id)

        def work(progress: WriteProgress) -> discord.Embed:
            try:
                report = server.corpus.rebuild(on_progress=progress.advance)
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

    async def wipe_clicked(
        self, interaction: discord.Interaction, server: Server, value: str
    ) -> None:
        """Delete everything of a server by the button that confirms it."""
        self.check(interaction)
        await wipe(self.servers, interaction, server, value)

    @app_commands.command(name="status", description="What there is, and what is being done.")
    async def status(self, interaction: discord.Interaction) -> None:
        """Show counts, versions and the current write."""
        await defer(interaction, private=True)
        server = self.servers.of(interaction.guild_id)
        lines = await asyncio.to_thread(self._status, server)
        embed = cards.card(["\n".join(lines)], colour=cards.NEUTRAL, title="Status")
        await finish(interaction, Card(embed), private=True)

    def _status(self, server: Server) -> list[str]:
        """The lines of the status; blocks."""
        settings, shared = self.service.settings, server.shared_count()
        used, (unit, name) = size_of(server.folder), unit_of(settings.server_bytes)
        with server.corpus.snapshot() as view:
            models = self.servers.home.models
            model = models.manifest(view.model_id).name if view.model_id else "none yet"
            lines = [
                f"**Articles** {view.article_count:,} of {settings.server_articles:,}",
                *([] if shared is None else [f"**Shared articles** {shared:,}"]),
                f"**Sentences** {view.sentence_count:,}",
                f"**Space** {used / unit:,.1f} of {settings.server_bytes / unit:,g} {name}",
                f"**Corpus version** {escaped_line(view.corpus_version)}",
                f"**Model** {escaped_line(model)}",
                f"**Now** {escape(str(server.writing or 'nothing is being written'))}",
            ]
        if server.last_write:
            lines.append(f"**Before** {within(server.last_write, 500, escaped_line)}")
        return lines
