"""Reading in a process that can do no harm: the same articles, and no harm done."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from index.reading.files import read_bytes
from index.types import Incoming, RefusedArticle
from index.web import sandbox as sandboxes
from index.web.sandbox import Sandbox
from tests.index.reading.test_documents import docx_of, pdf_of
from tests.index.web.sites import PROSE

REPOSITORY = Path(sandboxes.__file__).parents[2]
EXAMPLES = sorted((REPOSITORY / "examples" / "articles").iterdir())
PARAGRAPH = "<w:p><w:r><w:t>Floods swept Derna.</w:t></w:r></w:p>"
SLOW = b"<html><body><article>" + b"<div><p>Some words stand here.</p></div>" * 14_000
GOOD = b"Floods swept Derna on Monday."
PATIENCE = 20.0


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox()
    yield made
    made.close()


def why_not(sandbox: Sandbox, data: bytes, name: str) -> str:
    (item,) = sandbox.read(data, name)
    assert isinstance(item, RefusedArticle), item
    return item.reason


def gone(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_it_reads_what_is_read_without_it(sandbox: Sandbox, path: Path) -> None:
    data = path.read_bytes()
    assert sandbox.read(data, path.name) == list(read_bytes(data, path.name, None))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.pdf", pdf_of([PROSE])),
        ("a.docx", docx_of(PARAGRAPH)),
        ("a.csv", b"title,text\nFloods,Derna was swept.\n,\n"),
        ("a.eml", b"Subject: Floods\nDate: Mon, 11 Sep 2023 08:00:00 GMT\n\nDerna was swept."),
        ("a.xml", b"<rss><item><title>A</title><description>B</description></item></rss>"),
        ("a.jsonl", b'{"text": "One.", "published": "11 Sep 2023"}\n{"text": 1}\nnot JSON'),
        ("a.md", b"---\ntitle: Floods\ntags: [a, b]\n---\nDerna was swept."),
        ("a.html", b"<html><body><p>So few words.</p><div>And others.</div></body></html>"),
        ("a.mht", b"Content-Type: text/html\n\n<html><body><p>Derna was swept.</p></body></html>"),
        ("a.exe", b"MZ\x00\x01"),
        ("empty.txt", b""),
    ],
)  # fmt: skip
def test_of_every_kind(sandbox: Sandbox, name: str, data: bytes) -> None:
    assert sandbox.read(data, name) == list(read_bytes(data, name, None))


@pytest.mark.parametrize("charset", ["cp1251", "koi8-r", "mac-cyrillic", "iso-8859-5"])
def test_in_every_charset(sandbox: Sandbox, charset: str) -> None:
    text = "Наводнение в Дерне. " * 20
    (item,) = sandbox.read(text.encode(charset), "a.txt", charset=charset)
    assert isinstance(item, Incoming)
    assert item.article.text == text


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.html", b"<div>" * 200_000),
        ("a.html", b"<b>" * 200_000 + b"x"),
        ("a.html", b"<p " + b"a" * 9 + b"=b c" * 100_000 + b">"),
        ("a.json", b"[" * 500_000),
        ("a.json", b'{"text":' * 200_000),
        ("a.xml", b"<a>" * 500_000),
        ("a.xml", b"<rss>" + b"<a>" * 30_000),
        ("a.xml", b'<!DOCTYPE a [<!ENTITY x "xxxxxxxx"><!ENTITY y "&x;&x;&x;&x;">]><rss>&y;</rss>'),
        ("a.pdf", b"%PDF-1.7\n" + b"[" * 100_000),
    ],
)
def test_deep_nesting_is_refused(sandbox: Sandbox, name: str, data: bytes) -> None:
    assert why_not(sandbox, data, name)
    (item,) = sandbox.read(GOOD, "good.txt")
    assert isinstance(item, Incoming)


def test_what_takes_too_long_is_ended_and_the_next_is_read(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "_seconds", 0.3)
    assert sandbox.read(GOOD, "good.txt") == list(read_bytes(GOOD, "good.txt", None))
    assert why_not(sandbox, SLOW, "slow.html") == "takes over 0.3 s to read; add its text instead"
    assert sandbox.read(GOOD, "good.txt") == list(read_bytes(GOOD, "good.txt", None))


def test_memory_is_limited() -> None:
    sandbox = Sandbox(memory=300_000_000)
    try:
        assert why_not(sandbox, b"{}" * 50_000_000, "large.jsonl") == (
            "makes its reader fail; add its text instead"
        )
        assert sandbox.read(GOOD, "good.txt") == list(read_bytes(GOOD, "good.txt", None))
        assert sandbox._worker
        status = Path(f"/proc/{sandbox._worker.pid}/status").read_text()
        resident = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        assert int(resident.split()[1]) < 300_000
    finally:
        sandbox.close()


def test_a_crash_costs_one_document(sandbox: Sandbox) -> None:
    sandbox.read(GOOD, "good.txt")
    assert sandbox._worker
    process = sandbox._worker.pid
    crash = threading.Timer(0.1, os.kill, (process, signal.SIGSEGV))
    crash.start()
    assert why_not(sandbox, SLOW, "a.html") == "makes its reader fail; add its text instead"
    crash.join()
    assert sandbox.read(GOOD, "good.txt") == list(read_bytes(GOOD, "good.txt", None))


def test_one_worker_reads_all_and_one_that_ended_is_replaced(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.read(GOOD, "good.txt")
    first = sandbox._worker
    sandbox.read(GOOD, "good.txt")
    assert first
    assert sandbox._worker is first
    first.kill()
    first.wait()
    assert sandbox.read(GOOD, "good.txt") == list(read_bytes(GOOD, "good.txt", None))
    second = sandbox._worker
    assert second is not first
    monkeypatch.setattr(sandboxes, "IDLE_SECONDS", -1.0)  # it may end any moment
    assert sandbox.read(GOOD, "good.txt") == list(read_bytes(GOOD, "good.txt", None))
    assert sandbox._worker is not second


def test_a_start_keeps_no_worker_that_may_end_any_moment(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [time.monotonic()]
    monkeypatch.setattr(sandboxes, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    sandbox.read(GOOD, "good.txt")
    first = sandbox._worker
    clock[0] += 0.8 * sandboxes.IDLE_SECONDS
    sandbox.start()
    assert sandbox._worker is first
    clock[0] += 0.2 * sandboxes.IDLE_SECONDS
    assert sandbox.read(GOOD, "good.txt") == list(read_bytes(GOOD, "good.txt", None))
    assert sandbox._worker is not first


HARMS = (
    "open('/etc/passwd')",
    "open('/tmp/x', 'w')",
    "socket.socket()",
    "socket.create_connection(('127.0.0.1', 80))",
    "os.pipe()",
    "subprocess.run(['true'])",
    "bytes(2_000_000_000)",
    "os.listdir('/')",
)


def test_what_a_document_that_took_over_could_not_do() -> None:
    program = """
import os, socket, subprocess, sys
from index.web.worker import _limit
for harm in sys.argv[1:]:
    if not os.fork():
        _limit(1_000_000_000)
        try:
            exec(harm)
        except (OSError, MemoryError):
            os._exit(0)
        os._exit(9)
    print(harm, os.waitstatus_to_exitcode(os.wait()[1]))
"""
    done = subprocess.run(
        [sys.executable, "-c", program, *HARMS, "pass"],
        env={"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stdout.splitlines() == [*(f"{harm} 0" for harm in HARMS), "pass 9"]


def test_the_worker_knows_nothing_of_the_environment(sandbox: Sandbox) -> None:
    sandbox.read(GOOD, "good.txt")
    assert sandbox._worker
    folder = Path(f"/proc/{sandbox._worker.pid}")
    assert (folder / "oom_score_adj").read_text() == "1000\n"
    environment = (folder / "environ").read_text()
    names = {entry.partition("=")[0] for entry in environment.strip("\0").split("\0")}
    assert names == {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "LC_ALL", "PYTHONPATH"}


@pytest.mark.parametrize("busy", [False, True])
def test_no_worker_is_left_behind(busy: bool, until: Callable[[Callable[[], bool]], None]) -> None:
    """One that waits ends with whoever asks; one that reads, when its time is over."""
    program = (
        "import sys, time\nfrom index.web.sandbox import Sandbox\n"
        "s = Sandbox(seconds=0.1)\ns.read(b'Good.', 'a.txt')\nprint(s._worker.pid, flush=True)\n"
        "if sys.argv[1] == 'True':\n"
        "    s._worker.stdin.write(b'{\"size\": 999}\\nx')\n    s._worker.stdin.flush()\n"
        "time.sleep(60)"
    )
    path = {"PYTHONPATH": str(REPOSITORY)}
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(busy)], env=path, stdout=subprocess.PIPE
    )
    assert parent.stdout
    worker = int(parent.stdout.readline())
    assert not gone(worker)
    parent.kill()
    parent.communicate()
    until(lambda: gone(worker))
    assert gone(worker)


@pytest.fixture
def until() -> Callable[[Callable[[], bool]], None]:
    def wait(holds: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not holds() and time.monotonic() < end:
            time.sleep(0.02)

    return wait
