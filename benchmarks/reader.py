"""The reader alone: `python -m benchmarks.reader DATA [--reader FOLDER]`.

- SQuAD 2.0 (a part of its development set): exact and F1 over the answerable questions, and over
  all, after Rajpurkar et al. (2018). What it needs to answer is a margin over "no answer here",
  which is chosen on held-out training contexts, never here.
- WikiQA and TREC-QA, development sets: mean average precision and mean reciprocal rank of the
  sentences, over questions with a right and a wrong sentence, as is usual.
- CLAP NQ, development set: whether the passage answers at all.
"""

import argparse
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.quiz import rows
from benchmarks.scores import exact, f1
from index.reading.segment import split_sentences
from index.types import Span
from retrieval.reader.model import NO_SPAN, SHIPPED, PassageReading, ReaderModel
from retrieval.reader.passages import Passage, cut, passage
from retrieval.scoring import auc
from training.data import SOURCES, is_held_out, traps
from training.near_misses import Pools, other_question


def score_of(reading: PassageReading, margin: float) -> float:
    """How surely a span answers: the mean of its own logit and its passage's."""
    return (margin / 2 + reading.answers) / 2


def passages_in(text: str) -> Iterator[tuple[Passage, list[Span]]]:
    """A text in passages as articles are cut, each with its own sentences."""
    sentences = list(split_sentences(text))
    for first, last in cut(sentences):
        yield passage(text, sentences, range(first, last), ""), sentences[first:last]


def best_of(model: ReaderModel, question: str, context: str) -> tuple[str, float]:
    """The best span of a text and its score."""
    passages = list(passages_in(context))
    found = [
        (context[slice(*one.span)], score_of(reading, one.margin))
        for reading in model.read(question, passages)
        for one in reading.found
        if one.span
    ]
    return max(found, key=lambda one: one[1], default=("", NO_SPAN))


def squad(model: ReaderModel, sample: Sequence[dict[str, Any]], least: float | None) -> float:
    """Print the scores; with no margin given, find and return the best one."""
    scores, values, answerable = [], [], []
    ems = []
    for row in sample:
        said, score_of_it = best_of(model, row["question"], row["context"])
        right = [answer["text"] for answer in row["answers"]]
        scores.append(score_of_it)
        values.append(max((f1(said, one) for one in right), default=0.0))
        ems.append(max((exact(said, one) for one in right), default=0.0))
        answerable.append(bool(right))
    score, value, has = np.array(scores), np.array(values), np.array(answerable)
    if has.any():
        print(
            f"  answerable: EM {100 * np.array(ems)[has].mean():.1f} "
            f"F1 {100 * value[has].mean():.1f}"
        )

    def total(margin: float) -> float:
        return float(np.where(score >= margin, np.where(has, value, 0), ~has).mean())

    if least is None:
        least = max(np.quantile(score, np.linspace(0, 1, 101)), key=total)
    elif has.any() and not has.all():
        best = max(map(total, score))
        print(
            f"  with no-answer: F1 {100 * total(least):.1f} at a margin of {least:.2f} "
            f"(best possible margin {100 * best:.1f}; always abstaining {100 * (~has).mean():.1f})"
        )
        print(f"  answerable or not: AUC {auc(score[has], score[~has]):.3f}")
    return float(least)


def held_out(data: Path, most: int = 1200) -> list[dict[str, Any]]:
    """Held-out training contexts: questions once answerable, once as a near miss, and traps."""
    chance = random.Random(5)
    kept = [r for s in SOURCES[:3] for r in rows(data / f"{s.file}.jsonl.gz")]
    kept = [row for row in kept if is_held_out(row["context"])]
    pools = Pools.of(row["question"] for row in kept)
    out: list[dict[str, Any]] = []
    for row in chance.sample(kept, min(most // 2, len(kept))):
        changed = other_question(row["question"], row["context"], pools, chance)
        other = chance.choice(kept)["context"]
        missed = {"question": changed} if changed else {"context": other}
        out += [row, {**row, **missed, "answers": []}]
    for trap in traps(data, held_out=True):
        asked, answered = trap.asked, chance.choice(trap.answered)
        right = [{"text": answered.context[slice(*span)]} for span in answered.spans]
        out.append({"context": asked.context, "question": asked.question, "answers": []})
        out.append({"context": answered.context, "question": answered.question, "answers": right})
    return out


def selection(model: ReaderModel, groups: dict[str, list[tuple[str, int]]]) -> None:
    """Print MAP and MRR."""
    precisions, reciprocal = [], []
    for question, pairs in groups.items():
        if len({label for _, label in pairs}) < 2:
            continue
        whole = [[(0, len(text))] for text, _ in pairs]
        passages = [
            passage(text, s, range(1), "") for (text, _), s in zip(pairs, whole, strict=True)
        ]
        readings = model.read(question, list(zip(passages, whole, strict=True)))
        scores = [score_of(reading, reading.best) for reading in readings]
        order = sorted(range(len(pairs)), key=lambda n: -scores[n])
        right = [n for n, i in enumerate(order, start=1) if pairs[i][1]]
        precisions.append(float(np.mean([k / n for k, n in enumerate(right, start=1)])))
        reciprocal.append(1 / right[0])
    print(
        f"  {len(precisions)} questions: "
        f"MAP {np.mean(precisions):.3f} MRR {np.mean(reciprocal):.3f}"
    )


def wikiqa(data: Path) -> dict[str, list[tuple[str, int]]]:
    """Sentences by question."""
    out: dict[str, list[tuple[str, int]]] = {}
    for row in rows(data / "sentence-selection" / "wikiqa-dev.jsonl.gz"):
        out.setdefault(row["question"], []).append((row["sentence"], row["label"]))
    return out


def trecqa(data: Path) -> dict[str, list[tuple[str, int]]]:
    """Sentences by question."""
    return {
        row["question"]: [(c["sentence"], c["label"]) for c in row["candidates"]]
        for row in rows(data / "sentence-selection" / "trecqa-dev.jsonl.gz")
    }


def clapnq(model: ReaderModel, data: Path, least: float) -> None:
    """Print how well it tells passages that answer from those that do not."""
    score, has = [], []
    for row in rows(data / "reader" / "clapnq-dev.jsonl.gz"):
        score.append(best_of(model, row["question"], row["context"])[1])
        has.append(bool(row["answer"]))
    scores, answers = np.array(score), np.array(has)
    said = scores >= least
    print(
        f"  {len(answers)} passages, {answers.sum()} answer: "
        f"AUC {auc(scores[answers], scores[~answers]):.3f}, "
        f"right {100 * (said == answers).mean():.1f} % at the margin of {least:.2f}"
    )


def main() -> None:
    """Measure one reader."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--reader", type=Path, default=SHIPPED)
    arguments = parser.parse_args()
    model, data = ReaderModel(arguments.reader), arguments.data
    print("held-out training contexts")
    least = squad(model, held_out(data), None)
    print(f"SQuAD 2.0, part of dev (margin {least:.2f})")
    squad(model, list(rows(data / "reader" / "squad2-dev-subset.jsonl.gz")), least)
    for name, groups in (("WikiQA dev", wikiqa(data)), ("TREC-QA dev", trecqa(data))):
        print(name)
        selection(model, groups)
    print("CLAP NQ dev")
    clapnq(model, data, least)


if __name__ == "__main__":
    main()
