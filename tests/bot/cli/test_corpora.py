"""Corpora as wholes: listed, deleted, exported and imported."""

import re

import pytest

from tests.bot.cli.terminals import in_terminal, shown
from tests.conftest import EXAMPLES, QUESTION, Program


def test_they_are_listed_with_size_and_dates(mine: Program) -> None:
    (listed,) = mine.json("corpora")
    assert list(listed) == [
        "corpus", "articles", "sentences", "published_from", "published_to", "changed_at", "bytes",
        "error",
    ]  # fmt: skip
    assert (listed["corpus"], listed["articles"], listed["error"]) == ("default", 11, None)
    assert (listed["published_from"], listed["published_to"]) == ("2023-06-20", "2023-09-20")
    head, row = mine("corpora").stdout.splitlines()
    assert head.split() == ["corpus", "articles", "from", "to", "changed", "size"]
    assert row.split()[:4] == ["default", "11", "2023-06-20", "2023-09-20"]


def test_none_yet(empty: Program) -> None:
    assert empty.json("corpora") == []
    assert empty("corpora").stdout.startswith("There are no corpora yet")
    assert empty("corpora", "delete", "x").stderr.startswith(
        "error: the corpus 'x' has no articles"
    )


def test_a_damaged_one_is_listed_and_can_be_deleted(mine: Program) -> None:
    (mine.home / "corpora" / "default" / "corpus-1.sqlite").write_bytes(b"not a database" * 999)
    done = mine("corpora")
    assert "damaged" in done.stdout
    assert re.fullmatch(r"error: .+ is damaged .+\n", done.stderr)
    assert done.returncode == 1
    assert mine("corpora", "delete", "default", "--yes").returncode == 0
    assert mine.json("corpora") == []


def test_one_is_exported_and_imported(mine: Program, empty: Program) -> None:
    file = mine.folder / "all.jsonl"
    report = mine.json("corpora", "export", "default", str(file))
    assert report == {
        "corpus": "default", "articles": 11, "versions": 11, "model": "dateline",
    }  # fmt: skip
    assert "is there already" in mine("corpora", "export", "default", str(file)).stderr
    assert "a corpus 'default' already" in mine("corpora", "import", str(file)).stderr
    assert mine.json("corpora", "import", str(file), "again")["corpus"] == "again"
    asked = ("ask", *QUESTION)
    first, again = mine.json(*asked), mine.json(*asked, "--corpus", "again")
    assert first | {"timings_ms": {}} == again | {"timings_ms": {}}
    assert mine.json("corpora", "delete", "again", "--yes") == {"deleted": "again"}
    done = mine("corpora", "import", str(file), "../outside")
    assert "cannot name a corpus" in done.stderr
    assert mine("corpora", "import", str(mine.folder / "none")).returncode == 1
    file.write_text(file.read_text().replace("Blinken", "Blinked", 1))
    done = mine("corpora", "import", str(file), "changed")
    assert re.search(r"(?m)^error: .+, line \d+: is not what was exported$", done.stderr)
    assert [corpus["corpus"] for corpus in mine.json("corpora")] == ["default"]


@pytest.mark.parametrize(("answer", "left"), [("n", 11), ("y", 0)])
def test_one_is_deleted_after_asking(mine: Program, answer: str, left: int) -> None:
    assert "add --yes" in mine("corpora", "delete", "default").stderr
    sent = in_terminal(["corpora", "delete", "default"], mine, typed=f"{answer}\r".encode())
    assert "Delete the corpus 'default' with 11 articles, for good? [y/N]" in shown(sent)
    assert len(mine.json("list")) == left


def test_parts_are_made_apart_and_merged(mine: Program, empty: Program) -> None:
    """``empty`` is another home, as on another machine."""
    mine("corpora", "delete", "default", "--yes")
    texts = [str(path) for path in sorted(EXAMPLES.glob("*.txt"))]
    mine("add", *texts, "--corpus", "whole")
    mine("add", *texts, "--corpus", "one", "--shard", "1/2")
    empty("add", *texts, "--corpus", "two", "--shard", "2/2")
    parts = ("one", str(empty.home / "corpora" / "two"))
    report = mine.json("corpora", "merge", "both", *parts)
    assert (report["added"], report["articles"]) == (len(texts), len(texts))
    again = mine.json("corpora", "merge", "both", *parts)
    assert (again["added"], again["unchanged"]) == (0, len(texts))
    asked = ("ask", *QUESTION, "--corpus")
    merged, whole = mine.json(*asked, "both"), mine.json(*asked, "whole")
    assert merged | {"timings_ms": {}} == whole | {"timings_ms": {}}
    assert "cannot be a part of itself" in mine("corpora", "merge", "both", "both").stderr
    assert "there is no corpus 'none'" in mine("corpora", "merge", "both", "none").stderr


@pytest.mark.parametrize("shard", ["0/2", "3/2", "2", "a/b", "1/2/3", "-1/2"])
def test_what_is_no_shard(empty: Program, shard: str) -> None:
    done = empty("add", "x.txt", "--shard", shard)
    assert (done.returncode, "is no part such as 1/4" in done.stderr) == (2, True)
