"""Finds damage in a corpus on PostgreSQL: what an answer depends on is compared with its source.

What the server's own checks are for, pages and indexes, is left to it (``pg_amcheck``).
"""

from collections.abc import Iterator

from index.errors import DatelineError
from index.models.registry import Models
from index.storage.database import REBUILD, RESTORE, UNREADABLE, corpus_version_of
from index.storage.postgres.snapshot import PostgresSnapshot
from index.storage.postgres.write import RECORD, occurrences
from index.storage.report import Damage
from index.storage.vectors import vectors_hash
from index.storage.verify import model_damage, record_damage


def find_damage(view: PostgresSnapshot, models: Models) -> Iterator[Damage]:
    """All that is wrong with a corpus; nothing is written."""
    for mend, damages in (
        (RESTORE, article_damage(view)),
        (REBUILD, index_damage(view)),
        (REBUILD, sum_damage(view)),
        (REBUILD, model_damage(view.model_id, models)),
    ):
        try:
            yield from damages
        except UNREADABLE as error:
            yield Damage(f"the tables cannot be read through: {error}", mend)
        except DatelineError as error:
            yield Damage(str(error), mend)


def article_damage(view: PostgresSnapshot) -> Iterator[Damage]:
    """Articles that are not what was stored, or that do not point to their newest version."""
    for version_id in view.version_ids():
        for row in view.rows(
            f"SELECT a.key, v.number, v.given, v.input_sha256, v.sentence_count, {RECORD}"  # noqa: S608
            " FROM versions v JOIN articles a ON a.corpus = v.corpus AND a.id = v.article_id"
            " WHERE v.corpus = %(corpus)s AND v.id = %(id)s",
            id=version_id,
        ):
            if damage := record_damage(*row):
                yield damage
    for (article_id,) in view.rows(
        "SELECT a.id FROM articles a JOIN versions v ON v.corpus = a.corpus AND v.article_id = a.id"
        " WHERE a.corpus = %(corpus)s GROUP BY a.id, a.newest"
        " HAVING a.newest <> (array_agg(v.id ORDER BY v.number DESC))[1]"
    ):
        yield Damage(f"the article {article_id} does not point to its newest version", REBUILD)


def index_damage(view: PostgresSnapshot) -> Iterator[Damage]:
    """Words or vectors that are not those of their sentences."""
    for head in view.heads():
        article = view.article_of(head.version_id)
        (sha256,) = view.rows(
            "SELECT vectors_sha256 FROM versions WHERE corpus = %(corpus)s AND id = %(id)s",
            id=head.version_id,
        )[0]
        if vectors_hash(view.vectors_of(head.version_id)) != sha256:
            yield Damage(f"the vectors of {article.id} are not its own", REBUILD)
        found = view.rows(
            "SELECT stem, title, place FROM words, unnest(places) AS place"
            " WHERE corpus = %(corpus)s AND version = %(id)s",
            id=head.version_id,
        )
        if sorted(found) != sorted(occurrences(article)):
            yield Damage(f"the word index does not hold the words of {article.id}", REBUILD)


def sum_damage(view: PostgresSnapshot) -> Iterator[Damage]:
    """Sums over the articles that are not what their parts make."""
    if view.rows(
        "SELECT 1 FROM (SELECT stem, sum(own) AS own, sum(cardinality(places)) AS found"
        " FROM words WHERE corpus = %(corpus)s GROUP BY stem) w"
        " FULL JOIN (SELECT * FROM vocabulary WHERE corpus = %(corpus)s) v USING (stem)"
        " WHERE (w.own, w.found) IS DISTINCT FROM (v.own, v.found) LIMIT 1"
    ):
        yield Damage("the frequencies of words are not those of the articles", REBUILD)
    pairs = view.rows(
        "SELECT v.article_id, v.input_sha256 FROM articles a JOIN versions v"
        " ON v.corpus = a.corpus AND v.id = a.newest WHERE a.corpus = %(corpus)s"
    )
    if view.corpus_version != corpus_version_of(map(tuple, pairs), view.model_id):
        yield Damage("the corpus version does not name what is there", REBUILD)
    sums = view.rows(
        "SELECT sentences, words, (SELECT count(*) FROM sentences WHERE corpus = %(corpus)s),"
        " (SELECT coalesce(sum(word_count), 0) FROM articles a JOIN versions v"
        " ON v.corpus = a.corpus AND v.id = a.newest WHERE a.corpus = %(corpus)s)"
        " FROM corpora WHERE id = %(corpus)s"
    )
    for sentences, words, held, counted in sums:
        if (sentences, words) != (held, counted) or sentences != view.sentence_count:
            yield Damage("the sentences of the corpus are miscounted", REBUILD)
