"""What the reader's logits are worth: `python -m training.calibrate DATA --reader FOLDER`.

Turns the weights by which features of ranking and logits of the reader are added up into those of
a probability that an answer is right, chooses the threshold, and writes them to
FOLDER/calibration.json. How the weights stand to each other stays as it is in that file: fitted
anew on these questions they put no more right sentences first, here or on the quiz of 2022.
Fitted on what no training saw: contexts held out of the training sets, each an article of a
corpus, and the news quiz of 2022 (`--quiz HOME`, a corpus that `benchmarks.news_quiz --year 2022
--home HOME` left).

Every held-out question that names something is asked of all the contexts, of its own alone, of
the nearest other one (which does not answer it), and of its own with a name, figure or word
exchanged (a premise that is false). One that names nothing ("What did he buy?") is answered by
other contexts, too: where the reader was surest of another context it was mostly right. Three
quarters of the questions are fitted on; the last says how well it went.
"""

import argparse
import json
import pickle
import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
import numpy.typing as npt

from benchmarks.diagrams import reliability, risk_by_coverage
from benchmarks.quiz import QuizQuestion, has_words, subset
from benchmarks.scores import f1
from index import ArticleInput, Filters, Home, Incoming
from retrieval import Engine, Question
from retrieval.compose import Judged
from retrieval.mentions import names_of
from retrieval.reader import SpanReader
from retrieval.reader_model import Calibration, ReaderModel, open_reader
from training import near_misses
from training.data import Item, is_held_out, load
from training.export import list_files

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

# The operating point: it abstains on this share of what the texts do not answer.
ABSTAINS = 0.8
FEATURES = tuple(open_reader().calibration.weights)  # of a new one, write a weight of 0 first


@dataclass
class Asked:
    """A question's judged sentences: features (sentences, features), and what is right of them."""

    features: Floats
    right: Bools
    words_right: Bools
    answerable: bool
    kind: str
    question: str
    said: list[str]
    articles: list[str]


def ask(
    engine: Engine,
    question: Question,
    is_right: Callable[[Judged], tuple[bool, bool]],
    kind: str,
    about: str = "",
) -> Asked | None:
    """What the engine weighs for a question, beside what is right."""
    judged = engine.weigh(question)
    if not judged:
        return None
    labels = np.array([is_right(one) for one in judged], dtype=bool)
    names = FEATURES
    features = np.array([[one.judgement.features[name] for name in names] for one in judged])
    return Asked(
        features,
        labels[:, 0],
        labels[:, 1],
        bool(labels[:, 0].any()),
        kind,
        about or question.text,
        [words_of(one) for one in judged],
        [one.candidate.article.id for one in judged],
    )


def words_of(judged: Judged) -> str:
    """The words that would be the answer."""
    span, quote = judged.judgement.span, judged.candidate.quote
    return quote[span[0] : span[1]] if span else quote


def held_out(
    items: Sequence[Item], folder: Path, reader: ReaderModel, most: int
) -> Iterator[Asked]:
    """Questions over the held-out contexts."""
    chance = random.Random(17)
    contexts = list(dict.fromkeys(item.context for item in items))
    ids = {context: f"c{n}" for n, context in enumerate(contexts)}
    corpus = Home(folder).corpus("held-out")
    corpus.add(
        Incoming(ArticleInput(text=text, title="Untitled", id=ids[text]), None, ids[text])
        for text in contexts
    )
    engine = Engine(corpus, SpanReader(reader))
    pools = near_misses.Pools.of(item.question for item in items)
    for item in chance.sample(items, min(most, len(items))):
        own = ids[item.context]

        def is_right(judged: Judged, item: Item = item, own: str = own) -> tuple[bool, bool]:
            sentence = judged.candidate.sentence
            held = judged.candidate.article.id == own and any(
                sentence.start <= start and end <= sentence.end for start, end in item.spans
            )
            gold = [item.context[start:end] for start, end in item.spans]
            return held, held and any(f1(words_of(judged), one) >= 0.5 for one in gold)

        def nothing(_: Judged) -> tuple[bool, bool]:
            return False, False

        changed = near_misses.other_question(item.question, item.context, pools, chance)
        everywhere = engine.weigh(Question(item.question))
        others = [j.candidate.article.id for j in everywhere if j.candidate.article.id != own]
        for asked in (
            ask(engine, Question(item.question), is_right, "all"),
            ask(engine, Question(item.question, filters=Filters(article=own)), is_right, "own"),
            others
            and ask(
                engine,
                Question(item.question, filters=Filters(article=others[0])),
                nothing,
                "other",
            ),
            changed
            and ask(
                engine,
                Question(changed, filters=Filters(article=own)),
                nothing,
                "changed",
                item.question,
            ),
        ):
            if asked:
                yield asked


def quiz(data: Path, home: Path, articles: int, reader: ReaderModel) -> Iterator[Asked]:
    """The news quiz of 2022: over all articles, and with no article that could answer."""
    engine = Engine(Home(home).corpus("quiz"), SpanReader(reader))
    questions, _ = subset(data, 2022, articles)
    for question in questions:

        def is_right(judged: Judged, question: QuizQuestion = question) -> tuple[bool, bool]:
            held = question.is_hit(judged.candidate.article.url, judged.candidate.quote)
            said = words_of(judged)
            # The words count wherever they stand: not all articles that answer are known.
            return held, any(
                f1(said, a) >= 0.5 or (has_words(said, a) and len(said) < 4 * len(a))
                for a in question.answers
            )

        if asked := ask(engine, Question(question.text), is_right, "quiz"):
            yield asked


def fit(x: Floats, y: Bools, weight: Floats) -> tuple[float, float]:
    """Scale and shift of a logistic regression on one value (Platt, 1999), by Newton's method."""
    x1, w = np.column_stack([x, np.ones(len(x))]), np.zeros(2)
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(x1 @ w, -30, 30)))
        hessian = (x1 * (weight * p * (1 - p))[:, None]).T @ x1 + 1e-6 * np.eye(2)
        step = np.linalg.solve(hessian, x1.T @ (weight * (y - p)))
        w += step / max(1.0, float(np.abs(step).max()))  # a whole step may overshoot
    return float(w[0]), float(w[1])


def balanced(asked: Sequence[Asked]) -> Floats:
    """Weights by which answerable and unanswerable questions count alike."""
    has = np.array([a.answerable for a in asked])
    return np.asarray(np.where(has, 0.5 / has.mean(), 0.5 / (1 - has.mean())), dtype=np.float64)


def calibrate(asked: Sequence[Asked], believed: Calibration) -> Calibration:
    """The same weights, scaled to give probabilities, with a threshold."""
    weights = np.array([believed.weights[name] for name in FEATURES])
    scaled = part(asked, 0, 1, 2)
    best = [a.features @ weights for a in scaled]
    right = np.array([a.words_right[z.argmax()] for a, z in zip(scaled, best, strict=True)])
    z = np.array([z.max() for z in best])
    scale, shift = fit(z, right, balanced(scaled))
    score = 1 / (1 + np.exp(-(z * scale + shift)))
    threshold = float(np.quantile(score[[not a.answerable for a in scaled]], ABSTAINS))
    return Calibration(
        weights={n: round(float(w * scale), 4) for n, w in zip(FEATURES, weights, strict=True)},
        bias=round(float(shift), 4),
        threshold=round(threshold, 2),
    )


def part(asked: Sequence[Asked], *quarters: int) -> list[Asked]:
    """The questions of some quarters; one asked in several ways is in one of them."""
    return [one for one in asked if crc32(one.question.encode()) % 4 in quarters]


def report(asked: Sequence[Asked], calibration: Calibration, diagrams: Path | None) -> None:
    """Print what the part says that nothing was fitted on."""
    weights = np.array([calibration.weights[name] for name in FEATURES])
    logits = [a.features @ weights + calibration.bias for a in asked]
    best = [int(z.argmax()) for z in logits]
    score = 1 / (1 + np.exp(-np.array([z.max() for z in logits])))
    right = np.array([a.words_right[n] for a, n in zip(asked, best, strict=True)])
    first = np.array([a.right[n] for a, n in zip(asked, best, strict=True)])
    has, many = np.array([a.answerable for a in asked]), balanced(asked)
    said = score >= calibration.threshold
    for kind in ("all", "own", "other", "changed", "quiz", ""):
        own = np.array([kind in ("", a.kind) for a in asked])
        print(
            f"{kind or 'together':8} {own.sum():5} questions, {(own & has).sum()} answerable: "
            f"sentence first {share(first[own & has])}, its words right {share(right[own & has])}; "
            f"answers {share(said[own & has])}, abstains on {share(~said[own & ~has])} of the rest"
        )
    print(
        f"threshold {calibration.threshold}: of what is said on as many unanswerable questions "
        f"{100 * np.average(right[said], weights=many[said]):.1f} % is right"
    )
    if diagrams:
        risk_by_coverage(diagrams / "risk-coverage.svg", score, right, many, calibration.threshold)
        error = reliability(diagrams / "reliability.svg", score, right, many)
        print(f"expected calibration error {100 * error:.1f} %")


def share(values: Bools) -> str:
    """How many are true."""
    return f"{100 * values.mean():.1f} %" if len(values) else "-"


def main() -> None:
    """Gather, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--reader", type=Path, required=True)
    parser.add_argument("--quiz", type=Path)
    parser.add_argument("--articles", type=int, default=1200)
    parser.add_argument("--questions", type=int, default=700)
    parser.add_argument("--keep", type=Path, help="keep what was asked here, for another fit")
    parser.add_argument("--diagrams", type=Path, help="draw risk and reliability here, as SVG")
    arguments = parser.parse_args()
    reader = ReaderModel(arguments.reader)
    if arguments.keep and arguments.keep.exists():
        asked = pickle.loads(arguments.keep.read_bytes())
    else:
        items = [
            item
            for item in load(arguments.data)
            if is_held_out(item.context) and names_of(item.question, frozenset())
        ]
        with tempfile.TemporaryDirectory() as folder:
            asked = list(held_out(items, Path(folder), reader, arguments.questions))
        if arguments.quiz:
            asked += quiz(arguments.data, arguments.quiz, arguments.articles, reader)
    if arguments.keep:
        arguments.keep.write_bytes(pickle.dumps(asked))
    calibration = calibrate(asked, reader.calibration)
    report(part(asked, 3), calibration, arguments.diagrams)
    text = json.dumps(calibration.model_dump(), indent=2) + "\n"
    (arguments.reader / "calibration.json").write_text(text, "utf-8")
    list_files(arguments.reader)


if __name__ == "__main__":
    main()
