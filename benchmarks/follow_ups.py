"""Follow-ups: `python -m benchmarks.follow_ups DATA [--home DIR] [--half held|developing|both]`.

Two measures, none needing a language model or the network; `--home` keeps the vectors.

Passages: the turns of INSCIT after the first, each to find one of its evidence passages among all
passages of the set, by BM25 and cosine fused as `retrieval.ranking` does. A turn names its article
when every content word of an evidence article's title stands in it: whatever its history, it must
lose nothing. So must a changed subject: a conversation's first question asked after another
conversation. Twice over: among all passages, and with those set aside that answered earlier turns,
which a search with the whole history finds again.

Sentences: for each question of CANARD, its answer (six words or more) among all answers, the
title indexed with each; the article's title and section, which people saw, come as the first turn,
and the rewrite that they made shows what could be reached.

Conversations are halved by a hash of their id: what is chosen is chosen on the developing half.
"""

import argparse
import hashlib
import math
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.quiz import rows
from index.home import Home
from index.models.encoder import Encoder, Vectors
from index.models.registry import ModelChoice
from index.text.words import content_stems
from retrieval.conversation import ways_to_ask
from retrieval.question import Question, Turn, content_words
from retrieval.ranking.candidates import fuse

Floats = npt.NDArray[np.float64]
DEPTHS = (1, 5, 20)
HALVES = ("developing", "held")
SHORTEST = 6  # words of an answer that can be found


@dataclass(frozen=True)
class Asked:
    """A question in its conversation, where its answers stand, and where earlier ones do."""

    question: Question
    gold: frozenset[int]
    earlier: frozenset[int]
    alone: bool
    rewrite: str = ""


def half_of(name: str) -> str:
    """The half that a conversation belongs to."""
    return HALVES[int(hashlib.sha256(name.encode()).hexdigest(), 16) % 2]


def stems(text: str) -> frozenset[str]:
    """The content words of a question."""
    return frozenset(word.stem for word in content_words(text))


class Pool:
    """Texts to search: BM25 over ``indexed``, cosine over ``embedded``."""

    def __init__(
        self, encoder: Encoder, cache: Path, indexed: Sequence[str], embedded: Sequence[str]
    ) -> None:
        self._encoder = encoder
        self._known: dict[str, Vectors] = {}
        digest = hashlib.sha256("\0".join(embedded).encode()).hexdigest()[:16]
        path = cache / f"{digest}.npy"
        if not path.exists():
            cache.mkdir(parents=True, exist_ok=True)
            np.save(path, encoder.encode(embedded))
        self._vectors = np.load(path)
        counts = [Counter(content_stems(text)) for text in indexed]
        lengths = np.array([count.total() for count in counts])
        self._norms = 1.2 * (0.25 + 0.75 * lengths / lengths.mean())
        found: dict[str, list[tuple[int, int]]] = {}
        for n, count in enumerate(counts):
            for stem, times in count.items():
                found.setdefault(stem, []).append((n, times))
        self._postings = {stem: np.array(places).T for stem, places in found.items()}

    def scores(self, *ways: str) -> Floats:
        """Every text's fused score, shape (texts,), by the way to ask that finds it best."""
        cosine = np.max([self._vectors @ self._vector(text) for text in ways], axis=0)
        bm25 = np.max([self._bm25(text) for text in ways], axis=0)
        return np.asarray(fuse(cosine, bm25))

    def _bm25(self, text: str) -> Floats:
        bm25 = np.zeros(len(self._norms))
        for stem in stems(text):
            if stem in self._postings:
                at, times = self._postings[stem]
                rarity = math.log(1 + (len(bm25) - len(at) + 0.5) / (len(at) + 0.5))
                bm25[at] += rarity * 2.2 * times / (times + self._norms[at])
        return bm25

    def _vector(self, text: str) -> Vectors:
        if text not in self._known:
            self._known[text] = self._encoder.encode_question(text)
        return self._known[text]


Method = Callable[[Pool, Asked], Floats]


def whole_history(question: Question) -> str:
    """Every question and answer so far, and the question."""
    before = [part for turn in question.history for part in (turn.question, turn.answer) if part]
    return " ".join([*before, question.text])


METHODS: dict[str, Method] = {
    "last turn alone": lambda pool, asked: pool.scores(asked.question.text),
    "whole history": lambda pool, asked: pool.scores(whole_history(asked.question)),
    "both ways": lambda pool, asked: pool.scores(
        *ways_to_ask(asked.question.text, asked.question.history)
    ),
}
PEOPLE: dict[str, Method] = {"people's rewrite": lambda pool, asked: pool.scores(asked.rewrite)}


def rank(scores: Floats, asked: Asked, *, aside: bool) -> int:
    """How many texts stand before the best right one."""
    best = max(scores[n] for n in asked.gold)
    before = {int(n) for n in np.flatnonzero(scores > best)}
    return len(before - asked.earlier if aside else before)


def table(
    title: str, pool: Pool, asked: Sequence[Asked], methods: dict[str, Method], *, aside: bool
) -> None:
    """Print the share of questions found in the first 1, 5 and 20, in percent."""
    print(f"\n{title}, {len(asked)} questions: hit at 1 / 5 / 20, %")
    for name, method in methods.items():
        ranks = np.array([rank(method(pool, one), one, aside=aside) for one in asked])
        shares = (100 * float((ranks < depth).mean()) for depth in DEPTHS)
        print(f"  {name:17}" + " / ".join(f"{share:5.1f}" for share in shares))


def title_of(passage: dict[str, Any]) -> str:
    """The article that a passage is from."""
    return str(passage["passage_id"]).rpartition(":")[0]


def conversations(data: Path, halves: Sequence[str]) -> tuple[list[str], list[Asked], list[Asked]]:
    """INSCIT's passages, its turns after the first, and first questions asked after another's."""
    dialogs = list(rows(data / "chat" / "inscit-dev.jsonl.gz"))
    texts: dict[str, str] = {}
    for passage in (p for d in dialogs for turn in d["turns"] for p in passages_of(turn)):
        headings = passage["passage_titles"] or [title_of(passage)]
        texts[passage["passage_id"]] = " > ".join(headings) + "\n" + passage["passage_text"]
    place = {name: n for n, name in enumerate(sorted(texts))}
    follow_ups: list[Asked] = []
    changes: list[Asked] = []
    history: tuple[Turn, ...] = ()
    for dialog in (d for d in dialogs if half_of(d["id"]) in halves):
        before = history
        for turn in dialog["turns"]:
            *said, text = turn["context"]
            history = tuple(map(Turn, said[::2], said[1::2]))
            right = [p for label in turn["labels"] for p in label["evidence"]]
            gold = frozenset(place[p["passage_id"]] for p in right)
            shown = {place[p["passage_id"]] for group in turn["prevEvidence"] for p in group}
            alone = any(set(content_stems(title_of(p))) <= stems(text) for p in right)
            if gold and history:
                one = Question(text, history)
                follow_ups.append(Asked(one, gold, frozenset(shown) - gold, alone))
            elif gold and before:
                changes.append(Asked(Question(text, before), gold, frozenset(), alone=True))
    return [texts[name] for name in sorted(texts)], follow_ups, changes


def passages_of(turn: dict[str, Any]) -> list[dict[str, Any]]:
    """The passages that a turn and those before it were answered from."""
    groups = [*turn["prevEvidence"], *(label["evidence"] for label in turn["labels"])]
    return [passage for group in groups for passage in group]


def canard(data: Path) -> tuple[list[str], list[str], dict[str, list[Asked]]]:
    """CANARD's answers with their titles and without, and its questions by half."""
    turns = {
        (row["QuAC_dialog_id"], row["Question_no"]): row
        for row in rows(data / "chat" / "canard-dev.jsonl.gz")
    }
    places: dict[tuple[str, str], int] = {}
    questions: dict[str, list[Asked]] = {half: [] for half in HALVES}
    for (dialog, number), row in turns.items():
        said = [None if text.startswith("I don't know") else text for text in row["History"]]
        history = tuple(Turn(q or "", a) for q, a in zip(said[::2], said[1::2], strict=True))
        earlier = {places[at] for t in history if (at := (dialog, t.answer or "")) in places}
        following = turns.get((dialog, number + 1))
        answer = following["History"][-1] if following else ""
        gold: set[int] = set()
        if len(answer.split()) >= SHORTEST:
            gold = {places.setdefault((dialog, answer), len(places))}
        alone = stems(row["Rewrite"]) <= stems(row["Question"])
        question = Question(row["Question"], history)
        questions[half_of(dialog)].append(
            Asked(question, frozenset(gold), frozenset(earlier - gold), alone, row["Rewrite"])
        )
    titles = {dialog: row["History"][0] for (dialog, _), row in turns.items()}
    titled = [f"{titles[dialog]}. {answer}" for dialog, answer in places]
    return titled, [answer for _, answer in places], questions


def main() -> None:
    """Print every table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--home", type=Path, help="keeps the model and the vectors")
    parser.add_argument("--half", choices=(*HALVES, "both"), default="held")
    options = parser.parse_args()
    halves = HALVES if options.half == "both" else (options.half,)
    with tempfile.TemporaryDirectory() as folder:
        home = Home(options.home or Path(folder))
        encoder = home.models.load(home.models.obtain(ModelChoice()))
        cache = home.path / "follow-ups"
        titled, answers, questions = canard(options.data)
        asked = [one for half in halves for one in questions[half]]
        texts, follow_ups, changes = conversations(options.data, halves)
        pool = Pool(encoder, cache, texts, texts)
        named = [one for one in follow_ups if one.alone]
        for aside in (False, True):
            among = "those that answered earlier turns set aside" if aside else "all passages"
            table(f"INSCIT among {among}", pool, follow_ups, METHODS, aside=aside)
            table("  of these, turns that name their article", pool, named, METHODS, aside=aside)
        table("INSCIT, the subject changed", pool, changes, METHODS, aside=False)
        pool = Pool(encoder, cache, titled, answers)
        found = [one for one in asked if one.gold]
        methods = METHODS | PEOPLE
        table("CANARD's answers as sentences", pool, found, methods, aside=True)
        alone = [one for one in found if one.alone]
        table("  of these, people added no word", pool, alone, methods, aside=True)


if __name__ == "__main__":
    main()
