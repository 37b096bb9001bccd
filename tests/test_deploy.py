"""The files that run the bot elsewhere: hardened, and naming only what is there."""

import re
from configparser import ConfigParser
from pathlib import Path

from bot.settings import Settings, variable

REPOSITORY = Path(__file__).parent.parent
SETTINGS = set(map(variable, Settings.model_fields))


def service() -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for line in (REPOSITORY / "deploy" / "dateline.service").read_text("utf-8").splitlines():
        name, found, value = line.partition("=")
        if found and not line.startswith("#"):
            values.setdefault(name, []).append(value)
    return values


def test_the_service_is_shut_in() -> None:
    unit = service()
    assert unit["DynamicUser"] == ["yes"]
    assert unit["ProtectSystem"] == ["strict"]
    assert unit["StateDirectory"] == ["dateline"]
    assert unit["NoNewPrivileges"] == ["yes"]
    assert unit["CapabilityBoundingSet"] == [""]
    assert unit["ExecStart"][0].endswith("dateline discord")
    parser = ConfigParser(strict=False, interpolation=None)
    parser.read(REPOSITORY / "deploy" / "dateline.service", "utf-8")
    assert parser.sections() == ["Unit", "Service", "Install"]


def test_only_settings_that_there_are_are_set() -> None:
    for name in ("deploy/dateline.service", "Containerfile", "compose.yaml"):
        text = (REPOSITORY / name).read_text("utf-8")
        named = set(re.findall(r"\b(?:DATELINE|DISCORD)_[A-Z_]+", text))
        assert named
        assert named <= SETTINGS, name


def test_the_container_has_no_root_and_no_torch() -> None:
    text = (REPOSITORY / "Containerfile").read_text("utf-8")
    assert "USER dateline" in text[text.rindex("\nFROM ") :]
    assert "/healthz" in text
    assert not re.search(r"torch|\[\w+\]'?$", text, re.MULTILINE)
    assert not re.search(r"https?://(?!127\.0\.0\.1)", text)


def test_compose_takes_away_what_is_not_needed() -> None:
    text = (REPOSITORY / "compose.yaml").read_text("utf-8")
    for line in ("read_only: true", "- ALL", "- no-new-privileges:true"):
        assert line in text
    ignored = (REPOSITORY / ".dockerignore").read_text("utf-8").splitlines()
    assert ignored[0] == "*"  # nothing but what is named goes in, so no .env
    assert not [line for line in ignored if "env" in line]
