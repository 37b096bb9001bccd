"""What the commands about articles print and store, as their contract says."""

import hashlib
import json
import re
import shlex
from pathlib import Path

import pytest

from index import ArticleInput, Incoming, RefusedArticle, accept
from index.reading.accept import described
from tests.conftest import EXAMPLES, QUESTION, Program


def test_an_article_with_an_address_is_shown_by_its_path(empty: Program) -> None:
    path = empty.folder / "fm" / "c.md"
    path.parent.mkdir()
    path.write_text("---\nlink: https://g.example/1\n---\n\nThe mayor of Paris spoke.")
    assert empty("add", "fm").returncode == 0
    assert empty.json("show", "fm/c.md")["url"] == "https://g.example/1"
    assert empty("show", "fm/d.md").returncode == 1
    assert empty("remove", "fm/c.md").returncode == 0


def test_add_acknowledges_each_article(empty: Program) -> None:
    done = empty("add", str(EXAMPLES), "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert set(report) == {
        "added", "updated", "unchanged", "refused", "articles", "sentences", "seconds",
        "undated",
    }  # fmt: skip
    acknowledged = [line for line in done.stderr.splitlines() if line.startswith("added ")]
    assert len(acknowledged) == report["added"] == report["articles"] == 11
    assert report["undated"] == 0
    again = empty.json("add", str(EXAMPLES))
    assert (again["added"], again["unchanged"], again["articles"]) == (0, 11, 11)


def test_what_is_refused_is_told_and_the_rest_added(empty: Program, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.txt", tmp_path / "bad.txt"
    good.write_text("The mayor of Paris spoke on Monday.")
    bad.write_bytes(b"\x00\x01\x02" * 100)
    done = empty("add", str(good), str(bad), str(tmp_path / "none.txt"), "--json")
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert report["added"] == 1
    assert [item["source"] for item in report["refused"]] == [str(bad), str(tmp_path / "none.txt")]
    assert done.stderr.splitlines()[-1] == "error: 2 articles refused; the rest is stored"
    done = empty("add", str(bad), "--corpus", "other")
    assert done.stderr.splitlines()[-1] == "error: 1 article refused; nothing was added"


def test_a_folder_without_articles_is_said_to_have_none(mine: Program, tmp_path: Path) -> None:
    done = mine("add", str(tmp_path / "folder"))
    assert done.stdout.startswith("none found; 11 articles with ")
    assert mine("rebuild").stdout.startswith("11 articles with ")


def test_standard_input_is_an_article_with_its_fields(empty: Program) -> None:
    fields = ["--title", "The mayor", "--url", "https://example.com/mayor"]
    fields += ["--published", "2024-05-06", "--source", "The Example"]
    done = empty("add", "-", *fields, stdin=b"The mayor of Paris spoke on Monday.")
    assert done.returncode == 0, done.stderr
    assert "1 article with 1 sentence (" in done.stdout
    (listed,) = empty.json("list")
    assert set(listed) == {
        "article_id", "title", "source", "url", "published", "sentences", "version", "added_at",
    }  # fmt: skip
    given = {"title": "The mayor", "url": "https://example.com/mayor", "source": "The Example"}
    assert listed.items() >= (given | {"published": "2024-05-06", "version": 1}).items()
    article = empty.json("show", "https://example.com/mayor")
    assert set(article) == {
        "schema_version", "article_id", "version", "title", "source", "url", "published", "place",
        "authors", "language", "text", "text_sha256", "sentences",
    }  # fmt: skip
    assert article["text_sha256"] == hashlib.sha256(article["text"].encode()).hexdigest()
    assert set(article["sentences"][0]) == {"start", "end", "kind"}


def test_standard_input_may_have_more_json_lines_than_an_article_may_have_bytes(
    empty: Program,
) -> None:
    lines = b"".join(b'{"text": "Report %d is out."}\n' % n for n in range(9))
    done = empty("add", "-", stdin=lines, DATELINE_MAX_ARTICLE_BYTES="99")
    assert done.stdout.startswith("9 added; 9 without a date; 9 articles"), done.stderr


@pytest.mark.parametrize("command", [["ask", *QUESTION], ["search", *QUESTION]])
def test_what_has_no_address_is_shown_with_the_command_that_is_printed(
    examples: Program, command: list[str]
) -> None:
    as_json = examples.json(*command)
    cited = as_json[0] if command[0] == "search" else as_json["citations"][0]
    assert cited["url"] is None
    place = f"{cited['start']}-{cited['end']}"
    shown = f"dateline show {cited['article_id']} --at {place}"
    assert f"\n    {shown}\n" in examples(*command).stdout
    done = examples(*shlex.split(shown)[1:])
    quote = cited.get("quote") or cited["sentence"]
    assert f"»{quote}«" in done.stdout
    assert done.stdout.startswith(f"{cited['title']}\n2023-09-18\n\n")


def test_show_at_gives_the_paragraph(examples: Program) -> None:
    (cited, *_) = examples.json("ask", *QUESTION)["citations"]
    article = examples.json("show", cited["article_id"], "--at", f"{cited['start']}–{cited['end']}")
    context = article["context"]
    assert set(context) == {"start", "end", "text"}
    assert article["text"][context["start"] : context["end"]] == context["text"]
    assert context["start"] <= cited["start"] < cited["end"] <= context["end"]
    assert context["text"] in article["text"].split("\n\n")


def test_a_printed_command_finds_its_corpus(mine: Program) -> None:
    (mine.home / "corpora" / "default").rename(mine.home / "corpora" / "asia")
    done = mine("search", *QUESTION, "--corpus", "asia", "--home", str(mine.home))
    command = re.search(r"dateline (show .*)", done.stdout)
    assert command
    assert mine(*shlex.split(command[1])).returncode == 0


def test_a_date_that_is_given_is_one_that_is_given() -> None:
    read = accept(ArticleInput(text="One."), None, "one", date_origin="metadata")
    dated = described(read, {"published": " 2024-05-06 "})
    assert isinstance(dated, Incoming)
    assert (dated.date_origin, dated.article.published) == ("given", "2024-05-06")
    titled = described(read, {"title": "One"})
    assert isinstance(titled, Incoming)
    assert titled.date_origin == "metadata"
    assert isinstance(described(read, {"title": "x" * 501}), RefusedArticle)


def test_fields_are_for_a_single_article(empty: Program) -> None:
    done = empty("add", str(EXAMPLES), "--title", "All of them")
    assert done.returncode == 2
    assert "--title" in done.stderr
    assert empty.json("list") == []


def test_remove_takes_all_or_none(mine: Program) -> None:
    ids = [article["article_id"] for article in mine.json("list")]
    assert mine("remove", ids[0], "nothing-like-it").returncode == 1
    assert len(mine.json("list")) == len(ids)
    assert mine.json("remove", ids[0], ids[1]) == {"removed": ids[:2], "articles": len(ids) - 2}
    assert {article["article_id"] for article in mine.json("list")} == set(ids[2:])


def test_list_and_remove_take_the_same_choice(mine: Program) -> None:
    listed = mine.json("list", "--source", "dateline EXAMPLE", "--until", "2023-09-18")
    assert {article["source"] for article in listed} == {"Dateline example"}
    assert max(article["published"] for article in listed) <= "2023-09-18"
    (found,) = mine.json("list", "--title", "taiwan chinese")
    assert "Taiwan counts 103 Chinese" in found["title"]
    assert mine.json("list", "--title", "taiwan chin") == []  # whole words only
    assert mine("list", "--since", "2030-01-01").stdout == "There are no such articles\n"
    assert "sources are" in mine("list", "--source", "nobody").stderr
    done = mine("remove", "--title", "taiwan")
    assert done.returncode == 1
    assert done.stderr.endswith("? Nobody can be asked here; add --yes\n")
    assert mine("remove", "--title", "zamunda", "--yes").returncode == 1
    assert len(mine.json("list")) == 11
    removed = mine.json("remove", "--title", "taiwan", "--yes")
    assert removed == {"removed": [found["article_id"]], "articles": 10}


@pytest.mark.parametrize("title", [" ", "!!", "\N{CAT FACE}"])
def test_a_title_without_a_word_chooses_no_article(examples: Program, title: str) -> None:
    for command in (["remove", "--yes"], ["list"]):
        done = examples(*command, "--title", title)
        assert done.returncode == 2
        assert "--title has no word" in done.stderr
    assert len(examples.json("list")) == 11


def test_rebuild_gives_the_same_answers(mine: Program, tmp_path: Path) -> None:
    before = mine.json("ask", *QUESTION)
    report = mine.json("rebuild")
    assert report["articles"] == 11
    after = mine.json("ask", *QUESTION)
    assert {**before, "timings_ms": {}} == {**after, "timings_ms": {}}
    (tmp_path / "new.txt").write_text("The mayor of Paris spoke on Monday.")
    assert mine.json("rebuild", str(tmp_path / "new.txt"))["articles"] == 12


def test_info_and_verify(examples: Program) -> None:
    facts = examples.json("info")
    assert facts["schema_version"] == 1
    assert (facts["corpus"], facts["articles"], facts["home"]) == (
        "default", 11, str(examples.home),
    )  # fmt: skip
    assert facts["model"]["runtime"] == "ctranslate2"
    assert facts["bytes"] > 10_000
    assert facts["corpus_version"] == examples.json("ask", *QUESTION)["corpus_version"]
    assert examples.json("verify") == {"schema_version": 1, "sound": True, "damages": []}


def test_a_corpus_that_is_not_there_yet(empty: Program) -> None:
    facts = empty("info").stdout
    assert re.search(r"^version +none yet$", facts, re.MULTILINE)
    assert re.search(r"^model +none yet; the first add takes dateline", facts, re.MULTILINE)
    assert empty.json("info")["model"] is None
    done = empty("verify")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: there is nothing to verify yet: no corpus 'default'; ")
    assert not (empty.home / "corpora").exists()


def test_verify_finds_damage(mine: Program) -> None:
    (vectors,) = (mine.home / "corpora" / "default" / "segments").iterdir()
    vectors.chmod(0o644)
    data = bytearray(vectors.read_bytes())
    data[-1000] ^= 0xFF
    vectors.write_bytes(data)
    done = mine("verify", "--json")
    assert done.returncode == 1
    printed = json.loads(done.stdout)
    assert not printed["sound"]
    assert set(printed["damages"][0]) == {"what", "mend"}
    assert done.stderr.startswith("error: ")
