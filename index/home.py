"""The data folder: its models and its corpora."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from index.errors import InputError
from index.models.registry import Models
from index.reading.files import MAX_BYTES
from index.storage.archive import Archive, ArchiveReport, export_corpus, import_corpus
from index.storage.corpus import Corpus, ModelChoice
from index.storage.report import AddReport, Outcome

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
        return Corpus(self.path / "corpora" / name, self.models, self._choice)

    def corpora(self) -> list[str]:
        """The names of the corpora that exist."""
        names = (path.parent.name for path in self.path.glob("corpora/*/CURRENT"))
        return sorted(name for name in names if _NAME.fullmatch(name))

    def export_corpus(self, name: str, path: Path) -> ArchiveReport:
        """Write a corpus to a file, with all versions of its articles."""
        return export_corpus(self.corpus(name), self.models, path)

    def merge_corpora(
        self,
        name: str,
        parts: Sequence[str],
        *,
        on_article: Callable[[Outcome], None] | None = None,
    ) -> AddReport:
        """Put corpora, by their names or the folders that they lie in, into one."""
        target, opened = self.corpus(name), []
        for part in parts:
            folder = Path(part)
            corpus = Corpus(folder, self.models, self._choice) if "/" in part else self.corpus(part)
            if not corpus.exists:
                raise InputError(f"there is no corpus {part!r}; nothing was merged")
            if folder.resolve() == target.folder.resolve() or part == name:
                raise InputError(f"the corpus {name!r} cannot be a part of itself")
            opened.append(corpus)
        return target.merge(opened, on_article=on_article)

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
