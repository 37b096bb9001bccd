"""What a corpus of any size takes: `python -m benchmarks.capacity DATA --fit … --check …`.

A model of a few lines, fitted to one corpus and checked against another. Bytes are so many an
article or a sentence. A stage of a question takes a constant and so much for each thing that it
looks at: all sentences for codes, the logarithm of their number for HNSW, for words the postings.
Those follow from what the question's words have in the corpus fitted and the program's own bound.

Each corpus is a home and a name or an address on PostgreSQL, all of one kind. Times are of the
processor, the server's included, with all that is read in memory already.
"""
# ruff: noqa: SLF001 - what a snapshot holds is cleared between questions

import argparse
import itertools
import math
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, cast

from benchmarks.quiz import subset
from benchmarks.soak import resident
from benchmarks.speed import sentences_of
from index import Home
from index.storage.snapshot import EmbeddedSnapshot
from index.storage.vectors import COMPRESSED_FROM
from index.storage.view import _POSTINGS
from retrieval import Engine, Question
from retrieval.question import content_words
from retrieval.ranking.candidates import CANDIDATES, candidates, query_words

_ROUNDS = 4  # of which the quickest counts: other programs use the machine, too
_FLAT = 20_000  # sentences in small segments, as there usually are some
_FREE = 0.75  # of a machine's memory, for what must be in it
_FILES = """SELECT sum(iif(name GLOB '*articles*' OR name = 'versions_by_segment', pgsize, 0))
    + (SELECT sum(length(head) + length(given) + 256) FROM versions), sum(pgsize) FROM dbstat"""
_TABLES = """SELECT pg_total_relation_size('articles') + pg_indexes_size('versions'),
    pg_table_size('versions'), pg_total_relation_size('words_{0}') +
    pg_total_relation_size('vocabulary'), pg_relation_size('sentences_{0}') +
    pg_relation_size('sentences_{0}_pkey'), pg_relation_size('sentences_{0}_vector_idx')"""
_FOUND = "SELECT sum(doc * (col = 'stems')), sum(doc) FROM vocabulary WHERE term = ?"


@dataclass
class Measured:
    """One corpus, measured or predicted."""

    articles: float
    sentences: float
    flat: float  # of these, how many lie in segments without codes
    sizes: dict[str, float]  # bytes; those that grow with the articles have the word in their names
    postings: list[list[tuple[int, int]]]  # of each word of each question: its own, with titles'
    stages: dict[str, list[float]]  # ms of each question
    encoding: float  # ms a sentence
    reading: float  # ms an answer, all that is not ranking; not measured on PostgreSQL

    @property
    def ranking(self) -> float:
        """The median question's milliseconds before it is read."""
        return statistics.median(map(sum, zip(*self.stages.values(), strict=True)))

    def total(self, where: str) -> float:
        """Gigabytes on "disk" or in "memory"."""
        return sum(size / 1e9 for name, size in self.sizes.items() if name.startswith(where))

    def figures(self) -> dict[str, float]:
        """All that is compared, by name and unit."""
        rows = {f"{name}, MB": size / 1e6 for name, size in self.sizes.items()}
        rows |= {f"{name}, ms": statistics.median(ms) for name, ms in self.stages.items()}
        rows |= {"ranking in all, ms": self.ranking, "encoding a sentence, ms": self.encoding}
        return rows | ({"reading, ms": self.reading} if self.reading else {})

    def looked_at(self, stage: str, n: int, sentences: float, flat: float) -> float:
        """What a stage of a question looks at in a corpus of such a size; 0 for nothing."""
        growth = sentences / self.sentences
        left, words = _POSTINGS / growth, 0
        for number, (own, found) in enumerate(sorted(self.postings[n])):  # as Snapshot._rarest
            left -= own
            if number >= 2 and left < 0:
                break
            words += found
        looked = {"words": growth * words, "HNSW": math.log2(sentences)}
        looked |= {"codes": sentences - flat, "flat vectors": flat}
        looked["look-ups"] = growth * sum(own for own, _ in self.postings[n])
        return looked.get(stage, 0.0)

    def predicted(self, articles: float, sentences: float, flat: float = _FLAT) -> "Measured":
        """What the model that is fitted to this corpus says of another size."""
        stages = {}
        for stage, times in self.stages.items():
            now, then = (
                [self.looked_at(stage, n, *size) for n in range(len(times))]
                for size in ((self.sentences, self.flat), (sentences, flat))
            )
            slope, constant = 0.0, statistics.median(times)
            if stage == "look-ups":
                slope, constant = statistics.linear_regression(now, times)
            elif any(now):
                slope, constant = constant / statistics.median(now), 0.0
            stages[stage] = [constant + slope * size for size in then]
        more = {True: articles / self.articles, False: sentences / self.sentences}
        sizes = {name: size * more["articles" in name] for name, size in self.sizes.items()}
        return replace(self, articles=articles, sentences=sentences, sizes=sizes, stages=stages)


def sizes_of(view: Any, folder: Path) -> dict[str, float]:
    """The bytes of a corpus on disk and, as far as they must be there, in memory."""
    if not isinstance(view, EmbeddedSnapshot):
        (row,) = view._db.execute(_TABLES.format(view._state.corpus))
        names = ("articles", "texts", "words", "vectors", "HNSW")
        sizes = {f"disk: {name}": size for name, size in zip(names, row, strict=True)}
        return sizes | {"memory: HNSW": row[-1]}
    ((small, database),) = view._db.execute(_FILES)
    vectors, codes = (
        float(sum(path.stat().st_size for path in folder.glob(f"segments/*.{kind}")))
        for kind in ("faiss", "codes")
    )
    sizes = {"disk: articles": small, "disk: texts, words": database - small}
    return sizes | {"disk: vectors": vectors, "disk: codes": codes, "memory: codes": codes}


def clock(pid: int) -> float:
    """Milliseconds of the processor, of this process and of the server's that serves it."""
    server = Path(f"/proc/{pid}/schedstat").read_text("ascii").split()[0] if pid else 0
    return time.process_time() * 1e3 + int(server) / 1e6


def spent(
    view: Any, pid: int, work: Callable[..., object], *args: Any, known: bool = True
) -> float:
    """The milliseconds of a call, with no article known before and perhaps no word."""
    times = []
    for _ in range(_ROUNDS):
        view._articles.clear()
        if not known:
            view._state.frequencies.clear()
        started = clock(pid)
        work(*args)
        times.append(clock(pid) - started)
    return min(times)


def measured(home: str, name: str, questions: Sequence[str], answers: int) -> Measured:
    """Measure a corpus, in a process of its own, so that its memory can be told."""
    corpus = Home(Path(home), threads=1).corpus(name)
    before = resident()
    view: Any = corpus.snapshot()
    sizes = sizes_of(view, corpus.folder) | {"memory: articles": resident() - before}
    in_files = isinstance(view, EmbeddedSnapshot)
    pid = 0 if in_files else view._db.info.backend_pid
    segments = [rows.segment for rows in view._state.segment_rows] if in_files else []
    flat = [segment for segment in segments if segment.rows < COMPRESSED_FROM]
    coded = [segment for segment in segments if segment not in flat]
    encoder: Any = corpus.encoder(view.model_id)
    encoder._alone = lambda ids: encoder._run([ids])  # the last one is kept, else
    timed = partial(spent, view, pid)

    def found(stem: str) -> tuple[int, int]:
        if not in_files:
            return cast("tuple[int, int]", view._frequency(stem))
        own, all_of_it = view._db.execute(_FOUND, (stem,)).fetchone()
        return own or 0, all_of_it or 0

    postings, stages = [], defaultdict(list)
    for text in questions:
        words, vector = content_words(text), encoder.encode_question(text)
        stems = [word.stem for word in words]
        postings.append([found(stem) for stem in set(stems)])
        of_one = {
            "question": timed(encoder.encode_question, text),
            "look-ups" if in_files else "look-up": timed(query_words, view, words, known=False),
            "words": timed(view.containing, stems, CANDIDATES, None),
        }
        if in_files:
            of_one["codes"] = sum(timed(one.search, vector, 164, None) for one in coded)
            of_one["flat vectors"] = sum(timed(one.search, vector, 164, None) for one in flat)
        else:
            of_one["HNSW"] = timed(view.nearest, vector, CANDIDATES, None)
        whole = timed(candidates, view, encoder, [text], None, known=False)
        of_one["fetching and the rest"] = whole - sum(of_one.values())
        for stage, ms in of_one.items():
            stages[stage].append(ms)
    sample = sentences_of(corpus)[:: view.sentence_count // 400 + 1]
    rows = (view.article_count, view.sentence_count, sum(one.rows for one in flat))
    done = Measured(*rows, sizes, postings, stages, 0, 0)
    done.encoding = timed(encoder.encode, sample) / len(sample)
    if in_files:
        engine = Engine(corpus)
        asked = [timed(engine.ask, Question(text)) for text in questions[:answers]]
        done.reading = statistics.median(asked) - done.ranking
    view.close()
    return done


def main() -> None:
    """Measure corpora, compare them, and tell what the model says of larger ones."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--fit", nargs=2, metavar=("HOME", "CORPUS"), required=True)
    parser.add_argument("--check", nargs=2, metavar=("HOME", "CORPUS"), action="append", default=[])
    parser.add_argument("--sentences", type=float, default=25, help="an article")
    parser.add_argument("--memory", type=float, default=64, help="GB of each machine")
    parser.add_argument("--within", type=float, default=500, help="ms that ranking may take")
    parser.add_argument("--questions", type=int, default=60)
    parser.add_argument("--answers", type=int, default=10)
    args = parser.parse_args()
    questions = [question.text for question in subset(args.data, 2023, 2000)[0]][: args.questions]
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as pool:
        fitted, *others = (
            pool.submit(measured, where[0], where[1], questions, args.answers).result()
            for where in (args.fit, *args.check)
        )
    for other in others:
        print(f"| | {fitted.sentences:,} sentences, measured | {other.sentences:,}, predicted |"
              " measured | error |\n| --- | --- | --- | --- | --- |")  # fmt: skip
        said = fitted.predicted(other.articles, other.sentences, other.flat).figures()
        true = other.figures()
        for name, value in fitted.figures().items():
            error = said[name] / true[name] - 1 if true[name] else 0.0
            print(f"| {name} | {value:.1f} | {said[name]:.1f} | {true[name]:.1f} | {error:+.0%} |")
    print("| articles | sentences | disk, GB | memory, GB | ranking, ms | shards |"
          " ranking in each, ms | encoding, hours |\n" + "| --- " * 8 + "|")  # fmt: skip
    for articles in (1e5, 1e6, 1e7):
        one = fitted.predicted(articles, articles * args.sentences)
        shards, part = next(
            (n, part)
            for n in itertools.count(1)
            if (part := fitted.predicted(articles / n, one.sentences / n)).ranking < args.within
            and part.total("memory") < args.memory * _FREE
        )
        print(f"| {articles:,.0f} | {one.sentences:,.0f} | {one.total('disk'):,.1f} |"
              f" {one.total('memory'):,.1f} | {one.ranking:,.0f} | {shards} | {part.ranking:,.0f} |"
              f" {one.sentences * one.encoding / 3.6e6:,.0f} |")  # fmt: skip


if __name__ == "__main__":
    main()
