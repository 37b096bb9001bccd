"""Which of a corpus's databases is in use: a rebuild makes the next one and switches to it."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from index.disk import fsync, write_atomically
from index.errors import CorpusDamaged, CorpusError
from index.storage import database

_DATABASE = re.compile(r"corpus-[1-9][0-9]*\.sqlite")


class Generations:
    """The databases of a corpus, the oldest first; ``CURRENT`` names the one in use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._segments = folder / "segments"
        self._making = folder / "making.sqlite"  # until it is whole; vectors beside it are its own

    def current(self) -> str | None:
        """The name of the database in use; None where nothing was ever added."""
        try:
            named = (self._folder / "CURRENT").read_bytes().decode("ascii", "replace")
        except FileNotFoundError:
            named = ""
        except OSError as error:
            raise CorpusError(f"{self._folder} cannot be read ({error.strerror})") from error
        if _DATABASE.fullmatch(named) and (self._folder / named).is_file():
            return named
        if not self.databases() and (self._making.exists() or not any(self._segments.glob("*"))):
            return None
        raise CorpusDamaged(
            f"{self._folder} does not tell which of its databases is in use; run `dateline rebuild`"
        )

    def databases(self) -> list[str]:
        """The databases that are there, the oldest first."""
        found = [path.name for path in self._folder.glob("corpus-*.sqlite")]
        return sorted((name for name in found if _DATABASE.fullmatch(name)), key=number_of)

    def written(self) -> set[tuple[str, int]]:
        """The databases and their logs, with the time in ns at which each was written."""
        found = set()
        for path in self._folder.glob("corpus-*.sqlite*"):
            with suppress(FileNotFoundError):  # a log that was just written back
                found.add((path.name, path.stat().st_mtime_ns))
        return found

    def successor(self) -> str:
        """The name of the next database."""
        return f"corpus-{number_of(self.databases()[-1]) + 1}.sqlite"

    def switch_to(self, name: str) -> None:
        """Use another database from now on."""
        write_atomically(self._folder / "CURRENT", [name.encode()])

    @contextmanager
    def making(self, model_id: str) -> Iterator[Path]:
        """Make the first database, to be filled and closed before it is the one in use."""
        self._clear_making()
        try:
            database.create(self._making, model_id)
            yield self._making
        except BaseException:
            self._clear_making()
            raise
        # Named before it is there: a database without its name would look like damage.
        self.switch_to("corpus-1.sqlite")
        self._making.replace(self._folder / "corpus-1.sqlite")
        fsync(self._folder)

    def _clear_making(self) -> None:
        # The vectors first: without a database they would look like damage.
        if self._segments.exists():
            shutil.rmtree(self._segments)
        for left in self._folder.glob("making.sqlite*"):
            left.unlink()

    def repair_current(self) -> None:
        """Name the oldest database where CURRENT is damaged: that one is complete.

        A newer one may be half built. Once a rebuild has switched to it, the next writer deletes
        the older one first.
        """
        try:
            self.current()
        except CorpusDamaged:
            if not (there := self.databases()):
                raise CorpusDamaged(
                    f"the articles of {self._folder} are gone; delete the folder and add them again"
                ) from None
            self.switch_to(there[0])

    def clear(self) -> None:
        """Delete what a killed writer left: unused databases, and files it had not yet renamed."""
        current = self.current()
        for path in self._folder.iterdir():
            name = path.name.removesuffix("-wal").removesuffix("-shm")
            left = _DATABASE.fullmatch(name) and name != current
            if left or path.name.startswith((".CURRENT-", "making.sqlite")):
                path.unlink(missing_ok=True)


def number_of(name: str) -> int:
    """Which of a corpus's databases it is, counted from the first."""
    return int(name.removeprefix("corpus-").removesuffix(".sqlite"))
