"""What `ask`, `search` and `latest` print and how they end, as their contract says."""

import datetime as dt
import json
from pathlib import Path

import pytest

from bot.cli.options import Chosen, filters_of
from index import Corpus, InputError
from retrieval.answer import Answer, RankedSentence
from tests.conftest import QUESTION, MakeProgram, Program, Run
from tests.corpora import an_article, on_day

NOT_IN = ["who", "is", "the", "queen", "of", "Zamunda"]
NEVER = {"DATELINE_THRESHOLD": "1"}  # how sure an answer would have to be


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


def test_a_source_is_one_of_the_articles_of_the_day(corpus: Corpus) -> None:
    chosen = Chosen()
    chosen.corpus = corpus
    with on_day("2026-05-05"):
        corpus.add([an_article("a", source="The Courier"), an_article("b", source="The Globe")])
    with on_day("2026-05-07"):
        corpus.add([an_article("a", "New words.", source="The Herald")])
    day = dt.date(2026, 5, 6)
    assert filters_of(chosen, "the courier", None, None, as_of=day).source == "The Courier"
    with pytest.raises(InputError, match="no article is from 'the courier'; the sources are: The"):
        filters_of(chosen, "the courier", None, None)


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
    days = ("2023-06-20", "20230620", None, "yesterday", "soon", 1687219200)
    lines = "".join(f'{AS_LINE[:-1]}, "asked": {json.dumps(day)}}}\n' for day in days)
    done = run("ask", "--batch", "-", "--asked", "2023-09-20", input=lines)
    *answers, soon, number = map(json.loads, done.stdout.splitlines())
    notes = [[note["text"] for note in one["notes"]] for one in answers]
    week = "this week: 14–20 June 2023."
    assert [week in texts for texts in notes] == [True, True, False, False]
    assert "this week: 14–20 September 2023." in notes[2]
    told = "is not a date; write YYYY-MM-DD, today, yesterday, last week, last month or last year"
    assert soon == {"error": f"line 5: asked: 'soon' {told}"}
    assert number == {"error": f"line 6: asked: 1687219200 {told}"}
    assert told in run("ask", "--asked", "soon", "who").stderr


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
        b" ",
        b'{"query": "who"}',
        b'{"question": "who", "history": [{}]}',
    ]
    done = examples("ask", "--batch", "-", stdin=b"\n".join(lines))
    assert done.returncode == 0, done.stderr
    printed = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(printed) == len(lines)
    wrong = [n for n, line in enumerate(printed) if "error" in line]
    assert wrong == [1, 3, 4, 6, 7, 9, 10, 11]
    assert all(list(printed[n]) == ["error"] for n in wrong)
    assert [printed[n]["error"] for n in (1, 9, 10, 11)] == [
        "line 2: it is not JSON",
        "line 10 is blank",
        'line 11: it has no "question"',
        'line 12: history.0: it has no "question"',
    ]
    first, followed, last = (Answer.model_validate(printed[n]) for n in (0, 2, 8))
    assert first.answer == "New York"
    assert "Han Zheng" in followed.standalone_question
    assert last.status == "not_found"


def test_batch_reads_a_file_and_filters(examples: Program, tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text('\ufeff{"question": "where did Blinken meet Han Zheng"}\r\n', "utf-8")
    done = examples("ask", "--batch", str(path), "--since", "2030-01-01", "--explain")
    (printed,) = map(json.loads, done.stdout.splitlines())
    assert (printed["status"], printed["explain"]) == ("not_found", [])
