"""What can go wrong; every message says what to do next."""

from collections.abc import Iterator
from contextlib import contextmanager

# What mends all but the articles, wherever the corpus is kept.
MAKE_ANEW = "run `dateline rebuild`, or on PostgreSQL `dateline corpora copy`"


class DatelineError(Exception):
    """The root: its text is one sentence for the person at the keyboard."""


class InputError(DatelineError):
    """Something that came from outside cannot be used."""


class NoSuchArticle(InputError):
    """No article goes by the name that was given."""


class CorpusError(DatelineError):
    """The corpus on disk cannot do what was asked."""


class EmptyCorpus(CorpusError):
    """There is no article to ask yet."""


class CorpusBusy(CorpusError):
    """Another process is writing to this corpus."""


class CorpusDamaged(CorpusError):
    """Stored bytes are not those that were stored."""


class FormatMismatch(CorpusError):
    """The corpus was written by a Dateline with another format."""


class ModelError(DatelineError):
    """A model cannot be found, loaded or converted."""


class FetchError(DatelineError):
    """A web address cannot be fetched: its text goes on after ``ADDRESS: ``.

    ``later`` tells whether to try again makes sense, after ``retry_after`` seconds where the
    server says so; ``status`` is the server's answer, where there was one.
    """

    def __init__(
        self,
        reason: str,
        *,
        later: bool = False,
        retry_after: float | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(reason)
        self.later, self.retry_after, self.status = later, retry_after, status


@contextmanager
def refusing(reason: str) -> Iterator[None]:
    """Raise InputError for whatever somebody else's parser stumbles over.

    Which errors those are is written nowhere, and one file must not keep the others out.
    """
    try:
        yield
    except InputError:
        raise
    except (MemoryError, RecursionError) as error:
        raise InputError("takes too much memory to read; add its text instead") from error
    except Exception as error:
        raise InputError(reason) from error
