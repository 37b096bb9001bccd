"""What people choose, as Discord sends it: options of commands, buttons, menus and forms.

It is checked as Discord's client checks it: nothing can be chosen that was not offered.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.discord_standin import payloads
from tests.discord_standin import rules_components as kinds
from tests.discord_standin.bodies import Uploads
from tests.discord_standin.rules_base import Json
from tests.discord_standin.world import Channel, Role, User, World

STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(3, 12)
PYTHON: dict[int, type] = {STRING: str, INTEGER: int, BOOLEAN: bool, NUMBER: float, ATTACHMENT: int}
OBJECTS: dict[int, type] = {USER: User, CHANNEL: Channel, ROLE: Role}


class Chooser:
    """Makes the data of interactions."""

    def __init__(self, world: World, uploads: Uploads) -> None:
        self.world, self.uploads = world, uploads

    def command(
        self,
        found: Json,
        path: Sequence[str],
        options: Mapping[str, Any],
        where: Channel,
        focused: str | None,
    ) -> dict[str, Any]:
        """The data of a command, ``path`` leading to a subcommand of it."""
        declared_in = found
        for name in path:
            declared_in = next(o for o in declared_in["options"] if o["name"] == name)
        declared = {o["name"]: o for o in declared_in.get("options") or []}
        assert not any(o["type"] < STRING for o in declared.values()), "only a subcommand is usable"
        assert set(options) <= set(declared), f"unknown options {set(options) - set(declared)}"
        missing = {n for n, o in declared.items() if o.get("required")} - set(options)
        assert focused or not missing, f"missing {missing}"
        assert not focused or declared[focused].get("autocomplete"), "nothing is offered there"
        resolved: dict[str, Any] = {}
        values = [
            self._value(declared[name], value, name == focused, where, resolved)
            for name, value in options.items()
        ]
        data: dict[str, Any] = {"options": values}
        for name in reversed(path):
            kind = kinds_on(found, path)[name]
            data = {"options": [{"type": kind, "name": name} | data]}
        base = {"id": found["id"], "name": found["name"], "type": 1}
        return base | data | ({"resolved": resolved} if resolved else {})

    def _value(
        self, option: Json, value: Any, focused: bool, where: Channel, resolved: dict[str, Any]
    ) -> dict[str, Any]:
        kind, name = option["type"], option["name"]
        sent = {"name": name, "type": kind, "value": value}
        if focused:
            return sent | {"focused": True}
        assert takes(option, value), f"{name}: {value!r}"
        if kind in OBJECTS:
            return sent | {"value": self.resolve(value, where, resolved)}
        if kind == ATTACHMENT:
            files = resolved.setdefault("attachments", {})
            files[str(value)] = self.uploads.payload(value, ephemeral=True)
            return sent | {"value": str(value)}
        return sent

    def resolve(
        self, value: User | Channel | Role, where: Channel, resolved: dict[str, Any]
    ) -> str:
        """Note what an id stands for; returns the id."""
        number = str(value.id)
        if isinstance(value, Role):
            resolved.setdefault("roles", {})[number] = payloads.role(value)
        elif isinstance(value, Channel):
            payload = payloads.channel(value)
            payload.pop("permission_overwrites", None)
            payload["permissions"] = "0"
            resolved.setdefault("channels", {})[number] = payload
        else:
            resolved.setdefault("users", {})[number] = payloads.user(value)
            if where.guild:
                member = payloads.member(where.guild, value, 0)
                del member["user"]
                resolved.setdefault("members", {})[number] = member
        return number

    # -- below messages ----------------------------------------------------------------------

    def button(self, message: Json, label: str) -> dict[str, Any]:
        """The data of a button, by its label, its emoji or its custom id."""
        found = [one for one in components(message) if names(one, label)]
        assert len(found) == 1, f"{len(found)} of {label!r} in {labels(message)}"
        assert found[0]["type"] == kinds.BUTTON, f"{label!r} is no button"
        assert found[0]["style"] != kinds.LINK, f"{label!r} is a link"
        assert not found[0].get("disabled"), f"{label!r} is disabled"
        custom_id, number = found[0]["custom_id"], found[0]["id"]
        return {"custom_id": custom_id, "component_type": kinds.BUTTON, "id": number}

    def menu(self, message: Json, name: str, chosen: Sequence[Any], where: Channel) -> Json:
        """The data of what was chosen from a menu below a message."""
        found = [one for one in components(message) if names(one, name)]
        assert len(found) == 1, f"{len(found)} of {name!r} in {labels(message)}"
        assert not found[0].get("disabled"), f"{name!r} is disabled"
        data = {"custom_id": found[0]["custom_id"], "component_type": found[0]["type"]}
        return data | {"id": found[0]["id"]} | self._chosen(found[0], chosen, where)

    def _chosen(self, menu: Json, chosen: Sequence[Any], where: Channel) -> dict[str, Any]:
        assert menu.get("min_values", 1) <= len(chosen) <= menu.get("max_values", 1)
        if menu["type"] == kinds.STRING_SELECT:
            offered = {option["value"] for option in menu["options"]}
            assert set(chosen) <= offered, f"{chosen} of {offered}"
            return {"values": list(chosen)}
        resolved: dict[str, Any] = {}
        values = [self.resolve(one, where, resolved) for one in chosen]
        return {"values": values, "resolved": resolved}

    # -- forms -------------------------------------------------------------------------------

    def filled(self, form: Json, values: Mapping[str, Any], where: Channel) -> dict[str, Any]:
        """The data of a form, filled in by the labels or custom ids of its fields."""
        left, resolved = dict(values), dict[str, Any]()
        sent = []
        for number, component in enumerate(form["components"], start=1):
            held = component.get("component") or (component.get("components") or [None])[0]
            if held is None:
                sent.append({"type": component["type"], "id": number})
                continue
            label = component.get("label") or held.get("label")
            key = next((one for one in (label, held["custom_id"]) if one in left), None)
            value = left.pop(key) if key is not None else held.get("value")
            filled = {"type": held["type"], "custom_id": held["custom_id"], "id": number + 100}
            filled |= self._field(held, value, where, resolved)
            inside = (
                {"component": filled} if component.get("component") else {"components": [filled]}
            )
            sent.append({"type": component["type"], "id": number} | inside)
        assert not left, f"no fields {set(left)}"
        data = {"custom_id": form["custom_id"], "components": sent}
        return data | ({"resolved": resolved} if resolved else {})

    def _field(
        self, field: Json, value: Any, where: Channel, resolved: dict[str, Any]
    ) -> dict[str, Any]:
        required = field.get("required", True)
        assert value or not required, f"{field['custom_id']} is to be filled in"
        if field["type"] == kinds.TEXT_INPUT:
            text = value or ""
            assert not text or field.get("min_length", 0) <= len(text)
            assert len(text) <= field.get("max_length", 4000)
            return {"value": text}
        if field["type"] == kinds.UPLOAD:
            files = resolved.setdefault("attachments", {})
            for one in value or []:
                files[str(one)] = self.uploads.payload(one, ephemeral=True)
            return {"values": [str(one) for one in value or []]}
        chosen = self._chosen(field, value or [], where) if value else {"values": []}
        for kind, found in (chosen.pop("resolved", None) or {}).items():
            resolved.setdefault(kind, {}).update(found)
        return chosen


def takes(option: Json, value: Any) -> bool:
    """Whether Discord's client would let one give this value."""
    kind = option["type"]
    # Not isinstance: a truth value is no number here.
    if kind_of(value) != (PYTHON | OBJECTS)[kind]:
        return False
    if option.get("choices") and value not in [one["value"] for one in option["choices"]]:
        return False
    if kind == STRING:
        return bool(option.get("min_length", 0) <= len(value) <= option.get("max_length", 6000))
    if kind in {INTEGER, NUMBER}:
        return bool(option.get("min_value", value) <= value <= option.get("max_value", value))
    return True


def kind_of(value: object) -> type:
    return type(value)


def kinds_on(command: Json, path: Sequence[str]) -> dict[str, int]:
    """The type of each step to a subcommand: a group's or its own."""
    found, step = {}, command
    for name in path:
        step = next(option for option in step["options"] if option["name"] == name)
        found[name] = step["type"]
    return found


def components(message: Json) -> list[Json]:
    """The buttons and menus below a message."""
    return [one for row in message.get("components") or [] for one in row["components"]]


def names(component: Json, name: str) -> bool:
    emoji = (component.get("emoji") or {}).get("name")
    texts = {
        component.get("label"),
        emoji,
        component.get("custom_id"),
        component.get("placeholder"),
    }
    return name in texts or (bool(emoji) and name == f"{emoji} {component.get('label')}")


def labels(message: Json) -> list[str]:
    """What is written on the buttons and menus below a message."""
    return [
        one.get("label") or (one.get("emoji") or {}).get("name") or one.get("placeholder") or "?"
        for one in components(message)
    ]
