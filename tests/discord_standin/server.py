"""A stand-in for Discord's REST interface and gateway, on loopback, as strict as the real one.

A client is pointed at it by ``discord.http.Route.BASE`` and ``DiscordWebSocket.DEFAULT_GATEWAY``
(:meth:`StandIn.pointed_at`), and is otherwise the real discord.py. Tests do what people do
(:meth:`StandIn.invoke`, ``click``, ``say``) and look at what they would see
(:class:`Invocation`, :meth:`StandIn.replies`). Its parts:

    world         people, servers, channels, permissions, the clock
    guilds        servers that the bot is put into and out of
    payloads      what Discord sends of them
    messages      messages made, changed, deleted, and what the bot may see of them
    interactions  interactions, their tokens, and what may be answered when
    choosing      what people can choose, as it is sent
    rest          everything else that is asked by HTTP
    gateway       sessions, shards, events
    rules…        the limits of messages, components and commands
    trouble       what goes wrong on Discord's side
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Self

import yarl
from aiohttp import web
from discord.gateway import DiscordWebSocket
from discord.http import Route

from tests.discord_standin import payloads
from tests.discord_standin.bodies import Uploads, answer
from tests.discord_standin.choosing import Chooser
from tests.discord_standin.gateway import Gateway
from tests.discord_standin.guilds import Guilds
from tests.discord_standin.interactions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    SUBMIT,
    Interactions,
    Invocation,
)
from tests.discord_standin.messages import REPLY, Messages, text_of
from tests.discord_standin.rest import Rest
from tests.discord_standin.rules_base import Json, RejectedError
from tests.discord_standin.rules_commands import MESSAGE_MENU
from tests.discord_standin.trouble import Buckets, Fault, Handler
from tests.discord_standin.world import (
    BOT,
    MANAGER,
    NEWSROOM,
    OTHER,
    PATIENCE,
    READER,
    USE_APPLICATION_COMMANDS,
    VIEW_CHANNEL,
    Channel,
    User,
    World,
)

__all__ = ["NEWSROOM", "OTHER", "TOKEN", "Fault", "Invocation", "StandIn", "text_of"]

TOKEN = "MTA5ODc2NTQzMjEwOTg3NjU0.GaBcDe.standin-standin-standin-standin-00"

Shown = Invocation | Mapping[str, Any]  # something that people see a message of


class StandIn(Guilds):
    """The server; ``async with StandIn() as discord: …``."""

    def __init__(self, *, shards: int = 1, heartbeat: float = 41.25) -> None:
        self.world = World()
        self.changed = asyncio.Condition()
        self.rejected: list[str] = []
        self.faults: list[Fault] = []
        self.buckets: Buckets | None = None
        self.uploads = Uploads(self.world.clock)
        self.gateway_end = Gateway(self.world, heartbeat)
        self.messages = Messages(self.world, self.gateway_end.tell, self.gateway_end.shows_content)
        parts = self.world, self.messages, self.uploads, self.changed
        self.interactions, self.rest = Interactions(*parts), Rest(*parts)
        self.chooser = Chooser(self.world, self.uploads)
        self.rest.shards = shards
        self.accepts = TOKEN

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[self._judged], client_max_size=64 * 1024 * 1024)
        for part in (self.rest, self.interactions, self.gateway_end):
            app.add_routes(part.routes())
        app.add_routes([web.get("/attachments/{id}/{name}", self.uploads.serve)])
        self._runner = web.AppRunner(app, shutdown_timeout=0.2, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = self.uploads.url = f"http://{host}:{port}"
        self.gateway_end.url = self.rest.gateway_url = str(self.gateway)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.gateway_end.close()
        await self._runner.cleanup()

    @contextmanager
    def pointed_at(self) -> Iterator[None]:
        """Let discord.py in this process talk to the stand-in."""
        before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = self.api, self.gateway
        try:
            yield
        finally:
            Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before

    @property
    def api(self) -> str:
        return f"{self.url}/api/v10"

    @property
    def gateway(self) -> yarl.URL:
        return yarl.URL(f"{self.url}/gateway/".replace("http", "ws", 1))

    @property
    def accepts(self) -> str:
        """The bot's token."""
        return self.rest.accepts

    @accepts.setter
    def accepts(self, token: str) -> None:
        self.rest.accepts = self.gateway_end.accepts = token

    @property
    def commands(self) -> list[dict[str, Any]]:
        """The commands that the bot has registered."""
        return self.rest.commands

    @commands.setter
    def commands(self, commands: list[dict[str, Any]]) -> None:
        self.rest.commands = commands

    @property
    def syncs(self) -> int:
        return self.rest.syncs

    @property
    def invocations(self) -> dict[str, Invocation]:
        return self.interactions.by_token

    @property
    def identified(self) -> list[Json]:
        return self.gateway_end.identified

    @property
    def resumed(self) -> int:
        return self.gateway_end.resumed

    @property
    def pinged(self) -> list[str]:
        """Whom the bot has pinged."""
        return self.messages.pinged

    @web.middleware
    async def _judged(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        async def judged(request: web.Request) -> web.StreamResponse:
            try:
                self.rest.authorise(request)
                if self.buckets and request.path.startswith("/api/"):
                    return await self.buckets.pass_through(request, handler)
                return await handler(request)
            except RejectedError as rejection:
                self.rejected.append(str(rejection))
                return answer(rejection.body, status=rejection.status)

        for fault in self.faults:
            if fault.strikes(request):
                return await fault.happen(request, judged)
        return await judged(request)

    async def until(self, holds: Callable[[], object], seconds: float = PATIENCE) -> None:
        """Wait for something to be so, as far as messages and answers go."""
        async with self.changed:
            await asyncio.wait_for(self.changed.wait_for(lambda: bool(holds())), seconds)

    # -- using commands ----------------------------------------------------------------------

    def attach(self, name: str, data: bytes, size: int | None = None) -> int:
        """Upload a file for an option; ``size`` is what Discord says of it."""
        return self.uploads.keep(name, data, size)

    def place(self, guild: int | None, channel: Channel | None, user: User) -> Channel:
        """Where someone is: a channel, a server's own, or direct messages with the bot."""
        if channel or guild is None:
            return channel or self.world.direct_channel(user)
        return self.world.guilds[guild].general

    async def invoke(
        self,
        command: str,
        options: Mapping[str, Any] | None = None,
        *,
        guild: int | None = NEWSROOM,
        channel: Channel | None = None,
        user: User | None = None,
        manager: bool = False,
        opened: bool = False,
        focused: str | None = None,
        age: float = 0.0,
    ) -> Invocation:
        """Use a command, as Discord lets one: ``opened`` where its permissions were overridden."""
        user = user or (MANAGER if manager else READER)
        where = self.place(guild, channel, user)
        await self.gateway_end.ready(where.guild)
        base, *path = command.split()
        found = self._offered(base, 1, where, user, opened=opened)
        data = self.chooser.command(found, path, options or {}, where, focused)
        kind = AUTOCOMPLETE if focused else COMMAND
        return await self._interact(kind, data, user, where, age)

    async def menu(
        self,
        name: str,
        message: Shown,
        *,
        user: User = READER,
        opened: bool = False,
        age: float = 0.0,
    ) -> Invocation:
        """Use an entry of the menu that a message has."""
        target = self._visible(message, user)
        where = self.messages.places[int(target["id"])]
        await self.gateway_end.ready(where.guild)
        found = self._offered(name, MESSAGE_MENU, where, user, opened=opened)
        data = {"id": found["id"], "name": name, "type": MESSAGE_MENU, "target_id": target["id"]}
        # Its content is there without any intent.
        data["resolved"] = {"messages": {target["id"]: target}}
        return await self._interact(COMMAND, data, user, where, age, menu=True)

    def _offered(
        self, name: str, kind: int, where: Channel, user: User, *, opened: bool
    ) -> dict[str, Any]:
        """The command of a name, where Discord would offer it."""
        named = [c for c in self.commands if c["name"] == name and c.get("type", 1) == kind]
        assert named, f"no command {name!r}"
        found = self.rest.registered(named[0])
        needed = int(found.get("default_member_permissions") or 0)
        held = self.world.permissions(user, where)
        assert not where.guild or held & USE_APPLICATION_COMMANDS, "no commands here"
        if not opened:
            assert not where.guild or held & needed == needed, (
                "Discord would not offer this command"
            )
            assert (0 if where.guild else 1) in found["contexts"], "not offered here"
        return found

    async def ask(self, question: str, **kwargs: Any) -> Invocation:
        """Use ``/ask`` and wait for the answer."""
        return await (await self.invoke("ask", {"question": question}, **kwargs)).answer()

    # -- pressing, choosing, filling in ------------------------------------------------------

    async def click(
        self, shown: Shown, label: str, *, user: User | None = None, age: float = 0.0
    ) -> Invocation:
        """Press a button below a message."""
        user = user or owner_of(shown)
        message = self._visible(shown, user)
        return await self._press(message, self.chooser.button(message, label), user, age)

    async def choose(
        self, shown: Shown, name: str, chosen: Sequence[Any], *, user: User | None = None
    ) -> Invocation:
        """Choose from a menu below a message."""
        user = user or owner_of(shown)
        message = self._visible(shown, user)
        where = self.messages.places[int(message["id"])]
        return await self._press(message, self.chooser.menu(message, name, chosen, where), user)

    async def _press(self, message: Json, data: Json, user: User, age: float = 0.0) -> Invocation:
        where = self.messages.places[int(message["id"])]
        await self.gateway_end.ready(where.guild)
        source = int(message["id"])
        return await self._interact(COMPONENT, data, user, where, age, source=source)

    async def submit(
        self, shown: Invocation, values: Mapping[str, Any], *, age: float = 0.0
    ) -> Invocation:
        """Fill in the form that was shown, and send it."""
        assert shown.form is not None, "no form was shown"
        data = self.chooser.filled(shown.form, values, shown.where)
        source = shown.source
        return await self._interact(SUBMIT, data, shown.user, shown.where, age, source=source)

    def _visible(self, shown: Shown, user: User) -> dict[str, Any]:
        """The message that is meant, as it is now, if this person can see it."""
        message = shown.message if isinstance(shown, Invocation) else shown
        assert message is not None, "there is no message yet"
        number = int(message["id"])
        found = self.messages.get(number)
        assert found is not None, "the message was deleted"
        assert self.messages.owners.get(number, user.id) == user.id, "only its owner sees it"
        permitted = self.world.permissions(user, self.messages.places[number])
        assert permitted & VIEW_CHANNEL, "the channel cannot be seen"
        return found

    async def _interact(
        self, kind: int, data: Json, user: User, where: Channel, age: float, **of: Any
    ) -> Invocation:
        invocation = self.interactions.begin(kind, user, where, age, **of)
        payload = payloads.interaction(
            invocation.id,
            invocation.token,
            kind,
            dict(data),
            user,
            where,
            permissions=self.world.permissions(user, where),
            app_permissions=self.world.permissions(BOT, where),
        )
        if invocation.source is not None:
            payload["message"] = self.messages.get(invocation.source)
        await self.gateway_end.dispatch("INTERACTION_CREATE", payload, where.guild)
        return invocation

    # -- writing -----------------------------------------------------------------------------

    async def say(
        self,
        text: str,
        *,
        to: Shown | None = None,
        ping: bool = True,
        guild: int | None = NEWSROOM,
        channel: Channel | None = None,
        user: User = READER,
        **more: Any,
    ) -> dict[str, Any]:
        """Write in a channel, as a reply ``to`` something if so; ``<@…>`` in the text mentions."""
        payload: dict[str, Any] = {"content": text, **more}
        where = self.place(guild, channel, user)
        reference: dict[str, Any] = {}
        if to is not None:
            message = to.message if isinstance(to, Invocation) else to
            assert message is not None
            number = int(message["id"])
            assert self.messages.owners.get(number) is None, "an ephemeral message has no replies"
            where = self.messages.places[number]
            pointer = {"type": 0, "message_id": message["id"], "channel_id": str(where.id)}
            pointer |= {"guild_id": str(where.guild.id)} if where.guild else {}
            # Gone where it was deleted meanwhile.
            reference = {"message_reference": pointer}
            reference["referenced_message"] = self.messages.get(number)
            payload["allowed_mentions"] = {"parse": ["users"], "replied_user": ping}
        await self.gateway_end.ready(where.guild)
        kind = REPLY if to is not None else 0
        return await self.messages.create(where, user, payload, kind=kind, more=reference)

    def replies(self, message: Json) -> list[dict[str, Any]]:
        """What the bot has answered to a message, by replies to it."""
        return self.messages.replies_to(message)

    async def reply(self, message: Json, seconds: float = PATIENCE) -> dict[str, Any]:
        """Wait for the bot's reply to a message."""
        await self.until(lambda: self.replies(message), seconds)
        return self.replies(message)[0]

    async def delete(self, shown: Shown) -> None:
        """Delete a message, as a moderator or its owner would."""
        message = shown.message if isinstance(shown, Invocation) else shown
        number = int(message["id"]) if message else getattr(shown, "original", None)
        assert number is not None
        await self.messages.delete(number)

    # -- the connection ----------------------------------------------------------------------

    async def again(self) -> None:
        """Send the last event once more, as Discord may."""
        await self.gateway_end.again()

    async def hang_up(self, code: int, shard: int = 0) -> None:
        """End the gateway connection."""
        await self.gateway_end.hang_up(code, shard)


def owner_of(shown: Shown) -> User:
    """Who got an answer: the one to press its buttons, unless a test says who."""
    return shown.user if isinstance(shown, Invocation) else READER
