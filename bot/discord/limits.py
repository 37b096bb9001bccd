"""How much one person may ask, and how much one server may store."""

import time
from collections.abc import Collection, Iterable, Iterator

from bot.discord.recent import Recent
from bot.settings import Settings
from index import Corpus, Incoming, InputError, Item, RefusedArticle
from index.storage.prepare import article_id_of, key_of

# Questions waiting in all servers together; about ten a second are answered.
MOST_WAITING = 100


class TooManyError(InputError):
    """Someone, or everyone together, asks too often."""


class Cooldown:
    """A limit of questions per person and minute, as a token bucket."""

    def __init__(self, a_minute: int) -> None:
        self.a_minute = a_minute
        self._left: Recent[int, tuple[float, float]] = Recent()  # and when that was

    def take(self, user: int) -> None:
        """Count a question; raises TooManyError, with the time to wait, if there are too many."""
        now = time.monotonic()
        left, at = self._left.get(user, (float(self.a_minute), now))
        left = min(float(self.a_minute), left + (now - at) * self.a_minute / 60)
        if left < 1:
            self._left[user] = left, now
            seconds = max(1, round((1 - left) * 60 / self.a_minute))
            raise TooManyError(
                f"You have asked {self.a_minute} questions within a minute; "
                f"ask again in {seconds} s."
            )
        self._left[user] = left - 1, now


def within_quota(
    corpus: Corpus, ids: Collection[str], settings: Settings, items: Iterable[Item]
) -> Iterator[Item]:
    """Pass on what a server has room for, and refuse the rest, each with its reason; blocks.

    Articles with these ``ids`` are there already.
    """
    most, most_bytes = settings.server_articles, settings.server_bytes
    articles, used = len(ids), corpus.size()
    for item in items:
        if isinstance(item, RefusedArticle):
            yield item
            continue
        size = len(item.article.text.encode("utf-8", "replace"))
        is_new = not any(one in ids for one in ids_of(item))
        if is_new and articles >= most:
            yield refused(item.label, f"this server has its {most:,} articles")
        elif used + size > most_bytes:
            unit, name = unit_of(most_bytes)
            yield refused(item.label, f"this server has used its {most_bytes / unit:,g} {name}")
        else:
            articles, used = articles + is_new, used + size
            yield item


def unit_of(size: int) -> tuple[float, str]:
    """The unit that a size is told in, and its name."""
    return (1e6, "MB") if size >= 1e6 else (1e3, "kB")


def ids_of(item: Incoming) -> set[str]:
    """The id of an article, and the one that it had before its file gave it a URL or an id."""
    keys = key_of(item, item.article.text), f"path:{item.origin}"
    return set(map(article_id_of, keys))


def refused(label: str, why: str) -> RefusedArticle:
    """A refusal that says what to do."""
    return RefusedArticle(label, f"{why}; remove some, or ask whoever runs Dateline for more")
