"""PDFs, Word documents, tables and feeds: read, or refused in a sentence."""

import io
import zipfile
from collections import Counter
from collections.abc import Callable
from lzma import LZMAError
from pathlib import Path

import feedparser
import pypdf
import pytest

from index.reading.feeds import MAX_ENTRIES, read_feed
from index.reading.files import kinds_of, read_bytes, read_paths
from index.types import ArticleInput
from tests.index.reading.outcomes import only, refused, taken, why_not

LEAD = "The ferry between Torvik and the islands will stop running in the autumn."
MORE = "Nobody has offered to pay for the repairs, which the harbour board puts at six million."
TEXT = f"{LEAD}\n\n{MORE}"
URL = "https://post.example/ferry"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def pdf_of(*pages: list[str]) -> bytes:
    """A PDF with these lines on its pages."""
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {len(pages)}/Kids[{kids}]>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    for number, lines in enumerate(pages):
        shown = "".join(f"({line}) Tj 0 -20 Td " for line in lines)
        content = f"BT /F 12 Tf 50 700 Td {shown}ET"
        objects += [
            (
                f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents {5 + 2 * number} 0 R"
                "/Resources<</Font<</F 3 0 R>>>>>>"
            ),
            f"<</Length {len(content)}>>stream\n{content}\nendstream",
        ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    return (
        out
        + (
            f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer<</Size {size}/Root 1 0 R>>\n"
            f"startxref\n{len(out)}\n%%EOF"
        ).encode()
    )


class TestPdf:
    def test_a_number_alone_is_left_out_at_the_edge_of_a_page_only(self) -> None:
        page = ["Deaths in the harbour since January:", "17", "as the board counts them.", "4"]
        text = only(pdf_of(page), "a.pdf").text
        assert "17" in text
        assert "4" not in text

    def test_lines_are_joined_and_what_every_page_has_is_left_out(self) -> None:
        first = ["The Post, 5 March", "The ferry to the islands will stop run-", "ning in the"]
        second = ["The Post, 5 March", "autumn, said the harbour board today.", "Page 2 of 3"]
        third = ["The Post, 5 March", "Nobody will pay.", "- 3 -"]
        assert only(pdf_of(first, second, third), "a.pdf").text == (
            "The ferry to the islands will stop running in the"
            " autumn, said the harbour board today.\n\nNobody will pay."
        )

    def test_what_browsers_print_around_two_pages_is_left_out(self) -> None:
        above = "5/3/23, 3:04 PM Ferry stops - The Post", "The Post"
        first = [*above, "The vice-", "president of the so-", "called board said the islands"]
        second = [*above, "will get no ferry.", "https://post.example/ferry 2/2"]
        assert only(pdf_of([*first, "https://post.example/ferry 1/2"], second), "a.pdf").text == (
            "The vice-president of the so-called board said the islands will get no ferry."
        )

    def test_it_is_known_where_each_page_begins(self) -> None:
        pages = [["Floods came to the west on Mon-"], ["day, it was said."], [], ["I"], ["Then."]]
        read = only(pdf_of(*pages), "a.pdf")
        assert read.text == "Floods came to the west on Monday, it was said.\n\nI\n\nThen."
        begins = [read.text[at:][:3] for at in read.pages]
        assert begins == ["Flo", "day", "I\n\n", "I\n\n", "The"]

    def test_without_text(self) -> None:
        assert why_not(pdf_of([], []), "a.pdf").startswith("is a PDF of pictures without text")

    @pytest.mark.parametrize("cut", [9, 100, 300])
    def test_damaged(self, cut: int) -> None:
        assert why_not(pdf_of([LEAD])[:cut], "a.pdf").startswith("is a PDF")

    def test_of_many_pages(self) -> None:
        assert why_not(pdf_of(*[["A"]] * 301), "a.pdf") == "is a PDF of over 300 pages; split it"

    def test_encrypted_in_a_way_that_is_not_read(self) -> None:
        keys = "".join(f"/{name}<{'41' * size}>" for name, size in
                       [("O", 48), ("U", 48), ("OE", 32), ("UE", 32), ("Perms", 16)])  # fmt: skip
        filters = "/CF<</StdCF<</CFM/AESV3/Length 32>>>>/StmF/StdCF/StrF/StdCF"
        encrypt = (
            f"/Encrypt<</Filter/Standard/V 5/R 6/Length 256/P -4{keys}{filters}>>/ID[<41><41>]"
        )
        data = pdf_of([LEAD]).replace(b"/Root", encrypt.encode() + b"/Root")
        assert why_not(data, "a.pdf").startswith("is an encrypted PDF; save it without")

    @pytest.mark.parametrize("error", [AssertionError, EOFError, LZMAError, ZeroDivisionError])
    def test_whatever_its_parser_stumbles_over_keeps_nothing_else_out(
        self, error: type[Exception], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "a.pdf").write_bytes(pdf_of([LEAD]))
        (tmp_path / "b.txt").write_text(LEAD)
        monkeypatch.setattr(pypdf.PageObject, "extract_text", raising(error))
        items = list(read_paths([tmp_path]))
        assert refused(items)[0].endswith("a.pdf: is a PDF that is damaged or cannot be read;"
                                          " save its text instead")  # fmt: skip
        assert len(taken(items[1:])) == 1


def raising(error: type[Exception]) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def docx_of(document: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", document)
        core = '<c xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Ferry stops</dc:title></c>'
        archive.writestr("docProps/core.xml", core)
    return packed.getvalue()


class TestWord:
    def test_paragraphs(self) -> None:
        half = len(LEAD) // 2
        runs = f"<w:r><w:t>{LEAD[:half]}</w:t></w:r><w:r><w:t>{LEAD[half:]}</w:t></w:r>"
        more = f"<w:p/><w:p><w:r><w:t>{MORE}</w:t></w:r></w:p>"
        document = f'<w:d xmlns:w="{W}"><w:p>{runs}</w:p>{more}</w:d>'
        assert only(docx_of(document), "a.docx") == ArticleInput(text=TEXT, title="Ferry stops")

    def test_a_raised_figure_stays_apart_from_the_number_before_it(self) -> None:
        style = '<w:rPr><w:vertAlign w:val="superscript"/></w:rPr>'
        runs = f"<w:r><w:t>In 2019</w:t></w:r><w:r>{style}<w:t>3</w:t></w:r>"
        more = f"<w:r><w:t> on the 5</w:t></w:r><w:r>{style}<w:t>th</w:t></w:r>"
        document = f'<w:d xmlns:w="{W}"><w:p>{runs}{more}</w:p></w:d>'
        assert only(docx_of(document), "a.docx").text == "In 2019³ on the 5th"

    def test_a_text_box_is_read_once(self) -> None:
        box = f"<w:txbxContent><w:p><w:r><w:t>{MORE}</w:t></w:r></w:p></w:txbxContent>"
        both = (
            f"<mc:AlternateContent><mc:Choice>{box}</mc:Choice>"
            f"<mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>"
        )
        mc = "http://schemas.openxmlformats.org/markup-compatibility/2006"
        runs = f"<w:r>{both}</w:r><w:r><w:t>{LEAD}</w:t></w:r>"
        document = f'<w:d xmlns:w="{W}" xmlns:mc="{mc}"><w:p>{runs}</w:p></w:d>'
        assert only(docx_of(document), "a.docx").text == TEXT

    def test_an_entity_is_not_resolved(self, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text("Secret.")
        document = (
            f'<!DOCTYPE d [<!ENTITY x SYSTEM "{(tmp_path / "secret").as_uri()}">]>'
            f'<w:d xmlns:w="{W}"><w:p><w:t>He left. &x;</w:t></w:p></w:d>'
        )
        assert only(docx_of(document), "a.docx").text == "He left."

    @pytest.mark.parametrize(
        "data",
        [
            b"PK\x03\x04 no archive",
            docx_of(" " * 30_000_000),
            docx_of("<w:document/>"),
            docx_of(""),
            docx_of('<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa">' + "".join(
                f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 20)) + "]><d>&a19;</d>"),
        ],
        ids=["damaged", "bomb", "empty", "no byte", "entities"],
    )  # fmt: skip
    def test_refused(self, data: bytes) -> None:
        assert "Word document" in why_not(data, "a.docx")


class TestTables:
    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    def test_a_row_is_an_article(self, delimiter: str) -> None:
        names = ["Title", "content", "publish_date", "url", "author", "views"]
        row = ["Ferry stops", f'"{TEXT}"', "2024-03-05", URL, "Ida Berg", "17"]
        data = "\n".join(map(delimiter.join, [names, row])).encode("utf-8-sig")
        assert only(data, "a.tsv" if delimiter == "\t" else "a.csv") == ArticleInput(
            text=TEXT, title="Ferry stops", published="2024-03-05", url=URL, authors=("Ida Berg",)
        )

    def test_a_row_without_a_text_is_refused_and_the_next_read(self) -> None:
        items = list(read_bytes(b"text,title\n,A\nHe left.,B\n", "a.csv", None))
        assert len(refused(items)) == 1
        assert len(items) == 2

    @pytest.mark.parametrize(
        "table",
        ['title, text\nFerry, "He left, today."\n', 'sep=|\r\ntitle|text\nFerry|"He left, today."'],
    )
    def test_blanks_in_the_header_and_excels_first_line(self, table: str) -> None:
        expected = ArticleInput(text="He left, today.", title="Ferry")
        assert only(table.encode(), "a.csv") == expected

    def test_of_many_rows(self) -> None:
        table = b"text\n" + b"a\n" * 100_001
        assert why_not(table, "a.csv") == "is a table of over 100,000 rows; split it"

    def test_without_a_column_of_texts(self) -> None:
        assert "name that column" in why_not(b"a,b\n1,2\n", "a.csv")


class TestFeeds:
    RSS = (
        '<?xml version="1.0"?><rss xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>The Post</title><item>'
        f"<title>Ferry &amp;amp; islands</title><link>{URL}</link><pubDate>Tue, 05 Mar 2024"
        " 10:00:00 GMT</pubDate><dc:creator>Ida Berg</dc:creator><description>Short.</description>"
        f"<content:encoded><![CDATA[<p>{LEAD}</p><p>{MORE}</p>]]></content:encoded></item>"
        "</channel></rss>"
    )
    ATOM = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>The Post</title><entry><title>Ferry &amp;'
        f' islands</title><link rel="self" href="x:y"/><link href="{URL}"/><updated>2024-03-07'
        "</updated><published>Tue, 05 Mar 2024 10:00:00 GMT</published><author><name>Ida Berg"
        f'</name></author><content type="html">&lt;p&gt;{LEAD}&lt;/p&gt;&lt;p&gt;{MORE}</content>'
        "</entry></feed>"
    )

    @pytest.mark.parametrize("feed", [RSS, ATOM])
    @pytest.mark.parametrize("name", ["a.xml", "a.rss", "-"])
    def test_an_entry_is_an_article(self, feed: str, name: str) -> None:
        assert only(feed.encode(), name) == ArticleInput(
            text=TEXT,
            title="Ferry & islands",
            url=URL,
            published="Tue, 05 Mar 2024 10:00:00 GMT",
            source="The Post",
            authors=("Ida Berg",),
        )

    def test_all_entries_of_a_file_are_read(self) -> None:
        item = "<item><description>He left.</description></item>"
        feed = f'<rss version="2.0"><channel>{item * 5_001}</channel></rss>'.encode()
        assert len(taken(read_bytes(feed, "a.xml", None))) == 5_001
        followed = read_feed(feed, most=MAX_ENTRIES)
        assert followed is not None
        assert len(followed.entries) == 5_000

    @pytest.mark.parametrize("error", [ValueError, OverflowError])
    def test_a_feed_that_its_parser_stumbles_over(
        self, error: type[Exception], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(feedparser, "parse", raising(error))
        assert why_not(self.RSS.encode(), "a.xml").startswith("is a feed that is damaged or")

    def test_an_entry_may_have_no_text(self, monkeypatch: pytest.MonkeyPatch) -> None:
        entries = [{"title": None, "content": [{"value": None}]}, {"summary": LEAD}]
        feed = feedparser.FeedParserDict(version="rss20", entries=entries, feed={})
        monkeypatch.setattr(feedparser, "parse", lambda *_, **__: feed)
        items = list(read_bytes(self.RSS.encode(), "a.xml", None))
        assert len(refused(items)) == 1
        assert [item.article.text for item in taken(items[1:])] == [LEAD]

    def test_a_feed_in_utf_16(self) -> None:
        feed = f'<?xml version="1.0" encoding="utf-16"?>{self.ATOM}'
        assert only(feed.encode("utf-16"), "a.xml").text == TEXT

    def test_what_has_no_name_of_a_feed_is_not_parsed(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(feedparser, "parse", raising(AssertionError))
        assert why_not(b"<a><b/></a>", "a.xml").startswith("is XML, but neither a feed")

    def test_other_xml(self) -> None:
        assert why_not(b"<a><b/></a>", "a.xml").startswith("is XML, but neither a feed")
        page = f'<?xml version="1.0"?><html><body><p>{LEAD}</p></body></html>'
        assert only(page.encode(), "a.xml").text == LEAD


@pytest.mark.parametrize("data", [b"WARC/1.0\r\n\r\n", b'<!DOCTYPE lewis SYSTEM "l.dtd">\n'])
def test_archives_are_refused(data: bytes) -> None:
    for name in ("a.warc", "a.txt", "-"):
        assert why_not(data, name).startswith("is ")


class TestFolders:
    def test_what_is_passed_over_is_counted(self, tmp_path: Path) -> None:
        for name in ("a.jpg", "b/c.PNG", "d.zip", "e.txt"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text("He left.")
        skipped = Counter[str]()
        assert len(taken(read_paths([tmp_path], skipped=skipped))) == 1
        assert kinds_of(skipped) == "2 images, 1 .zip"

    def test_a_folder_of_nothing_else_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "a.zip").touch()
        assert refused(read_paths([tmp_path])) == [
            f"{tmp_path}: has no file that can be read, only 1 .zip"
        ]
