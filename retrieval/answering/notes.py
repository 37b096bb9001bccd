"""What Dateline says itself beside a quote: dates worked out, who speaks, who says otherwise."""

from collections.abc import Iterable, Iterator, Sequence

from index.types import Published
from retrieval.answer import Citation, Note
from retrieval.when import resolve

_MOST_DATES = 4


def dates(cited: Iterable[tuple[Citation, Published | None]]) -> Iterator[Note]:
    """The days that "on Monday" and the like mean in the quotes that answer."""
    told: set[str] = set()
    for citation, published in cited:
        if citation.role not in ("answer", "differs"):
            continue
        for found in resolve(citation.quote, published):
            text = f"{found.note(citation.quote)}."
            if text not in told and len(told) < _MOST_DATES:
                told.add(text)
                yield Note(kind="date", text=text, n=citation.n)


def speaker(words: str, n: int) -> Note:
    """Who says so, as the article names them."""
    return Note(kind="speaker", text=f"So says “{words}”.", n=n)


def no_speaker() -> Note:
    """That nobody could be made out who says what was answered last."""
    return Note(kind="speaker", text="Who says so could not be made out, if not the article.")


def unsure() -> Note:
    """That only the asker's own threshold kept the best sentence from being the answer."""
    return Note(kind="unsure", text="A sentence may answer, but not as surely as was asked for.")


def latest(topic: str) -> Note:
    """What a digest is."""
    return Note(kind="digest", text=f"Sentences about {topic}, the newest article first.")


def agreement(articles: int) -> Iterator[Note]:
    """How many articles say the same."""
    if articles > 1:
        yield Note(kind="agreement", text=f"{articles} articles say so.")


def difference(citations: Sequence[Citation]) -> Iterator[Note]:
    """That articles differ, each with its words and its day."""
    others = [citation for citation in citations if citation.role == "differs"]
    if others:
        told = "; ".join(dated(citation) for citation in (citations[0], *others))
        yield Note(kind="difference", text=f"The articles differ: {told}.")


def dated(citation: Citation) -> str:
    """The words that answer, and when they were published."""
    words = citation.quote[citation.answer_start : citation.answer_end]
    return f"“{words}” ({citation.published or 'no date'}) [{citation.n}]"
