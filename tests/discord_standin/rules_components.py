"""Discord's limits of what can be pressed, chosen and filled in: buttons, menus and forms."""

from collections.abc import Iterator, Sequence

from tests.discord_standin.rules_base import Json, invalid, only, text

ROW, BUTTON, STRING_SELECT, TEXT_INPUT, TEXT_DISPLAY, LABEL, UPLOAD = 1, 2, 3, 4, 10, 18, 19
USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT = 5, 6, 7, 8
SELECTS = {STRING_SELECT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT}
LINK, PREMIUM = 5, 6

BUTTON_FIELDS = {"type", "id", "style", "label", "emoji", "custom_id", "url", "sku_id", "disabled"}
SELECT_FIELDS = {"type", "id", "custom_id", "placeholder", "min_values", "max_values", "disabled"}
SELECT_FIELDS |= {"options", "channel_types", "default_values", "required"}
INPUT_FIELDS = {"type", "id", "custom_id", "style", "label", "value", "placeholder", "required"}
INPUT_FIELDS |= {"min_length", "max_length"}
UPLOAD_FIELDS = {"type", "id", "custom_id", "min_values", "max_values", "required"}
OPTION_FIELDS = {"label", "value", "description", "emoji", "default"}


def rows(payload: Sequence[Json]) -> None:
    """Check the rows of buttons and menus below a message."""
    if len(payload) > 5:
        raise invalid("components: 5 rows at most")
    for row in payload:
        if row.get("type") != ROW:
            raise invalid("components: a row is expected, the newer kinds are not known here")
        only(row, {"type", "id", "components"}, "row")
        inside = row["components"]
        if not 1 <= len(inside) <= 5:
            raise invalid("row: 1 to 5 components")
        for component in inside:
            if component["type"] == BUTTON:
                button(component)
            elif component["type"] in SELECTS:
                if len(inside) > 1:
                    raise invalid("row: a menu has a row of its own")
                select(component)
            else:
                raise invalid(f"row: no component of type {component['type']}")
    unique(payload)


def unique(payload: Sequence[Json]) -> None:
    """Custom ids, and ids where they are given, are each there once."""
    for field in ("custom_id", "id"):
        found = [c[field] for c in all_of(payload) if c.get(field) is not None]
        if len(set(found)) != len(found):
            raise invalid(f"components: {field} twice")


def all_of(payload: Sequence[Json]) -> Iterator[Json]:
    """All components, those in others too."""
    for component in payload:
        yield component
        yield from all_of(component.get("components") or [])
        if component.get("component"):
            yield from all_of([component["component"]])


def custom_id(component: Json) -> None:
    text(component.get("custom_id"), 100, "custom_id", 1)


def emoji(payload: Json | None) -> None:
    if payload is None:
        return
    only(payload, {"id", "name", "animated"}, "emoji")
    text(payload["name"], 32, "emoji.name", 1)


def button(payload: Json) -> None:
    only(payload, BUTTON_FIELDS, "button")
    style = payload["style"]
    if style not in range(1, PREMIUM + 1) or style == PREMIUM:
        raise invalid("button.style")
    if style == LINK:
        text(payload.get("url"), 512, "button.url", 1)
        if payload.get("custom_id") is not None:
            raise invalid("button: a link has no custom_id")
    else:
        custom_id(payload)
        if payload.get("url") is not None:
            raise invalid("button.url: on links only")
    if not payload.get("label") and not payload.get("emoji"):
        raise invalid("button: a label or an emoji")
    text(payload.get("label"), 80, "button.label")
    emoji(payload.get("emoji"))


def select(payload: Json) -> None:
    only(payload, SELECT_FIELDS, "select")
    custom_id(payload)
    text(payload.get("placeholder"), 150, "select.placeholder")
    least, most = payload.get("min_values", 1), payload.get("max_values", 1)
    if not 0 <= least <= most or not 1 <= most <= 25:
        raise invalid("select: min_values and max_values")
    options = payload.get("options") or []
    if payload["type"] != STRING_SELECT:
        if options:
            raise invalid("select.options: of text menus only")
        return
    if not max(1, most) <= len(options) <= 25:
        raise invalid("select.options")
    if len({option["value"] for option in options}) != len(options):
        raise invalid("select.options: a value twice")
    if sum(bool(option.get("default")) for option in options) > most:
        raise invalid("select.options: too many chosen")
    for option in options:
        only(option, OPTION_FIELDS, "select option")
        text(option["label"], 100, "option.label", 1)
        text(option["value"], 100, "option.value", 1)
        text(option.get("description"), 100, "option.description")
        emoji(option.get("emoji"))


def form(payload: Json) -> None:
    """Check a form (Discord says modal)."""
    only(payload, {"custom_id", "title", "components"}, "form")
    custom_id(payload)
    text(payload["title"], 45, "form.title", 1)
    if not 1 <= len(payload["components"]) <= 5:
        raise invalid("form: 1 to 5 components")
    for component in payload["components"]:
        if component["type"] == ROW:
            only(component, {"type", "id", "components"}, "row")
            (inside,) = component["components"]
            text(inside.get("label"), 45, "input.label", 1)
            field(inside)
        elif component["type"] == LABEL:
            only(component, {"type", "id", "label", "description", "component"}, "label")
            text(component["label"], 45, "label.label", 1)
            text(component.get("description"), 100, "label.description")
            if component["component"].get("label"):
                raise invalid("input.label: not in a label")
            field(component["component"])
        elif component["type"] == TEXT_DISPLAY:
            text(component["content"], 4000, "text", 1)
        else:
            raise invalid(f"form: no component of type {component['type']}")
    unique(payload["components"])


def field(payload: Json) -> None:
    """Check what is filled in."""
    if payload["type"] in SELECTS:
        select(payload)
        if payload.get("disabled"):
            raise invalid("select.disabled: not in a form")
        return
    custom_id(payload)
    if payload["type"] == UPLOAD:
        only(payload, UPLOAD_FIELDS, "upload")
        least, most = payload.get("min_values", 1), payload.get("max_values", 1)
        if not 0 <= least <= most <= 10:
            raise invalid("upload: min_values and max_values")
        return
    if payload["type"] != TEXT_INPUT:
        raise invalid(f"form: no field of type {payload['type']}")
    only(payload, INPUT_FIELDS, "input")
    if payload["style"] not in {1, 2}:
        raise invalid("input.style")
    text(payload.get("placeholder"), 100, "input.placeholder")
    least, most = payload.get("min_length", 0), payload.get("max_length", 4000)
    if not 0 <= least <= most or not 1 <= most <= 4000:
        raise invalid("input: min_length and max_length")
    text(payload.get("value"), most, "input.value")
