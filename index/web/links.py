"""Links: the articles at a web address, or in one sentence why there are none.

What a site says of itself is believed as far as the site goes: neither an id nor the address of
another site is taken over, so that nobody can change the article of somebody else.
"""

import re
import shlex
from dataclasses import replace
from urllib.parse import SplitResult, urlsplit

from index.errors import FetchError
from index.reading.accept import names_a_page
from index.reading.feeds import FEED_TYPES
from index.reading.files import MAX_BYTES
from index.reading.guess import STARTS_LIKE_FEED
from index.types import Incoming, Item, RefusedArticle
from index.web import sandbox
from index.web.fetch import Fetched, Fetcher

_SUFFIXES = {
    "text/html": ".html", "application/xhtml+xml": ".html", "text/markdown": ".md",
    "application/json": ".json", "application/pdf": ".pdf", "text/xml": ".xml",
    "application/xml": ".xml",
}  # fmt: skip
# Of 11,840 addresses of the news quiz neither this nor `_CONSENT` is in one.
_SIGN_IN = re.compile(
    r"(?:^|[/.])(?:log-?in|sign-?(?:in|up)|sso|oauth2?|auth|authenticate|accounts?|register|subscribe"
    r"|subscriptions?|paywall)(?=$|[/.?])",
    re.IGNORECASE,
)
_CONSENT = re.compile(r"(?:^|[/.])(?:cookie-?)?consent(?=$|[/.?-])", re.IGNORECASE)
_NOT_FREE = re.compile(rb'"isAccessibleForFree"\s*:\s*"?false', re.IGNORECASE)
_TEASER_CHARS = 1_000  # 543 of 11,767 whole articles of the news quiz have fewer
_LEAST_WORDS = 25  # of these none has under 40
_OTHER_FORM = re.compile(r"^(?:www|m|mobile|amp)\.")


def read_link(link: str, fetcher: Fetcher, *, max_bytes: int = MAX_BYTES) -> list[Item]:
    """Fetch a link and read its articles; a refusal names the link."""
    sandbox.shared().start()  # meanwhile
    try:
        page = fetcher.get(link)
    except FetchError as error:
        return [RefusedArticle(link, str(error))]
    return articles_at(link, page, max_bytes=max_bytes)


def articles_at(link: str, page: Fetched, *, max_bytes: int = MAX_BYTES) -> list[Item]:
    """Read the articles of what a link held."""
    if why := _why_no_article(link, page):
        return [RefusedArticle(link, why)]
    name = f"page{_SUFFIXES.get(page.content_type, '')}"
    items = sandbox.shared().read(page.body, name, max_bytes=max_bytes, charset=page.charset)
    return [_of_link(item, link, page, name, sole=len(items) == 1) for item in items]


def _why_no_article(link: str, page: Fetched) -> str | None:
    """Return what an address leads to that has no article, by what is known without reading it."""
    if page.content_type in FEED_TYPES or STARTS_LIKE_FEED.match(page.body[:1_000]):
        return f"is a feed; to follow it: dateline feed add {shlex.quote(link)}"
    before, after = (f"{url.hostname}{url.path}" for url in map(urlsplit, (link, page.url)))
    if _CONSENT.search(after) and not _CONSENT.search(before):
        return "leads to a page that asks for consent, not to an article"
    if _SIGN_IN.search(after) and not _SIGN_IN.search(before):
        return "leads to a sign-in, not to an article"
    return None


def _of_link(item: Item, link: str, page: Fetched, name: str, *, sole: bool) -> Item:
    if isinstance(item, RefusedArticle):
        return RefusedArticle(link + item.source.removeprefix(name), item.reason)
    if sole and (why := _why_not(item, page)):
        return RefusedArticle(link, why)
    at, article = urlsplit(page.url), item.article
    url = article.url if article.url and _is_own(article.url, at) else None
    fields = {
        "id": None,
        "url": url or (page.url if sole else None),
        "source": article.source or _OTHER_FORM.sub("", at.hostname or "") or None,
    }
    return replace(
        item,
        article=article.model_copy(update=fields),
        origin=link if sole else None,
        label=link + item.label.removeprefix(name),
    )


def _why_not(item: Incoming, page: Fetched) -> str | None:
    """Return why a page that could be read is no article."""
    at, text = urlsplit(page.url), item.article.text
    if "html" not in page.content_type:
        return None
    if _NOT_FREE.search(page.body) and len(text) < _TEASER_CHARS:
        return "shows only its beginning to those who do not subscribe"
    if at.path in ("", "/") and not at.query and item.published is None:
        return "is a site's home page; give the address of an article"
    if (words := len(text.split())) < _LEAST_WORDS:
        return f"has no article that can be read without a browser, only {words} words"
    return None


def _is_own(url: str, at: SplitResult) -> bool:
    """Whether an address is on the same site, and more than its home page."""
    if not names_a_page(url):
        return False
    return len({_OTHER_FORM.sub("", one.hostname or "") for one in (urlsplit(url), at)}) == 1
