"""What watched questions cost: `python -m benchmarks.watches DATA`.

Twenty corpora, ten watched questions each, and 25 articles that come into each, ten of which
answer a question; none is answered before. DATA holds `news-qa/`. With `--check` the questions are
also asked after every article, and what that would tell is compared.
"""

import argparse
import gzip
import json
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from bot.watches import Fresh, Watch, come_in, is_question, news
from index import ArticleInput, Corpus, Home, Incoming, accept
from index.text.words import folded_words
from retrieval import Answer, Engine, Question, SpanReader, open_reader

CORPORA, QUESTIONS, ARTICLES, BEFORE = 20, 10, 25, 5


@dataclass
class Costs:
    """Processor time in milliseconds of each look at a question, by what came of it."""

    quiet: list[float] = field(default_factory=list)
    told: list[float] = field(default_factory=list)

    def line(self, corpora: int) -> str:
        """In words."""
        looks = sorted([*self.quiet, *self.told])
        quiet, told = (sum(some) / max(1, len(some)) for some in (self.quiet, self.told))
        return (
            f"{sum(looks) / (corpora * QUESTIONS * ARTICLES):.1f} ms an article and question; "
            f"{len(looks)} looks, p50 {statistics.median(looks):.1f}, p95 "
            f"{looks[-len(looks) // 20]:.1f} ms; {len(self.quiet)} that told nothing took "
            f"{quiet:.1f} ms, {len(self.told)} that told an answer {told:.0f} ms"
        )


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a gzipped JSON lines file."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def incoming(row: dict[str, Any]) -> Incoming:
    """An article of the set."""
    fields = {name: row[name] for name in ("id", "title", "text") if row[name]}
    day = str(row["published"] or "").replace("/", "-") or None
    return accept(ArticleInput(**fields, published=day), None, row["id"])


def sets(data: Path) -> Iterator[tuple[list[str], list[Incoming], list[Incoming]]]:
    """For each corpus its questions, the articles before and those that come in."""
    chance = random.Random(14)
    texts = {row["id"]: row for row in rows(data / "news-qa" / "articles.jsonl.gz")}
    asked: dict[str, list[str]] = {}
    for row in rows(data / "news-qa" / "questions.jsonl.gz"):
        if row["kind"] == "answer" and not row.get("history") and row["article"] in texts:
            asked.setdefault(row["article"], []).append(row["question"])
    answering = sorted(asked)
    others = sorted(texts.keys() - asked.keys()) or answering[CORPORA * QUESTIONS :]
    chance.shuffle(answering)
    chance.shuffle(others)
    for n in range(CORPORA):
        own = answering[n * QUESTIONS : (n + 1) * QUESTIONS]
        size = ARTICLES - QUESTIONS + BEFORE
        more = [others[(n * size + k) % len(others)] for k in range(size)]
        come = own + more[BEFORE:]
        chance.shuffle(come)
        questions = [chance.choice(asked[name]) for name in own]
        yield (
            questions,
            [incoming(texts[i]) for i in more[:BEFORE]],
            [incoming(texts[i]) for i in come],
        )


def looked(engine: Engine, watches: list[Watch], fresh: Fresh, costs: Costs) -> list[Answer | None]:
    """Look at each question once, as the program does."""
    told: list[Answer | None] = []
    for watch in watches:
        started = time.process_time()
        answer = news(watch, [engine], fresh, engine.ask)
        spent = (time.process_time() - started) * 1000
        (costs.told if answer else costs.quiet).append(spent)
        watch.told = answer.words if answer else watch.told
        told.append(answer)
    return told


def due(engine: Engine, watches: list[Watch], fresh: Fresh) -> list[Answer | None]:
    """What is to be told if every question is asked; before ``looked`` changes what was told."""
    new, out = fresh[engine.corpus.name], list[Answer | None]()
    for watch in watches:
        answer = engine.ask(Question(watch.question))
        by = {(c.article_id, c.version) for c in answer.citations if c.role == "answer"}
        other = folded_words(answer.words) != folded_words(watch.told or "")
        out.append(answer if is_question(answer) and by & new and other else None)
    return out


def run(corpus: Corpus, reader: SpanReader, one: Any, batch: int, costs: Costs, check: bool) -> int:
    """Let the articles of a corpus come in; how many answers were missed."""
    questions, before, come = one
    corpus.add(before)
    engine, missed = Engine(corpus, reader), 0
    watches = [Watch(id=str(n), question=text) for n, text in enumerate(questions)]
    _, marks = come_in([corpus], {})
    for n in range(0, len(come), batch):
        corpus.add(come[n : n + batch])
        fresh, marks = come_in([corpus], marks)
        expected = due(engine, watches, fresh) if check else []
        told = looked(engine, watches, fresh, costs)
        missed += sum(a is not None and b is None for a, b in zip(expected, told, strict=False))
    return missed


def main() -> None:
    """One article at a time, then all at once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--corpora", type=int, default=CORPORA)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    reader = SpanReader(open_reader(None, 1))
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder), threads=1)
        for batch in (1, ARTICLES):
            costs, missed = Costs(), 0
            for n, one in enumerate(islice(sets(arguments.data), arguments.corpora)):
                corpus = home.corpus(f"{batch}-{n}")
                missed += run(corpus, reader, one, batch, costs, arguments.check)
            print(f"{batch} at a time: {costs.line(arguments.corpora)}", flush=True)
            if arguments.check:
                print(f"  missed of what asking each time would tell: {missed}", flush=True)


if __name__ == "__main__":
    main()
