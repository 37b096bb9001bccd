"""The program run over homes that the tests share: in this process, or as its users run it."""

import asyncio
import contextlib
import gc
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, settings

from bot.cli.main import dateline
from index import Corpus, Home
from index.models.encoder import Encoder
from index.models.registry import SHIPPED_FOLDER, SHIPPED_MODEL, Models
from index.storage.corpus import EmbeddedCorpus
from tests.corpora import StubModel, load, shipped, some_articles, stub_corpus
from tests.starter import Starter

REPOSITORY = Path(__file__).parent.parent
EXAMPLES = REPOSITORY / "examples" / "articles"

QUESTION = ["where", "did", "Blinken", "meet", "Han", "Zheng"]

FASTER = 250.0

# How long an example takes depends on what else the machine does.
settings.register_profile(
    "dateline", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("dateline")

Done = subprocess.CompletedProcess[str]


def pytest_configure() -> None:
    """Let programs that are started here be interrupted; a shell's background jobs cannot be."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    gc.disable()  # until all is imported; see below


def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    """Whatever runs the program, in a process of its own or not, is slow."""
    for item in items:
        if "program" in item.fixturenames:
            item.add_marker(pytest.mark.slow)


def pytest_collection_finish() -> None:
    """What is loaded by now, torch and discord.py, stays: it is not looked through for garbage."""
    gc.collect()
    gc.freeze()
    gc.enable()
    # Else pytest adds its handlers to each of torch's loggers, several times a test.
    for logger in logging.root.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.propagate = True


def loaded(models: Models, model_id: str) -> Encoder:
    """Stand in for ``Models.load``, which loads a model once for each home."""
    return shipped() if model_id == SHIPPED_MODEL else load(models, model_id)


class Program:
    """``dateline`` with a home, a folder, and none of the settings around it."""

    def __init__(self, home: Path, folder: Path, starter: Starter) -> None:
        self.home = home
        self.folder = folder
        self.starter = starter

    def __call__(self, *args: str | bytes, stdin: bytes = b"", **env: str) -> Done:
        """Run a command line in this process, which has the models loaded."""
        given = self.environment(**env)
        changed: dict[str, str | None] = dict.fromkeys(os.environ.keys() - given.keys())
        with contextlib.chdir(self.folder), patch.object(Models, "load", loaded):
            done = CliRunner(env=changed | given).invoke(
                dateline, [os.fsdecode(one) for one in args], stdin, catch_exceptions=False
            )
        return self._done(args, done.exit_code, done.stdout_bytes, done.stderr_bytes)

    def apart(self, *args: str | bytes, stdin: bytes = b"", **env: str) -> Done:
        """Run it as a process of its own, whose streams, arguments and end are a process's."""
        done = self.starter.run(args, stdin, self.environment(**env), self.folder)
        return self._done(done.args, done.returncode, done.stdout, done.stderr)

    def python(self, code: str) -> str:
        """What a Python of its own prints for some code, with this home and folder."""
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=self.environment(),
            cwd=self.folder,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=60,
        )
        return done.stdout

    @staticmethod
    def _done(args: Sequence[str | bytes], status: int, *streams: bytes) -> Done:
        return Done(args, status, *(stream.decode(errors="replace") for stream in streams))

    def json(self, *args: str | bytes, stdin: bytes = b"") -> Any:
        """What a command line that succeeds prints as JSON."""
        done = self(*args, "--json", stdin=stdin)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def environment(self, **env: str) -> dict[str, str]:
        """The environment without Dateline's settings, but for the home."""
        mine = ("DATELINE_", "DISCORD_", "PYTHONIOENCODING")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(mine)}
        return kept | {"DATELINE_HOME": str(self.home), "PYTHONPATH": str(REPOSITORY)} | env


@pytest.fixture(scope="session")
def starter() -> Iterator[Starter]:
    """What starts the program."""
    starter = Starter()
    yield starter
    starter.close()


@pytest.fixture(scope="session")
def example_home(tmp_path_factory: pytest.TempPathFactory, starter: Starter) -> Path:
    """A home with the examples added, shared by all tests: nothing may be written to it."""
    home = tmp_path_factory.mktemp("examples")
    done = Program(home, home, starter)("add", str(EXAMPLES))
    assert done.returncode == 0, done.stderr
    return home


@pytest.fixture
def empty_home(tmp_path: Path) -> Path:
    """A home without articles."""
    home = tmp_path / "home"
    home.mkdir()
    return home


@pytest.fixture
def own_home(example_home: Path, empty_home: Path) -> Path:
    """A home with the examples that a test may change."""
    shutil.copytree(example_home / "corpora", empty_home / "corpora")
    return empty_home


@pytest.fixture
def other_model(own_home: Path) -> Path:
    """The folder of a model of the home's own, with which the examples there are encoded."""
    shipped = Models(own_home / "models", threads=1).manifest(SHIPPED_MODEL)
    other = shipped.model_copy(update={"name": "other", "source_sha256": "0" * 64})
    folder = own_home / "models" / other.id
    shutil.copytree(SHIPPED_FOLDER, folder)
    (folder / "manifest.json").write_text(other.model_dump_json(indent=2), "utf-8")
    Home(own_home).corpus("default").rebuild(model="other")
    return folder


MakeProgram = Callable[[Path], Program]


@pytest.fixture
def program(tmp_path: Path, starter: Starter) -> MakeProgram:
    """Make the program for a home; it runs in an empty folder."""
    folder = tmp_path / "folder"
    folder.mkdir()
    return lambda home: Program(home, folder, starter)


@pytest.fixture
def examples(program: MakeProgram, example_home: Path) -> Program:
    """The program over the examples, which stay as they are."""
    return program(example_home)


@pytest.fixture
def mine(program: MakeProgram, own_home: Path) -> Program:
    """The program over examples of its own."""
    return program(own_home)


@pytest.fixture
def empty(program: MakeProgram, empty_home: Path) -> Program:
    """The program without articles."""
    return program(empty_home)


Run = Callable[..., Result]


@pytest.fixture
def run(example_home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line in this process, over the examples, with a reader that costs nothing."""
    monkeypatch.setenv("DATELINE_HOME", str(example_home))
    monkeypatch.setattr("retrieval.open_reader", lambda *_: StubModel({"New York": 8.0}))
    monkeypatch.setattr(Models, "load", loaded)
    return lambda *args, **extra: CliRunner().invoke(dateline, args, **extra)


@pytest.fixture
def corpus(tmp_path: Path) -> EmbeddedCorpus:
    """A corpus with the stub model, not yet there."""
    return stub_corpus(tmp_path)


@pytest.fixture
def filled(corpus: Corpus) -> Corpus:
    """The same with twelve articles."""
    corpus.add(some_articles(12))
    return corpus


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Dateline and discord.py wait a small part of the time before they try again."""
    monkeypatch.setattr("bot.discord.delivery.FIRST_WAIT", 1.0 / FASTER)
    monkeypatch.setattr("bot.discord.delivery.LONGEST_WAIT", 5.0 / FASTER)
    real = asyncio.sleep

    async def sleep(delay: float, result: Any = None) -> Any:
        patient = sys._getframe(1).f_globals["__name__"].startswith("discord.")
        return await real(delay / FASTER if patient else delay, result)

    monkeypatch.setattr(asyncio, "sleep", sleep)


@pytest.fixture
def quick_edits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a message that shows progress be edited fifty times a second."""
    monkeypatch.setattr("bot.discord.write_jobs.Write.edit_every", 0.02)


@pytest.fixture
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what has come in be seen at once, and a burst of articles be over soon."""
    monkeypatch.setattr("bot.discord.watches.LOOK_EVERY", 0.02)
    monkeypatch.setattr("bot.discord.watches.QUIET", 0.15)
    monkeypatch.setattr("bot.discord.watches.RETRY", 0.05)
