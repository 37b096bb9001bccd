"""Logging without secrets: tokens, of the bot and of interactions, are hidden.

Questions are hidden too, unless the settings allow them. All records made while a question is
handled have the same short id.
"""

import datetime as dt
import json
import logging
import re
import secrets
import traceback
from contextvars import ContextVar
from typing import Any, Literal

from bot.text import visible

LogFormat = Literal["text", "json"]

# What is being handled, in each asyncio task and the threads that it calls.
request_id: ContextVar[str] = ContextVar("request_id", default="")
_asked: ContextVar[str] = ContextVar("_asked", default="")

_HIDDEN = "[hidden]"
# Webhook addresses, an event as the gateway logs it, and a token by itself, which begins with
# "interaction:" in base 64.
_SECRETS = re.compile(
    r"""((?:webhooks|interactions)/\d+/) [^/\s?'")]+
      | (['"]token['"]:\ *['"]) [^'"]+
      | \b(aW50ZXJhY3Rpb246) [\w=-]+""",
    re.VERBOSE,
)
# Hiding shorter texts would only make holes in words.
_SHORTEST_QUESTION = 4


def begin_request(question: str = "") -> str:
    """Give this task's records an id, which is returned, and keep the question out of them.

    Calling it again changes only the question.
    """
    number = request_id.get() or secrets.token_hex(4)
    request_id.set(number)
    _asked.set(question.strip())
    return number


class Redactor:
    """A factory of log records that hides every secret before any handler sees it.

    A filter would have to be on each handler, even those added later.
    """

    def __init__(self, token: str, *, questions: bool = False) -> None:
        self._token = token
        self._questions = questions
        self._make = logging.getLogRecordFactory()

    def hide(self, text: str) -> str:
        """The text without secrets."""
        text = text.replace(self._token, _HIDDEN)
        asked = _asked.get()
        if not self._questions and len(asked) >= _SHORTEST_QUESTION:
            # As it is, as Python's repr, and as JSON.
            for form in (asked, repr(asked)[1:-1], json.dumps(asked)[1:-1]):
                text = text.replace(form, _HIDDEN)
        return _SECRETS.sub(lambda match: f"{match[match.lastindex or 0]}{_HIDDEN}", text)

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        """Make a record; its text is formatted here, so that no secret stays in its arguments."""
        record = self._make(*args, **kwargs)
        try:
            text = record.getMessage()
        except (TypeError, ValueError, KeyError):
            text = str(record.msg)
        record.msg, record.args = self.hide(text), ()
        record.request_id = request_id.get()
        if record.exc_info and record.exc_info[1]:
            # Formatters take this text when it is there.
            record.exc_text = self.hide("".join(traceback.format_exception(record.exc_info[1])))
        return record


class Formatter(logging.Formatter):
    """Formats records; everything unprintable is made visible."""

    def __init__(self, log_format: LogFormat) -> None:
        super().__init__()
        self._form = self._line if log_format == "text" else self._json

    def format(self, record: logging.LogRecord) -> str:
        """The record as text or as JSON."""
        return self._form(record, getattr(record, "request_id", ""))

    def _line(self, record: logging.LogRecord, number: str) -> str:
        """A line for people, and the traceback below it; only lines begin in the first column."""
        line = (
            f"{self.formatTime(record)} {record.levelname} {record.name}"
            f"{f' [{number}]' if number else ''}: {record.getMessage()}"
        )
        trace = record.exc_text.strip().split("\n") if record.exc_text else []
        return "\n  ".join(map(visible, [line, *trace]))

    def _json(self, record: logging.LogRecord, number: str) -> str:
        """A JSON object on a line, for programs."""
        time = dt.datetime.fromtimestamp(record.created, dt.UTC)
        made = {
            "time": time.isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        made |= {"request_id": number} if number else {}
        made |= {"exception": record.exc_text} if record.exc_text else {}
        # In ASCII, so that it is valid in any encoding of standard error.
        return json.dumps(made)


def log_redacted(token: str, log_format: LogFormat = "text", *, questions: bool = False) -> None:
    """Log to the terminal, unless logging is set up already, and hide secrets from now on."""
    logging.setLogRecordFactory(Redactor(token, questions=questions))
    handler = logging.StreamHandler()
    handler.setFormatter(Formatter(log_format))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
