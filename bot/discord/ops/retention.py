"""Retention: what is due is deleted, at the start and every hour."""

import asyncio
import datetime as dt
import logging
import sqlite3
from collections.abc import Callable

from bot.discord.servers import Servers
from index import DatelineError

log = logging.getLogger(__name__)
EVERY = 3600.0  # seconds
_PREFIX = "guild-"


async def keep_house(servers: Servers, present: Callable[[], set[int]], grace_days: int) -> None:
    """Run until cancelled; ``present`` gives the servers that the bot is in now."""
    while True:
        try:
            await asyncio.to_thread(keep_once, servers, present(), grace_days)
        except (DatelineError, OSError, sqlite3.Error) as error:
            log.warning("something could not be deleted, and is tried again: %s", error)
        await asyncio.sleep(EVERY)


def keep_once(servers: Servers, present: set[int], grace_days: int) -> None:
    """Delete what departed servers left behind, and what was kept long enough; blocks."""
    store = servers.store
    known = guilds_on_disk(servers) | set(store.guilds())
    for guild in known - present:
        store.note_left(guild)  # perhaps while the bot was not running
    for guild in known & present:
        store.note_joined(guild)
        store.forget_old(guild, servers.settings_of(guild))
    for guild in store.gone_for(dt.timedelta(days=grace_days)):
        servers.delete(guild)
        log.info("deleted what was left of a server after %d days", grace_days)


def guilds_on_disk(servers: Servers) -> set[int]:
    """The servers that have articles, or feeds or watched questions without any."""
    names = {*servers.home.corpora(), *(folder.name for folder in servers.home.folders)}
    guilds = [name.removeprefix(_PREFIX) for name in names if name.startswith(_PREFIX)]
    return {int(guild) for guild in guilds if guild.isdigit()}
