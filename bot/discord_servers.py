"""Discord servers and their articles: each server has a corpus of its own."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from index import Article, ArticleHead, Corpus, Home, InputError, NoSuchArticle
from retrieval import Question
from retrieval.answer import Answer, Citation

# At once, over all servers; the threads to spare are for lists and titles, which are quick and
# are never kept waiting by answers and rebuilds.
ASKING, WRITING, SPARE = 4, 2, 4


class Asker(Protocol):
    """What answers questions; an :class:`retrieval.Engine` of a corpus."""

    def ask(self, question: Question) -> Answer:
        """Answer one question; blocks."""


class StoppedError(InputError):
    """Dateline is being stopped in the middle of something."""


@dataclass(slots=True)
class Progress:
    """How far a write has come; written by its thread, read by the event loop."""

    doing: str
    unit: str
    done: int = 0
    total: int | None = None
    stopped: bool = False

    def advance(self, done: int, total: int | None = None) -> None:
        """Note how far it is; raises, and so ends the write, when Dateline is being stopped."""
        if self.stopped:
            raise StoppedError("Dateline is being stopped; try again when it is back")
        self.done, self.total = done, total

    def __str__(self) -> str:
        if self.total:
            return f"{self.doing}: {self.done:,} of {self.total:,} {self.unit}"
        return f"{self.doing}: {self.done:,} {self.unit}" if self.done else f"{self.doing}…"


@dataclass(frozen=True, slots=True)
class Overview:
    """What there is in a server."""

    articles: int
    sentences: int
    corpus_version: str
    model: str | None


class Server:
    """One Discord server's corpus; every method that touches it blocks."""

    def __init__(self, home: Home, guild_id: int, engine_of: Callable[[Corpus], Asker]) -> None:
        self.corpus = home.corpus(f"guild-{guild_id}")
        self.writing: Progress | None = None
        self.last_write: str | None = None
        self._home = home
        self._engine_of = engine_of
        self._engine: Asker | None = None
        self._lock = threading.Lock()

    def ask(self, text: str) -> Answer:
        """Answer a question from this server's articles."""
        with self._lock:
            engine = self._engine = self._engine or self._engine_of(self.corpus)
        return engine.ask(Question(text))

    def heads(self) -> list[ArticleHead]:
        """All articles, the newest first."""
        with self.corpus.snapshot() as view:
            return view.heads()

    def find(self, name: str) -> str:
        """Return the id of the one article with this title, else the name as it is."""
        wanted = name.casefold().strip()
        named = [head.id for head in self.heads() if head.title.casefold().strip() == wanted]
        return named[0] if len(named) == 1 else name

    def article(self, name: str) -> Article:
        """One article by its title, its id or its url."""
        found = self.find(name)
        with self.corpus.snapshot() as view:
            return view.article(found)

    def cited(self, citation: Citation) -> Article | None:
        """Return the article of a citation, unless it has changed since."""
        with self.corpus.snapshot() as view, contextlib.suppress(NoSuchArticle):
            article = view.article(citation.article_id)
            return article if article.text_sha256 == citation.text_sha256 else None
        return None

    def overview(self) -> Overview:
        """Return what there is."""
        with self.corpus.snapshot() as view:
            manifest = self._home.models.manifest(view.model_id) if view.model_id else None
            return Overview(
                view.article_count,
                view.sentence_count,
                view.corpus_version,
                manifest.name if manifest else None,
            )


class Servers:
    """The servers by id, and what they share: turns at asking and writing."""

    def __init__(self, home: Home, engine_of: Callable[[Corpus], Asker]) -> None:
        self.home = home
        self.asking = asyncio.Semaphore(ASKING)
        self.writing = asyncio.Semaphore(WRITING)
        self._engine_of = engine_of
        self._servers: dict[int, Server] = {}

    def of(self, guild_id: int | None) -> Server:
        """Return a server's articles; called on the event loop only."""
        if guild_id is None:
            raise InputError("Articles belong to a server: ask there, not in a direct message.")
        if guild_id not in self._servers:
            self._servers[guild_id] = Server(self.home, guild_id, self._engine_of)
        return self._servers[guild_id]

    def forget(self, guild_id: int) -> None:
        """Free the memory of a server that has put the bot out; its articles stay."""
        self._servers.pop(guild_id, None)

    def stop(self) -> None:
        """End every write at its next step; what is stored by then stays stored."""
        for server in self._servers.values():
            if server.writing:
                server.writing.stopped = True
