"""Articles on their way into a corpus, whichever store keeps it."""

from collections.abc import Callable, Iterable, Iterator

from index.errors import InputError
from index.storage.known_files import KnownFiles
from index.storage.prepare import Prepared, prepare
from index.storage.report import Outcome
from index.types import Incoming, Item, RefusedArticle

Tell = Callable[[Outcome], None]


def unrefused(items: Iterable[Item], tell: Tell) -> Iterator[Incoming]:
    """The articles that reading has not refused already; the refusals are told of."""
    for item in items:
        if isinstance(item, RefusedArticle):
            tell(Outcome("refused", item.source, reason=item.reason))
        else:
            yield item


def prepared_for(files: KnownFiles, articles: Iterable[Incoming], tell: Tell) -> Iterator[Prepared]:
    """The articles ready to be stored in a corpus; what cannot be is told of."""
    for incoming in articles:
        try:
            prepared = prepare(files.named(incoming))
        except InputError as error:
            tell(Outcome("refused", incoming.label, reason=str(error)))
        else:
            yield prepared


def is_new(prepared: Prepared, is_there: Callable[[Prepared], bool], tell: Tell) -> bool:
    """Whether an article is to be stored; one that is there or cannot be is told of.

    ``is_there`` raises InputError for an id that means another article.
    """
    try:
        there = is_there(prepared)
    except InputError as error:
        tell(Outcome("refused", prepared.label, reason=str(error)))
        return False
    if there:
        tell(Outcome("unchanged", prepared.label, prepared.article.id))
    return not there
