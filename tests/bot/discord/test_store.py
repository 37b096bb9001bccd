"""What is kept of servers, and that it is deleted when it is due."""

import datetime as dt
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot.discord.ops.retention import keep_once
from bot.discord.servers import Servers
from bot.discord.store import CHANGES_KEPT, ServerSettings, Store, Vote
from index import ArticleInput, DatelineError, InputError, accept
from tests.bot.discord.fakes import StubEngine, StubHome

NEWSROOM, OTHER = 410000000000000001, 410000000000000002


def vote(guild: int = NEWSROOM, *, helpful: bool = True, at: str = "2026-01-01T00:00:00") -> Vote:
    return Vote(guild, at, helpful, "where?", "New York", "c0ffee", "a1", 3, 40)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def test_nothing_is_created_by_reading(store: Store) -> None:
    assert store.settings() == {}
    assert list(store.feedback()) == []
    assert not store.path.exists()


def test_a_damaged_file_is_said_with_what_to_do(store: Store) -> None:
    store.path.write_bytes(b"This is not a database, but long enough to be one. " * 100)
    with pytest.raises(DatelineError, match=r"discord.sqlite is damaged .*, or delete it: then"):
        store.settings()
    store.path.unlink()
    store.set(NEWSROOM, ServerSettings(private=True))
    assert store.settings()[NEWSROOM].private


def test_settings_come_back_and_others_may_read_no_file(store: Store) -> None:
    settings = ServerSettings(managers=(1, 2), channels=(3,), private=True, threshold=0.5)
    store.set(NEWSROOM, settings)
    store.set(NEWSROOM, settings.model_copy(update={"keep_questions": 7}))
    store.set(OTHER, ServerSettings())
    assert store.settings()[NEWSROOM].keep_questions == 7
    assert store.settings()[NEWSROOM].managers == (1, 2)
    assert store.settings()[OTHER] == ServerSettings()
    assert store.path.stat().st_mode & 0o077 == 0


def test_a_file_of_the_version_before_keeps_its_votes(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "discord.sqlite")) as db:
        db.executescript(
            "CREATE TABLE votes (voter TEXT PRIMARY KEY, guild INTEGER NOT NULL, at TEXT NOT NULL,"
            " helpful INTEGER NOT NULL, question TEXT NOT NULL, answer TEXT, corpus_version TEXT"
            ' NOT NULL, article_id TEXT, start INTEGER, "end" INTEGER);'
            "INSERT INTO votes VALUES ('x', 1, '2026', 1, 'where?', 'York', 'c', 'a', 3, 40)"
        )
    store = Store(tmp_path)
    after = replace(vote(), history=({"question": "who?", "answer": None},))
    store.vote(after, message=1, user=1)
    assert [one.history for one in store.feedback()] == [(), after.history]


def test_a_person_has_one_vote_on_a_message_and_is_not_named(store: Store) -> None:
    store.vote(vote(helpful=True), message=1, user=5100)
    store.vote(vote(helpful=False), message=1, user=5100)
    store.vote(vote(at="2026-01-02T00:00:00"), message=1, user=5101)
    store.vote(vote(OTHER), message=2, user=5100)
    assert [one.helpful for one in store.feedback(NEWSROOM)] == [False, True]
    assert len(list(store.feedback())) == 3
    assert next(iter(store.feedback(OTHER))) == vote(OTHER)
    store.close()
    with sqlite3.connect(store.path) as db:
        assert "5100" not in str(db.execute("SELECT * FROM votes").fetchall())
        voters = {row[0] for row in db.execute("SELECT voter FROM votes")}
    assert len(voters) == 3  # the same person is another one on another message


def test_the_log_is_the_newest_first_and_bounded(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.discord.store.CHANGES_KEPT", 3)
    for n in range(5):
        store.log_change(NEWSROOM, 5100, f"change {n}")
    store.log_change(OTHER, 5100, "elsewhere")
    assert [change.what for change in store.changes(NEWSROOM)] == [
        "change 4",
        "change 3",
        "change 2",
    ]
    assert CHANGES_KEPT >= 100


def test_questions_are_forgotten_when_they_are_old(store: Store) -> None:
    store.keep_question(NEWSROOM, "where?", answered=True)
    store.keep_question(OTHER, "when?", answered=False)
    store.forget_old(NEWSROOM, ServerSettings(keep_questions=1))
    assert [one.question for one in store.questions(NEWSROOM)] == ["where?"]
    store.forget_old(NEWSROOM, ServerSettings(keep_questions=0))
    assert store.questions(NEWSROOM) == []
    assert [one.answered for one in store.questions(OTHER)] == [False]


def test_a_server_that_left_is_deleted_after_its_grace_and_not_before(tmp_path: Path) -> None:
    home = StubHome(tmp_path)
    for guild in (NEWSROOM, OTHER):
        article = ArticleInput(text="Rain fell in Lisbon on Monday.", id="rain")
        home.corpus(f"guild-{guild}").add([accept(article, None, "rain")])
    servers = Servers(home, StubEngine)
    servers.store.vote(vote(OTHER), message=1, user=1)
    servers.store.set(OTHER, ServerSettings(private=True))
    servers.load()

    def there() -> list[str]:
        return [name for name in home.corpora() if name.startswith("guild-")]

    keep_once(servers, {NEWSROOM, OTHER}, grace_days=0)
    assert len(there()) == 2
    keep_once(servers, {NEWSROOM}, grace_days=7)  # it left while the bot was away
    assert servers.store.gone_for(dt.timedelta()) == [OTHER]
    assert len(there()) == 2
    keep_once(servers, {NEWSROOM, OTHER}, grace_days=0)  # and came back in time
    assert len(there()) == 2
    keep_once(servers, {NEWSROOM}, grace_days=0)
    assert there() == [f"guild-{NEWSROOM}"]
    assert not (tmp_path / "corpora" / f"guild-{OTHER}").exists()
    assert list(servers.store.feedback()) == []
    assert OTHER not in servers.store.settings()
    assert not servers.settings_of(OTHER).private


def test_what_is_kept_of_a_server_without_articles_is_deleted_too(tmp_path: Path) -> None:
    servers = Servers(StubHome(tmp_path), StubEngine)
    for guild in (0, NEWSROOM, OTHER):  # 0 stands for the shared articles
        servers.store.vote(vote(guild), message=guild, user=1)
    servers.store.log_change(1, 1, "Added an article.")
    servers.store.keep_question(2, "Where does it rain?", answered=True)
    assert sorted(servers.store.guilds()) == sorted([1, 2, NEWSROOM, OTHER])
    keep_once(servers, {NEWSROOM}, grace_days=0)
    assert {one.guild for one in servers.store.feedback()} == {0, NEWSROOM}
    assert not servers.store.changes(1)
    assert not servers.store.questions(2)


def test_a_server_is_deleted_when_what_comes_in_has_come_and_no_more_does(tmp_path: Path) -> None:
    home = StubHome(tmp_path)
    servers = Servers(home, StubEngine)
    server, corpus = servers.of(OTHER), home.corpus(f"guild-{OTHER}")
    with servers.changing(server):
        servers.forget(OTHER)
        servers.store.note_left(OTHER)
        deleting = threading.Thread(target=keep_once, args=(servers, set(), 0))
        deleting.start()
        corpus.put("Rain fell in Lisbon on Monday.")
        assert corpus.articles
    deleting.join()
    assert not corpus.folder.exists()
    with pytest.raises(InputError, match="is being deleted"), servers.changing(server):
        pass
