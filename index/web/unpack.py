"""The body of an answer, unpacked as it comes and no further than it may be large."""

import zlib
from collections.abc import Iterable

from index.errors import FetchError
from index.web.connection import too_large

_GZIP, _ZLIB, _RAW = 31, 15, -15
_PLAIN = ("", "identity")


def unpacked(chunks: Iterable[bytes], encoding: str, max_bytes: int) -> bytes:
    """Return a body without its content encoding; raises FetchError past ``max_bytes``."""
    if encoding not in (*_PLAIN, "gzip", "x-gzip", "deflate"):
        raise FetchError(f"is packed in a way that was not asked for ({encoding[:40]})")
    body, unpacker = bytearray(), None
    try:
        for chunk in filter(None, chunks):
            if unpacker is None and encoding not in _PLAIN:
                # "deflate" is zlib's format by the standard, and bare with some servers.
                zipped = _ZLIB if chunk[0] & 15 == 8 else _RAW
                unpacker = zlib.decompressobj(_GZIP if "gzip" in encoding else zipped)
            body += unpacker.decompress(chunk, max_bytes + 1) if unpacker else chunk
            if len(body) > max_bytes:
                raise too_large(max_bytes)
    except zlib.error as error:
        raise FetchError("is packed, and damaged") from error
    if unpacker and not unpacker.eof:
        raise FetchError("ended before it was complete", later=True)
    return bytes(body)
