"""Ranking on the news quiz: `python -m benchmarks.news_quiz DATA [--year 2023 --articles 2000]`.

Prints how often an answer stands in the first 1, 5 and 20 sentences, by words alone (BM25), by
vectors alone, by the two fused, and after reading; once for the sentence itself and once with the
sentences beside it, which is what a person is shown. `--home` keeps the corpus for another run.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.quiz import QuizQuestion, incoming, subset
from index import Corpus, Home, Snapshot
from retrieval import Engine, Question
from retrieval.question import content_words
from retrieval.rank import CANDIDATES, fuse

Place = tuple[int, int]  # version, position
DEPTHS = (1, 5, 20)


def rankings(view: Snapshot, engine: Engine, corpus: Corpus, text: str) -> dict[str, list[Place]]:
    """The sentences for a question in the order of each method."""
    vector = corpus.encoder(view.model_id).encode_question(text)
    near = view.nearest(vector, CANDIDATES, None)
    having = view.containing([word.stem for word in content_words(text)], CANDIDATES, None)
    bm25 = {(hit.version_id, hit.position): hit.score for hit in having}
    places = list(dict.fromkeys([(h.version_id, h.position) for h in (*near, *having)]))
    cosines = dict(zip(places, view.cosines(vector, places), strict=True))
    return {
        "words (BM25)": [(hit.version_id, hit.position) for hit in having],
        "dense": [(hit.version_id, hit.position) for hit in near],
        "fused": sorted(places, key=lambda p: -fuse(cosines[p], bm25.get(p, 0.0))),
        "fused and read": [
            (j.candidate.version_id, j.candidate.position) for j in engine.weigh(Question(text))
        ],
    }


def first_hit(
    view: Snapshot, question: QuizQuestion, places: Sequence[Place], around: int
) -> int | None:
    """The rank of the first sentence that holds an answer, from 0."""
    for rank, (version_id, position) in enumerate(places[: max(DEPTHS)]):
        article = view.article_of(version_id)
        last = len(article.sentences) - 1
        start = article.sentences[max(0, position - around)].start
        end = article.sentences[min(last, position + around)].end
        if question.is_hit(article.url, article.text[start:end]):
            return rank
    return None


def measure(corpus: Corpus, questions: Sequence[QuizQuestion]) -> None:
    """Print the table."""
    engine = Engine(corpus)
    hits: dict[tuple[str, int], list[int | None]] = {}
    times = []
    with corpus.snapshot() as view:
        print(f"{view.article_count} articles, {view.sentence_count} sentences")
        for question in questions:
            for method, places in rankings(view, engine, corpus, question.text).items():
                for around in (0, 1):
                    ranks = hits.setdefault((method, around), [])
                    ranks.append(first_hit(view, question, places, around))
            started = time.perf_counter()
            engine.ask(Question(question.text))
            times.append((time.perf_counter() - started) * 1000)
    for around, unit in ((0, "the sentence itself"), (1, "with the sentences beside it")):
        print(f"\n{unit}, {len(questions)} questions: hit at 1 / 5 / 20, %")
        for (method, other), ranks in hits.items():
            if other == around:
                shares = (
                    100 * sum(r is not None and r < depth for r in ranks) / len(ranks)
                    for depth in DEPTHS
                )
                print(f"  {method:15}" + " / ".join(f"{share:5.1f}" for share in shares))
    times.sort()
    print(
        f"\none question, warm: p50 {statistics.median(times):.1f} ms, "
        f"p95 {times[int(0.95 * len(times))]:.1f} ms"
    )


def main() -> None:
    """Build the corpus if it is not there, then measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--year", type=int, default=2023)
    parser.add_argument("--articles", type=int, default=2000)
    parser.add_argument("--home", type=Path)
    arguments = parser.parse_args()
    questions, articles = subset(arguments.data, arguments.year, arguments.articles)
    with tempfile.TemporaryDirectory() as folder:
        corpus = Home(arguments.home or Path(folder)).corpus("quiz")
        report = corpus.add(item for row in articles for item in incoming(row))
        if report.added:
            print(f"{report.sentences / report.seconds:.0f} sentences a second", file=sys.stderr)
        measure(corpus, questions)


if __name__ == "__main__":
    main()
