"""The examples of the README and of docs/: run as they stand there, and written anew.

python -m docs.console_blocks           names the documents whose examples print something else
python -m docs.console_blocks --write   writes what they print into them

In a ``console`` block, ``$ dateline …`` is run and what follows is what it prints, on a terminal
of ``COLUMNS`` columns; lines that begin with ``›`` are typed into it, and a line ``…`` stands for
all that follows. A ``python`` block is run after those above it, and a ``text`` block behind it is
what it prints. The documents are run one after another over the same home, which is empty at first.
"""

import argparse
import contextlib
import io
import json
import os
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

from click.testing import CliRunner

from bot.cli.main import dateline

REPOSITORY = Path(__file__).parent.parent
DOCUMENTS = (REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md")))
COLUMNS = 96

_HOME = ".dateline"

_BLOCK = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.DOTALL | re.MULTILINE)
_PYTHON = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n.*?^```\n)?", re.DOTALL | re.MULTILINE)
_PROGRAM, _TYPED, _CUT = "$ dateline ", "› ", "…"
_PRETTY = " | python -m json.tool --no-ensure-ascii"
# What is another machine's or another run's: times, scores and versions; hashes; the number of
# threads; how sure an answer is. Not ids, which are the same for everyone.
_VARYING = re.compile(
    r"\d+(?:\.\d+)+|\b[0-9a-f]{12,64}\b|\b\d+(?= threads)"
    r"|(?<=\()(?:sure|probably|uncertain)(?=\))"  # a band, which a score may be at the edge of
    # The day on which a corpus was changed, as `corpora` shows it.
    r"|\b\d{4}-\d\d-\d\d(?= +\d\S* MB)"
)
# As wide as a column is, which can be as wide as a path.
_GAP = re.compile(r"(?<=\S) {2,}")


@contextlib.contextmanager
def workplace(home: Path, folder: Path) -> Iterator[CliRunner]:
    """Run the program over a home, in a folder that has the examples and nothing else."""
    shutil.copytree(REPOSITORY / "examples", folder / "examples")
    (folder / _HOME).symlink_to(home)
    around = ("DATELINE_", "DISCORD_", "FORCE_COLOR", "TTY_")
    environment: dict[str, str | None] = {n: None for n in os.environ if n.startswith(around)}
    environment |= {"DATELINE_HOME": _HOME, "COLUMNS": str(COLUMNS)}
    terminal = patch("bot.cli.terminal.on_terminal", return_value=True)
    patient = patch("bot.cli.progress._PATIENCE", 3600.0)  # how far it is depends on the machine
    with contextlib.chdir(folder), terminal, patient:
        yield CliRunner(env=environment)


def steady(text: str) -> str:
    """The text without what varies from run to run."""
    return _GAP.sub("  ", _VARYING.sub("…", text))


def rewritten(home: Path, folder: Path) -> dict[Path, str]:
    """Each document with what its examples print now."""
    with workplace(home, folder) as runner:
        return {path: with_output(path.read_text("utf-8"), runner) for path in DOCUMENTS}


def with_output(text: str, runner: CliRunner) -> str:
    """A document with what its examples print now."""
    text = _BLOCK.sub(lambda block: rerun(block[0], runner), text)
    names: dict[str, Any] = {}
    return _PYTHON.sub(lambda block: executed(block[1], names), text)


def executed(code: str, names: dict[str, Any]) -> str:
    """A block of Python, with a block of what it prints."""
    printed_to = io.StringIO()
    with contextlib.redirect_stdout(printed_to):
        exec(code, names)  # noqa: S102 - our own documents
    shown = printed_to.getvalue()
    return f"```python\n{code}```\n" + (f"\n```text\n{shown}```\n" if shown else "")


def commands(text: str) -> list[str]:
    """The command lines of all examples that are run."""
    blocks = _BLOCK.findall(text)
    lines = [line for block in blocks for line in block.splitlines()]
    return [line.removeprefix("$ ") for line in lines if line.startswith(_PROGRAM)]


def rerun(block: str, runner: CliRunner) -> str:
    """A block with what its commands print now; one with other programs' commands as it is."""
    lines = block.splitlines()
    if not all(line.startswith(_PROGRAM) for line in lines if line.startswith("$ ")):
        return block
    starts = [n for n, line in enumerate(lines) if line.startswith(_PROGRAM)]
    parts = [lines[a:b] for a, b in zip(starts, [*starts[1:], len(lines)], strict=True)]
    # A blank line between two examples of a block, none at its end.
    return "\n\n".join(transcript(part, runner) for part in parts) + "\n"


def transcript(part: list[str], runner: CliRunner) -> str:
    """A command with what it prints, after each line that is typed into it."""
    command, *shown = part
    typed = [line for line in shown if line.startswith(_TYPED)]
    now, before = "", ""
    for count in range(bool(typed), len(typed) + 1):
        stdin = "\n".join(line.removeprefix(_TYPED) for line in typed[:count])
        output = printed(command.removeprefix(_PROGRAM), runner, stdin)
        now += "".join(f"{line}\n" for line in typed[count - 1 : count])
        now += output.removeprefix(before)
        before = output
    if _CUT in shown:
        now = "\n".join([*now.splitlines()[: shown.index(_CUT)], _CUT])
    return f"{command}\n{now}".rstrip("\n")


def printed(words: str, runner: CliRunner, stdin: str) -> str:
    """What a command line prints on both of its streams."""
    words, pretty, _ = words.partition(_PRETTY)
    output = runner.invoke(dateline, shlex.split(words), input=stdin).output
    if pretty:
        output = json.dumps(json.loads(output), indent=4, ensure_ascii=False)
    output = output.replace(sys.executable, ".venv/bin/python")
    return "".join(f"{line.rstrip()}\n" for line in output.splitlines())


def main() -> int:
    """Run all examples; say which documents show something else, or write them anew."""
    parser = argparse.ArgumentParser(description="Run the examples of the documents.")
    parser.add_argument("--write", action="store_true", help="write what they print")
    write = parser.parse_args().write
    with tempfile.TemporaryDirectory() as work:
        home = Path(work, "home")
        home.mkdir()
        now = rewritten(home, Path(work, "folder"))
    changed = [path for path, text in now.items() if text != path.read_text("utf-8")]
    if not write:
        changed = [path for path in changed if steady(now[path]) != steady(path.read_text("utf-8"))]
    for path in changed:
        if write:
            path.write_text(now[path], "utf-8")
        sys.stdout.write(f"{path.relative_to(REPOSITORY)} {'written' if write else 'differs'}\n")
    return 0 if write else bool(changed)


if __name__ == "__main__":
    sys.exit(main())
