"""Bytes to text, and text to the text that is stored.

Whatever is quoted must be found in the file as its owner wrote it, so `normalise` changes as
little as it can: zero-width, bidirectional and combining characters all stay.
"""

import codecs
import re

# Form feed, vertical tab, NEL and the two Unicode separators end a line, as in str.splitlines.
_LINE_END = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_UNSTORABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")

# Terminal commands: colours, cursor, titles, links, alphabets. They are taken out whole, so that
# their letters do not stay as words.
_TERMINAL = re.compile(
    "\x1b(?:\\[[0-?]*[ -/]*[@-~]|[\\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\\\)|[()][0AB])"
)

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark begins it
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_SIGNATURES = (  # https://en.wikipedia.org/wiki/List_of_file_signatures
    (b"PK\x03\x04", "a ZIP archive"),
    (b"%PDF-", "a PDF"),
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF87a", "a GIF image"),
    (b"GIF89a", "a GIF image"),
    (b"\x7fELF", "an executable"),
    (b"MZ\x90\x00", "an executable"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"{\\rtf", "an RTF document"),
)

_DECLARATION_BYTES = 4_096
_DECLARATION = re.compile(
    rb"""<(?:meta\b[^>]{0,200}?\bcharset|\?xml\b[^>]{0,100}?\bencoding)\s*=\s*["']?\s*([\w.:-]{2,40})""",
    re.IGNORECASE,
)
_AS_BROWSERS_DO = {  # https://encoding.spec.whatwg.org/#names-and-labels
    "iso-8859-1": "cp1252", "latin1": "cp1252", "ascii": "cp1252", "us-ascii": "cp1252",
    "iso-8859-9": "cp1254", "tis-620": "cp874", "iso-8859-11": "cp874", "windows-874": "cp874",
    "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "big5": "big5hkscs",
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932",
    "windows-31j": "cp932", "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "x-euc-jp": "euc_jp",
    "windows-949": "cp949", "x-windows-949": "cp949", "unicode": "utf-8",
}  # fmt: skip
_CODE_PAGE = re.compile(r"\A(?:x-)?(?:windows|win|cp)[-_]?(?=\d)")
_ESCAPING = frozenset(["iso2022_jp", "hz"])  # these are written in ASCII, which is UTF-8 too
_CHARS_A_FAULT = 200

_SAMPLE = 65_536
_CONTROL_BYTES = bytes({*range(0x20), 0x7F} - set(b"\t\n\v\f\r\x1b"))
_MAX_CONTROL_SHARE = 0.05  # a random byte is one of these in a tenth of cases


def normalise(raw: str) -> str:
    """Return ``raw`` as it is stored: one kind of line end, nothing that cannot be stored."""
    return _UNSTORABLE.sub("", _TERMINAL.sub("", _LINE_END.sub("\n", raw))).lstrip("\ufeff")


def decode(data: bytes, declared: str | None = None) -> str:
    """Read bytes as text; raise ValueError, with what is wrong, for what is no text.

    A charset that is ``declared`` counts where the bytes do not show theirs: pages are often
    UTF-8 that say otherwise.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _decode_as(data, encoding)
    if kind := _signature(data):
        raise ValueError(f"looks like {kind}, not text")
    if utf16 := _bare_utf16(data[:_SAMPLE]):
        return _decode_as(data, utf16)
    # No text has a NUL, and without it the words on either side would be one.
    sample = data[:_SAMPLE]
    controls = len(sample) - len(sample.translate(None, _CONTROL_BYTES))
    if b"\x00" in data or controls > _MAX_CONTROL_SHARE * len(sample):
        raise ValueError("looks like binary data, not text")
    codec = _codec(declared)
    if codec in _ESCAPING and (text := _decode_declared(data, codec)):
        return text
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _decode_declared(data, codec) or _decode_legacy(data, error.start)


def declared_charset(page: bytes) -> str | None:
    """Return the charset that a web page or an XML file names in its first lines."""
    match = _DECLARATION.search(page[:_DECLARATION_BYTES])
    return match[1].decode("ascii") if match else None


def _codec(declared: str | None) -> str | None:
    """Return Python's name for a charset, as browsers understand it, if it is one of text."""
    name = (declared or "").strip().lower()
    name = _AS_BROWSERS_DO.get(name) or _CODE_PAGE.sub("cp", name)
    try:
        codec = codecs.lookup(name).name
        b"".decode(codec)
    except (LookupError, ValueError):  # not known, or not of text
        return None
    return None if codec.startswith(("utf-16", "utf-32", "utf-7")) else codec


def _decode_declared(data: bytes, codec: str | None) -> str | None:
    """Read bytes as declared, unless more than a few of them are wrong then."""
    if codec is None:
        return None
    text = data.decode(codec, errors="replace")
    return text if text.count("\ufffd") * _CHARS_A_FAULT <= len(text) else None


def _decode_as(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        name = encoding.removesuffix("-sig").upper()
        raise ValueError(f"is damaged {name} (byte {error.start:,}); save it as UTF-8") from error


def _decode_legacy(data: bytes, first_bad_byte: int) -> str:
    """Read what is not UTF-8 as Windows-1252, unless it is broken UTF-8 or binary."""
    lenient = data.decode("utf-8", errors="replace")
    broken = lenient.count("\ufffd")
    if sum(map(len, re.findall("[^\x00-\x7f\ufffd]+", lenient))) > broken:
        raise ValueError(f"is damaged UTF-8 (byte {first_bad_byte:,}); save it as UTF-8 again")
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise ValueError("is in an unknown encoding; save it as UTF-8") from error


def _signature(data: bytes) -> str | None:
    if data[:4] == b"RIFF" and data[8:12] in {b"WEBP", b"WAVE", b"AVI "}:
        return "an image or a recording"
    if data[4:8] == b"ftyp":
        return "a video"
    return next((kind for magic, kind in _SIGNATURES if data.startswith(magic)), None)


def _bare_utf16(sample: bytes) -> str | None:
    """Name the UTF-16 whose byte order shows: every second byte of Latin text is NUL."""
    units = len(sample) // 2
    low, high = sample[0::2].count(0), sample[1::2].count(0)
    if units and high > 0.7 * units and low < 0.05 * units:
        return "utf-16-le"
    if units and low > 0.7 * units and high < 0.05 * units:
        return "utf-16-be"
    return None
