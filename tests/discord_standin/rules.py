"""Discord's limits of messages, as it enforces them; what breaks one is rejected whole."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from tests.discord_standin.rules_base import Json, RejectedError, invalid, only, text
from tests.discord_standin.rules_components import rows

# What a message may have: in an interaction's answers, in a channel, and in edits of either.
# discord.py sends tts with edits too, which Discord ignores.
BASE_FIELDS = {"tts", "content", "embeds", "allowed_mentions", "flags", "components", "attachments"}
INTERACTION_FIELDS = EDIT_FIELDS = BASE_FIELDS
CHANNEL_FIELDS = BASE_FIELDS | {"nonce", "enforce_nonce", "message_reference"}
EMBED_FIELDS = {"type", "title", "description", "url", "color", "footer", "author", "fields"}
# discord.py sends flags, of embeds that it received, with every embed.
EMBED_FIELDS |= {"timestamp", "flags"}
SUPPRESS_EMBEDS, EPHEMERAL, LOADING, SILENT = 1 << 2, 1 << 6, 1 << 7, 1 << 12
ALL_KINDS = ("everyone", "users", "roles")
MENTIONS = {"parse", "users", "roles", "replied_user"}


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
    for address in (payload.get("url"), author.get("url"), author.get("icon_url")):
        web_address(address, "embed.url")
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


def message(payload: Json, fields: set[str], flags: int = SUPPRESS_EMBEDS | SILENT) -> None:
    """Check a message that is sent or edited."""
    only(payload, fields, "message")
    content = text(payload.get("content"), 2000, "content")
    embeds = payload.get("embeds") or []
    if len(embeds) > 10:
        raise invalid("embeds: 10 at most")
    taken = sum(embed(one) for one in embeds)
    if taken > 6000:
        raise invalid(f"embeds: 6000 over all, not {taken}")
    if (payload.get("flags") or 0) & ~flags:
        # Among them that of the newer components, which Dateline has no use for.
        raise invalid("flags")
    rows(payload.get("components") or [])
    nonce = payload.get("nonce")
    if nonce is not None:
        text(str(nonce), 25, "nonce", 1)
    if not (content or taken or payload.get("attachments") or payload.get("components")):
        raise RejectedError(400, 50006, "Cannot send an empty message")
    allowed_mentions(payload.get("allowed_mentions"))


def allowed_mentions(mentions: Json | None) -> None:
    """Check whom a message may ping."""
    if mentions is None:
        return
    only(mentions, MENTIONS, "allowed_mentions")
    for kind in ("users", "roles"):
        named = mentions.get(kind) or []
        if len(named) > 100 or (named and kind in (mentions.get("parse") or [])):
            raise invalid(f"allowed_mentions.{kind}")
    if not set(mentions.get("parse") or []) <= set(ALL_KINDS):
        raise invalid("allowed_mentions.parse")


def pings(
    payload: Json, kinds: Iterable[str] = ALL_KINDS, replied_to: int | None = None
) -> list[str]:
    """Whom a message would ping; those of ``kinds``, unless it says otherwise."""
    marks = {"everyone": r"@(?:everyone|here)", "users": r"<@!?(\d+)>", "roles": r"<@&(\d+)>"}
    stated = payload.get("allowed_mentions")
    default: Json = {"parse": [*kinds], "replied_user": True}
    allowed = default if stated is None else stated
    content, found = payload.get("content") or "", []
    for kind, mark in marks.items():
        for match in re.finditer(mark, content):
            named = [str(one) for one in allowed.get(kind) or []]
            if kind in (allowed.get("parse") or []) or (match.groups() and match[1] in named):
                found.append(match[0])
    if replied_to is not None and allowed.get("replied_user"):
        found.append(f"<@{replied_to}>")
    return found
