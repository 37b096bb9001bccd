"""Discord's limits, as its REST interface enforces them; what breaks one is rejected whole."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

Json = Mapping[str, Any]

CALLBACK_FIELDS = {"tts", "content", "embeds", "allowed_mentions", "flags", "components"}
# discord.py sends tts with edits too, which Discord ignores.
EDIT_FIELDS = {"tts", "content", "embeds", "allowed_mentions", "flags", "components"}
EMBED_FIELDS = {"type", "title", "description", "url", "color", "footer", "author", "fields"}
# discord.py sends flags, of embeds that it received, with every embed.
EMBED_FIELDS |= {"timestamp", "flags"}
COMMAND_FIELDS = {"name", "description", "type", "options", "nsfw", "dm_permission"}
COMMAND_FIELDS |= {"default_member_permissions", "contexts", "integration_types"}
OPTION_FIELDS = {"name", "description", "type", "required", "options", "autocomplete", "choices"}
OPTION_FIELDS |= {"min_length", "max_length", "min_value", "max_value"}
EPHEMERAL, SUPPRESS_EMBEDS = 64, 4
NAME = re.compile(r"[-_'\w]{1,32}")


class RejectedError(Exception):
    """An answer other than 2xx."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.message = status, code, message

    @property
    def body(self) -> dict[str, Any]:
        return {"code": self.code, "message": self.message}


def invalid(message: str) -> RejectedError:
    return RejectedError(400, 50035, f"Invalid Form Body: {message}")


def only(payload: Json, allowed: set[str], where: str) -> None:
    if unknown := set(payload) - allowed:
        raise invalid(f"{where}: unknown {sorted(unknown)}")


def text(value: object, most: int, where: str, least: int = 0) -> int:
    """The length of a text, counted as strictly as one can."""
    if value is None and least == 0:
        return 0
    if not isinstance(value, str):
        raise invalid(f"{where}: a string")
    size = len(value.encode("utf-16-le")) // 2
    if not least <= len(value.strip()) <= size <= most:
        raise invalid(f"{where}: between {least} and {most}, not {size}")
    return len(value.strip())


def web_address(value: object, where: str) -> None:
    if value is None:
        return
    text(value, 2048, where, 1)
    if urlsplit(str(value)).scheme not in {"http", "https"} or re.search(r"\s", str(value)):
        raise invalid(f"{where}: not a web address")


def embed(payload: Json) -> int:
    """Check one embed; returns how much of the 6000 it takes."""
    only(payload, EMBED_FIELDS, "embed")
    author, footer = payload.get("author") or {}, payload.get("footer") or {}
    only(author, {"name", "url", "icon_url"}, "author")
    only(footer, {"text", "icon_url"}, "footer")
    web_address(payload.get("url"), "embed.url")
    if not 0 <= (payload.get("color") or 0) <= 0xFFFFFF:
        raise invalid("embed.color")
    taken = text(payload.get("title"), 256, "embed.title")
    taken += text(payload.get("description"), 4096, "embed.description")
    taken += text(author.get("name"), 256, "author.name")
    taken += text(footer.get("text"), 2048, "footer.text")
    fields = payload.get("fields") or []
    if len(fields) > 25:
        raise invalid("embed.fields")
    for field in fields:
        only(field, {"name", "value", "inline"}, "field")
        taken += text(field["name"], 256, "field.name", 1)
        taken += text(field["value"], 1024, "field.value", 1)
    return taken


def message(payload: Json, fields: set[str]) -> None:
    """Check a message that is sent or edited."""
    only(payload, fields, "message")
    content = text(payload.get("content"), 2000, "content")
    embeds = payload.get("embeds") or []
    if len(embeds) > 10:
        raise invalid("embeds: 10 at most")
    taken = sum(embed(one) for one in embeds)
    if taken > 6000:
        raise invalid(f"embeds: 6000 over all, not {taken}")
    if payload.get("components"):
        raise invalid("components: none are known here")
    if not content and not taken:
        raise RejectedError(400, 50006, "Cannot send an empty message")
    mentions = payload.get("allowed_mentions")
    if mentions is not None:
        only(mentions, {"parse", "users", "roles", "replied_user"}, "allowed_mentions")


def pings(payload: Json) -> list[str]:
    """Whom a message would ping: only content pings, and only what is allowed."""
    kinds = {"everyone": r"@(everyone|here)", "users": r"<@!?\d+>", "roles": r"<@&\d+>"}
    allowed = (payload.get("allowed_mentions") or {"parse": list(kinds)}).get("parse", [])
    content = payload.get("content") or ""
    return [m[0] for kind in allowed for m in re.finditer(kinds[kind], content)]


def choices(payload: Sequence[Json]) -> None:
    """Check the choices of an autocompletion."""
    if len(payload) > 25:
        raise invalid("choices: 25 at most")
    for choice in payload:
        only(choice, {"name", "value", "name_localizations"}, "choice")
        text(choice["name"], 100, "choice.name", 1)
        text(choice["value"], 100, "choice.value", 1)


def commands(payload: Sequence[Json]) -> None:
    """Check a bulk overwrite of the global commands."""
    names = [command["name"] for command in payload]
    if len(names) > 100 or len(set(names)) != len(names):
        raise invalid("commands: 100 at most, each name once")
    for command in payload:
        only(command, COMMAND_FIELDS, "command")
        permissions = command.get("default_member_permissions")
        if permissions is not None and int(permissions) < 0:
            raise invalid("default_member_permissions")
        if not set(command.get("contexts") or []) <= {0, 1, 2}:
            raise invalid("contexts")
        described(command)
        if sum(map(len, texts(command))) > 8000:
            raise invalid("command: 8000 characters at most")


def described(command: Json, below: frozenset[int] = frozenset({1, 2})) -> None:
    """Check names, descriptions and options, all the way down."""
    name = command["name"]
    if not NAME.fullmatch(name) or name != name.lower():
        raise invalid(f"name: {name!r}")
    text(command["description"], 100, f"{name}.description", 1)
    options = command.get("options") or []
    if len(options) > 25 or len({option["name"] for option in options}) != len(options):
        raise invalid(f"{name}.options")
    required = [bool(option.get("required")) for option in options]
    if required != sorted(required, reverse=True):
        raise invalid(f"{name}: required options first")
    for option in options:
        only(option, OPTION_FIELDS, f"{name} {option['name']}")
        if option["type"] in {1, 2} - below:
            raise invalid(f"{name}: nested too deep")
        if option.get("autocomplete") and option.get("choices"):
            raise invalid(f"{name}: choices with autocomplete")
        if not 0 <= option.get("min_length", 0) <= option.get("max_length", 6000) <= 6000:
            raise invalid(f"{name}: lengths")
        described(option, frozenset({1} if option["type"] == 2 else ()))


def texts(command: Json) -> Iterator[str]:
    yield command["name"]
    yield command["description"]
    for option in command.get("options") or []:
        yield from texts(option)
