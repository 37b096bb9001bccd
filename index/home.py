"""The data folder: its models and its corpora."""

import re
from pathlib import Path

from index.errors import InputError
from index.models.registry import Models
from index.storage.corpus import Corpus, ModelChoice

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
        return sorted(path.parent.name for path in self.path.glob("corpora/*/CURRENT"))
