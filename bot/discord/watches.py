"""Watched questions: looked at when articles have come in, and told of, each answer once."""

import logging

import discord

from bot.discord.arrivals import Arrivals
from bot.discord.channels import answers_in
from bot.discord.delivery import UNSENT, is_refused, nonce_of, to_channel
from bot.discord.direct_messages import with_server
from bot.discord.feeds import Feeds
from bot.discord.servers import Server
from bot.discord.service import Service, quotes_of
from bot.discord.views.watches import told_card
from bot.watches import Watch
from retrieval import Answer

log = logging.getLogger(__name__)


class Watches(Arrivals):
    """Tells what is due, of all servers, one watched question at a time."""

    def __init__(self, service: Service, feeds: Feeds) -> None:
        super().__init__(service, feeds, "watched questions")

    def concerns(self, server: Server) -> bool:
        """Whether any question is watched."""
        return server.watched.exists

    async def act(self, bot: discord.Client, server: Server) -> bool:
        """Tell what is due of a server's questions; what has come in is seen when all is told."""
        fresh, marks = await self._run(server.come_in)
        all_told = True
        for watch in await self._run(server.watched.watches) if any(fresh.values()) else ():
            if self._stopped:
                return False
            try:
                answer = await self._run(server.news, watch, fresh)
                all_told &= answer is None or await self._tell(bot, server, watch, answer)
            except Exception:
                log.exception("a watched question could not be looked at")
                all_told = False
        if all_told:
            await self._run(server.watched.move, marks)
        return all_told

    async def _tell(
        self, bot: discord.Client, server: Server, watch: Watch, answer: Answer
    ) -> bool:
        """Tell of an answer; whether that is settled, rather than to be tried again."""
        guild = bot.get_guild(server.guild_id or 0)
        if server.guild_id and guild is None:
            return False  # Discord does not say just now what is there
        nonce = nonce_of(server.guild_id, watch.id, watch.told, answer.words)
        card, watch.error = told_card(watch, answer), None
        try:
            if watch.channel:
                place: discord.abc.Messageable = bot.get_partial_messageable(
                    watch.channel, guild_id=server.guild_id
                )
                if guild and not answers_in(server, guild.get_channel_or_thread(watch.channel)):
                    watch.error = "this server's managers want no answers there"
            elif (member := await person(bot, guild, watch.who)) is None:
                await self._run(server.watched.end, watch.id)  # who has left is told nothing more
                return True
            else:
                place, guild = member, None
            if not watch.error:
                sent = await to_channel(place, with_server(card, server, guild), nonce=nonce)
                if guild:
                    await self._service.note_posted(server, sent, quotes_of(answer))
        except UNSENT as error:
            log.info("a watched question's answer could not be told: %s", error)
            if not is_refused(error):
                return False
            watch.error = "it could not be told there; check my permissions"
        watch.told = answer.words
        await self._run(server.watched.save, watch)
        self._service.metrics.watches.labels("refused" if watch.error else "told").inc()
        return True


async def person(
    bot: discord.Client, guild: discord.Guild | None, user: int | None
) -> discord.Member | discord.User | None:
    """Who watches, if they are still a member of the server; of none where the articles are all's.

    Raises what sending does.
    """
    try:
        return await (guild.fetch_member(user or 0) if guild else bot.fetch_user(user or 0))
    except discord.NotFound:
        return None
