"""Interactions and their webhooks: what may be answered to one, when, and how often."""

import asyncio
import base64
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web

from tests.discord_standin import rules
from tests.discord_standin.bodies import Uploads, answer, no_content
from tests.discord_standin.messages import (
    COMMAND_ANSWER,
    MENU_ANSWER,
    Messages,
    answered_by,
    text_of,
)
from tests.discord_standin.rules_base import Json, RejectedError, invalid, only
from tests.discord_standin.rules_commands import choices as check_choices
from tests.discord_standin.rules_components import form
from tests.discord_standin.world import APPLICATION, BOT, PATIENCE, Channel, User, World

COMMAND, COMPONENT, AUTOCOMPLETE, SUBMIT = 2, 3, 4, 5
MESSAGE, DEFERRAL, DEFERRED_UPDATE, UPDATE, CHOICES, FORM = 4, 5, 6, 7, 8, 9
FIRST_ANSWER_SECONDS, TOKEN_SECONDS = 3.0, 15 * 60.0
# The pings that an interaction's answers have unless they say otherwise.
PINGS = ("users",)


@dataclass(eq=False)
class Invocation:
    """Something that someone did with the bot, and what became of it."""

    id: int
    token: str
    kind: int  # of an interaction
    at: float
    user: User
    where: Channel
    changed: asyncio.Condition
    store: Messages
    menu: bool = False  # of a message
    source: int | None = None  # the message whose button was pressed
    answered: int | None = None  # the type of the first answer
    ephemeral: bool = False
    original: int | None = None  # the id of the message that is its answer
    followed: list[int] = field(default_factory=list)
    sent: list[Json] = field(default_factory=list)  # as the bot sent them
    shown: list[dict[str, Any]] = field(default_factory=list)  # each state of each message
    choices: list[dict[str, Any]] | None = None
    form: dict[str, Any] | None = None
    begun: float = field(default_factory=time.perf_counter)
    first: float | None = None  # seconds until the first answer
    last: float | None = None  # seconds until something was last shown

    @property
    def message(self) -> dict[str, Any] | None:
        """The answer as it is now: not its deferral; what follows where that was deleted."""
        found = self.store.get(self.original) or next(map(self.store.get, self.followed), None)
        return None if found is None or found["flags"] & rules.LOADING else found

    @property
    def answers(self) -> list[dict[str, Any]]:
        """Everything that there is to be seen of it now."""
        further = (self.store.get(number) for number in self.followed)
        return [one for one in (self.message, *further) if one]

    @property
    def text(self) -> str:
        """All that is to be read in the answer, as it is now."""
        return text_of(self.message or {})

    async def until(self, holds: Callable[[Self], object], seconds: float = PATIENCE) -> Self:
        """Wait for something to be so."""
        async with self.changed:
            await asyncio.wait_for(self.changed.wait_for(lambda: bool(holds(self))), seconds)
        return self

    async def answer(self) -> Self:
        """Wait for the answer: not for its deferral."""
        return await self.until(
            lambda self: self.answers or self.choices is not None or self.form is not None
        )


class Interactions:
    """The two halves: :meth:`begin` on people's side, the routes on the bot's."""

    def __init__(
        self, world: World, messages: Messages, uploads: Uploads, changed: asyncio.Condition
    ) -> None:
        self.world, self.messages, self.uploads, self.changed = world, messages, uploads, changed
        self.by_token: dict[str, Invocation] = {}

    def routes(self) -> list[web.RouteDef]:
        hook = "/api/v10/webhooks/{id}/{token}"
        one = hook + "/messages/{message}"
        return [
            web.post("/api/v10/interactions/{id}/{token}/callback", self._callback),
            web.post(hook, self._follow_up),
            web.get(one, self._get),
            web.patch(one, self._edit),
            web.delete(one, self._delete),
        ]

    def begin(self, kind: int, user: User, where: Channel, age: float, **of: Any) -> Invocation:
        """Let someone do something."""
        token = base64.b64encode(f"interaction:{secrets.token_hex(16)}".encode()).decode()
        clock = self.world.clock
        invocation = Invocation(
            clock.snowflake(age),
            token,
            kind,
            clock.now() - age,
            user,
            where,
            self.changed,
            self.messages,
            **of,
        )
        self.by_token[token] = invocation
        return invocation

    # -- the first answer --------------------------------------------------------------------

    async def _callback(self, request: web.Request) -> web.Response:
        payload = await self.uploads.body(request)
        invocation = self.by_token.get(request.match_info["token"])
        if invocation is None or str(invocation.id) != request.match_info["id"]:
            raise RejectedError(404, 10062, "Unknown interaction")
        if invocation.answered is not None:
            raise RejectedError(400, 40060, "Interaction has already been acknowledged.")
        if self.world.clock.now() - invocation.at > FIRST_ANSWER_SECONDS:
            raise RejectedError(404, 10062, "Unknown interaction")
        only(payload, {"type", "data"}, "callback")
        kind, data = payload["type"], payload.get("data") or {}
        if kind not in allowed(invocation):
            raise invalid(f"callback type {kind}")
        self._check(invocation, kind, data)
        invocation.answered = kind
        invocation.first = time.perf_counter() - invocation.begun
        shown = await self._begun(invocation, kind, data)
        await self._changed(invocation, data, shown if kind in {MESSAGE, UPDATE} else None)
        if request.query.get("with_response") not in {"1", "true"}:
            return no_content()
        return answer(callback_response(invocation, kind, shown))

    def _check(self, invocation: Invocation, kind: int, data: Json) -> None:
        flags = rules.SUPPRESS_EMBEDS | rules.SILENT
        if kind == MESSAGE:
            rules.message(data, rules.INTERACTION_FIELDS, flags | rules.EPHEMERAL)
        elif kind == DEFERRAL:
            only(data, {"flags"}, "deferral")
            if data.get("flags", 0) & ~rules.EPHEMERAL:
                raise invalid("deferral: no flag but that of ephemeral messages")
        elif kind == DEFERRED_UPDATE:
            only(data, set(), "deferral")
        elif kind == UPDATE:
            before = self.messages.get(invocation.source)
            if before is None:
                raise RejectedError(404, 10008, "Unknown Message")
            rules.message(edited(before, data), rules.EDIT_FIELDS, flags)
        elif kind == CHOICES:
            only(data, {"choices"}, "choices")
            check_choices(data["choices"])
        else:
            form(data)

    async def _begun(self, invocation: Invocation, kind: int, data: Json) -> dict[str, Any] | None:
        if kind in {MESSAGE, DEFERRAL}:
            invocation.ephemeral = bool(data.get("flags", 0) & rules.EPHEMERAL)
            loading = rules.LOADING if kind == DEFERRAL else 0
            return await self._create(invocation, data, loading)
        if kind in {UPDATE, DEFERRED_UPDATE}:
            invocation.original = invocation.source
            if kind == UPDATE and invocation.source is not None:
                return await self.messages.edit(invocation.source, data, PINGS)
        if kind == CHOICES:
            invocation.choices = list(data["choices"])
        if kind == FORM:
            invocation.form = dict(data)
        return None

    async def _create(
        self, invocation: Invocation, payload: Json, loading: int = 0
    ) -> dict[str, Any]:
        """Make the answer, or one that follows it."""
        more = answered_by(invocation.id, invocation.user, invocation.kind, invocation.where)
        metadata = more["interaction_metadata"]
        if invocation.source is not None:
            metadata["interacted_message_id"] = str(invocation.source)
        further = invocation.answered not in {MESSAGE, DEFERRAL} or invocation.original is not None
        if further and invocation.original is not None:
            metadata["original_response_message_id"] = str(invocation.original)
        ephemeral = (payload.get("flags") or 0) & rules.EPHEMERAL
        message = await self.messages.create(
            invocation.where,
            BOT,
            payload,
            kind=MENU_ANSWER if invocation.menu else COMMAND_ANSWER,
            flags=loading,
            owner=invocation.user.id if ephemeral else None,
            kinds=PINGS,
            more=more,
        )
        if further:
            invocation.followed.append(int(message["id"]))
        else:
            invocation.original = int(message["id"])
        return message

    async def _changed(
        self, invocation: Invocation, payload: Json, shown: dict[str, Any] | None
    ) -> None:
        invocation.sent.append(payload)
        if shown is not None:
            invocation.shown.append(shown)
            invocation.last = time.perf_counter() - invocation.begun
        async with self.changed:
            self.changed.notify_all()

    # -- what follows ------------------------------------------------------------------------

    def _invocation(self, request: web.Request) -> Invocation:
        invocation = self.by_token.get(request.match_info["token"])
        if invocation is None or request.match_info["id"] != str(APPLICATION):
            raise RejectedError(404, 10015, "Unknown Webhook")
        if self.world.clock.now() - invocation.at > TOKEN_SECONDS:
            raise RejectedError(401, 50027, "Invalid Webhook Token")
        if invocation.answered is None or invocation.kind == AUTOCOMPLETE:
            raise RejectedError(404, 10015, "Unknown Webhook")
        return invocation

    def _message(self, request: web.Request, invocation: Invocation) -> dict[str, Any]:
        """The message that is meant: an answer, or that whose button was pressed."""
        named = request.match_info["message"]
        number = invocation.original if named == "@original" else int(named)
        if number not in {invocation.original, invocation.source, *invocation.followed}:
            raise RejectedError(404, 10008, "Unknown Message")
        message = self.messages.get(number)
        if message is None:
            raise RejectedError(404, 10008, "Unknown Message")
        return message

    async def _follow_up(self, request: web.Request) -> web.Response:
        payload = await self.uploads.body(request)
        invocation = self._invocation(request)
        flags = rules.SUPPRESS_EMBEDS | rules.SILENT | rules.EPHEMERAL
        rules.message(payload, rules.INTERACTION_FIELDS, flags)
        loading = self.messages.get(invocation.original)
        if loading and loading["flags"] & rules.LOADING:
            # The first one takes the place of the deferral, seen by those who saw that.
            kept = {name: value for name, value in payload.items() if name != "flags"}
            shown = await self.messages.edit(int(loading["id"]), kept, PINGS)
        else:
            shown = await self._create(invocation, payload)
        await self._changed(invocation, payload, shown)
        return answer(shown)

    async def _get(self, request: web.Request) -> web.Response:
        return answer(self._message(request, self._invocation(request)))

    async def _edit(self, request: web.Request) -> web.Response:
        payload = await self.uploads.body(request)
        invocation = self._invocation(request)
        message = self._message(request, invocation)
        rules.message(edited(message, payload), rules.EDIT_FIELDS)
        shown = await self.messages.edit(int(message["id"]), payload, PINGS)
        await self._changed(invocation, payload, shown)
        return answer(shown)

    async def _delete(self, request: web.Request) -> web.Response:
        invocation = self._invocation(request)
        message = self._message(request, invocation)
        await self.messages.delete(int(message["id"]))
        await self._changed(invocation, {}, None)
        return no_content()


def allowed(invocation: Invocation) -> set[int]:
    """The types of a first answer that an interaction may have."""
    if invocation.kind == AUTOCOMPLETE:
        return {CHOICES}
    kinds = {MESSAGE, DEFERRAL}
    if invocation.source is not None:
        kinds |= {UPDATE, DEFERRED_UPDATE}
    return kinds if invocation.kind == SUBMIT else kinds | {FORM}


def edited(before: Json, payload: Json) -> dict[str, Any]:
    """What is left of a message after an edit, as far as there are rules for it."""
    kept = {name: before[name] for name in ("content", "embeds", "components", "attachments")}
    kept["embeds"] = [
        {name: value for name, value in embed.items() if name != "content_scan_version"}
        for embed in kept["embeds"]
    ]
    return kept | dict(payload)


def callback_response(
    invocation: Invocation, kind: int, shown: dict[str, Any] | None
) -> dict[str, Any]:
    """What Discord says of the first answer."""
    interaction: dict[str, Any] = {"id": str(invocation.id), "type": invocation.kind}
    if invocation.original is not None:
        interaction |= {
            "response_message_id": str(invocation.original),
            "response_message_loading": kind == DEFERRAL,
            "response_message_ephemeral": invocation.ephemeral,
        }
    resource: dict[str, Any] = {"type": kind}
    if kind in {MESSAGE, UPDATE}:
        resource["message"] = shown
    return {"interaction": interaction, "resource": resource}
