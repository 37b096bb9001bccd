"""Web pages as publishers make them: the article and nothing else, under its own title and date."""

import pytest

from index.reading.files import read_bytes
from index.reading.head import read_head
from index.types import ArticleInput, SentenceKind
from tests.index.reading.outcomes import refused, taken

LEAD = (
    "The ferry between Torvik and the islands will stop running in the autumn, the harbour"
    " board decided on Monday after a year of talks."
)
MORE = (
    "Its director, Ida Solberg, said that the ship needs repairs for six million crowns, which"
    " nobody has offered to pay."
)
LAST = "Residents have until the first of June to send the board their objections in writing."
STORY = f"<p>{LEAD}</p><p>{MORE}</p><p>{LAST}</p>"
TITLE = "Ferry to the islands will stop"
HEAD = f'<title>{TITLE}</title><meta property="og:title" content="{TITLE}">'
OTHER = (
    "<p>Rain has flooded four cellars in the upper town since the weekend, and the fire service"
    " asks people to keep away from the river until the water has gone down.</p>"
    "<p>It is the third flood of the year, and the second that reached the old school.</p>"
)


def page(body: str, head: str = HEAD) -> ArticleInput:
    data = f"<!DOCTYPE html><html lang=en><head>{head}</head><body>{body}</body></html>".encode()
    (incoming,) = taken(read_bytes(data, "page.html", None))
    return incoming.article


def sentences(article: ArticleInput) -> list[str]:
    """The sentences that may answer."""
    parsed = read_head(article.text, article.title, None).sentences
    return [article.text[s.start : s.end] for s in parsed if s.kind is SentenceKind.BODY]


class TestText:
    @pytest.mark.parametrize(
        "body",
        [
            f"<article><h1>{TITLE}</h1>{STORY}</article>",
            (f"<div class=story><h1>{TITLE}</h1>{LEAD}<br><br>{MORE}<br><br>{LAST}</div>"
            "<div class=foot><p>Tell us what you think of our pages, and win a weekend.</p></div>"),
            (f"<h1>{TITLE}</h1><div><p>{LEAD}</p></div><div>-</div>"
            f"<div><p>{MORE}</p><p>{LAST}</p></div>"),
            (f"<article><header><h1>{TITLE}</h1><p>{LEAD}</p></header>"
            f"<p>{MORE}</p><p>{LAST}</p></article>"),
            (f"<div id=cookie-banner><p>{'We use cookies to show what you like. ' * 9}</p></div>"
            f"<div><h1>{TITLE}</h1>{STORY}</div>"),
            ("<div class=layer><p>We and our 512 partners store and access information on your"
            " device to show you what you like and to count who does.</p><p>Your browser may be"
            f" set to refuse it.</p></div><div><h1>{TITLE}</h1>{STORY}</div>"),
            ("<section class=q4><p>The Post would like to use cookies and similar technologies.</p>"
            "<p>Its 340 vendors wait for you; withdraw your consent at any time, at the foot of"
            f" each page.</p></section><div><h1>{TITLE}</h1>{STORY}</div>"),
            (f"<main><article><h1>{TITLE}</h1>{STORY}</article>"
            f"<article><h2>Cellars under water</h2>{OTHER * 3}</article></main>"),
            (f"<div class=a><h1>{TITLE}</h1>{STORY}</div>"
            f"<div class=b><h1>Cellars under water</h1>{OTHER * 2}</div>"),
            (f"<article><h1>{TITLE}</h1><p>{LEAD}</p><p hidden>Press F.</p>"
            f"<div style='display: none'><p>No video.</p></div><p class=sr-only>A picture.</p>"
            f"<span aria-hidden=true>Tap</span><p>{MORE}</p><p>{LAST}</p></article>"),
            (f"<article><h1>{TITLE}</h1><p>Advertisement 3</p><p>{LEAD}</p><p>Article content</p>"
            f"<p>Sorry, this video has failed to load.</p><p>{MORE}</p><p>Share this story: Ferry"
            f"</p><p>{LAST}</p><p>Get the day's news delivered to your inbox.</p></article>"),
        ],
        ids=["article", "br", "split", "header", "cookies", "partners", "vendors",
             "two articles", "two h1", "hidden", "furniture"],
    )  # fmt: skip
    def test_is_the_article_and_nothing_else(self, body: str) -> None:
        assert sentences(page(body)) == [LEAD, MORE, LAST]

    def test_a_page_that_is_hidden_until_a_script_shows_it_is_read(self) -> None:
        body = f"<div style='visibility:hidden'><h1>{TITLE}</h1>{STORY}</div>"
        assert sentences(page(body)) == [LEAD, MORE, LAST]

    def test_an_article_behind_a_wall_is_read_from_the_metadata(self) -> None:
        head = (
            '<script type="application/ld+json">{"@type": "NewsArticle", "articleBody":'
            f' "{LEAD} {MORE} {LAST}"}}</script>'
        )
        body = f"<article><h1>{TITLE}</h1><p>{LEAD}</p><p>Log in to read on.</p></article>"
        assert sentences(page(body, HEAD + head)) == [LEAD, MORE, LAST]

    @pytest.mark.parametrize("data", [b"<!doctype html>\n<html lang=en>", b"<html></html>"])
    def test_a_page_of_nothing_is_empty(self, data: bytes) -> None:
        (reason,) = refused(read_bytes(data, "page.html", None))
        assert reason == "page.html: is empty: there is no word in its text"

    def test_a_page_larger_than_an_article_may_be(self) -> None:
        body = f"<script>{'x' * 3_000_000}</script><article><h1>{TITLE}</h1>{STORY}</article>"
        assert sentences(page(body)) == [LEAD, MORE, LAST]


class TestTitle:
    @pytest.mark.parametrize(
        ("head", "heading"),
        [
            ('<meta name="twitter:title" content="Ferry stops"><title>The Post</title>', ""),
            ("<title>The Post</title>", '<h1 lang="en">Ferry stops</h1>'),
            ("<title>Ferry stops</title>", "<h1><a href='/'>The Post</a></h1>"),
            (('<script type="application/ld+json">{"@type": "NewsArticle", "headline":'
             ' "Ferry stops"}</script>'), ""),
            (('<meta property="og:title" content="The Post"><meta property="og:site_name"'
             ' content="The Post">'), "<h1>Ferry stops</h1>"),
        ],
    )  # fmt: skip
    def test_is_that_of_the_article(self, head: str, heading: str) -> None:
        assert page(f"{heading}{STORY}", head).title == "Ferry stops"


class TestDate:
    @pytest.mark.parametrize(
        ("head", "body"),
        [
            ('<meta name="parsely-pub-date" content="2024-03-05">', ""),
            ('<meta name="sailthru.date" content="2024-03-05">', ""),
            ('<meta name="article:published_time" content="2024-03-05">', ""),
            ('<meta name="article:modified_time" content="2024-04-01">',
             '<b itemprop="datePublished" content="2024-03-05">Tuesday</b>'),
            ("", ("<nav><time datetime=2019-01-01></time></nav><aside><time datetime=2020-01-01>"
             "</time></aside><article><time class=updated datetime=2024-04-01></time>"
             "<time datetime=2024-03-05></time></article>")),
            ("", ("<time itemprop=dateModified datetime=2024-04-01></time>"
             "<time itemprop=datePublished datetime=2024-03-05></time>")),
            (('<script type="application/ld+json">\n/* <![CDATA[ */ {"@graph": [{"@type": "Page",'
             ' "datePublished": "2011-01-01"}, {"@type": ["NewsArticle"], "datePublished":'
             ' "2024-03-05"}]} /* ]]> */</script>'), ""),
            (('<script type="application/ld+json">[{"@type": "Article", "headline": "a\nb",'
             ' "datePublished": "2024-03-05",},]</script>'), ""),
            (('<script type="application/ld+json">{"@type": "Article" "datePublished":'
             ' "2024-03-05"}</script>'), ""),
        ],
        ids=range(9),
    )  # fmt: skip
    def test_is_when_it_was_published(self, head: str, body: str) -> None:
        assert page(body + STORY, head).published == "2024-03-05"


class TestOtherFields:
    def test_people_and_publisher_of_json_ld(self) -> None:
        head = (
            '<script type="application/ld+json">{"@type": "ReportageNewsArticle", "author":'
            ' [{"name": "Ida Berg"}, "Per Moe", null], "publisher": {"name": "The Post"}}</script>'
        )
        article = page(STORY, head)
        assert (article.authors, article.source) == (("Ida Berg", "Per Moe"), "The Post")

    def test_the_home_page_is_no_articles_address(self) -> None:
        head = '<link rel=canonical href="https://post.example/">'
        assert page(STORY, head).url is None
        head += '<meta property="og:url" content="https://post.example/ferry">'
        assert page(STORY, head).url == "https://post.example/ferry"

    @pytest.mark.parametrize("language", ["", " ", "x" * 600, "{{ lang }}"])
    def test_a_language_that_is_none(self, language: str) -> None:
        data = f'<html lang="{language}"><body>{STORY}</body></html>'.encode()
        (incoming,) = taken(read_bytes(data, "page.html", None))
        assert incoming.article.language is None


class TestCharset:
    @pytest.mark.parametrize(
        ("charset", "declaration", "words"),
        [
            ("cp1251", '<meta charset="windows-1251">', "Паром остановят осенью."),
            ("cp1251", "<meta http-equiv=Content-Type content='text/html;charset=cp-1251'>",
             "Паром остановят осенью."),
            ("koi8-r", '<meta http-equiv=Content-Type content="text/html; charset=koi8-r">',
             "Паром остановят осенью."),
            ("gbk", "<meta charset=gb2312>", "渡轮将在秋天停运。"),
            ("euc-jp", '<?xml version="1.0" encoding="EUC-JP"?>', "船は秋に止まる。"),
            ("iso2022_jp", '<meta charset="iso-2022-jp">', "船は秋に止まる。"),
            ("utf-8", "<meta charset=iso-8859-1>", "Færgen stopper til efteråret."),
            ("utf-16", "<meta charset=koi8-r>", "Паром остановят осенью."),
            ("cp1252", "<meta charset=nonsense>", "Færgen stopper til efteråret."),
        ],
    )  # fmt: skip
    def test_that_a_page_declares(self, charset: str, declaration: str, words: str) -> None:
        data = f"{declaration}<html><head><title>{words}</title></head><p>{words}".encode(charset)
        (incoming,) = taken(read_bytes(data, "page.html", None))
        assert (incoming.article.title, incoming.article.text) == (words, words)

    def test_a_byte_that_is_wrong_costs_one_character(self) -> None:
        data = f"<meta charset=utf-8><p>{LEAD} Ær".encode() + b"\xff" + f"e. {MORE}".encode()
        (incoming,) = taken(read_bytes(data, "page.html", None))
        assert "Ær\ufffde." in incoming.article.text
