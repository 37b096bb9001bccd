"""Corpora put together: parts of one that several processes or machines have made.

Sentences and vectors are taken over as they are; a corpus of another model is encoded anew.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import numpy as np

from index.errors import CorpusDamaged
from index.models.encoder import Vectors
from index.storage import write
from index.storage.ingest import Encode, Tell, is_new
from index.storage.prepare import Prepared, input_hash
from index.storage.report import Outcome
from index.storage.view import Snapshot

# Sentences a transaction: as nothing is encoded, many take little time.
BATCH_SENTENCES = 16_384

Version = tuple[str, int, str, str, str, str, str]


def sound_versions(view: Snapshot) -> Iterator[Version]:
    """All versions as they came in; raises CorpusDamaged at what is not as it was stored."""
    for version in view.versions():
        article_id, _, _, key, given, text, sha256 = version
        if input_hash(key, given, text) != sha256:
            raise CorpusDamaged(
                f"the article {article_id} is not what was stored; run `dateline verify`"
            )
        yield version


def stored_versions(view: Snapshot) -> Iterator[Prepared]:
    """All versions ready to be stored elsewhere, with the sentences that they have here."""
    newest = newest_of(view)
    for article_id, number, added_at, key, given, _, sha256 in sound_versions(view):
        version_id = newest.get((article_id, number))
        article = view.article_of(version_id) if version_id else view.article(article_id, number)
        fields = json.loads(given)
        label, origin = fields["label"], fields["origin"]
        yield Prepared(key, article, given, sha256, label, origin, added_at)


def taking_over(view: Snapshot, encode: Encode) -> Encode:
    """What brings the vectors of a batch of stored versions: shape (sentences, dimensions).

    Only those of earlier versions, which no corpus keeps, are encoded.
    """
    newest = newest_of(view)

    def vectors(batch: Sequence[Prepared]) -> Vectors:
        places = [newest.get((p.article.id, p.article.version)) for p in batch]
        return np.concatenate(
            [
                view.vectors_of(version_id) if version_id else encode([prepared])
                for version_id, prepared in zip(places, batch, strict=True)
            ]
        )

    return vectors


def newest_of(view: Snapshot) -> dict[tuple[str, int], int]:
    """The version that both indexes hold of each article, by the article's id and its number."""
    return {(head.id, head.version): head.version_id for head in view.heads()}


def last_of(view: Snapshot) -> dict[str, tuple[str, str]]:
    """The hash and the time of the newest version of each article."""
    return {article_id: (sha256, at) for article_id, _, at, *_, sha256 in view.versions()}


def is_missing(
    db: sqlite3.Connection, tell: Tell, last: Mapping[str, tuple[str, str]], prepared: Prepared
) -> bool:
    """Whether a version is to be stored; one that was already there, or cannot be, is told of.

    It is there where it was taken over before, and where its text is the newest. An article may
    get a text back that it had, so where the part's ``last`` version is there, all are: one before
    it must not become the newest.
    """
    there = db.execute(
        "SELECT 1 FROM articles a JOIN versions v ON v.article_id = a.id WHERE a.key = ?"
        " AND ((v.input_sha256, v.added_at) IN (VALUES (?, ?), (?, ?))"
        " OR v.id = a.newest AND v.input_sha256 = ?)",
        (
            prepared.key,
            *(prepared.input_sha256, prepared.added_at),
            *last[prepared.article.id],
            prepared.input_sha256,
        ),
    ).fetchone()
    if there:
        tell(Outcome("unchanged", prepared.label, prepared.article.id))
    return not there and is_new(partial(write.is_there, db), tell, prepared)
