"""Answers and articles as Discord cards; all limits on a card are kept in :func:`card`.

Dateline's own words and an article's never mix: an article's stand in block quotes, titles and
source lines, always escaped.
"""

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import discord

from bot.discord_escape import (
    escape,
    length,
    one_line,
    plain,
    safe_url,
    timestamp,
    within,
)
from index import AddReport, Article, ArticleHead, Published
from retrieval.answer import Answer, Citation, RankedSentence

# https://docs.discord.com/developers/resources/message#embed-object-embed-limits
AUTHOR_MAX, TITLE_MAX, FOOTER_MAX = 256, 256, 2048
DESCRIPTION_MAX, EMBED_MAX = 4096, 6000

ANSWERED, NOT_FOUND, NEUTRAL, FAILED = 0x2E7D32, 0xB26A00, 0x5865F2, 0xC62828

ARTICLES_A_PAGE = 10
PAGE_CHARS = 3800
REFUSALS_SHOWN = 10
QUOTE_CHARS = 1300
_BAR = 20  # squares of a progress bar
# A longer answer is a whole sentence, which shouts when it is set as a heading.
HEADING_CHARS = 160

# The last of a footer, where the question was understood as another one; clicks read it there.
SEARCHED_FOR = "searched for: "

_COMMAND = re.compile("(`/[a-z -]+`)")

# The page of `/articles show` that a citation begins on, if it is known.
PageOf = Callable[["Citation"], int | None]

_ROLES = {
    "answer": "Also",
    "support": "Also",
    "context": "Read with it",
    "differs": "Another article differs",
}


def card(
    blocks: Sequence[str],
    *,
    colour: int,
    author: str = "",
    title: str = "",
    url: str | None = None,
    footer: str = "",
) -> discord.Embed:
    """Return a card within Discord's limits; ``blocks`` are escaped already, the rest is not."""
    name = within(author, AUTHOR_MAX, plain)
    heading = within(title, TITLE_MAX, one_line)
    small = within(footer, FOOTER_MAX, plain)
    room = min(DESCRIPTION_MAX, EMBED_MAX - length(name) - length(heading) - length(small))
    embed = discord.Embed(
        colour=colour, title=heading or None, url=url, description=fitted(blocks, room)
    )
    if name:
        embed.set_author(name=name)
    if small:
        embed.set_footer(text=small)
    return embed


def fitted(blocks: Sequence[str], room: int) -> str:
    """As many blocks, whole, as there is room for, and how many are left out."""
    text = ""
    for shown, block in enumerate(blocks):
        longer = f"{text}\n\n{block}" if text else block
        note = f"\n\n-# and {len(blocks) - shown - 1} more that did not fit here"
        last = shown == len(blocks) - 1
        if length(longer) + (0 if last else length(note)) > room:
            left_out = f"-# and {len(blocks) - shown} more that did not fit here"
            return f"{text}\n\n{left_out}" if text else cut(block, room)
        text = longer
    return text


def cut(block: str, room: int) -> str:
    """Return the beginning of an escaped block, with no half of an escape at its end."""
    while length(block) >= room:
        block = block[: room - length(block) - 1]
    backslashes = len(block) - len(block.rstrip("\\"))
    return block[: len(block) - backslashes % 2] + "…"


def sentence(text: str, colour: int = NEUTRAL) -> discord.Embed:
    """Return a sentence of Dateline's own; what it names from outside is escaped with it."""
    parts = _COMMAND.split(text)
    shown = (part if _COMMAND.fullmatch(part) else escape(part) for part in parts)
    return card(["".join(shown)], colour=colour)


# -- answers -------------------------------------------------------------------------------------


def nowhere(_: Citation) -> int | None:
    """Return that no page is known."""
    return None


def answer_card(answer: Answer, page_of: PageOf = nowhere) -> discord.Embed:
    """Return the card of an answer, or of there being none."""
    notes = [f"-# Dateline: {within(note.text, 400, one_line)}" for note in answer.notes]
    if answer.status == "not_found":
        if any(note.kind == "small_talk" for note in answer.notes):
            return card(notes, colour=NEUTRAL, author=answer.question)
        blocks = [not_found(answer.missing), *closest(answer.closest, page_of)]
        return card(
            [*blocks, *notes],
            colour=NOT_FOUND,
            author=answer.question,
            footer=searched_for(answer),
        )
    # Notes stand in front of the further quotes: they must not be what does not fit.
    first, *rest = cited(answer.citations, page_of)
    sure = f"{confidence(answer.score)} · every word quoted"
    return card(
        [first, *notes, *rest],
        colour=ANSWERED,
        author=answer.question,
        footer=" · ".join(filter(None, (sure, searched_for(answer)))),
    )


def searched_for(answer: Answer) -> str:
    """Return what a question was understood as, or itself where the card's head cuts it short."""
    asked = plain(answer.question)
    searched = plain(answer.standalone_question)
    same = searched == asked and length(asked) <= AUTHOR_MAX
    return "" if same else f"{SEARCHED_FOR}{searched}"


def confidence(score: float) -> str:
    """Return a score in words: it is a probability, and two digits of it say more than is known."""
    if score >= 0.85:
        return "Very likely right"
    if score >= 0.6:
        return "Probably right"
    return "Uncertain" if score >= 0.35 else "Very uncertain"


def not_found(missing: Sequence[str]) -> str:
    """Return that the articles don't say, and what they never mention."""
    heading = "### This server's articles don't say"
    if not missing:
        return heading
    words = ", ".join(f"**{within(word, 60, one_line)}**" for word in missing[:10])
    return f"{heading}\nNo article here has: {words}"


def closest(citations: Sequence[Citation], page_of: PageOf) -> list[str]:
    """Return the closest sentences, labelled as no answer."""
    blocks = [f"{block_quote(c, mark=False)}\n{source_line(c, page_of)}" for c in citations]
    label = f"-# Closest sentence{'s' if len(blocks) > 1 else ''}, not an answer"
    return [f"{label}\n{blocks[0]}", *blocks[1:]] if blocks else []


def cited(citations: Sequence[Citation], page_of: PageOf) -> list[str]:
    """One block for each citation, the answer's first, in large type."""
    blocks = []
    before: Citation | None = None
    for citation in citations:
        quote = block_quote(citation)
        if before is None:
            quote = in_large_type(citation) + quote
        else:
            quote = f"-# {_ROLES[citation.role]}\n{quote}"
        blocks.append(f"{quote}\n{source_line(citation, page_of, before)}")
        before = citation
    return blocks


def in_large_type(citation: Citation) -> str:
    """Return the answer as a heading, when it is a part of its sentence and a short one."""
    words = " ".join(answer_parts(citation)[1].split())
    if not words or words == citation.quote or len(words) > HEADING_CHARS:
        return ""
    return f"## {one_line(words)}\n"


def answer_parts(citation: Citation) -> tuple[str, str, str]:
    """Return the quote before, in and after the answer; all of it is before where there is none."""
    quote, start, end = citation.quote, citation.answer_start, citation.answer_end
    if start is None or end is None:
        return quote, "", ""
    return quote[:start], quote[start:end], quote[end:]


def block_quote(citation: Citation, *, mark: bool = True) -> str:
    """Return the sentence, cut around the answer if it is very long, with the answer in bold."""
    parts = answer_parts(citation) if mark else (citation.quote, "", "")
    before, words, after = (re.sub(r"\s+", " ", part) for part in parts)
    if not words:
        return f"> {within(before, QUOTE_CHARS)}"
    bold = within(words, QUOTE_CHARS // 2)
    room = (QUOTE_CHARS - length(bold)) // 2
    lead = within(before, room, keep_end=True)
    return f"> {lead}**{bold}**{within(after, room)}"


def source_line(citation: Citation, page_of: PageOf, before: Citation | None = None) -> str:
    """Where a quote is from; of the same article only what the one before does not say."""
    number = f"**{citation.n}**"
    way = link_to(citation) or command_to(citation, page_of)
    if before and before.article_id == citation.article_id:
        known = way == command_to(before, page_of)
        return " · ".join([f"{number} the same article", *([] if known else [way])])
    title = within(citation.title, 200, one_line)
    day = timestamp(citation.published) if citation.published else None
    source = within(citation.source, 80, one_line) if citation.source else None
    return " · ".join(filter(None, (f"{number} {title}", source, day, way)))


def link_to(citation: Citation) -> str | None:
    """Return a link with a label of Dateline's own: brackets in a title could end a label early."""
    if address := safe_url(citation.deep_link):
        return f"[open at the sentence]({address})"
    if address := safe_url(citation.url):
        return f"[open]({address})"
    return None


def command_to(citation: Citation, page_of: PageOf) -> str:
    """Return how to read on where there is no link: the page of the article as it is stored."""
    page = page_of(citation)
    at = f" page:{page}" if page else ""
    return f"`/articles show article:{citation.article_id}{at}`"


def sentences(asked: str, hits: Sequence[RankedSentence], page: int) -> discord.Embed:
    """Return a page of the sentences that come next, with how near each is."""
    blocks = [hit_block(hit) for hit in hits]
    footer = f"Sentences {hits[0].rank}–{hits[-1].rank} by nearness" if hits else f"Page {page}"
    if length(plain(asked)) > AUTHOR_MAX:
        footer += f" · {SEARCHED_FOR}{plain(asked)}"
    return card(
        blocks or ["There are no more sentences."], colour=NEUTRAL, author=asked, footer=footer
    )


def hit_block(hit: RankedSentence) -> str:
    """Return a sentence that was found, and where it is from."""
    day = timestamp(hit.published) if hit.published else None
    link = f"[open]({address})" if (address := safe_url(hit.url)) else None
    about = (f"**{hit.rank}** {within(hit.title, 150, one_line)}", day, link)
    quote = within(re.sub(r"\s+", " ", hit.sentence), 600)
    return f"> {quote}\n{' · '.join(filter(None, about))}"


def bearing(claims: Sequence[str], found: Sequence[Sequence[RankedSentence]]) -> discord.Embed:
    """Return the sentences that bear on each claim of a message; Dateline does not judge."""
    blocks = []
    for claim, hits in zip(claims, found, strict=True):
        lead = f"**“{within(claim, 300, one_line)}”**"
        blocks.append("\n".join([lead, *(hit_block(hit) for hit in hits)]) if hits else lead)
    note = "-# These are the nearest sentences of the articles here. Whether they agree is for you."
    return card([note, *blocks], colour=NEUTRAL, title="Checked against the articles")


def context_card(
    article: Article, place: tuple[int, int], around: tuple[int, int]
) -> discord.Embed:
    """Return the paragraph around a quote, with the quote in bold."""
    (start, end), (first, last) = place, around
    room = (PAGE_CHARS - length(escape(article.text[start:end]))) // 2
    before = within(article.text[first:start], max(0, room), keep_end=True)
    after = within(article.text[end:last], max(0, room))
    quote = within(article.text[start:end].strip(), PAGE_CHARS)
    about = (
        within(article.source, 80, one_line) if article.source else None,
        date(article.published),
    )
    lead = " · ".join(filter(None, about))
    text = f"{before}**{quote}**{after}".strip()
    return card(
        [f"-# {lead}\n{text}" if lead else text],
        colour=NEUTRAL,
        title=article.title,
        url=safe_url(article.url),
        footer=f"{article.id} · characters {start}–{end}",
    )


# -- articles ------------------------------------------------------------------------------------


def first_step(*, manager: bool) -> discord.Embed:
    """Return what to do in a server that has no article."""
    if manager:
        step = (
            "Use `/manage add` and attach one: a text, Markdown or HTML file, or many at once as "
            "JSON lines. Then ask with `/ask`."
        )
    else:
        step = "Ask someone who manages this server to add one with `/manage add`."
    return card([f"### There are no articles here yet\n{step}"], colour=NEUTRAL)


def article_list(heads: Sequence[ArticleHead], page: int) -> discord.Embed:
    """One page of titles, dates and ids."""
    pages = max(1, -(-len(heads) // ARTICLES_A_PAGE))
    page = min(page, pages)
    shown = heads[(page - 1) * ARTICLES_A_PAGE : page * ARTICLES_A_PAGE]
    footer = f"{counted(len(heads), 'article')} · page {page} of {pages}"
    if page < pages:
        footer += f" · /articles list page:{page + 1} for the next"
    return card(
        ["\n".join(head_line(head) for head in shown)],
        colour=NEUTRAL,
        title="Articles",
        footer=footer,
    )


def head_line(head: ArticleHead) -> str:
    """Return an article on one line."""
    title = f"**{within(head.title, 180, one_line)}**"
    source = within(head.source, 60, one_line) if head.source else None
    return " · ".join(filter(None, (title, source, date(head.published), one_line(head.id))))


def date(published: Published | None) -> str | None:
    """Return a date as precise as it is known."""
    return timestamp(published.day or published.at) if published else None


def article_card(article: Article, page: int) -> discord.Embed:
    """One page of an article's text."""
    pages = text_pages(article.text)
    page = min(page, len(pages))
    about = (
        within(article.source, 80, one_line) if article.source else None,
        date(article.published),
    )
    lead = " · ".join(filter(None, about)) if page == 1 else ""
    footer = f"{article.id} · page {page} of {len(pages)}"
    if page < len(pages):
        footer += f" · /articles show page:{page + 1} for the next"
    text = escape(pages[page - 1])
    return card(
        [f"-# {lead}\n{text}" if lead else text],
        colour=NEUTRAL,
        title=article.title,
        url=safe_url(article.url),
        footer=footer,
    )


def text_pages(text: str, room: int = PAGE_CHARS) -> list[str]:
    """Return a text in pages that fit when escaped, cut at ends of lines or words if possible."""
    return [text[start:end].strip("\n") for start, end in page_spans(text, room)] or [text]


def page_at(text: str, place: int) -> int:
    """Return which of its pages has a place of a text."""
    page = 1
    for page, (_, end) in enumerate(page_spans(text), start=1):  # noqa: B007 - the last one counts
        if place < end:
            break
    return page


def page_spans(text: str, room: int = PAGE_CHARS) -> Iterator[tuple[int, int]]:
    """Yield where each page begins and ends, one by one; blank ones are passed over."""
    start = 0
    while start < len(text):
        end = min(len(text), start + room)
        while length(escape(text[start:end])) > room:
            end = start + (end - start) * 15 // 16
        if end < len(text):
            middle = (start + end) // 2
            ends = (text.rfind(mark, middle, end) + 1 for mark in ("\n", " "))
            end = next(filter(None, ends), end)
        if not text[start:end].isspace():
            yield start, end
        start = end


# -- managing ------------------------------------------------------------------------------------


def progress_card(doing: str, share: float | None, note: str = "") -> discord.Embed:
    """Return how far a write is, as a bar where that is known."""
    bar = ""
    if share is not None:
        full = round(share * _BAR)
        bar = f"\n{'▰' * full}{'▱' * (_BAR - full)} {share:.0%}"
    small = f"\n-# {note}" if note else ""
    return card([f"{escape(doing)}{bar}{small}"], colour=NEUTRAL)


def moment(at: str) -> str:
    """Return a time as Discord writes it in the reader's own, from ISO 8601."""
    return f"<t:{int(dt.datetime.fromisoformat(at).timestamp())}:f>"


def about(heads: Sequence[ArticleHead], *, asking: bool) -> discord.Embed:
    """Return what a server's articles are about, and how to ask."""
    sources = Counter(head.source for head in heads if head.source)
    days = sorted(h.published.day for h in heads if h.published and h.published.day)
    named = ", ".join(within(s, 60, one_line) for s, _ in sources.most_common(5))
    more = f" and {len(sources) - 5} more" if len(sources) > 5 else ""
    lines = [
        f"{counted(len(heads), 'article')}"
        + (f", {timestamp(days[0])} to {timestamp(days[-1])}" if days else ""),
        *([f"From {named}{more}"] if named else []),
        "Lately: " + "; ".join(within(head.title, 100, one_line) for head in heads[:3]),
    ]
    ways = (
        "Ask with `/ask`; reply to an answer, or mention me, to ask on. "
        "Every word of an answer is quoted from an article and cited; where the articles don't "
        "say, I tell you so."
    )
    tap = ["-# Or tap one of these:"] if asking else []
    return card(["\n".join(lines), ways, *tap], colour=NEUTRAL, title="What I can answer here")


def added(report: AddReport) -> str:
    """Return what became of the articles of an attachment."""
    done = [
        f"{number} {word}"
        for number, word in (
            (report.added, "added"),
            (report.updated, "updated"),
            (report.unchanged, "unchanged"),
            (len(report.refused), "refused"),
        )
        if number
    ]
    return f"{', '.join(done).capitalize() or 'Nothing in it'}. {totals(report)}"


def added_card(report: AddReport) -> discord.Embed:
    """Return the same, with the reasons for what was refused."""
    refused = [
        f"-# {within(refusal.source, 100, one_line)}: {within(refusal.reason, 200, one_line)}"
        for refusal in report.refused[:REFUSALS_SHOWN]
    ]
    if len(report.refused) > REFUSALS_SHOWN:
        refused.append(f"-# and {len(report.refused) - REFUSALS_SHOWN} more")
    colour = NOT_FOUND if refused else ANSWERED
    return card([added(report), *(["\n".join(refused)] if refused else [])], colour=colour)


def totals(report: AddReport) -> str:
    """Return what there is now."""
    articles = counted(report.articles, "article")
    return f"Now {articles} with {counted(report.sentences, 'sentence')}."


def counted(number: int, noun: str) -> str:
    """``1 article``, ``1,200 articles``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
