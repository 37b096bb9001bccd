"""What an article says of itself before its first sentence: title, byline, date, dateline.

Everything is recognised by its place in the text and nothing is cut out of it.

Of 1,500 articles of the news quiz, each under its title, 1,451 titles are found. Their texts had
lost most bylines and dates: without `_CREDIT` 44 lines fewer are told from the body, without
`_SOURCE` 373, `_DAY_ALONE` and `_LABEL` 4 each, `_BY` 1, without the dateline 135.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from index.reading.boilerplate import (
    is_credit,
    is_invitation,
    is_no_sentence,
    is_page_part,
    is_promotion,
    line_and_next,
)
from index.reading.dateline import AGENCY_NAMES, MONTH_AND_DAY, NAMES, dateline_of
from index.reading.front_matter import front_matter, values_of
from index.reading.published import find_published, parse_published
from index.reading.segment import is_rule, lines, split_sentences
from index.types import ParsedText, Published, Sentence, SentenceKind, Span

_HEAD_LINES = 12
_BODY_LINES = 3  # with this many read, the head is over
_TAIL_LINES = 3
_MAX_META_CHARS = 160
_MAX_TITLE_CHARS = 150

_HEADING = re.compile(r"#{1,2}[ \t]+(?P<title>.+?)[ \t]*#*")
# An ellipsis may end a headline. Without this some 530 of those articles, not 220, get a title from
# their text when it is not given.
_UNFINISHED = re.compile(r"(?:[,;:—–]|(?<![.…])\.[\"'”’)]*)$")

_BY = re.compile(
    r"(?:(?:(?:words|written|reported|story|photos|photographs) )?by|authors?:|by:) ", re.IGNORECASE
)
_LABEL = re.compile(
    r"(?:(?:first |last |originally )?(?:published|updated|posted|modified|revised)|date)"
    r"(?: (?:on|at))?(?P<colon>:)?(?!\w)",
    re.IGNORECASE,
)
_MARKER = re.compile(r"(#{1,6}|[-*+•–]|\d{1,3}[.)])[ \t]+(?=\S)")
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")
_SEPARATOR = re.compile(r"\s*[·|•]\s*|\s+[—–-]\s+")

_DAY_ALONE = re.compile(rf"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,? )?{MONTH_AND_DAY}")

_SOURCE = re.compile(
    rf"(?:{AGENCY_NAMES}|USA TODAY(?: Network| Sports)?)(?: [—–-])?"
    r"|Special (?:to|for) .{2,40}|(?:[\w.’' -]{2,40}, )?[\w.+-]{1,40}@[\w.-]{1,40}"
)
_CREDIT = re.compile(
    r"\(?(?:Additional )?(?:[Rr]eporting|Editing|Writing) by .+|(?:©|Copyright ).+"
    r"|(?:From )?(?:[\w ]{1,40} and )?(?:wire|[Ss]taff) reports"
)


@dataclass(slots=True)
class _Head:
    """What has been recognised so far, from the first line down."""

    title: str | None
    published: Published | None
    place: str | None = None
    marked: list[Sentence] = field(default_factory=list)
    body_lines: int = 0

    @property
    def is_over(self) -> bool:
        return self.body_lines == _BODY_LINES

    def mark(self, line: Span, kind: SentenceKind) -> None:
        """Take the whole line as one sentence of this kind."""
        self.marked.append(Sentence(*line, kind))


def read_head(text: str, title: str | None, published: Published | None) -> ParsedText:
    """Recognise title, date and place of an article, and say of each sentence what it is.

    ``title`` and ``published`` are what is known from outside, and win over what the text says.
    """
    head = _Head(title, published)
    if matter := front_matter(text):
        head.title = head.title or next(iter(values_of(matter, "title")), None)
        for date in () if published else values_of(matter, "published")[:1]:
            head.published = parse_published(date, "metadata")
    start = matter.end if matter else 0
    first = list(islice(lines(text, start, len(text)), _HEAD_LINES))
    for line, below in zip(first, [*first[1:], None], strict=False):
        if not head.is_over:
            _read_line(text, line, below, head)
    marked = [*head.marked, *_credits(text, head.marked[-1].end if head.marked else start)]
    front = (Sentence(*span, SentenceKind.META) for span in split_sentences(text, 0, start))
    body = _sentences_of(text, start, marked, head.title)
    return ParsedText(head.title, head.published, head.place, (*front, *body))


def _read_line(text: str, line: Span, below: Span | None, head: _Head) -> None:
    """Take one line of the head as a title, as meta, or as the beginning of the body."""
    words = text[line[0] : line[1]]
    meta, date = _meta(words)
    if meta or (below and _is_author(words, text[below[0] : below[1]])):
        head.published = head.published or date
        head.mark(line, SentenceKind.META)
        return
    if not head.body_lines and (title := _title(text, line, below, head)):
        head.title = head.title or title
        head.mark(line, SentenceKind.TITLE)
        return
    if is_promotion(words):
        head.mark(line, SentenceKind.META)
        return
    head.body_lines += 1
    if head.place is None and (dateline := dateline_of(words)):
        head.place = dateline["place"]
        date = parse_published(dateline.groupdict().get("date") or "", "text")
        head.published = head.published or (date if date and date.day else None)
        if not dateline["body"]:
            head.mark(line, SentenceKind.META)


def _is_author(line: str, below: str) -> bool:
    """Whether the line is a name over that of a newspaper or an agency."""
    is_short = len(line) <= _MAX_META_CHARS
    return is_short and bool(_SOURCE.fullmatch(below) and NAMES.fullmatch(line))


def _title(text: str, line: Span, below: Span | None, head: _Head) -> str | None:
    """Return the title where the line is one: a heading, the given title, or a headline."""
    words = text[line[0] : line[1]]
    if len(words) > 500 or any(sentence.kind == SentenceKind.TITLE for sentence in head.marked):
        return None
    heading = _HEADING.fullmatch(words)
    if heading:
        return heading["title"]
    if head.title:
        return head.title if _same_title(words, head.title) else None
    return words if below and _is_headline(text, line, below) else None


def _is_headline(text: str, line: Span, below: Span) -> bool:
    """Whether a plain line stands over the text as headlines do."""
    words = text[line[0] : line[1]]
    if len(words) > _MAX_TITLE_CHARS or dateline_of(words):
        return False
    if _UNFINISHED.search(words):
        return False
    if any(text[end - 1] == "." for _, end in split_sentences(text, *line)[:-1]):
        return False
    if text.count("\n", line[1], below[0]) > 1 or is_rule(text, *below):
        return True
    next_words = text[below[0] : below[1]]
    return _meta(next_words)[0] or (len(words) <= 100 and next_words[-1] in '.!?”"…')


def _same_title(line: str, title: str) -> bool:
    """Whether the line is the title, perhaps with the site's name added or the end left off."""
    shorter, longer = sorted((folded(line), folded(title)), key=len)
    return longer.startswith(shorter) and len(shorter) >= 0.6 * len(longer) > 0


def folded(title: str) -> str:
    """The words of a title as two are compared."""
    return " ".join(re.findall(r"\w+", title.casefold()))


def _meta(line: str) -> tuple[bool, Published | None]:
    """Say whether the line is only date, byline and the like, and which date it has."""
    if is_page_part(line):
        return True, None
    line = line.strip("*_ \t")
    if len(line) > _MAX_META_CHARS:
        return False, None
    found = find_published(line)
    if not found:
        is_credit = _CREDIT.fullmatch(line) or _SOURCE.fullmatch(line)
        return bool(is_credit) or _is_all_meta(line, dated=False), None
    date, start, end = found
    if start == 0 and _SEPARATOR.match(line, end) and line[-1] not in ".!?":
        return True, date  # "18 September 2023 · …": what follows says more of the article
    return _is_all_meta(f"{line[:start]} | {line[end:]}", dated=True), date


def _is_all_meta(line: str, *, dated: bool) -> bool:
    """Whether every part of a line is known; the names in it need a date or "By" beside them."""
    known = names = 0
    for part in filter(None, (part.strip(" ,:;()-–—") for part in _SEPARATOR.split(line))):
        label = _LABEL.match(part)
        rest = part[label.end() :].strip(" ,:") if label else part
        if not rest or _is_byline(rest) or _is_date(rest, labelled=bool(label)):
            known += 1
        elif NAMES.fullmatch(rest) and len(rest.split()) <= 6:
            names += 1
        else:
            return bool(label and label["colon"] and not dated)
    return bool(known or dated) and (dated or not names)


def _is_byline(part: str) -> bool:
    by = _BY.match(part)
    return by is not None and NAMES.fullmatch(part, by.end()) is not None


def _is_date(part: str, *, labelled: bool) -> bool:
    """Whether a part is a day without its year or, after a label, any date."""
    return bool(_DAY_ALONE.fullmatch(part) or (labelled and parse_published(part)))


def _credits(text: str, start: int) -> list[Sentence]:
    """Return the last lines that only say who reported, or who holds the rights."""
    marked: list[Sentence] = []
    while len(marked) < _TAIL_LINES:
        end = start + len(text[start : marked[0].start if marked else None].rstrip())
        begin = max(start, text.rfind("\n", start, end) + 1)
        if end - begin > 2 * _MAX_META_CHARS or not _CREDIT.fullmatch(text, begin, end):
            break
        marked.insert(0, Sentence(begin, end, SentenceKind.META))
    return marked


def _sentences_of(
    text: str, start: int, marked: list[Sentence], title: str | None
) -> Iterator[Sentence]:
    """Yield the sentences from ``start``, those that are marked already as they are."""
    for sentence in marked:
        yield from _body(text, start, sentence.start, title)
        yield sentence
        start = sentence.end
    yield from _body(text, start, len(text), title)


def _body(text: str, start: int, end: int, title: str | None) -> Iterator[Sentence]:
    kind, line_end = SentenceKind.BODY, start
    for first, last in split_sentences(text, start, end):
        if first >= line_end:
            line, below = line_and_next(text, first, last)
            kind = _kind_of_line(line, below, title)
            line_end = max(last, first + len(line))
        if kind is not SentenceKind.BODY:
            yield Sentence(first, last, kind)
            continue
        if is_invitation(text[first:last]) or is_credit(text[first:last]):
            yield Sentence(first, last, SentenceKind.META)
            continue
        marker = _MARKER.match(text, first, last)
        if marker and not _LETTER_OR_DIGIT.search(text, marker.end(), last):
            marker = None  # a line drawn in asterisks
        if marker:
            # A list's dash or a heading's hashes stand before the sentence, not in it.
            yield Sentence(first, marker.end(1), SentenceKind.META)
        opening = marker.end() if marker else first
        has_words = _LETTER_OR_DIGIT.search(text, opening, last)
        yield Sentence(opening, last, SentenceKind.BODY if has_words else SentenceKind.META)


def _kind_of_line(line: str, below: str, title: str | None) -> SentenceKind:
    """Say what all of a line is: the title once more, no sentence of the article, or its text."""
    if line and title and _same_title(line, title):
        return SentenceKind.TITLE
    return SentenceKind.META if is_no_sentence(line, below) else SentenceKind.BODY
