"""Answers, sentences and articles as lines to draw; what a quote says is never changed."""

from collections.abc import Iterator, Sequence

from bot.terminal import Line, Part, line, linked, part, visible
from index import Article
from retrieval.answer import Answer, Citation, Note, RankedSentence

_ROLES = {
    "support": "also says so",
    "context": "goes with it",
    "differs": "says otherwise",
}
_NOTHING = "The articles don't say."
_QUOTE_INDENT, _SOURCE_INDENT = 2, 4


def answer_lines(answer: Answer) -> Iterator[Line]:
    """An answer as a person reads it."""
    if answer.status == "answered":
        yield line(part(answer.answer or "", "bold"))
        for citation in answer.citations:
            # A whole sentence that answers stands above already.
            yield from citation_lines(citation, quoted=citation.quote != answer.answer)
    else:
        yield from nothing_lines(answer)
    if answer.notes:
        yield Line()
        yield from map(note_line, answer.notes)


def citation_lines(citation: Citation, *, quoted: bool) -> Iterator[Line]:
    """A quote with the answer in it marked, and where it stands."""
    yield Line()
    role = "" if citation.role == "answer" else f"{_ROLES[citation.role]}: "
    lead = part(f"[{citation.n}] {role}", "dim")
    if quoted:
        yield line(lead, *quote_parts(citation), indent=_QUOTE_INDENT)
        yield from source_lines(citation)
    else:
        first, *more = source_lines(citation)
        yield Line((lead, *first.parts), _QUOTE_INDENT)
        yield from more


def quote_parts(citation: Citation) -> Iterator[Part]:
    """The quote in three parts: before the answer, the answer, after it."""
    quote, start, end = citation.quote, citation.answer_start, citation.answer_end
    yield part("“")
    if start is None or end is None:
        yield part(quote)
    else:
        yield from (part(quote[:start]), part(quote[start:end], "bold green"), part(quote[end:]))
    yield part("”")


def source_lines(citation: Citation) -> Iterator[Line]:
    """Title, source and date; then the link, or how to see the place in the stored text."""
    facts = [citation.title, citation.source, citation.published]
    yield line(part(" · ".join(fact for fact in facts if fact), "dim"), indent=_SOURCE_INDENT)
    if citation.url:
        address = citation.deep_link or citation.url
        yield line(linked(citation.url, address, "dim"), indent=_SOURCE_INDENT)
    else:
        place = f"dateline show {citation.article_id}"
        offsets = f" · characters {citation.start}–{citation.end}"
        yield line(part(place + offsets, "dim"), indent=_SOURCE_INDENT)


def nothing_lines(answer: Answer) -> Iterator[Line]:
    """That there is no answer, what was looked for in vain, and what came closest."""
    yield line(part(_NOTHING, "bold"))
    if answer.missing:
        words = ", ".join(f"“{word}”" for word in answer.missing)
        yield line(part(f"No article has {words}."))
    for citation in answer.closest[:1]:
        yield Line()
        quote = quote_parts(citation)
        yield line(part("closest, not an answer: ", "dim"), *quote, indent=_QUOTE_INDENT)
        yield from source_lines(citation)


def note_line(note: Note) -> Line:
    """Something that Dateline adds of its own, marked as such."""
    return line(part("Dateline notes: ", "dim"), part(note.text, "italic"))


def hit_lines(hit: RankedSentence) -> Iterator[Line]:
    """One line of a search: rank and score, the sentence, where it stands."""
    yield line(part(f"{hit.rank}. ", "bold"), part(f"{hit.score:.2f} ", "dim"), part(hit.sentence))
    facts = [hit.title, hit.published, hit.article_id]
    source = part(" · ".join(fact for fact in facts if fact), "dim")
    yield line(source, indent=_SOURCE_INDENT)


def article_lines(article: Article) -> Iterator[Line]:
    """An article's facts, then its text as it is stored."""
    yield line(part(article.title, "bold"))
    published = article.published
    facts = [
        article.source,
        published.day or published.at if published else None,
        ", ".join(article.authors),
        article.place,
        f"version {article.version}",
        article.id,
    ]
    yield line(part(" · ".join(fact for fact in facts if fact), "dim"))
    if article.url:
        yield line(linked(article.url, article.url, "dim"))
    yield Line()
    for text in article.text.split("\n"):
        # Blanks are kept: a table or a poem is not one line.
        yield Line((Part(visible(text.expandtabs(4))),))


def summary(counts: Sequence[tuple[int, str]]) -> str:
    """Counts as words, without those that are zero: "3 added, 1 refused"."""
    return ", ".join(f"{count:,} {what}" for count, what in counts if count)


def counted(count: int, noun: str) -> str:
    """A number with its noun."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
