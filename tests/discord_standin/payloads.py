"""What Discord sends: the payloads that the stand-in makes of what there is."""

from typing import Any

from tests.discord_standin.world import APPLICATION, BOT, DIRECT, OWNER, Channel, Guild, Role, User

JOINED = "2024-01-01T00:00:00.000000+00:00"
LOCALE = "en-US"
ATTACHMENT_SIZE = 10 * 1024 * 1024


def user(one: User) -> dict[str, Any]:
    payload = {
        "id": str(one.id),
        "username": one.name,
        "discriminator": "0",
        "global_name": None if one.bot else one.name.title(),
        "avatar": None,
        "avatar_decoration_data": None,
        "public_flags": 0,
        "clan": None,
    }
    return payload | ({"bot": True} if one.bot else {})


def me() -> dict[str, Any]:
    return user(BOT) | {"flags": 0, "mfa_enabled": True, "verified": True, "email": None}


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
        "owner": user(OWNER),
        "interactions_endpoint_url": None,
        "approximate_guild_count": 2,
    }


def ready(
    guilds: list[Guild], session: str, resume_url: str, shard: tuple[int, int]
) -> dict[str, Any]:
    return {
        "v": 10,
        "user": me(),
        "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
        "session_id": session,
        "resume_gateway_url": resume_url,
        "shard": list(shard),
        "application": {"id": str(APPLICATION), "flags": 0},
    }


def member(guild: Guild, one: User, permissions: int | None = None) -> dict[str, Any]:
    """A member; with the user, as in interactions and in answers to requests."""
    payload = {
        "user": user(one),
        "roles": [str(role) for role in sorted(guild.members[one.id][1])],
        "joined_at": JOINED,
        "premium_since": None,
        "communication_disabled_until": None,
        "nick": None,
        "avatar": None,
        "banner": None,
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
    }
    return payload if permissions is None else payload | {"permissions": str(permissions)}


def role(one: Role) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "name": one.name,
        "description": None,
        "permissions": str(one.permissions),
        "position": one.position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
        **({"tags": {"bot_id": str(one.bot)}} if one.bot else {}),
    }


def channel(one: Channel) -> dict[str, Any]:
    if one.type == DIRECT:
        assert one.recipient
        payload = {"id": str(one.id), "type": one.type, "flags": 0, "last_message_id": None}
        return payload | {"recipients": [user(one.recipient)]}
    assert one.guild
    payload = {
        "id": str(one.id),
        "type": one.type,
        "guild_id": str(one.guild.id),
        "name": one.name,
        "last_message_id": None,
        "rate_limit_per_user": 0,
        "flags": 0,
    }
    if one.parent:
        return payload | {
            "parent_id": str(one.parent.id),
            "owner_id": str(OWNER.id),
            "message_count": 1,
            "member_count": 2,
            "total_message_sent": 1,
            "thread_metadata": {
                "archived": False,
                "archive_timestamp": JOINED,
                "auto_archive_duration": 1440,
                "locked": False,
                "create_timestamp": JOINED,
            },
        }
    overwrites = [
        {"id": str(n), "type": 0 if n in one.guild.roles else 1, "allow": str(a), "deny": str(d)}
        for n, (a, d) in one.overwrites.items()
    ]
    placed = {"position": 0, "nsfw": False, "topic": None, "parent_id": None}
    return payload | placed | {"permission_overwrites": overwrites}


def guild(one: Guild) -> dict[str, Any]:
    channels = [channel(each) for each in one.channels.values() if not each.parent]
    return {
        "id": str(one.id),
        "name": one.name,
        "owner_id": str(OWNER.id),
        "joined_at": JOINED,
        "roles": [role(each) for each in one.roles.values()],
        "emojis": [],
        "features": [],
        "channels": channels,
        # Without the privileged intent, only the bot itself.
        "members": [member(one, BOT)],
        "member_count": len(one.members),
        "threads": [channel(each) for each in one.channels.values() if each.parent],
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
        "stickers": [],
        "preferred_locale": LOCALE,
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


def attachment(number: int, name: str, size: int, url: str, **more: object) -> dict[str, Any]:
    return {
        "id": str(number),
        "filename": name,
        "size": size,
        "url": url,
        "proxy_url": url,
        "content_type": "application/octet-stream",
        **more,
    }


def interaction(
    number: int,
    token: str,
    kind: int,
    data: dict[str, Any],
    one: User,
    where: Channel,
    *,
    permissions: int,
    app_permissions: int,
) -> dict[str, Any]:
    payload: dict[str, Any] = {
        "id": str(number),
        "application_id": str(APPLICATION),
        "type": kind,
        "token": token,
        "version": 1,
        "data": data,
        "locale": LOCALE,
        "entitlements": [],
        "entitlement_sku_ids": [],
        "attachment_size_limit": ATTACHMENT_SIZE,
        "app_permissions": str(app_permissions),
        "authorizing_integration_owners": owners(where),
        "context": 0 if where.guild else 1,
        "channel_id": str(where.id),
        "channel": channel(where),
    }
    if where.guild is None:
        return payload | {"user": user(one)}
    number = where.guild.id
    return payload | {
        "member": member(where.guild, one, permissions),
        "guild_id": str(number),
        "guild": {"id": str(number), "locale": LOCALE, "features": []},
        "guild_locale": LOCALE,
        "channel": channel(where) | {"permissions": str(permissions)},
    }


def owners(where: Channel) -> dict[str, str]:
    """By whom the application was installed: the server, or nobody in a direct message."""
    return {"0": str(where.guild.id) if where.guild else "0"}
