"""The stand-in's messages: made, changed and deleted as Discord does, and seen as the bot sees."""

import copy
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tests.discord_standin import payloads, rules
from tests.discord_standin.rules_base import Json
from tests.discord_standin.rules_components import all_of
from tests.discord_standin.world import APPLICATION, BOT, Channel, Guild, User, World

DEFAULT, REPLY, COMMAND_ANSWER, MENU_ANSWER = 0, 19, 20, 23
# What the bot may not see of others' messages, as it has no intent for it.
HIDDEN = {"content": "", "embeds": [], "attachments": [], "components": []}

Tell = Callable[[str, Channel, dict[str, Any]], Awaitable[None]]


class Messages:
    """All messages by id, deleted ones not; ``tell`` passes on what becomes of them.

    ``shows_content`` says whether the bot sees the text of all messages of a server.
    """

    def __init__(
        self,
        world: World,
        tell: Tell,
        shows_content: Callable[[Guild | None], bool] = lambda _: False,
    ) -> None:
        self.world, self.tell, self.shows_content = world, tell, shows_content
        self.by_id: dict[int, dict[str, Any]] = {}
        self.places: dict[int, Channel] = {}
        self.owners: dict[int, int] = {}  # who alone sees an ephemeral one
        self.pinged: list[str] = []  # by the bot; it should ping nobody
        self._nonces: dict[tuple[int, str], int] = {}

    def get(self, number: int | None) -> dict[str, Any] | None:
        return None if number is None else self.by_id.get(number)

    async def create(
        self,
        where: Channel,
        author: User,
        payload: Json,
        *,
        kind: int = DEFAULT,
        flags: int = 0,
        owner: int | None = None,
        kinds: Sequence[str] = rules.ALL_KINDS,
        more: Json | None = None,
        number: int | None = None,
    ) -> dict[str, Any]:
        """Make a message; ``kinds`` are the pings that it has unless it says otherwise."""
        known = self._known_nonce(where, payload)
        if known is not None:
            return known
        replied = (more or {}).get("referenced_message")
        pinged = rules.pings(payload, kinds, int(replied["author"]["id"]) if replied else None)
        number = number or self.world.clock.snowflake()
        message = {
            "id": str(number),
            "channel_id": str(where.id),
            "type": kind,
            "author": payloads.user(author),
            "content": (payload.get("content") or "").strip(),
            "embeds": [stored_embed(one) for one in payload.get("embeds") or []],
            "components": stored_rows(payload.get("components") or []),
            "attachments": list(payload.get("attachments") or []),
            "timestamp": self._timestamp(),
            "edited_timestamp": None,
            "tts": False,
            "mention_everyone": any(one.startswith("@") for one in pinged),
            "mentions": self._mentioned(pinged, where),
            "mention_roles": [one.strip("<@&>") for one in pinged if one.startswith("<@&")],
            "pinned": False,
            "flags": flags | (payload.get("flags") or 0),
            **(more or {}),
        }
        if payload.get("nonce") is not None:
            message["nonce"] = payload["nonce"]
            self._nonces[where.id, str(payload["nonce"])] = number
        self.by_id[number], self.places[number] = message, where
        if owner is not None:
            self.owners[number] = owner
        self._note(author, pinged)
        await self._told("MESSAGE_CREATE", number)
        return message

    async def edit(self, number: int, payload: Json, kinds: Sequence[str]) -> dict[str, Any]:
        """Change what ``payload`` has; it is no longer loading then."""
        message = self.by_id[number]
        changed: dict[str, Any] = {}
        if "content" in payload:
            changed["content"] = (payload["content"] or "").strip()
        if "embeds" in payload:
            changed["embeds"] = [stored_embed(one) for one in payload["embeds"] or []]
        if "components" in payload:
            changed["components"] = stored_rows(payload["components"] or [])
        if "attachments" in payload:
            changed["attachments"] = list(payload["attachments"] or [])
        loading = message["flags"] & rules.LOADING
        changed["flags"] = (message["flags"] & ~rules.LOADING) | (payload.get("flags") or 0)
        if not loading:
            changed["edited_timestamp"] = self._timestamp()
        # As one: a copy that someone has stays as it was.
        message = self.by_id[number] = message | changed
        self._note(BOT, rules.pings(payload, kinds))
        await self._told("MESSAGE_UPDATE", number)
        return message

    async def delete(self, number: int) -> None:
        message, where = self.by_id.pop(number), self.places[number]
        if number not in self.owners:
            gone = {"id": message["id"], "channel_id": message["channel_id"]}
            await self.tell("MESSAGE_DELETE", where, gone | in_guild(where))

    def replies_to(self, message: Json) -> list[dict[str, Any]]:
        """What the bot has said in reply to a message."""
        return [
            one
            for one in self.by_id.values()
            if (one.get("message_reference") or {}).get("message_id") == message["id"]
            and one["author"]["id"] == str(BOT.id)
        ]

    def in_channel(self, where: Channel) -> list[dict[str, Any]]:
        """What everyone sees in a channel, in order."""
        return [
            message
            for number, message in self.by_id.items()
            if self.places[number] is where and number not in self.owners
        ]

    def seen(self, message: Json, where: Channel) -> dict[str, Any]:
        """A message as the bot may see it: without the intent, content of few is shown."""
        shown = copy.deepcopy(dict(message))
        mentioned = any(one["id"] == str(BOT.id) for one in message["mentions"])
        own = message["author"]["id"] == str(BOT.id)
        if not (mentioned or own or where.guild is None or self.shows_content(where.guild)):
            shown |= HIDDEN
        if shown.get("referenced_message"):
            shown["referenced_message"] = self.seen(shown["referenced_message"], where)
        return shown

    async def _told(self, event: str, number: int) -> None:
        message, where = self.by_id[number], self.places[number]
        if number in self.owners:
            return  # an ephemeral message is no news to the bot's connection
        payload = self.seen(message, where) | in_guild(where)
        author = int(message["author"]["id"])
        if where.guild and author in where.guild.members:
            told = payloads.member(where.guild, self.world.users[author])
            payload["member"] = {name: value for name, value in told.items() if name != "user"}
        await self.tell(event, where, payload)

    def _known_nonce(self, where: Channel, payload: Json) -> dict[str, Any] | None:
        if not payload.get("enforce_nonce") or payload.get("nonce") is None:
            return None
        return self.get(self._nonces.get((where.id, str(payload["nonce"]))))

    def _mentioned(self, pinged: Sequence[str], where: Channel) -> list[dict[str, Any]]:
        numbers = [one.strip("<@!>") for one in pinged if one.startswith("<@")]
        known = [self.world.users.get(int(one)) for one in numbers if one.isdigit()]
        return [payloads.user(one) for one in dict.fromkeys(known) if one]

    def _note(self, author: User, pinged: Sequence[str]) -> None:
        if author.id == BOT.id:
            self.pinged += pinged

    def _timestamp(self) -> str:
        return datetime.fromtimestamp(self.world.clock.now(), UTC).isoformat()


def in_guild(where: Channel) -> dict[str, str]:
    return {"guild_id": str(where.guild.id)} if where.guild else {}


def answered_by(interaction: int, user: User, kind: int, where: Channel) -> dict[str, Any]:
    """What a message says of the interaction that it answers."""
    metadata = {
        "id": str(interaction),
        "type": kind,
        "user": payloads.user(user),
        "authorizing_integration_owners": payloads.owners(where),
    }
    return {
        "webhook_id": str(APPLICATION),
        "application_id": str(APPLICATION),
        "interaction_metadata": metadata,
    }


def stored_embed(payload: Json) -> dict[str, Any]:
    """An embed as Discord keeps it: its texts trimmed, and nothing in it that is empty."""
    kept: dict[str, Any] = {"type": "rich"}
    for name, value in payload.items():
        if name in {"flags", "type"} or value is None:
            continue
        if isinstance(value, str):
            kept[name] = value.strip()
        elif isinstance(value, Mapping):
            kept[name] = {k: v.strip() if isinstance(v, str) else v for k, v in value.items()}
        else:
            kept[name] = copy.deepcopy(value)
    return kept | {"content_scan_version": 0}


def stored_rows(payload: Sequence[Json]) -> list[dict[str, Any]]:
    """Rows as Discord keeps them: each component has an id, in order."""
    kept: list[dict[str, Any]] = copy.deepcopy([dict(row) for row in payload])
    for number, component in enumerate(all_of(kept), start=1):
        assert isinstance(component, dict)
        if component.get("id") is None:
            component["id"] = number
    return kept


def text_of(message: Json) -> str:
    """All that is to be read in a message."""
    parts = [message.get("content")]
    for embed in message.get("embeds") or []:
        parts += [(embed.get("author") or {}).get("name"), embed.get("title")]
        parts += [embed.get("description")]
        for field in embed.get("fields") or []:
            parts += [field["name"], field["value"]]
        parts += [(embed.get("footer") or {}).get("text")]
    return "\n".join(part for part in parts if part)
