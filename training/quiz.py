"""The news quizzes of 2020 to 2022 as questions to train on, over what settles them.

The quiz of 2023 measures, and the first questions of 2022 calibrate: neither is among them. More
questions lie beside this module, in the manner of a quiz, for lists, for yes or no, or without an
answer, written over other articles of those years; :func:`training.news_qa.more` reads them.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.quiz import rows, subset
from training.news_qa import NewsQuestion, article_of, is_held_out, question_of

WRITTEN = Path(__file__).parent / "quiz.jsonl.gz"
FROM, TO = "2020", "2022"
CALIBRATED = 1200  # articles of 2022 whose questions `training.calibrate` asks


def evidence(data: Path) -> Iterator[NewsQuestion]:
    """Each question whose paragraph has the words of the answer, with that as its article."""
    for row in trained_on(data):
        paragraph = {"id": row["id"], "title": "", "published": row["date"]}
        yield from list(over(paragraph | {"text": row["evidence"] or ""}, row))[:1]


def retrieved(data: Path) -> Iterator[list[NewsQuestion]]:
    """Each question with the places that have the answer's words in what a search found for it."""
    articles = {
        row["url"]: row | {"id": f"quiz {row['url']}"}  # here whole, elsewhere cut
        for row in rows(data / "news-quiz" / "articles.jsonl.gz")
    }
    for url in kept_apart(data):
        articles.pop(url, None)
    for row in trained_on(data):
        found = [articles[url] for url in row["retrieved_urls"] or () if url in articles]
        if places := [place for article in found for place in over(article, row)]:
            yield places


def trained_on(data: Path) -> Iterator[dict[str, Any]]:
    """The quizzes' rows, without those that calibrate and measure."""
    calibrates = {q.id for q in subset(data, int(TO), CALIBRATED)[0]}
    for row in rows(data / "news-quiz" / "questions.jsonl.gz"):
        years = FROM <= row["id"][:4] <= TO
        if years and row["answers"] and row["id"] not in calibrates:
            yield row


def kept_apart(data: Path) -> set[str]:
    """The addresses of the articles of `news-qa` that measure or calibrate."""
    asked = rows(data / "news-qa" / "questions.jsonl.gz")
    return {q["article"] for q in asked if q["split"] != "train" or is_held_out(q["article"])}


def over(article: dict[str, Any], row: dict[str, Any]) -> Iterator[NewsQuestion]:
    """A row as a question over an article, once for each place that has an answer's words."""
    words = "|".join(re.escape(str(answer)) for answer in row["answers"])
    places = list(re.finditer(rf"(?<!\w)(?:{words})(?!\w)", article["text"], re.IGNORECASE))
    if not places:
        return
    read = article_of(article)
    for place in places:
        answer = {"text": place[0], "start": place.start()}
        asked = {"kind": "answer", "question": row["question"], "answers": [answer]}
        yield question_of(asked | {"day": row["date"].replace("/", "-")}, read)
