"""Files that are whole or not there: written aside, flushed, renamed."""

import contextlib
import hashlib
import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from index.errors import DatelineError


def write_atomically(path: Path, pieces: Iterable[bytes | memoryview]) -> None:
    """Write a file in one step that outlives a power cut, or change nothing."""
    aside = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        with aside.open("xb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
        fsync(path.parent)
    except OSError as error:
        raise DatelineError(unwritable(path, error)) from error
    finally:
        with contextlib.suppress(OSError):
            aside.unlink()


def unwritable(path: Path, error: OSError) -> str:
    """The message for a file or folder that cannot be written."""
    return (
        f"{path} cannot be written ({error.strerror or error}); what was stored before is safe: "
        "make room or change the permissions, then try again"
    )


def fsync(path: Path) -> None:
    """Make a file's bytes, or the names in a folder, durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def fsync_folder(folder: Path) -> None:
    """Make the names in a folder durable, and the files directly in it.

    Never on a folder with a database in use: closing a file drops the locks that SQLite has on it.
    """
    for path in [*(p for p in folder.iterdir() if p.is_file()), folder]:
        fsync(path)


def changed_files(folder: Path, files: Mapping[str, str]) -> list[str]:
    """The files, by name and SHA-256, that a folder does not have like that."""
    return [
        name
        for name, sha256 in files.items()
        if not (folder / name).is_file() or sha256_of_file(folder / name) != sha256
    ]


def size_of(folder: Path) -> int:
    """How many bytes lie in a folder; files that go meanwhile count nothing."""
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            total += path.stat().st_size if path.is_file() else 0
    return total


def sha256_of_file(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
