"""Settings, read once at the program's edge from the environment and from ``.env``."""

import os
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from index.errors import InputError
from index.models.registry import DEFAULT_MODEL, SHIPPED_READER, Precision, Runtime

ENV_FILE = Path(".env")
_PREFIX, _DEBUG = "DATELINE_", "DEBUG"  # which bot.cli.main reads
_SECRET = "DISCORD_TOKEN"  # noqa: S105 - the name of the variable, not its value
_SECRET_FILE = f"{_SECRET}_FILE"


class Settings(BaseModel):
    """What can be set; ``.env.example`` says what each is for."""

    model_config = ConfigDict(frozen=True)

    home: Path | None = None
    corpus: Annotated[str, Field(min_length=1, repr=False)] = "default"
    model: Annotated[str, Field(min_length=1)] = DEFAULT_MODEL
    runtime: Runtime = "ctranslate2"
    precision: Precision = "int8"
    reader: Annotated[str, Field(min_length=1)] = SHIPPED_READER
    threshold: Annotated[float, Field(ge=0, le=1)] | None = None
    threads: Annotated[int, Field(ge=1, le=256)] = Field(
        # Beyond eight, memory rather than the processor is what encoding waits for.
        default_factory=lambda: min(os.cpu_count() or 1, 8)
    )
    max_article_bytes: Annotated[int, Field(ge=1)] = 2_000_000
    allowed_hosts: str = ""
    contact: Annotated[str, Field(pattern=r"^[!-~]{1,200}$")] | None = None
    message_content: bool = False
    shared_corpus: Annotated[str | None, Field(min_length=1, repr=False)] = None
    questions_a_minute: Annotated[int, Field(ge=1)] = 60
    server_articles: Annotated[int, Field(ge=1)] = 10_000
    server_bytes: Annotated[int, Field(ge=1)] = 500_000_000
    server_feeds: Annotated[int, Field(ge=0, le=500)] = 50
    server_watches: Annotated[int, Field(ge=0, le=500)] = 100
    person_watches: Annotated[int, Field(ge=0, le=500)] = 20
    conversation_minutes: Annotated[float, Field(gt=0)] = 30
    grace_days: Annotated[int, Field(ge=0)] = 7
    log_format: Literal["text", "json"] = "text"
    log_questions: bool = False
    health_port: Annotated[int, Field(ge=1, le=65535)] | None = None
    discord_token: Annotated[SecretStr | None, Field(validation_alias=_SECRET)] = None
    discord_token_file: Annotated[Path | None, Field(validation_alias=_SECRET_FILE)] = None

    @property
    def trusted_hosts(self) -> frozenset[str]:
        """The hosts that links on the command line may lead to whatever their address is."""
        return frozenset(filter(None, map(str.strip, self.allowed_hosts.split(","))))

    def token(self) -> SecretStr | None:
        """The bot's token: what is set, else what the file holds; InputError where it cannot."""
        path = self.discord_token_file
        if self.discord_token or not path:
            return self.discord_token
        try:
            return SecretStr(path.read_text("utf-8").strip())
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not text"
            raise InputError(f"{_SECRET_FILE}: {path} cannot be read ({reason})") from None


def variable(field: str) -> str:
    """The environment variable of a field."""
    return field.upper() if field.upper().startswith(_SECRET) else _PREFIX + field.upper()


def load_settings() -> Settings:
    """The settings as they are now; raises InputError with one sentence for a bad value."""
    if not (ENV_FILE.is_file() or any(variable(f) in os.environ for f in Settings.model_fields)):
        return Settings()  # spares pydantic-settings, a tenth of a second
    from pydantic_settings import BaseSettings, SettingsConfigDict

    class FromEnvironment(Settings, BaseSettings):
        model_config = SettingsConfigDict(
            frozen=True,
            env_prefix=_PREFIX,
            env_file=ENV_FILE,
            env_file_encoding="utf-8",
            env_ignore_empty=True,
            extra="ignore",
        )

    try:
        check_file()
        return FromEnvironment()
    except ValidationError as error:
        raise InputError(explained(error)) from None
    except UnicodeDecodeError:
        raise InputError(f"{ENV_FILE.absolute()} is not UTF-8; save it as UTF-8") from None


def check_file() -> None:
    """Raise InputError for a line of ``.env`` that would only be passed over."""
    if not ENV_FILE.is_file():
        return
    from dotenv.parser import parse_stream

    with ENV_FILE.open(encoding="utf-8") as file:
        wrong = next((read.original for read in parse_stream(file) if read.error), None)
    if wrong:
        line = wrong.line + wrong.string[: -len(wrong.string.lstrip())].count("\n")
        raise InputError(f"{ENV_FILE}, line {line}: write NAME=VALUE, and close its quotes")


def unknown_settings() -> Iterator[str]:
    """What is set for Dateline that is no setting, each as a sentence with the nearest one."""
    names = set(os.environ)
    if ENV_FILE.is_file():
        from dotenv import dotenv_values

        names |= set(dotenv_values(ENV_FILE, encoding="utf-8"))
    known = {variable(field).removeprefix(_PREFIX) for field in Settings.model_fields} | {_DEBUG}
    for name in sorted(name.upper() for name in names if name.upper().startswith(_PREFIX)):
        if (given := name.removeprefix(_PREFIX)) not in known:
            near = get_close_matches(given, known, n=1)
            advice = (
                f"did you mean {_PREFIX}{near[0]}?" if near else ".env.example has all settings"
            )
            yield f"{name} is not a setting, and does nothing; {advice}"


def explained(error: ValidationError) -> str:
    """The first thing wrong, as a sentence; a token is never in it."""
    first = error.errors(include_url=False)[0]
    name = variable(str(first["loc"][0]))
    reason = first["msg"].removeprefix("Input ").removeprefix("Value ")
    given = "" if name == _SECRET else f" is {str(first['input'])[:40]!r} and"
    return f"{name}{given} {reason}; change it in the environment or in {ENV_FILE}"
