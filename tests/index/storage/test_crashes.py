"""A writer killed at the worst moments: what was acknowledged is there, and all agrees.

``benchmarks.crashes`` does the same hundreds of times at random moments, with the real model.
"""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index import Corpus
from tests.conftest import REPOSITORY
from tests.corpora import an_article, some_articles, stub_corpus, texts_of

# Where a writer dies: at a call, before it or after.
MOMENTS = {
    "before vectors are written": "index.storage.write write_segment before",
    "between vectors and the database": "index.storage.write write_segment after",
    "inside a transaction": "index.storage.database count_write after",
    "between storing and acknowledging": "index.storage.write store_batch after",
    "before a segment is named": "index.storage.write insert_segment before",
    "after merging, before sweeping": "index.storage.write sweep before",
    "while a rebuild fills": "index.storage.write compact before",
    "before the switch": "pathlib.Path replace before",
    "after the switch, before the rest is deleted": "pathlib.Path replace after",
    "while the rest is deleted": "pathlib.Path unlink after",
    "while a database is made": "index.storage.database create after",
}

# Forks a writer for each line that it reads: to import all once is nine tenths of the work.
WRITERS = """
import os, pkgutil, signal, sys
from pathlib import Path
from tests.corpora import an_article, some_articles, stub_corpus

def write(folder, what, owner, name, when):
    place = pkgutil.resolve_name(owner)
    real = getattr(place, name)
    def deadly(*args, **extra):
        if when == "after":
            real(*args, **extra)
        os.kill(os.getpid(), signal.SIGKILL)
    setattr(place, name, deadly)
    corpus = stub_corpus(Path(folder))
    if what == "add":
        items = [an_article("new"), *some_articles(2, edition=2)]
        corpus.add(items, on_article=lambda outcome: print(outcome.article_id, flush=True))
    elif what == "remove":
        corpus.remove(["a1", "a2", "a3", "a4", "a5"])
    else:
        corpus.rebuild()

for line in sys.stdin:
    if child := os.fork():
        print("ended", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
    else:
        write(*line.split())
        os._exit(0)
"""

Killed = Callable[[Corpus, str, str], list[str]]


@pytest.fixture(scope="module")
def killed() -> Iterator[Killed]:
    """Run a writer to its death, if it comes there, and tell what it acknowledged."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITERS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
        cwd=REPOSITORY,
    ) as process:

        def run(corpus: Corpus, what: str, moment: str) -> list[str]:
            assert process.stdin
            assert process.stdout
            process.stdin.write(f"{corpus.folder.parent} {what} {moment}\n")
            acknowledged = []
            while not (line := process.stdout.readline()).startswith("ended"):
                assert line, "the writers have ended"
                acknowledged.append(line.strip())
            assert int(line.split()[1]) in (0, -signal.SIGKILL)
            return acknowledged

        yield run
        process.kill()


def whole(corpus: Corpus) -> bool:
    """Whether who comes next finds all sound, and can go on writing."""
    fresh = stub_corpus(corpus.folder.parent)
    before = texts_of(fresh)
    assert fresh.verify() == []
    fresh.add([an_article("after")])
    assert texts_of(fresh).keys() == {*before, "after"}
    fresh.remove(["after"])
    assert fresh.verify() == []
    names = {path.name for path in fresh.folder.iterdir()}
    return len(names) == 4 and len(list(fresh.folder.glob("corpus-*.sqlite"))) == 1


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
@pytest.mark.parametrize("what", ["add", "remove", "rebuild"])
def test_a_writer_killed(tmp_path: Path, killed: Killed, what: str, moment: str) -> None:
    corpus = stub_corpus(tmp_path)
    corpus.add(some_articles(6))
    before = texts_of(corpus)
    after = dict(before)
    if what == "remove":
        after = {"a0": before["a0"]}
    elif what == "add":
        changed = [an_article("new"), *some_articles(2, edition=2)]
        after |= {str(item.article.id): item.article.text for item in changed}
    acknowledged = killed(corpus, what, moment)
    now = texts_of(stub_corpus(tmp_path))
    assert now in (before, after)
    if acknowledged:
        assert now == after
    assert whole(corpus)


def test_a_corpus_killed_while_it_is_made_can_be_made_again(tmp_path: Path, killed: Killed) -> None:
    corpus = stub_corpus(tmp_path)
    for moment in (
        "index.storage.database create before",
        "index.storage.database create after",
        "pathlib.Path replace before",
        "pathlib.Path replace after",
        "index.storage.write write_segment after",
        "index.storage.database count_write after",
    ):
        assert killed(corpus, "add", moment) == []
        assert texts_of(stub_corpus(tmp_path)) == {}
        assert stub_corpus(tmp_path).verify() == []
    corpus.add(some_articles(2))
    assert whole(corpus)


def test_a_log_that_a_killed_writer_left_is_read(tmp_path: Path, killed: Killed) -> None:
    corpus = stub_corpus(tmp_path)
    corpus.add(some_articles(3))
    assert killed(corpus, "add", "index.storage.write sweep before") == ["new", "a0", "a1"]
    assert (corpus.folder / "corpus-1.sqlite-wal").stat().st_size > 0
    assert "new" in texts_of(stub_corpus(tmp_path))
    assert whole(corpus)
