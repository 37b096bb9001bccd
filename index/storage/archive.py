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
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, BinaryIO, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from index.disk import write_atomically
from index.errors import EmptyCorpus, InputError
from index.models.registry import ModelChoice, Models, Precision, Runtime
from index.reading.accept import accept
from index.storage.base import Corpus, Progress
from index.storage.merge import sound_versions
from index.storage.prepare import Prepared, prepared_as
from index.storage.view import Snapshot
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

    article: dict[str, str | list[str] | list[int] | None]
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
            fields_as_stored = json.dumps(given.model_dump(), ensure_ascii=False)
            made = prepared_as(incoming, article, fields_as_stored, self.input_sha256)
        except InputError as error:
            raise InputError(f"{where}: {error}") from error
        if incoming.warnings:
            raise InputError(f"{where}: {incoming.warnings[0]}")
        if made is None or made.article.id != self.article_id:
            raise InputError(f"{where}: is not what was exported")
        begins, places = made.article.pages, range(len(made.article.text))
        if list(begins) != sorted(begins) or any(at not in places for at in begins):
            raise InputError(f"{where}: its pages do not follow each other in its text")
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
    if not path.parent.is_dir():
        raise InputError(f"there is no folder {path.parent}; make it, then export again")
    if not corpus.exists:
        raise EmptyCorpus(f"there is no corpus {corpus.name!r}")
    with corpus.snapshot() as view:
        header = ArchiveHeader(
            corpus=corpus.name,
            corpus_version=view.corpus_version,
            model=ArchivedModel(**asdict(models.manifest(view.model_id).choice)),
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
    on_progress: Progress | None = None,
) -> ArchiveReport:
    """Make a corpus that is not there yet of an archive, in one step once it is whole."""
    corpus.check_absent()
    model_id, total = model_for(archive.header.model, models, choice), archive.header.versions
    told = on_progress or (lambda *_: None)
    corpus.make_of(archive.versions(), model_id, lambda done: told(done, total))
    header, name = archive.header, models.manifest(model_id).name
    return ArchiveReport(corpus.name, header.articles, header.versions, name)


def model_for(archived: ArchivedModel, models: Models, choice: ModelChoice) -> str:
    """The model that the archive names where it is here already, else that of new corpora."""
    for manifest in models.manifests():
        same = asdict(manifest.choice) == archived.model_dump()
        if same and not models.damaged_files(manifest.id):
            return manifest.id
    return models.obtain(choice)
