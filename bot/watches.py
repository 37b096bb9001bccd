"""Questions that are watched: a file in the corpus's folder, and what of the news is to be told.

What came in is found by a mark, the moment up to which the articles were looked at. It moves on
when all that was due has been told, and of each question the words last told are kept: whatever
ends the program, nothing is lost, and nothing is told twice.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock
from pydantic import BaseModel, ConfigDict

from bot.text import counted
from index import ArticleHead, Corpus, EmptyCorpus, Filters, InputError, NoSuchArticle
from index.book import Book
from index.text.words import folded_words
from retrieval import Answer, Engine, Question, Turn

MOST_WATCHES = 500  # of a corpus

Version = tuple[str, int]  # of an article: its id and number
Fresh = dict[str, set[Version]]  # what has come in, by the name of its corpus


class Mark(BaseModel):
    """The articles up to a moment, in UTC, of which some came in at that very second."""

    at: str = ""
    then: set[Version] = set()

    @classmethod
    def of(cls, heads: Iterable[ArticleHead]) -> "Mark":
        """The mark behind some articles."""
        known = list(heads)
        at = max((head.added_at for head in known), default="")
        return cls(at=at, then={(one.id, one.version) for one in known if one.added_at == at})

    def after(self, heads: Iterable[ArticleHead]) -> set[Version]:
        """The articles that came in behind the mark."""
        later = ((one.id, one.version) for one in heads if one.added_at >= self.at)
        return {one for one in later if one not in self.then}


Marks = dict[str, Mark]  # by the name of the corpus


class Watch(BaseModel):
    """A watched question; ``told`` are the words last told, None where nothing answered it.

    ``quotes`` are the sentences that they stand in.
    In Discord ``who`` watches, and is told directly where there is no ``channel``; elsewhere a
    ``command`` may be run. ``error`` is why it could not be told.
    """

    model_config = ConfigDict(extra="ignore")

    id: str
    question: str
    history: tuple[Turn, ...] = ()
    filters: Filters = Filters()
    told: str | None = None
    quotes: list[str] = []
    who: int | None = None
    channel: int | None = None
    command: list[str] = []
    error: str | None = None

    def tell(self, answer: Answer) -> None:
        """Keep what is told now."""
        self.told, self.quotes = answer.words or None, quotes_of(answer)


class _File(BaseModel):
    schema_version: int = 1
    marks: Marks = {}
    watches: list[Watch] = []


class WatchBook:
    """The watched questions of a corpus; several processes may use it."""

    def __init__(self, folder: Path, name: str = "watches") -> None:
        self._book = Book(folder / f"{name}.json", _File, "watch anew")

    @property
    def exists(self) -> bool:
        """Whether anything is watched."""
        return self._book.path.exists()

    def watches(self) -> list[Watch]:
        """All that is watched, the oldest first; raises CorpusError for a broken file."""
        return self._book.read().watches

    def marks(self) -> Marks:
        """How far the articles were looked at."""
        return self._book.read().marks

    def add(self, watch: Watch, marks: Marks, *, of_one: int = MOST_WATCHES, most: int) -> None:
        """Watch a question, from ``marks`` on if it is the first.

        Raises InputError if it is watched already, or too many are: by one person, or at all.
        """
        with self._book.changing(first=True) as file:
            if any(one.id == watch.id for one in file.watches):
                raise InputError("this question is watched already")
            if sum(one.who == watch.who for one in file.watches) >= of_one:
                raise InputError(
                    f"you watch {counted(of_one, 'question')}, the most; end one first"
                )
            if len(file.watches) >= most:
                raise InputError(f"{most:,} questions are watched here, the most; end one first")
            file.marks = file.marks if file.watches else marks
            file.watches.append(watch)

    def end(self, name: str) -> Watch:
        """Watch a question no longer, by its id; raises InputError if it is not watched."""
        with self._book.changing() as file:
            found = [one for one in file.watches if one.id == name]
            file.watches = [one for one in file.watches if one.id != name]
            file.marks = file.marks if file.watches else {}  # no file is left of nothing
        if not found:
            raise InputError(f"{name[:80]}: no such question is watched")
        return found[0]

    def save(self, watch: Watch) -> None:
        """Keep what was told, unless it is watched no longer."""
        with self._book.changing() as file:
            file.watches = [watch if one.id == watch.id else one for one in file.watches]

    def move(self, marks: Marks) -> None:
        """Note how far the articles were looked at."""
        with self._book.changing() as file:
            file.marks = marks if file.watches else {}

    @contextmanager
    def checking(self) -> Iterator[None]:
        """Be the only one that tells what is due."""
        with FileLock(self._book.path.with_suffix(".check")):
            yield


def come_in(corpora: Iterable[Corpus], since: Marks) -> tuple[Fresh, Marks]:
    """What has come in since some marks, and the marks behind it; blocks.

    Of a corpus without a mark all is old.
    """
    fresh, marks = Fresh(), Marks()
    for corpus in corpora:
        with corpus.snapshot() as view:
            heads = view.heads()
        if mark := since.get(corpus.name):
            fresh[corpus.name] = mark.after(heads)
        marks[corpus.name] = Mark.of(heads)
    return fresh, marks


def news(
    watch: Watch,
    engines: Sequence[Engine],
    fresh: Fresh,
    ask: Callable[[Question], Answer],
    threshold: float | None = None,
) -> Answer | None:
    """The answer that is due to be told, as ``ask`` gives it; None if there is none. Blocks.

    It is due if an article that has come in gives it, its words are not those last told, and
    not all their sentences are.
    """
    asked = Question(watch.question, watch.history, watch.filters, threshold)
    try:
        if not any(one.may_answer(asked, fresh.get(one.corpus.name, ())) for one in engines):
            return None
        answer = ask(asked)
    except (EmptyCorpus, NoSuchArticle):
        return None
    by = {(c.article_id, c.version) for c in answer.citations if c.role == "answer"}
    same = folded_words(answer.words) == folded_words(watch.told or "")
    same |= set(quotes_of(answer)) <= set(watch.quotes)
    is_new = is_question(answer) and not by.isdisjoint(set().union(*fresh.values()))
    return answer if is_new and not same else None


def quotes_of(answer: Answer) -> list[str]:
    """The sentences that answer."""
    return [citation.quote for citation in answer.citations if citation.role == "answer"]


def is_question(answer: Answer) -> bool:
    """Whether what was asked can have an answer, rather than talk or ask for what is new."""
    return not answer.has_note("digest", "small_talk")
