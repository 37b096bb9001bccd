"""The measurements: each asks every entrant in turn, so that the machine's noise falls on all."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.peers import recall
from benchmarks.peers.environments import (
    ENTRANTS,
    PINNED,
    REPOSITORY,
    Entrant,
    environment,
    megabytes,
    python,
)
from benchmarks.peers.report import DEPTHS, SAMPLE, Answered, Asked
from benchmarks.peers.seam import Article, Found, read_articles, write_articles
from benchmarks.quiz import QuizQuestion, has_words, incoming, subset
from benchmarks.speed import LAUNCHER
from index import Home
from index.models.registry import PACKAGED_MODEL, ModelChoice
from index.storage.prepare import prepare
from retrieval import Engine, Question

YEAR = 2022
ASKED = 1000  # articles whose questions are asked, 86


@dataclass(frozen=True, slots=True)
class Size:
    """A corpus: its folder, and which of all questions its articles answer."""

    folder: Path
    articles: int
    sentences: int
    answerable: frozenset[str]  # ids

    def index_of(self, entrant: Entrant) -> Path:
        """Where an entrant's index lies; the two ways of Dateline share one."""
        return self.folder / ("dateline" if entrant.environment == "dateline" else entrant.name)


def run(cache: Path, entrant: Entrant, name: str, *arguments: str | Path) -> tuple[float, Any]:
    """Run the seam as an entrant: MB at its peak, and the value that it printed; kept by name."""
    kept = cache / "measured" / f"{name}-{entrant.name}.json"
    if not kept.exists():
        print(kept.stem, file=sys.stderr, flush=True)
        own = python(environment(cache, entrant))
        asked = [str(own), "-m", "benchmarks.peers.seam", entrant.name, *map(str, arguments)]
        launched = [sys.executable, "-S", "-c", LAUNCHER, *asked]
        variables = {**os.environ, **PINNED}
        out = subprocess.check_output(launched, env=variables, cwd=REPOSITORY, text=True)
        *printed, measured = out.splitlines()
        _, peak, status = json.loads(measured)
        if status:
            sys.exit(f"error: this failed; run it in {REPOSITORY} to see why: {' '.join(asked)}")
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(json.dumps([peak, json.loads(printed[-1])]), encoding="utf-8")
    peak, value = json.loads(kept.read_text("utf-8"))
    return peak, value


def sizes(cache: Path, data: Path, counts: Sequence[int]) -> tuple[list[QuizQuestion], list[Size]]:
    """The questions, the same for every corpus, and the corpora, their articles written down."""
    questions, _ = subset(data, YEAR, ASKED)
    texts = [question.text for question in questions]
    cache.mkdir(parents=True, exist_ok=True)
    (cache / "questions.json").write_text(json.dumps(texts), encoding="utf-8")
    out = []
    for count in sorted(counts):
        own, rows = subset(data, YEAR, count)
        folder = cache / f"{count}-articles"
        folder.mkdir(exist_ok=True)
        articles = [
            Article(row["url"], row["title"], row["published"], row["text"], cut)
            for row in rows
            for article in [prepare(next(incoming(row))).article]
            for cut in [tuple(map(article.quote, article.sentences))]
        ]
        write_articles(folder / "articles.jsonl", articles)
        many = sum(len(article.sentences) for article in articles)
        out.append(Size(folder, len(articles), many, frozenset(one.id for one in own)))
    return questions, out


def build(cache: Path, corpora: Sequence[Size]) -> None:
    """Index all corpora for everybody, the largest first.

    What the peers' model makes of each sentence is known: see ``benchmarks.peers.recall``.
    """
    vectors = cache / "vectors"
    if not vectors.exists():
        articles = read_articles(corpora[-1].folder / "articles.jsonl")
        texts = list(dict.fromkeys(text for article in articles for text in article.sentences))
        models = Home(cache / "home").models
        encoder = models.load(models.obtain(ModelChoice(PACKAGED_MODEL)))
        recall.keep(vectors, dict(zip(texts, encoder.encode(texts), strict=True)))
    for size in reversed(corpora):
        for entrant in ENTRANTS:
            index, name = size.index_of(entrant), f"index-{size.articles}"
            if entrant.name == index.name:
                run(cache, entrant, name, "index", size.folder / "articles.jsonl", index, vectors)


def indexing(cache: Path, size: Size, rounds: int) -> dict[str, float]:
    """Sentences a second of the first articles, everything encoded by who indexes them."""
    articles = read_articles(size.folder / "articles.jsonl")
    sample = cache / "sample.jsonl"
    taken = list[Article]()
    while sum(len(article.sentences) for article in taken) < SAMPLE:
        taken.append(articles[len(taken)])
    write_articles(sample, taken)
    many = sum(len(article.sentences) for article in taken)
    rates: dict[str, list[float]] = {}
    for n in range(rounds):
        for entrant in ENTRANTS:
            if entrant.name != "dateline_read":
                folder = cache / f"sample-{n}" / entrant.name
                _, seconds = run(cache, entrant, f"sample-{n}", "index", sample, folder)
                rates.setdefault(entrant.name, []).append(many / seconds)
    middle = {name: statistics.median(own) for name, own in rates.items()}
    return middle | {"dateline_read": middle["dateline"]}


def ask(cache: Path, size: Size, questions: Sequence[QuizQuestion], rounds: int) -> list[Asked]:
    """Cold and warm questions to everybody."""
    runs: dict[str, list[tuple[float, float, float, float]]] = {}
    found: dict[str, list[list[Found]]] = {}
    for n in range(rounds):
        for entrant in ENTRANTS:
            index, asked = size.index_of(entrant), cache / "questions.json"
            peak, told = run(cache, entrant, f"ask-{size.articles}-{n}", "ask", asked, index)
            times = sorted(told["milliseconds"])
            own = (told["cold"], statistics.median(times), times[int(0.95 * len(times))], peak)
            runs.setdefault(entrant.name, []).append(own)
            found[entrant.name] = told["found"]
    out = []
    for entrant in ENTRANTS:
        cold, p50, p95, peak = map(statistics.median, zip(*runs[entrant.name], strict=True))
        out.append(
            Asked(
                name=entrant.name,
                articles=size.articles,
                sentences=size.sentences,
                questions=len(size.answerable),
                asked=len(questions),
                cold_s=cold,
                p50_ms=p50,
                p95_ms=p95,
                memory=peak,
                disk=megabytes(size.index_of(entrant)),
                hits=hits(questions, size.answerable, found[entrant.name]),
            )
        )
    return out


def hits(
    questions: Sequence[QuizQuestion], answerable: frozenset[str], found: Sequence[Sequence[Found]]
) -> tuple[int, ...]:
    """How many questions have an answer among the first ``DEPTHS`` sentences."""
    asked = [
        (question, ranked)
        for question, ranked in zip(questions, found, strict=True)
        if question.id in answerable
    ]
    return tuple(
        sum(any(question.is_hit(*row) for row in ranked[:depth]) for question, ranked in asked)
        for depth in DEPTHS
    )


def answered(cache: Path, size: Size, questions: Sequence[QuizQuestion]) -> Answered:
    """What Dateline says at its own threshold, on the day of each question; kept, too."""
    kept = cache / "measured" / f"answers-{size.articles}.json"
    if not kept.exists():
        print(kept.stem, file=sys.stderr, flush=True)
        engine = Engine(Home(size.folder / "dateline", threads=1).corpus("peers"))
        asked = [Question(question.text, asked=question.day) for question in questions]
        kept.write_text(json.dumps([engine.ask(one).answer for one in asked]), encoding="utf-8")
    said = right = refused = 0
    for question, answer in zip(questions, json.loads(kept.read_text("utf-8")), strict=True):
        if question.id not in size.answerable:
            refused += answer is None
        elif answer is not None:
            said += 1
            right += any(has_words(answer, words) for words in question.answers)
    there = len(size.answerable)
    return Answered(
        articles=size.articles,
        there=there,
        answered=said,
        right=right,
        not_there=len(questions) - there,
        refused=refused,
    )
