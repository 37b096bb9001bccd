"""The news quizzes of 2020 to 2022 as questions to train on, over the paragraphs that settle them.

The quiz of 2023 measures, and the first questions of 2022 calibrate: neither is among them.
"""

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

from benchmarks.quiz import rows, subset
from training.news_qa import NewsQuestion, article_of, question_of

FROM, TO = "2020", "2022"
CALIBRATED = 1200  # articles of 2022 whose questions `training.calibrate` asks


def evidence(data: Path) -> Iterator[NewsQuestion]:
    """Each question whose paragraph has the words of the answer, with that as its article."""
    kept_apart = {q.id for q in subset(data, 2022, CALIBRATED)[0]}
    for row in rows(data / "news-quiz" / "questions.jsonl.gz"):
        text = row["evidence"] or ""
        found = (
            re.search(rf"(?<!\w){re.escape(str(a))}(?!\w)", text, re.IGNORECASE)
            for a in row["answers"]
        )
        first = next(filter(None, found), None)
        if first is None or row["id"] in kept_apart or not FROM <= row["id"][:4] <= TO:
            continue
        answer = {"text": first[0], "start": first.start()}
        day = dt.date.fromisoformat(row["date"].replace("/", "-"))
        asked = {"kind": "answer", "question": row["question"], "answers": [answer], "day": day}
        paragraph = {"id": row["id"], "title": "", "published": row["date"], "text": text}
        yield question_of(asked, article_of(paragraph))
