"""What ``dateline doctor`` looks at; each check says what it found, and the remedy if it is bad."""

import getpass
import http.client
import os
import platform
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.cli.options import Chosen
from index import DatelineError
from index.disk import size_of
from index.models.registry import remedy

_LEAST_PYTHON = (3, 11)
# SQLite and a merge of segments want room to work.
# A rebuild makes a corpus anew beside the old one.
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
        ("health", health),
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
    if path := not_ours(chosen.home.path):
        return Check(
            name,
            f"{path} cannot be changed by {user()}, who runs this",
            f"run Dateline as who made it, or: chown -R {user()} {chosen.home.path}",
        )
    return Check(name, str(chosen.home.path))


def not_ours(home: Path) -> Path | None:
    """The first thing in the data folder that this user cannot use, as after a run as root."""
    for folder, _, names in os.walk(home):
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            return Path(folder)
        for name in names:
            path = Path(folder, name)
            # Vectors are never written again, a database is.
            wanted = os.R_OK | (os.W_OK if path.suffix == ".sqlite" else 0)
            if not os.access(path, wanted):
                return path
    return None


def user() -> str:
    """Who runs this, by name or, where there is none, by number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def disk(name: str, chosen: Chosen) -> Check:
    """Whether there is room."""
    free = shutil.disk_usage(existing(chosen.home.path)).free
    least = max(_LEAST_FREE, *map(size_of, chosen.home.path.glob("corpora/*")), 0)
    found = f"{free / 1e9:,.1f} GB free"
    remedy = f"make room on this disk: {least / 1e9:,.1f} GB are wanted for a rebuild"
    return Check(name, found, remedy if free < least else None)


def model(name: str, chosen: Chosen) -> Check:
    """Whether each model is what it was when it was made."""
    models = chosen.home.models
    manifests = models.manifests()
    for manifest in manifests:
        if damaged := models.damaged_files(manifest.id):
            found = f"{manifest.name}: damaged are {', '.join(damaged)}"
            return Check(name, found, remedy(manifest.id))
    return Check(name, ", ".join(manifest.name for manifest in manifests))


def reader(name: str, chosen: Chosen) -> Check:
    """Whether the reader is there, and the one that comes along is as it was shipped."""
    from retrieval.reader.model import damaged_files

    folder = chosen.home.models.reader(chosen.settings.reader)
    if folder is None and (damaged := damaged_files()):
        return Check(name, f"damaged are {', '.join(damaged)}", "install Dateline anew")
    return Check(name, chosen.settings.reader)


def corpus(name: str, chosen: Chosen) -> Check:
    """Whether the corpus opens, with the format that this Dateline knows, its vectors and model.

    Its texts and words are for ``dateline verify`` to look through.
    """
    with chosen.corpus.snapshot() as view:
        count = view.article_count
        if view.model_id:
            chosen.home.models.manifest(view.model_id)
        changed = view.changed_vectors()
    if changed:
        found = f"{chosen.corpus_name}: damaged are the vectors {', '.join(changed)}"
        return Check(name, found, "run: dateline rebuild; dateline verify looks for other damage")
    return Check(name, f"{chosen.corpus_name}: {count:,} articles")


def token(name: str, chosen: Chosen) -> Check:
    """Whether there is a bot token, and it can be one; it is never shown."""
    from bot.discord.invite import application_of

    secret = chosen.settings.token()
    if not secret:
        return Check(name, "not set; only `dateline discord` needs it")
    number = application_of(secret.get_secret_value().strip())
    return Check(name, f"set, of the application {number}")


def health(name: str, chosen: Chosen) -> Check:
    """Whether the port for health and metrics is free, or our own bot answers there."""
    port = chosen.settings.health_port
    if port is None:
        return Check(name, "off; DATELINE_HEALTH_PORT turns it on")
    try:
        with socket.create_server(("127.0.0.1", port)):
            return Check(name, f"port {port}, free")
    except OSError as error:
        if is_ours(port):
            return Check(name, f"port {port}, where a bot is running")
        remedy = "choose another with DATELINE_HEALTH_PORT"
        return Check(name, f"port {port} cannot be used ({os.strerror(error.errno or 0)})", remedy)


def is_ours(port: int) -> bool:
    """Whether a bot of ours says on a port that it is well."""
    asking = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        asking.request("GET", "/healthz")
        return asking.getresponse().read(10) == b"ok\n"
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asking.close()


def existing(path: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    path = path.absolute()
    while not path.exists():
        path = path.parent
    return path
