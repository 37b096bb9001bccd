"""Articles as Discord cards: lists, pages, the words around a quote; and what became of changes."""

from collections import Counter
from collections.abc import Iterator, Sequence

import discord

from bot.discord.escape import escape, escaped_line, length, safe_url, timestamp, within
from bot.discord.views.cards import NEUTRAL, card, date
from bot.text import counted
from index import AddReport, Article, ArticleHead

ARTICLES_A_PAGE = 10
PAGE_CHARS = 3800
_BAR = 20  # squares of a progress bar


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
    pages = list_pages(heads)
    page = min(page, pages)
    shown = heads[(page - 1) * ARTICLES_A_PAGE : page * ARTICLES_A_PAGE]
    footer = f"{counted(len(heads), 'article')} · page {page} of {pages}"
    return card(
        ["\n".join(head_line(head) for head in shown)],
        colour=NEUTRAL,
        title="Articles",
        footer=footer,
    )


def list_pages(heads: Sequence[ArticleHead]) -> int:
    """Return how many pages a list has."""
    return max(1, -(-len(heads) // ARTICLES_A_PAGE))


def head_line(head: ArticleHead) -> str:
    """Return an article on one line."""
    title = f"**{within(head.title, 180, escaped_line)}**"
    source = within(head.source, 60, escaped_line) if head.source else None
    return " · ".join(filter(None, (title, source, date(head.published), escaped_line(head.id))))


def article_card(article: Article, page: int) -> discord.Embed:
    """One page of an article's text."""
    pages = text_pages(article.text)
    page = min(page, len(pages))
    text = pages[page - 1]
    if page == 1:
        text = text.removeprefix(article.title).lstrip("\n") or text  # it stands above already
    footer = f"{article.id} · page {page} of {len(pages)}"
    return text_card(article, escape(text), footer, led=page == 1)


def text_card(article: Article, text: str, footer: str, *, led: bool = True) -> discord.Embed:
    """Return a piece of an article's text, escaped already, ``led`` by who published it when."""
    source = within(article.source, 80, escaped_line) if article.source else None
    lead = " · ".join(filter(None, (source, date(article.published)))) if led else ""
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


def context_card(
    article: Article, place: tuple[int, int], around: tuple[int, int]
) -> discord.Embed:
    """Return the paragraph around a quote, with the quote in bold."""
    (start, end), (first, last) = place, around
    room = (PAGE_CHARS - length(escape(article.text[start:end]))) // 2
    before = within(article.text[first:start], max(0, room), keep_end=True)
    after = within(article.text[end:last], max(0, room))
    quote = within(article.text[start:end].strip(), PAGE_CHARS)
    return text_card(article, f"{before}**{quote}**{after}".strip(), article.id)


# -- managing ------------------------------------------------------------------------------------


def progress_card(doing: str, share: float | None, note: str = "") -> discord.Embed:
    """Return how far a write is, as a bar where that is known."""
    bar = ""
    if share is not None:
        full = round(share * _BAR)
        bar = f"\n{'▰' * full}{'▱' * (_BAR - full)} {share:.0%}"
    small = f"\n-# {note}" if note else ""
    return card([f"{escape(doing)}{bar}{small}"], colour=NEUTRAL)


def about(
    heads: Sequence[ArticleHead], *, asking: bool, where: str = "", of: str = ""
) -> discord.Embed:
    """Return what a server's articles are about, and how to ask.

    ``where`` to ask is said if not here, and of which server they are, ``of``, outside of it.
    """
    sources = Counter(head.source for head in heads if head.source)
    days = sorted(h.published.day for h in heads if h.published and h.published.day)
    span = dict.fromkeys(map(timestamp, (days[0], days[-1]))) if days else {}
    named = ", ".join(within(s, 60, escaped_line) for s, _ in sources.most_common(5))
    more = f" and {len(sources) - 5} more" if len(sources) > 5 else ""
    lines = [
        counted(len(heads), "article") + (f", {' to '.join(span)}" if span else ""),
        *([f"From {named}{more}"] if named else []),
        "Lately: " + "; ".join(within(head.title, 100, escaped_line) for head in heads[:3]),
    ]
    ways = (
        "Ask with `/ask`; reply to an answer, or mention me, to ask on. "
        "Every word of an answer is quoted from an article and cited; where the articles don't "
        "say, I tell you so."
    )
    tap = ["-# Or tap one of these:"] if asking else []
    title = f"What I can answer from the articles of {of}" if of else "What I can answer here"
    if where:
        ways = f"I do not answer in this channel, but in {where}. {ways}"
    return card(["\n".join(lines), ways, *tap], colour=NEUTRAL, title=title)


def corpus_totals(report: AddReport) -> str:
    """Return what there is now."""
    articles = counted(report.articles, "article")
    return f"Now {articles} with {counted(report.sentences, 'sentence')}."
