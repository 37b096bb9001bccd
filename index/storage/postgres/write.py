"""Writes to a corpus on PostgreSQL: a batch of articles, their words and vectors at once.

Whoever writes holds the row of the corpus, so writers of one corpus wait for each other, and no
reader waits. Each function here is called inside a transaction that is about the corpus.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from psycopg import Connection, errors

from index.errors import CorpusError
from index.models.encoder import Vectors
from index.models.registry import ModelManifest
from index.storage.database import RECORD, article_of, head_of, pack, record_hash
from index.storage.prepare import Prepared, article_id_of
from index.storage.report import OutcomeKind
from index.storage.write import is_same, refuse_another, words_of

RESTORE = "restore the database from a backup, or remove the article and add it again"
PLACE_BITS, TIMES_BITS = 40, 20  # as schema.py tells
LONGEST_STEM = 600  # in characters: a longer one does not fit into an index
Words = list[tuple[str, str]]  # of each sentence, as `words_of` has them

_RETIRE = (
    "DELETE FROM sentences WHERE corpus = %(corpus)s AND version = ANY(%(versions)s)",
    """
    WITH gone AS (
        DELETE FROM words WHERE corpus = %(corpus)s AND version = ANY(%(versions)s)
        RETURNING stem, own, cardinality(places) AS found
    ), less AS (SELECT stem, sum(own) AS own, sum(found) AS found FROM gone GROUP BY stem)
    UPDATE vocabulary v SET own = v.own - less.own, found = v.found - less.found
    FROM less WHERE v.corpus = %(corpus)s AND v.stem = less.stem
    """,
    "DELETE FROM vocabulary WHERE corpus = %(corpus)s AND found = 0",
)
_VECTORS = """
INSERT INTO sentences (corpus, version, place, vector)
SELECT %(corpus)s, version, place, (%(vectors)s::real[])[1 + (n - 1) * %(width)s : n * %(width)s]
FROM unnest(%(versions)s::bigint[], %(places)s::int[]) WITH ORDINALITY AS row(version, place, n)
"""
_WORDS = """
WITH new AS (
    INSERT INTO words (corpus, stem, version, title, own, places)
    SELECT %(corpus)s, stem, version, max(title), count(*) FILTER (WHERE place >> 20 & 1048575 > 0),
        array_agg(place ORDER BY place)
    FROM unnest(%(stems)s::text[], %(versions)s::bigint[], %(titles)s::int[], %(places)s::bigint[])
        AS row(stem, version, title, place)
    GROUP BY stem, version
    RETURNING stem, own, cardinality(places) AS found
)
INSERT INTO vocabulary AS v (corpus, stem, own, found)
SELECT %(corpus)s, stem, sum(own), sum(found) FROM new GROUP BY stem ORDER BY stem
ON CONFLICT (corpus, stem)
DO UPDATE SET own = v.own + excluded.own, found = v.found + excluded.found
"""
# Readers see by it that the corpus has changed; its version as database.corpus_version_of has it.
COUNT = """
UPDATE corpora c SET writes = writes + 1, (sentences, words, corpus_version) = (
    SELECT coalesce(sum(sentence_count), 0), coalesce(sum(word_count), 0), coalesce(
        left(encode(sha256(convert_to(c.model || string_agg(
            E'\n' || article_id || ' ' || input_sha256, '' ORDER BY article_id),
            'UTF8')), 'hex'), 12), 'empty')
    FROM newest WHERE corpus = c.id
) WHERE id = %(corpus)s
"""


@dataclass(frozen=True, slots=True)
class Held:
    """A corpus that is being written to."""

    id: int
    model_id: str


def hold(db: Connection, name: str, patience: float | None) -> Held | None:
    """Let the transaction be about a corpus, and the one to write; None where there is none.

    ``patience`` is how many seconds to wait for another writer; None lets others write, too.
    """
    query = (
        "SELECT id, model, set_config('dateline.corpus', id::text, true) FROM corpora"
        " WHERE name = %s"
    )
    if patience is not None:
        db.execute("SELECT set_config('lock_timeout', %s, true)", (f"{int(patience * 1000)}ms",))
        query += " FOR UPDATE"
    row = db.execute(query, (name,)).fetchone()
    return Held(row[0], row[1]) if row else None


def create(db: Connection, name: str, model: ModelManifest) -> Held:
    """Make an empty corpus, and let the transaction be about it."""
    try:
        values = (name, model.id, model.config.dimensions)
        ((made,),) = db.execute("SELECT create_corpus(%s, %s, %s)", values).fetchall()
    except errors.UniqueViolation:
        raise CorpusError(
            f"there is a corpus {name!r} already, just made or one which this role may not use; "
            "try again or choose another name"
        ) from None
    return Held(made, model.id)


def is_there(db: Connection, held: Held, prepared: Prepared) -> bool:
    """Whether an article is there as it is; where its file lies now is noted then."""
    row = db.execute(
        f"SELECT key, id, origin, input_sha256, given, {RECORD} FROM newest v"  # noqa: S608 - constants
        " WHERE corpus = %s AND article_id = %s",
        (held.id, prepared.article.id),
    ).fetchone()
    if row is None:
        return False
    key, version_id, before, input_sha256, given, *record = row
    refuse_another(key, prepared)
    if not is_same(prepared, input_sha256, given, record[4]):
        return False
    if before != (origin := prepared.article.origin):
        record[3] = head_of(replace(article_of(tuple(record), RESTORE), origin=origin))
        db.execute(
            "UPDATE versions SET head = %s, origin = %s, record_sha256 = %s"
            " WHERE corpus = %s AND id = %s",
            (record[3], origin, record_hash(*record[:6]), held.id, version_id),
        )
    return True


def store(
    db: Connection, held: Held, batch: Sequence[Prepared], vectors: Vectors
) -> list[OutcomeKind]:
    """Store articles; says what became of each, and refuses an id that means another article.

    ``vectors`` are those of all their sentences in order: shape (sentences, dimensions). One that
    somebody else has stored meanwhile, or a try whose end was not heard of, stays as it is.
    """
    ids = [one.article.id for one in batch]
    rows = db.execute(
        "SELECT article_id, key, id, number, input_sha256 FROM newest"
        " WHERE corpus = %s AND article_id = ANY(%s)",
        (held.id, ids),
    )
    known = {article_id: found for article_id, *found in rows}
    kinds: list[OutcomeKind] = []
    stored: list[tuple[int, Words]] = []
    kept: list[Vectors] = []
    first = 0
    for one in batch:
        own = vectors[first : first + len(one.article.sentences)]
        first += len(own)
        key, version_id, number, sha256 = known.get(one.article.id, (one.key, 0, 0, ""))
        refuse_another(key, one)
        if sha256 == one.input_sha256:
            kinds.append("unchanged")
            continue
        # What is made anew has dates, and keeps all that is there.
        moved = not (number or one.added_at) and remove_unnamed(db, held, one)
        kinds.append("updated" if number or moved else "added")
        retire(db, held, [version_id])
        words = words_of(one.article)
        stored.append((insert_version(db, held, one, number + 1, words), words))
        kept.append(own)
    if stored:
        insert_vectors(db, held, stored, np.concatenate(kept))
        insert_words(db, held, stored)
        db.execute(COUNT, {"corpus": held.id})
    return kinds


def insert_version(db: Connection, held: Held, one: Prepared, number: int, words: Words) -> int:
    """Make this the article's newest version, of this number or a later one; return its id."""
    article = replace(one.article, version=max(one.article.version, number))
    head, sentences = head_of(article), pack(article.sentences)
    now = one.added_at or dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    sha256 = record_hash(article.id, article.version, now, head, article.text, sentences)
    word_count = sum(len(text.split()) for texts in words for text in texts)
    # The article points to the version and the version to the article: one statement makes both.
    row = db.execute(
        "WITH made AS (INSERT INTO versions (corpus, article_id, number, added_at, given, text,"
        " input_sha256, head, origin, sentences, sentence_count, word_count, record_sha256)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " RETURNING corpus, article_id, id)"
        " INSERT INTO articles SELECT corpus, article_id, %s, id FROM made"
        " ON CONFLICT (corpus, id) DO UPDATE SET newest = excluded.newest RETURNING newest",
        (
            held.id, article.id, article.version, now, one.given, article.text, one.input_sha256,
            head, article.origin, sentences, len(words), word_count, sha256, one.key,
        ),
    ).fetchone()  # fmt: skip
    return int(row[0]) if row else 0


def insert_vectors(
    db: Connection, held: Held, stored: Sequence[tuple[int, Words]], vectors: Vectors
) -> None:
    """Make versions findable by their vectors: shape (sentences, dimensions)."""
    places = [(version, n) for version, words in stored for n in range(len(words))]
    versions, numbers = zip(*places, strict=True)
    fields = {"versions": list(versions), "places": list(numbers), "width": vectors.shape[1]}
    db.execute(_VECTORS, {"corpus": held.id, "vectors": vectors, **fields})


def insert_words(db: Connection, held: Held, stored: Iterable[tuple[int, Words]]) -> None:
    """Make versions findable by their words."""
    rows = [(stem, v, n, place) for v, words in stored for stem, n, place in occurrences(words)]
    if rows:
        names = ("stems", "versions", "titles", "places")
        columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
        db.execute(_WORDS, {"corpus": held.id, **columns})


def occurrences(words: Words) -> Iterable[tuple[str, int, int]]:
    """Of each stem in each sentence: the stem, how often it is in the title, its place there."""
    for position, texts in enumerate(words):
        times, in_title = (Counter(stem[:LONGEST_STEM] for stem in one.split()) for one in texts)
        length = times.total() + in_title.total()
        for stem in times | in_title:
            place = position << PLACE_BITS | times[stem] << TIMES_BITS | length
            yield stem, in_title[stem], place


def retire(db: Connection, held: Held, version_ids: Sequence[int]) -> None:
    """Take versions out of both indexes; their texts stay as earlier versions."""
    for statement in _RETIRE if any(version_ids) else ():
        db.execute(statement, {"corpus": held.id, "versions": list(version_ids)})


def remove_unnamed(db: Connection, held: Held, one: Prepared) -> bool:
    """Remove what is there of the same file from when it had neither id nor address."""
    key = f"path:{one.origin}"
    return key != one.key and remove(db, held, [article_id_of(key)], key)


def remove(db: Connection, held: Held, article_ids: Sequence[str], key: str = "") -> bool:
    """Remove articles, of a key if one is given, with all their versions; says if any was there."""
    rows = db.execute(
        "SELECT id, newest FROM articles WHERE corpus = %s AND id = ANY(%s) AND %s IN ('', key)",
        (held.id, list(article_ids), key),
    ).fetchall()
    retire(db, held, [newest for _, newest in rows])
    ids = [article_id for article_id, _ in rows]
    db.execute("DELETE FROM articles WHERE corpus = %s AND id = ANY(%s)", (held.id, ids))
    return bool(rows)


def known_paths(db: Connection, held: Held) -> list[tuple[str, str]]:
    """The names of the files that there are articles of, and where each lay last."""
    rows = db.execute(
        "SELECT substr(key, 6), origin FROM newest WHERE corpus = %s AND starts_with(key, 'path:')",
        (held.id,),
    )
    return [(name, path) for name, path in rows]
