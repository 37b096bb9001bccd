"""The bot's token as far as it can be checked offline, and the address that adds the bot."""

import base64
import binascii
import re
from dataclasses import dataclass
from urllib.parse import urlencode

from index import InputError

WHERE = "copy it from https://discord.com/developers/applications (your application, Bot, Token)"

# https://docs.discord.com/developers/reference#authentication: who, when, and a signature.
_TOKEN = re.compile(r"([\w-]{18,40})\.[\w-]{5,10}\.[\w-]{20,100}", re.ASCII)
_ID = re.compile(rb"[0-9]{15,20}")

SCOPES = {
    "bot": "to be a member, who can be mentioned and replied to",
    "applications.commands": "for its slash commands and menus",
}


class TokenError(InputError):
    """The bot's token is missing, malformed or not accepted."""


@dataclass(frozen=True, slots=True)
class Permission:
    """A permission that the bot asks for in a server."""

    name: str
    bit: int
    reason: str


# https://docs.discord.com/developers/topics/permissions; no command by itself needs any of them.
PERMISSIONS = (
    Permission("View Channels", 1 << 10, "to be reached by replies and mentions"),
    Permission("Send Messages", 1 << 11, "to answer them, and to go on telling of long work"),
    Permission("Send Messages in Threads", 1 << 38, "to do so in threads"),
    Permission("Embed Links", 1 << 14, "because answers are cards"),
    Permission("Read Message History", 1 << 16, "because Discord asks for it from who replies"),
)


def application_of(token: str) -> int:
    """The id of a token's application; raises TokenError for anything that is no token.

    Of the very first applications, from before 2017, it is the bot's own id instead.
    """
    found = _TOKEN.fullmatch(token)
    try:
        number = base64.urlsafe_b64decode(found[1] + "=" * (-len(found[1]) % 4)) if found else b""
    except binascii.Error:
        number = b""
    if not _ID.fullmatch(number):
        # It may be another secret, so it is not shown.
        raise TokenError(f"the bot token is not one; {WHERE}")
    return int(number)


def invite_address(application: int) -> str:
    """The address where a server's manager adds the bot."""
    asked = {
        "client_id": application,
        "scope": " ".join(SCOPES),
        "permissions": sum(permission.bit for permission in PERMISSIONS),
    }
    return f"https://discord.com/oauth2/authorize?{urlencode(asked)}"
