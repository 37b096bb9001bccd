"""One byte changed at a random place: ``verify`` must find it, and no wrong quote may be shown.

    python -m benchmarks.flips [--flips 300]

Each time a sound corpus with its model is copied and one byte of one file changed. In a process of
its own ten questions are asked first: each must be answered in words that stand in the original
articles where they are cited, or refused with a clear error. Then ``verify`` looks. What it does
not find must be harmless: every table and every answer is the same as without it. Where it finds
something, ``rebuild`` must mend it, or say which article has to be added again.
"""

import argparse
import json
import multiprocessing
import random
import shutil
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks import made
from index import Corpus, DatelineError, Home, Incoming
from retrieval import Engine, Question

TEXTS = dict[str, str]
_TABLES = {
    "meta": "*",
    "articles": "*",
    "versions": "*",
    "segments": "*",
    "words": "rowid, *",
    "vocabulary": "*",
}
CHANGED, REMOVED = (3, 5), ("a7", "a25")
_SECONDS = 120  # for one flip: more is a hang
# How often each kind of file is hit.
_WEIGHTS = {"database": 9, "segment": 4, "CURRENT": 1}


@dataclass
class Seen:
    """What one flip did."""

    damages: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    misquotes: list[str] = field(default_factory=list)
    exceptions: list[str] = field(default_factory=list)
    dump: str = ""
    mended: str = ""


def build(home: Path) -> None:
    """Thirty articles with some past: two changed, two removed, a merge between."""
    corpus = Home(home).corpus("default")
    corpus.add(made.articles(range(24), sentences=8))
    corpus.add([made.article(n, edition=2, sentences=8) for n in CHANGED])
    corpus.add(made.articles(range(24, 32), sentences=8))
    corpus.remove(REMOVED)


def original_articles() -> list[Incoming]:
    """The articles that are in the sound corpus."""
    return [
        made.article(n, edition=2 if n in CHANGED else 1, sentences=8)
        for n in range(32)
        if f"a{n}" not in REMOVED
    ]


def ask(corpus: Corpus, originals: TEXTS, seen: Seen) -> None:
    """Ask ten questions; note every answer, every wrong quote, every unclear error."""
    engine = Engine(corpus)
    for number in range(0, 30, 3):
        try:
            answer = engine.ask(Question(made.question(number)))
        except DatelineError as error:
            seen.answers.append(f"{type(error).__name__}: {error}")
            continue
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            seen.exceptions.append(f"{type(error).__name__}: {error}")
            seen.answers.append("exception")
            continue
        for citation in (*answer.citations, *answer.closest):
            text = originals.get(citation.article_id, "")
            if text[citation.start : citation.end] != citation.quote or not citation.quote:
                seen.misquotes.append(f"{citation.article_id}: {citation.quote}")
        seen.answers.append(json.dumps(answer.model_dump(exclude={"timings_ms"}), default=str))


def dump(database: Path) -> str:
    """All that the tables hold, or why they cannot be read; ``writes`` is only counted."""
    db = sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)
    try:
        rows = {
            table: db.execute(f"SELECT {columns} FROM {table}").fetchall()
            for table, columns in _TABLES.items()
        }
        schema = db.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall()
    except sqlite3.Error as error:
        return f"unreadable: {error}"
    finally:
        db.close()
    rows["meta"] = [row for row in rows["meta"] if row[0] != "writes"]
    return repr((rows, schema))


def look(home: Path, originals: TEXTS, pipe: Connection, mending: bool) -> None:
    """All that is looked at after a flip, in a process of its own."""
    seen = Seen()
    ask(Home(home).corpus("default"), originals, seen)
    databases = sorted((home / "corpora/default").glob("corpus-*.sqlite"))
    seen.dump = dump(databases[0]) if databases else "no database"
    corpus = Home(home).corpus("default")
    try:
        seen.damages = [f"{damage.what}; {damage.mend}" for damage in corpus.verify()]
    except DatelineError as error:
        seen.damages = [str(error)]
    except Exception as error:  # noqa: BLE001
        seen.exceptions.append(f"verify: {type(error).__name__}: {error}")
    if seen.damages and mending:
        seen.mended = mend(home, originals, seen)
    pipe.send(seen)


def mend(home: Path, originals: TEXTS, seen: Seen) -> str:
    """Do as ``verify`` says: rebuild, then add again what was left out."""
    try:
        report = Home(home).corpus("default").rebuild()
        corpus = Home(home).corpus("default")
        corpus.add(original_articles())
        left = Home(home).corpus("default").verify()
    except DatelineError as error:
        return f"NO: {error}"
    except Exception as error:  # noqa: BLE001
        return f"NO: {type(error).__name__}: {error}"
    if left:
        return f"NO: still {left[0].what}"
    after = Seen()
    ask(Home(home).corpus("default"), originals, after)
    seen.exceptions += after.exceptions
    with corpus.snapshot() as view:
        texts = {head.id: view.article(head.id).text for head in view.heads()}
    if texts != originals or any(not answer.startswith("{") for answer in after.answers):
        return "NO: other articles or answers"
    return "adding an article again" if report.refused else "rebuild"


def run(home: Path, originals: TEXTS, *, mending: bool = False) -> Seen | str:
    """Look at a home in a process of its own; says so when that crashes or hangs."""
    context = multiprocessing.get_context("forkserver")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=look, args=(home, originals, theirs, mending))
    process.start()
    theirs.close()
    try:
        if not ours.poll(_SECONDS):
            return "HANGS"
        seen: Seen = ours.recv()
        process.join(5)
    except EOFError:
        process.join()
        return f"CRASHES with {process.exitcode}"
    finally:
        process.kill()
        process.join()
    return seen


def kind_of(path: Path) -> str:
    """Which kind of file it is."""
    if path.suffix == ".sqlite":
        return "database"
    if path.suffix == ".faiss":
        return "segment"
    return path.name


def flipped(sound: Path, home: Path, chance: random.Random) -> tuple[str, int]:
    """Copy a sound home and change one byte of it; which file, and where."""
    files = [p for p in sorted(sound.rglob("*")) if p.is_file() and p.name != "lock"]
    kind = chance.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
    target = chance.choice([path for path in files if kind_of(path) == kind])
    for path in files:
        copy = home / path.relative_to(sound)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    data = bytearray(target.read_bytes())
    place = chance.randrange(len(data))
    data[place] ^= 1 << chance.randrange(8)
    (home / target.relative_to(sound)).write_bytes(data)
    return str(target.relative_to(sound)), place


def one(n: int, sound: Path, originals: TEXTS, seed: int) -> tuple[str, int, Seen | str]:
    """One flip from copy to verdict."""
    with tempfile.TemporaryDirectory(dir=sound.parent) as folder:
        home = Path(folder)
        name, place = flipped(sound, home, random.Random(f"{seed}/{n}"))
        return name, place, run(home, originals, mending=True)


def where(database: Path, place: int) -> str:
    """What a byte of a database is for, as far as the page tells."""
    if place < 100:
        return "file header"
    data = database.read_bytes()
    start = place // 4096 * 4096
    page = data[start : start + 4096]
    head = 100 if start == 0 else 0
    if page[head] not in (2, 5, 10, 13):
        return "overflow or free page"
    cells = int.from_bytes(page[head + 3 : head + 5], "big")
    content = int.from_bytes(page[head + 5 : head + 7], "big")
    first = head + (12 if page[head] in (2, 5) else 8) + 2 * cells
    return "unused space of a page" if first <= place - start < content else "page content"


def report(results: Sequence[tuple[str, int, Seen | str]], sound: Path, clean: Seen) -> int:
    """Count and print; how many flips broke a promise."""
    found: Counter[str] = Counter()
    harmless: Counter[str] = Counter()
    mended: Counter[str] = Counter()
    refused = bad = 0
    for name, place, seen in results:
        kind = kind_of(sound / name)
        spot = f"{name} at {place}"
        if isinstance(seen, str):
            bad += 1
            print(f"{spot}: {seen}")
            continue
        refused += any(not answer.startswith("{") for answer in seen.answers)
        wrong = [f"misquotes {m}" for m in seen.misquotes[:1]] + seen.exceptions[:1]
        if seen.damages:
            found[kind] += 1
            mended[seen.mended.split(":")[0] or "not tried"] += 1
            wrong += [seen.mended] if seen.mended.startswith("NO") else []
        elif (seen.dump, seen.answers) == (clean.dump, clean.answers):
            detail = where(sound / name, place) if kind == "database" else name
            harmless[f"{kind}: {detail}"] += 1
        else:
            wrong.append("not found, and not harmless")
        if wrong:
            bad += 1
            print(f"{spot}: {'; '.join(wrong)} | {seen.damages[:2]}")
    print(f"{len(results)} flips: {found.total()} found {dict(found)}")
    print(f"not found and harmless: {harmless.total()} {dict(harmless)}")
    print(f"mended by: {dict(mended)}; a question was refused in {refused}; bad: {bad}")
    return bad


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--flips", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    multiprocessing.get_context("forkserver").set_forkserver_preload(["retrieval", "ctranslate2"])
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder) / "sound"
        build(sound)
        with Home(sound).corpus("default").snapshot() as view:
            originals = {head.id: view.article(head.id).text for head in view.heads()}
        clean = run(sound, originals)
        if isinstance(clean, str) or clean.damages or clean.exceptions or clean.misquotes:
            raise SystemExit(f"the undamaged corpus is not sound: {clean}")
        with ThreadPoolExecutor(2) as pool:
            results = list(
                pool.map(lambda n: one(n, sound, originals, chosen.seed), range(chosen.flips))
            )
        bad = report(results, sound, clean)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
