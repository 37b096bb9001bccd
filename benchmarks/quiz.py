"""The news quiz as a benchmark: its questions, and the articles that they are asked over.

Only questions with retrieved articles count; one is answerable when an answer string stands, as
whole words, in one of those articles, and a hit counts only there. A subset takes questions in
the order of their ids until their articles together number ``articles``. String matching is weak
supervision, and the articles are what a web search returned for these very questions.
"""

import datetime as dt
import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index import ArticleInput, Incoming, accept


@dataclass(frozen=True)
class QuizQuestion:
    """A question, its right answers and the urls in which a hit counts."""

    id: str
    text: str
    answers: tuple[str, ...]
    urls: frozenset[str]
    day: dt.date  # on which it was asked

    def is_hit(self, url: str | None, text: str) -> bool:
        """Whether a stretch of text from this article holds an answer."""
        return url in self.urls and any(has_words(text, answer) for answer in self.answers)


def has_words(text: str, answer: str) -> bool:
    """Whether the answer stands in the text as whole words, whatever the case."""
    return re.search(rf"(?<!\w){re.escape(answer)}(?!\w)", text, re.IGNORECASE) is not None


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a gzipped JSON lines file."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def subset(data: Path, year: int, articles: int) -> tuple[list[QuizQuestion], list[dict[str, Any]]]:
    """Answerable questions of a year and the articles of the questions taken."""
    texts = {row["url"]: row for row in rows(data / "news-quiz" / "articles.jsonl.gz")}
    taken: dict[str, dict[str, Any]] = {}
    questions = []
    found = [r for r in rows(data / "news-quiz" / "questions.jsonl.gz") if r["id"][:4] == str(year)]
    for row in sorted(found, key=lambda row: str(row["id"])):
        urls = [url for url in row["retrieved_urls"] or [] if url in texts]
        if not urls:
            continue
        if len(taken) >= articles:
            break
        taken.update({url: texts[url] for url in urls})
        answers = tuple(str(answer) for answer in row["answers"])
        day = dt.date.fromisoformat(row["date"].replace("/", "-"))
        question = QuizQuestion(row["id"], row["question"], answers, frozenset(urls), day)
        if any(question.is_hit(url, texts[url]["text"]) for url in urls):
            questions.append(question)
    return questions, list(taken.values())


def incoming(row: dict[str, Any]) -> Iterator[Incoming]:
    """A quiz article as JSON line, read as any other."""
    fields = {key: row[key] for key in ("url", "title", "text", "published") if row[key]}
    yield accept(ArticleInput(**fields), None, row["url"])
