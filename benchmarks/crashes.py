"""Writers killed at random and at aimed moments: what was acknowledged must be there.

    python -m benchmarks.crashes [--kills 200] [--articles 2000]

A child adds, changes, removes and rebuilds, saying through a pipe what it begins and what it was
told is safe; the parent kills it with SIGKILL, half the times after a random time, half at a
random one of the calls by which it touches the disk. Then the corpus must open with exactly what
was acknowledged, an operation under way done or not done but never by half, ``verify`` must find
nothing, and a question must be answered in an article's own words. The corpus, and what a crash
left in it, is carried from kill to kill. Afterwards the same is timed at 2,000 articles.
"""

import argparse
import contextlib
import multiprocessing
import os
import random
import signal
import statistics
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType
from typing import Any

from benchmarks import made
from index import Corpus, DatelineError, Home, Incoming
from index.storage.prepare import prepare
from retrieval import Engine, Question

POOL = 40
# Calls by which a writer touches the disk: a kill is aimed at the moment before one of them.
TOUCHES = frozenset(
    [
        "execute",
        "executemany",
        "executescript",
        "close",
        "fsync",
        "replace",
        "rename",
        "unlink",
        "open",
        "mkstemp",
        "write",
        "writelines",
    ]
)
State = dict[str, str]  # article id → hash of its text


@dataclass
class Told:
    """What a child said until it died: what is surely there, and what it was doing."""

    sure: State
    doing: str = "nothing"
    pending: dict[str, str | None] = field(default_factory=dict)  # None: being removed
    touch: str = ""

    def hear(self, message: tuple[Any, ...]) -> None:
        """Take in one message."""
        match message:
            case ("begin", doing, pending):
                self.doing, self.pending = doing, pending
            case ("stored", article_id):
                self.sure[article_id] = str(self.pending.pop(article_id))
            case ("done",):
                for article_id, sha256 in self.pending.items():
                    assert sha256 is None, "done, but not acknowledged"
                    del self.sure[article_id]
                self.doing, self.pending = "nothing", {}
            case ("killed before", touch):
                self.touch = touch

    def allows(self, found: State) -> bool:
        """Whether a state is what was acknowledged, with the operation done or not done."""
        if self.doing == "remove":
            after = {i: sha256 for i, sha256 in self.sure.items() if i not in self.pending}
            return found in (self.sure, after)
        # Articles are stored in batches, in order: some first ones may be there already.
        allowed = [dict(self.sure)]
        for article_id, sha256 in self.pending.items():
            assert sha256
            allowed.append(allowed[-1] | {article_id: sha256})
        return found in allowed


def child(home: Path, seed: int, touches: int | None, pipe: Connection, first: int = 0) -> None:
    """Write until killed; ``touches`` counts down to a kill before that touch of the disk.

    Only articles numbered from ``first`` on are written.
    """
    from index.storage import write

    write.BATCH_SENTENCES = 12  # several transactions an operation
    chance = random.Random(seed)
    corpus = Home(home).corpus("default")
    with corpus.snapshot() as view:
        there = {head.id for head in view.heads() if int(head.id[1:]) >= first}
        if view.model_id:
            corpus.encoder(view.model_id)
    pipe.send(("ready",))
    if touches is not None:
        sys.setprofile(killer(touches, pipe))
    while True:
        kind = chance.choices(["add", "remove", "rebuild"], [6, 3, 2])[0]
        if kind == "remove" and len(there) > 3:
            ids = chance.sample(sorted(there), chance.randint(1, 3))
            pipe.send(("begin", "remove", dict.fromkeys(ids)))
            corpus.remove(ids)
            there -= set(ids)
        else:
            numbers = chance.sample(range(first, first + POOL), chance.randint(1, 6))
            items = [made.article(n, chance.randint(1, 10**9)) for n in numbers]
            pipe.send(("begin", kind, {str(i.article.id): stored_hash(i) for i in items}))
            tell = corpus.rebuild if kind == "rebuild" else corpus.add
            tell(items, on_article=lambda outcome: pipe.send(("stored", outcome.article_id)))
            there |= {str(item.article.id) for item in items}
        pipe.send(("done",))


def stored_hash(item: Incoming) -> str:
    """The hash of an article's text as it will be stored."""
    return prepare(item).article.text_sha256


def killer(touches: int, pipe: Connection) -> Any:
    """A profiler that kills its own process before the n-th touch of the disk."""
    left = touches

    def on_event(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal left
        touch = event == "c_call" and argument.__name__ in TOUCHES
        owner = getattr(argument, "__self__", None)
        if not touch or isinstance(owner, str) or "multiprocessing" in frame.f_code.co_filename:
            return
        left -= 1
        if left == 0:
            sys.setprofile(None)
            where = f"{frame.f_code.co_name} → {argument.__name__}"
            pipe.send(("killed before", where))
            os.kill(os.getpid(), signal.SIGKILL)

    return on_event


def run_child(home: Path, chance: random.Random, told: Told, *, aimed: bool) -> None:
    """Start a writer, kill it, and take in what it said."""
    context = multiprocessing.get_context("forkserver")
    ours, theirs = context.Pipe(duplex=False)
    touches = round(10 ** chance.uniform(0.3, 3.2)) if aimed else None
    process = context.Process(target=child, args=(home, chance.getrandbits(32), touches, theirs))
    process.start()
    theirs.close()
    assert ours.recv() == ("ready",)
    deadline = time.monotonic() + (20.0 if aimed else chance.uniform(0.0, 1.5))
    with contextlib.suppress(EOFError):
        while (left := deadline - time.monotonic()) > 0:
            if ours.poll(left):
                told.hear(ours.recv())
    process.kill()
    with contextlib.suppress(EOFError):
        while True:
            told.hear(ours.recv())
    process.join()
    if process.exitcode != -signal.SIGKILL:
        raise SystemExit(f"the writer ended by itself with {process.exitcode}")


def state_of(corpus: Corpus) -> State:
    """What is in a corpus."""
    with corpus.snapshot() as view:
        return {head.id: view.article_of(head.version_id).text_sha256 for head in view.heads()}


def faults(home: Path, told: Told) -> list[str]:
    """What is wrong after a kill; leaves in ``told.sure`` what is there now."""
    corpus = Home(home).corpus("default")
    try:
        found = state_of(corpus)
    except DatelineError as error:
        return [f"does not open: {error}"]
    wrong = []
    if not told.allows(found):
        lost = {i for i, sha256 in told.sure.items() if found.get(i) != sha256}
        wrong.append(f"acknowledged but not there: {sorted(lost)}" if lost else "half done")
    told.sure = found
    wrong += [f"verify: {damage.what}" for damage in corpus.verify()]
    if found:
        wrong += misquotes(corpus, min(found))
    return wrong


def misquotes(corpus: Corpus, article_id: str) -> list[str]:
    """Whether asking for an article's fact quotes it word for word."""
    number = int(article_id[1:])
    answer = Engine(corpus).ask(Question(made.question(number)))
    with corpus.snapshot() as view:
        for citation in answer.citations:
            if view.article(citation.article_id).text[citation.start : citation.end] != (
                citation.quote
            ):
                return [f"a wrong quote from {citation.article_id}"]
    if answer.answer is None or made.fact(number)[2] not in answer.answer:
        return [f"{made.question(number)} was answered {answer.answer!r}"]
    return []


def kill_often(home: Path, kills: int, seed: int) -> int:
    """Kill writers; how many times something was wrong."""
    chance = random.Random(seed)
    told = Told(state_of(Home(home).corpus("default")))
    moments: Counter[str] = Counter()
    touched: Counter[str] = Counter()
    bad = 0
    for n in range(1, kills + 1):
        told.touch = ""
        run_child(home, chance, told, aimed=n % 2 == 0)
        moments[told.doing] += 1
        if told.touch:
            touched[told.touch] += 1
        wrong = faults(home, told)
        told.doing, told.pending = "nothing", {}
        if wrong:
            bad += 1
            print(f"kill {n} {told.touch}: {'; '.join(wrong)}", flush=True)
        if n % 20 == 0:
            print(f"  {n} kills, {len(told.sure)} articles, {bad} bad", flush=True)
    print(f"{kills} kills: {bad} bad; while doing: {dict(moments)}")
    print("aimed at:", ", ".join(f"{where} ({n})" for where, n in touched.most_common()))
    return bad


def seconds(run: Any) -> float:
    """How long something takes."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def at_size(home: Path, articles: int) -> None:
    """The times that matter in a large corpus: opening, adding one, adding all again."""
    numbers = range(articles)
    items = made.articles(numbers, sentences=12)
    print(f"{articles} articles:")
    corpus = Home(home).corpus("large")
    print(f"  added in {seconds(lambda: corpus.add(items)):.1f} s")
    clean = [seconds(lambda: state_opened(home)) for _ in range(5)]
    again = corpus.add(items)
    print(f"  added again in {again.seconds:.2f} s, {again.unchanged} unchanged")
    new = made.article(articles + 1, sentences=12)
    print(f"  one more in {seconds(lambda: corpus.add([new])):.2f} s", end="")
    print(f", found at once: {not misquotes(corpus, f'a{articles + 1}')}")
    context = multiprocessing.get_context("forkserver")
    killed = []
    for delay in (0.5, 2.0, 5.0, 9.0, 14.0):
        process = context.Process(target=rebuild_large, args=(home,))
        process.start()
        time.sleep(delay)
        process.kill()
        process.join()
        killed.append(seconds(lambda: state_opened(home)))
        assert not corpus.verify()
    print(
        f"  opened in {statistics.median(clean):.3f} s, at worst {max(clean):.3f} s;"
        f" after a kill {statistics.median(killed):.3f} s, at worst {max(killed):.3f} s"
    )


def state_opened(home: Path) -> None:
    """Open the large corpus as a new process would."""
    with Home(home).corpus("large").snapshot() as view:
        assert view.article_count


def rebuild_large(home: Path) -> None:
    """Change some articles of the large corpus, then rebuild it: to be killed meanwhile."""
    corpus = Home(home).corpus("large")
    edition = time.time_ns()
    corpus.add([made.article(n, edition, sentences=12) for n in range(100)])
    corpus.rebuild()


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--articles", type=int, default=2000, help="0 leaves the timing out")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    multiprocessing.get_context("forkserver").set_forkserver_preload(["index", "ctranslate2"])
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        Home(home).corpus("default").add(made.articles(range(12)))
        started = time.perf_counter()
        bad = kill_often(home, chosen.kills, chosen.seed)
        print(f"{time.perf_counter() - started:.0f} s")
        if chosen.articles:
            at_size(home, chosen.articles)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
