"""Conversations on a terminal and through a pipe."""

from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from bot.cli.chat import prompting
from retrieval.answer import Answer
from tests.conftest import QUESTION, Program, Run


def test_a_conversation_through_a_pipe(examples: Program) -> None:
    typed = " ".join(QUESTION) + "\n\nwhen?\n/nothing\n/quit\nnever asked\n"
    done = examples("chat", "--json", stdin=typed.encode())
    assert done.returncode == 1
    first, second = (Answer.model_validate_json(line) for line in done.stdout.splitlines())
    assert first.answer == "New York"
    assert "Han Zheng" in second.standalone_question
    assert done.stderr.startswith("error: there is no command /nothing")


@pytest.mark.parametrize("end", ["exit", "quit", ":q", "/quit", " EXIT "])
def test_a_conversation_ends_as_one_would_expect(run: Run, end: str) -> None:
    done = run("chat", input=f"help\n/help\n{end}\nnever asked\n")
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr.count("exit, quit, :q, /quit or Ctrl-D ends.") == 2


@pytest.mark.parametrize(
    ("args", "typed", "status"),
    [
        (["--since", "2030-01-01"], "who won", 3),
        ([], " ".join(QUESTION) + "\nthank you", 0),
        (["--article", "nope"], "who won", 1),
        ([], "", 0),
    ],
)
def test_a_piped_conversation_has_a_status(
    examples: Program, args: list[str], typed: str, status: int
) -> None:
    assert examples("chat", *args, stdin=typed.encode()).returncode == status


def test_an_interrupt_drops_what_is_half_typed_and_then_ends(tmp_path: Path) -> None:
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        next_line = prompting(tmp_path)
        keys.send_text("half\x03whole\r")
        assert next_line() == "whole"
        keys.send_text("\x03")
        with pytest.raises(KeyboardInterrupt):
            next_line()


def test_a_conversation_goes_on_where_no_history_can_be_kept(tmp_path: Path) -> None:
    (tmp_path / "chat_history").mkdir()
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        next_line = prompting(tmp_path)
        keys.send_text("first\rsecond\r")
        assert [next_line(), next_line()] == ["first", "second"]


def test_a_follow_up_says_what_was_searched_for(examples: Program) -> None:
    done = examples("chat", stdin=(" ".join(QUESTION) + " \nwhen was that?\n").encode())
    first, second = done.stdout.split("searched for: ")
    assert first.startswith("New York ")
    assert second.startswith("when was that? (with: where did Blinken meet Han Zheng")
    assert "searched for" not in examples("ask", *QUESTION).stdout
