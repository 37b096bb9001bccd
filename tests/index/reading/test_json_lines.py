"""JSON lines and arrays of articles: all are read, what is wrong is refused by its line."""

import io
import json
from pathlib import Path

import pytest

from index.reading import files
from index.reading.files import read_bytes, read_paths, read_stream
from index.types import ArticleInput, Incoming
from tests.index.reading.outcomes import refused, taken


class TestJsonLines:
    LINES = (
        b'\xef\xbb\xbf{"text": "One.", "title": "A", "authors": ["Jane"], "extra": 1}\n'
        b"\n"
        b'{"text": 1}\r\n'
        b"{bad\n"
        b"[1]\n"
        b'{"title": "B"}\n'
        b'{"text": "Two.", "published": "99999"}\n'
        b'{"text": "Three.", "url": "ftp://example.com"}\n'
        b'{"text": "Caf\xc3\xa9 Zo\xc3\xab \xff"}\n'
        b'{"text": "Last.", "published": "2023-09-18"}'
    )

    def test_lines(self, tmp_path: Path) -> None:
        path = tmp_path / "file.jsonl"
        path.write_bytes(self.LINES)
        items = list(read_paths([path]))
        articles = [item for item in items if isinstance(item, Incoming)]
        assert [incoming.article for incoming in articles] == [
            ArticleInput(text="One.", title="A", authors=("Jane",)),
            ArticleInput(text="Two."),
            ArticleInput(text="Three."),
            ArticleInput(text="Last.", published="2023-09-18"),
        ]
        assert [incoming.warnings for incoming in articles] == [
            (),
            ("its date '99999' is not understood; use YYYY-MM-DD, 1500 to 2100",),
            ("its url is no web address: 'ftp://example.com'",),
            (),
        ]
        assert articles[3].path == f"{path}:10"
        assert articles[3].label == f"{path}, line 10"
        assert [reason.removeprefix(f"{path}, ") for reason in refused(items)] == [
            'line 3: its "text" is not a text',
            "line 4: is not valid JSON; check its quotes, commas and brackets",
            "line 5: is not a JSON object",
            'line 6: has no "text"; its fields are title',
            "line 9: is not valid JSON; check its quotes, commas and brackets",
        ]

    def test_a_line_too_long_is_passed_over(self) -> None:
        data = b'{"text": "' + b"x" * 500 + b'"}\n{"text": "Short."}\n'
        items = list(read_bytes(data, "a.ndjson", None, max_bytes=600))
        assert len(taken(items)) == 2
        too_long, short = list(files._json_lines(io.BytesIO(data), "a", None, 100))
        assert str(too_long) == "a, line 1: is longer than 100 bytes; split the article"
        assert isinstance(short, Incoming)

    def test_lines_may_be_longer_together_than_a_file_may(self, tmp_path: Path) -> None:
        path = tmp_path / "a.jsonl"
        path.write_text('{"text": "He left."}\n' * 100)
        assert len(taken(read_paths([path], max_bytes=50))) == 100
        data = path.read_bytes()
        for name in ("a.jsonl", "unnamed"):
            assert len(taken(read_bytes(data, name, None, max_bytes=50))) == 100
        assert len(taken(read_stream(io.BytesIO(data), "-", max_bytes=50))) == 100

    def test_lines_of_a_stream_are_read_as_they_come(self) -> None:
        file = io.BytesIO(b'{"text": "One."}\nno\n{"text": "Three."}\n')
        items = read_stream(file, "-")
        assert taken([next(items)])[0].label == "-, line 1"
        assert file.tell() < 20
        assert refused([next(items)])[0].startswith("-, line 2: is not valid JSON")
        assert taken(items)[0].label == "-, line 3"

    @pytest.mark.parametrize("text", ['{\n"text": "He left."\n}', "He left.\nAnd came back."])
    def test_a_stream_of_one_article(self, text: str) -> None:
        data = text.encode()
        (found,) = taken(read_stream(io.BytesIO(data), "-", max_bytes=len(data)))
        assert found.article.text.startswith("He left.")
        file = io.BytesIO(data + b" " * 1_000)
        assert refused(read_stream(file, "-", max_bytes=len(data))) == [
            f"-: is larger than {len(data)} bytes; split it"
        ]
        assert file.tell() == 10 * len(data) + 1  # as much as a page may have

    @pytest.mark.parametrize("data", ['{"text": "He left."}\n'.encode("utf-16"), b"PK\x03\x04\n"])
    def test_lines_that_are_none(self, data: bytes) -> None:
        assert len(refused(read_bytes(data * 9, "a.jsonl", None))) == 1

    def test_a_stream_is_never_cut(self) -> None:
        page = f"<html><script>{'x' * 300}</script><p>He left.</p><p>She stayed.</p>".encode()
        (incoming,) = taken(read_stream(io.BytesIO(page), "-", max_bytes=100))
        assert incoming.article.text == "He left.\n\nShe stayed."
        for data, most in ((page * 4, "1,000"), (b"He left. " * 20, "100")):
            told = refused(read_stream(io.BytesIO(data), "-", max_bytes=100))
            assert told == [f"-: is larger than {most} bytes; split it"]

    def test_lines_in_an_old_encoding(self) -> None:
        data = '{"text": "Café closed."}\n{"text": "He left."}\n'.encode("cp1252")
        found = taken(read_bytes(data, "a.jsonl", None))
        assert [item.article.text for item in found] == ["Café closed.", "He left."]

    def test_one_object(self) -> None:
        data = json.dumps({"text": "He left.", "authors": ["Jane"]}, indent=1).encode("utf-16")
        (incoming,) = taken(read_bytes(data, "a.json", "/a.json"))
        assert incoming.article == ArticleInput(text="He left.", authors=("Jane",))
        assert incoming.origin == "/a.json"

    def test_sizes_are_told_as_people_know_them(self) -> None:
        assert refused(read_bytes(b"x" * 2_000_001, "a.txt", None)) == [
            "a.txt: is larger than 2 MB; split it"
        ]

    def test_array(self) -> None:
        data = json.dumps([{"text": "He left."}, {"text": None}, 3]).encode()
        items = list(read_bytes(data, "a.json", "/a.json"))
        assert isinstance(items[0], Incoming)
        assert items[0].origin == "/a.json:1"
        assert refused(items) == [
            'a.json, item 2: its "text" is not a text',
            "a.json, item 3: is not a JSON object",
        ]

    def test_what_a_parser_says_is_not_passed_on(self) -> None:
        assert refused(read_bytes(b'{"text":\n\n', "a.json", None)) == [
            "a.json: is not valid JSON (line 3); check its quotes, commas and brackets"
        ]
        (found,) = taken(read_bytes(b'{"text": "a", "authors": 3}', "a.json", None))
        assert found.warnings == ('its "authors" is not a list of texts',)

    @pytest.mark.parametrize("data", [b"{", b"3", b'"text"', b"[]", b"[" * 100_000, b"null"])
    def test_refused(self, data: bytes) -> None:
        assert len(refused(read_bytes(data, "a.json", None))) == 1
