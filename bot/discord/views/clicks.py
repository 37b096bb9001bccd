"""What each button and form does, such as Share; :mod:`bot.discord.views.buttons` makes their ids.

Messages from before a restart work too.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

import discord

from bot.discord import errors
from bot.discord.channels import require_channel
from bot.discord.commands.articles import latest_card, list_card, text_card
from bot.discord.commands.manage import Manage
from bot.discord.commands.questions import answer
from bot.discord.commands.watches import WatchCommands
from bot.discord.conversations import key_of
from bot.discord.corrections import mark_pressed
from bot.discord.delivery import (
    OUTCOME,
    UNSENT,
    Card,
    defer,
    defer_update,
    finish,
    first,
    persist,
    remaining,
    show,
    tell,
)
from bot.discord.message_text import ASKED_MAX, bare
from bot.discord.ops.metrics import AnswerOutcome
from bot.discord.recent import Seen
from bot.discord.servers import Server
from bot.discord.service import Service, article_of_quote
from bot.discord.store import Vote, now
from bot.discord.views import answers as answer_cards
from bot.discord.views import articles as article_cards
from bot.discord.views import buttons, cards
from bot.excerpts import paragraph_around
from index import Article, InputError, NoSuchArticle

log = logging.getLogger(__name__)
Act = Callable[[discord.Interaction, Server, str], Awaitable[None]]
Look = Callable[[discord.Interaction, Server, str], Awaitable[Card]]
_COUNTED = {"more", "new"}  # as questions
_FOLLOW_UP = "question"  # the form's one field
UNKNOWN = "unknown"  # as which is counted what this version does not have
_UNKNOWN = "This version of Dateline no longer knows this button; ask again with `/ask`."
_GONE = "This article is no longer here."
_CHANGED = "The article has changed since this answer, or is gone; ask again."


class Clicks:
    """The actions by their names in button ids."""

    def __init__(self, service: Service, manage: Manage, watches: WatchCommands) -> None:
        self._service = service
        self._shared = Seen()
        self._opens: dict[str, Look] = {
            "context": self.context,
            "more": self.sentences,
            "read": self.read,
            "new": self.latest,
        }
        self._turns: dict[str, Look] = {
            "page": self.sentences,
            "list": self.list_,
            "text": self.text,
            "latest": self.latest,
            "asked": manage.asked_page,
            "watching": watches.page,
        }
        self._acts: dict[str, Act] = {
            "on": self.on,
            "share": self.share,
            "up": partial(self.vote, helpful=True),
            "down": partial(self.vote, helpful=False),
            "ask": self.ask,
            "cancel": manage.cancel_clicked,
            "set": manage.change_clicked,
            "wipe": manage.wipe_clicked,
            "watch": watches.watch_clicked,
            "unwatch": watches.end_clicked,
        }

    async def handle(self, interaction: discord.Interaction) -> None:
        """Do what was clicked, and tell the user if that fails."""
        if self._service.seen.again(interaction.id):
            return
        prefix, _, rest = buttons.custom_id_of(interaction).partition(":")
        action, _, value = rest.partition(":")
        if prefix != buttons.PREFIX or action not in self._opens | self._turns | self._acts:
            action = UNKNOWN
        is_form = interaction.type is discord.InteractionType.modal_submit
        try:
            await self._act(interaction, action, value, is_form=is_form)
            outcome: AnswerOutcome = interaction.extras.get(OUTCOME, "answered")
        except Exception as error:  # noqa: BLE001 - told to whoever clicked, and logged
            await errors.handle(interaction, error)
            outcome = errors.outcome_of(error)
        name = f"{'form' if is_form else 'button'} {action}"
        self._service.count(interaction, name, outcome)
        await mark_pressed(self._service, interaction)

    async def _act(
        self, interaction: discord.Interaction, action: str, value: str, *, is_form: bool
    ) -> None:
        if action == UNKNOWN:
            raise InputError(_UNKNOWN)
        server = await self._service.server(interaction)
        if look := self._opens.get(action):
            if action in _COUNTED:
                self._service.admit(interaction.user.id)
            await defer(interaction, private=True)
            await finish(interaction, await look(interaction, server, value), private=True)
        elif look := self._turns.get(action):
            await defer_update(interaction)
            await finish(interaction, await look(interaction, server, value), private=True)
        else:
            act = self.follow_up if is_form else self._acts[action]
            await act(interaction, server, value)

    # -- looking: what a new message shows to one person alone, or another page ----------------

    async def context(self, _: discord.Interaction, server: Server, value: str) -> Card:
        """The paragraph around the quote."""
        place = buttons.QuoteRef.read(value)

        def shown() -> discord.Embed:
            article = article_of_quote(server, place) if place else None
            if place is None or article is None:
                raise InputError(_CHANGED)
            quote = place.start, place.end
            return article_cards.context_embed(article, quote, paragraph_around(article, *quote))

        return Card(await asyncio.to_thread(shown))

    async def sentences(self, interaction: discord.Interaction, server: Server, value: str) -> Card:
        """The next-best sentences."""
        text = buttons.searched_in(buttons.message_of(interaction))
        written, number, shown = (*value.split(":"), "", "")[:3]
        filters = await asyncio.to_thread(buttons.read_filters, server, written)
        return await self._service.more(server, text, filters, page_in(number), shown)

    async def list_(self, interaction: discord.Interaction, server: Server, value: str) -> Card:
        """The articles."""
        of = self._service.whose(interaction, server)
        return await asyncio.to_thread(list_card, server, page_in(value), of)

    async def text(self, _: discord.Interaction, server: Server, value: str) -> Card:
        """An article."""
        mark, _colon, number = value.partition(":")
        return await asyncio.to_thread(
            lambda: text_card(article_marked(server, mark), page_in(number))
        )

    async def read(self, _: discord.Interaction, server: Server, value: str) -> Card:
        """An article at a sentence."""
        mark, _colon, start = value.partition(":")

        def shown() -> Card:
            article = article_marked(server, mark)
            return text_card(article, article_cards.page_at(article.text, page_in(start)))

        return await asyncio.to_thread(shown)

    async def latest(self, interaction: discord.Interaction, server: Server, value: str) -> Card:
        """The newest articles; the first page of them where ``value`` names none."""
        number, _colon, topic = value.partition(":")
        of = self._service.whose(interaction, server)
        return await latest_card(self._service, server, topic, page_in(number), of)

    # -- asking ------------------------------------------------------------------------------

    async def on(self, interaction: discord.Interaction, server: Server, value: str) -> None:
        """Show the form for a follow-up."""
        del server
        asked = buttons.asked_in(buttons.message_of(interaction))
        await first(interaction, lambda: interaction.response.send_modal(form(asked, value)))

    async def follow_up(self, interaction: discord.Interaction, server: Server, value: str) -> None:
        """Answer the form's question, as publicly as the answer that it follows."""
        text = bare(next(fields(interaction.data or {}), ""), {})
        message = buttons.message_of(interaction)
        history, private = self._service.history(message), message.flags.ephemeral
        of = self._service, server, interaction
        look = partial(buttons.read_filters, server, value)
        await answer(*of, text, history, private=private, command="ask on", look=look)

    async def ask(self, interaction: discord.Interaction, server: Server, value: str) -> None:
        """Answer a suggested question."""
        private = buttons.message_of(interaction).flags.ephemeral
        of = self._service, server, interaction
        await answer(*of, value, private=private, command="suggestion")

    async def share(self, interaction: discord.Interaction, server: Server, value: str) -> None:
        """Show a private answer to everyone in the channel, once."""
        del value
        message = buttons.message_of(interaction)
        buttons.asked_in(message)  # and so it has a card
        require_channel(server, interaction.channel, interaction.guild)
        place = buttons.QuoteRef.read(buttons.value_in(message, "context"))
        if place and await asyncio.to_thread(article_of_quote, server, place) is None:
            raise InputError(_CHANGED)
        said = await self._service.said(server, message)
        said = replace(said, turns=said.turns[-1:])  # those before it were private, and stay so
        if self._shared.again(message.id):
            raise InputError("This answer has been shared already, or is being shared now.")
        kept = tuple(copied(message, without=f"{buttons.PREFIX}:share"))
        embed = message.embeds[0]
        signed = cards.signed(answer_cards.alone(embed), interaction.user.id)
        try:
            shown = await show(interaction, Card(signed, kept))
        except Exception:
            self._shared.forget(message.id)  # it can be tried again
            raise
        self._service.conversations.add(key_of(interaction), shown.id, said)
        if place:  # the other quotes are not known any more
            await self._service.note_posted(server, shown, [place])
        edit = interaction.followup.edit_message
        try:
            await persist(
                lambda: edit(message.id, view=Card(embed, kept).view), remaining(interaction)
            )
        except UNSENT as error:
            log.info("an answer that is shared keeps its button: %s", error)

    # -- feedback ----------------------------------------------------------------------------

    async def vote(
        self, interaction: discord.Interaction, server: Server, value: str, *, helpful: bool
    ) -> None:
        """Keep someone's vote on an answer, with the answer itself."""
        message = buttons.message_of(interaction)
        question, shown = buttons.asked_in(message), buttons.answered_in(message)
        *before, _ = self._service.history(message)
        version, _, written = value.partition(":")
        place = buttons.QuoteRef.read(written)

        def keep() -> None:
            vote = Vote(
                guild=server.guild_id or 0,
                at=now(),
                helpful=helpful,
                question=question,
                answer=words_at(server, place) or shown,
                corpus_version=version,
                article_id=head.id if place and (head := server.by_mark(place.mark)) else None,
                start=place.start if place else None,
                end=place.end if place else None,
                history=tuple({"question": t.question, "answer": t.answer} for t in before),
            )
            self._service.servers.store.vote(vote, message.id, interaction.user.id)

        await defer(interaction, private=True)
        await asyncio.to_thread(keep)
        mine = "👍" if helpful else "👎"
        with_it = ["the question", *(["those before it"] if before else [])]
        with_it += ["its answer"] if place else []
        text = f"Thank you. Your {mine} is kept, with {' and '.join(with_it)}."
        await tell(interaction, cards.sentence(text))


def page_in(number: str) -> int:
    """The page that a button names."""
    return int(number) if number.isascii() and number.isdigit() else 1


def article_marked(server: Server, mark: str) -> Article:
    """The article that a button's mark stands for; raises InputError if it is gone. Blocks."""
    if head := server.by_mark(mark):
        return server.article(head.id)
    raise InputError(_GONE)


def words_at(server: Server, place: buttons.QuoteRef | None) -> str | None:
    """The answer's words from the article; blocks."""
    with suppress(NoSuchArticle):
        if place and (article := article_of_quote(server, place)):
            first, last = place.answer or (0, place.end - place.start)
            return article.text[place.start + first : place.start + last]
    return None


def form(asked: str, value: str) -> discord.ui.Modal:
    """The form that asks for a follow-up."""
    modal = discord.ui.Modal(title="Ask on", custom_id=f"{buttons.PREFIX}:on:{value}")
    field: discord.ui.TextInput[Any] = discord.ui.TextInput(
        label="Your question",
        custom_id=_FOLLOW_UP,
        placeholder=f"after: {asked}"[:100],
        min_length=1,
        max_length=ASKED_MAX,
    )
    modal.add_item(field)
    modal.stop()  # as with views: it is known by its id, and not kept in memory
    return modal


def fields(components: Any) -> Iterator[str]:
    """The texts of a submitted form, at any depth."""
    for component in components if isinstance(components, list) else [components]:
        if component.get("custom_id") == _FOLLOW_UP and "value" in component:
            yield str(component["value"])
        for name in ("components", "component"):
            if name in component:
                yield from fields(component[name])


def copied(message: discord.Message, *, without: str) -> Iterator[buttons.Button]:
    """The buttons of a message except one."""
    for row in message.components:
        for child in getattr(row, "children", ()):
            if isinstance(child, discord.Button) and child.custom_id not in (None, without):
                yield buttons.Button.from_component(child)
