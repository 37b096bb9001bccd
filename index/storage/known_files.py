"""Which article a file is, wherever it lies now.

A file is known by its name: the name of the folder that it was taken from and the path below it,
as in ``articles/flood.txt``. That is the same in every copy of a folder, so ids made of it are the
same for everyone. A file that was added from the same place before keeps the name that it had then.
One whose name belongs to another file that is still there is another article, and gets as much of
its path in front as tells the two apart. Where that other file is gone, the file was moved.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from index.types import Incoming

_ITEM = re.compile(r":\d+\Z")  # the line or item of a file with many articles


class KnownFiles:
    """The files that a corpus has articles of: their names, and where each lay last."""

    def __init__(self, paths: Iterable[tuple[str, str]]) -> None:
        self._paths = dict(paths)
        self._names = {path: name for name, path in self._paths.items()}

    def named(self, incoming: Incoming) -> Incoming:
        """The article with the name that its file has in this corpus."""
        path = incoming.path
        if path is None or incoming.origin is None:
            return incoming
        name = self._names.get(path) or next(
            name for name in longer_names(incoming.origin, path) if self._is_free(name, path)
        )
        if not (incoming.article.id or incoming.article.url):
            self._paths[name], self._names[path] = path, name
        return replace(incoming, origin=name)

    def _is_free(self, name: str, path: str) -> bool:
        taken = self._paths.get(name, path)
        return path in (taken, name) or not is_there(taken)


def longer_names(name: str, path: str) -> Iterator[str]:
    """The name, then with one folder more in front each time, then the whole path."""
    yield name
    parts = path.replace("\\", "/").split("/")
    for count in range(name.count("/") + 2, len(parts)):
        yield "/".join(parts[-count:])
    yield path


def is_there(path: str) -> bool:
    """Whether a file that articles came from is where it was; an imported name says no place."""
    file = Path(_ITEM.sub("", path))
    return file.is_absolute() and (file.exists() or Path(path).exists())
