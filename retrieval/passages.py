"""Passages: the runs of sentences that a reader reads, the same whatever is asked."""

from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.reader_model import Passage, Span

# Characters: some 100 tokens, and of the sentences before at most some 60, which training saw too;
# with less around them, sentences that say "he" or "the meeting" were often misread. The two before
# may be longer: of 145 first questions 117 were right, not 113, and of 419 follow-ups 302, not 299.
SIZE = 450
LEAD = 300
_TWO = 450


@dataclass(frozen=True, slots=True)
class Placed:
    """A passage with its place in a text.

    The sentences from ``first`` up to ``last`` belong to it; some before them may be read along,
    for whom they speak of: ``own`` is where its own begin among the passage's sentences.
    """

    passage: Passage
    start: int
    first: int
    last: int
    own: int


def passages_in(text: str, sentences: Sequence[Span]) -> list[Placed]:
    """A text in passages of whole sentences; a sentence belongs to exactly one."""
    out, first = [], 0
    for n in range(len(sentences)):
        last = n + 1
        if last == len(sentences) or sentences[last][1] - sentences[first][0] > SIZE:
            out.append(placed(text, sentences, first, last))
            first = last
    return out


def placed(text: str, sentences: Sequence[Span], first: int, last: int) -> Placed:
    """Some sentences as a passage, with as many of those before as are short enough."""
    begin, opens = first, sentences[first][0]
    while begin > 0 and opens - sentences[begin - 1][0] <= (_TWO if first - begin < 2 else LEAD):
        begin -= 1
    start = sentences[begin][0]
    spans = tuple((s - start, e - start) for s, e in sentences[begin:last])
    return Placed(
        Passage(text[start : sentences[last - 1][1]], spans), start, first, last, first - begin
    )
