"""What Dateline says itself beside a quote: dates worked out, who speaks, what others say."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence

from index.storage.view import Snapshot
from index.types import Article
from retrieval.answer import Citation, Note
from retrieval.answering.attribution import speaker_of
from retrieval.dates.asked import Wish
from retrieval.dates.quoted import resolve
from retrieval.ranking.features import is_from

_MOST_DATES = 4


def dates(citations: Iterable[Citation], wish: Wish | None = None) -> Iterator[Note]:
    """The days that "on Monday" and the like mean in the quotes, but for what the question asks."""
    told = {f"{wish.text}.".lower()} if wish else set[str]()
    for citation in citations:
        if citation.role not in ("answer", "differs"):
            continue
        for found in resolve(citation.quote, citation.published):
            text = f"{found.text}."
            if text.lower() not in told and len(told) < _MOST_DATES:
                told.add(text.lower())
                yield Note(kind="date", text=text, n=citation.n)


def speakers(citations: Sequence[Citation]) -> Iterator[Note]:
    """Who says what is quoted, as the sentence names them."""
    for citation in citations:
        words = (citation.answer_start or 0, citation.answer_end or len(citation.quote))
        if name := speaker_of(citation.quote, words):
            yield Note(kind="speaker", text=f"So says “{name}”.", n=citation.n)


def filters(allowed: set[int] | None) -> Iterator[Note]:
    """That no article may answer."""
    if allowed is not None and not allowed:
        yield Note(kind="filters", text="No article passes the filters.")


def time(then: Wish | None, published: Iterable[str | None]) -> Iterator[Note]:
    """What days the question's words mean, and that no article found is from them."""
    if then is None:
        return
    if ":" in then.text:  # else they say it themselves
        yield Note(kind="time", text=f"{then.text}.")
    days = [dt.date.fromisoformat(day) for day in published if day]
    if then.kind == "NEWS" and days and not any(is_from(then, day) for day in days):
        yield Note(
            kind="time", text=f"No article found is from then; the newest is of {max(days)}."
        )


def spelling(written: str, read: str) -> Note:
    """That a word was taken for another."""
    return Note(kind="spelling", text=f"“{written}” was read as “{read}”.")


def missing(words: Sequence[str]) -> Note:
    """Which words of a topic no article has, though some of it was found."""
    return Note(kind="missing", text=f"No article has {', '.join(f'“{w}”' for w in words)}.")


def unsure() -> Note:
    """That only the asker's own threshold kept the best sentence from being the answer."""
    return Note(kind="unsure", text="A sentence may answer, but not as surely as was asked for.")


def as_of(view: Snapshot) -> Iterator[Note]:
    """Of which past day the corpus is asked, how much has come since, what is not looked for."""
    if view.day is None:
        return
    text = f"As of the end of {view.day}, UTC; added since: {view.later}, changed: {view.changed}."
    if view.unread:
        text += f" Not looked for words that only the old texts of {view.unread} have."
    yield Note(kind="as_of", text=text)


def also_in(n: int, doubles: Sequence[Article]) -> Note:
    """Which other outlets have the same story as a citation's."""
    names = dict.fromkeys(one.source or f"“{one.title}”" for one in doubles)
    return Note(kind="also_in", text=f"Also in: {', '.join(names)}.", n=n)


def sources(articles: Mapping[int, Article]) -> Iterator[Note]:
    """Where the article of each of some citations is from, as far as that is known."""
    for n, one in sorted(articles.items()):
        by = f"by {', '.join(one.authors)}" if one.authors else "no author known"
        known = (f"“{one.title}”", one.source, one.day or "no date", by)
        yield Note(kind="source", text=f"{', '.join(filter(None, known))}.", n=n)


def latest(topic: str, first: str = "newest") -> Note:
    """What a digest of several articles is."""
    what = f"Sentences about “{topic}”" if topic else "A leading sentence of each article"
    return Note(kind="digest", text=f"{what}, the {first} article first.")


def summary(title: str) -> Note:
    """What a digest of one article is."""
    return Note(kind="digest", text=f"Sentences that cover “{title}” best, as they stand in it.")


def agreement(citations: Sequence[Citation]) -> Iterator[Note]:
    """How many articles say the same."""
    lead = {citation.article_id for citation in citations[:1]}
    agreeing = lead | {c.article_id for c in citations if c.role == "support"}
    if len(agreeing) > 1:
        yield Note(kind="agreement", text=f"{len(agreeing)} articles say so.")


def others(citations: Sequence[Citation]) -> Iterator[Note]:
    """What other articles answer, each with its words and its day."""
    differing = [citation for citation in citations if citation.role == "differs"]
    if differing:
        told = "; ".join(map(dated, differing))
        yield Note(kind="difference", text=f"Other articles say: {told}.")


def dated(citation: Citation) -> str:
    """The words that answer, and when they were published."""
    words = citation.quote[citation.answer_start : citation.answer_end]
    return f"“{words}” ({citation.published or 'no date'}) [{citation.n}]"
