"""Letters and saved pages: all of what they say is read, or they are refused in a sentence."""

from email.message import EmailMessage

import pytest

from index.types import ArticleInput
from tests.index.reading.outcomes import only, why_not
from tests.index.reading.test_documents import LEAD, MORE, TEXT, URL


class TestMail:
    def letter(self, *, html_only: bool = False) -> EmailMessage:
        letter = EmailMessage()
        letter["From"] = "The Post <news@post.example>"
        letter["Subject"] = "Færgen stopper"
        letter["Date"] = "Tue, 5 Mar 2024 10:00:00 +0100 (CET)"
        letter.set_content(TEXT, charset="iso-8859-1")
        before = '<div style="display:none">Read it now</div>' if html_only else ""
        html = f"<html><body>{before}<p>{LEAD}</p><p>{MORE}</p></body></html>"
        if html_only:
            letter.set_content(html, subtype="html")
        else:
            letter.add_alternative(html, subtype="html")
            letter.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="a.png")
        return letter

    @pytest.mark.parametrize("html_only", [False, True])
    def test_a_letter(self, html_only: bool) -> None:
        article = only(self.letter(html_only=html_only).as_bytes(), "a.eml")
        assert article.text.strip() == TEXT
        assert (article.title, article.source) == ("Færgen stopper", "The Post")
        assert article.published == "Tue, 05 Mar 2024 10:00:00 +0100"

    @pytest.mark.parametrize(
        ("words", "title"), [("For you.", "Færgen stopper"), (f"{TEXT}\n" * 40, "Fwd: ferry")]
    )
    def test_a_letter_that_is_passed_on_as_an_attachment(self, words: str, title: str) -> None:
        outer = EmailMessage()
        outer["From"] = "Jo <jo@home.example>"
        outer["Subject"] = "Fwd: ferry"
        outer.set_content(words)
        outer.add_attachment(self.letter())
        article = only(outer.as_bytes(), "a.eml")
        assert (article.title, article.text.count(MORE)) == (title, max(1, words.count(MORE)))

    def test_what_is_attached_in_vain_costs_nothing(self) -> None:
        empty = b"--a\nContent-Type: message/rfc822\n\n--a--\n"
        outer = b"Subject: Ferry\nContent-Type: multipart/mixed; boundary=a\n\n--a\n\n"
        assert only(outer + LEAD.encode() + b"\n" + empty, "a.eml").title == "Ferry"

    def mixed(self, *parts: tuple[str, str]) -> EmailMessage:
        letter = EmailMessage()
        letter["Subject"] = "Ferry stops"
        letter.make_mixed()
        for kind, text in parts:
            part = EmailMessage()
            part.set_content(text, subtype=kind)
            letter.attach(part)
        return letter

    def test_the_parts_of_a_letter_are_joined(self) -> None:
        footer = "_____\nNews mailing list"
        letter = self.mixed(("html", f"<p>{LEAD}</p>"), ("css", "p {}"), ("plain", footer))
        letter.add_attachment("Not said.", filename="a.txt")
        assert only(letter.as_bytes(), "a.eml").text == f"{LEAD}\n\n{footer}"
        letter = self.mixed(("plain", LEAD), ("plain", MORE))
        assert only(letter.as_bytes(), "a.eml").text == TEXT

    @pytest.mark.parametrize("words", [TEXT, "View this email in your browser"])
    def test_of_two_versions_the_plain_one_is_read_unless_it_is_none(self, words: str) -> None:
        letter = EmailMessage()
        letter.set_content(words)
        html = f"<p>{LEAD}</p><p>{MORE}</p><p>Unsubscribe</p>"
        letter.add_alternative(html, subtype="html")
        picture = {"maintype": "image", "subtype": "png", "cid": "a"}
        letter.get_payload()[1].add_related(b"PNG", **picture)  # type: ignore[index,union-attr]
        expected = TEXT if words == TEXT else f"{TEXT}\n\nUnsubscribe"
        assert only(letter.as_bytes(), "a.eml").text == expected

    def test_of_attachments_only(self) -> None:
        letter = self.mixed()
        letter.add_attachment(TEXT, filename="a.txt")
        assert why_not(letter.as_bytes(), "a.eml").startswith("has no text: it is no e-mail, or")

    def test_a_saved_page(self) -> None:
        page = EmailMessage()
        page["Snapshot-Content-Location"] = URL
        page["Subject"] = "Ferry stops"
        page["Date"] = "Wed, 1 Jan 2025 10:00:00 +0000"
        body = f"<nav>Home</nav><article><p>{LEAD}</p><p>{MORE}</p></article>"
        page.add_related(f"<html><body>{body}</body></html>", subtype="html")
        article = only(page.as_bytes(), "a.mhtml")
        assert article == ArticleInput(text=TEXT, title="Ferry stops", url=URL)

    @pytest.mark.parametrize(
        "data",
        [
            b"Content-Type: image/png\n\nx",
            b"Content-Type: text/plain; charset=\xff\n\n",
            b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\n" * 5_000,
            b"".join(b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (n, n)
                     for n in range(2_000)),
        ],
        ids=["no text", "bad charset", "empty parts", "nested"],
    )  # fmt: skip
    def test_what_is_none(self, data: bytes) -> None:
        assert why_not(data, "a.eml")
