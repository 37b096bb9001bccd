"""The tables of corpora on PostgreSQL, and who may do what with them.

Articles, words and vectors change in one transaction. Sentences and words are partitioned by
corpus. Two things decide what a session sees: ``corpora.role``, of which its role must be a
member, and the setting ``dateline.corpus``, the one corpus that a transaction is about. So a query
that forgot to name its corpus still sees no other's rows. ``dateline_reader`` may read,
``dateline_writer`` write articles; what needs to own the tables is done by functions that check.

A word's row has its occurrences in one version: for each sentence ``place << 40 | times << 20 |
words``, where ``words`` is how many there are in the sentence and its article's title; ``own`` is
in how many sentences it stands itself, ``title`` how often in the title, which makes it an
occurrence in all of them. ``vocabulary`` sums these up, and BM25 is worked out of the two.
"""

from psycopg import Connection

from index.errors import FormatMismatch

_TABLES = """
CREATE EXTENSION IF NOT EXISTS vector SCHEMA public;
CREATE SCHEMA dateline;
CREATE TABLE dateline.format (version int NOT NULL);
INSERT INTO dateline.format VALUES (1);
CREATE TABLE dateline.corpora (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE,
    role regrole NOT NULL,              -- whose members may use it
    model text NOT NULL,
    dimensions int NOT NULL,
    writes bigint NOT NULL DEFAULT 0,
    corpus_version text NOT NULL,
    sentences bigint NOT NULL DEFAULT 0,
    words bigint NOT NULL DEFAULT 0,
    indexed boolean NOT NULL DEFAULT false  -- its vectors, by HNSW
);
CREATE TABLE dateline.articles (
    corpus int NOT NULL REFERENCES dateline.corpora ON DELETE CASCADE,
    id text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,      -- which the id is worked out of
    newest bigint NOT NULL,
    PRIMARY KEY (corpus, id)
);
CREATE TABLE dateline.versions (
    corpus int NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    article_id text COLLATE "C" NOT NULL,
    number int NOT NULL,
    added_at text NOT NULL,
    given text NOT NULL,
    text text NOT NULL,
    input_sha256 text NOT NULL,
    head text NOT NULL,
    origin text,
    sentences bytea NOT NULL,
    sentence_count int NOT NULL,
    word_count int NOT NULL,            -- of all its sentences, each with the title
    record_sha256 text NOT NULL,
    PRIMARY KEY (corpus, id),
    UNIQUE (corpus, article_id, number),
    FOREIGN KEY (corpus, article_id) REFERENCES dateline.articles ON DELETE CASCADE
);
CREATE INDEX ON dateline.versions USING hash (origin);
CREATE VIEW dateline.newest WITH (security_invoker) AS SELECT a.key, v.* FROM dateline.articles a
    JOIN dateline.versions v ON v.corpus = a.corpus AND v.article_id = a.id AND v.id = a.newest;
CREATE TABLE dateline.sentences (
    corpus int NOT NULL,
    version bigint NOT NULL,
    place int NOT NULL,
    vector halfvec STORAGE PLAIN NOT NULL,
    PRIMARY KEY (corpus, version, place)
) PARTITION BY LIST (corpus);
CREATE TABLE dateline.words (
    corpus int NOT NULL,
    stem text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    title int NOT NULL,
    own int NOT NULL,
    places bigint[] NOT NULL,
    PRIMARY KEY (corpus, stem, version)
) PARTITION BY LIST (corpus);
CREATE INDEX ON dateline.words (version);
CREATE TABLE dateline.vocabulary (
    corpus int NOT NULL REFERENCES dateline.corpora ON DELETE CASCADE,
    stem text COLLATE "C" NOT NULL,
    own int NOT NULL,
    found int NOT NULL,
    PRIMARY KEY (corpus, stem)
) WITH (fillfactor = 70);
"""

_POLICIES = """
ALTER TABLE dateline.corpora ENABLE ROW LEVEL SECURITY;
CREATE POLICY members ON dateline.corpora USING (pg_has_role(role, 'MEMBER'));
DO $do$
DECLARE one text;
BEGIN
    FOREACH one IN ARRAY ARRAY['articles', 'versions', 'sentences', 'words', 'vocabulary'] LOOP
        EXECUTE format($$
            ALTER TABLE dateline.%1$I ENABLE ROW LEVEL SECURITY;
            ALTER TABLE dateline.%1$I FORCE ROW LEVEL SECURITY;
            CREATE POLICY chosen ON dateline.%1$I USING (corpus = (
                SELECT id FROM dateline.corpora
                WHERE id = nullif(current_setting('dateline.corpus', true), '')::int))
            $$, one);
    END LOOP;
    FOREACH one IN ARRAY ARRAY['dateline_reader', 'dateline_writer'] LOOP
        IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = one) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', one);
        END IF;
    END LOOP;
END $do$;
GRANT USAGE ON SCHEMA dateline TO dateline_reader, dateline_writer;
GRANT SELECT ON ALL TABLES IN SCHEMA dateline TO dateline_reader, dateline_writer;
GRANT INSERT, UPDATE, DELETE ON dateline.articles, dateline.versions, dateline.sentences,
    dateline.words, dateline.vocabulary TO dateline_writer;
GRANT UPDATE (writes, corpus_version, sentences, words) ON dateline.corpora TO dateline_writer;
"""

_FUNCTIONS = """
CREATE FUNCTION dateline.create_corpus(name text, model text, dimensions int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = dateline, public, pg_temp AS $$
DECLARE made int; one text;
BEGIN
    INSERT INTO dateline.corpora (name, role, model, dimensions, corpus_version)
    VALUES (name, session_user::regrole, model, dimensions, 'empty') RETURNING id INTO made;
    FOREACH one IN ARRAY ARRAY['sentences', 'words'] LOOP
        EXECUTE format($f$
            CREATE TABLE dateline.%1$I (LIKE dateline.%2$I INCLUDING ALL);
            ALTER TABLE dateline.%2$I ATTACH PARTITION dateline.%1$I FOR VALUES IN (%3$s)
            $f$, one || '_' || made, one, made);
    END LOOP;
    PERFORM set_config('dateline.corpus', made::text, true);
    RETURN made;
END $$;

-- Its partitions go once nobody reads any more: those of this corpus or of ones deleted before.
CREATE FUNCTION dateline.delete_corpus(corpus int) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = dateline, public, pg_temp
SET lock_timeout = '1s' AS $$
DECLARE one regclass;
BEGIN
    DELETE FROM dateline.corpora WHERE id = corpus AND pg_has_role(session_user, role, 'MEMBER');
    IF NOT FOUND THEN
        RAISE insufficient_privilege;
    END IF;
    BEGIN
        FOR one IN
            SELECT inhrelid::regclass FROM pg_inherits
            WHERE inhparent IN ('dateline.sentences'::regclass, 'dateline.words'::regclass)
            AND NOT EXISTS (SELECT 1 FROM dateline.corpora
                WHERE id = substring(inhrelid::regclass::text FROM '[0-9]+$')::int)
        LOOP
            EXECUTE format('DROP TABLE %s', one);
        END LOOP;
    EXCEPTION WHEN lock_not_available THEN
        NULL;
    END;
END $$;

CREATE FUNCTION dateline.index_vectors(corpus int) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = dateline, public, pg_temp
SET maintenance_work_mem = '512MB' AS $$
DECLARE width int;
BEGIN
    UPDATE dateline.corpora SET indexed = true
    WHERE id = corpus AND NOT indexed AND pg_has_role(session_user, role, 'MEMBER')
    RETURNING dimensions INTO width;
    IF width IS NOT NULL THEN
        EXECUTE format('CREATE INDEX ON dateline.sentences_%1$s USING hnsw'
            ' ((vector::halfvec(%2$s)) halfvec_ip_ops)', corpus, width);
    END IF;
END $$;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA dateline FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA dateline TO dateline_writer;
"""

_FORMAT = 1


def has_tables(db: Connection) -> bool:
    """Whether a database has the tables; raises FormatMismatch where they are not like these."""
    if db.execute("SELECT to_regclass('dateline.format')").fetchone() == (None,):
        return False
    row = db.execute("SELECT version FROM dateline.format").fetchone()
    if row != (_FORMAT,):
        raise FormatMismatch(
            f"the tables are of format {row and row[0]}, this Dateline knows {_FORMAT}; copy the "
            "corpora to files with the Dateline that made them, and from there with this one"
        )
    return True


def make_tables(db: Connection) -> None:
    """Make the tables, if they are not there, in this transaction."""
    db.execute("SELECT pg_advisory_xact_lock(hashtext('dateline'))")
    if has_tables(db):
        return
    if db.execute("SHOW server_encoding").fetchone() != ("UTF8",):
        raise FormatMismatch("the database is not in UTF8; make one with: createdb -E UTF8")
    db.execute((_TABLES + _POLICIES + _FUNCTIONS).encode())
