"""Links that open an article at a sentence, by text fragments.

``url#:~:text=prefix-,start,end,-suffix`` as the WICG's Scroll To Text Fragment draft defines it:
the browser marks the first match, so prefix and suffix are added until the match is the only one.
"""

import re
from collections.abc import Sequence
from urllib.parse import quote, urlsplit, urlunsplit

# Words at either end of a long quote that stand for the whole.
_EDGE_WORDS = 5
_LONG_WORDS = 12


def deep_link(url: str | None, text: str, start: int, end: int) -> str | None:
    """A link to ``text[start:end]`` in the article at ``url``; None where there is no url."""
    if not url:
        return None
    words = text[start:end].split()
    if len(words) > _LONG_WORDS:
        first, last = " ".join(words[:_EDGE_WORDS]), " ".join(words[-_EDGE_WORDS:])
        directive = f"{encode(first)},{encode(last)}"
        pattern = f"{loosely(first)}.*?{loosely(last)}"
    else:
        whole = " ".join(words)
        directive, pattern = encode(whole), loosely(whole)
    if is_repeated(pattern, text):
        directive = with_surroundings(directive, pattern, text[:start].split(), text[end:].split())
    parts = urlsplit(url)
    # A fragment directive follows a fragment that the url has already.
    return urlunsplit(parts._replace(fragment=f"{parts.fragment}:~:text={directive}"))


def with_surroundings(
    directive: str, pattern: str, before: Sequence[str], after: Sequence[str]
) -> str:
    """The directive with as many words before and after as make it the only match."""
    text = " ".join([*before, "\0", *after])
    for count in (_EDGE_WORDS, 2 * _EDGE_WORDS, 4 * _EDGE_WORDS, 8 * _EDGE_WORDS):
        prefix, suffix = " ".join(before[-count:]), " ".join(after[:count])
        around = [loosely(prefix), f"(?:{pattern}|\0)", loosely(suffix)]
        if not is_repeated(r"\s+".join(filter(None, around)), text):
            break
    start = f"{encode(prefix)}-," if prefix else ""
    return start + directive + (f",-{encode(suffix)}" if suffix else "")


def encode(words: str) -> str:
    """Percent-encode, the dash, comma and ampersand too: the directive gives them a meaning."""
    return quote(words, safe="").replace("-", "%2D")


def loosely(words: str) -> str:
    """A pattern for the words with any blanks between them."""
    return r"\s+".join(map(re.escape, words.split()))


def is_repeated(pattern: str, text: str) -> bool:
    """Whether a pattern matches more than once."""
    matches = re.finditer(pattern, text, re.IGNORECASE | re.DOTALL)
    return next(matches, None) is not None and next(matches, None) is not None
