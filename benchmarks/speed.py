"""Speed and memory beside a plain script: `python -m benchmarks.speed DATA`.

Both index the same sentences of the news quiz's articles; then cold questions are asked in turn,
one program after the other, a different question each time. All in one run, as ratios: the
machine's noise then falls on both.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.quiz import incoming, subset
from index import Corpus, Home
from index.models.registry import ModelChoice, Models
from retrieval import Engine, Question


@dataclass(frozen=True)
class Run:
    """One finished process."""

    seconds: float
    megabytes: float
    output: str


# A child's peak memory starts from its parent's, so a parent with nothing loaded starts it.
LAUNCHER = """
import json, os, subprocess, sys, time
started = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stderr=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
seconds = time.perf_counter() - started
print(json.dumps([seconds, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status)]))
"""


def run(*arguments: str) -> Run:
    """Run a Python module to its end; its time, its peak memory and what it printed."""
    command = [sys.executable, "-S", "-c", LAUNCHER, sys.executable, "-m", *arguments]
    *output, measured = subprocess.check_output(command, text=True).splitlines()
    seconds, megabytes, status = json.loads(measured)
    if status not in (0, 3):
        sys.exit(f"{' '.join(arguments)} failed")
    return Run(seconds, megabytes, "\n".join(output))


def sentences_of(corpus: Corpus) -> list[str]:
    """Every sentence of the corpus."""
    with corpus.snapshot() as view:
        articles = [view.article(head.id) for head in view.heads()]
    return [article.quote(sentence) for article in articles for sentence in article.sentences]


def cosines(corpus: Corpus, texts: list[str], work: Path) -> "np.typing.NDArray[np.float32]":
    """How near the corpus's encoder comes to the same model in sentence-transformers."""
    with corpus.snapshot() as view:
        fast = corpus.encoder(view.model_id).encode(texts)
    models = Models(work / "models", threads=1)
    model_id = models.obtain(ModelChoice(runtime="sentence-transformers", precision="float32"))
    reference = models.load(model_id).encode(texts)
    return np.asarray((fast * reference).sum(axis=1))


def compare_encoding(corpus: Corpus, texts: list[str], work: Path) -> None:
    """Sentences a second, in turns; and the cosine between the two."""
    (work / "sentences.jsonl").write_text("\n".join(map(json.dumps, texts)), encoding="utf-8")
    with corpus.snapshot() as view:
        encoder = corpus.encoder(view.model_id)
    ours = []
    for part in (texts[::2], texts[1::2]):
        started = time.perf_counter()
        encoder.encode(part)
        ours.append(len(part) / (time.perf_counter() - started))
        if len(ours) == 1:
            plain = json.loads(
                run("benchmarks.plain", "build", str(work / "sentences.jsonl"), str(work)).output
            )
    rate = plain["sentences"] / plain["seconds"]
    print(
        f"encoding: {statistics.mean(ours):.0f} sentences/s, plain {rate:.0f}/s, "
        f"{statistics.mean(ours) / rate:.2f} times"
    )
    near = cosines(corpus, texts[:1000], work)
    print(f"cosine to the reference: mean {near.mean():.4f}, least {near.min():.4f}")


def compare_cold(home: Path, questions: list[str], work: Path) -> None:
    """A question from a cold start, in turns."""
    pairs = []
    for question in questions:
        asked = ["bot", "--home", str(home), "--corpus", "speed", "ask", "--", question]
        pairs.append((run(*asked), run("benchmarks.plain", "ask", str(work), question)))
    ours, plain = (statistics.median(r.seconds for r in runs) for runs in zip(*pairs, strict=True))
    mine, its = (max(r.megabytes for r in runs) for runs in zip(*pairs, strict=True))
    print(f"cold question: {ours:.2f} s, plain {plain:.2f} s, {plain / ours:.1f} times faster")
    print(f"peak memory: {mine:.0f} MB, plain {its:.0f} MB, {100 * mine / its:.0f} %")


def warm(corpus: Corpus, questions: list[str]) -> None:
    """A question in a running program."""
    engine, times = Engine(corpus), []
    for question in questions:
        started = time.perf_counter()
        engine.ask(Question(question))
        times.append((time.perf_counter() - started) * 1000)
    times.sort()
    print(
        f"warm question: p50 {statistics.median(times):.1f} ms, p95 {times[-len(times) // 20]:.1f}"
    )


def main() -> None:
    """Build, then compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--articles", type=int, default=60)
    parser.add_argument("--cold", type=int, default=7)
    arguments = parser.parse_args()
    questions, articles = subset(arguments.data, 2022, arguments.articles)
    asked = [question.text for question in questions] * 10
    with tempfile.TemporaryDirectory() as folder:
        home, work = Path(folder) / "home", Path(folder)
        corpus = Home(home).corpus("speed")
        report = corpus.add(item for row in articles for item in incoming(row))
        print(f"{report.articles} articles, {report.sentences} sentences")
        compare_encoding(corpus, sentences_of(corpus), work)
        warm(corpus, asked[:100])
        compare_cold(home, asked[: arguments.cold], work)


if __name__ == "__main__":
    main()
