"""Discord's limits of commands, as its interface checks them when they are registered."""

import re
from collections.abc import Iterator, Sequence

from tests.discord_standin.rules_base import Json, invalid, only, text

COMMAND_FIELDS = {"name", "description", "type", "options", "nsfw", "dm_permission"}
COMMAND_FIELDS |= {"default_member_permissions", "contexts", "integration_types"}
OPTION_FIELDS = {"name", "description", "type", "required", "options", "autocomplete", "choices"}
OPTION_FIELDS |= {"min_length", "max_length", "min_value", "max_value", "channel_types"}
LOCALIZED = {"name_localizations", "description_localizations"}
SLASH, USER_MENU, MESSAGE_MENU = 1, 2, 3
SUBCOMMAND, GROUP, STRING, INTEGER, NUMBER, CHANNEL = 1, 2, 3, 4, 10, 7
CHANNEL_TYPES = {*range(6), *range(10, 16)}  # as its OpenAPI description has them: no 16
NAME = re.compile(r"[-_'\w]{1,32}")


def commands(payload: Sequence[Json]) -> None:
    """Check a bulk overwrite of the global commands."""
    for kind, most in ((SLASH, 100), (USER_MENU, 15), (MESSAGE_MENU, 15)):
        names = [command["name"] for command in payload if command.get("type", SLASH) == kind]
        if len(names) > most or len(set(names)) != len(names):
            raise invalid(f"commands: {most} at most, each name once")
    for command in payload:
        only(command, COMMAND_FIELDS | LOCALIZED, "command")
        permissions = command.get("default_member_permissions")
        if permissions is not None and int(permissions) < 0:
            raise invalid("default_member_permissions")
        for field, most in (("contexts", 2), ("integration_types", 1)):
            given = command.get(field)
            if given is not None and not set(given) <= set(range(most + 1)):
                raise invalid(field)
        if command.get("type", SLASH) == SLASH:
            described(command)
        else:
            menu(command)
        if sum(map(len, texts(command))) > 8000:
            raise invalid("command: 8000 characters at most")


def menu(command: Json) -> None:
    """Check an entry of the menu that messages or people have."""
    if command["type"] not in {USER_MENU, MESSAGE_MENU}:
        raise invalid("command.type")
    text(command["name"], 32, "name", 1)
    if command.get("description") or command.get("options"):
        raise invalid(f"{command['name']}: a menu has no description and no options")


def described(command: Json, below: frozenset[int] = frozenset({SUBCOMMAND, GROUP})) -> None:
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
    if len({option["type"] in {SUBCOMMAND, GROUP} for option in options}) > 1:
        raise invalid(f"{name}: options beside subcommands")
    for one in options:
        option(one, f"{name} {one['name']}", below)


def option(payload: Json, where: str, below: frozenset[int]) -> None:
    """Check one option, or what is below a command."""
    kind = payload["type"]
    only(payload, OPTION_FIELDS | LOCALIZED, where)
    if kind not in range(1, 12) or kind in {SUBCOMMAND, GROUP} - below:
        raise invalid(f"{where}: of no type, or nested too deep")
    typed = {STRING, INTEGER, NUMBER}
    if kind not in typed and (payload.get("autocomplete") or payload.get("choices")):
        raise invalid(f"{where}: nothing to offer choices for")
    if payload.get("autocomplete") and payload.get("choices"):
        raise invalid(f"{where}: choices with autocomplete")
    if kind not in typed - {STRING} and {"min_value", "max_value"} & set(payload):
        raise invalid(f"{where}: not a number")
    if kind != STRING and {"min_length", "max_length"} & set(payload):
        raise invalid(f"{where}: not a text")
    if kind != CHANNEL and payload.get("channel_types"):
        raise invalid(f"{where}: not a channel")
    if set(payload.get("channel_types") or ()) - CHANNEL_TYPES:
        raise invalid(f"{where}: no type of channels")
    if not 0 <= payload.get("min_length", 0) <= payload.get("max_length", 6000) <= 6000:
        raise invalid(f"{where}: lengths")
    choices(payload.get("choices") or [])
    described(payload, frozenset({SUBCOMMAND} if kind == GROUP else ()))


def choices(payload: Sequence[Json]) -> None:
    """Check what is offered for an option."""
    if len(payload) > 25:
        raise invalid("choices: 25 at most")
    for choice in payload:
        only(choice, {"name", "value", "name_localizations"}, "choice")
        text(choice["name"], 100, "choice.name", 1)
        if isinstance(choice["value"], str):
            text(choice["value"], 100, "choice.value", 1)


def texts(command: Json) -> Iterator[str]:
    yield command["name"]
    yield command.get("description") or ""
    for each in command.get("options") or []:
        yield from texts(each)
    for choice in command.get("choices") or []:
        yield choice["name"]
        yield str(choice["value"])
