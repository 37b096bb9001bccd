"""What goes wrong is told in one line, with the status that the contract says."""

import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from index import Item
from tests.conftest import QUESTION, Program, Run
from tests.corpora import some_articles
from tests.discord_standin.server import TOKEN


@pytest.mark.parametrize("command", [["ask", "what"], ["search", "what"], ["chat"], ["latest"]])
def test_an_empty_corpus_says_what_to_do(empty: Program, command: list[str]) -> None:
    done = empty(*command, "--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "error: the corpus 'default' has no articles yet; add some with: dateline add PATH\n"
    )
    assert not (empty.home / "corpora").exists()


@pytest.mark.parametrize(
    "args",
    [
        ["ask"],
        ["ask", " "],
        ["ask", "who", "--batch", "-"],
        ["ask", "--since", "tomorrow", "who"],
        ["ask", "--since", "2024-01-02", "--until", "2024-01-01", "who"],
        ["ask", "--nothing", "who"],
        ["search", "who", "-k", "0"],
        ["search", "who", "--article", ""],
        ["add"],
        ["nothing"],
        ["--corpus", "", "list"],
        ["remove"],
        ["remove", "one", "--title", "two"],
    ],
)
def test_wrong_usage_is_status_2(run: Run, args: list[str]) -> None:
    result = run(*args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert re.fullmatch(r"error: .+; see: dateline.* --help\n", result.stderr)


@pytest.mark.parametrize(
    "args",
    [
        ["ask", "?"],
        ["ask", "x" * 5000],
        ["ask", "--article", "nothing", "who"],
        ["ask", "--source", "nobody", "who"],
        ["ask", "--batch", "no/such/file"],
        ["show", "nothing"],
        ["show", "china-ministers-2023-09-18", "--at", "5-1000000"],
        ["show", "china-ministers-2023-09-18", "--at", "five"],
        ["show", "\x1b[31m\n\u202e"],
        ["--corpus", "../outside", "ask", "who"],
        ["--home", "/dev/null", "add", "/dev/null"],
    ],
)
def test_an_error_is_one_line_without_traceback(run: Run, args: list[str]) -> None:
    result = run(*args, "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    last = result.stderr.splitlines()[-1]
    assert last.startswith("error: ")
    assert last.isprintable()
    assert "Traceback" not in result.stderr


def test_what_is_not_there_is_not_copied(empty: Program) -> None:
    assert empty("corpora", "copy", "nope", "c2").stderr == "error: there is no corpus 'nope'\n"


@pytest.mark.parametrize(
    ("args", "command"),
    [
        (["ask", "who", "--since"], "dateline ask"),
        (["corpora", "--corpus"], "dateline corpora"),
        (["--home"], "dateline"),
    ],
)
def test_an_option_without_its_value_names_the_help(
    run: Run, args: list[str], command: str
) -> None:
    told = f"error: Option '{args[-1]}' requires an argument; see: {command} --help\n"
    assert run(*args).stderr == told


def test_a_source_that_there_is_not_is_told_with_those_that_there_are(
    run: Run, empty: Program
) -> None:
    for command in (["ask", "who"], ["search", "who"], ["chat"]):
        told = run(*command, "--source", "Reuters").stderr
        assert told == "error: no article is from 'Reuters'; the sources are: Dateline example\n"
    assert "has no articles yet" in empty("search", "who", "--source", "Reuters").stderr


@pytest.mark.parametrize(
    "command",
    [
        *(["ask", "who"], ["search", "who"], ["chat"], ["list"], ["show", "x"], ["remove", "x"]),
        *(["info"], ["verify"], ["rebuild"], ["corpora", "delete"], ["corpora", "export"]),
        *(["corpora", "copy"], ["latest"], ["latest", "Derna"]),
    ],
    ids=" ".join,
)
def test_a_wrong_corpus_is_told_with_those_that_there_are(run: Run, command: list[str]) -> None:
    name = ["defalt"] if command[0] == "corpora" else ["--corpus", "defalt"]
    file = ["file"] if command[-1] in ("export", "copy") else []
    result = run(*command, *name, *file)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "error: there is no corpus 'defalt'; there are: default\n"


def test_a_rebuild_of_nothing_leaves_no_corpus(run: Run, empty_home: Path) -> None:
    result = run("rebuild", "--home", str(empty_home), "--corpus", "typo", "/nonexistent")
    assert result.exit_code == 1
    assert result.stderr.endswith("error: 1 article refused; nothing was added\n")
    assert not (empty_home / "corpora").exists()


def test_a_setting_that_there_is_not_is_told_once_with_the_nearest(mine: Program) -> None:
    (mine.folder / ".env").write_text("DATELINE_TREADS=2\n")
    done = mine("info", DATELINE_TRESHOLD="0.5", DATELINE_XYZ="1", DATELINE_DEBUG="1")
    assert done.returncode == 0
    ignored = "is not a setting, and does nothing"
    assert done.stderr.splitlines() == [
        f"warning: DATELINE_TREADS {ignored}; did you mean DATELINE_THREADS?",
        f"warning: DATELINE_TRESHOLD {ignored}; did you mean DATELINE_THRESHOLD?",
        f"warning: DATELINE_XYZ {ignored}; .env.example has all settings",
    ]


def test_a_damaged_database_is_an_error(mine: Program) -> None:
    database = mine.home / "corpora" / "default" / "corpus-1.sqlite"
    database.write_bytes(b"not a database" * 1000)
    for command in (["ask", "who"], ["list"], ["info"], ["verify"], ["remove", "x"]):
        done = mine(*command)
        assert done.returncode == 1
        assert re.fullmatch(r"error: .+\n", done.stderr), command


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATELINE_THREADS", "many"),
        ("DATELINE_THREADS", "0"),
        ("DATELINE_RUNTIME", "abacus"),
        ("DATELINE_MAX_ARTICLE_BYTES", "-1"),
    ],
)
def test_a_bad_setting_is_named(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    result = run("list")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"error: {name} is '{value}' and should ")
    assert result.stderr.count("\n") == 1


def test_settings_come_from_a_file(mine: Program, tmp_path: Path) -> None:
    (mine.folder / ".env").write_text(
        f"DATELINE_HOME={tmp_path / 'other'}\nDISCORD_TOKEN={TOKEN}\nUNKNOWN=1\n"
    )
    assert mine.json("info")["home"] == str(mine.home)  # the environment comes first
    checks = mine("doctor", "--json").stdout
    assert TOKEN not in checks
    (token,) = (c["found"] for c in json.loads(checks)["checks"] if c["check"] == "token")
    assert token == "set, of the application 109876543210987654"
    (mine.folder / ".env").write_bytes(b"DATELINE_MODEL=\xff\n")
    done = mine("list")
    assert done.returncode == 1
    assert done.stderr.endswith("is not UTF-8; save it as UTF-8\n")


@pytest.mark.parametrize("bad", ["DATELINE_CORPUS news", "DATELINE_CORPUS='news", "=news"])
def test_a_bad_line_of_the_file_is_named_once(mine: Program, bad: str) -> None:
    (mine.folder / ".env").write_text(f"DATELINE_THREADS=2\n\n{bad}\nDATELINE_RUNTIME=abacus\n")
    done = mine("list")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: .env, line 3: write NAME=VALUE, and close its quotes\n"


def test_doctor_finds_a_damaged_model(run: Run, own_home: Path) -> None:
    assert run("doctor", "--home", str(own_home)).exit_code == 0
    folder = own_home / "models" / "0123"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("{}")
    result = run("doctor", "--home", str(own_home))
    assert result.exit_code == 1
    assert "WRONG" in result.stdout
    assert result.stderr.startswith("error: model: ")


def test_what_another_model_takes_is_said_as_a_command(
    run: Run, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        "index.models.registry.importlib.util.find_spec",
        lambda name: None if name == "sentence_transformers" else found(name),
    )
    home = ("--home", str(own_home))
    result = run("rebuild", *home, "--model", "intfloat/e5-small-v2")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].endswith("run: pip install 'dateline[models]'")
    assert run("ask", *home, *QUESTION).exit_code == 0


def test_doctor_finds_that_a_corpus_is_not_there(run: Run, empty: Program) -> None:
    result = run("doctor", "--corpus", "nope")
    assert result.exit_code == 1
    assert re.search(r"WRONG +corpus +of no use +there is no corpus 'nope'; ", result.stdout)
    assert result.stderr.endswith("there is no corpus 'nope'; there are: default\n")
    assert empty("doctor").returncode == 0


@pytest.mark.parametrize("damage", ["changed", "shortened", "missing"])
def test_doctor_finds_damaged_vectors(mine: Program, damage: str) -> None:
    (path,) = (mine.home / "corpora" / "default" / "segments").glob("*.faiss")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.unlink()
    if damage != "missing":
        path.write_bytes(data if damage == "changed" else data[:-1])
    done = mine("doctor")
    assert done.returncode == 1
    assert done.stderr.startswith("error: corpus: ")
    assert "dateline rebuild" in done.stderr
    assert mine("rebuild").returncode == mine("doctor").returncode == 0


def test_an_interrupt_is_quiet(examples: Program) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "chat"],
        env=examples.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write(" ".join(QUESTION).encode() + b"\n")
    process.stdin.flush()
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err.strip()) == (130, b"")


def test_an_add_that_is_interrupted_says_what_is_stored(
    run: Run, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*_: object) -> Iterator[Item]:
        yield from some_articles(1)
        raise KeyboardInterrupt

    monkeypatch.setattr("bot.cli.articles.read", read)
    result = run("add", "--home", str(own_home), "anything")
    assert (result.exit_code, result.stdout) == (130, "")
    assert result.stderr == (
        "stopped; the corpus has 11 articles now, and the same command goes on from there\n"
    )


@pytest.mark.parametrize(
    ("command", "status"),
    [
        *(("list >&-", 0), ("list --json >&- 2>&-", 0), ("nothing 2>&-", 2), ("chat <&-", 0)),
        *(("add article.txt >&-", 0), ("add article.txt 2>&-", 0), ("add - <&-", 1)),
        *(("ask --batch - <&-", 0), ("eval - <&-", 1), ("add --links - <&-", 0)),
    ],
)
def test_a_closed_stream_is_an_empty_one(mine: Program, command: str, status: int) -> None:
    (mine.folder / "article.txt").write_text("The mayor of Paris spoke.")
    done = subprocess.run(
        ["/bin/sh", "-c", f'"$0" -m bot {command}', sys.executable],
        cwd=mine.folder,
        env=mine.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status
    assert "Traceback" not in done.stderr
    assert "itself failed" not in done.stderr


def test_a_closed_pipe_is_quiet(examples: Program) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "bot", "list"],
        env=examples.environment(),
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")
