"""Which articles are about a topic: `python -m training.topics DATA`.

Of `topics.jsonl.gz`, what people type to ask for a topic, with the articles of the news quiz that
are about it: seventy topics of each of two writers that some of a hundred articles are about, sixty
that none is, though many share a word; and seventy of a third writer, which measure. Fits and
prints the weights of :mod:`retrieval.answering.digest`, and how each part does by those in use.
"""

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from index import Corpus
from retrieval.answering import digest
from retrieval.question import content_words
from retrieval.ranking.candidates import candidates, query_words
from retrieval.ranking.spelling import corrected
from training import news_qa
from training.calibrate import minimised

WRITTEN = Path(__file__).parent / "topics.jsonl.gz"
MEASURED = "d"
NAMES = ["opens", "together", "near", "next"]
LIKELIEST = 20  # articles of each topic that are fitted on
DECAY = 0.05

Row = dict[str, Any]


def found(corpus: Corpus, ids: dict[str, str], row: Row) -> Iterator[tuple[digest.Story, str]]:
    """The articles that a topic is found in, with their addresses."""
    urls = {name: url for url, name in ids.items()}
    with corpus.snapshot() as view:
        topic, _ = corrected(row["topic"], view)
        words = query_words(view, content_words(topic))
        near = candidates(view, corpus.encoder(view.model_id), [topic], None, digest.FOUND)
        for story in digest.stories_of(words, near):
            yield story, urls[view.head(story.version_id).id]


def corpora(data: Path, home: Path) -> Iterator[tuple[str, Corpus, dict[str, str]]]:
    """Each writer's hundred articles: who, the corpus, what each address is called in it."""
    known = {row["url"]: row for row in news_qa.rows(data / "news-quiz" / "articles.jsonl.gz")}
    for row in news_qa.rows(WRITTEN):
        if urls := row.get("corpus"):
            articles = [news_qa.article_of(known[url] | {"id": url}) for url in urls]
            yield row["by"], *news_qa.corpus_of(articles, home, row["by"])


def fit(sets: Sequence[tuple[Row, list[tuple[digest.Story, str]]]]) -> list[float]:
    """The weights of a logistic regression, the last one added; passing mentions tell nothing."""
    x, y = [], []
    for row, stories in sets:
        for story, url in stories[:LIKELIEST]:
            if not row["articles"] or url not in row["mentions"]:
                x.append([*(story.features[name] for name in NAMES), 1.0])
                y.append(float(url in row["articles"]))
    inputs, right = torch.tensor(np.array(x)), torch.tensor(np.array(y))

    def loss(weights: torch.Tensor) -> torch.Tensor:
        wrong = torch.nn.functional.binary_cross_entropy_with_logits(
            inputs @ weights, right, reduction="sum"
        )
        return wrong + DECAY * (weights[:-1] ** 2).sum()

    return [round(float(one), 2) for one in minimised(loss, np.zeros(len(NAMES) + 1))]


def report(sets: Sequence[tuple[Row, list[tuple[digest.Story, str]]]]) -> str:
    """How many topics are found and refused."""
    taken = [
        (row, [url for story, url in stories if story.chance >= digest.LEAST])
        for row, stories in sets
    ]
    there = [(set(row["articles"]), urls) for row, urls in taken if row["articles"]]
    absent = [not urls for row, urls in taken if not row["articles"]]
    recall = np.mean([len(about & set(urls)) / len(about) for about, urls in there])
    return (
        f"of {len(there)} topics {sum(bool(urls) for _, urls in there)} found, the first article "
        f"right of {sum(urls[:1] != [] and urls[0] in about for about, urls in there)}, recall "
        f"{recall:.2f}; of {len(absent)} that no article is about {sum(absent)} refused"
    )


def main() -> None:
    """Look for all topics, fit and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    arguments = parser.parse_args()
    rows = [row for row in news_qa.rows(WRITTEN) if "topic" in row]
    with tempfile.TemporaryDirectory() as home:
        sets = {
            by: [(row, list(found(corpus, ids, row))) for row in rows if row["by"] == by]
            for by, corpus, ids in corpora(arguments.data, Path(home))
        }
    print(NAMES, fit([one for by, own in sets.items() if by != MEASURED for one in own]))
    for by, own in sets.items():
        print(f"writer {by}: {report(own)}")


if __name__ == "__main__":
    main()
