"""What strangers sent, read in a process that can do no harm: a worker with limits.

It can open no file and no connection, has little memory and little time, and what it says comes
back as JSON that is checked. One worker reads document after document; where one fails, the next
document gets a new worker.
"""

import atexit
import json
import subprocess
import sys
import threading
import time
from functools import cache
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

import index
from index.errors import InputError
from index.reading.feeds import Feed
from index.reading.files import MAX_BYTES
from index.types import Incoming, Item, RefusedArticle

SECONDS = 20.0
MEMORY = 1_000_000_000  # bytes of data: 220 million once loaded, 300 with the largest of pages
IDLE_SECONDS = 120.0  # after which a worker ends
FEED: TypeAdapter[Feed | None] = TypeAdapter(Feed | None)
ADDRESSES = TypeAdapter(list[str])
ITEMS: TypeAdapter[list[Item]] = TypeAdapter(list[Incoming | RefusedArticle])

T = TypeVar("T")
_LOAD_SECONDS = 60.0
_MAX_ANSWER = 200_000_000
_ENVIRONMENT = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}


class Sandbox:
    """Reads documents in a worker process; may be used from several threads, one at a time.

    ``seconds`` and ``memory``, in bytes, are what a document may take.
    """

    def __init__(self, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self._seconds, self._memory = seconds, memory
        self._worker: subprocess.Popen[bytes] | None = None
        self._loaded, self._used = False, 0.0
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start the worker, which takes a second, without waiting for it."""
        with self._lock:
            self._running()

    def read(
        self, data: bytes, name: str, *, max_bytes: int = MAX_BYTES, charset: str | None = None
    ) -> list[Item]:
        """Read as `index.reading.files.read_bytes` does; a refusal says what went wrong."""
        try:
            return self._ask(ITEMS, "articles", data, name, max_bytes=max_bytes, charset=charset)
        except InputError as error:
            return [RefusedArticle(name, str(error))]

    def feed(self, data: bytes, address: str) -> Feed | None:
        """Read a feed; None for what is none. Raises InputError for what cannot be read."""
        return self._ask(FEED, "feed", data, address)

    def feeds_of_page(self, data: bytes, address: str) -> list[str]:
        """Read which feeds a web page names; raises InputError for what cannot be read."""
        return self._ask(ADDRESSES, "feeds_of_page", data, address)

    def _ask(
        self, answer: TypeAdapter[T], what: str, data: bytes, name: str, **how: int | str | None
    ) -> T:
        asked = {"what": what, "name": name, "size": len(data), **how}
        request = json.dumps(asked).encode() + b"\n" + data
        with self._lock:
            worker, began = self._running(), time.monotonic()
            try:
                if not self._loaded:
                    self._loaded = bool(_exchanged(worker, b"", _LOAD_SECONDS))
                    began = time.monotonic()
                return answer.validate_json(_exchanged(worker, request, self._seconds))
            except (OSError, ValidationError) as error:
                late = time.monotonic() - began >= self._seconds
                self._end()
                why = f"takes over {self._seconds:g} s to read" if late else "makes its reader fail"
                hint = "add its text instead" if what == "articles" else "it cannot be followed"
                raise InputError(f"{why}; {hint}") from error
            finally:
                self._used = time.monotonic()

    def close(self) -> None:
        """End the worker."""
        with self._lock:
            self._end()

    def _running(self) -> subprocess.Popen[bytes]:
        now = time.monotonic()
        ending = now - self._used > IDLE_SECONDS * 0.9  # it may end just when it is asked
        if ending or self._worker is None or self._worker.poll() is not None:
            self._end()
            self._loaded, self._used = False, now
            self._worker = subprocess.Popen(  # noqa: S603 - of arguments of our own
                [sys.executable, "-P", "-m", "index.web.worker", str(self._seconds),
                 str(self._memory)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env=_ENVIRONMENT | {"PYTHONPATH": str(Path(index.__file__).parent.parent)},
            )  # fmt: skip
        return self._worker

    def _end(self) -> None:
        if self._worker:
            self._worker.kill()
            self._worker.communicate()
            self._worker = None


def _exchanged(worker: subprocess.Popen[bytes], request: bytes, seconds: float) -> bytes:
    """Return a worker's next line; none where it fails, or is ended as its time is over."""
    if worker.stdin is None or worker.stdout is None:  # they are pipes
        return b""
    timer = threading.Timer(seconds, worker.kill)
    timer.start()
    try:
        worker.stdin.write(request)
        worker.stdin.flush()
        answer = worker.stdout.readline(_MAX_ANSWER)
        return answer if answer.endswith(b"\n") else b""
    finally:
        timer.cancel()


@cache
def shared() -> Sandbox:
    """The sandbox of this process, which starts when first used."""
    sandbox = Sandbox()
    atexit.register(sandbox.close)
    return sandbox
