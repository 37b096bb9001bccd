"""The bot's log: its two formats, the id of a request, and what never stands in it."""

import asyncio
import io
import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest

from bot.discord.ops import logs
from bot.discord.ops.logs import LogFormat, begin_request, request_id
from tests.discord_standin.server import TOKEN

log = logging.getLogger("bot.tested")
QUESTION = "where did “Blinken” meet\nHan Zheng"


class Logged:
    """What is written to standard error while a token is kept out of it."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def lines(self) -> list[str]:
        return self.stream.getvalue().splitlines()

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]


@contextmanager
def logged_as(form: LogFormat, *, questions: bool = False) -> Iterator[Logged]:
    """Log as a program does that has just started; pytest's own handlers are put aside."""
    logged, root = Logged(), logging.getLogger()
    level = root.level
    with (
        patch.object(root, "handlers", []),
        patch("logging._logRecordFactory", logging.getLogRecordFactory()),
        patch("sys.stderr", logged.stream),
    ):
        logs.log_redacted(TOKEN, form, questions=questions)
        yield logged
        root.setLevel(level)
    request_id.set("")
    logs._asked.set("")


class TestFormats:
    def test_json_is_one_object_a_line(self) -> None:
        with logged_as("json") as logged:
            log.info("two\nlines of %s", "é")
            log.debug("not shown")
        (made,) = logged.objects
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", made.pop("time"))
        assert made == {
            "level": "INFO",
            "logger": "bot.tested",
            "message": "two\nlines of é",
        }

    def test_an_exception_is_a_field(self) -> None:
        with logged_as("json") as logged:
            try:
                json.loads(f"[{TOKEN}")
            except ValueError as error:
                raised = error
                error.add_note(f"with {TOKEN} in it")
                log.exception("it broke")
        (made,) = logged.objects
        assert made["message"] == "it broke"
        assert made["exception"].startswith("Traceback (most recent call last):\n")
        assert made["exception"].endswith(f"{raised}\nwith [hidden] in it\n")

    def test_nothing_in_a_text_can_pass_for_a_record(self) -> None:
        forged = "x\n2026-01-01 00:00:00 INFO bot: forged\x1b[31m"
        with logged_as("text") as logged:
            log.warning("a server called %s", forged)
            log.error("broken", exc_info=ValueError(forged))
        firsts = [line for line in logged.lines if not line.startswith("  ")]
        assert [line.split(" ")[2] for line in firsts] == ["WARNING", "ERROR"]
        assert "called x␊2026" in firsts[0]
        assert "\x1b" not in logged.stream.getvalue()
        assert "  ValueError: x" in logged.lines


@pytest.mark.parametrize("form", ["text", "json"])
class TestRequests:
    def test_each_task_has_an_id_that_its_threads_share(self, form: LogFormat) -> None:

        async def handle(name: str) -> str:
            number = begin_request()
            log.info("%s begins", name)
            await asyncio.sleep(0)
            await asyncio.to_thread(log.info, "%s in a thread", name)
            assert begin_request("again") == number
            return number

        async def both() -> list[str]:
            return await asyncio.gather(*map(asyncio.create_task, (handle("one"), handle("two"))))

        with logged_as(form) as logged:
            numbers = asyncio.run(both())
            log.info("outside")
        assert len(set(numbers)) == 2
        for number, name in zip(numbers, ("one", "two"), strict=True):
            mine = [line for line in logged.lines if number in line]
            assert len(mine) == 2
            assert all(name in line for line in mine)
        outside = [line for line in logged.lines if "outside" in line]
        assert not re.search(r"request_id|\[", outside[0])

    def test_no_token_in_anything_that_is_logged(self, form: LogFormat) -> None:
        hook = f"https://discord.com/api/webhooks/123/{'aW50ZXJhY3Rpb246' + 'x' * 30}/messages"
        with logged_as(form) as logged:
            log.info(TOKEN)
            log.info("of %s", [TOKEN])
            log.error(hook, exc_info=RuntimeError(hook))
        written = logged.stream.getvalue()
        assert TOKEN not in written
        assert "aW50ZXJhY3Rpb246x" not in written
        assert written.count("[hidden]") == 4

    @pytest.mark.parametrize("shown", [False, True])
    def test_a_question_is_only_logged_where_that_is_turned_on(
        self, form: LogFormat, *, shown: bool
    ) -> None:
        with logged_as(form, questions=shown) as logged:
            begin_request(QUESTION)
            log.info("asked %s", QUESTION)
            log.info("asked %r", {"question": QUESTION})
            log.error("failed", exc_info=RuntimeError(f"no words in {QUESTION!r}"))
        written = logged.stream.getvalue()
        assert ("Blinken" in written) is shown
        assert ("Han Zheng" in written) is shown
