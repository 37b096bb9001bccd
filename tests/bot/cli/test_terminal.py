"""What a terminal is sent, how quickly the program starts, and ``make ask``."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from bot.cli.main import dateline
from bot.cli.progress import ProgressBar, pace
from index import Outcome
from index.reading.files import read_paths
from index.storage.report import OutcomeKind
from tests.bot.cli.terminals import in_terminal, shown
from tests.conftest import EXAMPLES, QUESTION, REPOSITORY, MakeProgram, Program, Run
from tests.index.reading.outcomes import refused, taken

# Overrides of direction, a right-to-left mark, markup that Rich would take for a colour.
HOSTILE = "Mayor \u202eevil\u202c said [bold red]hello[/] in \u200fParis on Monday \u2066today."

# -- drawing ---------------------------------------------------------------------------------


def test_a_conversation_on_a_terminal(mine: Program) -> None:
    typed = " ".join(QUESTION).encode() + b"\rhelp\rexit\r"
    sent = in_terminal(["chat"], mine, typed=typed)
    assert "New York" in shown(sent)
    assert "Ask about the articles in your own words. help says more; exit or" in shown(sent)
    assert "A follow-up may lean on what was asked before" in shown(sent)
    history = mine.home / "chat_history"
    assert " ".join(QUESTION) in history.read_text()
    assert history.stat().st_mode & 0o077 == 0


def test_nothing_from_outside_reaches_a_terminal_as_it_is(empty: Program) -> None:
    empty("add", "-", "--title", f"News: {HOSTILE}", stdin=HOSTILE.encode())
    (article,) = empty.json("list")
    commands = (["ask", "who said hello"], ["search", "hello"], ["list"])
    for command in (*commands, ["show", article["article_id"]]):
        for text in (
            empty(*command).stdout,
            shown(in_terminal(command, empty, columns=200)),
        ):
            assert "\\u202eevil\\u202c said [bold red]hello[/] in \\u200fParis" in text
            assert not re.search("[\u202a-\u202e\u2066-\u2069\u200f\x1b]", text)


@pytest.mark.parametrize("columns", [40, 100])
def test_the_width_of_a_terminal_is_kept(examples: Program, columns: int) -> None:
    for command in (["ask", *QUESTION], ["list"], ["info"], ["search", "Blinken"]):
        sent = in_terminal(command, examples, columns=columns)
        assert "\x1b[" in sent
        assert max(map(len, shown(sent).splitlines())) <= columns


def test_a_list_is_as_long_as_the_terminal(mine: Program) -> None:
    lines = b"".join(
        b'{"text": "Report %d is out.", "title": "%s"}\n' % (n, b"x" * 200) for n in range(40)
    )
    mine("add", "-", stdin=lines)
    short = shown(in_terminal(["list"], mine)).splitlines()
    assert len(short) == 23
    assert short[-1] == "… and 30 more; --all lists all"
    assert "… and" not in shown(in_terminal(["list", "--all"], mine))
    assert len(mine("list").stdout.splitlines()) == 52


def test_adding_on_a_terminal_is_told_in_one_line_and_in_one_each_if_wanted(
    mine: Program, tmp_path: Path
) -> None:
    folder = tmp_path / "more"
    folder.mkdir()
    for n in range(3):
        (folder / f"{n}.txt").write_text(f"Report {n} is out.")
    (folder / "3.txt").write_bytes(b"\x00\x01\x02")
    first = shown(in_terminal(["add", str(folder)], mine, columns=300))
    assert "added " not in first.replace("3 added; ", "")
    assert "refused " in first
    assert "3 added, 1 refused; 3 without a date; 14 articles with " in first
    again = shown(in_terminal(["add", "-v", str(folder)], mine, columns=300))
    assert again.count("unchanged ") == 3


@pytest.mark.parametrize("columns", [60, 84])
def test_no_row_ends_or_begins_with_a_joint(examples: Program, columns: int) -> None:
    command = ["ask", "when", "was", "Qin", "Gang", "removed"]
    rows = shown(in_terminal(command, examples, columns=columns)).splitlines()
    assert any("2023-09-18" in row for row in rows)
    assert not [row for row in rows if row.strip().startswith("·") or row.strip().endswith("·")]


def test_a_place_is_in_colour_on_a_terminal(examples: Program) -> None:
    (cited, *_) = examples.json("ask", *QUESTION)["citations"]
    at = ["show", cited["article_id"], "--at", f"{cited['start']}-{cited['end']}"]
    sent = in_terminal(at, examples, columns=1000)
    assert re.search(rf"\x1b\[1;32m{re.escape(cited['quote'])}\x1b\[0m", sent)
    assert "»" not in sent


def test_a_terminal_without_unicode_gets_escapes(examples: Program) -> None:
    done = examples.apart("ask", *QUESTION, PYTHONIOENCODING="latin-1")
    assert done.returncode == 0, done.stderr
    assert "\\u201c" in done.stdout
    as_json = examples.apart("ask", *QUESTION, "--json", PYTHONIOENCODING="latin-1")
    assert "“" in json.loads(as_json.stdout)["citations"][0]["quote"]


def test_a_question_that_is_not_utf_8(examples: Program) -> None:
    done = examples.apart("ask", "--json", *QUESTION, b"caf\xe9")
    assert done.returncode in (0, 3), done.stderr
    assert json.loads(done.stdout)["question"].endswith("caf\ufffd")


def test_a_bar_appears_when_it_takes_long(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with ProgressBar("rebuilding", "sentences") as progress:
        for n in range(16):
            progress.advance(n, 1600)
            time.sleep(0.1)
    assert "rebuilding: 15 of 1,600 sentences" in shown(capsys.readouterr().err)


@pytest.mark.parametrize(
    ("done", "seconds", "share", "told"),
    [
        (0, 5.0, 0.5, ""),
        (50, 10.0, 0.0, ", 5 a second"),
        (5, 10.0, 0.25, ", 30 a minute, 30 s left"),
        (5000, 10.0, 0.01, ", 500 a second, 16 min left"),
        (5000, 10.0, 1.0, ", 500 a second"),
    ],
)
def test_the_rate_is_told_and_what_is_left(
    done: int, seconds: float, share: float, told: str
) -> None:
    assert pace(done, seconds, share) == told


def test_how_much_of_files_is_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [json.dumps({"text": f"The mayor of town {n} spoke. " * 9}) for n in range(4)]
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    (tmp_path / "b.txt").write_text("The weather was bad. " * 5)
    missing = tmp_path / "missing"
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    progress = ProgressBar("adding", "articles")
    items = list(progress.following(read_paths([missing, tmp_path]), [missing, tmp_path]))
    assert refused(items[:1]) == [f"{missing}: does not exist; check the path"]
    read = taken(items[1:])
    shares = [progress.share]
    kinds: list[OutcomeKind] = ["unchanged", "refused", "added", "updated", "added"]
    for kind, item in zip(kinds, read, strict=True):
        progress.acknowledge(Outcome(kind, item.label))
        shares.append(progress.share)
    assert shares[:3] == [0.0, 0.0, 0.0]
    assert 0.35 < shares[3] < 0.45
    assert 0.7 < shares[4] < 0.8
    assert shares[5] == 1.0


# -- how it starts ----------------------------------------------------------------------------


def test_asking_and_adding_load_little(own_home: Path, program: MakeProgram) -> None:
    heavy = ["torch", "sentence_transformers", "transformers", "discord", "rich", "prompt_toolkit"]
    commands = (["ask", *QUESTION], ["list"], ["search", "Blinken"], ["add", str(EXAMPLES)])
    # All in one process: what any of them loads stays loaded.
    script = (
        "import sys\nfrom bot.cli.main import dateline\n"
        f"for args in {commands}:\n"
        "    try:\n        dateline([*args, '--json'])\n"
        "    except SystemExit as end:\n        assert end.code in (0, 3)\n"
        f"    print('loaded', args, [name for name in {heavy} if name in sys.modules])\n"
    )
    lines = program(own_home).python(script).splitlines()
    loaded = [line for line in lines if line.startswith("loaded")]
    assert loaded == [f"loaded {args} []" for args in commands]


def test_each_command_imports_what_it_needs_and_no_more(mine: Program) -> None:
    def imported(script: str) -> set[str]:
        script += "\nprint(*{name.split('.')[0] for name in sys.modules})"
        done = subprocess.run(
            [sys.executable, "-c", f"import sys\n{script}"],
            env=mine.environment(),
            cwd=mine.folder,
            capture_output=True,
            text=True,
            check=True,
        )
        return set(done.stdout.splitlines()[-1].split())

    assert not imported("import bot.cli.main") & {"index", "retrieval", "discord", "numpy", "rich"}
    add = f"from bot.cli.main import dateline\ntry: dateline(['add', {str(EXAMPLES)!r}])\n"
    assert not imported(f"{add}except SystemExit: pass") & {"retrieval", "discord", "rich"}


def test_article_ids_complete(examples: Program) -> None:
    ids = [article["article_id"] for article in examples.json("list")]
    done = examples(
        _DATELINE_COMPLETE="bash_complete", COMP_WORDS=f"dateline show {ids[0][:6]}", COMP_CWORD="2"
    )
    assert done.stdout == f"plain,{ids[0]}\n"


def test_help_has_every_command(run: Run) -> None:
    text = run("--help").stdout
    for command in dateline.list_commands(click.Context(dateline)):
        assert re.search(rf"^  {command} ", text, re.MULTILINE)
    assert "_DATELINE_COMPLETE" in text


def test_what_is_asked_of_make_stays_data(tmp_path: Path) -> None:
    stand_in = tmp_path / ".venv" / "bin" / "dateline"
    stand_in.parent.mkdir(parents=True)
    stand_in.write_text('#!/bin/sh\nfor word; do printf "<%s>" "$word"; done\n')
    stand_in.chmod(0o755)
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_bytes((REPOSITORY / name).read_bytes())
    (tmp_path / "examples" / "articles").mkdir(parents=True)
    (tmp_path / ".dateline").mkdir()
    for stamp in (".venv/core", ".dateline/examples-added"):
        (tmp_path / stamp).touch()
        os.utime(tmp_path / stamp, (time.time() + 60,) * 2)
    # The tests themselves may be run by make, whose flags are not for this one.
    around = {
        name: os.environ[name] for name in os.environ if name not in ("MAKEFLAGS", "MAKELEVEL")
    }
    question = "who said \"$(shell touch made)\" `touch shell` $$5 'and' #more; exit 1"
    for args, env in ((["Q=" + question], {}), ([], {"Q": question})):
        done = subprocess.run(
            ["make", "ask", *args],
            cwd=tmp_path,
            env=around | env,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.endswith(f"<ask><--><{question}>")
    assert not (tmp_path / "made").exists()
    assert not (tmp_path / "shell").exists()
