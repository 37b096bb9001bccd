"""Front matter as the programs that write notes and sites have it."""

import pytest

from index.reading.files import read_bytes
from index.reading.front_matter import front_matter
from index.reading.head import read_head
from index.types import Incoming, SentenceKind
from tests.index.reading.outcomes import taken

URL = "https://post.example/ferry"
BODY = "The ferry will stop in the autumn.\n"


def read(matter: str, name: str = "note.md") -> Incoming:
    (incoming,) = taken(read_bytes(f"{matter}\n{BODY}".encode(), name, None))
    parsed = read_head(incoming.article.text, None, None).sentences
    quotes = [incoming.article.text[s.start : s.end] for s in parsed if s.kind is SentenceKind.BODY]
    assert quotes == [BODY.strip()]
    return incoming


@pytest.mark.parametrize(
    "matter",
    [
        ('+++\ntitle = "Ferry stops"\ndate = 2024-03-05\ncanonicalURL = "https://post.example/ferry"'
        '\nauthors = ["Ida Berg"]\ntags = ["sea"]\n[params]\nx = 1\n+++'),
        (f'---\ntitle: "Ferry stops"\nsource: "{URL}"\nauthor:\n  - "[[Ida Berg]]"\n'
        "published: 2024-03-05\ncreated: 2025-01-01\n---"),
        f"---\ntitle: Ferry stops\ndate_published: 2024-03-05\nurl: {URL}\nauthor: Ida Berg\n---",
        (f"---\n# written by a script\ntitle: Ferry stops  # final\ndate: 2024-03-05 # checked\n"
        f"url: {URL}\nauthor: 'Ida Berg' # herself\n---"),
        (f"---\ntitle: Ferry stops\nurl: /ferry/\nsource: {URL}\npublishedAt: 2024-03-05\n"
        "author: '[[people/ida|Ida Berg]]'\n---"),
    ],
    ids=["hugo", "web clipper", "ghost", "comments", "gatsby"],
)  # fmt: skip
def test_fields(matter: str) -> None:
    article = read(matter).article
    assert (article.title, article.published) == ("Ferry stops", "2024-03-05")
    assert (article.url, article.source, article.authors) == (URL, None, ("Ida Berg",))


def test_when_a_page_was_clipped_is_not_when_it_was_published() -> None:
    matter = f"---\ncreated: 2025-02-01T10:00:00 (UTC +01:00)\nsource: {URL}\n---\n\n> ## Excerpt\n"
    incoming = read(matter)
    assert (incoming.article.published, incoming.article.url) == (None, URL)
    assert not incoming.warnings


@pytest.mark.parametrize("template", ["{{date}}", "<% tp.date.now() %>", "{% now %}"])
def test_a_template_that_nothing_has_filled(template: str) -> None:
    incoming = read(f"---\ntitle: Ferry stops\ndate: {template}\nauthor: {template}\n---")
    assert (incoming.article.published, incoming.article.authors) == (None, ())
    assert incoming.warnings == (
        f"its date {template!r} is not understood; use YYYY-MM-DD, 1500 to 2100",
    )


def test_the_date_of_a_posts_file_name() -> None:
    name = "2024-03-05-ferry-stops.md"
    assert read("---\nlayout: post\n---", name).article.published == "2024-03-05"
    assert read("---\ndate: 2024-03-07\n---", name).article.published == "2024-03-07"
    assert read("---\nlayout: post\n---", "2024-03-05-1.md").article.published is None


@pytest.mark.parametrize("rule", ["+++\nnot = = toml\n+++\n", "+++\n+++\n"])
def test_what_is_no_toml_is_text(rule: str) -> None:
    (incoming,) = taken(read_bytes(f"{rule}{BODY}".encode(), "a.md", None))
    assert front_matter(incoming.article.text) is None
