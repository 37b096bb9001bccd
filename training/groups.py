"""Train the reader to compare: `python -m training.groups DATA OUT --start FOLDER --reader READER`.

Each question is asked of all articles that are trained on. Of the passages found for it, the one
that answers and those that READER takes most for answering are trained on together: the loss is
`training.model.compared`, beside that of each passage alone. Beside them come traps, questions that
a paragraph seems to answer and does not, as in Rajpurkar et al. (2018), "Know what you don't know",
each with one that it answers; and examples of the older sets. Goes on from READER's weights, or
from the last checkpoint in OUT; `python -m training.export` makes of it the model that ships.
"""

import argparse
import pickle
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from retrieval import Engine, Question
from retrieval.ranking.features import Query
from retrieval.reader.found import MOST_PASSAGES, FoundPassage
from retrieval.reader.model import ReaderModel
from training import data, news_qa, quiz
from training.__main__ import TOKENS_A_BATCH, Run
from training.batches import Labelled, batches, collate, labelled, packed
from training.data import Example
from training.model import Batch
from training.news_qa import NewsQuestion
from training.passages import Watching

TOGETHER = 3  # passages of a question that are trained on at once
# How often a question is taken, by the probability that the reader gives to what is right: few of
# those that it knows, and few of those that it is surely wrong about, as many are labelled wrongly.
KNOWN, KNOWN_SHARE = 0.93, 0.22
LOST, LOST_SHARE = 0.01, 0.35
SURELY_NOT = -2.0  # a margin below which a place with the answer's words is taken not to answer
A_PART = 600  # questions, beside which so many of the older sets are read
OLDER_A_PART, TRAPS_A_PART, SELECTIONS_A_PART = 130, 360, 40


@dataclass(frozen=True)
class Group:
    """A question's passages, each with the logit that it answers; the one that does comes first.

    ``chance`` is the probability that the reader gives to what is right.
    """

    passages: tuple[tuple[Example, float], ...]
    chance: float


def gathered(
    asked: Iterable[Sequence[NewsQuestion]],
    engine: Engine,
    found: Watching,
    model: ReaderModel,
    seed: int,
) -> Iterator[Group]:
    """Ask and read; ``found`` is the reader of ``engine``.

    Each question comes with all places that may answer it.
    """
    chance = random.Random(seed)
    for places in asked:
        text, history = news_qa.turned(places[0], chance)
        engine.weigh(Question(news_qa.typed(text, chance), history, asked=places[0].day))
        q = likeliest(places, found.found, model)
        if q and found.found and (group := group_of(q, found.found, model)):
            yield group


def likeliest(
    places: Sequence[NewsQuestion], found: Sequence[tuple[Query, FoundPassage]], model: ReaderModel
) -> NewsQuestion | None:
    """Of the places that were found the one that the reader takes most for answering.

    None where it is sure that none does; one place is taken as it is. Distant supervision, as in
    Mintz et al. (2009).
    """
    if len(places) == 1:
        return places[0]
    best: tuple[float, NewsQuestion | None] = SURELY_NOT, None
    for query, one in found:
        if not (within := [q for q in places if holds(one, q, q.spans[0])]):
            continue
        [read] = model.read(query.text, [(one.passage, one.spans)])
        for q in within:
            own = next(n for n, (a, b) in enumerate(one.spans) if a <= q.spans[0][0] < b)
            best = max(best, (read.found[own].margin, q), key=lambda each: each[0])
    return best[1]


def group_of(
    q: NewsQuestion, found: Sequence[tuple[Query, FoundPassage]], model: ReaderModel
) -> Group | None:
    """The passages read, without those of which it is not known whether they answer."""
    text, run = found[0][0].text, news_qa.run_of(q) if q.spans else None
    answering = [one for _, one in found if run and holds(one, q, run)][:1]
    if run and not answering:
        return None  # it is not found, or the answer runs on beyond its passage
    others = [one for _, one in found[:MOST_PASSAGES] if one not in answering]
    others = [one for one in others if not (q.spans and may_answer(one, q))]
    both = [*answering, *others]
    if not both:
        return None
    read = model.read(text, [(one.passage, one.spans) for one in both])
    wrong = [0.0, *(reading.best for reading in read[len(answering) :])]
    right = 0.0
    if run:
        within = [a <= run[0] < b for a, b in answering[0].spans]
        margins = [one.margin for one in read[0].found]
        right = margins[within.index(True)]
        wrong += [m for m, own in zip(margins, within, strict=True) if not own]
    all_of = np.logaddexp.reduce([*wrong, right] if run else wrong)
    return Group(
        tuple(
            (news_qa.example(text, one.passage, "group", q if one in answering else None), r.best)
            for one, r in zip(both, read, strict=True)
        ),
        float(np.exp(right - all_of)),
    )


def holds(found: FoundPassage, q: NewsQuestion, run: news_qa.Span) -> bool:
    """Whether a passage has the answer in a sentence of its own."""
    own = found.article.text == q.article.text and any(a <= run[0] < b for a, b in found.spans)
    return own and run[1] + found.passage.shift <= len(found.passage.text)


def may_answer(found: FoundPassage, q: NewsQuestion) -> bool:
    """Whether it has the words of the answer, or a part of it."""
    begin, end = -found.passage.shift, found.spans[-1][1]
    part = found.article.text == q.article.text and any(s < end and e > begin for s, e in q.spans)
    return part or news_qa.says(found.passage.text[found.passage.head :], q)


def share(group: Group) -> float:
    """How often a group is trained on."""
    if group.chance > KNOWN:
        return KNOWN_SHARE
    return LOST_SHARE if group.chance < LOST else 1.0


def drawn(group: Group, chance: random.Random) -> list[Example]:
    """The passages to train on: what answers, and what most looks like it."""
    answering = [e for e, _ in group.passages if e.answers]
    others = [(logit + chance.gauss(0, 1), e) for e, logit in group.passages if not e.answers]
    others.sort(key=lambda one: -one[0])
    return [*answering, *(e for _, e in others)][:TOGETHER]


def grouped(tokenizer: Tokenizer, groups: Sequence[Group], seed: int, tokens: int) -> list[Batch]:
    """All groups in batches of at most so many tokens, none in two, in random order."""
    chance = random.Random(seed)
    whole = []
    for group in groups:
        examples = drawn(group, chance)
        rows = labelled(tokenizer, examples, chance)
        if len(rows) == len(examples):
            whole.append(rows)
    return [collated(batch) for batch in packed(whole, tokens, chance)]


def collated(groups: Sequence[Sequence[Labelled]]) -> Batch:
    """One batch, whose passages are compared with those of their group."""
    batch = collate([row for rows in groups for row in rows])
    batch.question = torch.tensor([n for n, rows in enumerate(groups) for _ in rows])
    return batch


def parts(
    groups: Sequence[Group],
    older: Sequence[data.Item],
    traps: Sequence[data.Trap],
    folder: Path,
    tokenizer: Tokenizer,
    seed: int,
) -> Iterator[list[Batch]]:
    """Part after part of the groups, with examples of the older sets between them."""
    n = 0
    while True:
        chance = random.Random(seed * 1000 + n)
        some = [g for g in groups if chance.random() < share(g)]
        chance.shuffle(some)
        for start in range(0, len(some), A_PART):
            n += 1
            own = grouped(tokenizer, some[start : start + A_PART], n, TOKENS_A_BATCH)
            beside = data.draw(chance.sample(older, min(OLDER_A_PART, len(older))), n)
            some_traps = chance.sample(traps, min(TRAPS_A_PART, len(traps)))
            beside += data.trapped(some_traps, chance)
            beside += chance.sample(data.selections(folder, n), SELECTIONS_A_PART)
            both = own + batches(tokenizer, beside, n, TOKENS_A_BATCH)
            chance.shuffle(both)
            yield both


def ready(folder: Path, out: Path, reader: Path, most: int, seed: int) -> list[Group]:
    """The groups of so many questions, gathered once and kept."""
    kept = out / "groups.pickle"
    if not kept.exists():
        questions = [
            q for q in news_qa.load(folder / "news-qa") if not news_qa.is_held_out(q.article.id)
        ]
        questions += news_qa.more(folder)
        some = random.Random(seed).sample(questions, min(most, len(questions)))
        some += [*quiz.evidence(folder), *news_qa.more(folder, quiz.WRITTEN)]
        asked = [[q] for q in some] + list(quiz.retrieved(folder))
        found = Watching()
        over = [q.article for q in questions] + [q.article for places in asked for q in places]
        corpus, _ = news_qa.corpus_of(over, out / "home", "training")
        engine = Engine(corpus, found)
        groups = list(gathered(asked, engine, found, ReaderModel(reader), seed))
        kept.write_bytes(pickle.dumps(groups))
    read: list[Group] = pickle.loads(kept.read_bytes())
    return read


def main() -> None:
    """Gather, then train until the time is over."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--start", type=Path, required=True, help="an encoder's folder")
    parser.add_argument("--reader", type=Path, required=True, help="the reader to go on from")
    parser.add_argument("--questions", type=int, default=8500)
    parser.add_argument("--minutes", type=float, default=90)
    parser.add_argument("--rate", type=float, default=5e-5)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(arguments.seed)
    groups = ready(
        arguments.data, arguments.out, arguments.reader, arguments.questions, arguments.seed
    )
    older = [item for item in data.load(arguments.data) if not data.is_held_out(item.context)]
    print(f"{len(groups)} groups", flush=True)
    tokenizer = Tokenizer.from_file(str(arguments.start / "tokenizer.json"))
    run = Run(arguments.out, arguments.rate, arguments.start, arguments.reader)
    traps = data.traps(arguments.data)
    for part in parts(groups, older, traps, arguments.data, tokenizer, arguments.seed):
        for batch in part:
            progress = run.state["seconds"] / 60 / arguments.minutes
            if progress >= 1:
                run.save()
                return
            run.step(batch, progress)


if __name__ == "__main__":
    main()
