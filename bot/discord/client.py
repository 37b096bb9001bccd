"""The Discord client: logging in, telling Discord its commands, and stopping in good order.

It asks for no privileged intent, unless it is to answer unasked: slash commands reach it whatever
the intents are, and messages that mention it or are sent to it come with their text.
"""

import asyncio
import hashlib
import json
import logging
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any

import aiohttp
import discord
from discord import app_commands
from pydantic import SecretStr

from bot.discord import errors
from bot.discord.commands.articles import Articles
from bot.discord.commands.manage import Manage
from bot.discord.commands.questions import Command, commands
from bot.discord.commands.watches import WatchCommands
from bot.discord.delivery import OUTCOME
from bot.discord.feeds import Feeds
from bot.discord.invite import WHERE, TokenError, application_of, invite_address
from bot.discord.messages import Messages
from bot.discord.ops.first_answers import answer_first_at_once
from bot.discord.ops.health import Health, models_problem, serving
from bot.discord.ops.logs import begin_request, log_redacted
from bot.discord.ops.metrics import Metrics
from bot.discord.ops.process import settle_process, settle_worker
from bot.discord.ops.retention import keep_house
from bot.discord.ops.shards import keep_sessions
from bot.discord.ops.unfinished import tell_unfinished
from bot.discord.ops.welcome import welcome
from bot.discord.servers import ASKING, SPARE, WRITING, Servers
from bot.discord.service import Service
from bot.discord.views.clicks import UNKNOWN, Clicks
from bot.discord.watches import Watches
from bot.settings import Settings
from index import Corpus, DatelineError, Home, InputError
from index.disk import write_atomically
from retrieval import Engine

log = logging.getLogger(__name__)

# Dateline does not use voice; discord.py need not warn about it.
discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
keep_sessions()

_INVALID_TOKEN_CLOSE = 4004
# Of all commands but those for managers, which are for servers alone.
_HERE = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False)
_FOR_SERVERS = app_commands.AppInstallationType(guild=True, user=False)
NOT_GRANTED = (
    "Discord does not let this bot read messages, as DATELINE_MESSAGE_CONTENT wants; switch on "
    "Message Content Intent on https://discord.com/developers/applications (your application, "
    "Bot), or take the setting away"
)
# How discord.py names the tasks of commands, of clicks and forms, and of messages.
HANDLING = {"CommandTree-invoker", "discord.py: on_interaction", "discord.py: on_message"}
# Containers get ten seconds to stop; who is not told by then is told at the next start.
LAST_WORD_SECONDS = 4.5
# Seconds before further attempts to log in during a Discord outage.
_LOGIN_WAITS = (1.0, 2.0, 4.0, 8.0, 16.0)


class DiscordUnavailableError(DatelineError):
    """Discord cannot be reached, or has closed the connection for good."""


class Tree(app_commands.CommandTree[discord.Client]):
    """The commands, with the central error handler."""

    service: Service

    async def _call(self, interaction: discord.Interaction) -> None:
        """Handle each interaction once, with an id in the log."""
        begin_request()
        if self.service.seen.again(interaction.id):
            interaction.command_failed = True
        elif interaction.type is discord.InteractionType.autocomplete:
            await super()._call(interaction)
        else:
            async with self.service.noted(interaction):
                await super()._call(interaction)

    async def on_error(
        self, interaction: discord.Interaction, error: app_commands.AppCommandError, /
    ) -> None:
        """Report a command's failure to its user, and count it."""
        await errors.handle(interaction, error)
        name = interaction.command.qualified_name if interaction.command else UNKNOWN
        self.service.count(interaction, name, errors.outcome_of(error))


class DatelineBot(discord.AutoShardedClient):
    """The client of one bot account, for all servers that it is in, with the shards they need."""

    def __init__(
        self, home: Home, engine_of: Callable[[Corpus], Engine], settings: Settings
    ) -> None:
        self.metrics = Metrics()
        trace = self.metrics.http_trace()
        trace.on_request_start.append(self._named)
        intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
        # Privileged; without it only messages to the bot, or with its mention, have text.
        intents.message_content = settings.message_content
        super().__init__(
            http_trace=trace,
            intents=intents,
            # Nothing in a message can ping anyone.
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
        )
        parsers = self._connection.parsers
        parsers.update({event: self._careful(event, read) for event, read in parsers.items()})
        self.home = home
        self.servers = Servers(home, engine_of, settings.shared_corpus)
        self.service = Service(self.servers, settings, self.metrics)
        self.tree = Tree(self, allowed_contexts=_HERE, allowed_installs=_FOR_SERVERS)
        self.tree.service = self.service
        self.service.direct.guild = self.get_guild
        self._feeds = Feeds(self.servers, settings, self.metrics)
        manage = Manage(self.service, self._feeds)
        self._watches, watching = Watches(self.service, self._feeds), WatchCommands(self.service)
        asking = *commands(self.service), *watching.commands()
        for command in (*asking, Articles(self.service), manage):
            self.tree.add_command(command)
        self._clicks = Clicks(self.service, manage, watching)
        self._messages = Messages(self.service)
        self._keeping: list[asyncio.Task[None]] = []
        self._telling: asyncio.Task[None] | None = None

    async def _named(
        self, _: aiohttp.ClientSession, __: object, request: aiohttp.TraceRequestStartParams
    ) -> None:
        """Send the User-Agent that Discord requires, which discord.py omits for interactions."""
        request.headers.setdefault("User-Agent", self.http.user_agent)

    def _careful(self, event: str, read: Callable[[Any], None]) -> Callable[[Any], None]:
        """Skip an event that cannot be read: discord.py would end the process."""

        def parse(data: Any) -> None:
            try:
                read(data)
            except Exception:
                self.metrics.unread.labels(event).inc()
                log.exception("an event %s could not be read, and is passed over", event)

        return parse

    async def login(self, token: str) -> None:
        """Log in, with retries during an outage: discord.py gives up at the first HTTP 503."""
        for wait in _LOGIN_WAITS:
            try:
                return await super().login(token)
            except discord.DiscordServerError as error:
                log.warning("Discord is not working (HTTP %d); trying again", error.status)
            await self.http.close()
            self.http.connector = discord.utils.MISSING  # closed, too; a further try makes another
            await asyncio.sleep(wait)
        return await super().login(token)

    async def launch_shards(self) -> None:
        """Connect with as many shards as Discord recommends, or one if it does not answer."""
        try:
            await super().launch_shards()
        except discord.GatewayNotFound as error:
            if getattr(error.__cause__, "status", 0) == HTTPStatus.UNAUTHORIZED:
                raise
            log.warning("Discord does not say in how many shards to connect; trying one")
            self.shard_count = 1
            await super().launch_shards()

    async def setup_hook(self) -> None:
        """Load the servers' settings, and register the commands if they have changed."""
        store = self.servers.store
        await asyncio.to_thread(self.servers.load)
        # Read before Discord is connected: a command that begins now is not one left unfinished.
        writes = await asyncio.to_thread(store.unfinished)
        interactions = await asyncio.to_thread(store.open_interactions)
        telling = tell_unfinished(self, self.servers, writes, interactions)
        self._telling = asyncio.create_task(telling)
        try:
            await sync_if_changed(self.tree, self.home)
        except discord.DiscordException:
            # The commands registered before still work; the next start tries again.
            log.exception("Discord did not take the commands")

    async def on_ready(self) -> None:
        """Log that the bot runs and how to add it to a server; start deleting what is due."""
        log.info("connected as %s, in %d servers", self.user, len(self.guilds))
        if not self.guilds and self.application_id:
            log.info("in no server yet; add it to one: %s", invite_address(self.application_id))
        if not self._keeping:
            days = self.service.settings.grace_days
            self._keeping = [
                asyncio.create_task(keep_house(self.servers, self._present, days)),
                asyncio.create_task(self._feeds.keep(self, self._present)),
                asyncio.create_task(self._watches.keep(self, self._present)),
            ]

    def _present(self) -> set[int]:
        return {guild.id for guild in self.guilds}

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Note that the bot was added to a server, perhaps again, and say there how to begin."""
        await asyncio.to_thread(self.servers.store.note_joined, guild.id)
        await welcome(guild)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Free the memory of a server that removed the bot, and note when that was."""
        self.servers.forget(guild.id)
        await asyncio.to_thread(self.servers.store.note_left, guild.id)

    async def on_app_command_completion(
        self, interaction: discord.Interaction, command: Command | app_commands.ContextMenu
    ) -> None:
        """Count a command that succeeded."""
        outcome = interaction.extras.get(OUTCOME, "answered")
        self.service.count(interaction, command.qualified_name, outcome)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Handle a click or a form; commands go to the tree."""
        if interaction.type in (
            discord.InteractionType.component,
            discord.InteractionType.modal_submit,
        ):
            begin_request()
            async with self.service.noted(interaction):
                await self._clicks.handle(interaction)

    async def on_message(self, message: discord.Message) -> None:
        """Answer a message if it asks the bot."""
        if self.user:
            await self._messages.handle(message, self.user)

    async def on_raw_message_delete(self, gone: discord.RawMessageDeleteEvent) -> None:
        """Forget what is kept of a message that was deleted."""
        await self.service.forget_message(gone.guild_id, gone.message_id)

    async def on_raw_bulk_message_delete(self, gone: discord.RawBulkMessageDeleteEvent) -> None:
        """Forget what is kept of messages that were deleted at once."""
        for number in gone.message_ids:
            await self.service.forget_message(gone.guild_id, number)

    async def close(self) -> None:
        """Stop writes at their next step, let commands finish, then disconnect.

        Questions still waiting are refused: their turn would not come in time.
        """
        self.servers.stop()
        self.service.stop()
        self._feeds.stop()
        self._watches.stop()
        for task in (*self._keeping, self._telling):
            if task:
                task.cancel()
        if open_ := {task for task in asyncio.all_tasks() if task.get_name() in HANDLING}:
            await asyncio.wait(open_, timeout=LAST_WORD_SECONDS)
        await super().close()
        await asyncio.to_thread(self.servers.store.close)


async def sync_if_changed(tree: Tree, home: Home) -> None:
    """Register the commands unless this application registered the same ones last time.

    Discord allows 200 new commands a day, and asks apps not to register them at each start.
    """
    path = home.path / "discord.json"
    application = str(tree.client.application_id)
    commands = [command.to_dict(tree) for command in tree.get_commands()]
    content = json.dumps(commands, sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(content.encode()).hexdigest()
    synced = synced_commands(path.read_bytes() if path.is_file() else b"")
    if synced.get(application) == digest:
        return
    await tree.sync()
    log.info("Discord has taken %d commands", len(commands))
    home.path.mkdir(parents=True, exist_ok=True)
    stored = {"schema_version": 1, "commands": {**synced, application: digest}}
    write_atomically(path, [json.dumps(stored, indent=1).encode()])


def synced_commands(stored: bytes) -> dict[str, str]:
    """The hash of each application's registered commands; empty if the file is damaged."""
    try:
        return dict(json.loads(stored)["commands"])
    except (ValueError, KeyError, TypeError):
        return {}


def run_bot(
    home: Home,
    token: SecretStr | None,
    engine_of: Callable[[Corpus], Engine],
    settings: Settings,
) -> None:
    """Run until it is stopped; raises a DatelineError with one clear sentence."""
    secret = usable(token)
    settle_process()
    log_redacted(secret, settings.log_format, questions=settings.log_questions)
    try:
        asyncio.run(serve(lambda: DatelineBot(home, engine_of, settings), secret))
    except KeyboardInterrupt:
        log.info("stopped")


def usable(token: SecretStr | None) -> str:
    """The token, if it can be one."""
    secret = token.get_secret_value().strip() if token else ""
    if not secret:
        raise TokenError(f"there is no bot token; {WHERE} and set DISCORD_TOKEN")
    application_of(secret)
    return secret


async def serve(make: Callable[[], DatelineBot], secret: str) -> None:
    """Connect and answer until the process is told to stop."""
    answer_first_at_once()
    loop = asyncio.get_running_loop()
    pool = ThreadPoolExecutor(ASKING + WRITING + SPARE, "dateline", settle_worker)
    loop.set_default_executor(pool)
    bot = make()  # here, as a client belongs to the event loop that it is made in
    settings = bot.service.settings
    health = Health(bot, bot.metrics, lambda: models_problem(bot.home, settings.reader))
    # The bot closes first, so that health can still be asked for meanwhile.
    async with serving(health, settings.health_port), bot:
        running = asyncio.ensure_future(bot.start(secret))
        loop.add_signal_handler(signal.SIGTERM, running.cancel)
        try:
            await running
        except asyncio.CancelledError:
            log.info("stopping")
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            raise explained(error) from None


def explained(error: Exception) -> Exception:
    """What ended the connection, as an error with one clear sentence; other errors unchanged."""
    if isinstance(error, discord.LoginFailure):
        return TokenError(f"Discord does not accept the bot token; {WHERE}")
    if isinstance(error, discord.PrivilegedIntentsRequired):
        return InputError(NOT_GRANTED)
    unauthorized = getattr(error.__cause__, "status", 0) == HTTPStatus.UNAUTHORIZED
    if getattr(error, "code", 0) == _INVALID_TOKEN_CLOSE or (
        isinstance(error, discord.GatewayNotFound) and unauthorized
    ):
        return TokenError(f"Discord no longer accepts the bot token; {WHERE}")
    if isinstance(error, discord.GatewayNotFound):
        return DiscordUnavailableError("Discord does not say where to connect; try again later")
    if isinstance(error, discord.ConnectionClosed):
        return DiscordUnavailableError(
            f"Discord has ended the connection with code {error.code}; try again later"
        )
    if isinstance(error, aiohttp.ClientError | discord.HTTPException | OSError):
        status = f"HTTP {error.status}" if isinstance(error, discord.HTTPException) else None
        reason = status or getattr(error, "strerror", None) or type(error).__name__
        return DiscordUnavailableError(
            f"Discord cannot be reached ({reason}); check the network, then try again"
        )
    return error
