"""What Discord sends: the payloads that :mod:`tests.discord_standin` answers with."""

import secrets
import time
from typing import Any

import discord

APPLICATION = 1098765432109876540
BOT = {"id": str(APPLICATION), "username": "Dateline", "discriminator": "0", "avatar": None}
READER = {"id": "5100", "username": "reader", "discriminator": "0", "avatar": None}
MANAGE_GUILD = 1 << 5
EPHEMERAL = 64


def snowflake(age: float = 0.0) -> int:
    """An id of ``age`` seconds ago."""
    milliseconds = int((time.time() - age) * 1000) - discord.utils.DISCORD_EPOCH
    return (milliseconds << 22) + secrets.randbelow(1 << 22)


def application() -> dict[str, Any]:
    return {
        "id": str(APPLICATION),
        "name": "Dateline",
        "icon": None,
        "description": "",
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": 0,
        "owner": BOT,
        "interactions_endpoint_url": None,
    }


def ready(guilds: list[int], resume_url: str) -> dict[str, Any]:
    return {
        "v": 10,
        "user": BOT | {"bot": True, "flags": 0},
        "guilds": [{"id": str(guild), "unavailable": True} for guild in guilds],
        "session_id": "session",
        "resume_gateway_url": resume_url,
        "application": {"id": str(APPLICATION), "flags": 0},
    }


def interaction(
    number: int, token: str, kind: int, data: dict[str, Any], guild: int | None, *, manager: bool
) -> dict[str, Any]:
    payload: dict[str, Any] = {
        "id": str(number),
        "application_id": str(APPLICATION),
        "type": kind,
        "token": token,
        "version": 1,
        "data": data,
        "locale": "en-US",
        "entitlements": [],
        "attachment_size_limit": 10 * 1024 * 1024,
        "app_permissions": "0",
        "authorizing_integration_owners": {"0": str(guild or 0)},
        "context": 0 if guild else 1,
    }
    if guild is None:
        channel = {"id": "61", "type": 1, "last_message_id": None, "recipients": [READER]}
        return payload | {"user": READER, "channel": channel, "channel_id": "61"}
    member = {
        "user": READER,
        "roles": [],
        "joined_at": "2024-01-01T00:00:00+00:00",
        "deaf": False,
        "mute": False,
        "flags": 0,
        "permissions": str(1 << 31 | (MANAGE_GUILD if manager else 0)),
    }
    return payload | {
        "member": member,
        "guild_id": str(guild),
        "guild": {"id": str(guild), "locale": "en-US", "features": []},
        "guild_locale": "en-US",
        "channel_id": str(guild + 1000),
        "channel": channel_of(guild),
    }


def attachment(number: str, name: str, size: int, url: str) -> dict[str, Any]:
    return {
        "id": number,
        "filename": name,
        "size": size,
        "url": url,
        "proxy_url": url,
        "ephemeral": True,
    }


def message(shown: dict[str, Any], *, ephemeral: bool) -> dict[str, Any]:
    return {
        "id": str(snowflake()),
        "channel_id": "61",
        "type": 20,
        "author": BOT | {"bot": True},
        "content": shown.get("content") or "",
        "embeds": shown.get("embeds") or [],
        "components": [],
        "timestamp": "2026-01-01T00:00:00+00:00",
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "pinned": False,
        "flags": EPHEMERAL if ephemeral else 0,
        "webhook_id": str(APPLICATION),
    }


def channel_of(guild: int) -> dict[str, Any]:
    return {
        "id": str(guild + 1000),
        "type": 0,
        "name": "general",
        "position": 0,
        "permission_overwrites": [],
    }


def guild_payload(guild: int, name: str) -> dict[str, Any]:
    everyone = {"id": str(guild), "name": "@everyone", "permissions": "0", "position": 0}
    everyone |= {"color": 0, "hoist": False, "managed": False, "mentionable": False, "flags": 0}
    return {
        "id": str(guild),
        "name": name,
        "owner_id": "5000",
        "roles": [everyone],
        "emojis": [],
        "features": [],
        "channels": [channel_of(guild)],
        "members": [{"user": BOT, "roles": [], "joined_at": None, "flags": 0}],
        "member_count": 2,
        "threads": [],
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "stickers": [],
        "preferred_locale": "en-US",
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "premium_tier": 0,
        "system_channel_flags": 0,
        "large": False,
        "unavailable": False,
    }
