"""Discord servers and their articles: each has a corpus of its own, and all may share one more."""

import asyncio
import hashlib
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from heapq import merge
from typing import TypeVar

from bot.discord.ops.process import settle_memory
from bot.discord.recent import Seen
from bot.discord.store import ServerSettings, Store
from bot.watches import Fresh, Marks, Watch, WatchBook, come_in, news
from index import (
    Article,
    ArticleHead,
    Corpus,
    EmptyCorpus,
    Filters,
    Home,
    InputError,
    NoSuchArticle,
    Snapshot,
)
from index.storage.heads import newest_first
from index.text.words import content_stems
from retrieval import Engine, Question
from retrieval.answer import Answer, RankedSentence
from retrieval.answering.merge import merged

# Limits for all servers together. More questions than cores would only slow each other and the
# event loop; the spare threads keep lists and titles from waiting for answers and rebuilds.
ASKING, WRITING, SPARE = min(4, max(2, os.cpu_count() or 2)), 2, 4
ON_TOPIC = 50  # articles that are looked for

T = TypeVar("T")
R = TypeVar("R")


class StoppedError(InputError):
    """A write was stopped before it was done."""


@dataclass(slots=True)
class WriteProgress:
    """How far a write has come; its thread sets it, the event loop reads it."""

    doing: str
    unit: str
    done: int = 0
    total: int | None = None
    stopped: str | None = None  # why, as a sentence

    def advance(self, done: int, total: int | None = None) -> None:
        """Note the progress; raises StoppedError, which ends the write, once it is to stop."""
        self.done, self.total = done, total or self.total
        if self.stopped:
            raise StoppedError(self.stopped)

    @property
    def share(self) -> float | None:
        """The share that is done, 0 to 1, if that is known."""
        return min(1.0, self.done / self.total) if self.total else None

    def __str__(self) -> str:
        if self.total:
            return f"{self.doing}: {self.done:,} of {self.total:,} {self.unit}"
        return f"{self.doing}: {self.done:,} {self.unit}" if self.done else f"{self.doing}…"


class Server:
    """One Discord server's articles; every method that touches them blocks."""

    def __init__(
        self,
        home: Home,
        guild_id: int | None,
        engine_of: Callable[[Corpus], Engine],
        shared: Corpus | None = None,
    ) -> None:
        self.guild_id = guild_id
        self.settings = ServerSettings()
        self.writing: WriteProgress | None = None
        self.last_write: str | None = None
        self.gone = False  # is deleted, or has put the bot out: nothing may come in any more
        self._corpus = None if guild_id is None else home.corpus(f"guild-{guild_id}")
        self._corpora = [corpus for corpus in (self._corpus, shared) if corpus]
        self._engine_of = engine_of
        self._engines: list[Engine] = []
        self._lock = threading.Lock()

    @property
    def corpus(self) -> Corpus:
        """The server's own articles, which its managers change."""
        if self._corpus is None:
            raise InputError("articles belong to a server: manage them there")
        return self._corpus

    # -- asking ------------------------------------------------------------------------------

    def _askers(self) -> list[Engine]:
        with self._lock:
            if not self._engines:
                self._engines = [self._engine_of(corpus) for corpus in self._corpora]
            return self._engines

    def ask(self, asked: Question) -> Answer:
        """Answer from the server's articles and the shared ones."""
        answers = each(self._askers(), lambda engine: engine.ask(asked))
        settle_memory()  # the first question has loaded what all need
        return merged(answers)

    def search(self, text: str, k: int, filters: Filters) -> list[RankedSentence]:
        """The sentences of all articles nearest to a text, best first."""
        found = each(self._askers(), lambda engine: engine.search(text, k, filters))
        merged = sorted((hit for hits in found for hit in hits), key=lambda hit: -hit.score)
        return [hit.model_copy(update={"rank": n}) for n, hit in enumerate(merged[:k], start=1)]

    def is_talk(self, text: str) -> bool:
        """Whether a text is small talk."""
        return self._askers()[0].is_talk(text)

    def may_stand_alone(self, text: str) -> bool:
        """Whether a question more likely than not leans on nothing before it."""
        return self._askers()[0].may_stand_alone(text)

    # -- watching ----------------------------------------------------------------------------

    @property
    def watched(self) -> WatchBook:
        """The questions watched here, in a file apart from the command line's."""
        return WatchBook(self._corpora[0].folder, "discord-watches")

    def marks(self) -> Marks:
        """How far the articles have come by now."""
        return come_in(self._corpora, {})[1]

    def come_in(self) -> tuple[Fresh, Marks]:
        """What has come in since the watched questions were last looked at, and how far that is."""
        return come_in(self._corpora, self.watched.marks())

    def news(self, watch: Watch, fresh: Fresh) -> Answer | None:
        """The answer that is due to be told of a watched question."""
        return news(watch, self._askers(), fresh, self.ask, self.settings.threshold)

    # -- articles ----------------------------------------------------------------------------

    def _views(self) -> Iterator[Snapshot]:
        for corpus in self._corpora:
            with corpus.snapshot() as view:
                yield view

    def heads(self) -> list[ArticleHead]:
        """All articles, the newest first; where two have one id, the server's own before it."""
        return [*merge(*(view.heads() for view in self._views()), key=newest_first)]

    def stamps(self) -> list[object]:
        """What differs once the corpora have changed."""
        return [corpus.stamp() for corpus in self._corpora]

    def versions(self) -> set[str]:
        """The versions that the corpora have now."""
        return {view.corpus_version for view in self._views()}

    def latest(self, topic: str = "") -> list[tuple[str, int | None]]:
        """The ids of the newest articles, the newest first: all, or some that are on a topic.

        Beside each is where its sentence on the topic begins.
        """
        heads, starts = self.heads(), dict[str, int]()
        if topic:
            answers = each(self._askers(), lambda engine: engine.latest(topic, most=ON_TOPIC))
            found = [one for answer in answers for one in answer.citations]
            asked = set(content_stems(topic))
            found.sort(key=lambda one: -len(asked.intersection(content_stems(one.quote))))
            for one in found:
                starts.setdefault(one.article_id, one.start)
            heads = [head for head in heads if head.id in starts]
        heads.sort(key=lambda head: head.published.at if head.published else "", reverse=True)
        return [(one, starts.get(one)) for one in dict.fromkeys(head.id for head in heads)]

    def require_articles(self) -> None:
        """Raise EmptyCorpus if there is no article to ask."""
        if not any(view.article_count for view in self._views()):
            raise EmptyCorpus("there are no articles here yet")

    def own_heads(self) -> list[ArticleHead]:
        """The server's own articles, the newest first."""
        with self.corpus.snapshot() as view:
            return view.heads()

    def find(self, name: str) -> str:
        """The id of the only article with this title, else the name itself."""
        wanted = name.casefold().strip()
        named = [head.id for head in self.heads() if head.title.casefold().strip() == wanted]
        return named[0] if len(named) == 1 else name

    def own(self, name: str) -> str:
        """The id of the server's own article by this title or id; raises InputError if unclear."""
        wanted, mine = name.casefold().strip(), self.own_heads()
        named = [head.id for head in mine if head.title.casefold().strip() == wanted]
        if len(named) > 1:
            raise InputError(
                f"{len(named)} articles have this title; give the id of one: {', '.join(named)}."
            )
        if named or name in {head.id for head in mine}:
            return named[0] if named else name
        found = self.find(name)
        if shared := next((head for head in self.heads() if head.id == found), None):
            raise InputError(
                f"“{shared.title}” is one of the shared articles, which every server may ask; "
                "only whoever runs the bot can change them."
            )
        return name

    def article(self, name: str) -> Article:
        """One article by its id or URL; ``find`` turns a typed title into an id."""
        return each(self._views(), lambda view: view.article(name))[0]

    def has(self, article_id: str) -> bool:
        """Whether an article is still there."""
        with suppress(NoSuchArticle):
            each(self._views(), lambda view: view.find(article_id))
            return True
        return False

    def histories(self, name: str) -> list[list[Article]]:
        """All versions of an article, the newest last, of each corpus that has it."""
        found = []
        for view in self._views():
            with suppress(NoSuchArticle):
                found.append([article for _, article in view.history(name)])
        return found

    def by_mark(self, mark: str) -> ArticleHead | None:
        """The article that a button's mark stands for, if it is still there."""
        return next((head for head in self.heads() if mark_of(head.id) == mark), None)

    def shared_count(self) -> int | None:
        """How many articles are shared; None if there is no shared corpus."""
        counts = [view.article_count for view in self._views()]
        return counts[1] if counts[1:] else None


def mark_of(name: str) -> str:
    """Eight characters that stand for an article's id or a source in a button's id."""
    return hashlib.sha256(name.encode()).hexdigest()[:8]


def each(of: Iterable[T], look: Callable[[T], R]) -> list[R]:
    """The results of those that have articles, or the article looked for.

    Raises the first error if there is no result.
    """
    results: list[R] = []
    failed: Exception | None = None
    for one in of:
        try:
            results.append(look(one))
        except (EmptyCorpus, NoSuchArticle) as error:
            failed = failed or error
    if failed and not results:
        raise failed
    return results


class Servers:
    """The servers by id, and what they share: turns for asking and writing, and the store."""

    def __init__(
        self, home: Home, engine_of: Callable[[Corpus], Engine], shared: str | None = None
    ) -> None:
        self.home = home
        self.store = Store(home.path)
        self.asking = asyncio.Semaphore(ASKING)
        self.writing = asyncio.Semaphore(WRITING)
        self.wiped = Seen()  # the messages in which it was confirmed
        self._engine_of = engine_of
        self.shared = home.corpus(shared) if shared else None  # a corpus for all servers
        self._servers: dict[int | None, Server] = {}
        self._settings: dict[int, ServerSettings] = {}
        self._changes = Counter[int | None]()  # that are under way
        self._changed = threading.Condition()

    def load(self) -> None:
        """Read every server's settings; blocks."""
        self._settings = self.store.settings()

    def of(self, guild_id: int | None) -> Server:
        """A server by its id, or the shared articles (None); call it on the event loop."""
        if guild_id is None and self.shared is None:
            raise InputError("Articles belong to a server: ask there, not in a direct message.")
        if guild_id not in self._servers:
            server = Server(self.home, guild_id, self._engine_of, self.shared)
            if guild_id is not None:
                server.settings = self.settings_of(guild_id)
            self._servers[guild_id] = server
        return self._servers[guild_id]

    def settings_of(self, guild_id: int) -> ServerSettings:
        """A server's settings."""
        return self._settings.get(guild_id, ServerSettings())

    def set(self, server: Server, settings: ServerSettings) -> None:
        """Change a server's settings; blocks."""
        if server.guild_id is not None:
            self.store.set(server.guild_id, settings)
            self._settings[server.guild_id] = settings
            server.settings = settings

    @contextmanager
    def changing(self, server: Server) -> Iterator[None]:
        """Bring in what is kept of a server, which deleting it waits for; blocks.

        Raises InputError once it is being deleted: it would come back.
        """
        with self._changed:
            if server.gone:
                raise InputError("Everything of this server is being deleted; try again later.")
            self._changes[server.guild_id] += 1
        try:
            yield
        finally:
            with self._changed:
                self._changes[server.guild_id] -= 1
                self._changed.notify_all()

    def forget(self, guild_id: int) -> None:
        """Free the memory of a server that removed the bot, and stop its write; articles stay."""
        self._stop(guild_id, "Dateline is no longer in this server.")
        self._servers.pop(guild_id, None)

    def delete(self, guild_id: int) -> None:
        """Delete everything of a server, once what comes in is stopped; blocks."""
        self._stop(guild_id, "Everything of this server is being deleted.")
        try:
            with self._changed:
                self._changed.wait_for(lambda: not self._changes[guild_id])
            self.home.corpus(f"guild-{guild_id}").delete()
            self.store.delete(guild_id)
            self._settings.pop(guild_id, None)
        finally:
            self._servers.pop(guild_id, None)

    def _stop(self, guild_id: int, why: str) -> None:
        if server := self._servers.get(guild_id):
            server.gone = True
            if server.writing:
                server.writing.stopped = why

    def stop(self) -> None:
        """Stop every write at its next step; what is stored by then stays stored."""
        for server in self._servers.values():
            if server.writing:
                server.writing.stopped = "Dateline is being stopped; try again when it is back."
