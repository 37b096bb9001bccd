"""What ``dateline doctor`` looks at; each check says what it found, and the remedy if it is bad."""

import getpass
import http.client
import os
import platform
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bot.cli.options import Chosen
from index import DatelineError
from index.disk import size_of
from index.models.registry import remedy

# SQLite and a merge of segments want room to work; a rebuild makes a corpus beside the old one.
_LEAST_FREE = 500_000_000


Finding = tuple[str, str | None]  # what was found, and what to do where that is bad


def examine(chosen: Chosen) -> Iterator[tuple[str, str, str | None]]:
    """Look at everything: the check, what it found, the remedy. One that itself fails is a finding.

    Nothing more can be said when the settings are wrong.
    """
    for check in (python, settings, home, disk, model, reader, corpus, token, health):
        try:
            yield check.__name__, *check(chosen)
        except (DatelineError, OSError) as error:
            yield check.__name__, "of no use", " ".join(str(error).split())
            if check is settings:
                return


def python(_: Chosen) -> Finding:
    """The interpreter."""
    return f"{platform.python_version()} at {sys.executable}", None


def settings(chosen: Chosen) -> Finding:
    """The environment and ``.env``; reading them is the check."""
    settings = chosen.settings
    return f"{settings.runtime}, {settings.precision}, {settings.threads} threads", None


def home(chosen: Chosen) -> Finding:
    """Whether the data folder can be written."""
    folder = existing(chosen.home.path)
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return (
            f"{folder} cannot be written ({error.strerror})",
            "change its permissions, or choose another with --home or DATELINE_HOME",
        )
    if path := not_ours(chosen.home.path):
        return (
            f"{path} cannot be changed by {user()}, who runs this",
            f"run Dateline as who made it, or: chown -R {user()} {chosen.home.path}",
        )
    return str(chosen.home.path), None


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


def disk(chosen: Chosen) -> Finding:
    """Whether there is room."""
    free = shutil.disk_usage(existing(chosen.home.path)).free
    least = max(_LEAST_FREE, *map(size_of, chosen.home.path.glob("corpora/*")), 0)
    found = f"{free / 1e9:,.1f} GB free"
    remedy = f"make room on this disk: {least / 1e9:,.1f} GB are wanted for a rebuild"
    return found, remedy if free < least else None


def model(chosen: Chosen) -> Finding:
    """Whether each model is what it was when it was made."""
    models = chosen.home.models
    manifests = models.manifests()
    for manifest in manifests:
        if damaged := models.damaged_files(manifest.id):
            found = f"{manifest.name}: damaged are {', '.join(damaged)}"
            return found, remedy(manifest.id)
    return ", ".join(manifest.name for manifest in manifests), None


def reader(chosen: Chosen) -> Finding:
    """Whether the reader is there, and the one that comes along is as it was shipped."""
    from retrieval.reader.model import damaged_files

    folder = chosen.home.models.reader(chosen.settings.reader)
    if folder is None and (damaged := damaged_files()):
        return f"damaged are {', '.join(damaged)}", "install Dateline anew"
    return chosen.settings.reader, None


def corpus(chosen: Chosen) -> Finding:
    """Whether the corpus opens, with the format that this Dateline knows, its vectors and model.

    Its texts and words are for ``dateline verify`` to look through.
    """
    with chosen.known_corpus.snapshot() as view:
        count = view.article_count
        if view.model_id:
            chosen.home.models.manifest(view.model_id)
        changed = view.changed_vectors()
    if changed:
        found = f"{chosen.corpus_name}: damaged are the vectors {', '.join(changed)}"
        return found, "run: dateline rebuild; dateline verify looks for other damage"
    return f"{chosen.corpus_name}: {count:,} articles", None


def token(chosen: Chosen) -> Finding:
    """Whether there is a bot token, and it can be one; it is never shown."""
    from bot.discord.invite import application_of

    secret = chosen.settings.token()
    if not secret:
        return "not set; only `dateline discord` needs it", None
    number = application_of(secret.get_secret_value().strip())
    return f"set, of the application {number}", None


def health(chosen: Chosen) -> Finding:
    """Whether the port for health and metrics is free, or our own bot answers there."""
    port = chosen.settings.health_port
    if port is None:
        return "off; DATELINE_HEALTH_PORT turns it on", None
    try:
        with socket.create_server(("127.0.0.1", port)):
            return f"port {port}, free", None
    except OSError as error:
        if is_ours(port):
            return f"port {port}, where a bot is running", None
        found = f"port {port} cannot be used ({os.strerror(error.errno or 0)})"
        return found, "choose another with DATELINE_HEALTH_PORT"


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
