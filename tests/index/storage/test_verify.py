"""Damage of every kind is found, said clearly and mended; and nothing damaged is ever quoted."""

import random
import re
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from index import Corpus, CorpusDamaged, DatelineError, Home, ModelError
from index.models.registry import SHIPPED_FOLDER, ModelChoice, Models
from index.storage.corpus import EmbeddedCorpus
from index.storage.database import RESTORE
from retrieval import Engine, Question
from tests.corpora import (
    StubModel,
    database_of,
    run_sql,
    some_articles,
    stub_corpus,
    stub_reader,
    texts_of,
)


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    corpus = stub_corpus(tmp_path)
    corpus.add(some_articles(8))
    corpus.add(some_articles(2, edition=2))
    corpus.remove(["a5"])
    return corpus


def segment_of(corpus: Corpus) -> Path:
    return max((corpus.folder / "segments").iterdir(), key=lambda path: path.stat().st_size)


def change(path: Path, place: int, bit: int = 0) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1 << bit
    path.write_bytes(data)


def sql(*statements: str) -> Callable[[Corpus], None]:
    return lambda corpus: run_sql(corpus, "PRAGMA foreign_keys=OFF", *statements)


def break_schema(corpus: Corpus) -> None:
    data = database_of(corpus).read_bytes()
    database_of(corpus).write_bytes(data.replace(b"CREATE INDEX", b"CREATE INDAX"))


A1 = "WHERE article_id = 'a1' AND number = 2"
DAMAGES: dict[str, tuple[Callable[[Corpus], object], str]] = {
    "offsets": (sql(f"UPDATE versions SET sentences = zeroblob(36) {A1}"), "worked out of .* a1"),
    "title": (sql(f"UPDATE versions SET head = replace(head, 'bridge', 'badge') {A1}"), "a1"),
    "head that is no JSON": (sql(f"UPDATE versions SET head = 'x' {A1}"), "worked out of .* a1"),
    "number": (sql(f"UPDATE versions SET number = 7 {A1}"), "worked out of .* a1"),
    "count": (sql(f"UPDATE versions SET sentence_count = 2 {A1}"), "a1 are miscounted"),
    "vectors of another": (
        sql(
            "UPDATE versions SET first_row = first_row + 3 WHERE article_id = 'a3'",
            "UPDATE versions SET first_row = first_row - 3 WHERE article_id = 'a4'",
        ),
        "the vectors of a3 are not its own",
    ),
    "no vectors": (sql(f"UPDATE versions SET segment_id = NULL {A1}"), "a1 does not point"),
    "vectors nowhere": (sql(f"UPDATE versions SET segment_id = 99 {A1}"), "points nowhere"),
    "an old version asked": (
        sql("UPDATE articles SET newest = (SELECT id FROM versions WHERE article_id = 'a1')"
            " WHERE id = 'a1'"),
        "a1 does not point to its newest",
    ),
    "name": (sql("UPDATE articles SET key = 'id:b1' WHERE id = 'a1'"), "the name of .* a1"),
    "words gone": (sql("DELETE FROM words WHERE rowid % 7 = 1"), "word index"),
    "words changed": (sql("UPDATE words SET stems = 'other words'"), "does not hold the words of"),
    "words too many": (sql("INSERT INTO words VALUES ('other', 'words')"), "instead of"),
    "words astray": (sql("DELETE FROM words_data WHERE id > 10"), "word index"),
    "corpus version": (sql("UPDATE meta SET value = 'x' WHERE key = 'corpus_version'"), "version"),
    "model unknown": (sql("DELETE FROM meta WHERE key = 'model'"), "lacks its model"),
    "table gone": (sql("DROP TABLE articles"), "tables"),
    "index gone": (sql("DROP INDEX versions_by_segment"), "tables"),
    "segment gone": (lambda corpus: segment_of(corpus).unlink(), "are missing"),
    "segment cut": (
        lambda corpus: segment_of(corpus).write_bytes(segment_of(corpus).read_bytes()[:-9]),
        "not what was written",
    ),
    "segment changed": (lambda corpus: change(segment_of(corpus), 200), "not what was written"),
    "header of a segment": (lambda corpus: change(segment_of(corpus), 33), "not what was written"),
    "CURRENT": (lambda corpus: change(corpus.folder / "CURRENT", 8), "which of its databases"),
    "no CURRENT": (lambda corpus: (corpus.folder / "CURRENT").unlink(), "which of its databases"),
    "schema": (break_schema, "malformed database schema"),
}  # fmt: skip


@pytest.mark.parametrize("kind", DAMAGES)
def test_damage_is_found_and_mended_by_a_rebuild(corpus: Corpus, kind: str) -> None:
    before = texts_of(corpus)
    do_damage, words = DAMAGES[kind]
    do_damage(corpus)
    fresh = stub_corpus(corpus.folder.parent)
    damages = fresh.verify()
    assert damages
    text = "; ".join(damage.what for damage in damages)
    assert re.search(words, text), text
    assert all("`dateline rebuild`" in damage.mend for damage in damages)
    assert fresh.rebuild().refused == []
    assert fresh.verify() == []
    assert texts_of(fresh) == before
    with fresh.snapshot() as view:
        assert view.head(view.find("a1").version_id).version == (7 if kind == "number" else 2)


def test_a_damaged_article_is_told_once(corpus: Corpus) -> None:
    DAMAGES["title"][0](corpus)
    (damage,) = stub_corpus(corpus.folder.parent).verify()
    assert damage.what == "what was worked out of the article a1 is damaged"


ARTICLE_DAMAGES = {
    "text": f"UPDATE versions SET text = replace(text, 'bridge', 'bride') {A1}",
    "what came in beside it": f"UPDATE versions SET given = '{{}}' {A1}",
    "text that is no text": f"UPDATE versions SET text = CAST(x'ff00' AS TEXT) {A1}",
    "its hash": f"UPDATE versions SET input_sha256 = 'x' {A1}",
}


@pytest.mark.parametrize("kind", ARTICLE_DAMAGES)
def test_a_damaged_article_is_never_quoted_and_can_be_added_again(
    corpus: Corpus, kind: str
) -> None:
    before = texts_of(corpus)
    run_sql(corpus, ARTICLE_DAMAGES[kind])
    if "text" in kind:
        with pytest.raises(CorpusDamaged, match=r"a1|UTF-8"), corpus.snapshot() as view:
            view.article("a1")
        with pytest.raises(CorpusDamaged):
            Engine(corpus).ask(Question("who opened the bridge of town 1"))
    (damage,) = [d for d in corpus.verify() if "what was added" in d.what]
    assert "the article a1 (version 2)" in damage.what
    assert "leaves it out, then add it again" in damage.mend
    told: list[str | None] = []
    report = corpus.rebuild(on_article=lambda outcome: told.append(outcome.reason))
    assert [refusal.source for refusal in report.refused] == ["the article a1"]
    assert told == [report.refused[0].reason]
    assert corpus.verify() == []
    assert texts_of(corpus) == {name: text for name, text in before.items() if name != "a1"}
    (kept,) = corpus.folder.glob("damaged-*.sqlite")
    with sqlite3.connect(kept) as db:
        assert db.execute(f"SELECT count(*) FROM versions {A1}").fetchone() == (1,)
    db.close()
    corpus.add(some_articles(2, edition=2))
    assert texts_of(corpus) == before


def test_a_damaged_earlier_version_is_left_out(corpus: Corpus) -> None:
    before = texts_of(corpus)
    run_sql(corpus, "UPDATE versions SET text = 'x' WHERE article_id = 'a1' AND number = 1")
    (damage,) = corpus.verify()
    assert "a1 (version 1)" in damage.what
    assert len(corpus.rebuild().refused) == 1
    assert (texts_of(corpus), corpus.verify()) == (before, [])


def test_what_is_no_database_is_said_to_be_lost(corpus: Corpus) -> None:
    database_of(corpus).write_bytes(b"This is not a database, but long enough to be one. " * 100)
    fresh = stub_corpus(corpus.folder.parent)
    lost = r"\(file is not a database\); restore its folder from a backup, or delete the folder"
    for work in (fresh.snapshot, fresh.rebuild):
        with pytest.raises(CorpusDamaged, match=lost):
            work()
    (damage,) = fresh.verify()
    assert damage.what.endswith("is damaged (file is not a database)")
    assert damage.mend == RESTORE


def test_what_a_rebuild_cannot_read_either_is_said_to_be_lost(corpus: Corpus) -> None:
    database = database_of(corpus)
    whole = database.read_bytes()
    database.write_bytes(whole[:100] + b"\xff" * (len(whole) - 100))
    fresh = stub_corpus(corpus.folder.parent)
    with pytest.raises(CorpusDamaged, match="; run `dateline rebuild`"):
        fresh.snapshot()
    with pytest.raises(CorpusDamaged, match="; restore its folder from a backup"):
        fresh.rebuild()
    shutil.rmtree(corpus.folder)
    assert fresh.add(some_articles(8)).added == 8
    assert fresh.verify() == []


def test_opening_catches_what_is_gross_in_no_time(corpus: Corpus) -> None:
    for kind in ("segment gone", "segment cut", "header of a segment", "vectors nowhere",
                 "no vectors", "head that is no JSON", "table gone", "CURRENT"):  # fmt: skip
        folder = corpus.folder.parent / kind.replace(" ", "-")
        shutil.copytree(corpus.folder.parent / "corpus", folder / "corpus")
        damaged = stub_corpus(folder)
        DAMAGES[kind][0](damaged)
        with pytest.raises(CorpusDamaged, match=r"`dateline rebuild`"):
            stub_corpus(folder).snapshot()


QUESTIONS = ("who opened the bridge of town 3", "how long did it rain", "what was the weather like")


def answers_of(corpus: Corpus, originals: dict[str, str]) -> list[str]:
    """The answers, or errors; every quote must stand in the original article."""
    out, reader = [], stub_reader(StubModel({"bridge": 5.0, "weather": 4.0}))
    for text in QUESTIONS:
        try:
            answer = Engine(corpus, reader).ask(Question(text))
        except DatelineError as error:
            out.append(type(error).__name__)
            continue
        for citation in (*answer.citations, *answer.closest):
            assert originals[citation.article_id][citation.start : citation.end] == citation.quote
        out.append(answer.model_dump_json(exclude={"timings_ms"}))
    return out


@pytest.mark.slow
def test_any_flipped_bit_is_found_or_harmless(corpus: Corpus, tmp_path: Path) -> None:
    """Some, with a fixed seed; ``benchmarks.flips`` makes hundreds, also in the model."""
    originals, clean = texts_of(corpus), answers_of(corpus, texts_of(corpus))
    names = ["CURRENT", "corpus-1.sqlite", f"segments/{segment_of(corpus).name}"]
    chance = random.Random(20230918)
    found = 0
    for n in range(40):
        folder = tmp_path / f"flip-{n}"
        shutil.copytree(corpus.folder, folder / "corpus")
        path = folder / "corpus" / chance.choices(names, [1, 6, 3])[0]
        change(path, chance.randrange(path.stat().st_size), chance.randrange(8))
        answers = answers_of(stub_corpus(folder), originals)
        if stub_corpus(folder).verify():
            found += 1
        else:
            assert (texts_of(stub_corpus(folder)), answers) == (originals, clean)
    assert found > 20


def test_a_damaged_model_is_not_used(own_home: Path, other_model: Path) -> None:
    corpus = Home(own_home).corpus("default")
    for name in ("model.bin", "tokenizer.json", "config.json", "manifest.json"):
        path = other_model / name
        sound = path.read_bytes()
        change(path, len(sound) // 2)
        fresh = Home(own_home).corpus("default")
        with pytest.raises(ModelError, match="run `dateline rebuild`"):
            Engine(fresh).ask(Question("where did Blinken meet Han Zheng"))
        assert any(name in damage.what for damage in fresh.verify())
        path.write_bytes(sound)
    assert corpus.verify() == []


def test_a_damaged_model_that_came_along_is_neither_used_nor_deleted(
    own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = shutil.copytree(SHIPPED_FOLDER, tmp_path / "shipped")
    change(shipped / "model.bin", 20_000_000)
    monkeypatch.setattr("index.models.registry.SHIPPED_FOLDER", shipped)
    corpus = Home(own_home).corpus("default")
    with pytest.raises(ModelError, match="install Dateline anew"):
        Engine(corpus).ask(Question("where did Blinken meet Han Zheng"))
    with pytest.raises(ModelError, match="install Dateline anew"):
        corpus.rebuild()
    assert [damage.mend for damage in corpus.verify()] == ["install Dateline anew"]
    assert (shipped / "model.bin").is_file()


def test_a_damaged_model_is_made_anew_as_it_was(
    corpus: EmbeddedCorpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[ModelChoice] = []
    models = corpus._models
    monkeypatch.setattr(models, "damaged_files", lambda model_id: ["model.bin"] * (not asked))

    def obtain(choice: ModelChoice) -> str:
        asked.append(choice)
        return model_id

    with corpus.snapshot() as view:
        model_id = view.model_id
    discarded: list[str] = []
    monkeypatch.setattr(models, "obtain", obtain)
    monkeypatch.setattr(Models, "discard", lambda _, model_id: discarded.append(model_id))
    corpus.rebuild()
    assert asked == [ModelChoice("stub", "ctranslate2", "float32")]
    assert discarded == [model_id]
    assert corpus.verify() == []
