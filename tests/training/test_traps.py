"""Questions that their paragraph does not answer, and quizzes with what settles them."""

import datetime as dt
import gzip
import json
import random
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from training import data, quiz

PARAGRAPH = (
    "The bridge of Arva was built in 1909. It was designed by Eva Lund, who had studied in Riga. "
    "Ships pass below it since a lock was added in 1932."
)


def write(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def test_every_trap_is_of_a_paragraph_that_is_not_kept_here() -> None:
    traps = list(data.rows(data.TRAPS.parent, data.TRAPS.name.removesuffix(".jsonl.gz")))
    assert len(traps) > 4_000
    for trap in traps:
        assert set(trap) == {"paragraph", "question", "near", "trap"}
        assert len(trap["paragraph"]) == 16
        assert len(trap["near"]["text"]) < 200
        assert trap["question"]


def test_a_trap_has_no_answer_and_stands_beside_what_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = PARAGRAPH.index("1909")
    answered = {
        "context": PARAGRAPH,
        "question": "When was the bridge built?",
        "answers": [{"text": "1909", "start": start}],
    }
    write(tmp_path / f"{data.SOURCES[0].file}.jsonl.gz", [answered])
    near = {"text": "1932", "start": PARAGRAPH.index("1932")}
    question = "When was the lock closed?"
    trap = {"paragraph": data.name_of(PARAGRAPH), "question": question, "near": near, "trap": "x"}
    monkeypatch.setattr(data, "TRAPS", tmp_path / "traps.jsonl.gz")
    write(data.TRAPS, [trap])
    held_out = data.is_held_out(PARAGRAPH, data.TRAPS_HELD_OUT)
    assert data.traps(tmp_path, held_out=not held_out) == []
    traps = data.traps(tmp_path, held_out=held_out)
    monkeypatch.setattr(data, "typed_carelessly", lambda example, _: example)
    trapped, right = data.trapped(traps, random.Random(1))
    assert (trapped.question, trapped.span, trapped.answers) == (question, None, False)
    assert "1932" in trapped.passage
    assert right.span
    assert right.passage[slice(*right.span)] == "1909"


def test_a_quiz_is_trained_on_where_its_paragraph_or_an_article_has_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def row(number: str, answer: str, evidence: str = PARAGRAPH, urls: tuple[str, ...] = ()) -> Any:
        return {
            "id": number,
            "date": f"{number[:4]}/06/10",
            "question": f"Who designed it, {number}?",
            "answers": [answer],
            "evidence": evidence,
            "retrieved_urls": urls,
        }

    article = {"url": "u", "title": "Arva", "published": "2022-01-01", "text": PARAGRAPH}
    twice = article | {"url": "v", "text": f"Eva Lund rests in Arva. {PARAGRAPH}"}
    measures = article | {"url": "m"}
    write(tmp_path / "news-quiz" / "articles.jsonl.gz", [article, twice, measures])
    write(tmp_path / "news-qa" / "questions.jsonl.gz", [{"article": "m", "split": "dev"}])
    monkeypatch.setattr(quiz, "CALIBRATED", 1)
    asked = [
        row("20210610_1", "EVA LUND"),
        row("20210610_2", "Lun"),
        row("20210610_3", "Eva Lund", evidence=""),
        row("20220610_4", "Eva Lund", urls=("u",)),  # calibrates
        row("20230610_5", "Eva Lund"),  # measures
        row("20220610_6", "1909"),
        row("20220610_7", "eva lund", evidence="", urls=("u", "v", "w", "m")),
    ]
    write(tmp_path / "news-quiz" / "questions.jsonl.gz", asked)
    first, second = quiz.evidence(tmp_path)
    assert (first.text, second.text) == (asked[0]["question"], asked[5]["question"])
    assert PARAGRAPH[slice(*first.spans[0])] == "Eva Lund"
    assert (first.article.text, first.day) == (PARAGRAPH, dt.date(2021, 6, 10))
    (places,) = quiz.retrieved(tmp_path)
    assert [p.article.id for p in places] == ["quiz u", "quiz v", "quiz v"]
    assert {p.article.text[slice(*p.spans[0])] for p in places} == {"Eva Lund"}
