"""Stories that develop, told by three articles each, and questions over them, all written for this.

Later articles change what earlier ones said: a toll, a date, who is in charge, what was planned.
Most questions ask how things stand, some what an earlier article alone tells. Sixteen writers,
language models, invented texts and questions; four calibrate, `benchmarks.stories` asks the rest.
"""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from training.news_qa import NewsArticle, NewsQuestion, article_of, rows

ARTICLES = Path(__file__).parent / "stories.jsonl.gz"
QUESTIONS = Path(__file__).parent / "story_questions.jsonl.gz"
CALIBRATE = "GHOP"  # writers, by the first letter of their articles' ids


def articles() -> dict[str, NewsArticle]:
    """Each article by its id."""
    return {row["id"]: article_of(row) for row in rows(ARTICLES)}


def asked(*, to_calibrate: bool) -> Iterator[list[NewsQuestion]]:
    """Each question once for each article that answers it, the best first."""
    known = articles()
    for row in rows(QUESTIONS):
        if (row["writer"] in CALIBRATE) != to_calibrate:
            continue
        places: dict[str, list[dict[str, Any]]] = {}
        for answer in row["answers"]:
            places.setdefault(answer["article"], []).append(answer)
        if not places:
            places[next(id_ for id_ in known if id_[0] == row["writer"])] = []
        yield [question_of(row, known[id_], own) for id_, own in places.items()]


def question_of(
    row: dict[str, Any], article: NewsArticle, answers: list[dict[str, Any]]
) -> NewsQuestion:
    """A question over one of the articles that answer it."""
    return NewsQuestion(
        article,
        row["kind"],
        row["question"],
        tuple((a["start"], a["start"] + len(a["text"])) for a in answers),
        (),
        row["question"],
        None,
        dt.date.fromisoformat(row["day"]),
    )
