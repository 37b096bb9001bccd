"""Fit the lexical reader's weights: `python -m benchmarks.fit_reader DATA`.

Each paragraph of SQuADShifts (Wikipedia) is an article. Half of them are in the corpus, so half
of the questions have no answer there. Some questions are asked of one article alone: their own,
or the one nearest to it, and some with a name exchanged for another of the same article, a
premise that is false. A sentence is right when it holds the whole of an annotated answer.
Weights are fitted on the questions of one half of the paragraphs, pointwise, then scaled and the
threshold set on the best sentence of each question of the other half.
"""

import argparse
import random
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.quiz import rows
from index import ArticleInput, Corpus, Filters, Home, Incoming
from retrieval import Engine, Question
from retrieval.question import AnswerType
from retrieval.reader import BIAS, WEIGHTS
from retrieval.spans import spans_of

Floats = npt.NDArray[np.float64]


@dataclass
class Asked:
    """A question's judged sentences: features, shape (sentences, features), and which are right."""

    features: Floats
    right: npt.NDArray[np.bool_]
    answerable: bool
    half: int


def paragraphs(data: Path) -> dict[str, list[dict[str, Any]]]:
    """Questions by paragraph."""
    out: dict[str, list[dict[str, Any]]] = {}
    for row in rows(data / "reader" / "squadshifts-new-wiki.jsonl.gz"):
        out.setdefault(row["context"], []).append(row)
    return out


def ask(engine: Engine, row: dict[str, Any], filters: Filters, own: str, half: int) -> Asked:
    """The features of what the engine weighs for a question."""
    explanation = engine.weigh(Question(row["question"][:900], filters=filters))
    spans = [(a["start"], a["start"] + len(a["text"])) for a in row["answers"]]
    right = [
        j.candidate.article.id == own
        and any(j.candidate.sentence.start <= s and e <= j.candidate.sentence.end for s, e in spans)
        for j in explanation
    ]
    features = [[j.judgement.features[name] for name in WEIGHTS] for j in explanation]
    return Asked(np.array(features), np.array(right, dtype=bool), any(right), half)


def with_false_premise(
    row: dict[str, Any], text: str, chance: random.Random
) -> dict[str, Any] | None:
    """The question with a name exchanged for another one of its paragraph; nothing answers it."""
    question = row["question"]
    inside = [n for n in names_of(question) if question.find(n) > 0 and n in text]
    answers = " ".join(answer["text"] for answer in row["answers"])
    others = [n for n in names_of(text) if n not in question and n not in answers]
    if not inside or not others:
        return None
    changed = question.replace(chance.choice(inside), chance.choice(others))
    return {"question": changed, "answers": []}


def names_of(text: str) -> list[str]:
    """The names in a text that do not read as places."""
    return [text[s:e] for s, e in spans_of(text, AnswerType.PERSON)]


def gather(data: Path, corpus: Corpus, most: int) -> list[Asked]:
    """Ask a sample of questions, over the corpus and over single articles."""
    chance = random.Random(17)
    by_paragraph = list(paragraphs(data).items())
    chance.shuffle(by_paragraph)
    kept = by_paragraph[::2]
    corpus.add(
        Incoming(ArticleInput(text=text, title="Untitled", id=f"p{n}"), None, f"p{n}")
        for n, (text, _) in enumerate(by_paragraph)
        if n % 2 == 0
    )
    print(f"{len(kept)} paragraphs in the corpus, {len(by_paragraph) - len(kept)} left out")
    engine, out = Engine(corpus), []
    for n, (_, questions) in enumerate(by_paragraph):
        row, own, half = chance.choice(questions), f"p{n}", n // 2 % 2
        out.append(ask(engine, row, Filters(), own, half))
        if n % 2 == 0:
            out.append(ask(engine, row, Filters(article=own), own, half))
            if changed := with_false_premise(row, kept[n // 2][0], chance):
                out.append(ask(engine, changed, Filters(article=own), own, half))
            others = [j.candidate.article.id for j in engine.weigh(Question(row["question"][:900]))]
            other = next((o for o in others if o != own), None)
            if other:
                out.append(ask(engine, row, Filters(article=other), own, half))
        if len(out) >= most:
            break
    return [asked for asked in out if len(asked.right)]


def fit(x: Floats, y: npt.NDArray[np.bool_], steps: int = 200) -> tuple[Floats, float]:
    """Logistic regression by Newton's method with a little ridge."""
    x1 = np.hstack([x, np.ones((len(x), 1))])
    w = np.zeros(x1.shape[1])
    for _ in range(steps):
        p = 1 / (1 + np.exp(-np.clip(x1 @ w, -30, 30)))
        hessian = (x1 * (p * (1 - p))[:, None]).T @ x1 + 0.1 * np.eye(len(w))
        step = np.linalg.solve(hessian, x1.T @ (y - p) - 0.1 * w)
        w += step
        if np.abs(step).max() < 1e-6:
            break
    return w[:-1], float(w[-1])


def fit_ranking(train: list[Asked]) -> Floats:
    """Weights from the sentences that compete for the first place, not from the many that don't."""
    weights, _ = fit(
        np.vstack([a.features for a in train]), np.concatenate([a.right for a in train])
    )
    for _ in range(3):
        leading = [(a, np.argsort(-(a.features @ weights))[:4]) for a in train]
        weights, _ = fit(
            np.vstack([a.features[top] for a, top in leading]),
            np.concatenate([a.right[top] for a, top in leading]),
        )
    return weights


def main() -> None:
    """Print the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--questions", type=int, default=2400)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asked = gather(arguments.data, Home(Path(folder)).corpus("fit"), arguments.questions)
    train, held = [a for a in asked if a.half == 0], [a for a in asked if a.half == 1]
    weights = fit_ranking(train)
    bias = 0.0
    best = [(a, int(np.argmax(a.features @ weights))) for a in held]
    z = np.array([[a.features[i] @ weights + bias] for a, i in best])
    right = np.array([a.right[i] for a, i in best])
    (scale,), shift = fit(z, right)
    for name, weight in zip(WEIGHTS, weights * scale, strict=True):
        print(f'    "{name}": {weight:.2f},')
    print(f"BIAS = {bias * scale + shift:.2f}")
    probability = 1 / (1 + np.exp(-(z[:, 0] * scale + shift)))
    answerable = np.array([a.answerable for a, _ in best])
    now = np.array(
        [a.features @ np.array(list(WEIGHTS.values())) + BIAS for a in held], dtype=object
    )
    first_now = np.mean(
        [a.right[np.argmax(s)] for a, s in zip(held, now, strict=True) if a.answerable]
    )
    print(f"held out: {len(held)} questions, {answerable.sum()} answerable")
    print(f"right sentence first: {right[answerable].mean():.3f} (weights in use: {first_now:.3f})")
    for threshold in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7):
        said = probability >= threshold
        print(
            f"threshold {threshold}: answers {said[answerable].mean():.3f} of the answerable, "
            f"{right[said].mean():.3f} of what it answers is right, "
            f"abstains on {1 - said[~answerable].mean():.3f} of the rest"
        )


if __name__ == "__main__":
    main()
