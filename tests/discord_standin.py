"""A stand-in for Discord's REST interface and gateway, on loopback, as strict as the real one.

A client is pointed at it by ``discord.http.Route.BASE`` and ``DiscordWebSocket.DEFAULT_GATEWAY``
(:meth:`StandIn.pointed_at`), and is otherwise the real discord.py. Tests choose commands as
people do (:meth:`StandIn.invoke`), and look at what they would see (:class:`Invocation`).
"""

import asyncio
import base64
import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Self

import yarl
from aiohttp import WSMsgType, web
from discord.gateway import DiscordWebSocket
from discord.http import Route

from tests import discord_payloads as payloads
from tests import discord_rules as rules
from tests.discord_payloads import snowflake
from tests.discord_rules import Json, RejectedError

TOKEN = "MTA5ODc2NTQzMjEwOTg3NjU0.GaBcDe.standin-standin-standin-standin-00"
NEWSROOM, OTHER = 410000000000000001, 410000000000000002
PRIVILEGED = 1 << 1 | 1 << 8 | 1 << 15
FIRST_ANSWER_SECONDS, TOKEN_SECONDS = 3.0, 15 * 60.0


@dataclass(eq=False)
class Invocation:
    """A command that someone used, and what became of it."""

    id: int
    token: str
    kind: int  # 2 a command, 4 an autocompletion
    at: float
    answered: int | None = None  # the type of the first answer
    ephemeral: bool = False
    message: dict[str, Any] | None = None
    shown: list[dict[str, Any]] = field(default_factory=list)  # each state of each message
    choices: list[dict[str, Any]] | None = None
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def text(self) -> str:
        """All that is to be read in the answer, as it is now."""
        return text_of(self.message or {})

    async def until(self, holds: Callable[[Self], object], seconds: float = 8.0) -> Self:
        """Wait for something to be so."""
        async with self.changed:
            await asyncio.wait_for(self.changed.wait_for(lambda: bool(holds(self))), seconds)
        return self

    async def answer(self) -> Self:
        """Wait for the answer: not for its deferral."""
        return await self.until(lambda self: self.message or self.choices is not None)


def text_of(message: Json) -> str:
    """All that is to be read in a message."""
    parts = [message.get("content")]
    for embed in message.get("embeds") or []:
        parts += [(embed.get("author") or {}).get("name"), embed.get("title")]
        parts += [embed.get("description"), (embed.get("footer") or {}).get("text")]
    return "\n".join(part for part in parts if part)


def answer(data: object, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """JSON as Discord labels it: with a charset, discord.py takes it for text."""
    body = json.dumps(data).encode()
    return web.Response(body=body, status=status, headers=headers, content_type="application/json")


@dataclass
class Fault:
    """Something that goes wrong on Discord's side, once or more often."""

    method: str
    path: str
    status: int
    body: Json
    headers: dict[str, str] = field(default_factory=dict)
    times: int = 1


class StandIn:
    """The server; ``async with StandIn() as discord: …``."""

    def __init__(self) -> None:
        self.guilds = {NEWSROOM: "Newsroom", OTHER: "Other"}
        self.commands: list[dict[str, Any]] = []
        self.syncs = 0
        self.invocations: dict[str, Invocation] = {}
        self.rejected: list[str] = []
        self.faults: list[Fault] = []
        self.attachments: dict[int, tuple[str, bytes, int]] = {}
        self.identified: list[Json] = []
        self.resumed = 0
        self.accepts = TOKEN
        self._events: list[Json] = []
        self._sockets: list[web.WebSocketResponse] = []
        self._connected = asyncio.Event()

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[self._judged])
        app.add_routes(
            [
                web.get("/api/v10/users/@me", self._me),
                web.get("/api/v10/oauth2/applications/@me", self._application),
                web.put("/api/v10/applications/{id}/commands", self._sync),
                web.post("/api/v10/interactions/{id}/{token}/callback", self._callback),
                web.post("/api/v10/webhooks/{id}/{token}", self._follow_up),
                web.patch("/api/v10/webhooks/{id}/{token}/messages/@original", self._edit),
                web.get("/attachments/{id}/{name}", self._attachment),
                web.get("/gateway/", self._gateway),
            ]
        )
        self._runner = web.AppRunner(app, shutdown_timeout=0.2, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        for socket in self._sockets:
            await socket.close()
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

    # -- what people do ----------------------------------------------------------------------

    def attach(self, name: str, data: bytes, size: int | None = None) -> int:
        """Upload a file for an option; ``size`` is what Discord says of it."""
        number = snowflake()
        self.attachments[number] = name, data, len(data) if size is None else size
        return number

    async def invoke(
        self,
        command: str,
        options: dict[str, Any] | None = None,
        *,
        guild: int | None = NEWSROOM,
        manager: bool = False,
        opened: bool = False,
        focused: str | None = None,
        age: float = 0.0,
    ) -> Invocation:
        """Use a command, as Discord lets one: ``opened`` where its permissions were overridden."""
        await asyncio.wait_for(self._connected.wait(), 8)
        data = self._chosen(command, options or {}, focused)
        base = next(c for c in self.commands if c["name"] == data["name"])
        needed = int(base["default_member_permissions"] or 0)
        assert opened or not needed or manager, "Discord would not offer this command"
        assert opened or (0 if guild else 1) in base["contexts"], "not offered here"
        token = base64.b64encode(f"interaction:{secrets.token_hex(16)}".encode()).decode()
        invocation = Invocation(snowflake(age), token, 4 if focused else 2, time.monotonic() - age)
        self.invocations[token] = invocation
        payload = payloads.interaction(
            invocation.id, token, invocation.kind, data, guild, manager=manager
        )
        await self._dispatch("INTERACTION_CREATE", payload)
        return invocation

    async def ask(self, question: str, **kwargs: Any) -> Invocation:
        """Use ``/ask`` and wait for the answer."""
        return await (await self.invoke("ask", {"question": question}, **kwargs)).answer()

    async def again(self) -> None:
        """Send the last event once more, as Discord may."""
        await self._send(self._events[-1])

    async def hang_up(self, code: int) -> None:
        """End the gateway connection."""
        self._connected.clear()
        await self._sockets[-1].close(code=code)

    def _chosen(self, command: str, options: dict[str, Any], focused: str | None) -> dict[str, Any]:
        """What Discord sends of the choice, checked against the command as it was synced."""
        base, *rest = command.split()
        found = next(c for c in self.commands if c["name"] == base)
        for name in rest:
            found = next(o for o in found["options"] if o["name"] == name)
        declared = {o["name"]: o for o in found.get("options") or []}
        assert set(options) <= set(declared), f"unknown options {set(options) - set(declared)}"
        missing = {n for n, o in declared.items() if o.get("required")} - set(options)
        assert focused or not missing, f"missing {missing}"
        values = []
        for name, value in options.items():
            option = declared[name]
            kinds = {3: str, 4: int, 5: bool, 11: int}
            assert type(value) is kinds[option["type"]], name
            if isinstance(value, str) and name != focused:
                assert option.get("min_length", 0) <= len(value) <= option.get("max_length", 6000)
            if option["type"] == 4:
                assert option["min_value"] <= value <= option["max_value"]
            sent = {"name": name, "type": option["type"], "value": value}
            if option["type"] == 11:
                sent["value"] = str(value)
            values.append(sent | ({"focused": True} if name == focused else {}))
        data: dict[str, Any] = {"options": values}
        for name in reversed(rest):
            data = {"options": [{"type": 1, "name": name} | data]}
        return {"id": "77", "name": base, "type": 1, "resolved": self._resolved(values)} | data

    def _resolved(self, values: list[dict[str, Any]]) -> dict[str, Any]:
        resolved = {}
        for number in [value["value"] for value in values if value["type"] == 11]:
            name, _, size = self.attachments[int(number)]
            url = f"{self.url}/attachments/{number}/{name}"
            resolved[number] = payloads.attachment(number, name, size, url)
        return {"attachments": resolved} if resolved else {}

    # -- REST --------------------------------------------------------------------------------

    @web.middleware
    async def _judged(self, request: web.Request, handler: Any) -> web.StreamResponse:
        for fault in self.faults:
            if fault.times and fault.method == request.method and fault.path in request.path:
                fault.times -= 1
                return answer(fault.body, status=fault.status, headers=fault.headers)
        try:
            if "/webhooks/" not in request.path and "/interactions/" not in request.path:
                self._authorised(request)
            response: web.StreamResponse = await handler(request)
        except RejectedError as rejection:
            self.rejected.append(str(rejection))
            return answer(rejection.body, status=rejection.status)
        return response

    def _authorised(self, request: web.Request) -> None:
        if not request.path.startswith("/api/"):
            return
        if request.headers.get("Authorization") != f"Bot {self.accepts}":
            raise RejectedError(401, 0, "401: Unauthorized")
        if not request.headers.get("User-Agent", "").startswith("DiscordBot ("):
            raise RejectedError(400, 0, "User-Agent")

    async def _me(self, _: web.Request) -> web.Response:
        return answer(payloads.BOT | {"bot": True, "flags": 0})

    async def _application(self, _: web.Request) -> web.Response:
        return answer(payloads.application())

    async def _sync(self, request: web.Request) -> web.Response:
        payload = await request.json()
        rules.commands(payload)
        self.commands, self.syncs = payload, self.syncs + 1
        added = {"application_id": str(payloads.APPLICATION), "version": "1"}
        return answer(
            [{"id": str(n + 70), **added, **command} for n, command in enumerate(payload)]
        )

    def _invocation(self, request: web.Request) -> Invocation:
        invocation = self.invocations.get(request.match_info["token"])
        if invocation is None:
            raise RejectedError(404, 10015, "Unknown Webhook")
        if time.monotonic() - invocation.at > TOKEN_SECONDS:
            raise RejectedError(401, 50027, "Invalid Webhook Token")
        return invocation

    async def _callback(self, request: web.Request) -> web.Response:
        invocation, payload = self._invocation(request), await request.json()
        if invocation.answered is not None:
            raise RejectedError(400, 40060, "Interaction has already been acknowledged.")
        late = time.monotonic() - invocation.at > FIRST_ANSWER_SECONDS
        if late or str(invocation.id) != request.match_info["id"]:
            raise RejectedError(404, 10062, "Unknown interaction")
        rules.only(payload, {"type", "data"}, "callback")
        kind, data = payload["type"], payload.get("data") or {}
        if kind not in ({8} if invocation.kind == 4 else {4, 5}):
            raise RejectedError(400, 50035, "callback type")
        if kind == 4:
            rules.message(data, rules.CALLBACK_FIELDS)
        elif kind == 5:
            rules.only(data, {"flags"}, "deferral")
        else:
            rules.only(data, {"choices"}, "choices")
            rules.choices(data["choices"])
        if data.get("flags", 0) & ~(rules.EPHEMERAL | rules.SUPPRESS_EMBEDS):
            raise rules.invalid("flags")
        async with invocation.changed:
            invocation.answered = kind
            invocation.ephemeral = bool(data.get("flags", 0) & rules.EPHEMERAL)
            invocation.choices = data.get("choices")
            invocation.changed.notify_all()
        if kind == 4:
            await self._show(invocation, data)
        interaction = {"id": str(invocation.id), "type": invocation.kind}
        return answer({"interaction": interaction})

    async def _edit(self, request: web.Request) -> web.Response:
        invocation, payload = self._invocation(request), await request.json()
        if invocation.answered not in {4, 5}:
            raise RejectedError(404, 10015, "Unknown Webhook")
        rules.message({**(invocation.message or {}), **payload}, rules.EDIT_FIELDS)
        return answer(await self._show(invocation, payload))

    async def _follow_up(self, request: web.Request) -> web.Response:
        invocation, payload = self._invocation(request), await request.json()
        if invocation.answered not in {4, 5}:
            raise RejectedError(404, 10015, "Unknown Webhook")
        rules.message(payload, rules.CALLBACK_FIELDS)
        return answer(await self._show(invocation, payload))

    async def _show(self, invocation: Invocation, payload: Json) -> dict[str, Any]:
        async with invocation.changed:
            invocation.message = {**(invocation.message or {}), **payload}
            invocation.shown.append(invocation.message)
            invocation.changed.notify_all()
        return payloads.message(invocation.message, ephemeral=invocation.ephemeral)

    async def _attachment(self, request: web.Request) -> web.Response:
        _, data, _ = self.attachments[int(request.match_info["id"])]
        return web.Response(body=data)

    # -- gateway -----------------------------------------------------------------------------

    async def _gateway(self, request: web.Request) -> web.WebSocketResponse:
        assert request.query["v"] == "10"
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.append(socket)
        await socket.send_json({"op": 10, "d": {"heartbeat_interval": 41_250}})
        async for message in socket:
            if message.type is not WSMsgType.TEXT or len(message.data) > 4096:
                await socket.close(code=4002)
                break
            event = json.loads(message.data)
            if event["op"] == 1:
                await socket.send_json({"op": 11})
            elif event["op"] == 2:
                await self._identify(socket, event["d"])
            elif event["op"] == 6:
                await self._resume(event["d"])
        return socket

    async def _identify(self, socket: web.WebSocketResponse, data: dict[str, Any]) -> None:
        if data["token"] != self.accepts:
            await socket.close(code=4004)
            return
        if data["intents"] & PRIVILEGED:
            await socket.close(code=4014)
            return
        self.identified.append(data)
        ready = payloads.ready(list(self.guilds), str(self.gateway))
        await self._dispatch("READY", ready)
        for guild, name in self.guilds.items():
            await self._dispatch("GUILD_CREATE", payloads.guild_payload(guild, name))
        self._connected.set()

    async def _resume(self, data: Json) -> None:
        assert data["session_id"] == "session"
        self.resumed += 1
        for event in self._events[data["seq"] :]:
            await self._send(event)
        await self._dispatch("RESUMED", {})
        self._connected.set()

    async def _dispatch(self, name: str, data: Json) -> None:
        event = {"op": 0, "t": name, "s": len(self._events) + 1, "d": data}
        self._events.append(event)
        await self._send(event)

    async def _send(self, event: Json) -> None:
        # Lost with the connection, and sent again when it is resumed.
        with suppress(ConnectionError):
            await self._sockets[-1].send_json(event)
