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
from itertools import chain
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from pydantic import ValidationError
from pydantic_core import from_json
from selectolax.lexbor import LexborHTMLParser, LexborNode

from index.dates import parse_published
from index.errors import RefusedArticle
from index.headline import DATE_FIELDS, front_matter
from index.text import decode, normalise
from index.types import ArticleInput, DateOrigin, Incoming

Item = Incoming | RefusedArticle

MAX_BYTES = 20_000_000
MAX_FIELD_CHARS = 500
MAX_URL_CHARS = 2_000

_KINDS = {
    "": "text", ".txt": "text", ".text": "text", ".md": "markdown", ".markdown": "markdown",
    ".html": "html", ".htm": "html", ".jsonl": "lines", ".ndjson": "lines", ".json": "json",
}  # fmt: skip
_SPECIAL_FILES = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_STARTS_LIKE_HTML = re.compile(
    r"\s*<(?:!doctype html|html|head|body|title|meta|main|article|div|h1|p)\b", re.IGNORECASE
)
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")


def read_paths(paths: Sequence[Path], *, max_bytes: int = MAX_BYTES) -> Iterator[Item]:
    """Read files, and folders to any depth, in order of their names."""
    for path in paths:
        for file in _files(path):
            if isinstance(file, RefusedArticle):
                yield file
            else:
                yield from _read_file(file, max_bytes)


def read_bytes(
    data: bytes, name: str, origin: str | None, *, max_bytes: int = MAX_BYTES
) -> Iterator[Item]:
    """Read an attachment by the suffix of its name, or what has none by what it looks like."""
    try:
        _check_size(len(data), name, max_bytes)
        suffix = Path(name).suffix.lower()
        kind = _KINDS[suffix] if suffix and suffix in _KINDS else _sniffed(data)
        if kind == "lines":
            yield from _json_lines(io.BytesIO(data), name, origin, max_bytes)
        else:
            yield from _articles(data, kind, name, origin)
    except RefusedArticle as refused:
        yield refused


def checked(article: ArticleInput, label: str) -> ArticleInput:
    """Return the article ready to be stored; raise RefusedArticle where a field cannot be."""
    text = normalise(article.text)
    if not _LETTER_OR_DIGIT.search(text):
        raise RefusedArticle(label, "is empty: there is no word in its text")
    fields = {
        name: _short(getattr(article, name), name, label)
        for name in ("title", "id", "source", "language", "published")
    }
    authors = (_short(author, "author", label) for author in article.authors)
    return article.model_copy(
        update={
            **fields,
            "text": text,
            "url": _checked_url(article.url, label) if article.url else None,
            "authors": tuple(filter(None, authors)),
        }
    )


# --- finding files --------------------------------------------------------------------------


def _files(path: Path) -> Iterator[Path | RefusedArticle]:
    """Yield a named file as it is, or the files of a folder that can be articles."""
    try:
        is_folder = path.is_dir()
    except OSError as error:
        yield RefusedArticle(_label(path), _reason(error))
        return
    if is_folder:
        yield from _walk(path)
    else:
        yield path


def _walk(root: Path) -> Iterator[Path | RefusedArticle]:
    """Yield the articles below ``root`` by name, depth first; hidden ones are passed over."""
    inside = root.resolve()
    waiting = [root]
    while waiting:
        path = waiting.pop()
        try:
            if path.is_symlink() and path != root:
                target = path.resolve(strict=True)
                if not target.is_relative_to(inside):
                    yield RefusedArticle(_label(path), "is a link that leads out of its folder")
                elif target.is_file() and path.suffix.lower() in _KINDS:
                    yield path
            elif path.is_dir():
                names = sorted(os.listdir(path), reverse=True)  # noqa: PTH208  (bare names)
                waiting += [path / name for name in names if not name.startswith(".")]
            elif path.suffix.lower() in _KINDS:
                yield path
        except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links
            yield RefusedArticle(_label(path), _reason(error))


def _label(path: Path) -> str:
    """Name a file to a person: on one line, whatever its name is made of."""
    return "".join(char if char.isprintable() else "\ufffd" for char in str(path))


def _origin(path: Path) -> str:
    """Name a file to the database: absolute, and encodable even where the name is not."""
    absolute = path.parent.resolve() / path.name
    return os.fsencode(absolute).decode("utf-8", errors="backslashreplace")


def _reason(error: OSError | RuntimeError) -> str:
    if isinstance(error, FileNotFoundError):
        return "does not exist; check the path"
    if isinstance(error, PermissionError):
        return "may not be read; check its permissions"
    why = getattr(error, "strerror", None) or "a loop of links"
    return f"cannot be read ({why.lower()}); check the path"


# --- opening files --------------------------------------------------------------------------


def _read_file(path: Path, max_bytes: int) -> Iterator[Item]:
    label = _label(path)
    kind = _KINDS.get(path.suffix.lower(), "text")
    try:
        origin = _origin(path)
        with _opened(path, label) as file:
            before = os.fstat(file.fileno())
            if kind == "lines":
                yield from _json_lines(file, label, origin, max_bytes)
                _check_unchanged(before, os.fstat(file.fileno()), label)
            else:
                _check_size(before.st_size, label, max_bytes)
                data = file.read(max_bytes + 1)
                _check_unchanged(before, os.fstat(file.fileno()), label)
                yield from _articles(data, kind, label, origin)
    except (OSError, RuntimeError) as error:
        yield RefusedArticle(label, _reason(error))
    except RefusedArticle as refused:
        yield refused


def _opened(path: Path, label: str) -> BinaryIO:
    """Open a regular file and nothing else: opening a pipe could wait for ever."""
    target = path.resolve(strict=True)
    _check_regular(target.lstat().st_mode, label)
    flags = ("O_NONBLOCK", "O_NOFOLLOW", "O_CLOEXEC", "O_BINARY")  # not all exist everywhere
    descriptor = os.open(target, os.O_RDONLY | sum(getattr(os, flag, 0) for flag in flags))
    file = os.fdopen(descriptor, "rb")
    _check_regular(os.fstat(descriptor).st_mode, label)
    return file


def _check_regular(mode: int, label: str) -> None:
    if not stat.S_ISREG(mode):
        kind = next((name for test, name in _SPECIAL_FILES if test(mode)), "a folder or a link")
        raise RefusedArticle(label, f"is {kind}, not a file; give a file or a folder")


def _check_size(size: int, label: str, max_bytes: int) -> None:
    if size == 0:
        raise RefusedArticle(label, "is empty; there is nothing to add")
    if size > max_bytes:
        raise RefusedArticle(label, f"is larger than {max_bytes:,} bytes; split it")


def _check_unchanged(before: os.stat_result, after: os.stat_result, label: str) -> None:
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise RefusedArticle(label, "changed while it was read; try again")


# --- formats --------------------------------------------------------------------------------


def _articles(data: bytes, kind: str, label: str, origin: str | None) -> Iterator[Item]:
    """Yield the articles in the bytes of one file; raises RefusedArticle for all of it."""
    text = _decoded(data, label)
    if kind == "json":
        yield from _json_document(text, label, origin)
    elif kind == "html":
        yield _incoming(_from_html(text, label), origin, label, "metadata")
    elif kind == "markdown":
        yield _incoming(_from_markdown(normalise(text)), origin, label, "metadata")
    else:
        yield _incoming(ArticleInput(text=text), origin, label)


def _decoded(data: bytes, label: str) -> str:
    try:
        return decode(data)
    except ValueError as error:
        raise RefusedArticle(label, str(error)) from error


def _incoming(
    article: ArticleInput, origin: str | None, label: str, date_origin: DateOrigin = "given"
) -> Incoming:
    return Incoming(checked(article, label), origin, label, date_origin)


def _sniffed(data: bytes) -> str:
    """Name the format of bytes that came without a name."""
    try:
        text = decode(data).lstrip()
    except ValueError:
        return "text"  # which says why it is none
    if text[:1] in ("{", "["):
        first_line = text.partition("\n")[0]
        if _is_json(first_line) and text[0] == "{":
            return "lines"
        return "json" if _is_json(text) else "text"
    if _STARTS_LIKE_HTML.match(text):
        return "html"
    return "markdown" if front_matter(normalise(text)) else "text"


def _is_json(text: str) -> bool:
    try:
        return isinstance(from_json(text), dict | list)
    except ValueError:
        return False


def _json_lines(file: BinaryIO, label: str, origin: str | None, max_bytes: int) -> Iterator[Item]:
    """Yield an article a line; a bad line is refused and the next one read."""
    number = 0
    while line := file.readline(max_bytes + 1):
        number += 1
        where = f"{label}, line {number}"
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
            _check_text(line, label)
        if len(line) > max_bytes:
            yield RefusedArticle(where, f"is longer than {max_bytes:,} bytes; split the article")
            while line and not line.endswith(b"\n"):
                line = file.readline(max_bytes)
        elif line := line.strip():
            yield _validated(line, where, origin and f"{origin}:{number}")
    if number == 0:
        raise RefusedArticle(label, "is empty; there is nothing to add")


def _check_text(first_line: bytes, label: str) -> None:
    """Refuse as a whole what would be refused line by line: an archive, UTF-16."""
    if first_line.lstrip()[:1] not in {b"{", b""}:
        _decoded(first_line, label)


def _json_document(text: str, label: str, origin: str | None) -> Iterator[Item]:
    """Yield the article of an object, or those of an array."""
    try:
        document = from_json(text.removeprefix("\ufeff"))
    except ValueError as error:
        raise RefusedArticle(label, f"is not valid JSON: {error}") from error
    if not isinstance(document, list):
        yield _validated(document, label, origin)
        return
    if not document:
        raise RefusedArticle(label, "is an empty list; there is nothing to add")
    for number, item in enumerate(document, start=1):
        yield _validated(item, f"{label}, item {number}", origin and f"{origin}:{number}")


def _validated(item: object, label: str, origin: str | None) -> Item:
    """Check one article of JSON, as bytes or already parsed."""
    try:
        if isinstance(item, bytes):
            article = ArticleInput.model_validate_json(item)
        else:
            article = ArticleInput.model_validate(item, strict=False)  # authors are a list
        article = checked(article, label)
    except ValidationError as error:
        return RefusedArticle(label, _what_is_wrong(error))
    except RefusedArticle as refused:
        return refused
    if article.published and parse_published(article.published) is None:
        shown = article.published[:40]
        return RefusedArticle(label, f"its date {shown!r} is not understood; use YYYY-MM-DD")
    return Incoming(article, origin, label)


def _what_is_wrong(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    name = str(first["loc"][0]) if first["loc"] else ""
    if first["type"] == "json_invalid":
        reason = first["ctx"]["error"] if "ctx" in first else first["msg"]
        return f"is not valid JSON: {str(reason).partition(' at line')[0]}"
    if first["type"] == "missing":
        return f'has no "{name}"'
    if not name:
        return "is not a JSON object"
    return f'its "{name}" {first["msg"].removeprefix("Input ")}'


# --- fields ---------------------------------------------------------------------------------


def _short(value: str | None, name: str, label: str) -> str | None:
    """Return a field on one line, or None where nothing is left of it."""
    value = " ".join(normalise(value or "").split())
    if len(value) > MAX_FIELD_CHARS:
        raise RefusedArticle(label, f"its {name} is over {MAX_FIELD_CHARS} characters; shorten it")
    return value or None


def _checked_url(url: str, label: str) -> str:
    url = url.strip()
    if len(url) > MAX_URL_CHARS:
        raise RefusedArticle(label, f"its url is over {MAX_URL_CHARS:,} characters; shorten it")
    if not _is_web_address(url):
        raise RefusedArticle(label, f"its url is no web address: {url[:80]!r}")
    return url


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return (
            parts.scheme in {"http", "https"}
            and bool(parts.hostname)
            and url.isprintable()
            and " " not in url
        )
    except ValueError:
        return False


def _from_markdown(text: str) -> ArticleInput:
    """Read the front matter; the text is the file as it is."""
    matter = front_matter(text)
    if matter is None:
        return ArticleInput(text=text)
    return ArticleInput(
        text=text,
        title=matter.first("title"),
        url=matter.first("url", "link", "canonical_url", "source_url"),
        published=matter.first(*DATE_FIELDS),
        source=matter.first("source", "publisher", "site"),
        authors=matter.fields.get("authors") or matter.fields.get("author") or (),
        language=matter.first("language", "lang"),
    )


# --- HTML -----------------------------------------------------------------------------------

_JSON_LD = 'script[type="application/ld+json"]'
_TITLE = ('meta[property="og:title"]', "h1", "title")
_URL = ('link[rel="canonical"]', 'meta[property="og:url"]')
_SOURCE = ('meta[property="og:site_name"]',)
_AUTHOR = ('meta[name="author"]', 'meta[property="article:author"]')
_PUBLISHED = (
    'meta[property="article:published_time"]',
    'meta[itemprop="datePublished"]',
    "time[datetime]",
    'meta[name="date"], meta[name="pubdate"], meta[name="publish-date"], meta[name="dc.date"]',
)
_ARTICLE = ("[itemprop=articleBody]", "article", "main, [role=main]")
_LEFT_OUT = frozenset(
    ["script", "style", "nav", "header", "footer", "aside", "form", "noscript", "svg", "template",
     "iframe", "button", "select", "textarea", "dialog", "object", "canvas", "head", "-comment"]
)  # fmt: skip
_LINE, _ITEM, _PARAGRAPH = "\v", "\n", "\f"  # <br>; one line a block; a blank line between them
_BREAKS = dict.fromkeys(
    ["p", "div", "article", "section", "main", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl",
     "blockquote", "pre", "figure", "table", "hr", "address", "details"], _PARAGRAPH
) | dict.fromkeys(
    ["li", "dt", "dd", "tr", "figcaption", "caption", "summary"], _ITEM
) | {"br": _LINE, "td": " ", "th": " "}  # fmt: skip
_SPACES = re.compile(r"[ \t\n\r\f\v]+")
_SPACES_AND_BREAKS = re.compile(r"[ \n\v\f]+")

_MAX_PARSING_COST = 200_000_000  # steps of some 4 ns, measured with selectolax 1.0
_COST_OF_COPY = 400  # of one formatting element, in the same steps
_TAG = re.compile(
    r"""<(?P<close>/?)(?P<name>[a-zA-Z][^\s/>]*+)"""
    r"""(?P<attributes>(?:[^>=]++|=\s*+(?:"[^"]*+"|'[^']*+')?+)*+)"""
)
_QUOTED = re.compile(r"""=\s*+(?:"[^"]*+"|'[^']*+')""")
_ATTRIBUTE = re.compile(r"[\s/]+[^\s/]|=(?=[^\s/])")
_END_OF_SCRIPT = re.compile(r"</(?:script|style)", re.IGNORECASE)
_FORMATTING = frozenset(
    ["b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"]
)
_NEVER_DEEP = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
     "wbr", "p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option",
     "optgroup", "path", "rect", "circle", "line", "polygon", "polyline", "ellipse", "use", "stop"]
)  # fmt: skip


def _from_html(html: str, label: str) -> ArticleInput:
    """Read the article of a web page and what its head says of it."""
    if _is_costly(html):
        raise RefusedArticle(label, "is HTML nested too deeply; save the page's text instead")
    page = LexborHTMLParser(html)
    structured = (_structured(script.text()) for script in page.css(_JSON_LD)[:20])
    dates = chain(_values(page, _PUBLISHED[:1]), structured, _values(page, _PUBLISHED[1:]))
    return ArticleInput(
        text=_text_of(_article_node(page)),
        title=next(_values(page, _TITLE), None),
        url=next((url for url in _values(page, _URL) if _is_web_address(url)), None),
        published=next((date for date in dates if date and parse_published(date)), None),
        source=next(_values(page, _SOURCE), None),
        authors=tuple(name for name in _values(page, _AUTHOR) if "://" not in name)[:10],
        language=next(_values(page, ["html[lang]"]), None),
    )


def _values(page: LexborHTMLParser, selectors: Sequence[str]) -> Iterator[str]:
    """Yield what the elements say, those of the first selector first, blank ones left out."""
    for selector in selectors:
        for node in page.css(selector)[:10]:
            attributes = node.attributes
            named = (attributes.get(name) for name in ("content", "href", "datetime", "lang"))
            value = next(filter(None, named), None) or _text_of(node)
            if value.strip():
                yield " ".join(value.split())


def _structured(json_ld: str) -> str | None:
    """Return the date of publication in JSON-LD (schema.org/NewsArticle)."""
    try:
        waiting = [from_json(json_ld)]
    except ValueError:
        return None
    for _ in range(1_000):
        match waiting.pop() if waiting else None:
            case {"datePublished": str(date)}:
                return date
            case dict(item):
                waiting += item.values()
            case list(items):
                waiting += items
    return None


def _article_node(page: LexborHTMLParser) -> LexborNode | None:
    """Return the element that holds at least half the paragraphs, rather one that says it does."""
    weights: Counter[int] = Counter()
    parents: dict[int, LexborNode] = {}
    total = 0
    for paragraph in page.css("p"):
        above = list(_ancestors(paragraph))
        if not any(node.tag in _LEFT_OUT for node in above):
            weight = len(paragraph.text())
            total += weight
            weights.update({node.mem_id: weight for node in above})
            parents[above[0].mem_id] = above[0]
    for nodes in (*map(page.css, _ARTICLE), list(parents.values())):
        best = max(reversed(nodes), key=lambda node: weights[node.mem_id], default=None)
        if best and weights[best.mem_id] * 2 >= total:
            return best
    return page.body


def _ancestors(node: LexborNode) -> Iterator[LexborNode]:
    """Yield the elements around a node, from the nearest, as far as articles are nested."""
    for _ in range(60):
        if node.parent is None:
            return
        node = node.parent
        yield node


def _text_of(root: LexborNode | None) -> str:
    """Return the text below an element, a block a paragraph, without recursion."""
    pieces: list[str] = []
    waiting: list[LexborNode | str] = [root] if root else []
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            pieces.append(node)
        elif node.is_text_node:
            in_pre = node.parent is not None and node.parent.tag == "pre"
            pieces.append(_SPACES.sub(_LINE if in_pre else " ", node.text_content or ""))
        elif node.tag not in _LEFT_OUT and "hidden" not in node.attributes:
            around = _BREAKS.get(node.tag or "", "")
            pieces.append(around)
            waiting.append("" if node.tag == "br" else around)
            waiting += reversed(list(node.iter(include_text=True)))
    return _SPACES_AND_BREAKS.sub(_one_break, "".join(pieces)).strip()


def _one_break(run: re.Match[str]) -> str:
    """Return one space, line end or blank line for a run of them."""
    if _PARAGRAPH in run[0] or run[0].count(_LINE) > 1:
        return "\n\n"
    return "\n" if _LINE in run[0] or _ITEM in run[0] else " "


def _is_costly(html: str) -> bool:
    """Whether building the tree could take more than a second or so, by a rough count.

    The parser is quadratic in three ways: it looks through the open elements at every tag, through
    the attributes at every attribute, and copies open formatting elements into every paragraph.
    """
    cost = depth = formatting = at = 0
    while tag := _TAG.search(html, at):
        at = tag.end()
        name, step = tag["name"].lower(), -1 if tag["close"] else 1
        attributes = len(_ATTRIBUTE.findall(_QUOTED.sub("=", tag["attributes"])))
        if name in _FORMATTING and (attributes or step < 0):
            formatting = max(0, formatting + step)
        if name not in _NEVER_DEEP:
            depth = max(0, depth + step)
        if name in {"script", "style"}:
            end = _END_OF_SCRIPT.search(html, at)
            at = end.start() if end else len(html)
        cost += depth + attributes**2 + _COST_OF_COPY * formatting
        if cost > _MAX_PARSING_COST:
            return True
    return False
