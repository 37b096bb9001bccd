"""Cards about feeds: which a server follows, and what has come in by one."""

from collections.abc import Sequence

import discord

from bot.discord.escape import escaped_line, length, safe_url, within
from bot.discord.views import cards
from bot.text import counted
from index import ArticleHead
from index.feeds.book import FollowedFeed

_ANNOUNCED = 10
_ROOM = 3900  # of a card's 4,096 characters
FEEDS_A_PAGE = 7  # which fit whatever they are called and whatever is wrong with them


def feed_line(feed: FollowedFeed) -> str:
    """A feed with how it is doing, on two lines."""
    times = [
        f"last taken in {cards.moment(feed.last_success.isoformat())}"
        if feed.last_success
        else "not taken in yet",
        "not tried again" if feed.gone else f"next {cards.moment(feed.next_try.isoformat())}",
        f"{feed.left:,} entries left" if feed.left else "",
        f"announced in <#{feed.channel}>" if feed.channel else "",
    ]
    lines = [f"**{within(feed.name, 150, escaped_line)}**", "-# " + " · ".join(filter(None, times))]
    if feed.error:
        lines.append(f"-# ⚠ {within(feed.error, 200, escaped_line)}")
    return "\n".join(lines)


def announcement(feed: FollowedFeed, heads: Sequence[ArticleHead]) -> discord.Embed:
    """What has come in by a feed, the newest first."""
    lines = [
        " · ".join(filter(None, (titled(head), cards.date(head.published))))
        for head in heads[:_ANNOUNCED]
    ]
    while length("\n".join(lines)) > _ROOM:
        lines.pop()  # as a whole: an address that is cut is none
    if more := len(heads) - len(lines):
        lines.append(f"-# and {more:,} more; `/articles list` has all")
    title = f"{feed.name}: {counted(len(heads), 'new article')}"
    return cards.card(["\n".join(lines)], colour=cards.NEUTRAL, title=title)


def titled(head: ArticleHead) -> str:
    """An article's title, which links to it where it has an address."""
    title = within(head.title, 150, escaped_line)
    url = safe_url(head.url, 500)
    return f"[{title}]({url})" if url else f"**{title}**"
