"""Answers, sentences and articles as lines to draw; what a quote says is never changed."""

import shlex
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.terminal import Line, Part, facts, line, linked, part
from bot.text import visible
from index import Article

if TYPE_CHECKING:  # what draws an article needs nothing of what answers
    from retrieval.answer import Answer, Citation, Note, Quoted, RankedSentence

_ROLES = {
    "support": "also",
    "context": "goes with it",
    "differs": "another answer",
}
_MOST_WORDS, _WORD = 10, 60  # that no article has: so many are shown, and of each so much
_QUOTE_INDENT, _SOURCE_INDENT = 2, 4


def answer_lines(answer: "Answer", again: str = "") -> Iterator[Line]:
    """An answer as a person reads it; ``again`` is what a command needs to find this corpus."""
    from retrieval.answer import by_sentence

    if answer.status == "answered":
        is_digest = answer.has_note("digest")
        sure = [] if is_digest else [part(f" ({answer.band})", "dim")]
        yield line(part(answer.words, "bold"), *sure)
        for quoted in by_sentence(answer.citations):
            # A whole sentence that answers stands above already.
            repeats = quoted.citation.quote == answer.answer
            yield from citation_lines(quoted, again, repeats=repeats)
            told = (note for note in answer.notes if note.n in quoted.numbers)
            yield from (note_line(note, quoted.citation) for note in told)
    else:
        yield from nothing_lines(answer, again)
    cited = {citation.n for citation in answer.citations}
    remarks = [note_line(note) for note in answer.notes if note.n not in cited]
    if answer.standalone_question != answer.question.strip():
        remarks.append(line(part("searched for: ", "dim"), part(answer.standalone_question)))
    if remarks:
        if answer.citations or answer.closest:
            yield Line()
        yield from remarks


def citation_lines(quoted: "Quoted", again: str, *, repeats: bool) -> Iterator[Line]:
    """A quote with the answer in it marked, and where it stands."""
    citation = quoted.citation
    yield Line()
    role = "" if citation.role == "answer" else f"{_ROLES[citation.role]}: "
    lead = f"[{quoted.label}] {role}"
    if repeats:
        yield from source_lines(citation, again, lead)
    else:
        yield quote_line(quoted, lead)
        yield from source_lines(citation, again)


def quote_line(quoted: "Quoted", lead: str) -> Line:
    """A quote with the answer in it marked."""
    pieces = ((text, "bold green" if answers else "") for text, answers in quoted.pieces())
    words = (part(text, style) for text, style in pieces)
    return line(part(lead, "dim"), part("“"), *words, part("”"), indent=_QUOTE_INDENT)


def source_lines(citation: "Citation", again: str, lead: str = "") -> Iterator[Line]:
    """Title, source and date; then how to get to the place."""
    indent = _QUOTE_INDENT if lead else _SOURCE_INDENT
    page = f"page {citation.page}" if citation.page else None
    about = (f"{lead}{citation.title}", citation.source, citation.published, page)
    yield facts(*about, indent=indent)
    yield place_line(citation, citation.deep_link, again)


def place_line(cited: "Citation | RankedSentence", deep_link: str | None, again: str) -> Line:
    """The link to a place, or the command that shows it in the stored text."""
    if cited.url:
        return line(linked(cited.url, deep_link or cited.url, "dim"), indent=_SOURCE_INDENT)
    number = cited.version or 1
    version = f" --version {number}" if number > 1 else ""
    place = f"--at {cited.start}-{cited.end}"
    command = f"{program()} show {cited.article_id}{version} {place}{again}"
    return line(part(command, "dim"), indent=_SOURCE_INDENT)


def program() -> str:
    """The program as it was called, where its name alone would not find it."""
    called = sys.argv[0]
    found = Path(called).name != "dateline" or shutil.which("dateline")
    return "dateline" if found else shlex.quote(called)


def nothing_lines(answer: "Answer", again: str) -> Iterator[Line]:
    """That there is no answer, what was looked for in vain, and what came closest."""
    from retrieval.answer import by_sentence

    if answer.has_note("small_talk"):
        return  # nothing was asked of the articles
    shown = (w if len(w) <= _WORD else f"{w[: _WORD - 1]}…" for w in answer.missing[:_MOST_WORDS])
    words = ", ".join(f"“{word}”" for word in shown)
    missing = [part(f" No article has {words}.")] if words else []
    yield line(part(answer.refusal(), "bold"), *missing)
    for quoted in by_sentence(answer.closest[:1]):
        yield Line()
        label = "perhaps" if answer.is_close else "not"
        yield quote_line(quoted, f"closest, {label} an answer: ")
        yield from source_lines(quoted.citation, again)


def note_line(note: "Note", about: "Citation | None" = None) -> Line:
    """Something that Dateline adds of its own, marked as such; under the quote that it is about."""
    indent = _SOURCE_INDENT if about else 0
    is_talk = note.kind == "small_talk"  # beside which nothing is quoted
    lead = [] if is_talk else [part("Dateline notes: ", "dim")]
    return line(*lead, part(note.text, "italic"), indent=indent)


def hit_lines(hit: "RankedSentence", again: str = "") -> Iterator[Line]:
    """A hit of a search: rank and score, the sentence, where it stands."""
    yield line(part(f"{hit.rank}. ", "bold"), part(f"{hit.score:.2f} ", "dim"), part(hit.sentence))
    yield facts(hit.title, hit.published, indent=_SOURCE_INDENT)
    yield place_line(hit, None, again)


def article_lines(article: Article) -> Iterator[Line]:
    """An article's facts, then its text as it is stored."""
    authors, version = ", ".join(article.authors), f"version {article.version}"
    yield from head_lines(article, authors, article.place, version, article.id)
    yield from text_lines([(article.text, "")])


def context_lines(
    article: Article, place: tuple[int, int], context: tuple[int, int], *, marked: bool
) -> Iterator[Line]:
    """What stands around a place, which is in colour or, where there is none, marked."""
    (start, end), (first, last) = place, context
    quote = article.text[start:end]
    yield from head_lines(article)
    yield from text_lines(
        [
            (article.text[first:start], ""),
            (f"»{quote}«" if marked else quote, "bold green"),
            (article.text[end:last], ""),
        ]
    )


def head_lines(article: Article, *more: str | None) -> Iterator[Line]:
    """What article it is."""
    yield line(part(article.title, "bold"))
    published = article.published
    day = str(published) if published else None
    if (about := facts(article.source, day, *more)).parts:
        yield about
    if article.url:
        yield line(linked(article.url, article.url, "dim"))
    yield Line()


def text_lines(pieces: Sequence[tuple[str, str]]) -> Iterator[Line]:
    """A text in pieces, each in its style, line by line."""
    parts: list[Part] = []
    for text, style in pieces:
        for n, piece in enumerate(text.split("\n")):
            if n:
                yield Line(tuple(parts))
                parts = []
            # Blanks are kept: a table or a poem is not one line.
            parts.append(Part(visible(piece.expandtabs(4)), style))
    yield Line(tuple(parts))
