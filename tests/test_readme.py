"""The README and docs/ against the program: examples, tables, links, pictures."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from bot.cli.main import dateline
from bot.settings import Settings, variable
from docs.console_blocks import DOCUMENTS, REPOSITORY, commands, rewritten, steady
from index.models.registry import Models
from tests.conftest import loaded

TEXTS = {path.relative_to(REPOSITORY).as_posix(): path.read_text("utf-8") for path in DOCUMENTS}
PICTURES = sorted((REPOSITORY / "docs").glob("*.svg"))
COMMANDS = dateline.list_commands(click.Context(dateline))


@pytest.mark.slow
def test_the_examples_print_what_is_shown(
    empty_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Models, "load", loaded)
    now = rewritten(empty_home, tmp_path / "folder")
    for path, text in now.items():
        shown = path.read_text("utf-8")
        assert steady(text) == steady(shown), "run: python -m docs.console_blocks --write"


def test_what_varies_is_left_out_and_nothing_else() -> None:
    shown = "a.txt: 7df024ee44\nversion 0850830f1347\n2. 0.64 July 25, 11,300 (0.7 s), 2 threads"
    left = "a.txt: 7df024ee44\nversion …\n2. … July 25, 11,300 (… s), … threads"
    assert steady(shown) == left
    changed = "asia  2  2023-08-30  2023-09-18  2026-11-28  0.1 MB"
    assert steady(changed) == "asia  2  2023-08-30  2023-09-18  …  … MB"


def test_the_readme_is_short() -> None:
    assert len(TEXTS["README.md"].split()) <= 1300


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_its_row_and_an_example(command: str) -> None:
    assert re.search(rf"^\| `dateline {command}\b", TEXTS["docs/cli.md"], re.MULTILINE)
    example = re.compile(rf"dateline (?:--corpus \w+ )?{command}\b")
    run = [line for text in TEXTS.values() for line in commands(text)]
    assert any(map(example.match, run))


def options_of(command: click.Command) -> Iterator[str]:
    """The long options of a command and of those below it."""
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            yield max(parameter.opts, key=len)
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            yield from options_of(below) if below else ()


@pytest.mark.parametrize("command", COMMANDS)
def test_each_option_is_explained(command: str) -> None:
    found = dateline.get_command(click.Context(dateline), command)
    assert found
    told = TEXTS["docs/cli.md"] + TEXTS["docs/discord.md"]
    missing = {name for name in options_of(found) if not re.search(rf"{name}\b", told)}
    assert missing == set()


@pytest.mark.parametrize("setting", [*map(variable, Settings.model_fields)])
def test_each_setting_is_explained(setting: str) -> None:
    assert f"| `{setting}` |" in TEXTS["docs/operations.md"]
    explained = (REPOSITORY / ".env.example").read_text("utf-8")
    assert re.search(rf"^#?{setting}=", explained, re.MULTILINE)


@pytest.mark.parametrize("name", TEXTS)
def test_what_is_linked_is_there(name: str) -> None:
    linked = re.findall(r"\]\((?!https?:)([^)#]+)", TEXTS[name])
    folder = (REPOSITORY / name).parent
    assert [link for link in linked if not (folder / link).exists()] == []


@pytest.mark.parametrize("picture", PICTURES, ids=lambda path: path.name)
def test_pictures_load_nothing(picture: Path) -> None:
    drawn = picture.read_text("utf-8")
    assert not re.search(r"url\((?!#)|@import|@font-face|<(?:image|script|foreignObject)", drawn)


@pytest.mark.parametrize("name", ["session", "discord-card", "pipeline"])
def test_pictures_hold_in_any_font(name: str) -> None:
    drawn = (REPOSITORY / "docs" / f"{name}.svg").read_text("utf-8")
    texts = re.findall(r"<text ([^>]*)>(.*?)</text>", drawn)
    assert len(texts) > 10
    assert not re.search(r"[\U0001f000-\U0001ffff]", drawn)
    assert all("textLength" in how or "-title" in how for how, _ in texts)
