"""Links that open an article at a sentence, by text fragments.

``url#:~:text=prefix-,start,end,-suffix`` as the WICG's Scroll To Text Fragment draft defines it:
the browser marks the first match, so prefix and suffix are added until the match is the only one.
"""

import re
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Place:
    """A quote in its article, all blanks as one, with what stands before and after it."""

    before: str
    quote: str
    after: str

    def is_only_match(self, first: str, last: str, around: int) -> bool:
        """Whether a search for ``first`` up to ``last`` marks the quote and could mark no other.

        Linear in the article: a hostile one repeats a quote's first words a million times.
        """
        prefix, suffix = self.surroundings(around)
        head = folded(f"{prefix} {first}")
        tail = folded(f"{last} {suffix}")
        before, quoted, after = map(folded, (self.before, self.quote, self.after))
        text = folded(f"{before} {quoted} {after}")
        start = len(folded(f"{before} {quoted}")) - len(quoted) - (len(head) - len(folded(first)))
        end = len(folded(f"{before} {quoted}")) + len(tail) - len(folded(last))
        if text.find(head) != start:
            return False
        if first == last:
            return text.find(head + tail[len(folded(last)) :], start + 1) < 0
        if text.find(tail, start + len(head)) != end - len(tail):
            return False
        again = text.find(head, end)
        return again < 0 or text.find(tail, again + len(head)) < 0

    def surroundings(self, words: int) -> tuple[str, str]:
        """So many words before the quote and after it."""
        if not words:
            return "", ""
        return " ".join(self.before.split()[-words:]), " ".join(self.after.split()[:words])


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
    place = Place(*(" ".join(part.split()) for part in parts))
    words = place.quote.split()
    first = last = place.quote
    if len(words) > _LONG_WORDS:
        first, last = " ".join(words[:_EDGE_WORDS]), " ".join(words[-_EDGE_WORDS:])
    around = next((n for n in _SURROUNDINGS if place.is_only_match(first, last, n)), 40)
    prefix, suffix = place.surroundings(around)
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


def folded(words: str) -> str:
    """As a browser compares: without case, blanks at the ends dropped."""
    return words.casefold().strip()


def encode(words: str) -> str:
    """Percent-encode, the dash, comma and ampersand too: the directive gives them a meaning."""
    return quote(words, safe="").replace("-", "%2D")
