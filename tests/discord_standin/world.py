"""Who and what there is in the stand-in: people, servers, channels, and who may do what where."""

import secrets
import time
from dataclasses import dataclass, field

import discord

ADMINISTRATOR, MANAGE_GUILD = 1 << 3, 1 << 5
VIEW_CHANNEL, SEND_MESSAGES, EMBED_LINKS, ATTACH_FILES = 1 << 10, 1 << 11, 1 << 14, 1 << 15
READ_MESSAGE_HISTORY, MENTION_EVERYONE = 1 << 16, 1 << 17
USE_APPLICATION_COMMANDS, SEND_MESSAGES_IN_THREADS = 1 << 31, 1 << 38
# What a new server lets everyone do, as far as it matters here.
EVERYONE = VIEW_CHANNEL | SEND_MESSAGES | EMBED_LINKS | ATTACH_FILES | READ_MESSAGE_HISTORY
EVERYONE |= USE_APPLICATION_COMMANDS | SEND_MESSAGES_IN_THREADS
ALL = (1 << 53) - 1
# Without the right to send, these are of no use, and Discord takes them away.
NEEDS_SENDING = MENTION_EVERYONE | EMBED_LINKS | ATTACH_FILES

TEXT, DIRECT, PUBLIC_THREAD, FORUM = 0, 1, 11, 15
PATIENCE = 60.0  # seconds that something is waited for, on a busy machine
NEWSROOM, OTHER = 410000000000000001, 410000000000000002


class Clock:
    """The time as the stand-in has it, which a test can put forward."""

    ahead = 0.0

    def now(self) -> float:
        return time.time() + self.ahead

    def advance(self, seconds: float) -> None:
        self.ahead += seconds

    def snowflake(self, age: float = 0.0) -> int:
        """An id of ``age`` seconds ago."""
        milliseconds = int((self.now() - age) * 1000) - discord.utils.DISCORD_EPOCH
        return (milliseconds << 22) + secrets.randbelow(1 << 22)


@dataclass(frozen=True)
class User:
    id: int
    name: str
    bot: bool = False
    takes_messages: bool = True  # from bots, directly


APPLICATION = 1098765432109876540
BOT = User(APPLICATION, "Dateline", bot=True)
OWNER, READER, MANAGER = User(5000, "owner"), User(5100, "reader"), User(5200, "editor")
SECOND = User(5300, "second")


@dataclass(frozen=True)
class Role:
    id: int
    name: str
    permissions: int
    position: int = 0
    bot: int | None = None  # whose own role it is


@dataclass(eq=False)
class Channel:
    id: int
    type: int
    name: str
    guild: "Guild | None" = None
    parent: "Channel | None" = None  # of a thread
    recipient: User | None = None  # of a direct message
    # By the id of a role or a member: what is allowed and what is denied.
    overwrites: dict[int, tuple[int, int]] = field(default_factory=dict)

    @property
    def ruling(self) -> "Channel":
        """The channel whose overwrites hold: a thread has none of its own."""
        return self.parent or self


@dataclass(eq=False)
class Guild:
    """A server, with a channel for all, and a role for those who manage it."""

    id: int
    name: str
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, tuple[User, set[int]]] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    unavailable: bool = False

    def __post_init__(self) -> None:
        self.add_role(Role(self.id, "@everyone", EVERYONE))
        editors = self.add_role(Role(self.id + 1, "editors", MANAGE_GUILD, 1))
        for user in (BOT, OWNER, READER, SECOND):
            self.members[user.id] = user, set()
        self.members[MANAGER.id] = MANAGER, {editors.id}
        self.general = self.add_channel("general", self.id + 1000)

    def add_role(self, role: Role) -> Role:
        self.roles[role.id] = role
        return role

    def add_channel(
        self, name: str, number: int, parent: Channel | None = None, **overwrites: int
    ) -> Channel:
        """Add a channel, or a thread of one; ``allow`` and ``deny`` are for everyone in it."""
        kind = PUBLIC_THREAD if parent else TEXT
        channel = Channel(number, kind, name, self, parent)
        if overwrites:
            channel.overwrites[self.id] = overwrites.get("allow", 0), overwrites.get("deny", 0)
        self.channels[number] = channel
        return channel

    def permissions(self, user: User, channel: Channel) -> int:
        """What someone may do in a channel, by Discord's rules."""
        if user.id == OWNER.id:
            return ALL
        if user.id not in self.members:
            return 0
        roles = self.members[user.id][1]
        granted = self.roles[self.id].permissions
        for role in roles:
            granted |= self.roles[role].permissions
        if granted & ADMINISTRATOR:
            return ALL
        overwrites = channel.ruling.overwrites
        for layer in ({self.id}, roles, {user.id}):
            found = [overwrites[one] for one in layer if one in overwrites]
            for _, deny in found:
                granted &= ~deny
            for allow, _ in found:
                granted |= allow
        if not granted & VIEW_CHANNEL:
            return 0
        sending = SEND_MESSAGES_IN_THREADS if channel.parent else SEND_MESSAGES
        return granted if granted & sending else granted & ~NEEDS_SENDING


class World:
    """All servers, and the channels of direct messages."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.users = {user.id: user for user in (BOT, OWNER, READER, MANAGER, SECOND)}
        self.guilds = {n: Guild(n, name) for n, name in ((NEWSROOM, "Newsroom"), (OTHER, "Other"))}
        self.direct: dict[int, Channel] = {}  # by the other person

    def add_user(self, user: User) -> User:
        """Add someone, who is a member of every server."""
        self.users[user.id] = user
        for guild in self.guilds.values():
            guild.members.setdefault(user.id, (user, set()))
        return user

    def channel(self, number: int) -> Channel | None:
        """A channel by its id."""
        for guild in self.guilds.values():
            if number in guild.channels:
                return guild.channels[number]
        return next((one for one in self.direct.values() if one.id == number), None)

    def direct_channel(self, user: User) -> Channel:
        """The channel of direct messages between the bot and someone."""
        if user.id not in self.direct:
            number = self.clock.snowflake()
            self.direct[user.id] = Channel(number, DIRECT, user.name, recipient=user)
        return self.direct[user.id]

    def permissions(self, user: User, channel: Channel) -> int:
        """What someone may do in a channel."""
        if channel.guild:
            return channel.guild.permissions(user, channel)
        return EVERYONE if channel.recipient and user.id in {BOT.id, channel.recipient.id} else 0
