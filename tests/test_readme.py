"""The README against the program: its examples, its tables, its files."""

import re
from pathlib import Path

import pytest
from click import Context

from bot.cli.main import dateline
from bot.settings import Settings, variable
from docs.console_blocks import REPOSITORY, commands, steady, with_output, workplace

README = (REPOSITORY / "README.md").read_text("utf-8")
PICTURES = sorted((REPOSITORY / "docs").glob("*.svg"))


@pytest.mark.slow
def test_the_examples_print_what_is_shown(empty_home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    with workplace(empty_home, folder) as runner:
        now = with_output(README, runner)
    assert steady(now) == steady(README), "run: python docs/make_pictures.py --readme"


def test_what_varies_is_left_out_and_nothing_else() -> None:
    shown = "a.txt: 7df024ee44\nversion 0850830f1347\n2. 0.64 July 25, 11,300 (0.7 s), 2 threads"
    left = "a.txt: 7df024ee44\nversion …\n2. … July 25, 11,300 (… s), … threads"
    assert steady(shown) == left


@pytest.mark.parametrize("command", dateline.list_commands(Context(dateline)))
def test_each_command_has_its_row_and_an_example(command: str) -> None:
    assert re.search(rf"^\| `dateline {command}\b", README, re.MULTILINE)
    example = re.compile(rf"dateline (?:--corpus \w+ )?{command}\b")
    assert any(map(example.match, commands(README)))


@pytest.mark.parametrize("setting", [*map(variable, Settings.model_fields)])
def test_each_setting_is_explained(setting: str) -> None:
    assert f"| `{setting}` |" in README
    explained = (REPOSITORY / ".env.example").read_text("utf-8")
    assert re.search(rf"^#?{setting}=", explained, re.MULTILINE)


def test_what_is_linked_is_there() -> None:
    linked = re.findall(r"\]\((?!https?:)([^)#]+)", README)
    assert len(linked) > 5
    assert [name for name in linked if not (REPOSITORY / name).exists()] == []


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
