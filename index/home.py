"""The data folder: its models and its corpora."""

import re
from collections.abc import Callable
from pathlib import Path

from index.errors import InputError
from index.models.registry import ModelChoice, Models
from index.reading.files import MAX_BYTES
from index.storage.archive import Archive, ArchiveReport, export_corpus, import_corpus
from index.storage.corpus import EmbeddedCorpus
from index.storage.protocols import Corpus

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Home:
    """A data folder. Making one is cheap, and creates nothing until something is stored."""

    def __init__(self, path: Path, choice: ModelChoice | None = None, threads: int = 2) -> None:
        self.path = path
        self.models = Models(path / "models", threads)
        self._choice = choice or ModelChoice()

    def corpus(self, name: str) -> Corpus:
        """A corpus by name; it need not exist yet."""
        if not _NAME.fullmatch(name):
            raise InputError(
                f"{name[:40]!r} cannot name a corpus; use letters, digits, dots, dashes, at most 64"
            )
        return EmbeddedCorpus(self.path / "corpora" / name, self.models, self._choice)

    def corpora(self) -> list[str]:
        """The names of the corpora that exist."""
        names = (path.parent.name for path in self.path.glob("corpora/*/CURRENT"))
        return sorted(name for name in names if _NAME.fullmatch(name))

    def export_corpus(self, name: str, path: Path) -> ArchiveReport:
        """Write a corpus to a file, with all versions of its articles."""
        return export_corpus(self.corpus(name), self.models, path)

    def import_corpus(
        self,
        path: Path,
        name: str | None = None,
        *,
        max_bytes: int = MAX_BYTES,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> ArchiveReport:
        """Make a corpus of a file that was exported, under its old name or another."""
        with path.open("rb") as file:
            archive = Archive(file, str(path), max_bytes)
            corpus = self.corpus(name or archive.header.corpus)
            return import_corpus(archive, corpus, self.models, self._choice, on_progress)
