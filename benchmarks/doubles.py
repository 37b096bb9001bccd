"""How well near-doubles of an article are told from other articles: MinHash against exact shingles.

    python -m benchmarks.doubles bbc.jsonl.gz   with datasketch and rensa where these are installed

Doubles are made of each article: cut, with another agency's line, with a lead of its own, with
sentences left out, with words changed, and all of it. Beside them stand the article that has most
words in common with it, and updates: a new story that keeps a third of the old sentences. The
threshold is chosen on every other article and reported on the rest.
"""

import gzip
import json
import random
import sys
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from index.text.words import words_of
from retrieval.answering.groups import WORDS, shingles

PERMUTATIONS = 128
_PRIME = (1 << 61) - 1
_LINES = ("LONDON (Reuters) - ", "NEW YORK (AP) — ", "PARIS, 3 March (AFP) - ")

Pair = tuple[str, str, str, bool]  # kind, two texts, whether they are doubles
Compare = Callable[[str, str], float]


def sentences(text: str) -> list[str]:
    """The sentences of a text, roughly."""
    return [s + "." for s in text.replace("\n", " ").split(". ") if len(s.split()) > 3]


def reworded(text: str, chance: random.Random) -> str:
    """A text in which one word of thirty is another of its words."""
    words = text.split()
    return " ".join(chance.choice(words) if chance.random() < 1 / 30 else word for word in words)


def doubles(own: list[str], other: list[str], chance: random.Random) -> Iterator[tuple[str, str]]:
    """The same story as other outlets have it."""
    cut = own[: max(2, int(len(own) * chance.uniform(0.4, 0.7)))]
    fewer = [s for s in own if chance.random() > chance.uniform(0.15, 0.35)]
    yield "cut", " ".join(cut)
    yield "agency line", chance.choice(_LINES) + " ".join(own)
    yield "own lead", " ".join([*other[:2], *own])
    yield "left out", " ".join(fewer)
    yield "reworded", reworded(" ".join(own), chance)
    some = [s for s in cut if chance.random() > 0.15]
    yield "all of it", reworded(" ".join([chance.choice(_LINES), *other[:1], *some]), chance)


def update(own: list[str], other: list[str], chance: random.Random) -> str:
    """A new story that keeps some old sentences as its background."""
    kept = [s for s in own if chance.random() < 1 / 3]
    return " ".join([*other[: max(4, len(own) - len(kept))], *kept])


def nearest(texts: list[str]) -> list[int]:
    """For each article the other one with the most words in common, by TF-IDF."""
    counts = [Counter(word.stem for word in words_of(text) if not word.is_stop) for text in texts]
    inverse = {s: n for n, s in enumerate({stem for count in counts for stem in count})}
    documents = Counter(stem for count in counts for stem in count)
    matrix = np.zeros((len(texts), len(inverse)), dtype=np.float32)
    for row, count in enumerate(counts):
        for stem, times in count.items():
            weight = np.log(len(texts) / documents[stem])
            matrix[row, inverse[stem]] = (1 + np.log(times)) * weight
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    near = matrix @ matrix.T
    np.fill_diagonal(near, -1)
    return [int(n) for n in near.argmax(axis=1)]


def pairs(texts: list[str], seed: int) -> Iterator[list[Pair]]:
    """Of each article its doubles, and what is none; natural doubles are no negatives."""
    for number, (text, near) in enumerate(zip(texts, nearest(texts), strict=True)):
        chance = random.Random(seed * 100_003 + number)
        own, other = sentences(text), sentences(texts[near])
        if len(own) < 5 or len(other) < 5:
            continue
        made = dict(doubles(own, other, chance))
        out: list[Pair] = [(kind, text, double, True) for kind, double in made.items()]
        out.append(("two edits", made["left out"], made["all of it"], True))
        same = len(set(own) & set(other)) / min(len(own), len(other))
        if same < 0.3:  # the collection has doubles of its own
            out.append(("same topic", text, texts[near], False))
            out.append(("update", text, update(own, other, chance), False))
        yield out


def methods() -> Iterator[tuple[str, Compare]]:
    """The ways to compare two texts."""

    def exact(size: int, least: bool) -> Compare:
        def compare(one: str, two: str) -> float:
            a, b = shingles(one, size), shingles(two, size)
            whole = min(len(a), len(b)) if least else len(a | b)
            return len(a & b) / whole if whole else 0.0

        return compare

    for size in (2, 3, 4, 5):
        yield f"containment, {size} words", exact(size, True)
        yield f"Jaccard, {size} words", exact(size, False)
    yield f"MinHash in numpy, {WORDS} words", numpy_minhash()
    for name, made in (("datasketch", datasketch), ("rensa", rensa)):
        try:
            yield f"{name}, {WORDS} words", made()
        except ImportError:
            print(f"{name} is not installed")


def numpy_minhash() -> Compare:
    """MinHash over hashes of 32 bits."""
    chance = np.random.default_rng(1)
    a, b = chance.integers(1, _PRIME, size=(2, PERMUTATIONS, 1), dtype=np.uint64)

    def sketch(text: str) -> Any:
        hashed = [zlib.crc32(" ".join(one).encode()) for one in shingles(text)]
        values = np.array(hashed or [0], dtype=np.uint64)
        return ((a * values + b) >> np.uint64(32)).min(axis=1)

    return lambda one, two: float((sketch(one) == sketch(two)).mean())


def datasketch() -> Compare:
    """The package datasketch."""
    from datasketch import MinHash  # type: ignore[import-not-found]

    def sketch(text: str) -> Any:
        made = MinHash(num_perm=PERMUTATIONS)
        made.update_batch([" ".join(one).encode() for one in shingles(text)])
        return made

    return lambda one, two: float(sketch(one).jaccard(sketch(two)))


def rensa() -> Compare:
    """The package rensa."""
    from rensa import RMinHash  # type: ignore[import-not-found]

    def sketch(text: str) -> Any:
        made = RMinHash(num_perm=PERMUTATIONS, seed=1)
        made.update([" ".join(one) for one in shingles(text)])
        return made

    return lambda one, two: float(sketch(one).jaccard(sketch(two)))


def f1_at(least: float, scored: list[tuple[float, bool]]) -> tuple[float, float, float]:
    """F1, precision and recall of calling doubles what scores at least so much."""
    right = sum(is_double for score, is_double in scored if score >= least)
    said = sum(score >= least for score, _ in scored)
    there = sum(is_double for _, is_double in scored)
    return 2 * right / (said + there), right / max(said, 1), right / there


def main() -> None:
    """Print a line for each way, and how each kind of pair fares with the one in use."""
    lines = gzip.decompress(Path(sys.argv[1]).read_bytes()).decode().splitlines()
    texts = list(dict.fromkeys(json.loads(line)["text"] for line in lines))
    made = list(pairs(texts, seed=1))
    for name, compare in methods():
        halves: list[list[tuple[float, bool]]] = [[], []]
        kinds: dict[str, list[float]] = {}
        started = time.perf_counter()
        for number, own in enumerate(made):
            for kind, one, two, is_double in own:
                score = compare(one, two)
                halves[number % 2].append((score, is_double))
                if number % 2:
                    kinds.setdefault(kind, []).append(score)
        spent = (time.perf_counter() - started) / sum(map(len, halves))
        steps = [n / 100 for n in range(1, 100)]
        best = max(f1_at(n, halves[0])[0] for n in steps)
        good = [n for n in steps if f1_at(n, halves[0])[0] >= best - 1e-3]
        least = good[len(good) // 2]
        f1, precision, recall = f1_at(least, halves[1])
        print(f"{name}: from {least:.2f} ({good[0]:.2f}-{good[-1]:.2f}) on", end=" ")
        print(f"precision {precision:.1%}, recall {recall:.1%}, F1 {f1:.4f}", end=", ")
        print(f"{spent * 1000:.2f} ms a pair")
        if name == f"containment, {WORDS} words":
            for kind, scores in kinds.items():
                low, mid, high = np.quantile(scores, [0.01, 0.5, 0.99])
                over = np.mean(np.array(scores) >= least)
                print(f"  {kind}: {low:.2f} {mid:.2f} {high:.2f}; {over:.1%} of {len(scores)}")


if __name__ == "__main__":
    main()
