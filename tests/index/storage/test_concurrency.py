"""How writers and readers of a corpus get along; what it says when it can't do something.

All with a stub model: what depends on the real one is in test_vectors.py.
"""

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from index import (
    Corpus,
    CorpusBusy,
    CorpusDamaged,
    CorpusError,
    DatelineError,
    FormatMismatch,
)
from index.storage import database, write
from index.storage.snapshot import EmbeddedSnapshot
from tests.conftest import REPOSITORY
from tests.corpora import (
    an_article,
    database_of,
    found,
    ranking,
    run_sql,
    some_articles,
    stub_corpus,
    texts_of,
)

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

    def late(current: str, as_of: dt.date | None) -> EmbeddedSnapshot:
        if current == "corpus-1.sqlite":
            filled.add([an_article("new")])
            filled.rebuild()
        return opened(current, as_of)

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
        started = time.monotonic()
        threading.Timer(0.3, holder.kill).start()
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
    connect = database.connect

    def cramped(path: Path, *, write: bool = False, mending: bool = False) -> Any:
        db = connect(path, write=write, mending=mending)
        if write:
            (pages,) = db.execute("PRAGMA page_count").fetchone()
            db.execute(f"PRAGMA max_page_count={pages}")
        return db

    long = an_article("new", *(f"Sentence {n} of many words here." for n in range(900)))
    with monkeypatch.context() as patch:
        patch.setattr(database, "connect", cramped)
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
    run_sql(filled, f"PRAGMA user_version={database.FORMAT + 1}")
    for attempt in (filled.snapshot, filled.rebuild, lambda: filled.add([an_article("x")])):
        with pytest.raises(FormatMismatch, match="update Dateline"):
            attempt()
    run_sql(filled, f"PRAGMA user_version={database.FORMAT - 1}")
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
    database.create(filled.folder / "corpus-2.sqlite", "0" * 16)
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
    with closing(database.connect(database_of(filled), write=True)) as db:
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
