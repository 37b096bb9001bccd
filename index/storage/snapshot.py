"""A snapshot of a corpus: it does not change while others write."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.disk import sha256_of_file
from index.errors import CorpusDamaged
from index.models.encoder import Vectors
from index.storage import database
from index.storage.heads import ArticleHead
from index.storage.vectors import Segment, SegmentFile
from index.storage.view import TITLE_WEIGHT, Hit, Snapshot
from index.types import Article

# Extra hits to fetch, so that those that tie with the last are mostly there at once.
_SPARE = 64


@dataclass(frozen=True, slots=True)
class SegmentRows:
    """A segment and its owners: version ``ids[i]`` has ``counts[i]`` rows from ``firsts[i]``."""

    file: SegmentFile
    segment: Segment
    ids: npt.NDArray[np.int64]
    firsts: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]

    living: npt.NDArray[np.bool_] | None = field(init=False)  # None where no row is dead

    def __post_init__(self) -> None:
        dead = int(self.counts.sum()) < self.segment.rows
        object.__setattr__(self, "living", self._rows_of(self.ids) if dead else None)

    def mask(self, allowed: set[int] | None) -> npt.NDArray[np.bool_] | None:
        """Which rows may be found: the living ones, of the versions allowed."""
        if allowed is None:
            return self.living
        return self._rows_of(np.fromiter(allowed, dtype=np.int64, count=len(allowed)))

    def _rows_of(self, versions: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        kept = np.isin(self.ids, versions)
        edges = np.zeros(self.segment.rows + 1, dtype=np.int8)
        edges[self.firsts[kept]] += 1
        edges[(self.firsts + self.counts)[kept]] -= 1
        return np.cumsum(edges[:-1], dtype=np.int8).astype(np.bool_)

    def nearest(
        self, question: Vectors, mask: npt.NDArray[np.bool_] | None, limit: int
    ) -> list[Hit]:
        """The sentences nearest to a question, best first, of the rows that the mask allows."""
        scores, rows = self.segment.search(question, limit, mask)
        owners = np.searchsorted(self.firsts, rows, side="right") - 1
        places = zip(self.ids[owners], rows - self.firsts[owners], scores, strict=True)
        return [Hit(int(i), int(position), float(score)) for i, position, score in places]


@dataclass(frozen=True, slots=True)
class State:
    """What is held in memory of one state of the corpus; its snapshots share it."""

    writes: int
    corpus_version: str
    model_id: str
    heads: dict[int, ArticleHead]
    sentences: int
    segment_rows: tuple[SegmentRows, ...]
    locations: dict[int, tuple[int, int]]  # version → which of segment_rows, first row
    frequencies: dict[str, int] = field(default_factory=dict)  # filled as words are asked for


def read_state(db: sqlite3.Connection, folder: Path, known: State | None) -> State:
    """Read what the database says now; segments that are already open are kept."""
    opened = {rows.file.sha256: rows.segment for rows in known.segment_rows} if known else {}
    segment_rows, locations = [], {}
    for number, file in enumerate(database.segments(db)):
        rows = db.execute(
            "SELECT id, first_row, sentence_count FROM versions WHERE segment_id = ?"
            " ORDER BY first_row",
            (file.id,),
        ).fetchall()
        table = np.array(rows, dtype=np.int64).reshape(-1, 3)
        edges = table[:, 1:].cumsum(axis=1).ravel()  # start and end of each, in order
        if (np.diff(edges, prepend=0, append=file.rows) < 0).any():
            raise CorpusDamaged("articles do not point to their vectors; run `dateline rebuild`")
        segment = opened.get(file.sha256) or Segment(folder / file.name, file.rows)
        segment_rows.append(SegmentRows(file, segment, *table.T))
        locations.update({int(row[0]): (number, int(row[1])) for row in rows})
    heads = database.read_heads(db)
    newest = [version_id for (version_id,) in db.execute("SELECT newest FROM articles")]
    if not set(newest) == heads.keys() == locations.keys() or len(heads) != len(newest):
        raise CorpusDamaged("articles and their vectors do not match; run `dateline rebuild`")
    return State(
        writes=int(database.meta(db, "writes")),
        corpus_version=database.meta(db, "corpus_version"),
        model_id=database.meta(db, "model"),
        heads=heads,
        sentences=sentences_of(heads),
        segment_rows=tuple(segment_rows),
        locations=locations,
    )


def sentences_of(heads: dict[int, ArticleHead]) -> int:
    """How many sentences articles have."""
    return sum(head.sentence_count for head in heads.values())


class EmbeddedSnapshot(Snapshot):
    """A consistent view of the corpus; use it in a ``with`` statement, in one thread."""

    def __init__(self, db: sqlite3.Connection, state: State) -> None:
        super().__init__(state.heads, state.sentences, state.corpus_version, state.model_id)
        self._db = db
        self._state = state

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        self.close()
        if isinstance(error, sqlite3.DatabaseError):
            raise database.explained_error(error, Path("the corpus")) from error

    def close(self) -> None:
        """Close the database connection; the snapshot is of no use afterwards."""
        self._db.close()

    @property
    def version_count(self) -> int:
        """How many versions of articles there are, the present and the past ones."""
        return int(self._db.execute("SELECT count(*) FROM versions").fetchone()[0])

    def versions(self) -> Iterator[tuple[str, int, str, str, str, str, str]]:
        """All versions as they came in: article, number, time, key, fields, text, their hash."""
        return self._db.execute(
            "SELECT v.article_id, v.number, v.added_at, a.key, v.given, v.text, v.input_sha256"
            " FROM versions v JOIN articles a ON a.id = v.article_id ORDER BY v.number, v.id"
        )

    def changed_vectors(self) -> list[str]:
        """The files of vectors that are not what was written; costs reading them once."""
        files = ((rows.segment.path, rows.file.sha256) for rows in self._state.segment_rows)
        # One that is open and missing was deleted by a merge meanwhile.
        return [path.name for path, sha in files if path.is_file() and sha256_of_file(path) != sha]

    def with_text(self, text: str) -> list[ArticleHead]:
        """The articles that have this text and no other; none is read into memory."""
        rows = self._db.execute(
            "SELECT v.id FROM articles a JOIN versions v ON v.id = a.newest WHERE v.text = ?",
            (text,),
        )
        return [self._state.heads[version_id] for (version_id,) in rows]

    def _load(self, version_id: int) -> Article:
        return database.load(self._db, version_id)

    def _numbered(self, article_id: str) -> list[tuple[int, int, str]]:
        return self._db.execute(
            "SELECT number, id, added_at FROM versions WHERE article_id = ? ORDER BY number",
            (article_id,),
        ).fetchall()

    def _from_file(self, *paths: str) -> int | None:
        row = self._db.execute(
            "SELECT v.id FROM articles a JOIN versions v ON v.id = a.newest"
            " WHERE json_extract(v.head, '$.origin') IN (?, ?) ORDER BY v.id DESC LIMIT 1",
            paths,
        ).fetchone()
        return int(row[0]) if row else None

    def nearest(self, question: Vectors, k: int, allowed: set[int] | None) -> list[Hit]:
        """The sentences whose vectors are nearest to the question's, with their cosines."""
        return self._best(self._near(question, k, allowed), k)

    def _near(self, question: Vectors, k: int, allowed: set[int] | None) -> list[Hit]:
        """What the segments find, of each with all that tie with its last."""
        hits: list[Hit] = []
        for rows in self._state.segment_rows:
            mask = rows.mask(allowed)
            if mask is None or mask.any():
                hits.extend(with_ties(partial(rows.nearest, question, mask), k))
        return hits

    def containing(self, stems: Sequence[str], k: int, allowed: set[int] | None) -> list[Hit]:
        """The sentences that have most of the words, by BM25 (higher is better)."""
        return self._best(self._with_words(stems, k, allowed), k)

    def _with_words(self, stems: Sequence[str], k: int, allowed: set[int] | None) -> list[Hit]:
        """What the word index finds, with all that tie with the last."""
        if not stems:
            return []
        query = " OR ".join(f'"{stem}"' for stem in self._rarest(stems))
        rank = f"bm25(words, 1.0, {TITLE_WEIGHT})"
        sql = f"SELECT rowid, -{rank} FROM words WHERE words MATCH ?"  # noqa: S608 - a constant
        if allowed is not None:
            # Version ids are our own integers; a list of them costs less than a temporary table.
            listed = ",".join(map(str, sorted(allowed)))
            sql += f" AND (rowid >> {database.POSITION_BITS}) IN ({listed})"
        sql += f" ORDER BY {rank} LIMIT ?"

        def search(limit: int) -> list[Hit]:
            rows = self._db.execute(sql, (query, limit))
            return [Hit(*database.place_of(rowid), score) for rowid, score in rows]

        return with_ties(search, k)

    def cosines(self, question: Vectors, places: Sequence[tuple[int, int]]) -> list[float]:
        """The cosine of the question to each sentence, given as version and position."""
        out = [0.0] * len(places)
        by_segment: dict[int, list[tuple[int, int]]] = {}
        for n, (version_id, position) in enumerate(places):
            number, first = self._state.locations[version_id]
            by_segment.setdefault(number, []).append((n, first + position))
        for number, wanted in by_segment.items():
            segment = self._state.segment_rows[number].segment
            scores = segment.cosines(question, [row for _, row in wanted])
            for (n, _), score in zip(wanted, scores, strict=True):
                out[n] = float(score)
        return out

    def vectors_of(self, version_id: int) -> Vectors:
        """The stored vectors of an article's sentences: shape (sentences, dimensions)."""
        number, first = self._state.locations[version_id]
        count = self._state.heads[version_id].sentence_count
        return self._state.segment_rows[number].segment.run(first, count)

    def document_frequency(self, stem: str) -> int:
        """In how many sentences a word stands; a title's words do not count here."""
        known = self._state.frequencies
        if stem not in known:
            row = self._db.execute(
                "SELECT doc FROM vocabulary WHERE term = ? AND col = 'stems'", (stem,)
            ).fetchone()
            known[stem] = int(row[0]) if row else 0
        return known[stem]

    def is_known(self, stem: str) -> bool:
        """Whether any article or title has a word."""
        if self.document_frequency(stem):
            return True
        query = "SELECT 1 FROM vocabulary WHERE term = ? LIMIT 1"  # in titles
        return self._db.execute(query, (stem,)).fetchone() is not None

    def stems_like(self, stem: str) -> list[str]:
        """The known stems that begin with the same letter and are about as long."""
        first = stem[0]
        rows = self._db.execute(
            "SELECT DISTINCT term FROM vocabulary WHERE term >= ? AND term < ?"
            " AND abs(length(term) - ?) <= 2",
            (first, chr(ord(first) + 1), len(stem)),
        )
        return [term for (term,) in rows]


def with_ties(search: Callable[[int], list[Hit]], k: int) -> list[Hit]:
    """Return the k best hits of a search, best first, and all that tie with the last of them.

    An index breaks ties by where a sentence happens to be stored.
    """
    limit = k + _SPARE
    while True:
        hits = search(limit)
        if len(hits) < limit or hits[-1].score < hits[k - 1].score:
            return hits
        limit *= 4


def empty_snapshot() -> EmbeddedSnapshot:
    """The state of a corpus that nothing was ever added to."""
    db = sqlite3.connect(":memory:", check_same_thread=False)
    db.executescript(database.SCHEMA)
    return EmbeddedSnapshot(db, State(0, database.EMPTY_VERSION, "", {}, 0, (), {}))
