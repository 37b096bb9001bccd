"""``/watch`` and ``/watching``, and the buttons that do the same."""

import asyncio
from dataclasses import replace
from functools import partial

import discord
from discord import app_commands

from bot.discord.commands.manage import manages
from bot.discord.commands.questions import Asking, Command, accept
from bot.discord.delivery import Card, defer, finish, tell
from bot.discord.escape import within
from bot.discord.message_text import bare
from bot.discord.servers import Server, mark_of
from bot.discord.service import Service
from bot.discord.views import buttons, cards
from bot.discord.views.watches import begun_card, in_full, list_card
from bot.watches import Watch, is_question
from index import InputError
from retrieval import Question

Page = app_commands.Range[int, 1, 1000]


class WatchCommands:
    """What people do about watched questions."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def commands(self) -> list[Command]:
        """The commands."""

        @app_commands.command(
            name="watch",
            description="Be told whenever a new article answers a question otherwise.",
        )
        @app_commands.describe(
            question="What you want to know; name who or what it is about",
            private="Tell only you, in a direct message, instead of this channel",
        )
        async def watch(
            interaction: discord.Interaction, question: Asking, private: bool = False
        ) -> None:
            server = await self._service.server(interaction)
            text = bare(question, {})
            await accept(self._service, server, interaction, text, private=True)
            await self._begin(interaction, server, Question(text), private=private)

        @app_commands.command(
            name="watching",
            description="The questions that you or this channel watch; end them here.",
        )
        @app_commands.describe(page="Which page")
        async def watching(interaction: discord.Interaction, page: Page = 1) -> None:
            server = await self._service.server(interaction)
            await defer(interaction, private=True)
            card = await self.page(interaction, server, str(page))
            await finish(interaction, card, private=True)

        return [watch, watching]

    async def watch_clicked(
        self, interaction: discord.Interaction, server: Server, value: str
    ) -> None:
        """Watch the question that a message answers, where the answer was to be seen."""
        message = buttons.message_of(interaction)
        *before, last = self._service.history(message)
        look = partial(buttons.read_filters, server, value)
        text, private = last.question, message.flags.ephemeral
        filters = await accept(self._service, server, interaction, text, private=True, look=look)
        asked = Question(text, tuple(before), filters)
        await self._begin(interaction, server, asked, private=private)

    async def _begin(
        self, interaction: discord.Interaction, server: Server, asked: Question, *, private: bool
    ) -> None:
        """Watch a question, from the answer on that it has now."""
        settings, who = self._service.settings, interaction.user.id
        channel = None if private or interaction.guild is None else interaction.channel_id
        # Before it is asked: an article that comes in between is looked at, perhaps in vain.
        marks = await asyncio.to_thread(server.marks)
        asked = replace(asked, threshold=server.settings.threshold)
        answer = await self._service.run(partial(server.ask, asked))
        if not is_question(answer):
            raise InputError("This has no answer that could change; watch a question.")
        place = f"{channel or who} {answer.standalone_question.casefold()} {asked.filters}"
        watch = Watch(
            id=mark_of(place),
            question=asked.text,
            history=asked.history,
            filters=asked.filters,
            who=who,
            channel=channel,
        )
        watch.tell(answer)
        most, of_one = settings.server_watches, settings.person_watches

        def add() -> None:
            with self._service.servers.changing(server):
                server.watched.add(watch, marks, of_one=of_one, most=most)

        await asyncio.to_thread(add)
        await finish(interaction, begun_card(watch), private=True)

    async def page(self, interaction: discord.Interaction, server: Server, value: str) -> Card:
        """A page of the watched questions."""
        watches = await asyncio.to_thread(server.watched.watches)
        seen = [one for one in watches if may_end(interaction, server, one, here=True)]
        return list_card(seen, int(value))

    async def end_clicked(
        self, interaction: discord.Interaction, server: Server, value: str
    ) -> None:
        """Watch a question no longer."""
        await defer(interaction, private=True)
        watches = await asyncio.to_thread(server.watched.watches)
        watch = next((one for one in watches if one.id == value), None)
        if watch is None:
            raise InputError("This question is no longer watched.")
        if not may_end(interaction, server, watch):
            raise InputError("Only whoever began it, or a manager of this server, can end it.")
        await asyncio.to_thread(server.watched.end, watch.id)
        text = f"No longer watching “{within(in_full(watch), 300, str)}”."
        await tell(interaction, cards.sentence(text))


def may_end(
    interaction: discord.Interaction, server: Server, watch: Watch, *, here: bool = False
) -> bool:
    """Whether someone may end a watch: who began it, and managers if a channel is told.

    With ``here`` also who may see it: everyone in that channel.
    """
    if watch.who == interaction.user.id:
        return True
    if watch.channel is None or interaction.guild is None:
        return False
    return manages(interaction, server) or (here and watch.channel == interaction.channel_id)
