"""Ranking on the news quiz: `python -m benchmarks.news_quiz DATA [--year 2023 --articles 2000]`.

Prints how often an answer stands in the first 1, 5 and 20 sentences, by words alone (BM25), by
vectors alone, by the two fused, and after reading; once for the sentence itself and once with the
sentences beside it, which is what a person is shown. Then how often the words of the answer are
right (exactly, and F1, compared as SQuAD's evaluation does): when all questions are answered, at
the operating point, and when handed only the articles that a search returned for the question,
which is what published figures had. Each question is asked on its own date. `--home` keeps the
corpus for another run.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.quiz import QuizQuestion, incoming, subset
from benchmarks.scores import exact, f1
from index import Corpus, Filters, Home, Snapshot
from retrieval import Answer, Engine, Question
from retrieval.question import content_words
from retrieval.ranking.candidates import CANDIDATES, fuse

Place = tuple[int, int]  # version, position
DEPTHS = (1, 5, 20)


def rankings(view: Snapshot, engine: Engine, asked: Question) -> dict[str, list[Place]]:
    """The sentences for a question in the order of each method."""
    vector = engine.corpus.encoder(view.model_id).encode_question(asked.text)
    near = view.nearest(vector, CANDIDATES, None)
    having = view.containing([word.stem for word in content_words(asked.text)], CANDIDATES, None)
    bm25 = {(hit.version_id, hit.position): hit.score for hit in having}
    places = list(dict.fromkeys([(h.version_id, h.position) for h in (*near, *having)]))
    cosines = dict(zip(places, view.cosines(vector, places), strict=True))
    return {
        "words (BM25)": [(hit.version_id, hit.position) for hit in having],
        "dense": [(hit.version_id, hit.position) for hit in near],
        "fused": sorted(places, key=lambda p: -fuse(cosines[p], bm25.get(p, 0.0))),
        "fused and read": [
            (j.candidate.version_id, j.candidate.position) for j in engine.weigh(asked)
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


def handed(engine: Engine, view: Snapshot, question: QuizQuestion, asked: Question) -> Answer:
    """The surest of the answers that the question's own articles give, each asked alone."""
    ids = {head.id for head in view.heads() if head.url in question.urls}
    answers = [engine.ask(replace(asked, filters=Filters(article=own))) for own in ids]
    return max(answers, key=lambda answer: (answer.score, answer.answer or ""))


def print_words(title: str, answers: Sequence[Answer], questions: Sequence[QuizQuestion]) -> None:
    """Print how many were answered, and how many of all and of those rightly."""
    said = [(a.answer or "", q.answers) for a, q in zip(answers, questions, strict=True)]
    em = [max(exact(words, right) for right in rights) for words, rights in said]
    value = [max(f1(words, right) for right in rights) for words, rights in said]
    many = sum(a.answer is not None for a in answers)
    print(
        f"  {title:34} {100 * many / len(said):5.1f} % answered, EM {100 * sum(em) / len(em):.1f}, "
        f"F1 {100 * sum(value) / len(value):.1f}; of those answered EM {100 * sum(em) / many:.1f}, "
        f"F1 {100 * sum(value) / many:.1f}"
    )


def measure(corpus: Corpus, questions: Sequence[QuizQuestion]) -> None:
    """Print the tables."""
    engine, always = Engine(corpus), Engine(corpus, threshold=0.0)
    given: dict[str, list[Answer]] = {}
    hits: dict[tuple[str, int], list[int | None]] = {}
    times = []
    with corpus.snapshot() as view:
        print(f"{view.article_count} articles, {view.sentence_count} sentences")
        for question in questions:
            asked = Question(question.text, asked=question.day)
            for method, places in rankings(view, engine, asked).items():
                for around in (0, 1):
                    ranks = hits.setdefault((method, around), [])
                    ranks.append(first_hit(view, question, places, around))
            started = time.perf_counter()
            answer = engine.ask(asked)
            times.append((time.perf_counter() - started) * 1000)
            forced = always.ask(asked)
            given.setdefault("all articles, always answering", []).append(forced)
            given.setdefault("all articles, operating point", []).append(answer)
            given.setdefault("its own articles, always", []).append(
                handed(always, view, question, asked)
            )
    for around, unit in ((0, "the sentence itself"), (1, "with the sentences beside it")):
        print(f"\n{unit}, {len(questions)} questions: hit at 1 / 5 / 20, %")
        for (method, other), ranks in hits.items():
            if other == around:
                shares = (
                    100 * sum(r is not None and r < depth for r in ranks) / len(ranks)
                    for depth in DEPTHS
                )
                print(f"  {method:15}" + " / ".join(f"{share:5.1f}" for share in shares))
    print(f"\nwords of the answer, {len(questions)} answerable questions")
    for title, answers in given.items():
        print_words(title, answers, questions)
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
