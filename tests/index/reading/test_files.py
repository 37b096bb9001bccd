"""Articles of most formats, from files and bytes: all are read, everything hostile refused."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from index.errors import InputError
from index.reading.accept import accept
from index.reading.files import read_bytes, read_paths
from index.types import ArticleInput, Incoming, RefusedArticle
from tests.index.reading.outcomes import refused, taken

PAGE = """<!DOCTYPE html><html lang="en-GB"><head>
<title>Blinken meets Han - The News</title>
<meta property="og:title" content="Blinken meets Han"><meta name="author" content="Jane Doe">
<meta property="og:site_name" content="The News">
<link rel="canonical" href="https://example.com/a"><style>p { color: red }</style>
<script type="application/ld+json">
{"@graph": [{"@type": "WebPage"}, {"datePublished": "2023-09-18T14:05:00Z"}]}</script></head>
<body><header><p>Masthead</p></header><nav><ul><li>Home</li></ul></nav>
<div class="teaser"><p>Another story altogether.</p></div>
<article><h1>Blinken meets Han</h1><p>The <b>head</b> of
 diplomacy&nbsp;met &amp; talked.</p><script>var x = "<p>no</p>";</script>
<p>Second.<br>Third.</p><ul><li>One</li><li>Two</li></ul><aside>Related</aside>
<pre>kept
apart</pre><form>Sign up</form><noscript>Enable</noscript><svg><text>Logo</text></svg></article>
<footer>Imprint</footer></body></html>"""

PAGE_TEXT = (
    "Blinken meets Han\n\nThe head of diplomacy met & talked.\n\nSecond.\nThird.\n\n"
    "One\nTwo\n\nkept apart"
)


MEND = "; mend it or take it out"


def only(items: Iterable[Incoming | RefusedArticle]) -> ArticleInput:
    (incoming,) = taken(items)
    return incoming.article


class TestText:
    @pytest.mark.parametrize("name", ["a.txt", "a.text", "A.TXT", "article", "a.log"])
    def test_named_file(self, tmp_path: Path, name: str) -> None:
        path = tmp_path / name
        path.write_bytes("\ufeffHe left.\r\n“Yes.”\n".encode())
        (incoming,) = taken(read_paths([path]))
        assert incoming.article == ArticleInput(text="He left.\n“Yes.”\n")
        assert (incoming.path, incoming.label) == (str(path), str(path))
        assert incoming.date_origin == "given"

    def test_its_place_is_absolute(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "sub").mkdir()
        (tmp_path / "a.txt").write_text("He left.")
        monkeypatch.chdir(tmp_path / "sub")
        (incoming,) = taken(read_paths([Path("../a.txt")]))
        assert incoming.path == str(tmp_path / "a.txt")
        assert incoming.label == "../a.txt"

    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (b"", "is empty; there is nothing to add"),
            (b" \n\xef\xbb\xbf", "is empty: there is no word in its text"),
            (b"... !!! ---", "is empty: there is no word in its text"),
            (b"PK\x03\x04\x00", "looks like a ZIP archive, not text"),
            (b"x" * 101, "is larger than 100 bytes; split it"),
        ],
    )
    def test_refused(self, tmp_path: Path, data: bytes, reason: str) -> None:
        path = tmp_path / "a.txt"
        path.write_bytes(data)
        assert refused(read_paths([path], max_bytes=100)) == [f"{path}: {reason}"]
        assert refused(read_bytes(data, "a.txt", None, max_bytes=100)) == [f"a.txt: {reason}"]


class TestMarkdown:
    def test_front_matter(self, tmp_path: Path) -> None:
        text = (
            "---\ntitle: Talks\ndate: 2023-09-18\nurl: https://example.com/a\nsource: The News\n"
            "author: Jane Doe\nlang: en\n---\n\n# Talks\n\nHe left.\n"
        )
        (tmp_path / "a.md").write_text(text)
        (incoming,) = taken(read_paths([tmp_path / "a.md"]))
        assert incoming.article == ArticleInput(
            text=text,
            title="Talks",
            url="https://example.com/a",
            published="2023-09-18",
            source="The News",
            authors=("Jane Doe",),
            language="en",
        )
        assert incoming.date_origin == "metadata"

    def test_without(self) -> None:
        text = "# Talks\n\nHe left.\n"
        assert only(read_bytes(text.encode(), "a.markdown", None)) == ArticleInput(text=text)

    @pytest.mark.parametrize("name", ["a.txt", "a.md", "-"])
    def test_a_header_of_plain_lines(self, name: str) -> None:
        text = (
            "Title: Talks\nBy line: none\nSource: The News\nDate: 18 Sept 2023\n"
            "Link: https://example.com/a\nAuthor: Jane Doe\n\nHe left.\n"
        )
        (incoming,) = taken(read_bytes(text.encode(), name, None))
        assert incoming.article == ArticleInput(
            text=text,
            title="Talks",
            url="https://example.com/a",
            published="18 Sept 2023",
            source="The News",
            authors=("Jane Doe",),
        )
        assert incoming.date_origin == "metadata"

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            (
                "---\ntitle: [broken\n---\n\nHe left.",
                "its front matter cannot be read (line 2, 'title: [broken')" + MEND,
            ),
            (
                "---\ntitle: Talks\nHe left.\n---\n",
                "its front matter cannot be read (line 3, 'He left.')" + MEND,
            ),
            (
                "---\ntitle: Talks\n\n",
                "its front matter cannot be read (no line --- ends it)" + MEND,
            ),
        ],
    )
    def test_what_is_broken_is_refused(self, text: str, reason: str) -> None:
        for name in ("a.md", "a.txt"):
            assert refused(read_bytes(text.encode(), name, None)) == [f"{name}: {reason}"]

    @pytest.mark.parametrize(
        "text",
        [
            "---\ntags: [a,\n  b]\ntitle: [VIDEO] Talks\n---\n\nHe left.",
            "---\nHe left.\n",
            "---\n\nHe left.\n---\nShe stayed.",
        ],
    )
    def test_what_is_not_broken(self, text: str) -> None:
        assert only(read_bytes(text.encode(), "a.md", None)).text == text


LINKED = '<script type="application/ld+json">%s</script>'


class TestHtml:
    def test_page(self) -> None:
        article = only(read_bytes(PAGE.encode(), "a.html", None))
        assert article == ArticleInput(
            text=PAGE_TEXT,
            title="Blinken meets Han",
            url="https://example.com/a",
            published="2023-09-18T14:05:00Z",
            source="The News",
            authors=("Jane Doe",),
            language="en-GB",
        )

    @pytest.mark.parametrize(
        ("head", "published"),
        [
            ('<meta property="article:published_time" content="2023-09-18T00:00Z">',) * 2,
            ("<time datetime='2023-09-18'>yesterday</time>", "2023-09-18"),
            ("<time pubdate>18 September 2023</time>", "18 September 2023"),
            (
                "<p class=date>May 1, 2026<article><span class=pub-date>Sept. 18, 2023</span>",
                "Sept. 18, 2023",
            ),
            (f"<article>{'<p>Rain. ' * 4}<span class=date>Sept. 18, 2023</span>", None),
            ('<meta name="date" content="18 Sept 2023">', "18 Sept 2023"),
            ('<meta name="date" content="soon"><time datetime="2021">', "2021"),
            ('<meta name="date" content="1970-01-01T00:00Z"><time datetime="2021">', "2021"),
            ('<script type="application/ld+json">{not json</script>', None),
            ('<script type="application/ld+json">' + "[" * 5_000 + "</script>", None),
        ],
        ids=range(10),
    )
    def test_published(self, head: str, published: str | None) -> None:
        article = only(read_bytes(f"<html>{head}<p>He left.".encode(), "a.htm", None))
        assert article.published == ("2023-09-18T00:00Z" if published == head else published)

    @pytest.mark.parametrize(
        ("head", "title"),
        [
            ("<title> A\n title </title><h1>B</h1>", "B"),
            ("<title>A &amp; B</title>", "A & B"),
            ('<meta property="og:title" content="A &amp;amp;amp; B">', "A & B"),
            (
                LINKED % '{"@type":"NewsArticle","headline":"Merrow OK&#8217;s homes"}',
                "Merrow OK’s homes",
            ),
            ("", None),
        ],
    )
    def test_title(self, head: str, title: str | None) -> None:
        assert only(read_bytes(f"{head}<p>He left.".encode(), "a.html", None)).title == title

    def test_a_raised_figure_stays_apart_from_the_number_before_it(self) -> None:
        page = "<p>In 2019<sup>3</sup> 10<sup><i>6</i></sup> came on the 5<sup>th</sup>."
        read = only(read_bytes(page.encode(), "a.html", None))
        assert read.text == "In 2019³ 10⁶ came on the 5th."

    def test_useless_addresses_of_a_page_are_left_out(self) -> None:
        page = '<link rel=canonical href="/a"><meta property="og:url" content="javascript:x"><p>Hi.'
        assert only(read_bytes(page.encode(), "a.html", None)).url is None

    @pytest.mark.parametrize("tag", ["div", "b", "p", "article", "table", "svg", "a", "ul><li"])
    def test_ten_thousand_nested_tags(self, tag: str) -> None:
        page = f"<{tag}>" * 10_000 + "<p>He left."
        assert list(read_bytes(page.encode(), "a.html", None))

    def test_ten_thousand_scripts(self) -> None:
        page = "<script>x</script>" * 10_000 + "<script>" * 10_000 + "</script><p>He left."
        assert only(read_bytes(page.encode(), "a.html", None)).text == "He left."

    @pytest.mark.parametrize(
        ("page", "reason"),
        [
            ("<div>" * 300_000, "is HTML nested too deeply"),
            ("<p>" + "".join(f"<b id={n}>" for n in range(3_000)), "is HTML nested too deeply"),
            ("<p " + " ".join(f"a{n}=1" for n in range(100_000)) + ">", "is HTML with too many"),
            ('<!-- <a b=" --><p ' + "a=1 " * 20_000 + '">', "is HTML with too many"),
            ("<i>x</i>" * 40_000, "has over 30,000 elements"),
        ],
        ids=["elements", "formatting", "attributes", "after a comment", "elements in a row"],
    )
    def test_what_would_take_the_parser_minutes(self, page: str, reason: str) -> None:
        (refusal,) = refused(read_bytes(page.encode(), "a.html", None))
        assert refusal.startswith(f"a.html: {reason}")


class TestSniffing:
    @pytest.mark.parametrize(
        ("data", "text"),
        [
            (b"He left.", "He left."),
            (b'\n {"text": "He left."}\n', "He left."),
            (b'{\n"text": "He left."\n}', "He left."),
            (b'[{"text": "He left."}]', "He left."),
            (b"[Applause] He left.", "[Applause] He left."),
            (b"{He} left.", "{He} left."),
            (b"  <!doctype HTML><p>He left.", "He left."),
            (b"<p>He left.", "He left."),
            (b"<Reuters> He left.", "<Reuters> He left."),
        ],
    )
    @pytest.mark.parametrize("name", ["-", "stdin", "", "message.unknown"])
    def test_bytes_without_a_known_suffix(self, data: bytes, text: str, name: str) -> None:
        (incoming,) = taken(read_bytes(data, name, None))
        assert (incoming.article.text, incoming.origin) == (text, None)

    @pytest.mark.parametrize("name", ["story", "story.php", "story.txt"])
    def test_a_file_whose_suffix_says_nothing(self, tmp_path: Path, name: str) -> None:
        (tmp_path / name).write_text(f"{PAGE}<!--{'x' * 1_000}-->")
        (page,) = taken(read_paths([tmp_path / name], max_bytes=1_000))
        assert (page.article.text, page.path) == (PAGE_TEXT, str(tmp_path / name))
        (tmp_path / name).write_text('{"text": "He left."}\n' * 100)
        assert len(taken(read_paths([tmp_path / name], max_bytes=100))) == 100

    def test_front_matter(self) -> None:
        assert only(read_bytes(b"---\ntitle: Talks\n---\nHe left.", "-", None)).title == "Talks"

    def test_a_date_that_is_none_costs_the_date_and_not_the_article(self) -> None:
        data = b"---\npublished: 2023-13-45\n---\nHe left."
        (found,) = taken(read_bytes(data, "a.md", None))
        assert (found.published, found.article.published) == (None, None)
        assert found.warnings == (
            "its date '2023-13-45' is not understood; use YYYY-MM-DD, 1500 to 2100",
        )

    def test_a_post_that_is_no_draft_is_dated_by_its_name(self) -> None:
        data = b"---\ntitle: Talks\npublished: true\n---\nHe left."
        (found,) = taken(read_bytes(data, "2023-09-18-talks.md", None))
        assert (found.article.published, found.warnings) == ("2023-09-18", ())

    def test_binary(self) -> None:
        assert refused(read_bytes(b"\x89PNG\r\n", "-", None)) == [
            "-: looks like a PNG image, not text"
        ]


class TestFields:
    @pytest.mark.parametrize(
        ("fields", "reason"),
        [
            ({"id": "x" * 501}, "its id is over 500 characters; shorten it"),
            ({"text": "\u200b…"}, "is empty: there is no word in its text"),
        ],
    )
    def test_refused(self, fields: dict[str, object], reason: str) -> None:
        article = ArticleInput.model_validate({"text": "He left.", **fields}, strict=False)
        with pytest.raises(InputError) as caught:
            accept(article, None, "a.txt")
        assert str(caught.value).startswith(reason)

    @pytest.mark.parametrize(
        ("fields", "warning"),
        [
            ({"title": "x" * 501}, "its title is over 500 characters; shorten it"),
            ({"source": "x" * 501}, "its source is over 500 characters; shorten it"),
            ({"authors": ["x" * 501]}, "its author is over 500 characters; shorten it"),
            ({"url": "https://example.com/" + "x" * 2_000}, "its url is over 2,000 characters"),
            ({"url": "javascript:alert(1)"}, "its url is no web address"),
            ({"url": "https://exa mple.com"}, "its url is no web address"),
            ({"url": "https://example.com/\u202egpj"}, "its url is no web address"),
            ({"url": "https://example.com/\na"}, "its url is no web address"),
            ({"url": "https://"}, "its url is no web address"),
            ({"url": "https://[::1"}, "its url is no web address"),
            (
                {"published": "soon"},
                "its date 'soon' is not understood; use YYYY-MM-DD, 1500 to 2100",
            ),
        ],
    )
    def test_what_is_unusable_is_left_out(self, fields: dict[str, object], warning: str) -> None:
        article = ArticleInput.model_validate({"text": "He left.", **fields}, strict=False)
        incoming = accept(article, None, "a.txt")
        assert incoming.article == ArticleInput(text="He left.")
        assert [told.startswith(warning) for told in incoming.warnings] == [True]

    def test_a_field_that_is_unusable_costs_no_other(self) -> None:
        names, url = ("Ida Berg", "x" * 501, "Ole Lund"), "https://post.example/a"
        incoming = accept(ArticleInput(text="He left.", authors=names, url=url), None, "a.txt")
        assert (incoming.article.authors, incoming.article.url) == (("Ida Berg", "Ole Lund"), url)

    def test_tidied(self) -> None:
        article = ArticleInput(text="He\r\nleft.", title=" A\nB\x00 ", id=" ", url="", source="")
        assert accept(article, None, "a").article == ArticleInput(text="He\nleft.", title="A B")

    def test_a_title_that_cannot_be_seen_is_none(self) -> None:
        article = ArticleInput(text="He left.", title="\u202e\u2066 ")
        assert accept(article, None, "a").article.title is None
