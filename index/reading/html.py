"""Web pages: the article's text without what stands around it, and what the head says of it."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from urllib.parse import urlsplit

from pydantic_core import from_json
from selectolax.lexbor import LexborHTMLParser, LexborNode

from index.errors import InputError
from index.reading.published import parse_published
from index.types import ArticleInput, Published

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


def read_html(html: str) -> tuple[ArticleInput, Published | None]:
    """Read the article of a web page, what the page's head says of it, and its date."""
    if _is_costly(html):
        raise InputError("is HTML nested too deeply; save the page's text instead")
    page = LexborHTMLParser(html)
    structured = (_structured(script.text()) for script in page.css(_JSON_LD)[:20])
    dates = chain(_values(page, _PUBLISHED[:1]), structured, _values(page, _PUBLISHED[1:]))
    written, published = next(
        ((date, read) for date in dates if date and (read := parse_published(date, "metadata"))),
        (None, None),
    )
    article = ArticleInput(
        text=_text_of(_article_node(page)),
        title=next(_values(page, _TITLE), None),
        url=next((url for url in _values(page, _URL) if is_web_address(url)), None),
        published=written,
        source=next(_values(page, _SOURCE), None),
        authors=tuple(name for name in _values(page, _AUTHOR) if "://" not in name)[:10],
        language=next(_values(page, ["html[lang]"]), None),
    )
    return article, published


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


def is_web_address(url: str) -> bool:
    """Whether a url is a plain http or https address, safe to show as a link."""
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
