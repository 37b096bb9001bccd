"""Training examples out of public question-answering sets: windows that answer, and near misses.

Every epoch draws other windows and other near misses from the same questions, so no two epochs
read the same text. One context in forty, by hash, is held out of training for good.
"""

import gzip
import hashlib
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from index.reading.segment import split_sentences
from training import near_misses


@dataclass(frozen=True)
class Source:
    """A data set: how much of it an epoch sees, and how it may be used."""

    file: str
    licence: str
    share: float = 1.0  # of its questions, an epoch
    retrieved: bool = True  # whether another text that looks alike can be trusted not to answer
    same_text: bool = True  # whether a context is long enough to lack the answer elsewhere


SOURCES = (
    Source("reader/squadshifts-new-wiki", "CC BY 4.0"),
    Source("reader/squadshifts-reddit", "CC BY 4.0"),
    Source("reader/squadshifts-amazon-reviews", "CC BY 4.0", retrieved=False),
    Source("reader/qamr", "MIT", share=0.7, retrieved=False, same_text=False),
    Source("reader/fairytaleqa", "Apache-2.0"),
    Source("reader/policyqa", "MIT", share=0.35, retrieved=False),
    Source("reader/covidqa", "Apache-2.0"),
    Source("reader/qed", "CC BY-SA 3.0"),
)
SELECTION = Source("sentence-selection/trecqa-train-all", "none stated by its publisher")
# Left out: SubjQA states no licence, WikiQA's allows research only.
TRAPS = Path(__file__).parent / "traps.jsonl.gz"  # over paragraphs of the first source

HELD_OUT = 40  # one context in so many
TRAPS_HELD_OUT = 9  # one paragraph with traps in so many


@dataclass(frozen=True)
class Example:
    """A question and a passage; the span of the answer in the passage, or None.

    ``selection`` marks pairs labelled only by whether the passage answers, not where.
    """

    question: str
    passage: str
    span: tuple[int, int] | None
    source: str
    selection: bool = False
    answers: bool = True
    head: int = 0  # characters of the passage that are no article's: title and date
    items: tuple[tuple[int, int], ...] = ()  # the spans of a list's items
    is_list: bool = False


@dataclass(frozen=True)
class Item:
    """A question as its data set has it, with the sentences of its context."""

    source: Source
    question: str
    context: str
    spans: tuple[tuple[int, int], ...]
    sentences: tuple[tuple[int, int], ...]
    similar: tuple[str, ...] = ()  # windows of other texts that look like answering


def rows(data: Path, file: str) -> Iterator[dict[str, Any]]:
    """The rows of one data set."""
    with gzip.open(data / f"{file}.jsonl.gz", "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def is_held_out(text: str, one_in: int = HELD_OUT) -> bool:
    """Whether a context is kept out of training, for measuring and calibration."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") % one_in == 0


def load(data: Path, sources: Sequence[Source] = SOURCES) -> list[Item]:
    """Every answerable question of some sources."""
    out = []
    for source in sources:
        cut: dict[str, tuple[tuple[int, int], ...]] = {}
        for row in rows(data, source.file):
            if not row["answers"]:
                continue
            context = row["context"]
            if context not in cut:
                cut[context] = tuple(split_sentences(context))
            spans = tuple((a["start"], a["start"] + len(a["text"])) for a in row["answers"])
            out.append(Item(source, row["question"].strip(), context, spans, cut[context]))
    return out


@dataclass(frozen=True)
class Trap:
    """A question that its paragraph does not answer, and those that it does.

    The span of the former is what a careless reader would mark.
    """

    asked: Item
    answered: Sequence[Item]


def traps(data: Path, *, held_out: bool = False) -> list[Trap]:
    """The traps beside this module, which were written by hand: those trained on, or the others."""
    answered: dict[str, list[Item]] = {}
    for item in load(data, SOURCES[:1]):
        answered.setdefault(name_of(item.context), []).append(item)
    with gzip.open(TRAPS, "rt", encoding="utf-8") as lines:
        asked = [json.loads(line) for line in lines]
    out = []
    for row in asked:
        own = answered[row["paragraph"]]
        near = row["near"]["start"], row["near"]["start"] + len(row["near"]["text"])
        out.append(Trap(replace(own[0], question=row["question"], spans=(near,)), own))
    return [t for t in out if is_held_out(t.asked.context, TRAPS_HELD_OUT) == held_out]


def name_of(text: str) -> str:
    """What a paragraph is called that is not kept here."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def window(item: Item, around: tuple[int, int], budget: int, chance: random.Random) -> range:
    """Sentences around a span, grown at random on both sides up to ``budget`` characters."""
    touched = [n for n, (s, e) in enumerate(item.sentences) if s < around[1] and e > around[0]]
    first, last = (touched[0], touched[-1]) if touched else (0, 0)
    size = item.sentences[last][1] - item.sentences[first][0]
    while True:
        sides = []
        if first > 0:
            sides.append((first - 1, item.sentences[first][0] - item.sentences[first - 1][0]))
        if last + 1 < len(item.sentences):
            sides.append((last + 1, item.sentences[last + 1][1] - item.sentences[last][1]))
        sides = [side for side in sides if size + side[1] <= budget]
        if not sides:
            return range(first, last + 1)
        n, more = chance.choice(sides)
        first, last, size = min(first, n), max(last, n), size + more


def text_of(item: Item, sentences: range) -> tuple[str, int]:
    """The text of a run of sentences, and where it starts in the context."""
    start, end = item.sentences[sentences[0]][0], item.sentences[sentences[-1]][1]
    return item.context[start:end], start


def positive(item: Item, chance: random.Random, longest: int = 520) -> Example | None:
    """A window with the answer in it."""
    span = item.spans[0]
    passage, offset = text_of(item, window(item, span, chance.randint(80, longest), chance))
    inside = (span[0] - offset, span[1] - offset)
    if inside[0] < 0 or inside[1] > len(passage):
        return None
    return Example(item.question, passage, inside, item.source.file)


def says(text: str, item: Item) -> bool:
    """Whether a text has the words of an answer."""
    low = text.casefold()
    return any(item.context[start:end].casefold() in low for start, end in item.spans)


def without_answer(item: Item, chance: random.Random) -> Example | None:
    """A window of the same text that does not have the words of the answer."""
    free = [n for n, (s, e) in enumerate(item.sentences) if not says(item.context[s:e], item)]
    if not free:
        return None
    n = chance.choice(free)
    run = window(item, item.sentences[n], chance.randint(80, 520), chance)
    while len(run) and says(text_of(item, run)[0], item):
        run = range(run[0] + 1, run[-1] + 1) if run[0] < n else range(run[0], run[-1])
    if not len(run):
        return None
    return Example(item.question, text_of(item, run)[0], None, item.source.file + "/same text")


def similar(item: Item, chance: random.Random) -> Example | None:
    """A window of another text that looks like answering."""
    if not item.similar:
        return None
    return Example(item.question, chance.choice(item.similar), None, item.source.file + "/similar")


def draw(items: Sequence[Item], seed: int) -> list[Example]:
    """One epoch's examples."""
    chance = random.Random(seed)
    pools = {
        source: near_misses.Pools.of(item.question for item in items if item.source == source)
        for source in SOURCES
    }
    out = []
    for item in items:
        if chance.random() > item.source.share or not (example := positive(item, chance)):
            continue
        out.append(typed_carelessly(example, chance))
        out.extend(negatives(item, example, items, pools[item.source], chance))
    return out


def negatives(
    item: Item,
    example: Example,
    items: Sequence[Item],
    pools: near_misses.Pools,
    chance: random.Random,
) -> Iterator[Example]:
    """What looks like answering a question and does not, each kind with its own frequency."""
    made: list[Example | None] = []
    if item.source.same_text and chance.random() < 0.32:
        made.append(without_answer(item, chance))
    if item.source.retrieved and chance.random() < 0.32:
        made.append(similar(item, chance))
    if chance.random() < (0.32 if item.source.same_text else 0.16):
        question = near_misses.other_question(example.question, example.passage, pools, chance)
        if question:
            name = item.source.file + "/question changed"
            made.append(replace(example, question=question, span=None, source=name))
    if item.source.same_text and chance.random() < 0.2:
        passage = near_misses.other_passage(example.question, example.passage, pools, chance)
        if passage:
            name = item.source.file + "/passage changed"
            made.append(replace(example, passage=passage, span=None, source=name))
    if chance.random() < 0.06:
        other = positive(chance.choice(items), chance)
        if other and not says(other.passage, item):
            made.append(Example(item.question, other.passage, None, item.source.file + "/other"))
    yield from (
        typed_carelessly(replace(negative, answers=False), chance) for negative in made if negative
    )


def trapped(traps: Sequence[Trap], chance: random.Random) -> Iterator[Example]:
    """Each trap, and a question that its paragraph answers, over what the program would read."""
    for trap in traps:
        asked = trap.asked
        passage, _ = text_of(asked, window(asked, asked.spans[0], chance.randint(200, 850), chance))
        yield typed_carelessly(
            Example(asked.question, passage, None, "trap", answers=False), chance
        )
        if right := positive(chance.choice(trap.answered), chance, longest=850):
            yield typed_carelessly(right, chance)


def selections(data: Path, seed: int) -> list[Example]:
    """Sentences labelled by whether they answer, at most four that do and eight that don't."""
    chance = random.Random(seed)
    out = []
    for row in rows(data, SELECTION.file):
        pairs = list({c["sentence"]: c["label"] for c in row["candidates"]}.items())
        chance.shuffle(pairs)
        for label, most in ((1, 4), (0, 8)):
            for sentence in [text for text, given in pairs if given == label][:most]:
                example = Example(
                    row["question"], sentence, None, SELECTION.file, True, bool(label)
                )
                out.append(example)
    return out


def typed_carelessly(example: Example, chance: random.Random) -> Example:
    """The question as people type it, now and then: no question mark, a letter wrong, keywords."""
    question = example.question
    if chance.random() < 0.2:
        question = question.rstrip(" ?")
    if chance.random() < 0.04:
        question = near_misses.misspelt(question, chance)
    if chance.random() < 0.03:
        question = near_misses.keywords(question)
    return replace(example, question=question)
