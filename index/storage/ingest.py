"""Articles on their way into a corpus: which are to be stored, and the batches of them.

While a batch is encoded, the one before is written and the next is read and segmented.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from index.errors import InputError
from index.models.encoder import Encoder, Vectors, vectors_under_titles
from index.storage import write
from index.storage.known_files import KnownFiles
from index.storage.prepare import Prepared, prepare
from index.storage.report import Outcome
from index.storage.vectors import as_stored
from index.types import Incoming, Item, RefusedArticle

Encode = Callable[[Sequence[Prepared]], Vectors]
Store = Callable[[Sequence[Prepared], Vectors], None]
Tell = Callable[[Outcome], None]


def ingest(
    articles: Iterable[Prepared],
    encode: Encode,
    store: Store,
    is_new: Callable[[Prepared], bool] = lambda _: True,
    size: int = write.BATCH_SENTENCES,
) -> None:
    """Store the articles that are new, about ``size`` sentences at a time.

    A batch is stored once it is encoded and another article has been read, or all are. Where
    reading raises, what has not been stored by then is not, and it ends at once.
    """
    waiting: list[tuple[list[Prepared], Future[Vectors]]] = []  # at most one

    def store_waiting() -> None:
        batch, vectors = waiting.pop()
        store(batch, vectors.result())

    def is_new_now(prepared: Prepared) -> bool:
        for batch, vectors in waiting:
            # An article is compared with what is stored of it.
            if vectors.done() or any(p.article.id == prepared.article.id for p in batch):
                store_waiting()
        return is_new(prepared)

    pool = ThreadPoolExecutor(1, thread_name_prefix="ingest")
    try:
        for batch in write.batches(articles, is_new_now, size):
            vectors = pool.submit(encode, batch)
            if waiting:
                store_waiting()
            waiting.append((batch, vectors))
        if waiting:
            store_waiting()
    finally:  # where it breaks off, what is still being encoded is waited for by nobody
        pool.shutdown(wait=False, cancel_futures=True)


def encoding(encoder: Encoder) -> Encode:
    """What works out the vectors of a batch's sentences: shape (sentences, dimensions)."""

    def encode(batch: Sequence[Prepared]) -> Vectors:
        articles = [p.article for p in batch]
        sentences = [article.quote(s) for article in articles for s in article.sentences]
        titles = [article.heading for article in articles for _ in article.sentences]
        return as_stored(vectors_under_titles(encoder, sentences, titles))

    return encode


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


def is_new(is_there: Callable[[Prepared], bool], tell: Tell, prepared: Prepared) -> bool:
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
