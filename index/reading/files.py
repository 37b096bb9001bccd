"""Files, folders, attachments and standard input: one article after another, or why not.

Reading is lazy, so that a folder of any size takes no more memory than its largest article. What
is refused is refused with a sentence, and the rest is read.
"""

import codecs
import io
import os
import re
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from index.errors import InputError, refusing
from index.reading.accept import accept
from index.reading.decoding import declared_charset, decode, normalise
from index.reading.front_matter import front_matter, front_matter_error, values_of
from index.reading.guess import guessed_kind
from index.reading.json_articles import articles_of, articles_of_line, articles_of_text
from index.types import ArticleInput, DateOrigin, Incoming, Item, RefusedArticle

# A book of 300,000 words: half a minute of encoding, and no news article comes near it.
MAX_BYTES = 2_000_000
CORPORA = "corpora/*/CURRENT"  # what a home of Dateline has once something is stored
_TIMES_ITS_TEXT = 10  # as large may be what an article is wrapped in: a page's scripts, a picture
_WRAPPED = frozenset({"html", "mail", "saved", "pdf", "docx", "feed", "table"})

_KINDS = {
    "": "text", ".txt": "text", ".text": "text", ".md": "markdown", ".markdown": "markdown",
    ".html": "html", ".htm": "html", ".xhtml": "html", ".json": "json", ".jsonl": "lines",
    ".ndjson": "lines", ".csv": "table", ".tsv": "table", ".eml": "mail", ".mht": "saved",
    ".mhtml": "saved", ".pdf": "pdf", ".docx": "docx", ".xml": "feed", ".rss": "feed",
    ".atom": "feed",
}  # fmt: skip
_IMAGES = frozenset([".avif", ".bmp", ".gif", ".heic", ".ico", ".jpeg", ".jpg", ".png", ".svg",
                     ".tif", ".tiff", ".webp"])  # fmt: skip
_UNREADABLE = (
    (b"WARC/", "is an archive of web pages (WARC); take the pages out and add those"),
    (b"<!DOCTYPE lewis", "is SGML, which is not read; convert it to JSON lines"),
)
_DATED_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})-\D")  # Jekyll has a post's date nowhere else
_SPECIAL_FILES = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_HTML_IN_XML = re.compile(rb"<html\b", re.IGNORECASE)


def read_paths(
    paths: Sequence[Path], *, max_bytes: int = MAX_BYTES, skipped: Counter[str] | None = None
) -> Iterator[Item]:
    """Read files, and folders to any depth, in order of their names.

    What kinds of files are passed over in folders is counted in ``skipped``; `kinds_of` words it.
    """
    for path in paths:
        found, passed = 0, Counter[str]()
        for file in walk(path, passed):
            found += 1
            if isinstance(file, RefusedArticle):
                yield file
            else:
                yield from read_file(file, name_of(file, path), max_bytes)
        if passed and not found:
            why = f"has no file that can be read, only {kinds_of(passed)}"
            yield RefusedArticle(_label(path), why)
        if skipped is not None:
            skipped += passed


def kinds_of(skipped: Counter[str]) -> str:
    """Say how many files there are of each kind: ``12 images, 3 .zip``."""
    named = (f"{number:,} {kind}" for kind, number in skipped.most_common())
    return ", ".join("1 image" if one == "1 images" else one for one in named)


def read_bytes(
    data: bytes,
    name: str,
    origin: str | None,
    *,
    max_bytes: int = MAX_BYTES,
    charset: str | None = None,
) -> Iterator[Item]:
    """Read an attachment by the suffix of its name, or by what it looks like: also a .txt.

    ``charset`` is what came with it as the charset of a text or a page.
    """
    try:
        suffix = Path(name).suffix.lower()
        kind = _KINDS.get(suffix, "text")
        if kind == "text":
            kind = guessed_kind(data)
        if kind == "lines":
            yield from _json_lines(io.BytesIO(data), name, origin, max_bytes)
        else:
            check_size(len(data), _most_bytes(kind, max_bytes))
            yield from _articles(data, kind, name, origin, max_bytes, charset)
    except InputError as error:
        yield RefusedArticle(name, str(error))


def read_stream(file: BinaryIO, name: str, *, max_bytes: int = MAX_BYTES) -> Iterator[Item]:
    """Read what has an end but no size by what it looks like: JSON lines as they come."""
    first = file.readline(max_bytes + 1)
    if guessed_kind(first) == "lines":
        yield from _json_lines(file, name, None, max_bytes, first)
    else:
        # One byte more than any kind may have shows that it is too large without reading it all.
        data = first + file.read(max_bytes * _TIMES_ITS_TEXT + 1 - len(first))
        yield from read_bytes(data, name, None, max_bytes=max_bytes)


def walk(root: Path, skipped: Counter[str]) -> Iterator[Path | RefusedArticle]:
    """Yield a file, or the articles below a folder by name.

    Hidden ones, and homes of Dateline, are passed over. Files of other kinds are counted.
    """
    waiting = [root]
    while waiting:
        path = waiting.pop()
        try:
            if path != root and path.is_symlink():
                target = path.resolve(strict=True)
                if not target.is_relative_to(root.resolve()):
                    yield RefusedArticle(_label(path), "is a link that leads out of its folder")
                elif target.is_file() and path.suffix.lower() in _KINDS:
                    yield path
            elif path.is_dir():
                if any(path.glob(CORPORA)):
                    continue
                names = sorted(os.listdir(path), reverse=True)  # noqa: PTH208  (bare names)
                waiting += [path / name for name in names if not name.startswith(".")]
            elif path == root or path.suffix.lower() in _KINDS:
                yield path
            else:
                suffix = _label(Path(path.suffix.lower()))
                skipped["images" if suffix in _IMAGES else suffix] += 1
        except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links
            yield RefusedArticle(_label(path), _reason(error))


def _label(path: Path) -> str:
    """Name a file to a person: on one line, whatever its name is made of."""
    return "".join(char if char.isprintable() else "\ufffd" for char in str(path))


def name_of(path: Path, given: Path) -> str:
    """Name a file by its folder and the path below it; ``given`` is that folder or the file."""
    folder = path.parent if path == given else given
    inside = path.relative_to(folder).as_posix()
    root = os.path.abspath(folder)  # noqa: PTH100 - not resolved: a link has a name of its own
    return _encodable(f"{Path(root).name}/{inside}".removeprefix("/"))


def _encodable(path: str | Path) -> str:
    return os.fsencode(path).decode("utf-8", errors="backslashreplace")


def _reason(error: OSError | RuntimeError) -> str:
    if isinstance(error, FileNotFoundError):
        return "does not exist; check the path"
    if isinstance(error, PermissionError):
        return "may not be read; check its permissions"
    why = getattr(error, "strerror", None) or "a loop of links"
    return f"cannot be read ({why.lower()}); check the path"


def read_file(path: Path, name: str, max_bytes: int = MAX_BYTES) -> Iterator[Item]:
    """Read the articles of a file, which are known by its ``name``; see `name_of`."""
    label = _label(path)
    kind = _KINDS.get(path.suffix.lower(), "text")
    try:
        place = _encodable(path.parent.resolve() / path.name)  # absolute
        with _opened(path) as file:
            before = os.fstat(file.fileno())
            if kind == "text":  # or a page that was saved as story.php, or without a suffix
                kind = _kind_of(file, max_bytes)
            if kind == "lines":
                yield from _placed(_json_lines(file, label, name, max_bytes), name, place)
                _check_unchanged(before, os.fstat(file.fileno()))
            else:
                most = _most_bytes(kind, max_bytes)
                check_size(before.st_size, most)
                data = file.read(most + 1)
                _check_unchanged(before, os.fstat(file.fileno()))
                found = _articles(data, kind, label, name, max_bytes)
                yield from _placed(found, name, place)
    except (OSError, RuntimeError) as error:
        yield RefusedArticle(label, _reason(error))
    except InputError as error:
        yield RefusedArticle(label, str(error))


def _kind_of(file: BinaryIO, max_bytes: int) -> str:
    """Name the format of an open file, and go back to its beginning."""
    first = file.readline(max_bytes + 1)
    kind = guessed_kind(first)
    if kind != "lines":
        kind = guessed_kind(first + file.read(max_bytes * _TIMES_ITS_TEXT))
    file.seek(0)
    return kind


def _placed(items: Iterator[Item], name: str, place: str) -> Iterator[Item]:
    """Yield the items with where the file of that name lies."""
    for item in items:
        if isinstance(item, Incoming) and item.origin:
            yield replace(item, path=place + item.origin.removeprefix(name))
        else:
            yield item


def _opened(path: Path) -> BinaryIO:
    """Open a regular file and nothing else: opening a pipe could wait for ever."""
    target = path.resolve(strict=True)
    _check_regular(target.lstat().st_mode)
    flags = ("O_NONBLOCK", "O_NOFOLLOW", "O_CLOEXEC", "O_BINARY")  # not all exist everywhere
    descriptor = os.open(target, os.O_RDONLY | sum(getattr(os, flag, 0) for flag in flags))
    file = os.fdopen(descriptor, "rb")
    _check_regular(os.fstat(descriptor).st_mode)
    return file


def _check_regular(mode: int) -> None:
    if not stat.S_ISREG(mode):
        kind = next((name for test, name in _SPECIAL_FILES if test(mode)), "a folder or a link")
        raise InputError(f"is {kind}, not a file; give a file or a folder")


def check_size(size: int, max_bytes: int) -> None:
    """Raise InputError for an article of no byte, or of too many."""
    if size == 0:
        raise InputError("is empty; there is nothing to add")
    if size > max_bytes:
        raise InputError(f"is larger than {_size(max_bytes)}; split it")


def _most_bytes(kind: str, max_bytes: int) -> int:
    return max_bytes * _TIMES_ITS_TEXT if kind in _WRAPPED else max_bytes


def _size(number: int) -> str:
    """How many bytes, in the unit that people know files by."""
    return f"{number / 1e6:,g} MB" if number >= 100_000 else f"{number:,} bytes"


def _check_unchanged(before: os.stat_result, after: os.stat_result) -> None:
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise InputError("changed while it was read; try again")


def _articles(
    data: bytes,
    kind: str,
    label: str,
    origin: str | None,
    max_bytes: int,
    charset: str | None = None,
) -> Iterator[Item]:
    """Yield the articles in the bytes of one file; raises InputError for all of it."""
    if why := next((why for mark, why in _UNREADABLE if data.startswith(mark)), None):
        raise InputError(why)
    if kind in ("text", "markdown"):
        yield _plain(normalise(_decoded(data, charset)), kind, label, origin)
    elif kind == "json":
        yield from articles_of_text(_decoded(data), label, origin)
    elif kind in ("table", "feed") and (rows := _rows(data, kind)) is not None:
        yield from articles_of(rows, label, origin)
    else:
        article = _unwrapped(data, kind, charset)
        if len(article.text) > max_bytes:
            raise InputError(f"has a text of over {_size(max_bytes)}; split it")
        yield accept(article, origin, label, "metadata")


def _rows(data: bytes, kind: str) -> list[dict[str, Any]] | None:
    """Return the articles of a table or a feed; None for XML that is no feed, but may be a page."""
    from index.reading import documents, feeds  # which import a lot

    if kind == "table":
        return documents.read_table(_decoded(data))
    feed = feeds.read_feed(data)
    return None if feed is None else [entry.as_json(feed.title) for entry in feed.entries]


def _unwrapped(data: bytes, kind: str, charset: str | None) -> ArticleInput:
    """Return the article of a page, a letter or a document."""
    from index.reading import documents, html  # which import a lot

    if kind == "pdf":
        return documents.read_pdf(data)
    if kind == "docx":
        return documents.read_docx(data)
    if kind in ("mail", "saved"):
        return documents.read_message(data, saved_page=kind == "saved")
    if kind == "feed" and not _HTML_IN_XML.search(data[:1_000]):
        raise InputError("is XML, but neither a feed (RSS, Atom) nor a web page")
    with refusing("is a web page that cannot be read; save its text instead"):
        return html.read_html(_decoded(data, charset or declared_charset(data)))


def _plain(text: str, kind: str, label: str, origin: str | None) -> Incoming:
    """Return the article of text or Markdown, with what stands above it."""
    if broken := front_matter_error(text):
        raise InputError(f"its front matter cannot be read ({broken}); mend it or take it out")
    matter = front_matter(text)
    article = ArticleInput(text=text)
    if matter:
        names = ("title", "url", "published", "source", "language")
        fields = {name: next(iter(values_of(matter, name)), None) for name in names}
        authors = values_of(matter, "authors")
        article = article.model_copy(update={**fields, "authors": authors})
    if (
        kind == "markdown"
        and not article.published
        and (dated := _DATED_NAME.match(Path(label).name))
    ):
        article = article.model_copy(update={"published": dated[1]})
    date_origin: DateOrigin = "metadata" if matter or kind == "markdown" else "given"
    return accept(article, origin, label, date_origin)


def _decoded(data: bytes, declared: str | None = None) -> str:
    try:
        return decode(data, declared)
    except ValueError as error:
        raise InputError(str(error)) from error


def _json_lines(
    file: BinaryIO, label: str, origin: str | None, max_bytes: int, first: bytes = b""
) -> Iterator[Item]:
    """Yield an article a line; a bad line is refused and the next one read.

    The ``first`` may have been read already, to see what it is.
    """
    number = 0
    while line := first or file.readline(max_bytes + 1):
        first = b""
        number += 1
        where = f"{label}, line {number}"
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
            _check_text(line)
        if len(line) > max_bytes:
            yield RefusedArticle(where, f"is longer than {_size(max_bytes)}; split the article")
            while line and not line.endswith(b"\n"):
                line = file.readline(max_bytes)
        elif line := line.strip():
            yield from articles_of_line(line, where, origin and f"{origin}:{number}")
    if number == 0:
        raise InputError("is empty; there is nothing to add")


def _check_text(first_line: bytes) -> None:
    """Refuse as a whole what would be refused line by line: an archive, UTF-16."""
    if first_line.lstrip()[:1] not in {b"{", b""}:
        _decoded(first_line)
