"""What the commands print and store, as their contract says."""

import hashlib
import json
import re
import shlex
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from bot.cli.chat import prompting
from bot.metadata import described
from index import ArticleInput, Incoming, RefusedArticle, accept
from retrieval.answer import Answer, RankedSentence
from tests.conftest import EXAMPLES, QUESTION, MakeProgram, Program, Run

NOT_IN = ["who", "is", "the", "queen", "of", "Zamunda"]
NEVER = {"DATELINE_THRESHOLD": "1"}  # how sure an answer would have to be


# -- asking -----------------------------------------------------------------------------------


def test_words_need_no_quotation_marks(examples: Program) -> None:
    done = examples("ask", *QUESTION)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("New York ")
    assert "\x1b" not in done.stdout


def test_ask_prints_an_answer_that_can_be_checked(examples: Program) -> None:
    printed = examples.json("ask", *QUESTION)
    answer = Answer.model_validate(printed)
    assert list(printed) == list(Answer.model_fields)
    assert (answer.status, answer.answer) == ("answered", "New York")
    for citation in answer.citations:
        article = examples.json("show", citation.article_id)
        assert article["text"][citation.start : citation.end] == citation.quote
        assert article["text_sha256"] == citation.text_sha256
    first = answer.citations[0]
    assert first.quote[first.answer_start : first.answer_end] == answer.answer


@pytest.mark.parametrize("before", [True, False])
def test_options_go_before_or_after_the_command(
    program: MakeProgram, example_home: Path, tmp_path: Path, *, before: bool
) -> None:
    elsewhere = program(tmp_path / "elsewhere")
    options = ["--home", str(example_home), "--corpus", "default", "--json"]
    args = [*options, "ask", *QUESTION] if before else ["ask", *QUESTION, *options]
    done = elsewhere(*args)
    assert done.returncode == 0, done.stderr
    assert Answer.model_validate_json(done.stdout).status == "answered"


def test_nothing_found_is_status_3(run: Run) -> None:
    result = run("ask", *NOT_IN, env=NEVER)
    assert result.exit_code == 3
    assert "The articles don't say." in result.stdout
    assert "“Zamunda”" in result.stdout
    assert "not an answer" in result.stdout
    as_json = run("ask", "--json", *NOT_IN, env=NEVER)
    assert as_json.exit_code == 3
    answer = Answer.model_validate_json(as_json.stdout)
    assert (answer.status, answer.answer, answer.citations) == ("not_found", None, ())
    assert "Zamunda" in answer.missing


def test_filters_say_which_articles_may_answer(run: Run) -> None:
    article = json.loads(run("ask", "--json", *QUESTION).stdout)["citations"][0]["article_id"]
    inside = run("ask", "--json", "--article", article, *QUESTION)
    assert inside.exit_code == 0
    outside = run("ask", "--json", "--since", "2030-01-01", *QUESTION)
    assert outside.exit_code == 3
    assert Answer.model_validate_json(outside.stdout).closest == ()
    dated = run(
        "search", "--json", "--source", "Dateline example", "--until", "2023-09-18", "China"
    )
    days = {RankedSentence.model_validate(hit).published for hit in json.loads(dated.stdout)}
    assert days
    assert max(day for day in days if day) <= "2023-09-18"


@pytest.mark.parametrize("until", ["yesterday", "Last  week", "today"])
def test_a_day_may_be_given_in_words(run: Run, until: str) -> None:
    assert run("ask", "--until", until, *QUESTION).stdout.startswith("New York ")
    assert run("search", "--since", until, *QUESTION).stdout == "Nothing found.\n"


THIS_WEEK = "who did Blinken meet this week"
AS_LINE = json.dumps({"question": THIS_WEEK})


@pytest.mark.parametrize(
    ("args", "typed"),
    [
        (["ask", *THIS_WEEK.split()], ""),
        (["ask", "--batch", "-"], AS_LINE),
        (["chat"], THIS_WEEK),
    ],
)
def test_questions_may_be_asked_as_on_another_day(run: Run, args: list[str], typed: str) -> None:
    done = run(*args, "--json", "--asked", "2023-09-20", input=typed)
    answer = Answer.model_validate_json(done.stdout)
    assert "this week: 14–20 September 2023." in [note.text for note in answer.notes]


def test_a_lines_own_day_comes_before_the_batchs(run: Run) -> None:
    lines = f'{AS_LINE[:-1]}, "asked": "2023-06-20"}}\n{AS_LINE[:-1]}, "asked": "soon"}}\n'
    done = run("ask", "--batch", "-", "--asked", "2023-09-20", input=lines)
    first, wrong = map(json.loads, done.stdout.splitlines())
    assert "this week: 14–20 June 2023." in [note["text"] for note in first["notes"]]
    assert wrong["error"].startswith("line 2: asked: ")


def test_a_day_to_ask_on_is_a_day(run: Run) -> None:
    done = run("ask", "--asked", "soon", *QUESTION)
    assert done.exit_code == 2
    assert "--asked" in done.stderr


def test_explain_shows_how_sentences_were_scored(run: Run) -> None:
    rows = json.loads(run("ask", "--json", "--explain", *QUESTION).stdout)["explain"]
    assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))
    assert set(rows[0]) == {
        "rank", "score", "dense", "words", "reader", "sentence", "article_id", "title", "why",
    }  # fmt: skip
    table = [line.split("\t") for line in run("ask", "--explain", *QUESTION).stdout.splitlines()]
    head = table.index(["rank", "score", "dense", "words", "reader", "sentence", "why"])
    sentences = [" ".join(row["sentence"].split()) for row in rows]
    assert [row[5] for row in table[head + 1 :]] == sentences


def test_search_ranks_sentences(run: Run) -> None:
    result = run("search", "Blinken", "in", "Beijing", "-k", "3", "--json")
    assert result.exit_code == 0
    hits = [RankedSentence.model_validate(hit) for hit in json.loads(result.stdout)]
    assert [hit.rank for hit in hits] == [1, 2, 3]
    assert sorted((hit.score for hit in hits), reverse=True) == [hit.score for hit in hits]
    assert hits[0].sentence in run("search", "Blinken", "in", "Beijing").stdout


def test_a_search_without_hits_is_status_3(run: Run) -> None:
    result = run("search", "--json", "--since", "2030-01-01", "Blinken")
    assert (result.exit_code, json.loads(result.stdout)) == (3, [])
    assert run("search", "--since", "2030-01-01", "Blinken").stdout == "Nothing found.\n"


def test_latest_shows_the_newest_articles(run: Run) -> None:
    result = run("latest", "-k", "2", "--json")
    answer = Answer.model_validate_json(result.stdout)
    assert (result.exit_code, answer.status) == (0, "answered")
    assert [citation.published for citation in answer.citations] == ["2023-09-20", "2023-09-19"]
    assert "Dateline notes: A leading sentence of each article" in run("latest").stdout


def test_latest_on_a_topic(run: Run) -> None:
    result = run("latest", "Derna", "flood", "--until", "2023-09-18", "--json")
    answer = Answer.model_validate_json(result.stdout)
    assert {citation.published for citation in answer.citations} == {"2023-09-17"}
    assert run("latest", "Zillow").exit_code == 3


def test_batch_answers_line_by_line(examples: Program) -> None:
    lines = [
        json.dumps({"question": " ".join(QUESTION)}).encode(),
        b"not json",
        json.dumps(
            {"question": "when?", "history": [{"question": " ".join(QUESTION), "answer": "x"}]}
        ).encode(),
        b'{"question": 5}',
        b'{"question": "\xff"}',
        b'{"question": "where is \\ud800?"}',
        b'{"question": "?"}',
        b"[" * 100_000,
        b'{"question": "thank you"}',
    ]
    done = examples("ask", "--batch", "-", stdin=b"\n".join(lines))
    assert done.returncode == 0, done.stderr
    printed = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(printed) == len(lines)
    wrong = [n for n, line in enumerate(printed) if "error" in line]
    assert wrong == [1, 3, 4, 6, 7]
    assert all(list(printed[n]) == ["error"] for n in wrong)
    first, followed, last = (Answer.model_validate(printed[n]) for n in (0, 2, 8))
    assert first.answer == "New York"
    assert "Han Zheng" in followed.standalone_question
    assert last.status == "not_found"


def test_batch_reads_a_file_and_filters(examples: Program, tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text('\ufeff{"question": "where did Blinken meet Han Zheng"}\r\n\n', "utf-8")
    done = examples("ask", "--batch", str(path), "--since", "2030-01-01", "--explain")
    (printed,) = map(json.loads, done.stdout.splitlines())
    assert (printed["status"], printed["explain"]) == ("not_found", [])


def test_a_conversation_through_a_pipe(examples: Program) -> None:
    typed = " ".join(QUESTION) + "\n\nwhen?\n/nothing\n/quit\nnever asked\n"
    done = examples("chat", "--json", stdin=typed.encode())
    assert done.returncode == 1
    first, second = (Answer.model_validate_json(line) for line in done.stdout.splitlines())
    assert first.answer == "New York"
    assert "Han Zheng" in second.standalone_question
    assert done.stderr.startswith("error: there is no command /nothing")


@pytest.mark.parametrize("end", ["exit", "quit", ":q", "/quit", " EXIT "])
def test_a_conversation_ends_as_one_would_expect(run: Run, end: str) -> None:
    done = run("chat", input=f"help\n/help\n{end}\nnever asked\n")
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr.count("exit, quit, :q, /quit or Ctrl-D ends.") == 2


@pytest.mark.parametrize(
    ("args", "typed", "status"),
    [
        (["--since", "2030-01-01"], "who won", 3),
        ([], " ".join(QUESTION) + "\nthank you", 0),
        (["--article", "nope"], "who won", 1),
        ([], "", 0),
    ],
)
def test_a_piped_conversation_has_a_status(
    examples: Program, args: list[str], typed: str, status: int
) -> None:
    assert examples("chat", *args, stdin=typed.encode()).returncode == status


def test_an_interrupt_drops_what_is_half_typed_and_then_ends(tmp_path: Path) -> None:
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        next_line = prompting(tmp_path)
        keys.send_text("half\x03whole\r")
        assert next_line() == "whole"
        keys.send_text("\x03")
        with pytest.raises(KeyboardInterrupt):
            next_line()


def test_a_follow_up_says_what_was_searched_for(examples: Program) -> None:
    done = examples("chat", stdin=(" ".join(QUESTION) + " \nwhen was that?\n").encode())
    first, second = done.stdout.split("searched for: ")
    assert first.startswith("New York ")
    assert second.startswith("when was that? (with: where did Blinken meet Han Zheng")
    assert "searched for" not in examples("ask", *QUESTION).stdout


# -- articles --------------------------------------------------------------------------------


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
    }  # fmt: skip
    acknowledged = [line for line in done.stderr.splitlines() if line.startswith("added ")]
    assert len(acknowledged) == report["added"] == report["articles"] == 11
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


def test_standard_input_is_an_article_with_its_fields(empty: Program) -> None:
    fields = ["--title", "The mayor", "--url", "https://example.com/mayor"]
    fields += ["--published", "2024-05-06", "--source", "The Example"]
    done = empty("add", "-", *fields, stdin=b"The mayor of Paris spoke on Monday.")
    assert done.returncode == 0, done.stderr
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
    assert done.stdout.startswith("9 added; 9 articles"), done.stderr


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
    assert mine("list", "--since", "2030-01-01").stdout == "There are no such articles\n"
    assert "sources are" in mine("list", "--source", "nobody").stderr
    done = mine("remove", "--title", "taiwan")
    assert done.returncode == 1
    assert done.stderr.endswith("? Nobody can be asked here; add --yes\n")
    assert mine("remove", "--title", "zamunda", "--yes").returncode == 1
    assert len(mine.json("list")) == 11
    removed = mine.json("remove", "--title", "taiwan", "--yes")
    assert removed == {"removed": [found["article_id"]], "articles": 10}


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
    assert re.search(r"^model +none yet; the first add takes all-MiniLM", facts, re.MULTILINE)
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
