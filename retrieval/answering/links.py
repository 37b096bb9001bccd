"""Links that open an article at a sentence, by text fragments.

``url#:~:text=prefix-,start,end,-suffix`` as the WICG's Scroll To Text Fragment draft defines it:
the browser marks the first match, so prefix and suffix are added until the match is the only one.
"""

import re
from urllib.parse import quote, urlsplit, urlunsplit

# Words at either end of a long quote that stand for the whole.
_EDGE_WORDS = 5
_LONG_WORDS = 12
# Words of surroundings to try, in turn.
_SURROUNDINGS = (0, 5, 10, 20, 40)
# What Markdown has around words, as CommonMark does: emphasis, code, the address of a link.
# Bounded, as a hostile article has a million brackets.
_MARKUP = re.compile(
    r"(?<![^\W_])[*_]{1,3}(?=\w)|(?<=[\w.,!?])[*_]{1,3}(?![^\W_])"
    r"|`+|!?\[(?=[^\[\]]{0,300}\]\()|\]\([^()\s]{0,2000}\)"
)


def deep_link(
    url: str | None, text: str, start: int, end: int, *, markdown: bool = False
) -> str | None:
    """A link to ``text[start:end]`` in the article at ``url``; None where there is no url.

    The page of a ``markdown`` text has its words without the marks around them.
    """
    if not url:
        return None
    parts = [text[:start], text[start:end], text[end:]]
    if markdown:
        parts = [_MARKUP.sub("", part) for part in parts]
    before, words, after = (part.split() for part in parts)
    first = last = " ".join(words)
    if len(words) > _LONG_WORDS:
        first, last = " ".join(words[:_EDGE_WORDS]), " ".join(words[-_EDGE_WORDS:])
    page, quoted = folded(" ".join([*before, *words, *after])), folded(" ".join(words))
    for around in _SURROUNDINGS:
        prefix = " ".join(before[max(0, len(before) - around) :])
        suffix = " ".join(after[:around])
        if is_only_match(page, quoted, (prefix, first, last, suffix)):
            break
    directive = ",".join(
        [
            *([f"{encode(prefix)}-"] if prefix else []),
            encode(first),
            *([encode(last)] if last != first else []),
            *([f"-{encode(suffix)}"] if suffix else []),
        ]
    )
    split = urlsplit(url)
    # A fragment directive follows a fragment that the url has already.
    return urlunsplit(split._replace(fragment=f"{split.fragment}:~:text={directive}"))


def is_only_match(page: str, quoted: str, directive: tuple[str, str, str, str]) -> bool:
    """Whether a search marks the quote and could mark nothing else.

    Linear in the article: a hostile one repeats a quote's first words a million times.
    """
    prefix, first, last, suffix = map(folded, directive)
    head, tail = folded(f"{prefix} {first}"), folded(f"{last} {suffix}")
    if first == last:
        head += tail.removeprefix(last)
    start = page.find(head)
    if page.find(head, start + 1) >= 0:
        return False
    end = start + len(head) - len(first) + len(quoted) - len(last)
    return first == last or page.find(tail, start + len(head)) == end


def folded(words: str) -> str:
    """As a browser compares: without case, blanks at the ends dropped."""
    return words.casefold().strip()


def encode(words: str) -> str:
    """Percent-encode, the dash, comma and ampersand too: the directive gives them a meaning."""
    return quote(words, safe="").replace("-", "%2D")
