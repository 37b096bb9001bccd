"""``dateline watch-question``: what comes in later is told once, and a program is run with it."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from bot.watches import Mark, Watch, WatchBook, news
from retrieval import Answer, Engine
from tests.bot.discord.card_parts import answer, citation
from tests.conftest import Program

QUESTION = "how many people died in Derna"
WRITES = "import sys; open(sys.argv[1], 'ab').write(sys.stdin.buffer.read() + b'\\n')"
STORY = "Title: Derna's dead\nPublished: {day}\n\nAt least {n} people died in Derna, it was said."


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.mark.slow
def test_a_new_answer_is_told_once_and_the_program_gets_it(mine: Program, tmp_path: Path) -> None:
    out, script, story = tmp_path / "events", tmp_path / "write.py", tmp_path / "derna.txt"
    script.write_text(WRITES, "utf-8")
    command = f"'{sys.executable}' '{script}' '{out}'"
    begun = mine.json("watch-question", *QUESTION.split(), "--run", command)
    assert begun["command"] == [sys.executable, str(script), str(out)]
    assert mine("watch-question", QUESTION).stderr.startswith("error: this question is watched")
    (listed,) = mine.json("watch-question", "--list")
    assert listed == begun

    story.write_text(STORY.format(n="12,345", day="2023-09-25"), "utf-8")
    added = mine.apart("add", str(story))  # whose error stream the program gets
    assert added.returncode == 0
    told = added.stderr.partition("watched: ")[2].splitlines()
    assert told[0] == QUESTION
    assert "12,345" in told[1]
    assert told[1].endswith(f"(before: {begun['told']})")
    assert told[2:] == [
        "  “At least 12,345 people died in Derna, it was said.”",
        "    Derna's dead · 2023-09-25",
    ]
    (event,) = lines(out)
    assert event["before"] == begun["told"]
    assert event["question"] == QUESTION
    assert "12,345" in event["answer"]["answer"]  # type: ignore[index]
    assert "watched" not in mine("add", str(story)).stderr
    other = tmp_path / "again.txt"
    other.write_text(STORY.format(n="12,345", day="2023-09-26") + " It rained.", "utf-8")
    assert "watched: " not in mine("add", str(other)).stderr
    assert len(lines(out)) == 1
    ended = mine("watch-question", "--end", str(begun["id"]))
    assert ended.stdout == f"no longer watching: {QUESTION}\n"
    assert mine.json("watch-question", "--list") == []


@pytest.mark.slow
def test_a_program_that_fails_is_said_and_nothing_is_told_again(
    mine: Program, tmp_path: Path
) -> None:
    gone, three = tmp_path / "program; echo $HOME", f"{sys.executable} -c 'exit(3)'"
    gone.touch(0o755)
    mine.json("watch-question", QUESTION, "--run", f"'{gone}'")
    mine.json("watch-question", f"{QUESTION} city", "--run", three)
    gone.unlink()
    story = tmp_path / "derna.txt"
    story.write_text(STORY.format(n="12,345", day="2023-09-25"), "utf-8")
    added = mine.apart("add", str(story))  # whose error stream the program gets
    assert added.returncode == 0
    failed = [line for line in added.stderr.splitlines() if line.startswith("error: ")]
    counts = "; the answer counts as told"
    assert failed == [
        f"error: --run cannot be started (No such file or directory): '{gone}'{counts}",
        f"error: --run ended with status 3: {three}{counts}",
    ]
    story.write_text(STORY.format(n="12,345", day="2023-09-25") + " It rained.", "utf-8")
    assert "watched: " not in mine("add", str(story)).stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("args", "status", "told"),
    [
        (["watch-question"], 2, "give a question"),
        (["watch-question", "--end", "0" * 8], 1, "no such question is watched"),
        (["watch-question", "x", "--run", "'"], 2, "--run: No closing quotation"),
        (["watch-question", "x", "--run", "nowhere; echo"], 2, "no program 'nowhere;'"),
        (["watch-question", "hello"], 1, "no answer that could change"),
    ],
)
def test_what_cannot_be_done_is_said(
    examples: Program, args: list[str], status: int, told: str
) -> None:
    done = examples(*args)
    assert done.returncode == status
    assert told in done.stderr


@pytest.mark.parametrize(
    ("said", "due"),
    [
        ([("12,345", "At least 12,345 died.")], False),  # other words of what was told
        ([("at least 12,345", "Officials now say at least 12,345.")], False),  # the words alone
        ([("12,346", "At least 12,346 died.")], True),
        ([("12,345", "At least 12,345 died."), ("31", "Then 31 more died.")], True),
    ],
)
def test_only_other_words_of_another_sentence_are_told(
    said: list[tuple[str, str]], due: bool
) -> None:
    def given(*parts: tuple[str, str]) -> Answer:
        cited = [
            citation(
                n=n,
                quote=quote,
                answer_start=quote.index(words),
                answer_end=quote.index(words) + len(words),
                version=1,
            )
            for n, (words, quote) in enumerate(parts, start=1)
        ]
        return answer(answer=parts[0][0], citations=tuple(cited))

    watch = Watch(id="1", question=QUESTION)
    watch.tell(given(("At least 12,345", "At least 12,345 died.")))
    corpus = SimpleNamespace(name="default")
    engine = cast("Engine", SimpleNamespace(corpus=corpus, may_answer=lambda *_: True))
    told = news(watch, [engine], {"default": {("a1", 1)}}, lambda _: given(*said))
    assert (told is not None) is due


def test_a_broken_file_is_said_and_one_that_is_gone_stays_gone(tmp_path: Path) -> None:
    book = WatchBook(tmp_path / "gone")
    book.move({"default": Mark(at="2026-01-01T00:00:00+00:00")})
    assert not (tmp_path / "gone").exists()
    (tmp_path / "watches.json").write_text("{", "utf-8")
    with pytest.raises(Exception, match=r"watches.json cannot be read; restore it, or delete it"):
        WatchBook(tmp_path).watches()
