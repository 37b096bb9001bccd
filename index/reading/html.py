"""Web pages: the article's text without what stands around it, and what the head says of it.

trafilatura tells the article from the rest. It is given the page without what is certainly none of
it (hidden elements, consent banners, other articles), and its text is stored as it is, so that no
later version of it moves a quote. On 258 pages of 221 publishers the token F1 of the text is .958,
by trafilatura alone .949.
"""

import logging
import re
from collections.abc import Iterator
from typing import Any

import lxml.etree
import lxml.html
import trafilatura

from index.errors import InputError
from index.reading.head import folded
from index.reading.metadata import read_metadata
from index.types import ArticleInput

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # what it discards is no news here

_LINE, _ITEM, _PARAGRAPH = "\v", "\n", "\f"  # <br>; one line a block; a blank line between them
_BREAKS = dict.fromkeys(
    ["p", "div", "article", "section", "main", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl",
     "blockquote", "pre", "figure", "table", "hr", "address", "details", "header",
     "head", "list", "quote", "code"], _PARAGRAPH  # the last four are trafilatura's own
) | dict.fromkeys(
    ["li", "dt", "dd", "tr", "figcaption", "caption", "summary", "item", "row"], _ITEM
) | {"br": _LINE, "lb": _LINE, "td": " ", "th": " ", "cell": " "}  # fmt: skip
_SPACES = re.compile(r"[ \t\n\r\f\v]+")
_SPACES_AND_BREAKS = re.compile(r"[ \n\v\f]+")

_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_UNREAD = ("script", "style", "noscript", "template", "dialog", "svg")
_AROUND = ("head", "nav", "footer", "aside", "form", "iframe", "button", "select", "textarea",
           "object", "canvas")  # fmt: skip
_HIDING_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_HIDING_CLASS = re.compile(
    r"(?:^|\s)(?:visually-?hidden|sr-only|screen-reader(?:-text)?|is-hidden|hidden)(?:\s|$)",
    re.IGNORECASE,
)
_CONSENT_NAME = re.compile(
    r"(?:^|[\s_-])(?:consent|cookies?|gdpr|ccpa|cmp|onetrust|didomi|truste|usercentrics|cookiebot"
    r"|sp_message)(?=$|[\s_-]|banner|notice|modal|box|wall|layer|container)|privacy-(?:banner|notice)",
    re.IGNORECASE,
)
_CONSENT_WORDS = re.compile(
    r"\bwe (?:value|care about|respect) your privacy\b|\bwe and our (?:\d+ )?(?:\w+ )?partners\b"
    r"|\bstore and(?:/or)? access information on (?:a|your) device\b|\baccept (?:all )?cookies\b"
    r"|\bwithdraw your consent\b|\bcookies (?:and|or) similar technologies\b"
    r"|\b(?:this|our) (?:web)?site uses cookies\b|\bwe use (?:\w+ )?cookies\b"
    r"|\bbrowser to block (?:\w+ )?(?:these )?cookies\b|\bcookie (?:settings|preferences|policy)\b",
    re.IGNORECASE,
)
_MAX_CONSENT_CHARS = 3_000
_LEAST_PARAGRAPH = 140
_MAX_TIMES_LONGER = 4

_FEW_CHARS = 1_500
_SHORT = 0.6  # of the body in the page's metadata: the rest of the text is behind a wall

# lxml compares each attribute of a tag with those before it, at some 40 ns a pair.
_MAX_ATTRIBUTE_PAIRS = 50_000_000
_MAX_ELEMENTS = 30_000  # the largest of 258 news pages had 4,100; 100,000 take minutes
_TAG = re.compile(
    r"""<(?P<name>[a-zA-Z][^\s/>]*+)"""
    r"""(?P<attributes>(?:[^>=]++|=\s*+(?:"[^"]*+"|'[^']*+')?+)*+)|<!--(?!-?>)"""
)
_QUOTED = re.compile(r"""=\s*+(?:"[^"]*+"|'[^']*+')""")
_ATTRIBUTE = re.compile(r"[\s/]+[^\s/]|=(?=[^\s/])")
_END_OF_SCRIPT = re.compile(r"</(?:script|style)", re.IGNORECASE)
_END_OF_COMMENT = re.compile(r"--!?>")


def read_html(html: str) -> ArticleInput:
    """Read the article of a web page, and what the page's head says of it."""
    page = _parsed(html)
    about = read_metadata(page)
    text = _main_text(page, about.title)
    if len(text) < _SHORT * len(about.text):
        text = fragment_text(about.text)
    return about.model_copy(update={"text": text})


def fragment_text(html: str) -> str:
    """Return all the text of a piece of HTML, a paragraph a block: a feed's entry, a letter."""
    if "<" not in html and "&" not in html:
        return html.strip()
    page = _parsed(html if "<" in html else f"<p>{html}")
    _remove(page, _UNREAD)
    _remove_hidden(page)
    return _text_of(page)


def _parsed(html: str) -> Any:
    # Else the parser would take more than some seconds over the tags.
    if any(cost > _MAX_ATTRIBUTE_PAIRS for cost in _attribute_pairs(html)):
        raise InputError("is HTML with too many attributes; save the page's text instead")
    parser = lxml.html.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False
    )
    try:
        page = lxml.html.document_fromstring(html.encode(errors="replace"), parser=parser)
    except lxml.etree.ParserError as error:  # there is no element
        raise InputError("is empty: there is no word in its text") from error
    if any("depth" in entry.message for entry in parser.error_log):
        raise InputError("is HTML nested too deeply; save the page's text instead")
    if sum(1 for _ in page.iter()) > _MAX_ELEMENTS:
        raise InputError(f"has over {_MAX_ELEMENTS:,} elements; save the page's text instead")
    for element in page.xpath("//sup/descendant-or-self::*"):
        element.text = element.text and raised(element.text)
    return page


def raised(text: str) -> str:
    """Some digits as superscripts: beside a number they would make another one of it."""
    return text.translate(_RAISED) if text.strip().isdecimal() else text


def _main_text(page: Any, title: str | None) -> str:
    """Return the text of the article and nothing else; all the page's where none stands out."""
    _remove(page, _UNREAD)
    body = page.find("body")
    if body is None:
        _remove(page, ("title",))
        if not len(page):
            return ""
        body = page[0]  # the parser takes some text without a body for the head
        body.tag = "body"
    _remove_hidden(body)
    _remove_other_articles(body, title)
    for header in body.xpath(".//article//header | .//main//header"):
        header.tag = "div"  # it holds the standfirst
    text = _extracted(page, precise=True)
    if len(text) < _FEW_CHARS:  # now and then most of an article is lost to precision
        more = _extracted(page, precise=False)
        text = more if len(more) > 2 * len(text) else text
    if not text:
        _remove(body, _AROUND)
        text = _text_of(body)
    return text


def _extracted(page: Any, *, precise: bool) -> str:
    found = trafilatura.bare_extraction(page, favor_precision=precise, include_comments=False)
    body: Any = getattr(found, "body", None)
    return "" if body is None else _text_of(body)


def _remove(root: Any, tags: tuple[str, ...]) -> None:
    for element in list(root.iter(*tags)):
        if element.getparent() is not None:
            element.drop_tree()


def _remove_hidden(body: Any) -> None:
    """Take out what a reader does not see, or is to click away, unless it is most of the page.

    Scripts show some articles that are hidden at first.
    """
    whole = len(body.text_content())
    for element in list(body.iterdescendants()):
        if _is_hidden(element) or _is_consent(element):
            size = len(element.text_content())
            if size * 2 < whole or _is_consent(element, words_only=True):
                element.drop_tree()


def _is_hidden(element: Any) -> bool:
    get = element.get
    return (
        get("hidden") is not None
        or get("aria-hidden") == "true"
        or bool(_HIDING_STYLE.search(get("style", "")) or _HIDING_CLASS.search(get("class", "")))
    )


def _is_consent(element: Any, *, words_only: bool = False) -> bool:
    """Whether an element asks for consent to cookies, by its name or by its words."""
    if element.tag not in ("div", "section", "p", "aside"):
        return False
    names = f"{element.get('id', '')} {element.get('class', '')}"
    if not words_only and _CONSENT_NAME.search(names):
        return True
    if element.find(".//h1") is not None or element.find(".//article") is not None:
        return False
    text = element.text_content()
    return len(text) < _MAX_CONSENT_CHARS and len(_CONSENT_WORDS.findall(text)) * 400 > len(text)


def _remove_other_articles(body: Any, title: str | None) -> None:
    """Take out what follows the article under a headline of its own: the page's next stories."""
    wanted = folded(title or "")
    headings = list(body.iter("h1", "h2"))
    titles = [heading for heading in headings if _is_title(heading, wanted)]
    if not titles:
        return
    own = titles[0]
    article = next(own.iterancestors("article"), None)
    block = article if article is not None else _with_text(own)
    most = _MAX_TIMES_LONGER * len(block.text_content())  # else it is the text below its head
    around = {block, *block.iterancestors()}
    around.update(*(title.iterancestors() for title in titles))  # it may stand twice
    for heading in headings[headings.index(own) + 1 :]:
        opens = heading.tag == "h1" or (article is not None and _opens_article(heading))
        if not opens or heading in titles:
            continue
        path = [heading, *heading.iterancestors()]
        first = next((at for at, element in enumerate(path) if element in around), 0)
        if first > 1 and block not in path and len(path[first - 1].text_content()) < most:
            path[first - 1].drop_tree()


def _is_title(heading: Any, wanted: str) -> bool:
    words = folded(heading.text_content())
    return bool(words) and (words == wanted or (len(words) > 15 and words in wanted))


def _with_text(heading: Any) -> Any:
    """Return the nearest element around a heading that holds a paragraph too."""
    least = len(heading.text_content()) + _LEAST_PARAGRAPH
    around = heading.iterancestors()
    return next((element for element in around if len(element.text_content()) > least), heading)


def _opens_article(heading: Any) -> bool:
    """Whether a heading is the first of an ``<article>``."""
    article = next(heading.iterancestors("article"), None)
    return article is not None and next(article.iter("h1", "h2")) is heading


def _text_of(root: Any) -> str:
    """Return the text below an element, a block a paragraph, without recursion."""
    pieces: list[str] = []
    for event, element in lxml.etree.iterwalk(root, events=("start", "end")):
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            pieces.append(_BREAKS.get(tag, ""))
            in_pre = tag in ("pre", "code")
            pieces.append(_SPACES.sub(_LINE if in_pre else " ", element.text or ""))
        else:
            pieces.append("" if tag in ("br", "lb") else _BREAKS.get(tag, ""))
            if element is not root:
                pieces.append(_SPACES.sub(" ", element.tail or ""))
    return _SPACES_AND_BREAKS.sub(_one_break, "".join(pieces)).strip()


def _one_break(run: re.Match[str]) -> str:
    """Return one space, line end or blank line for a run of them."""
    if _PARAGRAPH in run[0] or run[0].count(_LINE) > 1:
        return "\n\n"
    return "\n" if _LINE in run[0] or _ITEM in run[0] else " "


def _attribute_pairs(html: str) -> Iterator[int]:
    """Yield how many pairs of attributes there are up to each tag."""
    cost = at = 0
    while tag := _TAG.search(html, at):
        at = tag.end()
        name = (tag["name"] or "").lower()
        if name in {"", "script", "style"}:  # a comment has no name
            end = (_END_OF_SCRIPT if name else _END_OF_COMMENT).search(html, at)
            at = end.end() if end else len(html)
        if name:
            cost += len(_ATTRIBUTE.findall(_QUOTED.sub("=", tag["attributes"]))) ** 2
            yield cost
