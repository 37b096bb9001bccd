"""What those with Manage Server can do: ``/manage`` add, remove, rebuild and status."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from typing import TypeVar

import discord
from discord import app_commands

from bot import discord_render as render
from bot.discord_commands import FOR_SERVERS, IN_SERVERS, Name, offer
from bot.discord_errors import is_gone
from bot.discord_escape import escape, one_line, within
from bot.discord_servers import Progress, Server, Servers
from bot.given import Item, described
from index import InputError
from index.read import read_bytes

log = logging.getLogger(__name__)

ATTACHMENT_MAX = 10 * 1024 * 1024
Text = app_commands.Range[str, 1, 2000]
T = TypeVar("T")


class NotAllowed(app_commands.CheckFailure):
    """Someone without Manage Server got at a command for managers."""


class Manage(app_commands.Group):
    """``/manage``."""

    # An edit every two seconds keeps well clear of Discord's limit; the last minute of the
    # token's fifteen is for saying that it ends.
    edit_every = 2.0
    edit_for = 14 * 60.0

    def __init__(self, servers: Servers) -> None:
        super().__init__(
            name="manage",
            description="Add and remove this server's articles.",
            default_permissions=discord.Permissions(manage_guild=True),
            guild_only=True,
            allowed_contexts=IN_SERVERS,
            allowed_installs=FOR_SERVERS,
        )
        self.servers = servers

    async def interaction_check(self, interaction: discord.Interaction, /) -> bool:
        """Look again: a server can open a command to anyone, and this one is for managers."""
        if not interaction.permissions.manage_guild:
            raise NotAllowed("This needs the permission Manage Server.")
        return True

    @app_commands.command(name="add", description="Add articles, or update them, from a file.")
    @app_commands.describe(
        file="Text, Markdown, HTML, or JSON lines with many articles; 10 MB at most",
        title="Its title, for a file with a single article",
        url="Its web address, which answers link to",
        published="When it was published, as YYYY-MM-DD",
        source="Who published it",
    )
    async def add(
        self,
        interaction: discord.Interaction,
        file: discord.Attachment,
        title: Text | None = None,
        url: Text | None = None,
        published: Text | None = None,
        source: Text | None = None,
    ) -> None:
        """Take in an attachment."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        fields = {"title": title, "url": url, "published": published, "source": source}
        given = {name: value for name, value in fields.items() if value}
        data = await download(file)
        server = self.servers.of(interaction.guild_id)

        def work(progress: Progress) -> discord.Embed:
            items = all_described(read_bytes(data, file.filename, origin=None), given)
            report = server.corpus.add(
                items, on_article=lambda _: progress.advance(progress.done + 1)
            )
            server.last_write = render.added(report)
            return render.added_card(report)

        await self.write(interaction, server, Progress("Adding", "articles"), work)

    @app_commands.command(name="remove", description="Remove an article.")
    @app_commands.describe(article="Its title, or its id")
    async def remove(self, interaction: discord.Interaction, article: Name) -> None:
        """Remove one article."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        server = self.servers.of(interaction.guild_id)

        def work(_: Progress) -> discord.Embed:
            (head,) = server.corpus.remove([server.find(article)])
            server.last_write = f"Removed “{head.title}”."
            return render.card([f"Removed: {render.head_line(head)}"], colour=render.ANSWERED)

        await self.write(interaction, server, Progress("Removing", "articles"), work)

    @remove.autocomplete("article")
    async def titles(
        self, interaction: discord.Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer the articles whose titles have what was typed."""
        return await asyncio.to_thread(offer, self.servers.of(interaction.guild_id), typed)

    @app_commands.command(name="rebuild", description="Make this server's whole index anew.")
    async def rebuild(self, interaction: discord.Interaction) -> None:
        """Encode everything again; who asks meanwhile asks the old index."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        server = self.servers.of(interaction.guild_id)

        def work(progress: Progress) -> discord.Embed:
            report = server.corpus.rebuild(on_progress=progress.advance)
            server.last_write = f"Rebuilt in {report.seconds:.0f} s. {render.totals(report)}"
            return render.sentence(server.last_write, render.ANSWERED)

        await self.write(interaction, server, Progress("Rebuilding", "sentences"), work)

    @app_commands.command(name="status", description="What there is, and what is being done.")
    async def status(self, interaction: discord.Interaction) -> None:
        """Show counts, versions and the write that is going on."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        server = self.servers.of(interaction.guild_id)
        view = await asyncio.to_thread(server.overview)
        lines = [
            f"**Articles** {view.articles:,} with {render.counted(view.sentences, 'sentence')}",
            f"**Corpus version** {one_line(view.corpus_version)}",
            f"**Model** {one_line(view.model or 'none yet')}",
            f"**Now** {escape(str(server.writing or 'nothing is being written'))}",
        ]
        if server.last_write:
            lines.append(f"**Before** {within(server.last_write, 500, one_line)}")
        embed = render.card(["\n".join(lines)], colour=render.NEUTRAL, title="Status")
        await interaction.edit_original_response(embed=embed)

    async def write(
        self,
        interaction: discord.Interaction,
        server: Server,
        progress: Progress,
        work: Callable[[Progress], discord.Embed],
    ) -> None:
        """Do one write off the event loop, one at a time in a server, and show how far it is."""
        if server.writing:
            raise InputError(
                f"Another change to this server's articles is under way ({server.writing}); "
                "try again when it is done."
            )
        server.writing = progress
        done = asyncio.Event()
        shown = asyncio.create_task(self.show(interaction, progress, done))
        try:
            async with self.servers.writing:
                embed = await asyncio.to_thread(work, progress)
        except Exception:
            server.last_write = f"{progress.doing} did not succeed."
            raise
        finally:
            server.writing = None
            done.set()
            # Waited for, not cancelled: a late edit must not arrive after the result.
            await shown
        if interaction.is_expired():
            log.info("a write ended after its interaction: %s", server.last_write)
            return
        await interaction.edit_original_response(embed=embed)

    async def show(
        self, interaction: discord.Interaction, progress: Progress, done: asyncio.Event
    ) -> None:
        """Edit the answer as the write advances, for as long as Discord lets it be edited."""
        started, before = time.monotonic(), ""
        while True:
            try:
                await asyncio.wait_for(done.wait(), self.edit_every)
            except TimeoutError:
                last = time.monotonic() - started >= self.edit_for
            else:
                return
            if str(progress) == before and not last:
                continue
            before = str(progress)
            note = (
                "From here on it goes on without being shown; `/manage status` says how far it is."
                if last
                else "Discord lets this be shown for 15 minutes; after that, see `/manage status`."
            )
            embed = render.card([f"{before}\n-# {note}"], colour=render.NEUTRAL)
            try:
                await interaction.edit_original_response(embed=embed)
            except discord.HTTPException as error:
                # What is shown on the way matters less than the write itself.
                log.info("progress could not be shown: %s", error)
                last = last or is_gone(error)
            if last:
                return


async def download(file: discord.Attachment) -> bytes:
    """Return the bytes of an attachment, unless it is too large."""
    if file.size > ATTACHMENT_MAX:
        raise InputError(
            f"{file.filename} has {file.size / 1024 / 1024:.1f} MB; 10 MB is the most: split it."
        )
    try:
        return await file.read()
    except (discord.HTTPException, OSError):
        raise InputError(
            f"Discord did not hand over {file.filename}; attach it once more."
        ) from None


def all_described(items: Iterable[Item], given: dict[str, str]) -> list[Item]:
    """Return the articles of a file, a single one with what its manager says of it."""
    read = list(items)
    if not given:
        return read
    if len(read) != 1:
        names = ", ".join(given)
        raise InputError(
            f"The file has {len(read)} articles, and {names} can be given for a single one; "
            "put them into the file."
        )
    return [described(read[0], given)]
