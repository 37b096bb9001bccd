"""The comparison with other programs, without any of them."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from benchmarks.peers import recall, report, seam
from benchmarks.peers.environments import ENTRANTS, REPOSITORY
from benchmarks.peers.report import Answered, Asked, Results
from benchmarks.peers.seam import Article

ARTICLES = [
    Article("https://a.example/1", "A ferry", "2022-05-01", text, tuple(text.split("\n")))
    for text in ["The ferry sank near Lodova.\nNobody was hurt on Monday."]
] + [
    Article("https://a.example/2", "A vote", None, text, tuple(text.split("\n")))
    for text in ["Parliament voted on the budget.\nThe vote was close."]
]


def test_articles_come_back_as_they_were_written(tmp_path: Path) -> None:
    seam.write_articles(tmp_path / "articles.jsonl", ARTICLES)
    assert seam.read_articles(tmp_path / "articles.jsonl") == ARTICLES


@pytest.mark.parametrize("name", ["dateline", "dateline_read"])
def test_what_is_indexed_in_one_process_is_found_in_another(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seam.write_articles(tmp_path / "articles.jsonl", ARTICLES)
    (tmp_path / "questions.json").write_text(json.dumps(["Where did the ferry sink?"]))
    index = str(tmp_path / "index")
    seam.main(name, "index", str(tmp_path / "articles.jsonl"), index, str(tmp_path / "no-vectors"))
    seconds = json.loads(capsys.readouterr().out)
    seam.main(name, "ask", str(tmp_path / "questions.json"), index)
    told = json.loads(capsys.readouterr().out)
    assert min(seconds, told["cold"], *told["milliseconds"]) > 0
    [ranked] = told["found"]
    assert ranked[0] == ["https://a.example/1", "The ferry sank near Lodova."]
    assert len(ranked) <= seam.DEPTH


def test_known_vectors_stand_in_for_encoding(tmp_path: Path) -> None:
    one, two = np.eye(2, recall.DIMENSIONS, dtype=np.float32)
    recall.keep(tmp_path, {"one": one, "two": two})
    encode = recall.Recall(tmp_path).instead_of(lambda _, texts, **__: ["encoded", texts])
    assert (encode(None, ["two", "one"], batch_size=1) == [two, one]).all()
    assert encode(None, ["one", "three"]) == ["encoded", ["one", "three"]]
    assert encode(None, "one") == ["encoded", "one"]


def asked(name: str, articles: int, slower: float) -> Asked:
    return Asked(
        name=name,
        articles=articles,
        sentences=80 * articles,
        questions=articles // 10,
        asked=100,
        cold_s=slower,
        p50_ms=10 * slower,
        p95_ms=20 * slower,
        memory=100 * slower,
        disk=articles / 10,
        hits=(articles // 40, articles // 20, articles // 10),
    )


RESULTS = Results(
    machine="a machine",
    rounds=3,
    indexing={"dateline": 300, "dateline_read": 300, "bm25s": 5000, "plain": 60},
    installed={"dateline": 400, "dateline_read": 400, "bm25s": 200, "plain": 1600},
    asked=[
        asked(name, articles, slower)
        for articles in (100, 1000)
        for name, slower in (("plain", 8), ("dateline", 1), ("dateline_read", 2), ("bm25s", 0.5))
    ],
    answered=[
        Answered(articles=100, there=10, answered=6, right=5, not_there=90, refused=80),
        Answered(articles=1000, there=100, answered=60, right=50, not_there=0, refused=0),
    ],
)


def test_tables_compare_over_the_largest_corpus() -> None:
    rows = report.text(RESULTS).splitlines()
    assert "1,000 articles, 80,000 sentences" in rows[0]
    assert (
        "| plain script | 60 | 8.00 | 80.0 / 160.0 | 800 | 100 | 1,600 | 25.0 / 50.0 / 100.0 |"
        in (rows)
    )
    assert "| plain script | 5× | 8× | 8× | 12% | 25% | +0.0 |" in rows
    assert "| plain script | 80.0 · 800 · 5 | 80.0 · 800 · 50 |" in rows
    assert "| over 100 articles | 5 of 10 | 1 | 80 of 90 |" in rows


def test_the_readme_takes_new_tables_between_its_marks() -> None:
    page = report.README.read_text("utf-8")
    again = report.filled(report.filled(page, "one"), "two")
    assert f"{report.BEGIN}\n\ntwo\n\n{report.END}" in again
    assert again.partition(report.BEGIN)[0] == page.partition(report.BEGIN)[0]
    with pytest.raises(ValueError, match="put them where the tables belong"):
        report.filled("a page", "one")


def test_diagrams_have_everybody_and_are_those_in_docs() -> None:
    drawn = report.diagrams(RESULTS)
    for name, svg in drawn.items():
        texts = [node.text for node in ET.fromstring(svg).iter() if node.text]
        assert {"Dateline, ranking", "Dateline, with reading", "bm25s", "plain script"} <= {*texts}
        assert (REPOSITORY / "docs" / name).exists()


def test_each_entrant_has_its_adapter_and_exact_versions() -> None:
    folder = REPOSITORY / "benchmarks" / "peers" / "adapters"
    adapters = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert adapters == {entrant.name for entrant in ENTRANTS}
    others = [one for one in ENTRANTS if one.environment != "dateline"]
    assert all("==" in requirement for one in others for requirement in one.requirements)
