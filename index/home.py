"""The data folder: its models and its corpora."""

import hashlib
import re
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from index.errors import InputError
from index.models.registry import ModelChoice, Models
from index.reading.files import CORPORA, MAX_BYTES
from index.storage.archive import Archive, ArchiveReport, export_corpus, import_corpus
from index.storage.base import Corpus
from index.storage.corpus import EmbeddedCorpus
from index.storage.postgres.address import Address, is_address
from index.storage.report import AddReport, Outcome

_ANY_SIZE = 2**40  # of an article that is in a corpus already
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Home:
    """A data folder. Making one is cheap, and creates nothing until something is stored.

    ``address`` is of the PostgreSQL database that has its corpora, where that is not the folder.
    """

    def __init__(
        self,
        path: Path,
        choice: ModelChoice | None = None,
        threads: int = 2,
        address: str | None = None,
    ) -> None:
        self.path = path
        self.address = Address.of(address) if address else None
        self.models = Models(path / "models", threads)
        self._choice = choice or ModelChoice()

    def corpus(self, name: str) -> Corpus:
        """A corpus by name, or by address; it need not exist yet."""
        address = Address(self.address.url, name) if self.address else None
        if is_address(name):
            address = Address.of(name)
            name = address.corpus
        if not _NAME.fullmatch(name):
            raise InputError(
                f"{name[:40]!r} cannot name a corpus; use letters, digits, dots, dashes, at most 64"
            )
        folder = self._folder_of(address) / name
        if address is None:
            return EmbeddedCorpus(folder, self.models, self._choice)
        from index.storage.postgres.corpus import PostgresCorpus

        return PostgresCorpus(address, folder, self.models, self._choice)

    def _folder_of(self, address: Address | None) -> Path:
        if address is None:
            return self.path / "corpora"
        return self.path / "servers" / hashlib.sha256(address.server.encode()).hexdigest()[:12]

    @property
    def folders(self) -> list[Path]:
        """The folders of corpora, or of what goes with them where they are on a server."""
        return sorted(self._folder_of(self.address).glob("[!.]*/"))

    def corpora(self) -> list[str]:
        """The names of the corpora that exist."""
        if self.address:
            from index.storage.postgres.corpus import corpora_of

            return corpora_of(self.address)
        names = (path.parent.name for path in self.path.glob(CORPORA))
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
        target, opened = self.corpus(name), list[Corpus]()
        if not isinstance(target, EmbeddedCorpus):
            raise InputError(
                "corpora are merged in files only: `dateline corpora merge` them there, "
                "then `dateline corpora copy` the whole to PostgreSQL"
            )
        for part in parts:
            folder = Path(part)
            corpus: Corpus = EmbeddedCorpus(folder, self.models, self._choice)
            if is_address(part) or "/" not in part:
                corpus = self.corpus(part)
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

    def copy_corpus(
        self, name: str, to: str, on_progress: Callable[[int, int], None] | None = None
    ) -> ArchiveReport:
        """Make a copy of a corpus, by way of a file; each may be here or on a server."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "corpus.jsonl")
            self.export_corpus(name, path)
            return self.import_corpus(path, to, max_bytes=_ANY_SIZE, on_progress=on_progress)
