"""Bytes to text: what is changed on the way in, what is not, and what is refused."""

import codecs
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.reading.decoding import decode, normalise


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        ("\ufeffFirst.", "First."),
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("a\u2028b\u2029c\fd\x0be\x85f", "a\nb\nc\nd\ne\nf"),
        ("a\x00b\x07c\x1bd\x7fe\x9ff", "abcdef"),
        ("By \x1b[31mJane Roe\x1b[0m\x1b[1;38;5;9m.\x1b[K", "By Jane Roe."),
        ("\x1b]0;a title\x07He \x1b]8;;https://e.org\x1b\\left\x1b]8;;\x1b\\.\x1b(B", "He left."),
        ("\x1b]not ended\nHe left \x1b[", "]not ended\nHe left ["),
        ("\x1b\x1b[31m[31mJane", "[31mJane"),
        ("a\ud83db\ude00", "ab"),
        ("a\tb", "a\tb"),
        ("\x00\ufeffa", "a"),
        ("", ""),
    ],
)
def test_normalise(raw: str, stored: str) -> None:
    assert normalise(raw) == stored


@pytest.mark.parametrize(
    "kept",
    [
        "zero\u200bwidth\u200djoined\ufeffinside",
        "\u202eright to left\u202c",
        "e\u0301 is not é",
        "soft\u00adhyphen and\u00a0space",
        "  double  spaces \n\n\n",
        "“curly” ‘quotes’ … and ﬁ",
        "👩‍👩‍👧 🏳️‍🌈",
    ],
)
def test_normalise_leaves_the_rest_alone(kept: str) -> None:
    assert normalise(kept) == kept


@given(st.text(st.characters()))
def test_normalise_is_idempotent_and_gives_what_can_be_stored(raw: str) -> None:
    stored = normalise(raw)
    assert normalise(stored) == stored
    assert stored.encode("utf-8").decode("utf-8") == stored
    assert not any(unicodedata.category(char) == "Cc" and char not in "\t\n" for char in stored)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
def test_decode_reads_back_utf8(text: str) -> None:
    assert decode(codecs.BOM_UTF8 + text.encode()) == text


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be", "cp1252"]
)
def test_decode_recognises(encoding: str) -> None:
    text = "The “thaw” cost €5: naïve, he said.\r\n"
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"PK\x03\x04\x14\x00", "looks like a ZIP archive, not text"),
        (b"%PDF-1.7\n", "looks like a PDF, not text"),
        (b"\x89PNG\r\n\x1a\n", "looks like a PNG image, not text"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "looks like a JPEG image, not text"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "looks like an image or a recording, not text"),
        (b"\x7fELF\x02\x01\x01", "looks like an executable, not text"),
        (b"\x1f\x8b\x08\x00", "looks like a gzip archive, not text"),
        (b"\x00\x00\x00\x18ftypmp42", "looks like a video, not text"),
        (bytes(range(256)) * 8, "looks like binary data, not text"),
        (b"caf\xe9\x00", "looks like binary data, not text"),
        (b"Hello\x00world. It rained in Oslo.", "looks like binary data, not text"),
        (b"\x81\x8d caf\xe9", "is in an unknown encoding; save it as UTF-8"),
        ("“Quoted.” “".encode()[:-1], "is damaged UTF-8 (byte 14); save it as UTF-8 again"),
        (codecs.BOM_UTF16_LE + b"a\x00b", "is damaged UTF-16 (byte 4); save it as UTF-8"),
    ],
    ids=lambda value: value[:12] if isinstance(value, bytes) else "",
)
def test_decode_says_what_it_is_instead(data: bytes, reason: str) -> None:
    with pytest.raises(ValueError) as caught:
        decode(data)
    assert str(caught.value) == reason


@given(st.binary())
def test_decode_reads_or_refuses_with_a_sentence(data: bytes) -> None:
    reason = ""
    try:
        decode(data)
    except ValueError as error:
        reason = str(error)
    assert reason == "" or reason.startswith(("looks like ", "is damaged ", "is in an unknown "))
