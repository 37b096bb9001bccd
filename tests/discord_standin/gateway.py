"""The stand-in's gateway: sessions by shard, resumed or not, and what can happen to them."""

import asyncio
import json
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.discord_standin import payloads
from tests.discord_standin.rules_base import Json
from tests.discord_standin.world import PATIENCE, Channel, Guild, World

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, RESUME, RECONNECT = 0, 1, 2, 3, 6, 7
INVALID_SESSION, HELLO, HEARTBEAT_ACK = 9, 10, 11
GUILDS, GUILD_MESSAGES, DIRECT_MESSAGES = 1 << 0, 1 << 9, 1 << 12
MESSAGE_CONTENT = 1 << 15
PRIVILEGED = 1 << 1 | 1 << 8 | MESSAGE_CONTENT
KNOWN_INTENTS = (1 << 17) - 1 | 0b11 << 20 | 0b11 << 24
UNKNOWN_OPCODE, DECODE_ERROR, NOT_AUTHENTICATED, BAD_TOKEN, TOO_FAST = 4001, 4002, 4003, 4004, 4008
INVALID_SHARD, INVALID_INTENTS, DISALLOWED_INTENTS = 4010, 4013, 4014
SENT_BYTES, SENT_A_MINUTE = 4096, 120


@dataclass(eq=False)
class Session:
    """What one shard has identified as; it outlives its connection, to be resumed."""

    id: str
    shard: tuple[int, int]
    intents: int
    socket: web.WebSocketResponse
    request: web.Request  # that the connection began with
    events: list[Json] = field(default_factory=list)
    count: int = 0
    resumable: bool = True
    hung_up: bool = False  # from this side

    def next(self, name: str, data: Json) -> Json:
        self.count += 1
        event = {"op": DISPATCH, "t": name, "s": self.count, "d": data}
        self.events.append(event)
        return event

    def acknowledge(self, number: int | None) -> None:
        """Forget what the client has seen."""
        if number is not None:
            self.events = [event for event in self.events if event["s"] > number]

    def since(self, number: int) -> list[Json]:
        return [event for event in self.events if event["s"] > number]


class Gateway:
    """The websocket end; one session for each shard that has identified."""

    def __init__(self, world: World, heartbeat: float = 41.25) -> None:
        self.world, self.heartbeat = world, heartbeat
        self.accepts = ""
        self.url = ""
        self.identified: list[Json] = []
        self.resumed = 0
        self.deaf = False  # heartbeats are not acknowledged
        self.granted = 0  # privileged intents, in the developer portal
        self.heartbeats = 0
        self.sessions: dict[int, Session] = {}  # by shard
        self.last: tuple[Session, Json] | None = None
        self._up = asyncio.Condition()

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/gateway/", self._connected)]

    # -- events ------------------------------------------------------------------------------

    async def ready(self, guild: Guild | None, seconds: float = PATIENCE) -> Session:
        """Wait until the shard of a server is connected."""
        async with self._up:
            await asyncio.wait_for(self._up.wait_for(lambda: self._live(guild)), seconds)
        session = self._session(guild)
        assert session
        return session

    async def dispatch(
        self, name: str, data: Json, guild: Guild | None, needs: int = 0
    ) -> Json | None:
        """Send an event to whom it concerns, when it is connected, or keep it until it is."""
        session = self._session(guild)
        if session is None or (needs and not session.intents & needs):
            return None
        event = session.next(name, data)
        self.last = session, event
        await self._send(session, event)
        return event

    async def tell(self, name: str, where: Channel, data: Json) -> None:
        """Send an event of a channel's messages."""
        needs = GUILD_MESSAGES if where.guild else DIRECT_MESSAGES
        await self.dispatch(name, data, where.guild, needs)

    async def again(self) -> None:
        """Send the last event once more, as Discord may."""
        assert self.last
        session, event = self.last
        # It has a number of its own: only what is in it is the same.
        await self._send(session, session.next(event["t"], event["d"]))

    def shows_content(self, guild: Guild | None) -> bool:
        """Whether the bot has asked for the text of all messages."""
        session = self._session(guild)
        return bool(session and session.intents & MESSAGE_CONTENT)

    def _shard(self, guild: Guild | None, count: int) -> int:
        return (guild.id >> 22) % count if guild else 0

    def _session(self, guild: Guild | None) -> Session | None:
        for session in self.sessions.values():
            if session.shard[0] == self._shard(guild, session.shard[1]):
                return session
        return None

    def _live(self, guild: Guild | None) -> bool:
        session = self._session(guild)
        return bool(session and not session.socket.closed)

    async def _send(self, session: Session, event: Json) -> None:
        # Lost with the connection, and sent again when it is resumed.
        if not session.socket.closed:
            with suppress(ConnectionError):
                await session.socket.send_json(event)

    # -- what can happen ---------------------------------------------------------------------

    async def close(self) -> None:
        """End everything."""
        for session in self.sessions.values():
            await session.socket.close()

    async def hang_up(self, code: int, shard: int = 0) -> None:
        """End a connection; its session can be resumed."""
        self.sessions[shard].hung_up = True
        await self.sessions[shard].socket.close(code=code)

    def drop(self, shard: int = 0) -> None:
        """Cut a connection, without a word."""
        transport = self.sessions[shard].request.transport
        assert transport
        transport.abort()

    async def reconnect(self, shard: int = 0) -> None:
        """Ask the client to connect anew and resume."""
        await self.sessions[shard].socket.send_json({"op": RECONNECT, "d": None})

    async def invalidate(self, shard: int = 0, *, resumable: bool = False) -> None:
        """Tell the client that its session has ended."""
        session = self.sessions[shard]
        session.resumable = resumable
        await session.socket.send_json({"op": INVALID_SESSION, "d": resumable})

    # -- connections -------------------------------------------------------------------------

    async def _connected(self, request: web.Request) -> web.WebSocketResponse:
        assert request.query["v"] == "10"
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        hello = {"heartbeat_interval": int(self.heartbeat * 1000)}
        await socket.send_json({"op": HELLO, "d": hello})
        received: list[float] = []
        session: Session | None = None
        async for message in socket:
            received = [at for at in received if time.monotonic() - at < 60]
            received.append(time.monotonic())
            event = decoded(message)
            code = TOO_FAST if len(received) > SENT_A_MINUTE else None
            if event is None:
                code = DECODE_ERROR
            elif event["op"] not in {HEARTBEAT, IDENTIFY, PRESENCE, RESUME}:
                code = UNKNOWN_OPCODE
            if code:
                await socket.close(code=code)
                break
            assert event is not None
            session = await self._received(socket, request, session, event)
        if session and socket.close_code in {1000, 1001} and not session.hung_up:
            session.resumable = False  # the client has said goodbye
        return socket

    async def _received(
        self,
        socket: web.WebSocketResponse,
        request: web.Request,
        session: Session | None,
        event: dict[str, Any],
    ) -> Session | None:
        op, data = event["op"], event["d"]
        if op == HEARTBEAT:
            self.heartbeats += 1
            if session:
                session.acknowledge(data)
            if not self.deaf:
                await socket.send_json({"op": HEARTBEAT_ACK})
        elif op == IDENTIFY:
            return await self._identify(socket, request, data)
        elif op == RESUME:
            return await self._resume(socket, request, data)
        elif session is None:
            await socket.close(code=NOT_AUTHENTICATED)
        return session

    async def _identify(
        self, socket: web.WebSocketResponse, request: web.Request, data: Json
    ) -> Session | None:
        shard = tuple(data.get("shard") or (0, 1))
        code = None
        if data["token"] != self.accepts:
            code = BAD_TOKEN
        elif len(shard) != 2 or not 0 <= shard[0] < shard[1]:
            code = INVALID_SHARD
        elif data["intents"] & ~KNOWN_INTENTS:
            code = INVALID_INTENTS
        elif data["intents"] & PRIVILEGED & ~self.granted:
            code = DISALLOWED_INTENTS
        if code:
            await socket.close(code=code)
            return None
        self.identified.append(data)
        name = f"session-{len(self.identified)}"
        session = Session(name, (shard[0], shard[1]), data["intents"], socket, request)
        self.sessions[shard[0]] = session
        guilds = [
            guild
            for guild in self.world.guilds.values()
            if self._shard(guild, shard[1]) == shard[0]
        ]
        ready = payloads.ready(guilds, name, self.url, session.shard)
        await self._send(session, session.next("READY", ready))
        for guild in guilds:
            if session.intents & GUILDS and not guild.unavailable:
                event = session.next("GUILD_CREATE", payloads.guild(guild))
                await self._send(session, event)
        await self._is_up()
        return session

    async def _resume(
        self, socket: web.WebSocketResponse, request: web.Request, data: Json
    ) -> Session | None:
        found = [one for one in self.sessions.values() if one.id == data["session_id"]]
        if not found or not found[0].resumable or data["token"] != self.accepts:
            await socket.send_json({"op": INVALID_SESSION, "d": False})
            return None
        (session,) = found
        session.socket, session.request, session.hung_up = socket, request, False
        self.resumed += 1
        for event in session.since(data["seq"]):
            await self._send(session, event)
        await self._send(session, session.next("RESUMED", {}))
        await self._is_up()
        return session

    async def _is_up(self) -> None:
        async with self._up:
            self._up.notify_all()


def decoded(message: Any) -> dict[str, Any] | None:
    """What a client sent; None where it is not of the kind that the gateway reads."""
    if message.type is not WSMsgType.TEXT or len(message.data) > SENT_BYTES:
        return None
    try:
        event = json.loads(message.data)
    except ValueError:
        return None
    return event if isinstance(event, dict) and "op" in event else None
