"""The body of an answer, unpacked as it comes and no further than it may be large."""

import zlib
from collections.abc import Iterable

from index.errors import FetchError
from index.web.connection import too_large

_GZIP, _ZLIB, _RAW = 31, 15, -15


def unpacked(chunks: Iterable[bytes], encoding: str, max_bytes: int) -> bytes:
    """Return a body without its content encoding; raises FetchError past ``max_bytes``."""
    if encoding in ("", "identity"):
        return _joined(chunks, max_bytes)
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise FetchError(f"is packed in a way that was not asked for ({encoding[:40]})")
    return _joined(_inflated(chunks, encoding, max_bytes), max_bytes)


def _joined(chunks: Iterable[bytes], max_bytes: int) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > max_bytes:
            raise too_large(max_bytes)
    return bytes(body)


def _inflated(chunks: Iterable[bytes], encoding: str, max_bytes: int) -> Iterable[bytes]:
    """Yield what the chunks unpack to, of each no more than one byte over the maximum."""
    unpacker = None
    try:
        for chunk in filter(None, chunks):
            if unpacker is None:
                # "deflate" is zlib's format by the standard, and bare with some servers.
                zipped = _ZLIB if chunk[0] & 15 == 8 else _RAW
                unpacker = zlib.decompressobj(_GZIP if "gzip" in encoding else zipped)
            yield unpacker.decompress(chunk, max_bytes + 1)
    except zlib.error as error:
        raise FetchError("is packed, and damaged") from error
    if unpacker and not unpacker.eof:
        raise FetchError("ended before it was complete", later=True)
