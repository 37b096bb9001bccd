"""What a question costs in a large corpus, by stage: `python -m benchmarks.size DATA HOME CORPUS`.

Asks the news quiz's questions of 2023 of a corpus that is there. Times are of the processor, on
one thread for each stage by itself, so other programs' load counts little; the whole answer is
given by the clock, too. With ``--make``, the corpus is made first: of all articles of the news
quiz, with the vectors that the corpora of ``--real`` have of their sentences; every other sentence
gets one mixed of two of those.
"""
# ruff: noqa: SLF001 - what a snapshot holds is cleared between questions

import argparse
import hashlib
import itertools
import json
import resource
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest.mock import patch

import numpy as np

from benchmarks.quiz import incoming, rows, subset
from index import Corpus, Home
from index.models.encoder import Encoder, EncoderConfig, Vectors
from index.storage.snapshot import EmbeddedSnapshot
from retrieval import Engine, Question
from retrieval.question import content_words
from retrieval.ranking.candidates import CANDIDATES, candidates, query_words
from retrieval.ranking.spelling import corrected


def vectors_of(corpus: Corpus) -> dict[str, Vectors]:
    """The vector of every sentence of the corpus."""
    known: dict[str, Vectors] = {}
    with corpus.snapshot() as view:
        for head in view.heads():
            article, own = view.article_of(head.version_id), view.vectors_of(head.version_id)
            known.update(zip(map(article.quote, article.sentences), own, strict=True))
    return known


class MixingEncoder:
    """The vectors that are known of sentences; of others, some made of two of these."""

    def __init__(self, config: EncoderConfig, corpora: Iterable[Corpus]) -> None:
        self.config = config.model_copy(update={"title_share": 0.0})  # what is known has it
        self._known: dict[str, Vectors] = {}
        for corpus in corpora:
            self._known.update(vectors_of(corpus))
        self._real = list(self._known.values())

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Sentences of articles: shape (texts, dimensions)."""
        vectors = np.stack([self._vector(text) for text in texts])
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))

    def encode_question(self, text: str) -> Vectors:
        """One question: shape (dimensions,)."""
        return self._vector(text)

    def _vector(self, text: str) -> Vectors:
        if text in self._known:
            return self._known[text]
        a, b, share = np.frombuffer(hashlib.sha256(text.encode()).digest()[:24], dtype=np.uint64)
        weight = 0.2 + 0.3 * float(share) / 2**64
        first, second = (self._real[int(n) % len(self._real)] for n in (a, b))
        return np.asarray((1 - weight) * first + weight * second, dtype=np.float32)


def make(corpus: Corpus, data: Path, real: Sequence[Corpus]) -> None:
    """Fill a corpus with all articles."""
    with real[0].snapshot() as view:
        encoder = MixingEncoder(real[0].encoder(view.model_id).config, real)
    articles = (
        item for row in rows(data / "news-quiz" / "articles.jsonl.gz") for item in incoming(row)
    )
    with patch.object(Corpus, "encoder", return_value=encoder):
        report = corpus.add(articles, batch=16_384)
    print(f"{report.articles:,} articles, {report.sentences:,} sentences, {report.seconds:.0f} s")


def spent(times: Sequence[float]) -> str:
    """The median and the ninety-fifth of a hundred, in milliseconds."""
    ordered = sorted(times)
    return f"{statistics.median(ordered):8.2f} {ordered[int(0.95 * len(ordered))]:8.2f}"


def stages(view: EmbeddedSnapshot, encoder: Encoder, questions: Sequence[str]) -> None:
    """Each stage before reading, by itself, on one thread."""
    k = CANDIDATES
    texts = {text: content_words(text) for text in questions}
    stems = {text: [word.stem for word in words] for text, words in texts.items()}
    vectors = {text: encoder.encode_question(text) for text in questions}

    def fetch(text: str) -> None:
        view._articles.clear()  # what a snapshot of its own would not have
        for hit in view.nearest(vectors[text], 50, None):
            view.article_of(hit.version_id)

    measured: dict[str, Callable[[str], object]] = {
        "words of the question": content_words,
        "spelling": lambda text: corrected(text, view),
        "encoding": encoder.encode_question,
        "vectors": lambda text: view.nearest(vectors[text], k, None),
        "words": lambda text: view.containing(stems[text], k, None),
        "vectors, and 50 articles fetched": fetch,
        "word weights": lambda text: query_words(view, texts[text]),
        "all of ranking, uncached": lambda text: candidates(view, encoder, [text], None),
    }
    for name, stage in measured.items():
        times = []
        for text in questions:
            view._articles.clear()
            view._state.frequencies.clear()
            started = time.process_time()
            stage(text)
            times.append((time.process_time() - started) * 1000)
        print(f"{name:34} {spent(times)}")


def exactness(view: EmbeddedSnapshot, vectors: Sequence[Vectors]) -> None:
    """Of the best ten and hundred by exact search, how many are found."""
    everywhere = set(view._state.heads)
    for k in (10, 100):
        shares = []
        for vector in vectors:
            got = {(h.version_id, h.position) for h in view.nearest(vector, k, None)}
            with patch("index.storage.vectors.COMPRESSED_FROM", 1 << 60):
                exact = {(h.version_id, h.position) for h in view.nearest(vector, k, everywhere)}
            shares.append(len(got & exact) / k)
        print(f"recall@{k}: {statistics.mean(shares):.4f}")


def answers(corpus: Corpus, questions: Sequence[str], threads: int) -> None:
    """Whole answers, so many at once."""
    engine, timings = Engine(corpus), []

    def ask(text: str) -> float:
        started = time.perf_counter()
        answer = engine.ask(Question(text))
        timings.append(answer.timings_ms)
        return (time.perf_counter() - started) * 1000

    ask(questions[0])
    timings.clear()
    started, used = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(threads) as pool:
        times = list(pool.map(ask, questions))
    elapsed, used = time.perf_counter() - started, time.process_time() - used
    print(
        f"{threads:2} at once: {spent(times)} by the clock; {len(times) / elapsed:.2f} a second; "
        f"{1000 * used / len(times):.1f} ms of processor time each"
    )
    if threads == 1:
        for name in sorted({name for timing in timings for name in timing}):
            print(f"  {name:20} {spent([timing.get(name, 0.0) for timing in timings])}")


def main() -> None:
    """Make, if asked for, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("home", type=Path)
    parser.add_argument("corpus")
    parser.add_argument("--make", action="store_true")
    parser.add_argument("--real", nargs=2, action="append", metavar=("HOME", "CORPUS"), default=[])
    parser.add_argument("--questions", type=int, default=100)
    parser.add_argument("--answers", type=int, default=40)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    corpus = Home(arguments.home, threads=arguments.threads).corpus(arguments.corpus)
    if arguments.make:
        make(corpus, arguments.data, [Home(Path(home)).corpus(n) for home, n in arguments.real])
    asked, _ = subset(arguments.data, 2023, 2000)
    questions = [question.text for question in itertools.islice(asked, arguments.questions)]
    started, used = time.perf_counter(), time.process_time()
    with corpus.snapshot() as view:
        opened = time.process_time() - used
        assert isinstance(view, EmbeddedSnapshot)
        encoder = corpus.encoder(view.model_id)
        view.nearest(encoder.encode_question(questions[0]), 10, None)
        print(
            f"{view.article_count:,} articles, {view.sentence_count:,} sentences; opened in "
            f"{opened:.2f} s, first sentences found after {time.process_time() - used:.2f} s "
            f"of processor time, {time.perf_counter() - started:.2f} s by the clock"
        )
        segments = [
            (rows.segment.rows, rows.segment._refined is not None)
            for rows in view._state.segment_rows
        ]
        print("segments (rows, with codes):", json.dumps(segments))
        stages(view, encoder, questions)
        exactness(view, [encoder.encode_question(text) for text in questions])
    for threads in (1, 16):
        answers(corpus, questions[: arguments.answers], threads)
    print(f"memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at most")


if __name__ == "__main__":
    main()
