"""A corpus as one file: all versions of its articles, and the model that it was made with.

The file is JSON lines in UTF-8. The first line says what it is:

    {"schema_version": 1, "kind": "dateline corpus", "corpus": "asia", "corpus_version": "…",
     "model": {"name": "…", "runtime": "…", "precision": "…"}, "articles": 2, "versions": 3}

Each line after it is one version of an article, first versions first:

    {"article_id": "…", "number": 1, "added_at": "2026-01-31T09:00:00+00:00", "text": "…",
     "given": {"article": {"title": …, …}, "origin": …, "label": …, "date_origin": "given"},
     "input_sha256": "…"}

Sentences, words and vectors follow from these and are made anew. A file from anywhere may be
imported: each line is checked as an article that is added is, no model is fetched because a file
names it, and the corpus appears in one step, when all of the file was read.
"""

import itertools
import json
import secrets
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, BinaryIO, Literal

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from index.disk import fsync_folder, unwritable, write_atomically
from index.errors import CorpusError, InputError
from index.models.encoder import Encoder
from index.models.registry import ModelManifest, Models, Precision, Runtime
from index.reading.accept import accept
from index.storage import database, write
from index.storage.corpus import Corpus, ModelChoice
from index.storage.generations import Generations
from index.storage.ingest import encoding, ingest
from index.storage.merge import sound_versions
from index.storage.prepare import Prepared, prepare
from index.storage.report import OutcomeKind
from index.storage.snapshot import Snapshot
from index.types import ArticleInput, DateOrigin

_FIELDS_BYTES = 1_000_000  # of a line, beside its text
_ESCAPED = 6  # bytes of JSON for one of text, at most: \u0001

Short = Annotated[str, Field(max_length=4096)]


class _Line(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class ArchivedModel(_Line):
    """What encoded the sentences."""

    name: Short
    runtime: Runtime
    precision: Precision

    @classmethod
    def of(cls, manifest: ModelManifest) -> "ArchivedModel":
        """What is said of a model."""
        config = manifest.config
        return cls(name=manifest.name, runtime=config.runtime, precision=config.precision)


class ArchiveHeader(_Line):
    """The first line."""

    schema_version: Literal[1] = 1
    kind: Literal["dateline corpus"] = "dateline corpus"
    corpus: Short
    corpus_version: Short
    model: ArchivedModel
    articles: Annotated[int, Field(ge=0)]
    versions: Annotated[int, Field(ge=0)]


class GivenFields(_Line):
    """What came in beside a text."""

    article: dict[str, str | list[str] | None]
    origin: Short | None
    label: Short
    date_origin: DateOrigin


class ArchivedVersion(_Line):
    """Each other line."""

    article_id: Short
    number: Annotated[int, Field(ge=1, lt=2**31)]
    added_at: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$")]
    given: GivenFields
    text: str
    input_sha256: Short

    def prepared(self, where: str, max_bytes: int) -> Prepared:
        """The version ready to be stored; raises InputError for what cannot be."""
        if len(self.text.encode()) > max_bytes:
            why = f"has over {max_bytes:,} bytes; DATELINE_MAX_ARTICLE_BYTES allows larger ones"
            raise InputError(f"{where}: its text {why}")
        fields = {"authors": [], **self.given.article, "text": self.text}
        article, given = ArticleInput.model_validate(fields, strict=False), self.given
        try:
            incoming = accept(article, given.origin, given.label, given.date_origin)
            made = prepare(incoming)
        except InputError as error:
            raise InputError(f"{where}: {error}") from error
        if incoming.warnings:
            raise InputError(f"{where}: {incoming.warnings[0]}")
        if (made.input_sha256, made.article.id) != (self.input_sha256, self.article_id):
            raise InputError(f"{where}: is not what was exported")
        numbered = replace(made.article, version=self.number)
        return replace(made, article=numbered, added_at=self.added_at)


@dataclass(frozen=True, slots=True)
class ArchiveReport:
    """What was exported or imported; ``model`` is the name of what encodes it."""

    corpus: str
    articles: int
    versions: int
    model: str


# -- export ----------------------------------------------------------------------------------


def export_corpus(corpus: Corpus, models: Models, path: Path) -> ArchiveReport:
    """Write a corpus to a file that is not there yet, whole or not at all."""
    if path.exists():
        raise InputError(f"{path} is there already; export to another file")
    with corpus.snapshot() as view:
        header = ArchiveHeader(
            corpus=corpus.name,
            corpus_version=view.corpus_version,
            model=ArchivedModel.of(models.manifest(view.model_id)),
            articles=view.article_count,
            versions=view.version_count,
        )
        first = header.model_dump_json().encode() + b"\n"
        write_atomically(path, itertools.chain([first], version_lines(view)))
    return ArchiveReport(corpus.name, header.articles, header.versions, header.model.name)


def version_lines(view: Snapshot) -> Iterator[bytes]:
    """The other lines; raises CorpusDamaged at what is not as it was stored."""
    for article_id, number, added_at, _, given, text, sha256 in sound_versions(view):
        fields = {
            "article_id": article_id,
            "number": number,
            "added_at": added_at,
            "given": json.loads(given),
            "text": text,
            "input_sha256": sha256,
        }
        yield json.dumps(fields, ensure_ascii=False).encode() + b"\n"


# -- import ----------------------------------------------------------------------------------


class Archive:
    """An exported file that is being read; raises InputError for what cannot be used."""

    def __init__(self, file: BinaryIO, name: str, max_bytes: int) -> None:
        self._file, self._name, self._max_bytes = file, name, max_bytes
        self._longest = _ESCAPED * max_bytes + _FIELDS_BYTES
        try:
            self.header = ArchiveHeader.model_validate_json(file.readline(self._longest))
        except ValidationError:
            raise InputError(
                f"{name} is no exported corpus of this Dateline; "
                "`dateline corpora export` makes one, `dateline add` takes articles"
            ) from None

    def versions(self) -> Iterator[Prepared]:
        """What is in it, checked; raises where it ends too early or goes on too long."""
        numbers: dict[str, int] = {}
        count = 0
        while line := self._file.readline(self._longest):
            count += 1
            where = f"{self._name}, line {count + 1}"
            try:
                version = ArchivedVersion.model_validate_json(line)
                prepared = version.prepared(where, self._max_bytes)
            except ValidationError:
                raise InputError(f"{where}: it is not an article's version as exported") from None
            if version.number <= numbers.get(version.article_id, 0):
                raise InputError(f"{where}: a later version stands before it")
            numbers[version.article_id] = version.number
            yield prepared
        if (len(numbers), count) != (self.header.articles, self.header.versions):
            raise InputError(
                f"{self._name} has {count:,} versions of {len(numbers):,} articles, and should have"
                f" {self.header.versions:,} of {self.header.articles:,}; export it again"
            )


def import_corpus(
    archive: Archive,
    corpus: Corpus,
    models: Models,
    choice: ModelChoice,
    on_progress: Callable[[int, int], None] | None = None,
) -> ArchiveReport:
    """Make a corpus that is not there yet of an archive, in a folder aside until it is whole."""
    corpus.check_absent()
    aside = corpus.folder.with_name(f".importing-{secrets.token_hex(4)}")
    model_id = model_for(archive.header.model, models, choice)
    try:
        aside.mkdir(parents=True)
        clear_killed(aside.parent)
        with FileLock(aside / "lock"):
            fill(aside, archive, models.load(model_id), model_id, on_progress)
            corpus.take_over(aside)
    except sqlite3.Error as error:
        raise database.explained_error(error, corpus.folder) from error
    except OSError as error:
        raise CorpusError(unwritable(corpus.folder, error)) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    header, name = archive.header, models.manifest(model_id).name
    return ArchiveReport(corpus.name, header.articles, header.versions, name)


def model_for(archived: ArchivedModel, models: Models, choice: ModelChoice) -> str:
    """The model that the archive names where it is here already, else that of new corpora."""
    for manifest in models.manifests():
        if ArchivedModel.of(manifest) == archived and not models.damaged_files(manifest.id):
            return manifest.id
    return models.obtain(choice.name, choice.runtime, choice.precision)


def clear_killed(corpora: Path) -> None:
    """Delete what imports that were killed left; one that is going on holds its lock."""
    for left in corpora.glob(".importing-*"):
        with suppress(Timeout, OSError):
            if (lock := left / "lock").exists():
                with FileLock(lock, timeout=0):
                    shutil.rmtree(left, ignore_errors=True)


def fill(
    folder: Path,
    archive: Archive,
    encoder: Encoder,
    model_id: str,
    on_progress: Callable[[int, int], None] | None,
) -> None:
    """Make a corpus in an empty folder."""
    segments = folder / "segments"
    generations = Generations(folder)
    generations.create(model_id)
    done = 0
    with closing(database.connect(folder / (generations.current() or ""), write=True)) as db:

        def stored(batch: Sequence[Prepared], _: Sequence[OutcomeKind]) -> None:
            nonlocal done
            write.compact(db, segments)
            done += len(batch)
            if on_progress:
                on_progress(done, archive.header.versions)

        ingest(db, segments, encoding(encoder), archive.versions(), stored)
        write.sweep(db, segments)
    fsync_folder(folder)
