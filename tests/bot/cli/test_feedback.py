"""`dateline feedback export`: votes as an evaluation set."""

import json
from pathlib import Path

from click.testing import CliRunner

from bot.cli.main import dateline
from bot.discord.store import Store, Vote

HERE, ELSEWHERE = 410000000000000001, 410000000000000002


def export(home: Path, *more: str) -> tuple[int, list[dict[str, object]]]:
    done = CliRunner().invoke(dateline, ["--home", str(home), "feedback", "export", *more])
    return done.exit_code, [json.loads(text) for text in done.stdout.splitlines()]


def test_votes_come_out_as_lines(tmp_path: Path) -> None:
    store = Store(tmp_path)
    vote = Vote(HERE, "2026-01-01T00:00:00+00:00", False, "where?", "Rome", "c0ffee", "a1", 3, 40)
    store.vote(vote, message=1, user=2)
    later = "2026-01-02T00:00:00+00:00"
    unanswered = Vote(ELSEWHERE, later, True, "x?", None, "c", None, None, None)
    store.vote(unanswered, message=3, user=2)
    store.close()
    status, lines = export(tmp_path)
    assert status == 0
    assert lines[0] == {
        "schema_version": 1,
        "question": "where?",
        "answer": "Rome",
        "helpful": False,
        "corpus_version": "c0ffee",
        "article_id": "a1",
        "start": 3,
        "end": 40,
        "history": [],
        "guild": str(HERE),
        "at": "2026-01-01T00:00:00+00:00",
    }
    assert [line["answer"] for line in lines] == ["Rome", None]
    assert export(tmp_path, "--guild", str(ELSEWHERE))[1] == lines[1:]


def test_no_votes_are_said_and_leave_nothing_behind(tmp_path: Path) -> None:
    status, lines = export(tmp_path)
    assert (status, lines) == (1, [])
    assert list(tmp_path.iterdir()) == []
