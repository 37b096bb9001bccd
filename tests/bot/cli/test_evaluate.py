"""`dateline eval`: questions with what is right, and what comes out, over a stub corpus."""

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot.cli.main import dateline
from bot.cli.options import Chosen
from index import Corpus
from retrieval import Engine
from retrieval.ranking.features import Query
from retrieval.types import Candidate, Judged
from tests.corpora import an_article

OPENED, RAIN = "Rosa Lind opened the bridge in Lodova on Monday.", "It rained for three hours."
# What the stub reader marks, and how sure it is of it.
KNOWN = {
    "who opened the bridge": (0.9, "Rosa Lind"),
    "where is the bridge": (0.8, "Lodova"),
    "when was it": (0.5, "Monday"),
    "how long did it rain": (0.6, "It rained"),
    "was the bridge opened": (0.7, "opened"),
    "who was the mayor": (0.4, "Monday"),
    "who paid for it": (0.1, "Monday"),
}


class StubReader:
    """Marks the words that it knows for a question."""

    threshold = 0.3

    def judge(self, query: Query, candidates: Sequence[Candidate]) -> list[Judged]:
        chance, words = next(known for text, known in KNOWN.items() if text in query.text)
        out = []
        for candidate in candidates:
            at = candidate.quote.find(words)
            start = candidate.sentence.start + at
            judged = Judged(candidate, 0.0)
            if at >= 0:
                judged = replace(judged, probability=chance, span=(start, start + len(words)))
            out.append(judged)
        return sorted(out, key=lambda one: -one.probability)


Evaluate = Callable[..., Result]


@pytest.fixture
def evaluate(corpus: Corpus, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Evaluate:
    """Write the lines to a file and run the command over it."""
    corpus.add([an_article("a1", OPENED, RAIN), an_article("a2", "Nobody came to see it.")])
    monkeypatch.setattr(Chosen, "corpus", corpus)
    monkeypatch.setattr(Chosen, "engine_of", lambda _, of: Engine(of, StubReader()))

    def run(lines: Sequence[object], *more: str) -> Result:
        texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        (tmp_path / "questions.jsonl").write_text("\n".join(texts) + "\n", "utf-8")
        return CliRunner().invoke(dateline, ["eval", str(tmp_path / "questions.jsonl"), *more])

    return run


def at(text: str) -> dict[str, Any]:
    return {"text": text, "start": f"{OPENED}\n{RAIN}\n".index(text)}


LINES: list[dict[str, Any]] = [
    {"question": "who opened the bridge?", "article": "a1", "answers": [at("Rosa Lind")]},
    {"question": "where is the bridge?", "answers": ["Paris", "in Lodova"], "asked": "2024-05-01"},
    {"question": "how long did it rain?", "article": "a1", "answers": [at("three hours")]},
    {
        "question": "was the bridge opened?",
        "kind": "yesno",
        "article": "a1",
        "answers": [at(OPENED)],
    },
    {
        "question": "when was it?",
        "kind": "conversation",
        "history": [{"question": "what happened", "answer": None}],
        "answers": ["Monday"],
    },
    {"question": "who was the mayor?", "answers": []},
    {"question": "who paid for it?", "answers": []},
]


def test_the_figures(evaluate: Evaluate) -> None:
    result = evaluate(LINES, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["questions"] == 7
    assert found["answerable"] == {
        "questions": 5, "refused": 0.0, "right_sentence": 1.0, "right_words": 0.8, "exact": 0.6,
    }  # fmt: skip
    assert found["unanswerable"] == {"questions": 2, "refused": 0.5}
    assert found["answered"]["questions"] == 6
    assert found["answered"]["right"] == pytest.approx(4 / 6)
    assert found["auc"] == 1.0
    assert found["kinds"]["follow-up"]["exact"] == 1.0
    assert {name: band["questions"] for name, band in found["bands"].items()} == {
        "sure": 2, "probably": 3, "uncertain": 1,
    }  # fmt: skip
    # Of .9 .8 .7 .6 .5 .4 the fourth and the last are wrong.
    assert found["calibration_error"] == pytest.approx((0.1 + 0.2 + 0.3 + 0.6 + 0.5 + 0.4) / 6)
    assert found["four_in_five_right_at"] == pytest.approx(5 / 7)
    assert found["risk_coverage"][-1] == pytest.approx([6 / 7, 2 / 6])


def test_they_are_drawn_for_people_and_written_down(evaluate: Evaluate, tmp_path: Path) -> None:
    out, picture = tmp_path / "out.jsonl", tmp_path / "risk.svg"
    result = evaluate(LINES, "--out", str(out), "--picture", str(picture))
    assert result.exit_code == 0, result.output
    assert "80.0 %" in result.stdout
    assert "█" in result.stdout
    assert ET.parse(picture).getroot().tag.endswith("svg")
    rows = [json.loads(text) for text in out.read_text("utf-8").splitlines()]
    assert [row["said"] for row in rows][:2] == ["Rosa Lind", "Lodova"]
    assert rows[1]["asked"] == "2024-05-01"
    assert rows[2]["right_words"] is False
    assert rows[2]["quote"] == RAIN
    assert (rows[-1]["said"], rows[-1]["refused"]) == (None, True)


def test_a_sentence_of_another_article_is_not_the_right_one(evaluate: Evaluate) -> None:
    line = LINES[0] | {"article": "a2"}
    found = json.loads(evaluate([line], "--json").stdout)
    assert (found["answerable"]["right_sentence"], found["answerable"]["right_words"]) == (0.0, 1.0)
    alone = json.loads(evaluate([line], "--json", "--own").stdout)
    assert alone["answerable"]["refused"] == 1.0


def test_votes_are_questions_where_the_answer_helped(evaluate: Evaluate) -> None:
    vote = {"schema_version": 1, "question": "who opened the bridge", "answer": "Rosa Lind"}
    vote |= {"helpful": True, "article_id": "a1", "start": 0, "end": len(OPENED), "guild": "1"}
    vote |= {"corpus_version": "c", "at": "2024-05-01T00:00:00+00:00"}
    nothing = dict.fromkeys(("answer", "article_id", "start", "end"))
    refused = vote | nothing | {"question": "who paid for it"}
    result = evaluate([vote, refused, vote | {"helpful": False}], "--json")
    found = json.loads(result.stdout)
    assert found["answerable"]["right_sentence"] == 1.0
    assert found["unanswerable"] == {"questions": 1, "refused": 1.0}
    assert found["left_out"] == ["line 3: the answer did not help, but what is right is not known"]


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("{", "it is not JSON"),
        ("3", "line 3: it is not a JSON object"),
        ('{"question": "who?"}', 'it has no "answers"'),
        ('{"question": "?", "answers": [], "history": ["who?"]}', "history.0: it is not a JSON"),
        ('{"question": "who?", "answers": [{"start": 3}]}', 'answers.0: it has no "text"'),
        ('{"question": "who?", "answers": [""]}', "answers.0.text: String should have"),
        ('{"question": "?", "answers": []}', "no words in the question"),
        ('{"question": "who?", "answers": [], "article": "a9"}', "no article 'a9'"),
        ('{"question": "who?", "answers": [], "article": "\\u0000"}', "no article"),
        ('{"question": "who?", "answers": [], "article": "\\ud800"}', "surrogates"),
        ('{"question": "who?", "answers": [], "asked": "soon"}', "asked: 'soon' is not a date"),
        ('{"question": "who?", "answers": [], "kind": "lists"}', "kind: Input should be"),
    ],
)
def test_a_bad_line_costs_only_itself(evaluate: Evaluate, bad: str, why: str) -> None:
    result = evaluate([LINES[0], "", bad, LINES[1]], "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["questions"] == 2
    (said,) = result.stderr.splitlines()
    assert said.startswith("error: line 3: ")
    assert why in said


def test_without_a_line_to_ask_there_is_nothing_to_tell(evaluate: Evaluate, tmp_path: Path) -> None:
    result = evaluate(["nonsense"], "--out", str(tmp_path / "out"))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "no line has a question" in result.stderr.splitlines()[-1]
    assert not (tmp_path / "out").exists()


def test_the_questions_are_not_written_over(evaluate: Evaluate, tmp_path: Path) -> None:
    result = evaluate(LINES, "--out", str(tmp_path / "questions.jsonl"))
    assert result.exit_code == 2
    assert evaluate(LINES, "--out", "x", "--picture", "x").exit_code == 2


def test_nothing_is_asked_when_the_picture_has_no_folder(
    evaluate: Evaluate, tmp_path: Path
) -> None:
    out, picture = tmp_path / "out", tmp_path / "none" / "a.svg"
    result = evaluate(LINES, "--out", str(out), "--picture", str(picture))
    assert result.exit_code == 1
    assert "none: is no folder; make it first" in result.stderr
    assert not out.exists()


def test_an_empty_corpus_says_so(evaluate: Evaluate, empty_home: Path, monkeypatch: Any) -> None:
    monkeypatch.undo()
    result = evaluate(LINES, "--home", str(empty_home))
    assert result.exit_code == 1
    assert "dateline add" in result.stderr
