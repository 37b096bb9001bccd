"""A new corpus made of versions of articles, in a folder aside."""

import shutil
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from index.disk import fsync_folder
from index.models.encoder import Encoder, Vectors
from index.storage import database, write
from index.storage.generations import Generations
from index.storage.ingest import encoding, ingest
from index.storage.prepare import Prepared


def clear_killed(corpora: Path) -> None:
    """Delete what imports that were killed left; one that is going on holds its lock."""
    for left in corpora.glob(".importing-*"):
        with suppress(Timeout, OSError):
            if (lock := left / "lock").exists():
                with FileLock(lock, timeout=0):
                    shutil.rmtree(left, ignore_errors=True)


def fill(
    folder: Path,
    versions: Iterable[Prepared],
    encoder: Encoder,
    model_id: str,
    on_version: Callable[[int], None],
) -> None:
    """Make a corpus in an empty folder."""
    segments = folder / "segments"
    generations = Generations(folder)
    generations.create(model_id)
    done = 0
    with closing(database.connect(folder / (generations.current() or ""), write=True)) as db:

        def store(batch: Sequence[Prepared], vectors: Vectors) -> None:
            nonlocal done
            write.store_batch(db, segments, batch, vectors)
            write.compact(db, segments)
            done += len(batch)
            on_version(done)

        ingest(versions, encoding(encoder), store)
        write.sweep(db, segments)
    fsync_folder(folder)
