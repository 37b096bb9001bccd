"""A link's articles: by which address they are known, and what is none."""

import pytest

from index.types import Incoming, Item, RefusedArticle
from index.web.links import read_link
from tests.index.reading.test_documents import pdf_of
from tests.index.web.sites import PROSE, Answer, Network, page, redirect, site

NOT_FREE = '<script type="application/ld+json">{"isAccessibleForFree": %s}</script>'
DATED = '<meta property="article:published_time" content="2023-09-11">'
FEED = b'<?xml version="1.0"?><rss version="2.0"><channel><title>News</title></channel></rss>'


def canonical(url: str) -> str:
    return f'<link rel="canonical" href="{url}">'


def read(answers: dict[str, Answer], path: str) -> list[Item]:
    """Read a link of a site that is called news.example and www.news.example."""
    with pytest.MonkeyPatch.context() as patch, site(answers) as public:
        network = Network(patch)
        network.names |= {"www.news.example": network.names["news.example"]}
        network.names |= {"consent.example": network.names["news.example"]}
        network.port = public.port
        return read_link(f"http://news.example{path}", public.fetcher())


def article(answers: dict[str, Answer], path: str) -> Incoming:
    (item,) = read(answers, path)
    assert isinstance(item, Incoming), item
    return item


@pytest.mark.parametrize(
    ("head", "url"),
    [
        ("", "http://news.example/a?utm=1"),
        (canonical("http://news.example/2023/derna"), "http://news.example/2023/derna"),
        (canonical("https://www.news.example/derna"), "https://www.news.example/derna"),
        (canonical("http://news.example/?p=12"), "http://news.example/?p=12"),
        (canonical("http://news.example/"), "http://news.example/a?utm=1"),
        (canonical("https://other.example/derna"), "http://news.example/a?utm=1"),
        (canonical("javascript:alert(1)"), "http://news.example/a?utm=1"),
        (canonical("/derna"), "http://news.example/a?utm=1"),
    ],
)
def test_a_page_is_known_by_its_own_address_where_that_is_sensible(head: str, url: str) -> None:
    answers = {"/short": redirect("/a?utm=1"), "/a?utm=1": page(head=head)}
    item = article(answers, "/short")
    assert item.article.url == url
    assert item.origin == item.label == "http://news.example/short"
    assert (item.article.title, item.article.source) == ("Derna floods", "news.example")
    assert item.article.text.endswith(PROSE.strip())


def test_other_kinds_of_pages() -> None:
    cyrillic = "Наводнение в Дерне. " * 20
    russian = 200, {"Content-Type": "text/plain; charset=koi8-r"}, cyrillic.encode("koi8-r")
    answers: dict[str, Answer] = {
        "/a.pdf": (200, {"Content-Type": "application/pdf"}, pdf_of([PROSE])),
        "/ru": russian,
        "/unnamed": (200, {}, f"<html><body><p>{PROSE}</p></body></html>".encode()),
    }
    for path in answers:
        item = article(answers, path)
        assert item.article.url == f"http://news.example{path}"
        text = cyrillic if path == "/ru" else PROSE
        assert item.article.text.split() == text.split()


def test_a_site_cannot_change_what_is_another_s() -> None:
    text = '{"text": "%s", "id": "a1", "url": "%s"}'
    urls = "https://other.example/a", "http://news.example/b"
    both = "[" + ", ".join(text % (PROSE, url) for url in urls) + "]"
    kind = {"Content-Type": "application/json"}
    items = read({"/a": (200, kind, both.encode())}, "/a")
    found = [item.article for item in items if isinstance(item, Incoming)]
    assert [(one.id, one.url) for one in found] == [(None, None), (None, "http://news.example/b")]
    assert [item.origin for item in items if isinstance(item, Incoming)] == [None, None]


WHY_NOT: dict[str, tuple[str, dict[str, Answer], str]] = {
    "a feed by its type": (
        "/feed?a=b&c",
        {"/feed?a=b&c": page(kind="application/atom+xml")},
        "is a feed; to follow it: dateline feed add 'http://news.example/feed?a=b&c'",
    ),
    "a feed by its look": (
        "/feed",
        {"/feed": (200, {"Content-Type": "text/html"}, FEED)},
        "is a feed; to follow it: dateline feed add http://news.example/feed",
    ),
    "a sign-in": (
        "/a",
        {"/a": redirect("/account/login?next=/a"), "/account/login?next=/a": page()},
        "leads to a sign-in, not to an article",
    ),
    "consent": (
        "/a",
        {"/a": redirect("http://consent.example/?to=/a"), "/?to=/a": page()},
        "leads to a page that asks for consent, not to an article",
    ),
    "a wall": (
        "/a",
        {"/a": page(PROSE[:300], NOT_FREE % "false")},
        "shows only its beginning to those who do not subscribe",
    ),
    "a home page": ("/", {"/": page()}, "is a site's home page; give the address of an article"),
    "few words": (
        "/a",
        {"/a": page("Please enable JavaScript.")},
        "has no article that can be read without a browser, only 5 words",
    ),
    "no words": ("/a", {"/a": page("")}, "has no article that can be read"),
    "an empty page": (
        "/a",
        {"/a": (200, {"Content-Type": "text/html"}, b"")},
        "is empty; there is nothing to add",
    ),
    "a video": ("/a", {"/a": page(kind="video/mp4")}, "is a video (video/mp4)"),
    "nothing there": ("/a", {}, "is not there (404)"),
}


@pytest.mark.parametrize("name", WHY_NOT)
def test_what_has_no_article_is_said_in_a_sentence(name: str) -> None:
    path, answers, why = WHY_NOT[name]
    (item,) = read(answers, path)
    assert isinstance(item, RefusedArticle)
    assert item.source == f"http://news.example{path}"
    assert item.reason.startswith(why)


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/a", page(PROSE * 2, NOT_FREE % "false")),
        ("/a", page(PROSE[:300], NOT_FREE % "true")),
        ("/", page(head=DATED)),
        ("/login-page-redesigned", page()),
        ("/login", page()),
    ],
)
def test_and_what_has_one_is_taken(path: str, answer: Answer) -> None:
    assert article({path: answer}, path).article.text.startswith("Derna floods")
