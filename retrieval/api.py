"""Dateline from Python: open a corpus, add articles, ask, follow up, walk the citations.

What goes wrong raises a ``DatelineError`` whose text is one sentence for a person: an
``InputError`` for what was given, a ``CorpusError`` for what lies on disk (``index.errors``).
"""

import datetime as dt
import os
from pathlib import Path
from typing import TypedDict, Unpack

from platformdirs import user_data_path

from index import (
    AddReport,
    Article,
    ArticleHead,
    ArticleInput,
    Corpus,
    Filters,
    Home,
    InputError,
    Outcome,
    accept,
)
from index.reading.accept import describe
from index.reading.files import MAX_BYTES, check_size, read_paths
from index.storage.heads import source_named
from retrieval.answer import Answer, RankedSentence
from retrieval.engine import Engine
from retrieval.question import Question, Turn
from retrieval.reader.judge import Reader

StrPath = str | os.PathLike[str]
Day = str | dt.date  # as text: YYYY-MM-DD


class Only(TypedDict, total=False):
    """Which articles may answer: of a source, in days (inclusive), or one by id, url or path.

    ``as_of`` asks the corpus as it stood at the end of a day, in UTC.
    """

    source: str | None
    since: Day | None
    until: Day | None
    article: StrPath | None
    as_of: Day | None


class Dateline:
    """A corpus of news articles to add to and to ask; safe to share between threads.

    ``home`` is the folder of the corpora, by default the command line's; nothing is created until
    something is added. ``corpus`` is a name, or a corpus that is open. An answer is given from the
    probability ``threshold`` on, 0 to 1, by default the reader's own. Settings of the environment
    are not read. Raises InputError for what can be no path, corpus or threshold.
    """

    def __init__(
        self,
        home: StrPath | None = None,
        corpus: str | Corpus = "default",
        *,
        threshold: float | None = None,
        reader: Reader | None = None,
    ) -> None:
        if isinstance(corpus, str):
            folder = home or user_data_path("dateline", appauthor=False)
            corpus = Home(path_of(folder)).corpus(corpus)
        if threshold is not None and not 0 <= threshold <= 1:
            raise InputError(f"the threshold {threshold} is not from 0 to 1")
        self.corpus = corpus
        self.engine = Engine(corpus, reader, threshold)

    def add(self, *paths: StrPath) -> AddReport:
        """Add or update what files and folders hold; what is left out is ``refused``, with why.

        Raises InputError for what cannot be a path and for a link, which the command line reads.
        """
        for path in paths:
            if not (text := os.fspath(path)) or "://" in text:
                raise InputError(f"{text!r} is no path; links are added by `dateline add`")
        return self.corpus.add(read_paths([path_of(path) for path in paths]))

    def add_text(
        self,
        text: str,
        *,
        title: str | None = None,
        published: Day | None = None,
        source: str | None = None,
        url: str | None = None,
        id: str | None = None,  # noqa: A002 - as in JSON lines
    ) -> str:
        """Add one article, or update the one of the same ``id`` or ``url``; return its id.

        Raises InputError for what cannot be stored: no words, a bad date or address, over 2 MB.
        """
        day = str(published) if published else None
        fields = {"title": title, "published": day, "source": source, "url": url, "id": id}
        given = {name: whole(value) for name, value in fields.items() if value}
        told: list[Outcome] = []
        try:
            text = whole(text)
            check_size(len(text.encode()), MAX_BYTES)
            incoming = accept(ArticleInput(text=text), None, "the article")
            article = describe(incoming, given)
        except InputError as error:
            raise InputError(f"the article: {error}") from None
        report = self.corpus.add([article], on_article=told.append)
        if report.refused:
            raise InputError(f"the article: {report.refused[0].reason}")
        return str(told[0].article_id)

    def ask(self, question: str, *, asked: Day | None = None, **only: Unpack[Only]) -> Answer:
        """Answer a question in words of the articles; ``answer`` is None where they don't say.

        ``asked`` is the day that "yesterday" is counted from, today by default. Raises
        EmptyCorpus, and InputError for no question, no date or an unknown article.
        """
        return self.conversation(**only).ask(question, asked=asked)

    def conversation(self, **only: Unpack[Only]) -> "Conversation":
        """Begin a conversation."""
        return Conversation(self.engine, self._only(**only))

    def _only(
        self,
        source: str | None = None,
        since: Day | None = None,
        until: Day | None = None,
        article: StrPath | None = None,
        as_of: Day | None = None,
    ) -> Filters:
        """The filters that are meant; raises InputError for no date, or a source of no article."""
        first, last, then = day_of(since, "since"), day_of(until, "until"), day_of(as_of, "as_of")
        if first and last and first > last:
            raise InputError(f"since {first} is after until {last}")
        only = None if article is None else name_of(article)
        if "" in (source, only):
            raise InputError("the source and the article cannot be empty")
        if source is not None:
            with self.corpus.snapshot(then) as view:
                source = source_named(view.heads(), whole(source))
        return Filters(source, first, last, only, then)

    def search(self, words: str, k: int = 10, **only: Unpack[Only]) -> list[RankedSentence]:
        """Rank the sentences nearest to some words, the best first, at most ``k``; see ``ask``."""
        return self.engine.search(whole(words), at_least(k, 0), self._only(**only))

    def latest(self, topic: str = "", k: int = 5, **only: Unpack[Only]) -> Answer:
        """Quote what the newest articles say, at most ``k`` of them, on a topic or at all."""
        return self.engine.latest(whole(topic), self._only(**only), at_least(k, 1))

    def articles(self) -> list[ArticleHead]:
        """List the articles without their texts, the newest first, the undated last."""
        with self.corpus.snapshot() as view:
            return view.heads()

    def article(self, name: StrPath, version: int | None = None) -> Article:
        """One article with its ``text``, by id, url or path, in its newest version or a past one.

        A citation whose ``text_sha256`` is not the newest's was made before the article changed;
        its ``version`` has what it quotes. Raises NoSuchArticle, InputError for no such version.
        """
        with self.corpus.snapshot() as view:
            return view.article(name_of(name), version)

    def history(self, name: StrPath) -> list[tuple[str, Article]]:
        """All versions of an article, the first one first, each with when it came in, in UTC."""
        with self.corpus.snapshot() as view:
            return view.history(name_of(name))

    def remove(self, *names: StrPath) -> list[ArticleHead]:
        """Remove articles by id, url or path, all or none; raises NoSuchArticle."""
        return self.corpus.remove([name_of(name) for name in names])


class Conversation:
    """Questions that may lean on those before them; for one thread at a time."""

    def __init__(self, engine: Engine, only: Filters) -> None:
        self.turns: tuple[Turn, ...] = ()
        self._engine, self._only = engine, only

    def ask(self, question: str, *, asked: Day | None = None) -> Answer:
        """Answer the next question; ``standalone_question`` shows what was carried along."""
        day = day_of(asked, "asked")
        answer = self._engine.ask(Question(whole(question), self.turns, self._only, asked=day))
        self.turns = (*self.turns, answer.as_turn())[-20:]  # a follow-up leans on the last few
        return answer


def day_of(given: Day | None, name: str) -> dt.date | None:
    """The day that is meant; raises InputError for a text that is no date."""
    if isinstance(given, dt.datetime):
        return given.date()
    if given is None or isinstance(given, dt.date):
        return given
    try:
        return dt.date.fromisoformat(given)
    except (ValueError, TypeError):
        raise InputError(f"{name} {given!r} is not a date; write YYYY-MM-DD") from None


def whole(text: str) -> str:
    """The text with lone halves of characters, which no file can hold, replaced.

    Raises InputError for what is no text.
    """
    if not isinstance(text, str):
        raise InputError(f"{text!r} is not a text")
    return text.encode("utf-8", "replace").decode()


def at_least(k: int, least: int) -> int:
    """How many are asked for; raises InputError for fewer than there may be."""
    if not isinstance(k, int) or k < least:
        raise InputError(f"k is {k!r}; give a whole number from {least} on")
    return k


def name_of(given: StrPath) -> str:
    """An article's name as it can be looked for: what none can have is replaced."""
    name = os.fspath(given) if isinstance(given, os.PathLike) else given
    return whole(name).replace("\0", "\ufffd")


def path_of(given: StrPath) -> Path:
    """A path on this machine, ``~`` written out; raises InputError for what can be none."""
    try:
        if b"\0" not in os.fsencode(given):
            return Path(given).expanduser()
    except (UnicodeEncodeError, RuntimeError):  # half a character, no such user
        pass
    raise InputError(f"{os.fspath(given)!r} cannot be a path; check how it is written")
