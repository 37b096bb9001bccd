"""Every question from Discord, however it was asked, is answered here with a card."""

import asyncio
import logging
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Container, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import chain, count
from typing import Any, TypeVar

import discord

from bot.discord.channels import answers_in
from bot.discord.conversations import Conversations, History, key_of
from bot.discord.delivery import ABOUT, FIRST, Card, age
from bot.discord.direct_messages import CLICK_SECONDS, MESSAGE_SECONDS, DirectMessages
from bot.discord.limits import MOST_WAITING, Cooldown, TooManyError
from bot.discord.ops.logs import begin_request
from bot.discord.ops.metrics import AnswerOutcome, Metrics
from bot.discord.recent import Recent, Seen
from bot.discord.servers import Server, Servers
from bot.discord.views import answers as answer_cards
from bot.discord.views import articles as article_cards
from bot.discord.views import buttons
from bot.discord.views.cards import on_page
from bot.settings import Settings
from index import Article, EmptyCorpus, Filters, InputError
from index.text.words import folded_words
from retrieval import Question, Turn
from retrieval.answer import Answer, RankedSentence
from retrieval.conversation import from_shown
from retrieval.question import content_words

log = logging.getLogger(__name__)
T = TypeVar("T")
Answered = tuple[str, str, frozenset[int]]  # a question, what answered it, and its messages
SENTENCES_A_PAGE = 5
_NOTED_AFTER = 0.1  # seconds
_SEARCHED = 50  # all are found at once: more of them would be found in another order


@dataclass(frozen=True, slots=True)
class Reply:
    """A card with its answer, None if nothing was asked, and the server that answered.

    ``can_be_offered``: its question has an answer, and stands alone.
    """

    card: Card
    answer: Answer | None = None
    server: int | None = None
    can_be_offered: bool = False

    @property
    def outcome(self) -> AnswerOutcome:
        """What it is counted as."""
        return self.answer.status if self.answer else "not_found"


class BusyError(TooManyError):
    """Too many questions are waiting."""


class Service:
    """Answers questions; whatever takes long runs off the event loop."""

    def __init__(self, servers: Servers, settings: Settings, metrics: Metrics) -> None:
        self.servers = servers
        self.settings = settings
        self.conversations = Conversations(settings.conversation_minutes)
        self.seen = Seen()
        self.direct = DirectMessages(servers)
        self._cooldown = Cooldown(settings.questions_a_minute)
        self.metrics = metrics
        self._waiting: set[asyncio.Task[Any] | None] = set()  # those that handle the questions
        self._answered: Recent[tuple[int, str], Answered] = Recent()  # by channel and words
        self._stopping = False

    async def server(self, at: discord.Interaction | discord.Message) -> Server:
        """The server whose articles are asked; raises InputError if there is none."""
        if isinstance(at, discord.Message):
            by, about, seconds = at.author, replied_to(at), MESSAGE_SECONDS
        else:
            by, about, seconds = at.user, at.message, CLICK_SECONDS
        named, guild = buttons.server_in(about), at.guild.id if at.guild else None
        server = await self.direct.server(guild, by.id, named, seconds)
        if isinstance(at, discord.Interaction):
            at.extras[ABOUT] = server.guild_id
        if at.guild and answers_in(server, at.channel):
            self.direct.note(at.guild.id, by.id)
        return server

    def whose(self, at: discord.Interaction | discord.Message, server: Server) -> str:
        """Whose articles are asked, which is said in direct messages only."""
        return "" if at.guild else self.direct.name_of(server)

    def admit(self, user: int) -> None:
        """Accept a question, or raise TooManyError.

        It counts as waiting from now on, before it is in the queue: of many that come at once all
        would be accepted otherwise.
        """
        if len(self._waiting) >= MOST_WAITING:
            raise BusyError(
                f"Dateline is busy: {len(self._waiting)} questions are waiting. "
                "Ask again in half a minute."
            )
        self._cooldown.take(user)
        self._wait()

    @property
    def is_idle(self) -> bool:
        """Whether no question waits, and one more would not have to."""
        return not (self._waiting or self._stopping or self.servers.asking.locked())

    def _wait(self) -> None:
        task = asyncio.current_task()
        if task and task not in self._waiting:
            self._waiting.add(task)
            task.add_done_callback(self._waiting.discard)  # whatever keeps it from asking

    def stop(self) -> None:
        """Refuse waiting and new questions; those being answered are finished."""
        self._stopping = True
        self.servers.asking.release()  # to the first that waits, which passes it on

    async def run(self, work: Callable[[], T]) -> T:
        """Do some work when its turn has come."""
        self._wait()
        with self.metrics.waiting.track_inprogress():
            await self.servers.asking.acquire()
        self._waiting.discard(asyncio.current_task())
        try:
            if self._stopping:
                raise InputError("Dateline is being stopped; ask again when it is back.")
            with self.metrics.running.track_inprogress():
                return await asyncio.to_thread(work)
        finally:
            self.servers.asking.release()

    @asynccontextmanager
    async def noted(self, interaction: discord.Interaction) -> AsyncIterator[None]:
        """Note that an interaction is open meanwhile; what is cancelled stays noted.

        Its first answer does not wait for the disk, and what is answered at once is not noted.
        """
        store, number = self.servers.store, interaction.id
        of = number, interaction.guild_id or 0, interaction.token
        begun: list[asyncio.Task[None]] = []

        def begin() -> None:
            begun.append(asyncio.create_task(asyncio.to_thread(store.begin_interaction, *of)))

        waiting = asyncio.get_running_loop().call_later(_NOTED_AFTER, begin)
        failed: Exception | None = None
        try:
            yield
        except Exception as error:  # noqa: BLE001 - raised again below
            failed = error
        waiting.cancel()
        try:
            for task in begun:
                await task
                await asyncio.to_thread(store.end_interaction, number)
        except sqlite3.Error as error:
            log.warning("an open interaction could not be noted: %s", error)
        if failed:
            raise failed

    def count(
        self, what: discord.Interaction | discord.Message, name: str, outcome: AnswerOutcome
    ) -> None:
        """Count something that was handled, with its age now and at its first response."""
        self.metrics.answered(name, outcome, age(what))
        if isinstance(what, discord.Interaction) and FIRST in what.extras:
            self.metrics.responses.labels(name).observe(what.extras[FIRST])

    # -- asking ------------------------------------------------------------------------------

    async def ask(
        self,
        server: Server,
        asked: Question,
        at: discord.Interaction | discord.Message,
        *,
        private: bool,
        command: str,
        keep: bool = True,
    ) -> Reply:
        """Answer a question as a card with its buttons.

        In a direct message it says whose articles answer. A server may ``keep`` what was asked,
        unless it is answered privately.
        """
        direct, place = at.guild is None, at.channel.id if at.channel else None
        begin_request(asked.text)
        started = time.monotonic()
        asked = replace(asked, threshold=server.settings.threshold)
        outcome: AnswerOutcome = "failed"
        try:
            of = self.whose(at, server)
            alone = private and not direct  # in a direct message there is nobody to share it with
            before = self.answered_in(place)
            reply = await self.run(lambda: answered(server, asked, of, before, private=alone))
            outcome = reply.outcome
        except EmptyCorpus:
            outcome = "not_found"
            manager = isinstance(at, discord.Interaction) and at.permissions.manage_guild
            return Reply(Card(article_cards.first_step(manager=manager)))
        except InputError:
            outcome = "refused"
            raise
        finally:
            log.info("%s: %s in %.0f ms", command, outcome, (time.monotonic() - started) * 1000)
        keep = keep and not direct and not private
        if reply.answer and keep and server.settings.keep_questions and server.guild_id:
            await asyncio.to_thread(
                self.servers.store.keep_question,
                server.guild_id,
                asked.text,
                answered=outcome == "answered",
            )
        return reply

    async def remember(
        self,
        sent: discord.Message | None,
        at: discord.Interaction | discord.Message,
        asked: Question,
        reply: Reply,
    ) -> None:
        """Remember an answer for the follow-ups to it, and for corrections."""
        if sent and reply.answer:
            turn, key = reply.answer.as_turn(), key_of(at)
            said = History((*asked.history, turn), asked.filters, reply.server)
            # Without a token it was sent directly.
            private = sent.flags.ephemeral or sent.channel.id != key[0]
            self.conversations.add(key, sent.id, said, last=not (at.guild and private))
            if at.guild is None or private:
                return
            if reply.can_be_offered:
                words = sent.channel.id, " ".join(folded_words(asked.text))
                shown = frozenset({sent.id, at.id})
                self._answered[words] = asked.text, reply.answer.corpus_version, shown
            places = map(buttons.QuoteRef.of, reply.answer.citations)
            await self.note_posted(self.servers.of(reply.server), sent, places)

    async def note_posted(
        self, server: Server, sent: discord.Message, places: Iterable[buttons.QuoteRef]
    ) -> None:
        """Keep where the quotes of an answer stand, if all in a server can see it."""
        if server.guild_id and server.settings.corrections and not sent.flags.ephemeral:
            about = server.guild_id, sent.channel.id, sent.id, [*map(str, places)]
            await asyncio.to_thread(self.servers.store.post, *about)

    async def forget_message(self, guild: int | None, message: int) -> None:
        """Forget what is kept of a message that was deleted, and offer its question no more."""
        self.conversations.forget_message(message)
        for key in [key for key, (_, _, shown) in self._answered.items() if message in shown]:
            del self._answered[key]
        await asyncio.to_thread(self.servers.store.forget_posted, guild, message)

    def answered_in(self, place: int | None) -> list[Answered]:
        """What was answered for all to see in a channel, the newest first; in memory only."""
        return [one for (channel, _), one in self._answered.items() if channel == place][::-1]

    def history(self, message: discord.Message) -> tuple[Turn, ...]:
        """The turns up to an answer; only what the message shows, if no more is remembered."""
        if known := self.conversations.until(message.id):
            return known.turns
        return buttons.turns_in(message)

    async def said(self, server: Server, message: discord.Message) -> History:
        """The turns up to an answer, and the filters that it had."""
        turns, written = self.history(message), buttons.value_in(message, "on")
        filters = await asyncio.to_thread(buttons.read_filters, server, written)
        return History(turns, filters, server.guild_id)

    # -- looking -----------------------------------------------------------------------------

    async def more(
        self, server: Server, searched: str, filters: Filters, page: int, shown: str
    ) -> Card:
        """A page of the next-best sentences, without those that the answer has ``shown``."""

        def work() -> Card:
            hits = server.search(" ".join(from_shown(searched)), _SEARCHED, filters)
            some, now, pages = on_page(further(hits, shown), page, SENTENCES_A_PAGE)
            embed = answer_cards.sentences(searched, some)
            of = f"page:{buttons.written_filters(filters)}"
            turning = buttons.page_buttons(of, now, pages, f":{shown}")
            return Card(embed, (*turning, *buttons.read_buttons(some, row=1)))

        return await self.run(work)

    async def check(self, server: Server, claims: list[str], *, more: bool) -> Card:
        """The sentences nearest to each claim; ``more`` says that some claims are left out."""

        def work() -> Card:
            claiming = [claim for claim in claims if not server.is_talk(claim)] or claims
            found = [further(server.search(claim, 6, Filters()))[:3] for claim in claiming]
            ranks = count(1)
            found = [
                [one.model_copy(update={"rank": next(ranks)}) for one in hits] for hits in found
            ]
            embed = answer_cards.bearing(claiming, found, more=more)
            return Card(embed, tuple(buttons.read_buttons(chain.from_iterable(found))))

        return await self.run(work)


def replied_to(message: discord.Message) -> discord.Message | None:
    """The message that is replied to, if it still exists."""
    replied = message.reference.resolved if message.reference else None
    return replied if isinstance(replied, discord.Message) else None


def further(hits: list[RankedSentence], shown: str = "") -> list[RankedSentence]:
    """Each sentence once, without titles and those whose marks are in ``shown``."""
    known = {shown[n : n + 4] for n in range(0, len(shown), 4)}
    kept: dict[str, RankedSentence] = {}
    for hit in hits:
        words = " ".join(hit.sentence.split())
        if buttons.mark_in(words) not in known and words != " ".join(hit.title.split()):
            kept.setdefault(words, hit)
    return [hit.model_copy(update={"rank": n}) for n, hit in enumerate(kept.values(), start=1)]


def answered(
    server: Server, asked: Question, of: str = "", before: Sequence[Answered] = (), *, private: bool
) -> Reply:
    """An answer on its card; ``of`` says whose articles, in a direct message. Blocks.

    Of the questions answered ``before`` one is offered where there is no answer.
    """
    answer = server.ask(asked)
    only = asked.filters.article
    scope = answer_cards.scope(asked.filters, server.article(only).title if only else "", of)
    embed = answer_cards.answer_card(answer, scope)
    if answer.has_note("small_talk"):
        below = buttons.first_buttons(suggested(before, server.versions()))
    else:
        near = [] if answer.citations else suggested(before, server.versions(), asked.text)
        below = buttons.answer_buttons(
            answer, asked.filters, private=private, suggestion=next(iter(near), None)
        )
    can_be_offered = (
        answer.status == "answered"
        and not asked.history
        and asked.filters == Filters()
        and server.may_stand_alone(asked.text)
    )
    return Reply(Card(embed, below), answer, server.guild_id, can_be_offered)


def suggested(before: Sequence[Answered], versions: Container[str], asked: str = "") -> list[str]:
    """Those that these versions answered; the nearest to what is ``asked``, if any is near."""
    same = [text for text, version, _ in before if version in versions and text != asked]
    if not asked:
        return same
    stems = {word.stem for word in content_words(asked)}
    shared = {text: len(stems & {word.stem for word in content_words(text)}) for text in same}
    return sorted(filter(shared.get, same), key=lambda text: -shared[text])


def article_of_quote(server: Server, place: buttons.QuoteRef) -> Article | None:
    """The article that a quote is from; None if it has changed or is gone. Blocks."""
    head = server.by_mark(place.mark)
    article = server.article(head.id) if head else None
    return article if article and article.text_sha256[:4] == place.text else None
