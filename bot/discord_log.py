"""Logging without secrets: neither the bot's token nor those of interactions ever pass."""

import logging
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_HIDDEN = "[hidden]"
# The addresses that answers go to, an event as the gateway logs it, and a token on its own,
# which begins with "interaction:" in base 64.
_SECRETS = re.compile(
    r"""((?:webhooks|interactions)/\d+/) [^/\s?'")]+
      | (['"]token['"]:\ *['"]) [^'"]+
      | \b(aW50ZXJhY3Rpb246) [\w=-]+""",
    re.VERBOSE,
)


class Redactor:
    """Makes log records as logging does, with every secret hidden before any handler sees it.

    A filter would have to be on each handler, and on those that are added later.
    """

    def __init__(self, token: str) -> None:
        self._token = token
        self._make = logging.getLogRecordFactory()

    def hide(self, text: str) -> str:
        """Return the text without secrets."""
        text = text.replace(self._token, _HIDDEN)
        return _SECRETS.sub(lambda match: f"{match[match.lastindex or 0]}{_HIDDEN}", text)

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        """Make a record; its text is settled here, so that no secret stays in its arguments."""
        record = self._make(*args, **kwargs)
        try:
            text = record.getMessage()
        except (TypeError, ValueError, KeyError):
            text = str(record.msg)
        record.msg, record.args = self.hide(text), ()
        if record.exc_info and record.exc_info[1]:
            # Formatters take this text when it is there.
            record.exc_text = self.hide("".join(traceback.format_exception(record.exc_info[1])))
        return record


@contextmanager
def redacted(token: str) -> Iterator[None]:
    """Log to the terminal, unless logging is set up already, and hide secrets meanwhile."""
    before = logging.getLogRecordFactory()
    root = logging.getLogger()
    level = root.level
    handler = None if root.handlers else logging.StreamHandler(sys.stderr)
    logging.setLogRecordFactory(Redactor(token))
    if handler:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        root.addHandler(handler)
        root.setLevel(logging.INFO)
    try:
        yield
    finally:
        logging.setLogRecordFactory(before)
        if handler:
            root.removeHandler(handler)
            root.setLevel(level)
