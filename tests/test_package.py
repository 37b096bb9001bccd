"""What is installed without this checkout: a wheel, made from the sdist, that answers."""

import json
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import EXAMPLES, QUESTION, REPOSITORY

PROJECT: dict[str, Any] = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]


def run(*command: str | Path, folder: Path) -> str:
    """What a program prints that ends well, without this checkout or any settings."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder)}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def build(what: str, source: Path, target: Path) -> Path:
    """A wheel or an sdist, as a front end that isolates nothing would make it.

    Not compressed, which with the models' weights takes longer than all the rest.
    """
    stored = "import zlib; deflate = zlib.compressobj; zlib.compressobj = lambda _, *how: "
    hook = f"from setuptools import build_meta as b; print(b.build_{what}({str(target)!r}))"
    hook = f"{stored}deflate(0, *how)\n{hook}"
    return target / run(sys.executable, "-c", hook, folder=source).splitlines()[-1]


@pytest.mark.slow
def test_the_wheel_of_the_sdist_answers_in_a_clean_environment(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in filter(None, tracked.stdout.split("\0")):
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_bytes((REPOSITORY / name).read_bytes())
    sdist = build("sdist", checkout, tmp_path)
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    unpacked = sdist.with_name(sdist.name.removesuffix(".tar.gz"))
    assert (unpacked / "tests" / "conftest.py").is_file()
    wheel = build("wheel", unpacked, tmp_path)

    clean = tmp_path / "clean"
    venv.create(clean)
    python = clean / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet")
    run(*pip, "--no-deps", "--no-index", "--no-compile", wheel, folder=tmp_path)
    site = Path(run(python, "-c", "import bot; print(bot.__path__[0])", folder=tmp_path)).parent
    assert site.is_relative_to(clean)
    for package in ("bot", "index", "retrieval"):
        assert (site / package / "py.typed").is_file()
    # Its dependencies are those of the environment that the tests run in.
    (site / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"])

    dateline = clean / "bin" / "dateline"
    run(dateline, "add", EXAMPLES, folder=tmp_path)
    answer = json.loads(run(dateline, "ask", "--json", *QUESTION, folder=tmp_path))
    assert answer["answer"] == "New York"
    assert "damaged" not in run(dateline, "doctor", folder=tmp_path)


def needed(requirements: Iterable[Requirement]) -> Iterator[Requirement]:
    """Requirements and all that they bring, by what is installed here."""
    todo, seen = list(requirements), set[str]()
    while todo:
        wanted = todo.pop()
        yield wanted
        if wanted.name not in seen:
            seen.add(wanted.name)
            brought = map(Requirement, metadata.requires(wanted.name) or [])
            todo += [one for one in brought if not one.marker or one.marker.evaluate({"extra": ""})]


def test_the_core_needs_no_torch_and_only_versions_that_it_was_tested_with() -> None:
    lines = (REPOSITORY / "constraints.txt").read_text("utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if not line.startswith("#"))
    tested = {canonicalize_name(name): version for name, version in pins.items()}
    for wanted in needed(map(Requirement, PROJECT["dependencies"])):
        assert wanted.specifier.contains(tested[canonicalize_name(wanted.name)]), wanted
        assert wanted.name not in ("torch", "sentence-transformers", "transformers")
    extras = PROJECT["optional-dependencies"]
    for wanted in map(Requirement, [*extras["models"], *extras["dev"][1:]]):
        assert wanted.specifier.contains(tested[canonicalize_name(wanted.name)]), wanted
