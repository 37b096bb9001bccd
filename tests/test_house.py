"""The house rules that a reviewer would otherwise have to remember."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import index
import retrieval

REPOSITORY = Path(__file__).parent.parent
LAYERS = ("index", "retrieval", "bot")  # each may import itself and those before it
MODULES = sorted(path for layer in LAYERS for path in (REPOSITORY / layer).rglob("*.py"))
TESTS = sorted(
    path
    for path in (REPOSITORY / "tests").rglob("*.py")
    if not path.is_relative_to(REPOSITORY / "tests" / "bot" / "discord")
)


def name_of(path: Path) -> str:
    """``index.storage.write``, and ``index.storage`` for the package itself."""
    parts = path.relative_to(REPOSITORY).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@cache
def imports(path: Path) -> frozenset[str]:
    """What a module imports: it is read once for all rules."""
    return frozenset(imported(tree_of(path)))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_run_one_way(path: Path) -> None:
    above = LAYERS[LAYERS.index(name_of(path).split(".")[0]) + 1 :]
    wrong = [name for name in sorted(imports(path)) if name.split(".")[0] in above]
    assert wrong == []


# Which packages know nothing of which: text is below reading, and neither knows how it is stored.
APART = {
    "index.text": ("index.reading", "index.web", "index.models", "index.storage", "index.home"),
    "index.reading": ("index.web", "index.models", "index.storage", "index.home"),
    "index.web": ("index.models", "index.storage", "index.home"),
    "index.models": ("index.reading", "index.web", "index.storage", "index.home"),
    "index.storage": ("index.web", "index.home"),
    "retrieval.ranking": ("retrieval.conversation", "retrieval.reader", "retrieval.answering"),
    "retrieval.conversation": ("retrieval.reader", "retrieval.answering"),
    "retrieval.reader": ("retrieval.conversation", "retrieval.answering"),
    "retrieval.answering": ("retrieval.conversation", "retrieval.reader"),
    "bot.discord": ("bot.cli",),
}


@pytest.mark.parametrize("room", APART)
def test_a_room_knows_nothing_of_those_above_it(room: str) -> None:
    known = {
        (name_of(path), name)
        for path in MODULES
        if within(name_of(path), room)
        for name in imports(path)
        if any(within(name, other) for other in APART[room])
    }
    assert known == set()


def importers(package: str) -> set[str]:
    return {
        name_of(path)
        for path in MODULES
        if package in {name.split(".")[0] for name in imports(path)}
    }


def test_only_one_module_imports_faiss() -> None:
    assert importers("faiss") == {"index.storage.vectors"}


def test_only_one_room_imports_psycopg() -> None:
    assert all(within(name, "index.storage.postgres") for name in importers("psycopg"))


def test_only_the_bot_knows_discord() -> None:
    assert all(within(name, "bot.discord") for name in importers("discord"))


def test_the_command_line_knows_the_bot_only_where_a_command_is_about_it() -> None:
    """And imports it when that command runs: a question on a terminal waits for no discord.py."""
    known = {
        name_of(path)
        for path in MODULES
        if within(name_of(path), "bot.cli")
        and any(within(name, "bot.discord") for name in imports(path))
    }
    assert known == {"bot.cli.discord", "bot.cli.feedback", "bot.cli.setup_checks"}


def test_torch_is_only_imported_where_a_model_is_loaded_or_converted() -> None:
    heavy = importers("torch") | importers("sentence_transformers")
    assert heavy == {"index.models.convert", "index.models.encoder"}
    for name in heavy:
        at_the_top = ast.Module(tree_of(REPOSITORY / f"{name.replace('.', '/')}.py").body, [])
        functions = [n for n in at_the_top.body if isinstance(n, ast.FunctionDef | ast.ClassDef)]
        outside = [node for node in at_the_top.body if node not in functions]
        assert "sentence_transformers" not in set(imported(ast.Module(outside, [])))


def test_a_model_is_converted_in_a_process_of_its_own() -> None:
    """It is a program that no module imports: torch would stay in the bot for good."""
    taken = {name for path in MODULES for name in imports(path)}
    assert not [name for name in taken if name.startswith("index.models.convert")]


@pytest.mark.parametrize("package", [index, retrieval])
def test_what_is_exported_is_there_and_sorted(package: object) -> None:
    names = list(package.__all__)  # type: ignore[attr-defined]
    assert names == sorted(names)
    assert all(hasattr(package, name) for name in names)


@pytest.mark.parametrize("path", [*MODULES, *TESTS], ids=name_of)
def test_no_module_outgrows_a_screenful_of_scrolling(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 400
