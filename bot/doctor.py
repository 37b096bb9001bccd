"""What ``dateline doctor`` looks at; each check says what it found, and the remedy if it is bad."""

import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.options import Chosen
from index import DatelineError

_LEAST_PYTHON = (3, 11)
# A converted model takes 24 MB, and SQLite and a merge of segments want room to work.
_LEAST_FREE = 500_000_000


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    found: str
    remedy: str | None = None

    @property
    def ok(self) -> bool:
        """Whether there is nothing to do."""
        return self.remedy is None


def examine(chosen: Chosen) -> list[Check]:
    """Look at everything; a check that itself fails is a finding."""
    checks: tuple[tuple[str, Callable[[str, Chosen], Check]], ...] = (
        ("python", python),
        ("settings", settings),
        ("home", home),
        ("disk", disk),
        ("model", model),
        ("reader", reader),
        ("corpus", corpus),
        ("token", token),
    )
    return list(results(checks, chosen))


def results(
    checks: tuple[tuple[str, Callable[[str, Chosen], Check]], ...], chosen: Chosen
) -> Iterator[Check]:
    """The findings one by one; nothing more can be said when the settings are wrong."""
    for name, check in checks:
        try:
            yield check(name, chosen)
        except (DatelineError, OSError) as error:
            yield Check(name, "of no use", " ".join(str(error).split()))
            if name == "settings":
                return


def python(name: str, _: Chosen) -> Check:
    """The interpreter."""
    found = f"{platform.python_version()} at {sys.executable}"
    old = sys.version_info < _LEAST_PYTHON
    return Check(name, found, "use Python 3.11 or newer" if old else None)


def settings(name: str, chosen: Chosen) -> Check:
    """The environment and ``.env``; reading them is the check."""
    settings = chosen.settings
    return Check(name, f"{settings.runtime}, {settings.precision}, {settings.threads} threads")


def home(name: str, chosen: Chosen) -> Check:
    """Whether the data folder can be written."""
    folder = existing(chosen.home.path)
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return Check(
            name,
            f"{folder} cannot be written ({error.strerror})",
            "change its permissions, or choose another with --home or DATELINE_HOME",
        )
    return Check(name, str(chosen.home.path))


def disk(name: str, chosen: Chosen) -> Check:
    """Whether there is room."""
    free = shutil.disk_usage(existing(chosen.home.path)).free
    found = f"{free / 1e9:,.1f} GB free"
    return Check(name, found, "make room on this disk" if free < _LEAST_FREE else None)


def model(name: str, chosen: Chosen) -> Check:
    """Whether each model is what it was when it was made."""
    models = chosen.home.models
    manifests = models.manifests()
    if not manifests:
        return Check(name, f"none yet; the first add makes one of {chosen.settings.model}")
    for manifest in manifests:
        if damaged := models.damaged_files(manifest.id):
            found = f"{manifest.name}: damaged are {', '.join(damaged)}"
            return Check(name, found, "run: dateline rebuild")
    return Check(name, ", ".join(manifest.name for manifest in manifests))


def reader(name: str, chosen: Chosen) -> Check:
    """Whether the reader is there, and the one that comes along is as it was shipped."""
    from retrieval.reader_model import damaged_files

    folder = chosen.home.models.reader(chosen.settings.reader)
    if folder is None and (damaged := damaged_files()):
        return Check(name, f"damaged are {', '.join(damaged)}", "install Dateline anew")
    return Check(name, chosen.settings.reader)


def corpus(name: str, chosen: Chosen) -> Check:
    """Whether the corpus opens, with the format that this Dateline knows, and has its model."""
    with chosen.corpus.snapshot() as view:
        count = view.article_count
        if view.model_id:
            chosen.home.models.manifest(view.model_id)
    return Check(name, f"{chosen.corpus_name}: {count:,} articles")


def token(name: str, chosen: Chosen) -> Check:
    """Whether there is a bot token; it is never shown, and only the bot needs one."""
    secret = chosen.settings.discord_token
    return Check(name, "set" if secret else "not set; only `dateline discord` needs it")


def existing(path: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    path = path.absolute()
    while not path.exists():
        path = path.parent
    return path
