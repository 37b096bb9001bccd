"""Articles as Discord cards: lists, pages, the text around a quote, and a write's progress."""

from collections.abc import Iterator, Sequence

import discord

from bot.discord.escape import escape, escaped_line, length, safe_url, timestamp, within
from bot.discord.views.cards import NEUTRAL, card, date, on_page
from bot.text import counted
from index import AddReport, Article, ArticleHead
from index.storage.heads import sources_of
from index.types import Span

ARTICLES_A_PAGE = 10
PAGE_CHARS = 3800
_STEPS = (
    "1. Someone who manages this server gives me articles: `/manage add`, with files of text, "
    "Markdown, HTML or JSON lines.\n"
    "2. Ask: `/ask`, or mention me, or reply to an answer. Every word of an answer is quoted "
    "from an article and cited; where the articles don't say, I tell you so.\n"
    "3. `/manage settings` says where I answer, for whom, and how sure I must be; "
    "`/manage status` says which permissions I lack."
)
_BAR = 20  # squares of a progress bar


def first_step(*, manager: bool) -> discord.Embed:
    """What to do in a server that has no article."""
    if manager:
        step = (
            "Use `/manage add` and attach one: a text, Markdown or HTML file, or many at once as "
            "JSON lines. Then ask with `/ask`."
        )
    else:
        step = "Ask someone who manages this server to add one with `/manage add`."
    return card([f"### There are no articles here yet\n{step}"], colour=NEUTRAL)


def three_steps() -> discord.Embed:
    """How a server begins."""
    return card([_STEPS], colour=NEUTRAL, title="Dateline answers from your articles")


def article_list(
    heads: Sequence[ArticleHead], page: int, of: str = ""
) -> tuple[discord.Embed, int, int]:
    """A page of titles and dates; which page that is, and of how many. ``of`` says whose."""
    shown, page, pages = on_page(heads, page, ARTICLES_A_PAGE)
    lines = "\n".join(map(head_line, shown))
    footer = f"{counted(len(heads), 'article')} · page {page} of {pages}"
    title = f"{of[:1].upper()}{of[1:]}" or "Articles"
    return card([lines], colour=NEUTRAL, title=title, footer=footer), page, pages


def head_line(head: ArticleHead) -> str:
    """An article on one line."""
    title = f"**{within(head.title, 180, escaped_line)}**"
    source = within(head.source, 60, escaped_line) if head.source else None
    return " · ".join(filter(None, (title, source, date(head.published))))


def article_page(article: Article, page: int) -> tuple[discord.Embed, int, int]:
    """A page of an article's text; which page that is, and of how many."""
    (text,), page, pages = on_page(text_pages(article.text), page, 1)
    if page == 1:
        text = text.removeprefix(article.title).lstrip("\n") or text  # the card has the title
    footer = f"page {page} of {pages}"
    return text_embed(article, escape(text), footer, lead=page == 1), page, pages


def text_embed(article: Article, text: str, footer: str, *, lead: bool = True) -> discord.Embed:
    """A piece of an article's text, escaped already; its ``lead`` is the source and the date."""
    source = within(article.source, 80, escaped_line) if article.source else None
    line = " · ".join(filter(None, (source, date(article.published)))) if lead else ""
    return card(
        [f"-# {line}\n{text}" if line else text],
        colour=NEUTRAL,
        title=article.title,
        url=safe_url(article.url),
        footer=footer,
    )


def text_pages(text: str, room: int = PAGE_CHARS) -> list[str]:
    """A text in pages that fit once escaped, cut at the ends of lines or words if possible."""
    return [text[start:end].strip("\n") for start, end in page_spans(text, room)] or [text]


def page_at(text: str, place: int) -> int:
    """The page that a place of a text is on."""
    return max(1, sum(start <= place for start, _ in page_spans(text)))


def page_spans(text: str, room: int = PAGE_CHARS) -> Iterator[tuple[int, int]]:
    """Where each page begins and ends, one by one; blank pages are skipped."""
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


def context_embed(article: Article, quote: Span, paragraph: Span) -> discord.Embed:
    """The paragraph around a quote, with the quote in bold."""
    (start, end), (first, last) = quote, paragraph
    room = max(0, (PAGE_CHARS - length(escape(article.text[start:end]))) // 2)
    before = within(article.text[first:start], room, keep_end=True)
    after = within(article.text[end:last], room)
    bold = within(article.text[start:end].strip(), PAGE_CHARS)
    return text_embed(article, f"{before}**{bold}**{after}".strip(), "")


def progress_embed(doing: str, share: float | None, note: str = "") -> discord.Embed:
    """How far a write has come, with a bar if that is known."""
    bar = ""
    if share is not None:
        full = round(share * _BAR)
        bar = f"\n{'▰' * full}{'▱' * (_BAR - full)} {share:.0%}"
    small = f"\n-# {note}" if note else ""
    return card([f"{escape(doing)}{bar}{small}"], colour=NEUTRAL)


def about(
    heads: Sequence[ArticleHead], *, asking: bool, where: str = "", of: str = ""
) -> discord.Embed:
    """What a server's articles are about, and how to ask.

    ``where`` names the channels to ask in, if not this one; ``of`` says whose articles these are,
    in a direct message.
    """
    sources = sources_of(heads)
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
    tap = ["-# Or tap:"] if asking else []
    title = f"What I can answer from {of}" if of else "What I can answer here"
    if where:
        ways = f"I do not answer in this channel, but in {where}. {ways}"
    return card(["\n".join(lines), ways, *tap], colour=NEUTRAL, title=title)


def corpus_totals(report: AddReport) -> str:
    """How much there is now."""
    articles = counted(report.articles, "article")
    return f"Now {articles} with {counted(report.sentences, 'sentence')}."
