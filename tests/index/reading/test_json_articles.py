"""JSON from the programs and services that people have articles from: nothing of it is lost."""

import json
import time
from typing import Any

import pytest

from index.reading.files import read_bytes
from index.types import ArticleInput
from tests.index.reading.outcomes import refused, taken

TEXT = "The ferry will stop in the autumn. Nobody has offered to pay."
URL = "https://post.example/ferry"
WHOLE = ArticleInput(
    text=TEXT, title="Ferry stops", url=URL, published="2024-03-05", source="The Post",
    authors=("Ida Berg",),
)  # fmt: skip


def read(document: Any) -> list[ArticleInput]:
    data = json.dumps(document, indent=1).encode()
    return [incoming.article for incoming in taken(read_bytes(data, "a.json", None))]


@pytest.mark.parametrize(
    "document",
    [
        {"maintext": TEXT, "text": None, "title": "Ferry stops", "date_publish": "2024-03-05",
         "date_download": "2025-01-01", "source_domain": "The Post", "url": URL,
         "authors": ["Ida Berg"]},
        {"text": TEXT, "title": "Ferry stops", "publish_date": "2024-03-05", "url": URL,
         "authors": ["Ida Berg"], "source": "The Post", "source_url": "https://post.example"},
        {"text": TEXT, "source": URL, "source-hostname": "The Post", "date": "2024-03-05",
         "author": "Ida Berg", "title": "Ferry stops", "filedate": "2025-01-01", "id": None},
        {"response": {"status": "ok", "results": [{"webTitle": "Ferry stops", "webUrl": URL,
         "webPublicationDate": "2024-03-05", "publisher": "The Post",
         "fields": {"bodyText": TEXT, "byline": "By Ida Berg"}}]}},
        {"response": {"docs": [{"web_url": URL, "headline": {"main": "Ferry stops"},
         "pub_date": "2024-03-05", "source": "The Post", "lead_paragraph": TEXT,
         "byline": {"original": "By Ida Berg"}}]}},
        {"status": "ok", "articles": [{"source": {"id": None, "name": "The Post"}, "content": TEXT,
         "author": "Ida Berg", "title": "Ferry stops", "publishedAt": "2024-03-05", "url": URL}]},
        [{"id": 17, "date": "2024-03-05", "link": URL, "title": {"rendered": "Ferry stops"},
          "content": {"rendered": f"<p>{TEXT}</p>"}, "author": {"name": "Ida Berg"},
          "publisher": "The Post"}],
        {"version": "https://jsonfeed.org/version/1.1", "title": "Feed", "items": [{"url": URL,
         "title": "Ferry stops", "content_html": f"<p>{TEXT}", "date_published": "2024-03-05",
         "authors": [{"name": "Ida Berg"}], "site_name": "The Post"}]},
        {"@type": "NewsArticle", "headline": "Ferry stops", "articleBody": TEXT,
         "mainEntityOfPage": {"@id": URL}, "datePublished": "2024-03-05",
         "publisher": {"name": "The Post"}, "author": [{"name": "Ida Berg"}]},
        {"requested_url": URL, "plain_text": TEXT, "title": "Ferry stops", "author": "Ida Berg",
         "published_date": "2024-03-05", "publication": "The Post"},
        {"response": {"status": "ok", "content": {"webTitle": "Ferry stops", "webUrl": URL,
         "webPublicationDate": "2024-03-05", "publisher": "The Post",
         "fields": {"bodyText": TEXT, "byline": "Ida Berg"}}}},
        {"db": [{"meta": {"version": "5.0"}, "data": {"users": [], "posts": [{"url": URL,
         "title": "Ferry stops", "html": f"<p>{TEXT}</p>", "published_at": "2024-03-05",
         "author": "Ida Berg", "site_name": "The Post"}]}}]},
        {"version": "https://jsonfeed.org/version/1", "title": "The Post", "items": [{"url": URL,
         "title": "Ferry stops", "content_text": TEXT, "date_published": "2024-03-05",
         "author": {"name": "Ida Berg"}}]},
    ],
    ids=["news-please", "newspaper", "trafilatura", "guardian", "nyt", "newsapi", "wordpress",
         "json feed", "schema.org", "cc-news", "guardian's one", "ghost", "json feed's title"],
)  # fmt: skip
def test_every_field_is_found(document: Any) -> None:
    assert read(document) == [WHOLE]


@pytest.mark.parametrize(
    ("value", "published"),
    [
        (1709632800, "2024-03-05T10:00Z"),
        (1709632800.5, "2024-03-05T10:00Z"),
        ("1709632800", "2024-03-05T10:00Z"),
        (1709632800123, "2024-03-05T10:00Z"),
        (946684800000, "2000-01-01T00:00Z"),
        (202403051015, "202403051015"),
        ("20240305101530", "20240305101530"),
        ("20240305", "20240305"),
        (2024, "2024"),
        (None, None),
        ("", None),
        ("x", None),
        (1e300, None),
        ([], None),
        (True, None),
        ({"$date": "2024-03-05T10:00:00Z"}, "2024-03-05T10:00:00Z"),
    ],
)
def test_dates(value: object, published: str | None) -> None:
    assert read({"text": TEXT, "published": value})[0].published == published


def test_the_first_date_that_is_one() -> None:
    fields = {"published": 1, "date": "soon", "published_at": "2023-09-18"}
    (incoming,) = taken(read_bytes(json.dumps(fields | {"text": TEXT}).encode(), "a.json", None))
    assert (incoming.article.published, incoming.warnings) == ("2023-09-18", ())


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("The <b>ferry</b> stops &amp; <em>stays</em>.", "The ferry stops & stays."),
        ("It stops.\n\nOle &amp; Bo said &#8220;no&#8221;.", "It stops.\n\nOle & Bo said “no”."),
        ("Five < six, and A<B at /?a=1&copy=2.", "Five < six, and A<B at /?a=1&copy=2."),
    ],
)
def test_markup_however_little_is_no_text(content: str, text: str) -> None:
    assert read({"content": content})[0].text == text
    assert read({"text": content})[0].text == content


def test_wordpress_escapes_titles_and_numbers_authors() -> None:
    post = {"title": {"rendered": "Ferry stops &#8211; for good"}, "author": 7}
    data = json.dumps(post | {"content": {"rendered": f"<p>{TEXT}</p>"}}).encode()
    (incoming,) = taken(read_bytes(data, "a.json", None))
    assert incoming.article.title == "Ferry stops – for good"
    assert (incoming.article.authors, incoming.warnings) == ((), ())


def test_fields_that_are_null_are_not_there() -> None:
    fields = dict.fromkeys(["title", "url", "published", "source", "authors", "language", "id"])
    assert read({"text": TEXT, **fields}) == [ArticleInput(text=TEXT)]


@pytest.mark.parametrize(
    ("url", "read_as"),
    [
        ("post.example/ferry", URL),
        ("//post.example/ferry", URL),
        ("post.example", "https://post.example"),
        ("ferry.html?x", None),
        ("/ferry", None),
    ],
)
def test_an_address_without_its_scheme(url: str, read_as: str | None) -> None:
    assert read({"text": TEXT, "url": url})[0].url == read_as


def test_a_text_that_a_service_cuts_off_is_said_to_be() -> None:
    data = json.dumps({"content": f"{TEXT} … [+512 chars]"}).encode()
    (incoming,) = taken(read_bytes(data, "a.json", None))
    assert incoming.article.text == f"{TEXT} …"
    assert incoming.warnings == ("its text is only the beginning of the article",)


@pytest.mark.parametrize(
    "data",
    [
        json.dumps({"content": f"{TEXT}{' ' * 100_000}."}),
        f'<script type="application/ld+json">{{{" " * 100_000}x</script><p>{TEXT}',
        f'<script type="application/ld+json">{" " * 100_000}x --> {" " * 100_000}x</script>{TEXT}',
    ],
)
def test_blanks_cost_no_time(data: str) -> None:
    began = time.process_time()
    taken(read_bytes(data.encode(), "a.json" if data[0] == "{" else "a.html", None))
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.jsonl", b'{"text": ""}', 'a.jsonl, line 1: its "text" is empty'),
        ("a.json", b'{"title": "A", "content": " \\n"}', 'a.json: its "content" is empty'),
        ("a.csv", b"title,text\nA,\n", 'a.csv, item 1: its "text" is empty'),
    ],
)
def test_an_empty_text_is_said_to_be(name: str, data: bytes, reason: str) -> None:
    assert refused(read_bytes(data, name, None)) == [reason]


def test_what_has_no_text_is_refused_with_the_fields_it_has() -> None:
    assert refused(read_bytes(b'{"name": "a", "count": 3}', "a.json", None)) == [
        'a.json: has no "text"; its fields are name, count'
    ]
