"""Cooldown, quota, what Discord sends twice, and conversations that end."""

from collections.abc import Collection, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from bot.discord import conversations, limits
from bot.discord.conversations import Conversations, History
from bot.discord.limits import Cooldown, TooManyError, within_quota
from bot.discord.recent import Seen
from bot.settings import Settings
from index import ArticleInput, Corpus, Incoming, Item, RefusedArticle, accept
from index.disk import size_of
from retrieval import Turn


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        for module in (limits, conversations):
            monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: self.now))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def test_one_person_asks_so_many_questions_a_minute(clock: Clock) -> None:
    cooldown = Cooldown(6)
    for _ in range(6):
        cooldown.take(1)
    with pytest.raises(TooManyError, match="6 questions within a minute; ask again in 10 s"):
        cooldown.take(1)
    cooldown.take(2)
    clock.now += 9
    with pytest.raises(TooManyError):
        cooldown.take(1)
    clock.now += 1.1
    cooldown.take(1)
    clock.now += 3600
    for _ in range(6):
        cooldown.take(1)
    with pytest.raises(TooManyError):
        cooldown.take(1)


def test_what_was_seen_is_seen_again_as_long_as_it_is_remembered() -> None:
    seen = Seen(2)
    assert [seen.again(n) for n in (1, 1, 2, 2)] == [False, True, False, True]
    assert not seen.again(3)
    assert not seen.again(1)  # given way to newer ones


def quota(items: Sequence[Item], *, ids: Collection[str], used: int, most: int) -> list[Item]:
    corpus = cast("Corpus", SimpleNamespace(size=lambda: used))
    settings = Settings(server_articles=most, server_bytes=1000)
    return list(within_quota(corpus, ids, settings, items))


def test_a_quota_refuses_what_there_is_no_room_for() -> None:
    def item(n: int, text: str = "x" * 100) -> Incoming:
        return accept(ArticleInput(text=text), None, f"item {n}")

    unreadable = RefusedArticle("item 9", "it is not UTF-8")
    given: list[Item] = [item(1), unreadable, item(2), item(3)]
    passed = quota(given, ids="abcdefgh", used=0, most=10)
    assert passed[:3] == given[:3]
    assert isinstance(passed[3], RefusedArticle)
    assert "has its 10 articles; remove some" in str(passed[3])
    large = quota([item(1), item(2)], ids=(), used=850, most=9)
    assert [isinstance(one, RefusedArticle) for one in large] == [False, True]


def test_an_article_that_is_there_can_be_updated_where_there_is_room_for_no_other() -> None:
    def item(name: str) -> Incoming:
        return accept(ArticleInput(text="He left.", id=name), None, name)

    passed = quota([item("new"), item("there")], ids={"there"}, used=0, most=1)
    assert [isinstance(one, RefusedArticle) for one in passed] == [True, False]


def test_the_size_of_a_folder(tmp_path: Path) -> None:
    assert size_of(tmp_path / "none") == 0
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a").write_bytes(b"12345")
    (tmp_path / "b").write_bytes(b"123")
    assert size_of(tmp_path) == 8


# -- conversations -------------------------------------------------------------------------------

FIRST, SECOND = Turn("who?", "Han Zheng"), Turn("where?", "New York")


def test_a_conversation_is_ones_own_and_goes_on_from_its_last_answer(clock: Clock) -> None:
    conversations = Conversations(minutes=30)
    conversations.add((7, 1), 100, History((FIRST,)))
    conversations.add((7, 2), 101, History((SECOND,)))
    assert conversations.last((7, 1)) == History((FIRST,))
    assert conversations.last((7, 3)) == History()
    conversations.add((7, 1), 102, History((FIRST, SECOND)))
    assert conversations.last((7, 1)) == History((FIRST, SECOND))
    assert conversations.until(100) == History(
        (FIRST,)
    )  # a reply to the older answer goes on from there
    assert conversations.until(999) is None


def test_a_conversation_ends_by_itself(clock: Clock) -> None:
    conversations = Conversations(minutes=30)
    conversations.add((7, 1), 100, History((FIRST,)))
    clock.now += 29 * 60
    assert conversations.last((7, 1)) == History((FIRST,))
    clock.now += 2 * 60
    assert conversations.last((7, 1)) == History()
    assert conversations.until(100) is None


def test_a_conversation_is_dropped_and_anothers_is_not(clock: Clock) -> None:
    conversations = Conversations(minutes=30)
    conversations.add((7, 1), 100, History((FIRST,)))
    conversations.add((7, 2), 101, History((SECOND,)))
    conversations.forget((7, 1))
    assert conversations.last((7, 1)) == History()
    assert conversations.until(100) is None  # its message says what it shows, as after a restart
    assert conversations.last((7, 2)) == History((SECOND,))
