"""What a file says of its article before the text: front matter, or a header of plain lines.

Front matter is YAML between lines of ``---``, or TOML between lines of ``+++``.

Neither is cut out of the text; its sentences are never answers.

    ---                              Title: Blinken meets Han
    title: Blinken meets Han         Source: The News
    source: The News                 Published: 2023-09-18
    ---
                                     NEW YORK — …
    NEW YORK — …
"""

import json
import re
import tomllib
from dataclasses import dataclass
from itertools import chain, zip_longest

from index.reading.decoding import normalise

_NAMES = {  # an article's fields, each with the names that it goes by here
    "title": ("title",),
    "url": ("url", "link", "canonical_url", "canonicalurl", "source_url", "source"),
    "published": ("date", "published", "publish_date", "pubdate", "publisheddate", "date_published",
                  "published_at", "publishedat", "datepublished", "publishdate", "pubdatetime",
                  "published_time"),
    "source": ("source", "publisher", "site", "site_name"),
    "authors": ("authors", "author"),
    "language": ("language", "lang"),
}  # fmt: skip
_KNOWN = frozenset(chain(*_NAMES.values()))

_MAX_CHARS = 20_000
_MAX_HEADER_LINES = 20
_LEAST_KNOWN = 2  # one could be how a story begins: "Source: a man who knows"

_BLOCK = re.compile(
    r"\s*---[ \t]*\n(?P<fields>.*?)^(?:---|\.\.\.)[ \t]*$", re.DOTALL | re.MULTILINE
)
_TOML = re.compile(r"\s*\+\+\+[ \t]*\n(?P<fields>.*?)^\+\+\+[ \t]*$", re.DOTALL | re.MULTILINE)
_COMMENT = re.compile(r"""(?<=\s)\#[^"']*$""")
_TEMPLATE = re.compile(r"\{\{.*\}\}|<%.*%>|\{%.*%\}")
_WIKI_LINK = re.compile(r"\[\[(?:[^\[\]|]*\|)?(?P<label>[^\[\]|]+)\]\]")
_OPENING = re.compile(r"\s*---[ \t]*\n")
_FIELD = re.compile(r"(?P<key>[A-Za-z][\w.-]*)[ \t]*:(?:[ \t]+(?P<value>.*))?")
_ITEM = re.compile(r"[ \t]*-[ \t]+(?P<value>.+)")
_FOLDED = re.compile(r"^[>|][+-]?(?=\s|$)")
_QUOTED = re.compile(r"""(?P<mark>["'])(?P<inside>.*)(?P=mark)""")
_HEADER_LINE = re.compile(r"(?P<key>[A-Za-z][\w.-]*(?: [\w.-]+){0,2}):(?P<value>.*)")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The fields that open a text, and where they end; a list is in one value per item."""

    end: int
    fields: dict[str, tuple[str, ...]]


def values_of(matter: FrontMatter, field: str) -> tuple[str, ...]:
    """Return what the matter gives for a field of the article.

    Web clippers name the page's address as its source; the url of a site's own post is a path. A
    template that nothing has filled is no value, though a date is missed. Jekyll's ``published:
    true`` says of a post that it is no draft.
    """
    for name in _NAMES[field]:
        values = matter.fields.get(name, ())
        if name == "source":
            values = tuple(value for value in values if ("://" in value) == (field == "url"))
        if field == "url":
            values = tuple(value for value in values if not value.startswith("/"))
        if field == "published":
            values = tuple(value for value in values if value.lower() not in ("true", "false"))
        else:
            values = tuple(value for value in values if not _TEMPLATE.search(value))
        if values:
            return values
    return ()


def front_matter(text: str) -> FrontMatter | None:
    """Read the fields that a text opens with, of which only plain ones and lists matter here."""
    return _toml(text) or _yaml(text) or _header(text)


def front_matter_error(text: str) -> str | None:
    """Say what keeps the fields between two ``---`` from being read; None where nothing does."""
    opening = _OPENING.match(text, 0, _MAX_CHARS)
    if opening is None:
        return None
    first = text.count("\n", 0, opening.end()) + 1
    lines = text[opening.end() : _MAX_CHARS].split("\n")
    if not _is_known(_FIELD.fullmatch(lines[0])):
        return None  # text below a rule
    for number, (line, below) in enumerate(zip_longest(lines, lines[1:], fillvalue=""), first):
        if line.rstrip() in ("---", "..."):
            return None
        field = _FIELD.fullmatch(line)
        is_open = _is_known(field) and _opens_list(field) and below[:1] not in (" ", "\t")
        if is_open or not (field or _is_passed_over(line)):
            return f"line {number}, {line.strip()[:40]!r}"
    return "no line --- ends it"


def _toml(text: str) -> FrontMatter | None:
    block = _TOML.match(text, 0, _MAX_CHARS)
    if block is None:
        return None
    try:
        document = tomllib.loads(block["fields"])
    except (ValueError, RecursionError):  # text between two rules
        return None
    fields = {
        name.lower(): tuple(
            str(value) for value in (values if isinstance(values, list) else [values])
        )
        for name, values in document.items()
        if not isinstance(values, dict | bool)
    }
    return FrontMatter(block.end(), fields) if fields else None


def _yaml(text: str) -> FrontMatter | None:
    block = _BLOCK.match(text, 0, _MAX_CHARS)
    if block is None:
        return None
    fields: dict[str, list[str]] = {}
    written: list[str] = []
    for line in block["fields"].split("\n"):
        if match := _FIELD.fullmatch(line):
            written = fields[match["key"].lower()] = [match["value"] or ""]
        elif (match := _ITEM.fullmatch(line)) and written:
            written.append(match["value"])
        elif not _is_passed_over(line):
            return None  # text between two rules
        elif len(written) == 1 and written[0] and line[:1] in {" ", "\t"}:
            written[0] = _joined(written[0], line.strip())
    read = {key: tuple(chain(*map(_values, values))) for key, values in fields.items()}
    return FrontMatter(block.end(), read) if read else None


def _header(text: str) -> FrontMatter | None:
    """Read lines such as ``Title: …``, at least two of them known, down to a blank line."""
    at = len(text) - len(text.lstrip())
    fields: dict[str, tuple[str, ...]] = {}
    for _ in range(_MAX_HEADER_LINES):
        end = text.find("\n", at, at + _MAX_CHARS)
        line = text[at:end].rstrip() if end >= 0 else ""
        if not line:
            break
        field = _HEADER_LINE.fullmatch(line)
        if field is None:
            return None
        value = field["value"].strip()
        fields.setdefault(_key(field), (value,) if value else ())
        last, at = at + len(line), end + 1
    else:
        return None
    known = sum(key in _KNOWN for key in fields)
    return FrontMatter(last, fields) if known >= _LEAST_KNOWN and end >= 0 else None


def _key(field: re.Match[str]) -> str:
    return field["key"].lower().replace(" ", "_")


def _is_known(field: re.Match[str] | None) -> bool:
    return field is not None and _key(field) in _KNOWN


def _is_passed_over(line: str) -> bool:
    """Whether a line of YAML is blank, a comment, an item or what goes on from above."""
    return not line.strip() or line[0] in "# \t" or _ITEM.fullmatch(line) is not None


def _opens_list(field: re.Match[str] | None) -> bool:
    """Whether a value has a bracket that is not closed."""
    value = (field and field["value"]) or ""
    return value.startswith("[") and "]" not in value


def _joined(above: str, below: str) -> str:
    """Return a value that goes on below, as programs break a long title."""
    if above.endswith("\\"):
        return above[:-1] + below.removeprefix("\\")
    return f"{above} {below}"


def _values(written: str) -> tuple[str, ...]:
    """Return a YAML scalar, or the items of a list in brackets, without quotation marks."""
    written = _COMMENT.sub("", _FOLDED.sub("", written).strip()).strip()
    written = _WIKI_LINK.sub(r"\g<label>", written)
    items = written[1:-1].split(",") if written[:1] == "[" and written[-1:] == "]" else [written]
    return tuple(filter(None, map(_bare, items)))


def _bare(item: str) -> str:
    """Return a scalar without its quotation marks, and what is escaped between them as it is."""
    quoted = _QUOTED.fullmatch(item.strip())
    if quoted is None:
        return item.strip()
    if quoted["mark"] == "'":
        return quoted["inside"].replace("''", "'").strip()
    try:
        return " ".join(normalise(json.loads(quoted[0], strict=False)).split())
    except ValueError:  # an escape that YAML has and JSON has not
        return quoted["inside"].strip()
