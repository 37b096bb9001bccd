"""``show``: versions of an article, and citations of one that has changed."""

import pytest

from tests.conftest import Program

OLD = "The museum of Grell opens at nine. Entry is free on Sundays. Guided tours take an hour."
NEW = "The museum of Grell opens at ten. Entry is free on Sundays. A café is planned. Dogs wait."


@pytest.fixture
def museum(empty: Program) -> Program:
    for text, title in ((OLD, "The museum"), (NEW, "The museum, amended")):
        line = f'{{"id": "museum", "title": "{title}", "text": "{text}"}}\n'
        assert empty("add", "-", stdin=line.encode()).returncode == 0
    return empty


def test_history_says_what_each_version_changed(museum: Program) -> None:
    lines = museum("show", "museum", "--history").stdout.splitlines()
    assert [line for line in lines if line.startswith("version")] == [
        "version 1 The museum",
        "version 2 The museum, amended",
    ]
    assert lines[3].endswith("3 sentences added, 2 sentences removed, another title")
    assert lines[5:] == [
        "- The museum of Grell opens at nine.",
        "+ The museum of Grell opens at ten.",
        "- Guided tours take an hour.",
        "+ A café is planned.",
        "+ Dogs wait.",
    ]
    first, second = museum.json("show", "museum", "--history")["versions"]
    assert (first["version"], first["added"], first["removed"]) == (1, [], [])
    assert second["removed"] == ["The museum of Grell opens at nine.", "Guided tours take an hour."]
    assert second["fields"] == ["title"]


def test_a_version_is_shown_as_it_was(museum: Program) -> None:
    shown = museum.json("show", "museum", "--version", "1")
    assert (shown["text"], shown["title"], shown["version"]) == (OLD, "The museum", 1)
    assert (shown["newest"], "has changed since" in shown["changed"]) == (2, True)
    assert "changed" not in museum.json("show", "museum")
    done = museum("show", "museum", "--version", "9")
    assert (done.returncode, "has no version 9" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    ("place", "version", "told", "quote"),
    [
        # A sentence of the first version only, looked up as it was printed then.
        (
            "0-34",
            None,
            "version 2 no longer says what version 1 said.",
            "The museum of Grell opens at nine.",
        ),
        ("61-87", None, "version 2 no longer says what version 1 said.", "Guided tours"),
        ("35-60", "1", "version 2 still says what version 1 said.", "Entry is free"),
        ("34-59", None, "", "Entry is free"),
    ],
)
def test_a_citation_of_an_article_that_has_changed_says_so(
    museum: Program, place: str, version: str | None, told: str, quote: str
) -> None:
    named = ["--version", version] if version else []
    done = museum("show", "museum", "--at", place, *named)
    assert done.returncode == 0, done.stderr
    assert ("This article has changed since: " + told in done.stdout) is bool(told)
    assert f"»{quote}" in done.stdout


def test_other_words_at_the_same_place_are_told_of(empty: Program) -> None:
    for count in ("40", "55"):
        line = f'{{"id": "dam", "text": "The dam holds {count} tonnes. It rained."}}\n'
        empty("add", "-", stdin=line.encode())
    done = empty("show", "dam", "--at", "0-24")
    assert "version 1 said here: “The dam holds 40 tonnes.”" in done.stdout
    assert "»The dam holds 55 tonnes.«" in done.stdout


def test_history_goes_alone(museum: Program) -> None:
    assert museum("show", "museum", "--history", "--at", "0-5").returncode == 2


def test_ask_as_of_a_day(museum: Program) -> None:
    done = museum("ask", "--as-of", "2001-01-01", "when", "does", "the", "museum", "open")
    assert done.returncode == 3
    assert "As of the end of 2001-01-01, UTC; added since: 1, changed: 0." in done.stdout
    answer = museum.json("ask", "--as-of", "2999-01-01", "when does the museum of Grell open")
    assert {one["version"] for one in answer["citations"]} == {2}
    printed = museum("ask", "when does the museum of Grell open").stdout
    assert "dateline show museum --version 2 --at" in printed
