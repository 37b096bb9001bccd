"""Starts ``dateline`` by forking a process that has imported it, which saves most of a start.

``python -m tests.starter`` reads requests from its standard input, a line each, and answers each
with the exit status. What is forked has arguments, folder, environment and streams of its own.
"""

import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.cli import main

REPOSITORY = Path(__file__).parent.parent
SECONDS = 120  # after which a program is ended
# What commands import when they are run, which each program would otherwise do again.
LATE = (
    "bot.discord.client",
    "bot.discord.invite",
    "bot.settings",
    "ctranslate2",
    "index.reading.documents",
    "index.reading.html",
    "pydantic_settings",
    "pypdf",
    "retrieval",
    "tokenizers",
)


class Starter:
    """The process that is forked."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.starter"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=REPOSITORY,
            text=True,
        )

    def run(
        self,
        args: Sequence[str | bytes],
        stdin: bytes,
        environment: Mapping[str, str],
        folder: Path,
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a command line to its end."""
        with tempfile.TemporaryDirectory() as kept:
            streams = [Path(kept, name) for name in ("in", "out", "err")]
            streams[0].write_bytes(stdin)
            status = self.start(args, environment, folder, streams)
            out, err = (path.read_bytes() for path in streams[1:])
        return subprocess.CompletedProcess(args, status, out, err)

    def start(
        self,
        args: Sequence[str | bytes],
        environment: Mapping[str, str],
        folder: Path,
        streams: Sequence[Path],
    ) -> int:
        """Run a command line to its end with these files, or a terminal, for its streams."""
        request = {
            "args": [os.fsdecode(one) for one in args],
            "environment": dict(environment),
            "folder": str(folder),
            "streams": [str(path) for path in streams],
        }
        with self._lock:
            assert self._process.stdin
            assert self._process.stdout
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            return int(self._process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def become(request: Mapping[str, Any]) -> None:
    """Be the program that is asked for, to its end."""
    os.setsid()
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    for number, path in enumerate(request["streams"]):
        opened = os.open(path, os.O_RDWR | os.O_CREAT)
        os.dup2(opened, number)
        os.close(opened)
    encoding = request["environment"].get("PYTHONIOENCODING", "utf-8")
    sys.stdin, sys.stdout, sys.stderr = (
        os.fdopen(n, mode, 1 if os.isatty(n) else -1, encoding, closefd=False)
        for n, mode in ((0, "r"), (1, "w"), (2, "w"))
    )
    sys.argv = ["dateline", *request["args"]]
    signal.alarm(SECONDS)
    main.main()


def serve() -> None:
    """Fork for each request."""
    for module in (*LATE, *{target.partition(":")[0] for target in main._COMMANDS.values()}):
        importlib.import_module(module)
    for line in sys.stdin:
        request = json.loads(line)
        process = os.fork()
        if not process:
            become(request)
        status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        sys.stdout.write(f"{status}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
