"""Which passages are worth reading: `python -m training.passages DATA --home HOME --quiz HOME`.

Fits the weights by which `retrieval.reader.found` orders passages before any is read, on half of
the questions over held-out articles, as the encoder has seen the others, asked of all articles: of
news, in the manner of a quiz, and the news quiz of 2022; prints them. The other halves say how well
it went: how often a passage that answers is among the first, by the weights and by the best
sentence. The corpora are those that `training.calibrate` makes and uses, and in the first home one
more, of articles that a quiz might be about.
"""

import argparse
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.quiz import has_words, subset
from index import Corpus, Home
from retrieval import Engine, Question
from retrieval.ranking.features import Query, features_of
from retrieval.reader.found import FoundPassage, passages_found
from retrieval.types import Candidate, Judged
from training import news_qa, quiz
from training.calibrate import corpus_of_news, fit_order
from training.news_qa import NewsQuestion

NAMES = ["near", "context", "article", "focus", "recent", "wanted"]
OTHERS = 2700  # articles beside those that questions in the manner of a quiz are over
Floats = npt.NDArray[np.float64]


@dataclass
class Watching:
    """A reader that reads nothing and keeps what it is given."""

    threshold: float = 1.0
    found: list[tuple[Query, FoundPassage]] = field(default_factory=list)

    def judge(self, query: Query, candidates: Sequence[Candidate]) -> list[Judged]:
        """See :class:`retrieval.reader.judge.Reader`."""
        self.found = [(query, one) for one in passages_found(query, candidates)]
        return []


@dataclass(frozen=True)
class Sample:
    """A question's passages: features (passages, names), their best sentences, what answers."""

    features: Floats
    best: Floats
    right: npt.NDArray[np.bool_]


def sample(
    engine: Engine, reader: Watching, question: Question, holds: Callable[[FoundPassage], bool]
) -> Sample:
    """What ranking finds for a question."""
    reader.found = []
    engine.weigh(question)
    known = [features_of(query, one.one, one.around) for query, one in reader.found]
    return Sample(
        np.array([[each[name] for name in NAMES] for each in known]),
        np.array([one.score for _, one in reader.found]),
        np.array([holds(one) for _, one in reader.found], dtype=np.bool_),
    )


def over_news(folder: Path, home: Path) -> Iterator[Sample]:
    """Held-out questions with an answer, asked of all articles of `news-qa`."""
    return over(news_qa.held_out(folder), *corpus_of_news(folder, home))


def over_written(folder: Path, home: Path) -> Iterator[Sample]:
    """Held-out questions in the manner of a quiz, asked of the articles of those years."""
    questions = [q for q in news_qa.more(folder, quiz.WRITTEN) if news_qa.is_held_out(q.article.id)]
    rows = [
        row
        for row in news_qa.rows(folder / "news-quiz" / "articles.jsonl.gz")
        if "2019" <= (row["published"] or "")[:4] <= quiz.TO
    ]
    others = random.Random(2).sample(rows, len(rows))[:OTHERS]
    articles = [news_qa.article_of(row | {"id": row["url"]}) for row in others]
    asked = (q.article for q in questions)
    return over(questions, *news_qa.corpus_of([*articles, *asked], home, "written"))


def over(
    questions: Sequence[NewsQuestion], corpus: Corpus, ids: Mapping[str, str]
) -> Iterator[Sample]:
    """Questions with an answer, over a corpus in which articles have these names."""
    reader = Watching()
    engine = Engine(corpus, reader)
    answered = [q for q in questions if q.spans]
    for q in random.Random(1).sample(answered, len(answered)):

        def holds(found: FoundPassage, q: NewsQuestion = q) -> bool:
            own = found.article.id == ids[q.article.id]
            return own and any(s < b and a < e for s, e in q.spans for a, b in found.spans)

        one = sample(engine, reader, Question(q.text, q.history, asked=q.day), holds)
        # Those with a day were asked in the week of their article: only the quiz tells of age.
        one.features[:, NAMES.index("recent")] = 0.0
        yield one


def over_quiz(data: Path, home: Path, articles: int) -> Iterator[Sample]:
    """The news quiz of 2022, asked on its own dates."""
    reader = Watching()
    engine = Engine(Home(home).corpus("quiz"), reader)
    for question in subset(data, 2022, articles)[0]:

        def holds(found: FoundPassage, answers: Sequence[str] = question.answers) -> bool:
            said = found.article.text[found.spans[0][0] : found.spans[-1][1]]
            return any(has_words(said, answer) for answer in answers)

        yield sample(engine, reader, Question(question.text, asked=question.day), holds)


def found_in(samples: Sequence[Sample], rank: Callable[[Sample], Floats], most: int) -> float:
    """The share of questions of which one of the first so many passages answers, per cent."""
    hits = [one.right[np.argsort(-rank(one), kind="stable")[:most]].any() for one in samples]
    return 100 * float(np.mean(hits))


def main() -> None:
    """Fit and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--quiz", type=Path)
    parser.add_argument("--articles", type=int, default=1200)
    arguments = parser.parse_args()
    every = {
        "news": list(over_news(arguments.data, arguments.home)),
        "written": list(over_written(arguments.data, arguments.home)),
    }
    if arguments.quiz:
        every["quiz"] = list(over_quiz(arguments.data, arguments.quiz, arguments.articles))
    seen = [one for samples in every.values() for one in samples[::2]]
    sets = [(one.features, one.right) for one in seen]
    weights = fit_order(sets, np.zeros(len(NAMES)), ridge=1e-4)
    print({name: round(float(weight), 2) for name, weight in zip(NAMES, weights, strict=True)})
    for name, samples in every.items():
        for rank, title in (
            (lambda one: one.best, "best sentence"),
            (lambda one: one.features @ weights, "weights"),
        ):
            shares = [f"{found_in(samples[1::2], rank, n):.1f}" for n in (1, 3, 5, 8, 10)]
            print(f"{name}, {len(samples[1::2])} questions, by {title:14} {' '.join(shares)}")


if __name__ == "__main__":
    main()
