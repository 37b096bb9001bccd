"""A corpus and an engine in memory, for tests of what stands between them and Discord."""

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from index import (
    AddReport,
    Article,
    ArticleHead,
    Corpus,
    EmptyCorpus,
    Filters,
    Home,
    Incoming,
    InputError,
    NoSuchArticle,
    Outcome,
    Published,
    RefusedArticle,
)
from retrieval import Question
from retrieval.answer import Answer, Citation, RankedSentence


@dataclass
class FakeView:
    articles: dict[str, Article]
    corpus_version: str = "c0ffee"
    model_id: str = "m1"

    @property
    def article_count(self) -> int:
        return len(self.articles)

    @property
    def sentence_count(self) -> int:
        return sum(article.text.count(".") for article in self.articles.values())

    def heads(self) -> list[ArticleHead]:
        return [
            ArticleHead(a.id, n, 1, a.title, a.source, a.url, a.published, 1, "2024")
            for n, a in enumerate(self.articles.values())
        ]

    def with_text(self, text: str) -> list[ArticleHead]:
        return [head for head in self.heads() if self.articles[head.id].text == text]

    def article(self, name: str) -> Article:
        if name not in self.articles:
            raise NoSuchArticle(f"there is no article {name!r}; `dateline list` shows them")
        return self.articles[name]


@dataclass
class FakeCorpus:
    """A corpus whose writes take as long as a test likes."""

    name: str
    articles: dict[str, Article] = field(default_factory=dict)
    asking: threading.Event = field(default_factory=threading.Event)  # unset: asking waits
    writing: threading.Event = field(default_factory=threading.Event)
    steps: int = 3
    stopped: bool = False

    def __post_init__(self) -> None:
        self.asking.set()
        self.writing.set()

    @contextmanager
    def snapshot(self) -> Iterator[FakeView]:
        yield FakeView(dict(self.articles))

    def put(self, text: str, **fields: Any) -> str:
        key = fields.get("url") or fields.pop("origin", None) or text
        number = hashlib.sha256(key.encode()).hexdigest()[:10]
        title = fields.pop("title", None) or text.split("\n", maxsplit=1)[0][:80]
        self.articles[number] = Article(number, 1, title, text, "0" * 64, (), **fields)
        return number

    def add(
        self,
        items: Iterable[Incoming | RefusedArticle],
        *,
        on_article: Callable[[Outcome], None] | None = None,
    ) -> AddReport:
        report = AddReport()
        for item in items:
            self.writing.wait(8)
            if isinstance(item, RefusedArticle):
                report.refused.append(item)
                if on_article:
                    on_article(Outcome("refused", item.source, reason=item.reason))
                continue
            given = item.article
            day = Published(given.published, "day", None, "given") if given.published else None
            number = self.put(
                given.text,
                title=given.title,
                url=given.url,
                source=given.source,
                published=day,
                origin=item.origin,
            )
            report.added += 1
            if on_article:
                on_article(Outcome("added", item.label, number))
        report.articles, report.sentences = len(self.articles), 7
        return report

    def remove(self, names: Sequence[str]) -> list[ArticleHead]:
        with self.snapshot() as view:
            gone = [view.article(name).id for name in names]
            heads = [head for head in view.heads() if head.id in gone]
        for name in gone:
            del self.articles[name]
        return heads

    def delete(self) -> None:
        self.articles.clear()

    def rebuild(self, *, on_progress: Callable[[int, int], None]) -> AddReport:
        try:
            for step in range(self.steps):
                on_progress(step * 1000, self.steps * 1000)
                self.writing.wait(8)
                if self.steps > 3:
                    threading.Event().wait(0.02)
        except InputError:
            self.stopped = True
            raise
        return AddReport(articles=len(self.articles), sentences=3000, seconds=1.0)


class FakeHome:
    """A home of such corpora."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.models = self
        self.corpora: dict[str, FakeCorpus] = {}

    def corpus(self, name: str) -> FakeCorpus:
        return self.corpora.setdefault(name, FakeCorpus(name))

    def manifest(self, model_id: str) -> Any:
        return type("Manifest", (), {"name": f"model {model_id}"})

    def as_home(self) -> Home:
        return cast("Home", self)


class FakeEngine:
    """Answers with the first sentence that has the question's last word."""

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = cast("FakeCorpus", corpus)
        self.asked: list[Question] = []
        self.threads: set[int] = set()
        self.at_once = self.most_at_once = 0
        self.lock = threading.Lock()

    def ask(self, asked: Question) -> Answer:
        self.asked.append(asked)
        with self.lock:
            self.threads.add(threading.get_ident())
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            self.corpus.asking.wait(8)
            return self.answer(asked.text)
        finally:
            with self.lock:
                self.at_once -= 1

    def search(self, text: str, k: int, filters: Filters) -> list[RankedSentence]:
        """Return every article that has one of the words."""
        words = [word for word in text.split() if len(word) > 3]
        found = [a for a in self.corpus.articles.values() if any(w in a.text for w in words)]
        return [
            RankedSentence(
                rank=n,
                score=1 / n,
                sentence=article.text,
                article_id=article.id,
                title=article.title,
                start=0,
                end=len(article.text),
            )
            for n, article in enumerate(found[:k], start=1)
            if filters.article in (None, article.id)
        ]

    def answer(self, text: str) -> Answer:
        if not self.corpus.articles:
            raise EmptyCorpus("there is no article yet; `dateline add PATH` adds some")
        if "boom" in text:
            raise RuntimeError("the engine broke")
        if not text.split():
            raise InputError("the question has no words")
        word = text.rsplit(maxsplit=1)[-1]
        fields: dict[str, Any] = {
            "corpus_version": "c0ffee",
            "question": text,
            "standalone_question": text,
        }
        for article in self.corpus.articles.values():
            at = article.text.find(word)
            if at >= 0:
                cited = Citation(
                    n=1,
                    role="answer",
                    quote=article.text,
                    answer_start=at,
                    answer_end=at + len(word),
                    article_id=article.id,
                    title=article.title,
                    source=article.source,
                    url=article.url,
                    published=article.published.day if article.published else None,
                    start=0,
                    end=len(article.text),
                    text_sha256="0" * 64,
                )
                return Answer(
                    **fields, status="answered", answer=word, score=0.7, citations=(cited,)
                )
        return Answer(**fields, status="not_found", answer=None, score=0.1, missing=(word,))
