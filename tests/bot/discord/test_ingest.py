"""What ``/manage add`` does with files, in a corpus as it really is."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.discord import ingest
from bot.discord.ingest import Download
from bot.discord.servers import Server, WriteProgress
from bot.settings import Settings
from index import InputError, RefusedArticle
from tests.bot.discord.fakes import StubEngine, StubHome

DERNA = b"Floods swept Derna on Monday. Some 5,300 people were killed."
MENDED = b"Floods swept Derna on Monday. Some 11,300 people were killed."


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(StubHome(tmp_path), 7, StubEngine)


def add(server: Server, *files: Download, settings: Settings = Settings(), **given: str) -> str:  # noqa: B008 - frozen
    """What the card says."""
    items = ingest.articles_in(files, given)
    card = ingest.add_articles(server, items, WriteProgress("Adding", "articles"), settings)
    return (card.description or "").replace("\\", "")


def titles(server: Server) -> Sequence[str]:
    return sorted(head.title for head in server.own_heads())


def test_a_file_of_the_same_name_updates_its_article(server: Server) -> None:
    assert add(server, ("derna.txt", DERNA), title="Derna").startswith("1 added.")
    assert add(server, ("derna.txt", DERNA), title="Derna").startswith("1 unchanged.")
    told = add(server, ("derna.txt", MENDED), title="Derna, corrected")
    assert told.startswith("1 updated. Now 1 article ")
    assert told.endswith("Updated **Derna, corrected (before: Derna)**")
    (head,) = server.own_heads()
    assert (head.version, server.article(head.id).text) == (2, MENDED.decode())
    assert server.last_write == "Updated “Derna, corrected (before: Derna)”"


def test_a_file_of_the_same_name_updates_what_was_added_with_an_address(server: Server) -> None:
    add(server, ("derna.txt", DERNA), url="https://example.com/derna")
    assert add(server, ("derna.txt", MENDED)).startswith("1 updated. Now 1 article ")
    (head,) = server.own_heads()
    assert head.url == "https://example.com/derna"
    assert server.article(head.id).text == MENDED.decode()


def test_what_of_an_article_could_not_be_understood_is_told_below_the_refusals(
    server: Server,
) -> None:
    dam = b'{"text": "Two dams broke above Derna.", "title": "Dams", "published": "of late"}'
    told = add(server, ("dam.json", dam), ("empty.txt", b""))
    assert told.startswith("1 added, 1 refused.")
    assert told.endswith(
        "-# empty.txt: is empty; there is nothing to add\n\n"
        "-# dam.json: warning: its date 'of late' is not understood; use YYYY-MM-DD, 1500 to 2100"
    )
    many = b'{"text": "Rain.", "published": "?"}\n{"text": "Sun.", "title": "Sun"}'
    assert "-# many.jsonl, “Rain.”: warning: its date '?'" in add(server, ("many.jsonl", many))
    full = Settings(server_articles=1)
    other = ("other.json", dam.replace(b"Two", b"Three"))
    assert "warning" not in add(server, other, settings=full)


def test_a_text_file_is_read_as_what_it_is(server: Server) -> None:
    page = (
        b"<!DOCTYPE html><html><head><title>Flood</title></head><body><p>" + DERNA + b"</p></body>"
    )
    lines = b'{"text": "One rose.", "title": "A"}\n{"text": "Two fell.", "title": "B"}'
    assert add(server, ("page.txt", page), ("daily.txt", lines)).startswith("3 added.")
    assert titles(server) == ["A", "B", "Flood"]


def test_a_file_can_be_given_its_address_later(server: Server) -> None:
    full, file = Settings(server_articles=1), ("derna.txt", DERNA)
    add(server, file)
    told = add(server, file, settings=full, title="Derna", url="https://example.com/derna")
    assert told.startswith("1 updated. Now 1 article ")
    (head,) = server.own_heads()
    assert (head.title, head.url) == ("Derna", "https://example.com/derna")


def test_a_text_is_not_kept_twice_and_a_name_not_used_twice(server: Server) -> None:
    told = add(server, ("a.txt", DERNA), ("b.txt", DERNA), ("a.txt", MENDED))
    assert told.startswith("1 added, 2 refused.")
    assert "-# b.txt: has the same text as “a.txt”" in told
    assert "-# a.txt: has the name of another of these files; rename one of them" in told
    again = add(server, ("c.txt", DERNA))
    assert "-# c.txt: has the same text as “Floods swept Derna on Monday.”" in again
    assert len(titles(server)) == 1


def test_articles_of_one_file_and_pasted_texts_are_known_by_their_text(server: Server) -> None:
    first, second = b'{"text": "One."}\n{"text": "Two."}', b'{"text": "Zero."}\n{"text": "One."}'
    add(server, ("daily.jsonl", first), ("message.txt", b"Pasted."))
    told = add(server, ("daily.jsonl", second), ("message.txt", b"Pasted, too."))
    assert told.startswith("2 added, 1 unchanged.")  # on another line
    assert titles(server) == ["One.", "Pasted, too.", "Pasted.", "Two.", "Zero."]


def test_what_is_refused_keeps_nothing_else_from_being_added(server: Server) -> None:
    large = "**Huge**.txt", RefusedArticle("**Huge**.txt", "has 11.0 MB")
    told = add(server, large, ("a.txt", b"Good."), ("b.txt", b""))
    assert told.startswith("1 added, 2 refused.")
    assert "-# **Huge**.txt: has 11.0 MB" in told
    assert server.last_write == "Added “Good.”; refused **Huge**.txt, b.txt"
    with pytest.raises(InputError, match="There are 2 articles in what you attached, and title"):
        ingest.articles_in([("a.txt", b"A."), ("b.txt", b"B.")], {"title": "x"})


class Ending(WriteProgress):
    """It is ended when twelve are stored."""

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name == "done" and value == 12:
            self.stopped = "Cancelled; what was stored until then is kept."


def test_what_was_stored_when_it_was_ended_is_told(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "BATCH_SENTENCES", 10)
    lines = "\n".join(f'{{"text": "Report {n}."}}' for n in range(50)).encode()
    items = ingest.articles_in([("a.jsonl", lines)], {})
    card = ingest.add_articles(server, items, Ending("Adding", "articles"), Settings())
    stored = len(server.own_heads())
    assert (server.last_write or "").endswith(f"; ended at {stored} of 50")
    assert 12 <= stored <= 33  # while a batch is stored, the next is encoded, and that is kept, too
    assert (card.description or "").startswith(
        f"{stored} added. Now {stored} articles with {stored} sentences. Cancelled; what was "
        f"stored until then is kept. (Adding: {stored} of 50 articles)"
    )


def test_what_could_not_be_ended_any_more_says_so(server: Server) -> None:
    lines = "\n".join(f'{{"text": "Report {n}."}}' for n in range(13)).encode()
    items = ingest.articles_in([("a.jsonl", lines)], {})
    card = ingest.add_articles(server, items, Ending("Adding", "articles"), Settings())
    assert "13 sentences. It was done before it could be cancelled." in (card.description or "")
