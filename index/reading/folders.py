"""Folders that are watched: the articles of files that are new or have changed."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from index.reading.files import MAX_BYTES, name_of, read_file, walk
from index.types import Item, RefusedArticle

Stamp = tuple[int, int]  # when a file was changed last, in nanoseconds, and its size


class Folders:
    """Folders and files to look at again and again.

    A file is read when two looks in a row have found it the same, as one that is still being
    written is not. It is read again until `keep` says that all of that look is stored. One that
    vanishes is told of to nobody: its articles stay.
    """

    def __init__(self, paths: Sequence[Path], max_bytes: int = MAX_BYTES) -> None:
        self._paths, self._max_bytes = paths, max_bytes
        self._seen: dict[Path, Stamp] = {}
        self._read: dict[Path, Stamp] = {}
        self._stored: dict[Path, Stamp] = {}

    def look(self) -> Iterator[Item]:
        """Read what is new since the last look, each file's articles with their names."""
        before, self._seen, self._read = self._seen, {}, {}
        for root in self._paths:
            for file in walk(root, Counter()):
                if isinstance(file, RefusedArticle):
                    continue
                try:
                    status = file.stat()
                except OSError:  # it has vanished
                    continue
                stamp = self._seen[file] = status.st_mtime_ns, status.st_size
                if before.get(file) == stamp != self._stored.get(file):
                    self._read[file] = stamp
                    yield from read_file(file, name_of(file, root), self._max_bytes)

    def keep(self) -> None:
        """Note that what the last look has read is stored, or refused for good."""
        stored = self._stored | self._read
        self._stored = {file: stamp for file, stamp in stored.items() if file in self._seen}
