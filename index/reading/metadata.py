"""What the head of a web page says of its article: title, address, date, site, authors.

Publishers write these in a dozen places. The order in which they are asked is that of how often
they are right; `htmldate`, which trafilatura has, also takes dates from the prose.
"""

import json
import re
from collections.abc import Iterable, Iterator
from html import unescape
from itertools import chain, islice
from typing import Any

from pydantic_core import from_json

from index.reading.accept import names_a_page
from index.reading.published import parse_published
from index.types import ArticleInput

_TITLES = ("og:title", "twitter:title", "parsely-title", "sailthru.title", "dc.title")
_SOURCES = ("og:site_name", "application-name", "dc.publisher")
_AUTHORS = ("author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "byl")
_DATES = (
    "article:published_time", "article:published", "og:article:published_time",
    "og:published_time", "parsely-pub-date", "sailthru.date", "date", "pubdate",
    "publish-date", "publish_date", "publication_date", "published_time", "dc.date",
    "dc.date.issued", "dcterms.created", "dcterms.date", "dc.date.created", "date.created",
    "cxenseparse:recs:publishtime", "article_date_original", "originalpublicationdate", "ptime",
    "displaydate", "datepublished",
)  # fmt: skip
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z]{2,8});", re.IGNORECASE)
_MAX_ELEMENTS = 50

_ARTICLE_TYPE = re.compile(r"Article|Posting|Report|Review|Claim", re.IGNORECASE)
_AROUND_JSON = re.compile(
    r"^\s*+(?://|/\*)?\s*+(?:<!--|<!\[CDATA\[)\s*+(?:\*/)?"
    r"|(?:(?://|/\*)\s*+)?(?:-->|\]\]>)\s*+(?:\*/)?;?\s*+$"
)
_EXTRA_COMMA = re.compile(r",(?=\s*[}\]])")
_LOOSE_DATE = re.compile(r'"datePublished"\s*:\s*"([^"]{4,40})"')
_OTHER_DATE = re.compile(r"modif|updat|upload|expir|event", re.IGNORECASE)
# What pages call a date in their markup; no set of saved pages was at hand to count it on.
_NAMED_DATE = re.compile(r"date|publish", re.IGNORECASE)
_ABOVE = 3  # paragraphs, below which a date is another article's
_AROUND = ("nav", "aside", "footer")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")


def read_metadata(page: Any) -> ArticleInput:
    """Read all that is known of the article from a page as it was parsed.

    Its text is that which the metadata has, if any.
    """
    meta = _meta(page)
    node = _article_node(page)
    source = next(
        chain(_of(meta, _SOURCES[:1]), _names(node.get("publisher")), _of(meta, _SOURCES[1:])), None
    )
    dates = chain(
        _of(meta, _DATES[:2]),
        _texts(node.get("datePublished")),
        _of(meta, _DATES[2:]),
        _shown(page),
    )
    titles = chain(
        _of(meta, _TITLES[:2]),
        _texts(node.get("headline")),
        _of(meta, _TITLES[2:]),
        _headings(page),
    )
    authors = chain(_of(meta, _AUTHORS), _names(node.get("author")))
    return ArticleInput(
        text=next(_texts(node.get("articleBody"), whole=True), ""),
        title=next((title for title in titles if title != source), None),
        url=next(filter(names_a_page, _addresses(page, meta)), None),  # some name the home page
        published=next(filter(_is_date, dates), None),
        source=source,
        authors=tuple(dict.fromkeys(name for name in authors if "://" not in name))[:10],
        language=next(filter(_LANGUAGE.fullmatch, _texts(page.get("lang"))), None),
    )


def _is_date(written: str) -> bool:
    """Whether it is a date; the day from which machines count stands where there is none."""
    return not written.startswith("1970-01-01T00:00") and bool(parse_published(written))


def _meta(page: Any) -> dict[str, list[str]]:
    """Collect what the ``<meta>`` elements say by their names, of which there are three kinds."""
    found: dict[str, list[str]] = {}
    for element in page.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        found.setdefault(name.lower(), []).extend(_texts(element.get("content")))
    return found


def _of(meta: dict[str, list[str]], names: Iterable[str]) -> Iterator[str]:
    for name in names:
        yield from meta.get(name, ())


def _addresses(page: Any, meta: dict[str, list[str]]) -> Iterator[str]:
    for link in page.xpath("//link[@rel='canonical']")[:_MAX_ELEMENTS]:
        yield from _texts(link.get("href"))
    yield from _of(meta, ("og:url", "parsely-link"))


def _headings(page: Any) -> Iterator[str]:
    """Yield headings that may be the title, those of the article first, and the page's own."""
    in_article = "//article//h1 | //main//h1 | //*[@itemprop='headline']"
    headline = "//h1[contains(@class, 'headline')] | //h2[contains(@class, 'headline')]"
    elsewhere = "//h1[not(ancestor::nav) and not(a[@href='/']) and not(ancestor::a[@href='/'])]"
    for path in (in_article, headline, elsewhere, "//title"):
        for element in page.xpath(path)[:_MAX_ELEMENTS]:
            yield from _texts(element.text_content())


def _shown(page: Any) -> Iterator[str]:
    """Yield the dates that the page's body shows as those of the article."""
    marked = page.xpath("//*[@itemprop='datePublished']")[:_MAX_ELEMENTS]
    times = page.xpath("//time")[:_MAX_ELEMENTS]
    inside = [
        time for time in times if next(time.iterancestors("article", "main"), None) is not None
    ]
    for element in chain(marked, inside, times, islice(_named(page), _MAX_ELEMENTS)):
        said = f"{element.get('itemprop', '')} {element.get('class', '')}"
        around = next(element.iterancestors(*_AROUND), None) is not None
        if not around and not _OTHER_DATE.search(said):
            for name in ("content", "datetime"):
                yield from _texts(element.get(name))
            if element.tag != "time" or not element.get("datetime"):
                yield from _texts(element.text_content())


def _named(page: Any) -> Iterator[Any]:
    """Yield what is called a date above an article's text; a site's head may have that of today."""
    paragraphs = 0
    for element in page.iter("p", "span", "div", "li"):
        if next(element.iterancestors("article", "main"), None) is not None:
            if _NAMED_DATE.search(element.get("class", "")):
                yield element
            paragraphs += element.tag == "p"
        if paragraphs > _ABOVE:
            return


def _article_node(page: Any) -> dict[str, Any]:
    """Return what JSON-LD says of the article (schema.org/NewsArticle); rather one so typed."""
    dated: dict[str, Any] = {}
    for script in page.xpath("//script[contains(@type, 'ld+json')]")[:20]:
        written = script.text or ""
        for node in _nodes(_json(written)):
            if _ARTICLE_TYPE.search(str(node.get("@type", ""))):
                return node
            if not dated and "datePublished" in node:
                dated = node
        if not dated and (loose := _LOOSE_DATE.search(written)):
            dated = {"datePublished": loose[1]}
    return dated


def _json(written: str) -> object:
    """Read JSON-LD as it comes: in CDATA, with line ends in its strings, a comma too many."""
    written = _AROUND_JSON.sub("", _AROUND_JSON.sub("", written))
    try:
        return from_json(written)
    except ValueError:
        pass
    try:
        return json.loads(_EXTRA_COMMA.sub("", written), strict=False)
    except (ValueError, RecursionError):
        return None


def _nodes(document: object) -> Iterator[dict[str, Any]]:
    """Yield the objects of a JSON document, the outer ones first."""
    waiting = [document]
    for item in waiting:
        if isinstance(item, dict):
            yield item
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item
        if len(waiting) > 5_000:
            return


def _names(value: object) -> Iterator[str]:
    """Yield the names of people or organisations, as texts, as objects, or several of them."""
    for item in value if isinstance(value, list) else [value]:
        yield from _texts(item.get("name") if isinstance(item, dict) else item)


def unescaped(text: str) -> str:
    """The text without HTML's entities; ``&copy=`` in an address is none."""
    return _ENTITY.sub(lambda entity: unescape(entity[0]), text)


def _texts(value: object, *, whole: bool = False) -> Iterator[str]:
    """Yield a value if it is a text that says something, on one line unless the ``whole``."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str) and item.strip():
            # JSON-LD has HTML's entities, and some pages escape what they have escaped.
            yield item.strip() if whole else " ".join(unescaped(unescaped(item)).split())
