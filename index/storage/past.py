"""A corpus as it stood at the end of a day, worked out from what is stored of it today.

Articles that came in later are left out, and of one that has changed since the version of that day
is asked. Both indexes hold the newest versions only: a sentence that has stayed is found by its
entry there; those that only the past version has are looked through, and encoded as they are
needed.
"""

import datetime as dt
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from index.models.encoder import Encoder, Vectors, vectors_under_titles
from index.storage import database
from index.storage.snapshot import EmbeddedSnapshot, State, sentences_of
from index.storage.vectors import as_cosines, as_stored
from index.storage.view import K1, TITLE_WEIGHT, B, Hit, log_odds
from index.text.words import content_stems

_Place = tuple[int, int]  # version, position

# Sentences that only past versions have: so many are looked through, in a second, and of those of
# articles that are near the question so many are encoded.
_MOST_READ, _MOST_ENCODED = 20_000, 200
_SET_BACK = """
CREATE TEMP TABLE articles AS SELECT a.id, a.key, v.id AS newest
FROM main.articles a JOIN main.versions v ON v.article_id = a.id WHERE v.number =
(SELECT max(number) FROM main.versions WHERE article_id = a.id AND substr(added_at, 1, 10) <= ?)
"""


class PastSnapshot(EmbeddedSnapshot):
    """What was there at the end of a day, in UTC; articles removed since are not known any more."""

    def __init__(
        self, db: sqlite3.Connection, present: State, day: dt.date, encoder: Encoder
    ) -> None:
        # The table of articles as it stood, in front of the present one on this connection.
        db.execute("PRAGMA query_only=OFF")
        db.execute(_SET_BACK, (day.isoformat(),))
        db.execute("PRAGMA query_only=ON")
        heads = database.read_heads(db, database.OF_THE_DAY)
        super().__init__(db, replace(present, heads=heads, sentences=sentences_of(heads)))
        self.day = day
        self.later = len(present.heads) - self.article_count  # articles that came in after it
        self._indexed = present.sentences
        self._encoder = encoder
        self._newest: dict[int, int] = {}  # past version → the one that both indexes hold
        self._stayed: dict[_Place, _Place] = {}  # in the newest version → in the past one
        self._entry: dict[_Place, _Place] = {}  # and back
        self._own: dict[_Place, str] = {}  # the sentences that only past versions have
        self._headings: dict[int, str] = {}  # of past versions
        self._stems: dict[_Place, tuple[list[str], list[str]]] = {}  # theirs, their titles'
        self._vectors: dict[_Place, Vectors] = {}  # of the sentences asked for
        self._compare()
        self.changed = len(self._newest)

    def _compare(self) -> None:
        """Note which sentences of changed articles have stayed, and read those that have not."""
        rows = self._db.execute(
            "SELECT past.newest, now.newest FROM temp.articles past JOIN main.articles now"
            " ON now.id = past.id WHERE past.newest <> now.newest ORDER BY past.newest DESC"
        ).fetchall()
        for past_id, newest_id in rows:
            self._newest[past_id] = newest_id
            past, newest = (database.load(self._db, one) for one in (past_id, newest_id))
            self._headings[past_id] = past.heading
            stands = {newest.quote(s): n for n, s in enumerate(newest.sentences)}
            own = {}
            for n, sentence in enumerate(past.sentences):
                quote, place = past.quote(sentence), (past_id, n)
                if quote in stands:
                    self._entry[place] = newest_id, stands[quote]
                    self._stayed[self._entry[place]] = place
                else:
                    own[place] = quote
            self._own.update(own)
            if len(self._stems) + len(own) > _MOST_READ:
                self.unread += 1
                continue
            title = content_stems(past.heading)
            self._stems.update({at: (content_stems(quote), title) for at, quote in own.items()})

    def nearest(self, question: Vectors, k: int, allowed: set[int] | None) -> list[Hit]:
        """As of a present snapshot; of changed articles that are near, what only they had too."""
        allowed, entered = self._entered(allowed)
        hits = self._near(question, k, entered)
        hits.sort(key=lambda hit: -hit.score)
        order = {version: n for n, version in enumerate(dict.fromkeys(h.version_id for h in hits))}
        near = [at for at in self._own if at[0] in allowed and self._newest[at[0]] in order]
        near.sort(key=lambda at: (order[self._newest[at[0]]], at))
        near = near[:_MOST_ENCODED]
        scores = self.cosines(question, near)
        found = [Hit(*at, score) for at, score in zip(near, scores, strict=True)]
        return self._best([*self._set_back(hits), *found], k)

    def containing(self, stems: Sequence[str], k: int, allowed: set[int] | None) -> list[Hit]:
        """As of a present snapshot, with what only past versions had."""
        allowed, entered = self._entered(allowed)
        hits = self._with_words(stems, k, entered)
        found = [hit for hit in self._bm25(stems) if hit.version_id in allowed]
        return self._best([*self._set_back(hits), *found], k)

    def cosines(self, question: Vectors, places: Sequence[_Place]) -> list[float]:
        """The cosine of the question to each sentence, given as version and position."""
        if not places:
            return []
        scores = as_cosines((self._vectors_at(places) * question).sum(axis=1))
        return [float(score) for score in scores]

    def vectors_of(self, version_id: int) -> Vectors:
        """The vectors of an article's sentences: shape (sentences, dimensions)."""
        count = self._state.heads[version_id].sentence_count
        return self._vectors_at([(version_id, n) for n in range(count)])

    def is_known(self, stem: str) -> bool:
        """Whether any article or title has a word, be it one that came later."""
        return super().is_known(stem) or any(
            stem in own or stem in title for own, title in self._stems.values()
        )

    def _entered(self, allowed: set[int] | None) -> tuple[set[int], set[int]]:
        """The versions allowed, and those of the same articles that both indexes hold."""
        allowed = set(self._state.heads) if allowed is None else allowed
        return allowed, {self._newest.get(version_id, version_id) for version_id in allowed}

    def _set_back(self, hits: Sequence[Hit]) -> Iterator[Hit]:
        """The hits as they stood then, without those of sentences that are new."""
        for hit in hits:
            place = self._stayed.get((hit.version_id, hit.position), (hit.version_id, hit.position))
            if place[0] in self._state.heads:
                yield Hit(*place, hit.score)

    def _vectors_at(self, places: Sequence[_Place]) -> Vectors:
        """The vectors of at least one sentence: shape (sentences, dimensions)."""
        if new := [at for at in places if at in self._own and at not in self._vectors]:
            sentences, titles = [self._own[at] for at in new], [self._headings[v] for v, _ in new]
            vectors = as_stored(vectors_under_titles(self._encoder, sentences, titles))
            self._vectors.update(zip(new, vectors, strict=True))
        for at in places:
            if at not in self._vectors:
                version_id, position = self._entry.get(at, at)
                number, first = self._state.locations[version_id]
                held = self._state.segment_rows[number].segment
                self._vectors[at] = held.run(first + position, 1)[0]
        return np.stack([self._vectors[at] for at in places])

    def _bm25(self, stems: Sequence[str]) -> Iterator[Hit]:
        """What only past versions have of some words, with the frequencies of the word index."""
        lengths = {at: len(own) + len(title) for at, (own, title) in self._stems.items()}
        usual = sum(lengths.values()) / max(1, len(lengths))
        weights = {
            stem: log_odds(self._indexed, self.document_frequency(stem))
            for stem in self._rarest(stems)
        }
        for at, (own, title) in self._stems.items():
            score = 0.0
            for stem, weight in weights.items():
                if times := own.count(stem) + TITLE_WEIGHT * title.count(stem):
                    least = K1 * (1 - B + B * lengths[at] / usual)
                    score += weight * times * (K1 + 1) / (times + least)
            if score:
                yield Hit(*at, score)
