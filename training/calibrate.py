"""What the reader's logits are worth: `python -m training.calibrate DATA --reader FOLDER`.

Fits how sentences are ordered and how likely the first is right, by features of ranking, reading
and time, chooses the threshold, and writes them to FOLDER/calibration.json. Fitted on what no
training saw: the questions over held-out articles of `news-qa` (train split) and of the news quiz,
asked of all articles, of their own one and of another one; some over stories that develop; and the
news quiz of 2022, asked on its own dates (`--quiz HOME`, a corpus that `benchmarks.news_quiz --year
2022 --home HOME` left).

Three quarters of the questions, by hash, are fitted on; the last says how well it went.
"""

import argparse
import json
import pickle
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
import numpy.typing as npt
import torch

from benchmarks.quiz import QuizQuestion, has_words, subset
from bot.diagrams import risk_svg, svg
from index import Corpus, Filters, Home
from retrieval import Engine, Question
from retrieval.reader.judge import Calibration, SpanReader
from retrieval.reader.model import ReaderModel
from retrieval.scoring import (
    auc,
    calibration_error,
    f1,
    has_right_words,
    reliability,
    risk_by_coverage,
)
from retrieval.types import Judged, same
from training import news_qa, stories
from training.export import list_files
from training.news_qa import NewsQuestion

Floats = npt.NDArray[np.float64]

_RANKED = "cosine bm25 near own context title focus fresh recent later wanted unwanted margin"
# What of the question's words the passage has says how far a margin can be trusted: cross-fitted,
# AUC is .9211 without it and .9230 with it, the error of calibration 1.3 and 1.0 %.
_SURE = "ahead margin context"
RANKED, SURE = _RANKED.split(), _SURE.split()
# The operating point: asked of all articles, so much of what is said is right, and so many of the
# questions that none answers are refused. Of each two points more than the three in four and the
# four in five that are meant, as the same questions are fitted on, and some writers' are harder.
RIGHT, REFUSED = 0.77, 0.82
_AHEAD = 6.0


@dataclass
class Asked:
    """A question's judged sentences, what is right of each, and whether anything could be."""

    features: list[dict[str, float]]
    right: list[bool]
    words: list[str]
    same: list[list[int]]
    answerable: bool
    kind: str
    question: str


def asked(
    engine: Engine, question: Question, is_right: Callable[[Judged], bool], kind: str, can: bool
) -> Asked:
    """What the engine weighs for a question, beside what is right."""
    judged = [one for one in engine.weigh(question) if one.span][:60]
    alike = [[m for m, b in enumerate(judged) if same(a, b)] for a in judged[:60]]
    return Asked(
        [one.features for one in judged],
        [can and is_right(one) for one in judged],
        [one.words for one in judged],
        alike,
        can,
        kind,
        question.text,
    )


def right_of(question: NewsQuestion) -> Callable[[Judged], bool]:
    """Whether a judged sentence gives the answer, as benchmarks count it."""
    text = question.article.text
    gold = [text[s:e] for s, e in question.spans]

    def is_right(judged: Judged) -> bool:
        own, said = judged.candidate.sentence, judged.words
        held = judged.candidate.article.text == text and any(
            s < own.end and own.start < e for s, e in question.spans
        )
        if question.kind == "yesno":
            return held
        return has_right_words(question.kind, said, gold)

    return is_right


def corpus_of_news(folder: Path, home: Path) -> tuple[Corpus, dict[str, str]]:
    """A corpus of all articles of `news-qa` and of what is held out beside, and their names."""
    rows = news_qa.rows(folder / "news-qa" / "articles.jsonl.gz")
    beside = (q.article for q in news_qa.more(folder, news_qa.MORE_HELD_OUT))
    return news_qa.corpus_of([*map(news_qa.article_of, rows), *beside], home, "news-qa")


def over_news(folder: Path, home: Path, reader: SpanReader, most: int | None) -> Iterator[Asked]:
    """The held-out questions, asked of all articles, of their own one and of another one."""
    corpus, ids = corpus_of_news(folder, home)
    engine = Engine(corpus, reader)
    for n, q in enumerate(news_qa.held_out(folder)[:most]):
        right = right_of(q)
        said = Question(q.text, q.history, asked=q.day)
        kind = q.kind if q.kind != "conversation" or q.spans else "conversation, none"
        yield asked(engine, said, right, f"{kind}/all", bool(q.spans))
        if n % 3 == 0:
            own = Filters(article=ids[q.article.id])
            alone = Question(q.text, q.history, own, asked=q.day)
            yield asked(engine, alone, right, "own", bool(q.spans))
        if n % 3 == 1 and not q.history:
            found = engine.weigh(said)
            others = [
                j.candidate.article for j in found if j.candidate.article.text != q.article.text
            ]
            if others:
                other = Question(q.text, (), Filters(article=others[0].id), asked=q.day)
                yield asked(engine, other, right, "other", False)


def over_stories(home: Path, reader: SpanReader) -> Iterator[Asked]:
    """Some writers' questions over stories that develop, asked of all these stories."""
    corpus, _ = news_qa.corpus_of(stories.articles().values(), home, "stories")
    engine = Engine(corpus, reader)
    for places in stories.asked(to_calibrate=True):
        q, rights = places[0], [right_of(place) for place in places]

        def is_right(judged: Judged, rights: Sequence[Callable[[Judged], bool]] = rights) -> bool:
            return any(right(judged) for right in rights)

        said = Question(q.text, asked=q.day)
        yield asked(engine, said, is_right, f"{q.kind}/story", bool(q.spans))


def over_quiz(data: Path, home: Path, articles: int, reader: SpanReader) -> Iterator[Asked]:
    """The news quiz of 2022, asked on its own dates."""
    engine = Engine(Home(home).corpus("quiz"), reader)
    for question in subset(data, 2022, articles)[0]:

        def is_right(judged: Judged, question: QuizQuestion = question) -> bool:
            # The words count wherever they stand: not all articles that answer are known.
            return any(
                f1(judged.words, a) >= 0.5
                or (has_words(judged.words, a) and len(judged.words) < 4 * len(a))
                for a in question.answers
            )

        said = Question(question.text, asked=question.day)
        yield asked(engine, said, is_right, "quiz", True)


def matrix(one: Asked, names: Sequence[str]) -> Floats:
    """Features as (sentences, features)."""
    return np.array([[f.get(name, 0.0) for name in names] for f in one.features])


def fit_ranking(questions: Sequence[Asked]) -> dict[str, float]:
    """Weights by which what is right comes first among a question's sentences."""
    start = np.array([0.4 * (name == "margin") for name in RANKED])
    sets = [(matrix(q, RANKED), np.array(q.right)) for q in questions]
    weights = fit_order(sets, start, ridge=1e-3)
    return {name: round(float(w), 4) for name, w in zip(RANKED, weights, strict=True)}


def fit_order(
    sets: Sequence[tuple[Floats, npt.NDArray[np.bool_]]], start: Floats, ridge: float
) -> Floats:
    """Weights by which what is right comes first: the softmax over what a question is about.

    Each of ``sets`` is a question's features (items, features) and which of the items are right.
    """
    known = [(torch.tensor(x), torch.tensor(right)) for x, right in sets if right.any()]

    def loss(weights: torch.Tensor) -> torch.Tensor:
        each = (
            torch.logsumexp(x @ weights, 0) - torch.logsumexp((x @ weights)[right], 0)
            for x, right in known
        )
        return torch.stack(list(each)).mean() + ridge * (weights**2).sum()

    return minimised(loss, start)


def minimised(loss: Callable[[torch.Tensor], torch.Tensor], start: Floats) -> Floats:
    """Where a loss is least, by L-BFGS."""
    weights = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        now = loss(weights)
        now.backward()  # type: ignore[no-untyped-call]
        return now

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    return np.asarray(weights.detach())


def first_of(one: Asked, weights: dict[str, float]) -> tuple[int, dict[str, float]]:
    """Which sentence comes first, and what is known of it."""
    ranks = [sum(weights.get(k, 0.0) * v for k, v in f.items()) for f in one.features]
    best = int(np.argmax(ranks))
    alike = set(one.same[best])
    rivals = [r for n, r in enumerate(ranks) if n not in alike]
    ahead = ranks[best] - max(rivals) if rivals else _AHEAD
    ahead = max(-_AHEAD, min(_AHEAD, ahead))
    return best, {**one.features[best], "rank": ranks[best], "ahead": ahead}


def fit_chance(x: Floats, y: Floats, weight: Floats) -> tuple[Floats, float]:
    """Logistic regression with a little shrinking: the weights, the last the bias, and a ceiling.

    Some of the surest answers are wrong as well, whatever the features say: the lapse rate of
    Wichmann and Hill (2001), "The psychometric function: I".
    """
    spread = x.std(0)
    scale = np.append(np.where(spread > 0, spread, 1.0), 1.0)
    inputs = torch.tensor(np.column_stack([x, np.ones(len(x))]) / scale)
    right, many = torch.tensor(y), torch.tensor(weight)

    def loss(fitted: torch.Tensor) -> torch.Tensor:
        chance = torch.sigmoid(fitted[-1]) * torch.sigmoid(inputs @ fitted[:-1])
        wrong = torch.nn.functional.binary_cross_entropy(chance, right, many, reduction="sum")
        return wrong + 0.5 * (fitted[:-2] ** 2).sum()

    fitted = minimised(loss, np.append(np.zeros(len(scale)), 3.0))
    return fitted[:-1] / scale, float(1 / (1 + np.exp(-fitted[-1])))


def part(questions: Sequence[Asked], *quarters: int) -> list[Asked]:
    """The questions of some quarters; one asked in several ways is in one of them."""
    return [q for q in questions if crc32(q.question.encode()) % 4 in quarters and q.features]


def calibrate(questions: Sequence[Asked]) -> Calibration:
    """All that is fitted."""
    weights = fit_ranking(questions)
    x, y, many = [], [], []
    for q in questions:
        best, known = first_of(q, weights)
        x.append([known.get(name, 0.0) for name in SURE])
        y.append(float(q.right[best]))
        many.append(weight_of(q))
    (*fitted, bias), ceiling = fit_chance(np.array(x), np.array(y), np.array(many))
    made = Calibration(
        weights=weights,
        sure={name: round(float(w), 4) for name, w in zip(SURE, fitted, strict=True)},
        bias=round(float(bias), 4),
        ceiling=round(ceiling, 4),
        threshold=0.5,
    )
    news = [q for q in questions if "/all" in q.kind]
    told = sorted(((*chance_of(q, made), not q.answerable) for q in news), reverse=True)
    chances, right, wrongly = (np.array(one) for one in zip(*told, strict=True))
    enough = np.cumsum(right) >= RIGHT * np.arange(1, len(told) + 1)
    enough &= np.cumsum(wrongly) <= (1 - REFUSED) * wrongly.sum()
    least = float(chances[np.flatnonzero(enough)[-1]])
    return made.model_copy(update={"threshold": round(least, 2)})


def weight_of(q: Asked) -> float:
    """How much a question counts: those of the quiz and of single articles beside the others."""
    return {"quiz": 0.5, "own": 1.0, "other": 0.5}.get(q.kind, 1.0)


def chance_of(q: Asked, calibration: Calibration) -> tuple[float, bool]:
    """How sure the first sentence is, and whether it is right."""
    best, known = first_of(q, calibration.weights)
    ahead, rank = known.pop("ahead"), known.pop("rank")
    return calibration.chance(known, rank, ahead), q.right[best]


def report(questions: Sequence[Asked], calibration: Calibration, diagrams: Path | None) -> None:
    """Print what a part says that nothing was fitted on."""
    told = [(q, *chance_of(q, calibration)) for q in questions]
    print(f"threshold {calibration.threshold}")
    for kind in dict.fromkeys(q.kind for q in questions):
        own = [(q, p, right) for q, p, right in told if q.kind == kind]
        said = [p >= calibration.threshold for _, p, _ in own]
        among = [r for _, p, r in own if p >= calibration.threshold]
        print(
            f"{kind:24} {len(own):5}  right first {mean([r for *_, r in own])}  answered "
            f"{mean(said)}  right of these {mean(among)}"
        )
    news = [(q, p, right) for q, p, right in told if "/all" in q.kind]
    can = [p for q, p, _ in news if q.answerable]
    cannot = [p for q, p, _ in news if not q.answerable]
    right = [r and p >= calibration.threshold for q, p, r in news if q.answerable]
    said = [r for _, p, r in news if p >= calibration.threshold]
    risk = risk_by_coverage([(p, r) for _, p, r in news], len(news))
    best = max((share for share, wrong in risk if wrong <= 0.2), default=0.0)
    print(
        f"all news: {len(can)} answerable, right words {mean(right)}; {len(cannot)} not, refused "
        f"{mean([p < calibration.threshold for p in cannot])}; of what is said right {mean(said)}; "
        f"AUC {auc(can, cannot) or 0.0:.3f}; four in five right at {100 * best:.0f} %"
    )
    if diagrams:
        every = [(p, r) for _, p, r in told]
        answered = sum(p >= calibration.threshold for p, _ in every)
        risk, bins = risk_by_coverage(every, len(every)), reliability(every)
        dots = [(one["score"], one["right"]) for one in bins]
        (diagrams / "risk-coverage.svg").write_text(risk_svg(risk, answered), "utf-8")
        drawn = svg("Reliability", ("score", "right"), dots, [(0, 0), (1, 1)], dots)
        (diagrams / "reliability.svg").write_text(drawn, "utf-8")
        print(f"expected calibration error {100 * (calibration_error(bins) or 0.0):.1f} %")


def mean(values: Sequence[bool]) -> str:
    """A share in per cent."""
    return f"{100 * np.mean(values):5.1f} %" if len(values) else "    - "


def main() -> None:
    """Gather, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--reader", type=Path, required=True)
    parser.add_argument("--home", type=Path, help="keep the corpus of news here")
    parser.add_argument("--quiz", type=Path)
    parser.add_argument("--articles", type=int, default=1200)
    parser.add_argument("--questions", type=int)
    parser.add_argument("--keep", type=Path, help="keep what was asked here, for another fit")
    parser.add_argument("--diagrams", type=Path, help="draw risk and reliability here, as SVG")
    arguments = parser.parse_args()
    reader = SpanReader(ReaderModel(arguments.reader))
    if arguments.keep and arguments.keep.exists():
        questions: list[Asked] = pickle.loads(arguments.keep.read_bytes())
    else:
        with tempfile.TemporaryDirectory() as folder:
            home = arguments.home or Path(folder)
            questions = list(over_news(arguments.data, home, reader, arguments.questions))
            questions += over_stories(home, reader)
        if arguments.quiz:
            questions += over_quiz(arguments.data, arguments.quiz, arguments.articles, reader)
    if arguments.keep:
        arguments.keep.write_bytes(pickle.dumps(questions))
    report(part(questions, 3), calibrate(part(questions, 0, 1, 2)), arguments.diagrams)
    text = json.dumps(calibrate(part(questions, 0, 1, 2, 3)).model_dump(), indent=2) + "\n"
    (arguments.reader / "calibration.json").write_text(text, "utf-8")
    list_files(arguments.reader)


if __name__ == "__main__":
    main()
