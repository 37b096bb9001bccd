"""Passages: the runs of sentences that a reader reads, the same whatever is asked."""

from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.reader_model import Passage, Span

# Characters: some 100 tokens, and of the sentences before at most some 60, which training saw too;
# with less around them, sentences that say "he" or "the meeting" were often misread.
SIZE = 450
LEAD = 300
# As far back the two sentences before are read along where they name what the question does: of
# 145 first questions 117 were right, not 113, and of 419 follow-ups 305, not 299. Read along always
# they cost right words on the quizzes.
FAR = 450


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


def placed(
    text: str, sentences: Sequence[Span], first: int, last: int, *, far: bool = False
) -> Placed:
    """Some sentences as a passage, with as many of those before as are short enough.

    With ``far`` the two before may be longer.
    """
    begin, opens = first, sentences[first][0]
    while begin > 0:
        most = FAR if far and first - begin < 2 else LEAD
        if opens - sentences[begin - 1][0] > most:
            break
        begin -= 1
    start = sentences[begin][0]
    spans = tuple((s - start, e - start) for s, e in sentences[begin:last])
    return Placed(
        Passage(text[start : sentences[last - 1][1]], spans), start, first, last, first - begin
    )
