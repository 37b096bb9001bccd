"""What a corpus does with articles; how writers and readers get along; what it says when it can't.

All with a stub model: what depends on the real one is in test_vectors.py.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index import (
    Corpus,
    CorpusBusy,
    CorpusDamaged,
    CorpusError,
    DatelineError,
    Filters,
    FormatMismatch,
    Incoming,
    NoSuchArticle,
    Outcome,
    RefusedArticle,
    Snapshot,
    store,
    write,
)
from index.words import content_stems, stem
from tests.conftest import REPOSITORY
from tests.corpora import (
    StubEncoder,
    an_article,
    database_of,
    run_sql,
    some_articles,
    stub_corpus,
    texts_of,
)


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    return stub_corpus(tmp_path)


@pytest.fixture
def filled(corpus: Corpus) -> Corpus:
    corpus.add(some_articles(12))
    return corpus


def found(view: Snapshot, text: str, k: int = 20) -> list[tuple[str, int, float]]:
    """What both indexes say to a question: article, position, score, best first."""
    question = StubEncoder().encode_question(text)
    hits = [*view.nearest(question, k, None), *view.containing(content_stems(text), k, None)]
    return [(view.head(hit.version_id).id, hit.position, hit.score) for hit in hits]


def ranking(corpus: Corpus) -> list[list[tuple[str, int, float]]]:
    with corpus.snapshot() as view:
        return [found(view, text) for text in ("who opened the bridge", "rain", "town 3 weather")]


# -- adding ----------------------------------------------------------------------------------


def test_nothing_is_there_at_first(corpus: Corpus) -> None:
    with corpus.snapshot() as view:
        assert (view.article_count, view.sentence_count, view.heads()) == (0, 0, [])
        assert view.corpus_version == "empty"
    assert corpus.verify() == []
    assert not corpus.folder.exists()
    with pytest.raises(NoSuchArticle):
        corpus.remove(["a1"])


def test_articles_are_added_then_unchanged_then_updated(corpus: Corpus) -> None:
    told: list[Outcome] = []
    refusal = RefusedArticle("page.html", "there is no text in it")
    first = corpus.add([an_article("a"), refusal, an_article("b")], on_article=told.append)
    assert (first.added, first.updated, first.unchanged) == (2, 0, 0)
    assert (first.refused, first.articles, first.sentences) == ([refusal], 2, 2)
    assert {(o.kind, o.article_id, o.reason) for o in told} == {
        ("added", "a", None),
        ("added", "b", None),
        ("refused", None, "there is no text in it"),
    }
    second = corpus.add([an_article("a"), an_article("b", "It is told otherwise.")])
    assert (second.added, second.updated, second.unchanged) == (0, 1, 1)
    assert texts_of(corpus) == {
        "a": "The story of a is told here.\n",
        "b": "It is told otherwise.\n",
    }


def test_what_is_acknowledged_can_be_found_at_once(corpus: Corpus) -> None:
    there: list[bool] = []

    def look(outcome: Outcome) -> None:
        with stub_corpus(corpus.folder.parent).snapshot() as view:
            there.append(outcome.article_id in {head.id for head in view.heads()})

    corpus.add(some_articles(5), on_article=look)
    assert there == [True] * 5


def test_the_same_again_changes_nothing(filled: Corpus) -> None:
    before = [path.read_bytes() for path in sorted(filled.folder.glob("*.sqlite"))]
    report = filled.add(some_articles(12))
    assert (report.added, report.updated, report.unchanged) == (0, 0, 12)
    assert [path.read_bytes() for path in sorted(filled.folder.glob("*.sqlite"))] == before


def test_one_article_twice_in_one_go_is_added_then_updated(corpus: Corpus) -> None:
    report = corpus.add([an_article("a", "First."), an_article("a", "Second.")])
    assert (report.added, report.updated) == (1, 1)
    assert texts_of(corpus) == {"a": "Second.\n"}


def test_an_id_of_another_article_is_refused_even_in_one_go(corpus: Corpus) -> None:
    corpus.add([an_article("x", url="https://example.org/1")])
    by_url = Incoming(
        an_article("x").article.model_copy(update={"id": None, "url": "https://e.org"}), None, "u"
    )
    corpus.add([by_url])
    with corpus.snapshot() as view:
        (taken,) = {head.id for head in view.heads()} - {"x"}
    report = stub_corpus(corpus.folder.parent / "other").add([by_url, an_article(taken)])
    assert (report.added, len(report.refused)) == (1, 1)
    assert "another article has the id" in report.refused[0].reason


def test_versions_are_counted_and_only_the_newest_is_asked(filled: Corpus) -> None:
    filled.add(some_articles(3, edition=2))
    filled.add(some_articles(1, edition=3))
    with filled.snapshot() as view:
        versions = {head.id: head.version for head in view.heads()}
        assert (versions["a0"], versions["a2"], versions["a5"]) == (3, 2, 1)
        assert "edition 3" in view.article("a0").text
        assert view.document_frequency(stem("edition")) == 12
        assert [i for i, *_ in found(view, "town 0 edition 3")].count("a0") <= 2 * 3
    filled.rebuild()
    with filled.snapshot() as view:
        assert {head.id: head.version for head in view.heads()} == versions


# -- removing --------------------------------------------------------------------------------


def test_all_are_removed_or_none(filled: Corpus) -> None:
    with pytest.raises(NoSuchArticle, match="no article 'a99'"):
        filled.remove(["a1", "a99"])
    assert len(texts_of(filled)) == 12
    assert [head.id for head in filled.remove(["a1", "a2", "a1"])] == ["a1", "a2"]
    with filled.snapshot() as view:
        assert view.article_count == 10
        assert not view.is_known("visitor1")
        assert view.is_known("visitor3")
        with pytest.raises(NoSuchArticle):
            view.article("a1")


def test_an_article_is_known_by_id_url_and_path(corpus: Corpus, tmp_path: Path) -> None:
    path = tmp_path / "article.txt"
    by_path = Incoming(
        an_article("x").article.model_copy(update={"id": None}), str(path), "article.txt"
    )
    by_url = Incoming(
        an_article("x").article.model_copy(update={"id": None, "url": "https://e.org/1"}), None, "u"
    )
    from_file = replace(an_article("y"), origin=str(tmp_path / "page.html"))
    corpus.add([by_path, by_url, an_article("an id with spaces"), from_file])
    with corpus.snapshot() as view:
        assert view.article(str(tmp_path / "page.html")).id == "y"
        assert view.article(str(path)).origin == str(path)
        assert view.article("https://e.org/1").url == "https://e.org/1"
        assert view.article("an id with spaces").id == view.find("an id with spaces").id


def test_after_all_is_removed_it_is_empty_and_can_be_filled_again(filled: Corpus) -> None:
    filled.remove([f"a{n}" for n in range(12)])
    with filled.snapshot() as view:
        assert (view.article_count, view.corpus_version) == (0, "empty")
        assert found(view, "bridge") == []
    assert filled.verify() == []
    filled.add(some_articles(3))
    assert len(texts_of(filled)) == 3
    assert filled.verify() == []


def test_a_corpus_deleted_and_made_anew_is_another_one_to_who_has_it_open(tmp_path: Path) -> None:
    kept_open = stub_corpus(tmp_path)
    kept_open.add([an_article("a", "One.", "Two.", "Three.")])
    assert list(texts_of(kept_open)) == ["a"]
    for path in sorted(kept_open.folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    stub_corpus(tmp_path).add([an_article("b", "Four.")])
    assert texts_of(kept_open) == {"b": "Four.\n"}


# -- rebuilding ------------------------------------------------------------------------------


def test_a_rebuild_changes_nothing_that_can_be_seen(filled: Corpus) -> None:
    filled.add(some_articles(4, edition=2))
    filled.remove(["a5"])
    before, ranked = texts_of(filled), ranking(filled)
    with filled.snapshot() as view:
        version = view.corpus_version
        heads = {head.id: (head.version, head.added_at, head.published) for head in view.heads()}
    progress: list[tuple[int, int]] = []
    report = filled.rebuild(on_progress=lambda done, total: progress.append((done, total)))
    assert (report.articles, report.sentences) == (11, 33)
    assert progress[-1] == (33, 33)
    with filled.snapshot() as view:
        assert view.corpus_version == version
        after = {head.id: (head.version, head.added_at, head.published) for head in view.heads()}
    assert after == heads
    assert (texts_of(filled), ranking(filled)) == (before, ranked)
    assert filled.verify() == []


def test_a_rebuild_takes_articles_in_first(filled: Corpus) -> None:
    told: list[str] = []
    report = filled.rebuild(
        [an_article("new"), an_article("a1", "Changed.")],
        on_article=lambda outcome: told.append(f"{outcome.kind} {outcome.article_id}"),
    )
    assert told == ["added new", "updated a1"]
    assert (report.added, report.updated, report.articles) == (1, 1, 13)
    assert texts_of(filled)["a1"] == "Changed.\n"


def test_a_rebuild_leaves_one_database_and_its_segments(filled: Corpus) -> None:
    for _ in range(3):
        filled.rebuild()
    names = {path.name for path in filled.folder.iterdir()}
    assert names == {"CURRENT", "corpus-4.sqlite", "lock", "segments"}
    assert len(list((filled.folder / "segments").iterdir())) == 1


# -- what a state depends on, and what not ------------------------------------------------------


Step = tuple[str, int, int]
STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "remove", "rebuild"]), st.integers(0, 7), st.integers(1, 2)),
    max_size=14,
)
LINES = ("It rained.", "It rained all day.", "The bridge was opened.", "Nobody came to the bridge.")


def by_number(number: int, edition: int) -> Incoming:
    """An article whose sentences others have too, so that many tie."""
    lines = [LINES[(number + k * edition) % len(LINES)] for k in range(1 + number % 3)]
    return an_article(f"a{number}", *lines, title="Rain" if number % 2 else "A bridge")


def state_of(corpus: Corpus) -> Any:
    with corpus.snapshot() as view:
        frequencies = {stem: view.document_frequency(stem) for stem in ("rain", "bridg", "open")}
        seen = [found(view, text, k=3) for text in ("rain", "who came to the bridge", "nobody")]
        return view.corpus_version, frequencies, seen


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
def test_any_order_of_writes_equals_a_rebuild(
    steps: list[Step], tmp_path_factory: pytest.TempPathFactory
) -> None:
    corpus = stub_corpus(tmp_path_factory.mktemp("any-order"))
    there: dict[int, int] = {}
    for kind, number, edition in steps:
        if kind == "add":
            corpus.add([by_number(number, edition)])
            there[number] = edition
        elif kind == "remove" and number in there:
            corpus.remove([f"a{number}"])
            del there[number]
        elif kind == "rebuild":
            corpus.rebuild()
    at_once = stub_corpus(tmp_path_factory.mktemp("at-once"))
    at_once.add([by_number(number, edition) for number, edition in sorted(there.items())])
    assert state_of(corpus) == state_of(at_once)
    corpus.rebuild()
    assert state_of(corpus) == state_of(at_once)
    assert corpus.verify() == []


def test_of_sentences_that_tie_the_first_by_article_and_position_are_found(corpus: Corpus) -> None:
    ids = [f"a{n:03}" for n in range(300)]
    articles = [an_article(name, "A word of our sponsor.", "It rained.") for name in ids]
    corpus.add(articles[150:])
    corpus.add(articles[:150][::-1])
    with corpus.snapshot() as view:
        question = StubEncoder().encode_question("A word of our sponsor.")
        near = view.nearest(question, 5, None)
        containing = view.containing(content_stems("sponsor"), 5, None)
        for hits in (near, containing):
            assert [(view.head(h.version_id).id, h.position) for h in hits] == [
                (name, 0) for name in ids[:5]
            ]


def test_a_cosine_does_not_depend_on_what_else_is_asked(filled: Corpus) -> None:
    with filled.snapshot() as view:
        question = StubEncoder().encode_question("the bridge of town 3")
        places = [(hit.version_id, hit.position) for hit in view.nearest(question, 30, None)]
        together = view.cosines(question, places)
        assert [view.cosines(question, [place])[0] for place in places] == together


def test_filters(filled: Corpus) -> None:
    from datetime import date

    filled.add([an_article("undated")])
    with filled.snapshot() as view:

        def ids(filters: Filters) -> set[str]:
            allowed = view.allowed(filters)
            assert allowed is not None
            hits = view.nearest(StubEncoder().encode_question("bridge"), 100, allowed)
            words = view.containing(["bridg"], 100, allowed)
            assert {h.version_id for h in words} <= {h.version_id for h in hits} == allowed
            return {view.head(hit.version_id).id for hit in hits}

        assert view.allowed(Filters()) is None
        assert ids(Filters(source="the courier 1")) == {f"a{n}" for n in range(1, 12, 2)}
        assert ids(Filters(since=date(2023, 9, 10))) == {"a9", "a10", "a11"}
        assert ids(Filters(until=date(2023, 9, 2))) == {"a0", "a1"}
        assert ids(Filters(article="undated")) == {"undated"}
        assert ids(Filters(source="nobody")) == set()


# -- readers beside a writer ---------------------------------------------------------------------


def test_a_snapshot_stays_as_it_was_while_others_write(filled: Corpus) -> None:
    with filled.snapshot() as view:
        before = found(view, "who opened the bridge in town 3")
        filled.add(some_articles(6, edition=2))
        filled.remove(["a7", "a8", "a9", "a10"])
        filled.rebuild()
        filled.add(some_articles(6, edition=3))
        assert found(view, "who opened the bridge in town 3") == before
        assert "edition 1" in view.article("a3").text
        assert view.article_count == 12
        with filled.snapshot() as now:
            assert now.article_count == 8
            assert "edition 3" in now.article("a3").text


def test_readers_of_all_threads_see_whole_states(filled: Corpus) -> None:
    stop, wrong = threading.Event(), list[str]()

    def read() -> None:
        while not stop.is_set():
            try:
                with filled.snapshot() as view:
                    editions = {
                        view.article(head.id).text.count("edition 1") for head in view.heads()
                    }
                    found(view, "bridge")
                    if len(editions) != 1:
                        wrong.append("a state by half")
            except Exception as error:  # noqa: BLE001
                wrong.append(repr(error))

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for edition in (2, 1, 2, 1):
        filled.add(some_articles(12, edition))
        filled.rebuild()
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_reader_that_looked_before_a_rebuild_switched_looks_again(
    filled: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = stub_corpus(filled.folder.parent)
    opened = other._open

    def late(current: str) -> Snapshot:
        if current == "corpus-1.sqlite":
            filled.add([an_article("new")])
            filled.rebuild()
        return opened(current)

    monkeypatch.setattr(other, "_open", late)
    with other.snapshot() as view:
        assert view.article_count == 13


@contextmanager
def holding(corpus: Corpus) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the corpus for writing."""
    program = (
        "import sys; from pathlib import Path; from tests.corpora import stub_corpus\n"
        "with stub_corpus(Path(sys.argv[1]))._writing(): print('holding', flush=True); input()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(corpus.folder.parent)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
    )
    with process:
        assert process.stdout
        assert process.stdout.readline() == "holding\n"
        yield process
        process.kill()


def test_a_second_writer_is_told_who_holds_the_corpus_and_readers_never_wait(
    filled: Corpus,
) -> None:
    filled.patience = 0.1
    with holding(filled) as holder:
        for attempt in (
            lambda: filled.add([an_article("new")]),
            lambda: filled.remove(["a1"]),
            filled.rebuild,
            filled.verify,
        ):
            with pytest.raises(CorpusBusy, match=f"process {holder.pid} is writing to the corpus"):
                attempt()
        assert len(texts_of(filled)) == 12
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        assert (filled.folder / "lock").exists()
        assert filled.add([an_article("new")]).added == 1  # a dead process's lock is none


def test_a_second_writer_waits_for_the_first(filled: Corpus) -> None:
    with holding(filled) as holder:
        threading.Timer(0.3, holder.kill).start()
        started = time.monotonic()
        assert filled.add([an_article("new")]).added == 1
        assert time.monotonic() - started > 0.2


# -- what cannot be ------------------------------------------------------------------------------


def full(*_: object) -> None:
    raise OSError(28, "No space left on device")


def unharmed(corpus: Corpus, before: dict[str, str]) -> bool:
    return texts_of(corpus) == before and corpus.verify() == [] and bool(ranking(corpus))


@pytest.mark.parametrize("what", ["add", "rebuild"])
def test_a_disk_without_room_for_vectors_changes_nothing(
    filled: Corpus, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = texts_of(filled)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(DatelineError, match=r"No space left on device.*is safe.*make room"):
            filled.add([an_article("new")]) if what == "add" else filled.rebuild()
    assert unharmed(filled, before)
    names = {path.name for path in filled.folder.iterdir()}
    assert names == {"CURRENT", "corpus-1.sqlite", "lock", "segments"}


@pytest.mark.parametrize("what", ["add", "rebuild"])
def test_a_disk_without_room_for_the_database_changes_nothing(
    filled: Corpus, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = texts_of(filled)
    connect = store.connect

    def cramped(path: Path, *, write: bool = False, mending: bool = False) -> Any:
        db = connect(path, write=write, mending=mending)
        if write:
            (pages,) = db.execute("PRAGMA page_count").fetchone()
            db.execute(f"PRAGMA max_page_count={pages}")
        return db

    long = an_article("new", *(f"Sentence {n} of many words here." for n in range(900)))
    with monkeypatch.context() as patch:
        patch.setattr(store, "connect", cramped)
        with pytest.raises(CorpusError, match=r"disk is full.*is safe"):
            filled.add([an_article("b"), long]) if what == "add" else filled.rebuild()
    assert unharmed(filled, before)


def test_an_interrupted_rebuild_leaves_the_old_state(filled: Corpus) -> None:
    before = texts_of(filled)

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        filled.rebuild(on_progress=interrupt)
    assert unharmed(filled, before)
    assert not (filled.folder / "corpus-2.sqlite").exists()


def test_a_rebuild_interrupted_after_its_switch_keeps_the_new_state(
    filled: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = texts_of(filled)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(write, "sweep", interrupt)
        with pytest.raises(KeyboardInterrupt):
            filled.rebuild()
    assert (filled.folder / "CURRENT").read_text() == "corpus-2.sqlite"
    assert unharmed(filled, before)


def test_files_can_be_read_by_whom_the_owner_lets(filled: Corpus) -> None:
    mask = os.umask(0)
    os.umask(mask)
    readable = [path.stat().st_mode & 0o666 for path in filled.folder.rglob("*") if path.is_file()]
    assert set(readable) == {0o666 & ~mask}


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_readers_need_not_be_able_to_write(filled: Corpus) -> None:
    inside = [filled.folder, filled.folder / "segments"]
    for folder in [*filled.folder.parents, *inside]:
        if "pytest" in str(folder):
            folder.chmod(0o555 if folder in inside else 0o755)
    program = (
        "import os, sys; from pathlib import Path; from tests.corpora import *\n"
        "corpus = stub_corpus(Path(sys.argv[1]))\n"
        "if os.geteuid() == 0: os.setuid(65534)\n"  # to the superuser nothing is read-only
        "print(len(texts_of(corpus)))\n"
        "for write in (corpus.rebuild, corpus.verify, lambda: corpus.add([an_article('x')])):\n"
        "    try: write()\n"
        "    except Exception as error: print(type(error).__name__, error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(filled.folder.parent)],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        check=True,
    )
    for folder in inside:
        folder.chmod(0o755)
    count, *errors = done.stdout.splitlines()
    assert count == "12"
    assert len(errors) == 3
    for error in errors:
        assert error.startswith(
            f"CorpusError {filled.folder} cannot be written (Permission denied)"
        )


def test_another_format_is_refused_with_what_to_do(filled: Corpus) -> None:
    run_sql(filled, f"PRAGMA user_version={store.FORMAT + 1}")
    for attempt in (filled.snapshot, filled.rebuild, lambda: filled.add([an_article("x")])):
        with pytest.raises(FormatMismatch, match="update Dateline"):
            attempt()
    run_sql(filled, f"PRAGMA user_version={store.FORMAT - 1}")
    for attempt in (filled.snapshot, lambda: filled.add([an_article("x")])):
        with pytest.raises(FormatMismatch, match="run `dateline rebuild`"):
            attempt()
    filled.rebuild()
    assert filled.verify() == []
    assert len(texts_of(filled)) == 12


@pytest.mark.parametrize("name", ["CURRENT", "corpus-1.sqlite", "segments"])
def test_a_file_that_vanishes_is_an_error_and_never_an_empty_corpus(
    filled: Corpus, name: str
) -> None:
    path = filled.folder / name
    gone = list(path.iterdir()) if path.is_dir() else [path]
    for file in gone:
        file.unlink()
    other = stub_corpus(filled.folder.parent)
    with pytest.raises(CorpusDamaged):
        other.snapshot()
    assert other.verify() != []
    if name == "corpus-1.sqlite":
        with pytest.raises(CorpusDamaged):
            other.add([an_article("x")])
        with pytest.raises(CorpusDamaged, match="are gone; delete the folder and add them again"):
            other.rebuild()
    else:
        other.rebuild()
        assert len(texts_of(other)) == 12
        assert other.verify() == []


def test_a_half_built_database_is_never_taken_for_the_corpus(filled: Corpus) -> None:
    """As after a kill in a rebuild, and CURRENT damaged besides."""
    store.create(filled.folder / "corpus-2.sqlite", "0" * 16)
    (filled.folder / "CURRENT").write_bytes(b"corpus-3.sqlite")
    filled.rebuild()
    assert len(texts_of(filled)) == 12
    assert [path.name for path in filled.folder.glob("*.sqlite")] == ["corpus-2.sqlite"]


def test_what_a_killed_writer_left_is_deleted_by_the_next(filled: Corpus) -> None:
    left = ["corpus-2.sqlite", "corpus-2.sqlite-wal", ".CURRENT-0badcafe", "making.sqlite"]
    kept = ["notes.txt", "corpus-1.sqlite.backup", "damaged-corpus-0.sqlite"]
    for name in (*left, *kept, "segments/.00.faiss-0badcafe", "segments/00.faiss"):
        (filled.folder / name).write_bytes(b"left")
    filled.add([an_article("new")])
    there = {str(p.relative_to(filled.folder)) for p in filled.folder.rglob("*") if p.is_file()}
    assert not {*left, "segments/.00.faiss-0badcafe", "segments/00.faiss"} & there
    assert set(kept) <= there


def test_writes_are_durable_before_they_are_acknowledged(
    filled: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(store.connect(database_of(filled), write=True)) as db:
        assert db.execute("PRAGMA synchronous").fetchone() == (2,)
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    synced: list[str] = []
    fsync = os.fsync

    def noting(handle: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{handle}").readlink()))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", noting)
    filled.add([an_article("new")])
    assert any(name.endswith("/segments") for name in synced)
    assert any(".faiss" in name for name in synced)
