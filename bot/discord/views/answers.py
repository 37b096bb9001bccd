"""Answers as Discord cards, and pages of further sentences."""

import re
from collections.abc import Sequence
from dataclasses import replace

import discord

from bot.discord.escape import escape, escaped_line, length, plain, safe_url, timestamp, within
from bot.discord.views.cards import ANSWERED, AUTHOR_MAX, NEUTRAL, NOT_FOUND, card
from index import Filters
from retrieval.answer import Answer, Citation, Quoted, RankedSentence, answering, by_sentence
from retrieval.conversation import from_shown
from retrieval.dates.days import named
from retrieval.dates.quoted import resolve

QUOTE_CHARS = 1300
# A longer answer, such as a whole sentence, is too much for a heading.
HEADING_CHARS = 160
MOST_MARKED = 12  # of the items in one sentence
# The end of a footer if something else than the question was searched for; clicks read it.
SEARCHED_FOR = "searched for: "

_ROLES = {"answer": "Also", "context": "Read with it"}
# The heading and the list of other answers say that.
_NOT_TOLD = ("unsure", "filters", "difference")


def scope(filters: Filters, title: str = "", of: str = "") -> str:
    """In words, which articles were asked: whose, and the filters.

    ``title`` is that of the article which alone was asked, whatever its source.
    """
    since, until = (day and timestamp(day.isoformat()) for day in (filters.since, filters.until))
    only = (
        f"“{within(title, 150, escaped_line)}”" if title else "",
        within(filters.source, 80, escaped_line) if filters.source and not title else "",
        f"since {since}" if since else "",
        f"until {until}" if until else "",
    )
    limits = " · ".join(filter(None, only))
    whose = f"from {within(of, 120, escaped_line)}" if of else ""
    return " · ".join(filter(None, (whose, f"only: {limits}" if limits else "")))


def answer_card(answer: Answer, scope: str = "") -> discord.Embed:
    """The card of an answer, or of a refusal.

    ``scope`` says which articles were asked, where not all of a server.
    """
    heading = in_large_type(answer)
    told = [
        note
        for note in answer.notes
        if note.kind not in _NOT_TOLD
        and not (note.kind == "date" and note.text.rstrip(".").split(", ")[-1] in heading)
    ]
    notes = [f"-# {within(note.text, 400, escaped_line)}" for note in told]
    if answer.status == "not_found":
        if answer.has_note("small_talk"):
            return card(notes, colour=NEUTRAL, author=answer.question)
        return card(
            [not_found(answer, scope), *notes],
            colour=NOT_FOUND,
            author=answer.question,
            footer=searched_for(answer),
        )
    # Notes come before the further quotes: those may be cut off, notes may not.
    first, *rest = cited(answer)
    is_digest = answer.has_note("digest")  # right or wrong it is not
    known = f"{answer.band.capitalize()} · every word quoted"
    sure = "Every word quoted" if is_digest else known
    return card(
        [first, *([f"-# {scope}"] if scope else []), *notes, *rest],
        colour=NEUTRAL if answer.band == "uncertain" and not is_digest else ANSWERED,
        author=answer.question,
        footer=" · ".join(filter(None, (sure, searched_for(answer)))),
    )


def searched_for(answer: Answer) -> str:
    """What was searched for, if it is not the question or the card's head cuts that off."""
    asked = plain(answer.question)
    searched = plain(answer.standalone_question)
    same = searched == asked and length(asked) <= AUTHOR_MAX
    return "" if same else f"{SEARCHED_FOR}{searched}"


def not_found(answer: Answer, scope: str) -> str:
    """Return that the articles that were asked don't say, and what none ever mentions."""
    missing, kinds = answer.missing, {note.kind for note in answer.notes}
    line = f"**{answer.refusal('These articles' if scope else 'The articles here')}**"
    if "unsure" in kinds:
        line = "**No answer is sure enough for this server.**"
    elif "filters" in kinds:
        line = "**There are no such articles here.**"
    if words := [bold for word in missing[:10] if (bold := in_bold(word, 60))]:
        line += f" None has {', '.join(words)}."
    return f"{line}\n-# {scope}" if scope else line


def cited(answer: Answer) -> list[str]:
    """One block for each citation, the answer's first, in large type unless it is uncertain.

    What other articles say is a list at the end, the newest first.
    """
    blocks, citations = [], answer.citations
    is_digest = answer.has_note("digest")
    before: Citation | None = None
    for quoted in by_sentence(c for c in citations if c.role in _ROLES):
        citation, quote = quoted.citation, block_quote(quoted)
        if before is None:
            quote = in_large_type(answer) + quote
        elif not is_digest:
            quote = f"-# {_ROLES[citation.role]}\n{quote}"
        blocks.append(f"{quote}\n{source_line(quoted, before)}")
        before = citation
    for role, label in (("support", "So say"), ("differs", "Other articles say")):
        others = sorted(
            (c for c in citations if c.role == role), key=lambda c: c.published or "", reverse=True
        )
        if others:
            blocks.append("\n".join([f"-# {label}, the newest first", *map(other_line, others)]))
    return blocks


def other_line(citation: Citation) -> str:
    """What another article answers, on one line; the sentence is behind its link or button."""
    number, day = f"**{citation.n}**", citation.published
    words = ""
    if citation.role == "differs":
        answer = citation.quote[citation.answer_start : citation.answer_end]
        words = in_bold(answer, HEADING_CHARS)
    about = within(citation.title, 120, escaped_line)
    when = timestamp(day) if day else "no date"
    parts = f"{number} {when}", words, about, link_to(citation)
    return " · ".join(filter(None, parts))


def in_bold(words: str, room: int) -> str:
    """Some words in bold; nothing where there is none to see, as ``****`` marks what follows."""
    shown = within(words, room, escaped_line)
    return f"**{shown}**" if shown else ""


def in_large_type(answer: Answer) -> str:
    """The answer as a heading, if it is short, less than its whole sentence, and not uncertain."""
    words, first = " ".join(answer.words.split()), next(iter(answer.citations), None)
    if first is None or answer.words == first.quote or len(words) > HEADING_CHARS:
        return ""
    if answer.band == "uncertain":
        return ""
    days = [day.removeprefix(f"{words}, ") for day in day_meant(first)]
    return f"## {' · '.join([escaped_line(words), *days])}\n"


def day_meant(citation: Citation) -> list[str]:
    """The day that an answer such as "on Monday" means, in words."""
    first, last = answering(citation)
    days = [
        named((one.first, one.last))
        for one in resolve(citation.quote, citation.published)
        if one.first == one.last
        and min(one.end, last) - max(one.start, first) >= (last - first) / 2 > 0
    ]
    return days[:1]


def block_quote(quoted: Quoted) -> str:
    """The sentence with its answers in bold, cut around them if it is very long."""
    quoted = replace(quoted, spans=quoted.spans[:MOST_MARKED])
    if not (spans := quoted.spans):
        return f"> {within(blanks_as_one(quoted.citation.quote), QUOTE_CHARS)}"
    quote, first, last = quoted.citation.quote, spans[0][0], spans[-1][1]
    inner = [(blanks_as_one(text), answers) for text, answers in quoted.pieces()][1:-1]
    room = QUOTE_CHARS // 2 // len(inner)
    bold = "".join(
        f"**{within(text, room)}**" if answers else within(text, room) for text, answers in inner
    )
    rest = (QUOTE_CHARS - length(bold)) // 2
    lead = within(blanks_as_one(quote[:first]), rest, keep_end=True)
    return f"> {lead}{bold}{within(blanks_as_one(quote[last:]), rest)}"


def blanks_as_one(text: str) -> str:
    """The text on one line."""
    return re.sub(r"\s+", " ", text)


def source_line(quoted: Quoted, before: Citation | None = None) -> str:
    """A quote's source; after a quote of the same article only what is new."""
    citation = quoted.citation
    number, way = f"**{quoted.label}**", link_to(citation)
    if before and before.article_id == citation.article_id:
        return " · ".join(filter(None, (f"{number} the same article", way)))
    title = within(citation.title, 200, escaped_line)
    day = timestamp(citation.published) if citation.published else None
    source = within(citation.source, 80, escaped_line) if citation.source else None
    page = f"page {citation.page}" if citation.page else None
    return " · ".join(filter(None, (f"{number} {title}", source, day, page, way)))


def link_to(citation: Citation | RankedSentence) -> str | None:
    """A link with a fixed label: brackets in a title could end the label early."""
    if isinstance(citation, Citation) and (address := safe_url(citation.deep_link)):
        return f"[open at the sentence]({address})"
    if address := safe_url(citation.url):
        return f"[open]({address})"
    return None


def alone(embed: discord.Embed) -> discord.Embed:
    """The card without what its question carried, which not everybody has seen."""
    made, (known, found, searched) = embed.copy(), (embed.footer.text or "").partition(SEARCHED_FOR)
    question, carried = from_shown(searched)
    if carried:
        is_shown = question == embed.author.name
        footer = known.removesuffix(" · ") if is_shown else f"{known}{found}{question}"
        made.set_footer(text=footer or None)
    return made


def sentences(searched: str, hits: Sequence[RankedSentence]) -> discord.Embed:
    """A page of further sentences, nearest to what was searched for first."""
    asked, carried = from_shown(searched)
    blocks = list(map(hit_block, hits))
    ranks = f"Sentences {hits[0].rank}–{hits[-1].rank}, the nearest first" if hits else ""
    is_shown = not carried and length(plain(asked)) <= AUTHOR_MAX
    return card(
        blocks or ["No other sentence is near this question."],
        colour=NEUTRAL,
        author=asked,
        footer=" · ".join(
            filter(None, (ranks, "" if is_shown else f"{SEARCHED_FOR}{plain(searched)}"))
        ),
    )


def latest(
    openings: Sequence[RankedSentence], topic: str, page: str, of: str = ""
) -> discord.Embed:
    """A page of the newest articles, each with a sentence that opens it; ``of`` says whose."""
    about = (f" on {topic}" if topic else "") + (f" from {of}" if of else "")
    blocks = list(map(hit_block, openings)) or [escape(f"There are no articles here{about}.")]
    return card(blocks, colour=NEUTRAL, title=f"The latest{about}", footer=page)


def hit_block(hit: RankedSentence) -> str:
    """A sentence that was found, and where it is from."""
    day = timestamp(hit.published) if hit.published else None
    about = (f"**{hit.rank}** {within(hit.title, 150, escaped_line)}", day, link_to(hit))
    quote = within(blanks_as_one(hit.sentence), 600)
    return f"> {quote}\n{' · '.join(filter(None, about))}"


def bearing(
    claims: Sequence[str], found: Sequence[Sequence[RankedSentence]], *, more: bool
) -> discord.Embed:
    """The sentences nearest to each claim of a message, without a verdict.

    ``more`` says that the message has claims that were not checked.
    """
    blocks = []
    for claim, hits in zip(claims, found, strict=True):
        lead = f"**“{within(claim, 300, escaped_line)}”**"
        blocks.append("\n".join([lead, *map(hit_block, hits)]) if hits else lead)
    note = "-# The nearest sentences of the articles here. Judge for yourself whether they agree."
    if more:
        note += f"\n-# Only the first {len(claims)} sentences of the message were checked."
    return card([note, *blocks], colour=NEUTRAL, title="Checked against the articles")
