"""Articles on their way into a corpus: which are to be stored, and the batches of them.

While a batch is encoded, the one before is written and the next is read and segmented.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from index.errors import InputError
from index.models.encoder import Encoder, Vectors
from index.storage import write
from index.storage.known_files import KnownFiles
from index.storage.prepare import Prepared, prepare
from index.storage.report import Outcome, OutcomeKind
from index.storage.vectors import as_stored
from index.types import Incoming, Item, RefusedArticle

Encode = Callable[[Sequence[Prepared]], Vectors]
OnStored = Callable[[Sequence[Prepared], Sequence[OutcomeKind]], None]


def ingest(
    db: sqlite3.Connection,
    folder: Path,
    encode: Encode,
    articles: Iterable[Prepared],
    on_stored: OnStored,
    is_new: Callable[[Prepared], bool] = lambda _: True,
    size: int = write.BATCH_SENTENCES,
) -> None:
    """Store the articles that are new, about ``size`` sentences at a time, and tell of each batch.

    A batch is stored once it is encoded and another article has been read, or all are. Where
    reading raises, what has not been told of is not stored.
    """
    waiting: list[tuple[list[Prepared], Future[Vectors]]] = []  # at most one

    def store() -> None:
        batch, vectors = waiting.pop()
        known = [write.is_known(db, prepared) for prepared in batch]
        write.store_batch(db, folder, batch, vectors.result())
        on_stored(batch, ["updated" if before else "added" for before in known])

    def is_new_now(prepared: Prepared) -> bool:
        for batch, vectors in waiting:
            # An article is compared with what is stored of it.
            if vectors.done() or any(p.article.id == prepared.article.id for p in batch):
                store()
        return is_new(prepared)

    with ThreadPoolExecutor(1, thread_name_prefix="ingest") as pool:
        for batch in write.batches(articles, is_new_now, size):
            vectors = pool.submit(encode, batch)
            if waiting:
                store()
            waiting.append((batch, vectors))
        if waiting:
            store()


def encoding(encoder: Encoder) -> Encode:
    """What works out the vectors of a batch's sentences: shape (sentences, dimensions)."""

    def encode(batch: Sequence[Prepared]) -> Vectors:
        texts = [p.article.quote(s) for p in batch for s in p.article.sentences]
        return as_stored(encoder.encode(texts))

    return encode


def unrefused(items: Iterable[Item], tell: Callable[[Outcome], None]) -> Iterator[Incoming]:
    """The articles that reading has not refused already; the refusals are told of."""
    for item in items:
        if isinstance(item, RefusedArticle):
            tell(Outcome("refused", item.source, reason=item.reason))
        else:
            yield item


def prepared_for(
    db: sqlite3.Connection, articles: Iterable[Incoming], tell: Callable[[Outcome], None]
) -> Iterator[Prepared]:
    """The articles ready to be stored in this corpus; what cannot be is told of."""
    files = KnownFiles(db)
    for incoming in articles:
        try:
            prepared = prepare(files.named(incoming))
        except InputError as error:
            tell(Outcome("refused", incoming.label, reason=str(error)))
        else:
            yield prepared


def is_new(db: sqlite3.Connection, tell: Callable[[Outcome], None], prepared: Prepared) -> bool:
    """Whether an article is to be stored; one that is there or cannot be is told of."""
    try:
        write.is_known(db, prepared)
    except InputError as error:
        tell(Outcome("refused", prepared.label, reason=str(error)))
        return False
    if write.is_unchanged(db, prepared):
        write.note_place(db, prepared)
        tell(Outcome("unchanged", prepared.label, prepared.article.id))
        return False
    return True
