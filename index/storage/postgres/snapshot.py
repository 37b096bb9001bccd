"""A snapshot of a corpus on PostgreSQL: one REPEATABLE READ transaction."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from psycopg import Connection
from psycopg.rows import TupleRow

from index.errors import CorpusDamaged, CorpusError
from index.models.encoder import Vectors
from index.storage.database import EMPTY_VERSION, POSITION_BITS, RECORD, article_of, row_id
from index.storage.heads import HEAD_COLUMNS, ArticleHead, heads_of
from index.storage.postgres.connection import LOST, Server
from index.storage.postgres.write import LONGEST_STEM, PLACE_BITS, RESTORE, TIMES_BITS
from index.storage.vectors import as_cosines
from index.storage.view import K1, TITLE_WEIGHT, B, Hit, Snapshot, log_odds
from index.types import Article

EXACT = 20_000  # up to so many sentences all vectors are compared
_SPARE = 64  # more than are asked for, so that ties and near ones are mostly there at once
# How much the cosine may differ that half floats make of a question: .5 ** 11 of each component.
_ROUGH = 5e-4
_SCALE = 1e12  # scores are added as integers, or the order of adding would show in them

_OPEN = """
SELECT id, writes, corpus_version, model, sentences, words, indexed,
    set_config('dateline.corpus', id::text, true),
    set_config('hnsw.ef_search', '200', true),
    set_config('hnsw.iterative_scan', 'relaxed_order', true)
FROM corpora WHERE name = %s
"""
# The nearest by half floats, then their cosines as exactly as the stored vectors are.
_NEAREST = """
SELECT version, place, -(vector::vector <#> %(question)s::real[]::vector) AS cosine, -rough
FROM (
    SELECT version, place, vector, {vector} <#> {question} AS rough
    FROM sentences WHERE corpus = %(corpus)s {allowed} ORDER BY rough LIMIT %(limit)s
) near ORDER BY cosine DESC
"""
_CONTAINING = f"""
SELECT version, place, sum(round({_SCALE} * idf * times * {K1 + 1} / (
    times + {K1} * ({1 - B} + {B} * length / %(usual)s)))::bigint)::float8 / {_SCALE} AS score
FROM (
    SELECT version, idf, (one >> {PLACE_BITS})::int AS place,
        ((one >> {TIMES_BITS}) & {(1 << TIMES_BITS) - 1}) + {TITLE_WEIGHT}::float8 * title AS times,
        one & {(1 << TIMES_BITS) - 1} AS length
    FROM unnest(%(stems)s::text[], %(idfs)s::float8[]) AS asked(stem, idf)
    JOIN words USING (stem), unnest(places) AS one
    WHERE corpus = %(corpus)s AND words.stem = ANY(%(stems)s) {{allowed}}
) found GROUP BY version, place ORDER BY score DESC FETCH FIRST %(limit)s ROWS WITH TIES
"""  # noqa: S608 - constants

# The index finds by versions; only the rows that are asked for leave a shard.
_COSINES = f"""
SELECT version, place, -(vector::vector <#> %(question)s::real[]::vector) FROM sentences
WHERE corpus = %(corpus)s AND version = ANY(%(versions)s)
    AND (version << {POSITION_BITS} | place) = ANY(%(rows)s::bigint[])
"""  # noqa: S608 - a constant


@dataclass(frozen=True, slots=True)
class State:
    """What is held in memory of one state of a corpus; its snapshots share it."""

    corpus: int
    writes: int
    corpus_version: str
    model_id: str
    sentences: int
    words: int
    indexed: bool
    heads: dict[int, ArticleHead]
    frequencies: dict[str, tuple[int, int]] = field(default_factory=dict)  # as asked for


def read_state(db: Connection, name: str, known: State) -> State:
    """Begin to look at a corpus; what is known of it is kept. EMPTY where there is no such one."""
    row = db.execute(_OPEN, (name,)).fetchone()
    if row is None:
        return EMPTY
    corpus, writes, version, model_id, sentences, words, indexed = row[:7]
    if (known.corpus, known.writes, known.indexed) == (corpus, writes, indexed):
        return known
    ids = db.execute("SELECT newest FROM articles WHERE corpus = %s", (corpus,)).fetchall()
    old = known.heads if known.corpus == corpus else {}
    heads = {version_id: old[version_id] for (version_id,) in ids if version_id in old}
    new = [version_id for (version_id,) in ids if version_id not in old]
    heads |= heads_of(
        db.execute(
            f"SELECT {HEAD_COLUMNS} FROM versions v WHERE corpus = %s AND id = ANY(%s)",  # noqa: S608
            (corpus, new),
        )
    )
    if len(heads) != len(ids):
        raise CorpusDamaged(f"articles do not point to their versions; {RESTORE}")
    return State(corpus, writes, version, model_id, sentences, words, indexed, heads)


EMPTY = State(0, 0, EMPTY_VERSION, "", 0, 0, indexed=False, heads={})


class PostgresSnapshot(Snapshot):
    """A consistent view of the corpus; use it in a ``with`` statement.

    Where the server goes down meanwhile, it goes on over another one that has the same state.
    """

    def __init__(self, server: Server, name: str, db: Connection | None, state: State) -> None:
        super().__init__(state.heads, state.sentences, state.corpus_version, state.model_id)
        self._server, self._name, self._state = server, name, state
        self._db = db
        self._lock = threading.RLock()
        self.indexed = state.indexed  # whether vectors are found by an index

    def close(self) -> None:
        """Give the connection back; the snapshot is of no use afterwards."""
        with self._lock:
            if self._db:
                self._server.put(self._db)
            self._db = None

    def rows(self, query: str, **values: Any) -> list[TupleRow]:
        """What a query finds; ``corpus`` is among its values."""
        if not self._state.corpus:
            return []  # there is no such corpus
        values["corpus"] = self._state.corpus
        with self._lock, self._server.explaining():
            if self._db is None:
                raise CorpusError("the snapshot is closed")
            try:
                return self._db.execute(query, values).fetchall()
            except LOST:
                self._reopen()
                return self._db.execute(query, values).fetchall()

    def _reopen(self) -> None:
        if self._db:
            self._db.close()
        self.close()
        self._db = self._server.get(reading=True, fresh=True)
        if read_state(self._db, self._name, self._state) is not self._state:
            raise CorpusError("the server went down, and its successor knows more: ask again")

    @property
    def version_count(self) -> int:
        """How many versions of articles there are, the present and the past ones."""
        rows = self.rows("SELECT count(*) FROM versions WHERE corpus = %(corpus)s")
        return sum(count for (count,) in rows)

    def versions(self) -> Iterator[tuple[str, int, str, str, str, str, str]]:
        """All versions as they came in: article, number, time, key, fields, text, their hash."""
        last = (0, 0)
        while rows := self.rows(
            "SELECT v.article_id, v.number, v.added_at, a.key, v.given, v.text, v.input_sha256,"
            " v.id FROM versions v JOIN articles a ON a.corpus = v.corpus AND a.id = v.article_id"
            " WHERE v.corpus = %(corpus)s AND (v.number, v.id) > (%(number)s, %(id)s)"
            " ORDER BY v.number, v.id LIMIT 500",
            number=last[0],
            id=last[1],
        ):
            for *row, _ in rows:
                yield tuple(row)
            last = rows[-1][1], rows[-1][-1]

    def size(self) -> int:
        """How many bytes the corpus takes up on the server; a value may take up less.

        Of a corpus on shards the articles alone, wherever they lie.
        """
        rows = self.rows(
            "SELECT sum(pg_column_size(v))"
            " + coalesce(pg_total_relation_size(to_regclass(%(sentences)s)), 0)"
            " + coalesce(pg_total_relation_size(to_regclass(%(words)s)), 0)"
            " FROM versions v WHERE corpus = %(corpus)s",
            sentences=f"sentences_{self._state.corpus}",
            words=f"words_{self._state.corpus}",
        )
        return sum(int(size or 0) for (size,) in rows)

    def with_text(self, text: str) -> list[ArticleHead]:
        """The articles that have this text and no other."""
        rows = self.rows(
            "SELECT id FROM newest WHERE corpus = %(corpus)s AND text = %(text)s", text=text
        )
        return [self._heads[version_id] for (version_id,) in rows]

    def _load(self, version_id: int) -> Article:
        rows = self.rows(
            f"SELECT {RECORD} FROM versions v WHERE corpus = %(corpus)s AND id = %(id)s",  # noqa: S608
            id=version_id,
        )
        if not rows:
            raise CorpusDamaged(f"version {version_id} is missing; {RESTORE}")
        return article_of(tuple(rows[0]), RESTORE)

    def _numbered(self, article_id: str) -> list[tuple[int, int, str]]:
        rows = self.rows(
            "SELECT number, id, added_at FROM versions"
            " WHERE corpus = %(corpus)s AND article_id = %(id)s ORDER BY number",
            id=article_id,
        )
        return [(number, version_id, added_at) for number, version_id, added_at in rows]

    def _from_file(self, *paths: str) -> int | None:
        rows = self.rows(
            "SELECT id FROM newest WHERE corpus = %(corpus)s AND origin = ANY(%(paths)s)"
            " ORDER BY id DESC LIMIT 1",
            paths=list(paths),
        )
        return int(rows[0][0]) if rows else None

    def nearest(self, question: Vectors, k: int, allowed: set[int] | None) -> list[Hit]:
        """The sentences whose vectors are nearest to the question's, with their cosines."""
        limit, width = k + _SPARE, len(question)
        size = self._state.sentences
        if allowed is not None:
            size = sum(self._heads[version_id].sentence_count for version_id in allowed)
        # What the index is on is not what is asked for where all are to be compared.
        by_index = self._state.indexed and size > EXACT
        cast = f"::halfvec({width})" if by_index else ""
        query = _NEAREST.format(
            vector=f"vector{cast}",
            question=f"%(question)s::real[]::halfvec({width})",
            allowed="" if allowed is None else "AND version = ANY(%(allowed)s)",
        )
        ask = partial(self.rows, query, question=question, allowed=list(allowed or ()))
        while True:
            rows = ask(limit=limit)
            # Those that were left out may be this much nearer than they seemed.
            least = min((rough for *_, rough in rows), default=0.0) + _ROUGH
            if by_index or len(rows) < limit or rows[k - 1][2] > least:
                break
            limit *= 4
        as_cosines(np.array([score for _, _, score, _ in rows], dtype=np.float32))
        return self._best([Hit(version, place, score) for version, place, score, _ in rows], k)

    def containing(self, stems: Sequence[str], k: int, allowed: set[int] | None) -> list[Hit]:
        """The sentences that have most of the words, by BM25 (higher is better)."""
        chosen = self._rarest([stem[:LONGEST_STEM] for stem in stems])
        total = self._state.sentences
        weights = [log_odds(total, self._frequency(stem)[1]) for stem in chosen]
        rows = self.rows(
            _CONTAINING.format(allowed="" if allowed is None else "AND version = ANY(%(allowed)s)"),
            stems=chosen,
            idfs=weights,
            usual=self._state.words / max(1, total),
            allowed=list(allowed or ()),
            limit=k,
        )
        return self._best([Hit(*row) for row in rows], k)

    def cosines(self, question: Vectors, places: Sequence[tuple[int, int]]) -> list[float]:
        """The cosine of the question to each sentence, given as version and position."""
        if not places:
            return []
        rows = self.rows(
            _COSINES,
            question=question,
            versions=list({version_id for version_id, _ in places}),
            rows=[row_id(version_id, position) for version_id, position in places],
        )
        found = {(version_id, position): float(score) for version_id, position, score in rows}
        return [found[place] for place in places]

    def vectors_of(self, version_id: int) -> Vectors:
        """The stored vectors of an article's sentences: shape (sentences, dimensions)."""
        rows = self.rows(
            "SELECT vector::real[] FROM sentences"
            " WHERE corpus = %(corpus)s AND version = %(version)s ORDER BY place",
            version=version_id,
        )
        return np.array([vector for (vector,) in rows], dtype=np.float32)

    def _frequency(self, stem: str) -> tuple[int, int]:
        """In how many sentences a word stands, and in how many or their titles."""
        known, stem = self._state.frequencies, stem[:LONGEST_STEM]
        if stem not in known:
            rows = self.rows(
                "SELECT own, found FROM vocabulary WHERE corpus = %(corpus)s AND stem = %(stem)s",
                stem=stem,
            )
            known[stem] = (rows[0][0], rows[0][1]) if rows else (0, 0)
        return known[stem]

    def document_frequency(self, stem: str) -> int:
        """In how many sentences a word stands; a title's words do not count here."""
        return self._frequency(stem)[0]

    def is_known(self, stem: str) -> bool:
        """Whether any article or title has a word."""
        return self._frequency(stem)[1] > 0

    def stems_like(self, stem: str) -> list[str]:
        """The known stems that begin with the same letter and are about as long."""
        rows = self.rows(
            "SELECT stem FROM vocabulary WHERE corpus = %(corpus)s AND stem >= %(first)s"
            " AND stem < %(next)s AND abs(length(stem) - %(length)s) <= 2 ORDER BY stem",
            first=stem[0],
            next=chr(ord(stem[0]) + 1),
            length=len(stem),
        )
        return [found for (found,) in rows]
