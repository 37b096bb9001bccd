"""A small file beside a corpus that people may edit and several processes change."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

from filelock import FileLock
from pydantic import BaseModel, ValidationError

from index.disk import write_atomically
from index.errors import CorpusError

F = TypeVar("F", bound=BaseModel)


class Book(Generic[F]):
    """One JSON file of a kind; without it, the kind's defaults.

    ``mend`` says what to do once a broken one is deleted.
    """

    def __init__(self, path: Path, kind: type[F], mend: str) -> None:
        self.path, self._kind, self._mend = path, kind, mend

    def read(self) -> F:
        """What the file says; raises CorpusError, with what to do, for a broken one."""
        try:
            return self._kind.model_validate_json(self.path.read_bytes())
        except FileNotFoundError:
            return self._kind()
        except (OSError, ValidationError) as error:
            raise CorpusError(
                f"{self.path} cannot be read; restore it, or delete it and {self._mend}"
            ) from error

    @contextmanager
    def changing(self, *, first: bool = False) -> Iterator[F]:
        """Change the file; nothing is written where its folder was deleted, unless ``first``."""
        if first:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        if not self.path.parent.exists():
            yield self._kind()
            return
        with FileLock(self.path.with_suffix(".lock")):
            content = self.read()
            yield content
            if content == self._kind():
                self.path.unlink(missing_ok=True)
            else:
                write_atomically(self.path, [content.model_dump_json(indent=1).encode()])
