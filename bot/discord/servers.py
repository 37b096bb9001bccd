"""Discord servers and their articles: each has a corpus of its own, and all may share one more."""

import asyncio
import contextlib
import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from bot.discord.ops.process import settle_memory
from bot.discord.recent import Seen
from bot.discord.store import ServerSettings, Store
from index import (
    Article,
    ArticleHead,
    Corpus,
    EmptyCorpus,
    Filters,
    Home,
    InputError,
    NoSuchArticle,
)
from retrieval import Question
from retrieval.answer import Answer, Citation, RankedSentence
from retrieval.answering.merge import merged

# At once, over all servers: more questions than cores would only keep each other, and the event
# loop, waiting. The threads to spare are for lists and titles, which are quick and are never kept
# waiting by answers and rebuilds.
ASKING, WRITING, SPARE = min(4, max(2, os.cpu_count() or 2)), 2, 4

T = TypeVar("T")
R = TypeVar("R")


class Asker(Protocol):
    """What answers questions; an :class:`retrieval.Engine` of a corpus."""

    def ask(self, asked: Question) -> Answer:
        """Answer one question; blocks."""

    def search(self, text: str, k: int, filters: Filters) -> list[RankedSentence]:
        """The sentences nearest to a text, best first; blocks."""


class StoppedError(InputError):
    """A write was ended before it was done."""


@dataclass(slots=True)
class WriteProgress:
    """How far a write has come; written by its thread, read by the event loop."""

    doing: str
    unit: str
    done: int = 0
    total: int | None = None
    stopped: str | None = None  # why, as a sentence

    def advance(self, done: int, total: int | None = None) -> None:
        """Note how far it is; raises, and so ends the write, when it is to stop."""
        self.done, self.total = done, total or self.total
        if self.stopped:
            raise StoppedError(self.stopped)

    @property
    def share(self) -> float | None:
        """How much of it is done, 0 to 1, where that is known."""
        return min(1.0, self.done / self.total) if self.total else None

    def __str__(self) -> str:
        if self.total:
            return f"{self.doing}: {self.done:,} of {self.total:,} {self.unit}"
        return f"{self.doing}: {self.done:,} {self.unit}" if self.done else f"{self.doing}…"


@dataclass(frozen=True, slots=True)
class Overview:
    """What there is in a server; None for shared articles where there can be none."""

    articles: int
    shared: int | None
    sentences: int
    corpus_version: str
    model: str | None


class Server:
    """One Discord server's articles; every method that touches them blocks."""

    def __init__(
        self,
        home: Home,
        guild_id: int | None,
        engine_of: Callable[[Corpus], Asker],
        shared: Corpus | None = None,
    ) -> None:
        self.guild_id = guild_id
        self.settings = ServerSettings()
        self.writing: WriteProgress | None = None
        self.last_write: str | None = None
        self._corpus = None if guild_id is None else home.corpus(f"guild-{guild_id}")
        self._corpora = [corpus for corpus in (self._corpus, shared) if corpus]
        self._home = home
        self._engine_of = engine_of
        self._engines: list[Asker] = []
        self._lock = threading.Lock()

    @property
    def corpus(self) -> Corpus:
        """The server's own articles, which its managers change."""
        if self._corpus is None:
            raise InputError("articles belong to a server: manage them there")
        return self._corpus

    @property
    def folder(self) -> Path:
        """Where the server's own articles lie."""
        return self._home.path / "corpora" / f"guild-{self.guild_id}"

    # -- asking ------------------------------------------------------------------------------

    def _askers(self) -> list[Asker]:
        with self._lock:
            if not self._engines:
                self._engines = [self._engine_of(corpus) for corpus in self._corpora]
            return self._engines

    def ask(self, asked: Question) -> Answer:
        """Answer from the server's articles and the shared ones, and say where they differ."""
        answers = list(each(self._askers(), lambda engine: engine.ask(asked)))
        settle_memory()  # the first question has loaded what all need
        return merged(answers)

    def search(self, text: str, k: int, filters: Filters) -> list[RankedSentence]:
        """The sentences nearest to a text, of all articles, best first."""
        found = each(self._askers(), lambda engine: engine.search(text, k, filters))
        merged = sorted((hit for hits in found for hit in hits), key=lambda hit: -hit.score)
        return [hit.model_copy(update={"rank": n}) for n, hit in enumerate(merged[:k], start=1)]

    # -- articles ----------------------------------------------------------------------------

    def heads(self) -> list[ArticleHead]:
        """All articles, the newest first, the server's own before the shared ones."""
        heads: list[ArticleHead] = []
        for corpus in self._corpora:
            with corpus.snapshot() as view:
                heads.extend(view.heads())
        return heads

    def require_articles(self) -> None:
        """Raise EmptyCorpus where there is no article to ask."""
        for corpus in self._corpora:
            with corpus.snapshot() as view:
                if view.article_count:
                    return
        raise EmptyCorpus("there are no articles here yet")

    def own_heads(self) -> list[ArticleHead]:
        """The server's own articles, the newest first."""
        with self.corpus.snapshot() as view:
            return view.heads()

    def find(self, name: str) -> str:
        """The id of the one article with this title, else the name as it is."""
        wanted = name.casefold().strip()
        named = [head.id for head in self.heads() if head.title.casefold().strip() == wanted]
        return named[0] if len(named) == 1 else name

    def own(self, name: str) -> str:
        """The id of the one article of the server's own that its managers mean."""
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
        """One article by its id or its url; for what someone typed, ``find`` that first."""

        def look(corpus: Corpus) -> Article:
            with corpus.snapshot() as view:
                return view.article(name)

        return next(each(self._corpora, look))

    def cited(self, citation: Citation) -> Article | None:
        """The article of a citation, unless it has changed since."""
        with contextlib.suppress(NoSuchArticle, EmptyCorpus):
            article = self.article(citation.article_id)
            return article if article.text_sha256 == citation.text_sha256 else None
        return None

    def by_mark(self, mark: str) -> ArticleHead | None:
        """The article that a button's mark stands for, if it is still there."""
        return next((head for head in self.heads() if mark_of(head.id) == mark), None)

    def overview(self) -> Overview:
        """What there is of the server's own, and how many are shared."""
        shared = None
        for corpus in self._corpora[1:]:
            with corpus.snapshot() as view:
                shared = view.article_count
        with self.corpus.snapshot() as view:
            manifest = self._home.models.manifest(view.model_id) if view.model_id else None
            return Overview(
                view.article_count,
                shared,
                view.sentence_count,
                view.corpus_version,
                manifest.name if manifest else None,
            )


def mark_of(name: str) -> str:
    """Eight letters for an article's id or a source, of which a button's id can hold a few."""
    return hashlib.sha256(name.encode()).hexdigest()[:8]


def each(of: Sequence[T], look: Callable[[T], R]) -> Iterator[R]:
    """What each gives; those that have no article, or not the one asked for, are passed over.

    Raises what the first of them raised where none gives anything.
    """
    failed: Exception | None = None
    given = False
    for one in of:
        try:
            result = look(one)
        except (EmptyCorpus, NoSuchArticle) as error:
            failed = failed or error
            continue
        given = True
        yield result
    if not given and failed:
        raise failed


class Servers:
    """The servers by id, and what they share: turns at asking and writing, and what is kept."""

    def __init__(
        self, home: Home, engine_of: Callable[[Corpus], Asker], shared: str | None = None
    ) -> None:
        self.home = home
        self.store = Store(home.path)
        self.asking = asyncio.Semaphore(ASKING)
        self.writing = asyncio.Semaphore(WRITING)
        self.wiped = Seen()  # the messages in which it was confirmed
        self._engine_of = engine_of
        self._shared = home.corpus(shared) if shared else None
        self._servers: dict[int | None, Server] = {}
        self._settings: dict[int, ServerSettings] = {}

    @property
    def has_shared(self) -> bool:
        """Whether there is a corpus that all may ask."""
        return self._shared is not None

    def load(self) -> None:
        """Read every server's settings; blocks."""
        self._settings = self.store.settings()

    def of(self, guild_id: int | None) -> Server:
        """A server's articles, outside of servers the shared ones; on the event loop."""
        if guild_id is None and self._shared is None:
            raise InputError("Articles belong to a server: ask there, not in a direct message.")
        if guild_id not in self._servers:
            server = Server(self.home, guild_id, self._engine_of, self._shared)
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

    def forget(self, guild_id: int) -> None:
        """Free the memory of a server that has put the bot out; its articles stay.

        A write ends at its next step: ``stop`` could no longer reach it.
        """
        server = self._servers.pop(guild_id, None)
        if server and server.writing:
            server.writing.stopped = "Dateline is no longer in this server."

    def delete(self, guild_id: int) -> None:
        """Delete everything of a server; blocks."""
        self.home.corpus(f"guild-{guild_id}").delete()
        self.store.delete(guild_id)
        self._settings.pop(guild_id, None)
        self._servers.pop(guild_id, None)

    def stop(self) -> None:
        """End every write at its next step; what is stored by then stays stored."""
        for server in self._servers.values():
            if server.writing:
                server.writing.stopped = "Dateline is being stopped; try again when it is back."
