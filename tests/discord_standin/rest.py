"""The rest of the stand-in's REST interface: the application, channels, messages and members."""

import asyncio
from typing import Any

from aiohttp import web

from tests.discord_standin import payloads, rules
from tests.discord_standin.bodies import Uploads, answer, no_content
from tests.discord_standin.interactions import edited
from tests.discord_standin.messages import REPLY, Messages
from tests.discord_standin.rules_base import Json, RejectedError, only
from tests.discord_standin.rules_commands import commands
from tests.discord_standin.world import (
    APPLICATION,
    ATTACH_FILES,
    BOT,
    EMBED_LINKS,
    READ_MESSAGE_HISTORY,
    SEND_MESSAGES,
    SEND_MESSAGES_IN_THREADS,
    VIEW_CHANNEL,
    Channel,
    World,
)

REFERENCE = {"type", "message_id", "channel_id", "guild_id", "fail_if_not_exists"}
SHARDS_AT_ONCE = 1


class Rest:
    """What the bot does with its own token."""

    def __init__(
        self, world: World, messages: Messages, uploads: Uploads, changed: asyncio.Condition
    ) -> None:
        self.world, self.messages, self.uploads, self.changed = world, messages, uploads, changed
        self.accepts = ""
        self.gateway_url = ""
        self.shards = 1
        self.commands: list[dict[str, Any]] = []
        self.syncs = 0
        self.typing: list[Channel] = []

    def routes(self) -> list[web.RouteDef]:
        api = "/api/v10"
        channel = f"{api}/channels/{{channel}}"
        return [
            web.get(f"{api}/gateway/bot", self._gateway),
            web.get(f"{api}/users/@me", self._me),
            web.post(f"{api}/users/@me/channels", self._direct),
            web.get(f"{api}/users/{{user}}", self._user),
            web.get(f"{api}/oauth2/applications/@me", self._application),
            web.get(f"{api}/applications/@me", self._application),
            web.get(f"{api}/applications/{{id}}/commands", self._commands),
            web.put(f"{api}/applications/{{id}}/commands", self._sync),
            web.get(f"{api}/guilds/{{guild}}/members/{{user}}", self._member),
            web.get(channel, self._channel),
            web.post(f"{channel}/typing", self._typing),
            web.post(f"{channel}/messages", self._send),
            web.get(f"{channel}/messages/{{message}}", self._get),
            web.patch(f"{channel}/messages/{{message}}", self._edit),
            web.delete(f"{channel}/messages/{{message}}", self._delete),
        ]

    def authorise(self, request: web.Request) -> None:
        """Turn away who is not the bot; answers to interactions have tokens of their own."""
        if not request.path.startswith("/api/"):
            return
        if not request.headers.get("User-Agent", "").startswith("DiscordBot ("):
            raise RejectedError(400, 0, "User-Agent")
        own = request.path.startswith(("/api/v10/webhooks/", "/api/v10/interactions/"))
        if not own and request.headers.get("Authorization") != f"Bot {self.accepts}":
            raise RejectedError(401, 0, "401: Unauthorized")

    # -- the application ---------------------------------------------------------------------

    async def _gateway(self, _: web.Request) -> web.Response:
        limit = {"total": 1000, "remaining": 999, "reset_after": 14_400_000}
        limit |= {"max_concurrency": SHARDS_AT_ONCE}
        return answer(
            {"url": self.gateway_url, "shards": self.shards, "session_start_limit": limit}
        )

    async def _me(self, _: web.Request) -> web.Response:
        return answer(payloads.me())

    async def _application(self, _: web.Request) -> web.Response:
        return answer(payloads.application())

    async def _commands(self, _: web.Request) -> web.Response:
        return answer([self.registered(command) for command in self.commands])

    async def _sync(self, request: web.Request) -> web.Response:
        payload = await request.json()
        commands(payload)
        self.commands, self.syncs = payload, self.syncs + 1
        return answer([self.registered(command) for command in payload])

    def registered(self, command: Json) -> dict[str, Any]:
        """A command as Discord keeps it."""
        permissions = command.get("default_member_permissions")
        return {
            "type": 1,
            "description": "",
            "nsfw": False,
            **command,
            "id": str(70 + self.commands.index(dict(command))),
            "application_id": str(APPLICATION),
            "version": "1",
            "default_member_permissions": None if permissions is None else str(permissions),
        }

    # -- people and channels -----------------------------------------------------------------

    async def _user(self, request: web.Request) -> web.Response:
        user = self.world.users.get(int(request.match_info["user"]))
        if user is None:
            raise RejectedError(404, 10013, "Unknown User")
        return answer(payloads.user(user))

    async def _member(self, request: web.Request) -> web.Response:
        guild = self.world.guilds.get(int(request.match_info["guild"]))
        if guild is None:
            raise RejectedError(404, 10004, "Unknown Guild")
        number = int(request.match_info["user"])
        if number not in guild.members:
            raise RejectedError(404, 10007, "Unknown Member")
        return answer(payloads.member(guild, guild.members[number][0]))

    async def _direct(self, request: web.Request) -> web.Response:
        payload = await self.uploads.body(request)
        only(payload, {"recipient_id"}, "channel")
        user = self.world.users.get(int(payload["recipient_id"]))
        if user is None:
            raise RejectedError(400, 50033, "Invalid Recipient(s)")
        return answer(payloads.channel(self.world.direct_channel(user)))

    async def _channel(self, request: web.Request) -> web.Response:
        return answer(payloads.channel(self._place(request)))

    async def _typing(self, request: web.Request) -> web.Response:
        self.typing.append(self._place(request, sending=True))
        return no_content()

    def _place(self, request: web.Request, needed: int = 0, *, sending: bool = False) -> Channel:
        """The channel that is meant, where the bot may do there what it is about to."""
        where = self.world.channel(int(request.match_info["channel"]))
        if where is None:
            raise RejectedError(404, 10003, "Unknown Channel")
        if sending:
            needed |= SEND_MESSAGES_IN_THREADS if where.parent else SEND_MESSAGES
        permitted = self.world.permissions(BOT, where)
        if not permitted & VIEW_CHANNEL:
            raise RejectedError(403, 50001, "Missing Access")
        if needed & ~permitted:
            raise RejectedError(403, 50013, "Missing Permissions")
        if sending and where.recipient and not where.recipient.takes_messages:
            raise RejectedError(403, 50007, "Cannot send messages to this user")
        return where

    # -- messages ----------------------------------------------------------------------------

    async def _send(self, request: web.Request) -> web.Response:
        payload = await self.uploads.body(request)
        rules.message(payload, rules.CHANNEL_FIELDS)
        needed = EMBED_LINKS if payload.get("embeds") else 0
        needed |= ATTACH_FILES if payload.get("attachments") else 0
        where = self._place(request, needed, sending=True)
        more = self._reference(payload.get("message_reference"), where)
        kind = REPLY if more else 0
        return answer(
            await self._changed(self.messages.create(where, BOT, payload, kind=kind, more=more))
        )

    def _reference(self, given: Json | None, where: Channel) -> dict[str, Any]:
        """What a message says of the one that it replies to."""
        if given is None:
            return {}
        only(given, REFERENCE, "message_reference")
        if not self.world.permissions(BOT, where) & READ_MESSAGE_HISTORY:
            raise RejectedError(
                400, 160002, "Cannot reply without permission to read message history"
            )
        number = int(given["message_id"])
        found = self.messages.get(number)
        if found is None or self.messages.places[number] is not where:
            if given.get("fail_if_not_exists", True):
                raise RejectedError(400, 50035, "Invalid Form Body: message_reference")
            return {}
        reference = {"type": 0, "message_id": str(number), "channel_id": str(where.id)}
        if where.guild:
            reference["guild_id"] = str(where.guild.id)
        return {"message_reference": reference, "referenced_message": found}

    def _message(self, request: web.Request, where: Channel, *, own: bool) -> dict[str, Any]:
        number = int(request.match_info["message"])
        message = self.messages.get(number)
        hidden = number in self.messages.owners or self.messages.places.get(number) is not where
        if message is None or hidden:
            raise RejectedError(404, 10008, "Unknown Message")
        if own and message["author"]["id"] != str(BOT.id):
            raise RejectedError(403, 50005, "Cannot edit a message authored by another user")
        return message

    async def _get(self, request: web.Request) -> web.Response:
        where = self._place(request, READ_MESSAGE_HISTORY)
        message = self._message(request, where, own=False)
        return answer(self.messages.seen(message, where))

    async def _edit(self, request: web.Request) -> web.Response:
        payload = await self.uploads.body(request)
        where = self._place(request)
        message = self._message(request, where, own=True)
        rules.message(edited(message, payload), rules.EDIT_FIELDS)
        number = int(message["id"])
        return answer(await self._changed(self.messages.edit(number, payload, rules.ALL_KINDS)))

    async def _delete(self, request: web.Request) -> web.Response:
        message = self._message(request, self._place(request), own=True)
        await self._changed(self.messages.delete(int(message["id"])))
        return no_content()

    async def _changed(self, doing: Any) -> Any:
        done = await doing
        async with self.changed:
            self.changed.notify_all()
        return done
