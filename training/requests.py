"""Fit what tells a request from a question: `python -m training.requests DATA`.

Of `requests.jsonl.gz`, texts that people type to a bot with news, the lines of the writers in
`MEASURED` measure; the others, and questions over news of DATA, are fitted. Each line has the kind
that its writer gave it and the words that name its topic. Writes `requests.npz` of
:mod:`retrieval.answering.requests`.
"""

import argparse
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from benchmarks.quiz import rows
from index.models.encoder import FastEncoder
from index.models.registry import SHIPPED_FOLDER, shipped_manifest
from retrieval.answering import requests
from retrieval.question import as_read, content_words
from training import near_misses, news_qa

WRITTEN = Path(__file__).parent / "requests.jsonl.gz"
MEASURED = ("g", "r", "s", "n", "p", "u", "w", "x", "aa")
QUESTIONS = 6_000  # over news, each of which counts for less than a written line
ALONE = 5_000  # of each: follow-ups, the same as rewritten to stand alone, other questions
NEWS_QA = "news-qa"
KEYWORDS = 10  # one in so many is asked in keywords as well ("kiptum chicago winning time")
COUNTS = 0.3
DECAY_OF_KINDS, DECAY_OF_TOPICS = 3e-4, 2e-3  # of the squared weights
# Added to each token's logit, as a word too many harms a topic less than one too few: of 840 topics
# by writers left out, 84.5 % are as written and 93.6 have all words, 80.6 and 84.9 without it.
LONGER = 1.0


# What leans on what was shown before it, and what does not; bare topics and small talk may do both.
LEANING, STANDING = ("shown", "more", "source"), ("topic", "timeline", "news", "summary")


@dataclass(frozen=True)
class Line:
    """A text with its kind, its topic if it has one, and who wrote it.

    A question may lean on what was said before: "no, the one in Leeds", "who else?".
    """

    text: str
    kind: str
    topic: str
    by: str
    leans: bool = False


def written() -> list[Line]:
    """The lines of all writers."""
    return [
        Line(
            as_read(row["text"]),
            row["kind"],
            row.get("topic", ""),
            row["by"],
            row.get("leans", row["kind"] in LEANING),
        )
        for row in rows(WRITTEN)
    ]


Questions = Sequence[news_qa.NewsQuestion]


def over_news(seen: Questions, held_out: Questions) -> tuple[list[Line], list[Line]]:
    """Questions as they are typed: to fit, and held out."""
    chance = random.Random(3)

    def typed(questions: Questions) -> list[Line]:
        after = [q for q in questions if q.history]
        first = [q for q in questions if not q.history]
        halves = (chance.sample(own, min(QUESTIONS // 2, len(own))) for own in (after, first))
        some = [q for half in halves for q in half]
        texts = [news_qa.typed(q.text, chance) for q in some]
        for q in some[::KEYWORDS]:
            _, *rest = near_misses.keywords(q.text).split()
            texts.append(" ".join(rest) or q.text)
        return [Line(as_read(text), "question", "", NEWS_QA) for text in texts]

    return typed(seen), typed(held_out)


def follow_ups(
    seen: Questions, held_out: Questions
) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
    """Questions over news and whether each stands alone: to fit, and held out."""
    chance = random.Random(5)

    def typed(questions: Questions) -> list[tuple[str, bool]]:
        after = [q for q in questions if q.history]
        leaning = [(q.text, False) for q in after if q.standalone != q.text]
        kinds = (
            leaning,
            [(q.standalone, True) for q in after],
            [(q.text, True) for q in questions if not q.history],
        )
        some = [line for own in kinds for line in chance.sample(own, min(ALONE, len(own)))]
        return [(as_read(news_qa.typed(text, chance)), alone) for text, alone in some]

    return typed(seen), typed(held_out)


def fit_alone(encoder: FastEncoder, lines: Sequence[tuple[str, bool]]) -> npt.NDArray[np.float32]:
    """The weights that tell whether a text stands alone."""
    inputs = np.stack([requests.features(text, encoder.states(text)[0]) for text, _ in lines])
    right = torch.eye(2)[[int(alone) for _, alone in lines]]
    both = fitted(inputs, right, torch.ones(len(lines)), DECAY_OF_KINDS)
    return both[:, 1] - both[:, 0]


def fitted(
    inputs: npt.NDArray[np.float32], right: torch.Tensor, counts: torch.Tensor, decay: float
) -> npt.NDArray[np.float32]:
    """The weights, and below them what is added, of a logistic regression by L-BFGS."""
    x = torch.from_numpy(inputs)
    middle = x.mean(0)
    weight = torch.zeros(x.shape[1], right.shape[1], requires_grad=True)
    bias = torch.zeros(right.shape[1], requires_grad=True)
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=150, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        logits = (x - middle) @ weight + bias
        each = functional.cross_entropy(logits, right, reduction="none")
        total = (each * counts).sum() / counts.sum() + decay * (weight**2).sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    added = bias - middle @ weight
    return torch.cat([weight, added[None]]).detach().numpy()


def fit(
    encoder: FastEncoder, lines: Sequence[Line], asked: Sequence[tuple[str, bool]]
) -> requests.Weights:
    """All weights; ``asked`` are texts with whether each stands alone."""
    states = [encoder.states(line.text) for line in lines]
    of_kinds = np.stack(
        [requests.features(line.text, own) for line, (own, _) in zip(lines, states, strict=True)]
    )
    kinds = torch.eye(len(requests.KINDS))[[requests.KINDS.index(line.kind) for line in lines]]
    counts = torch.tensor([COUNTS if line.by == NEWS_QA else 1.0 for line in lines])
    tagged = [
        (own, is_topic(line, places))
        for line, (own, places) in zip(lines, states, strict=True)
        if line.topic
    ]
    of_topics = np.concatenate([requests.scaled(own) for own, _ in tagged])
    named = torch.eye(2)[[int(one) for _, tags in tagged for one in tags]]
    both = fitted(of_topics, named, torch.ones(len(named)), DECAY_OF_TOPICS)
    topic = both[:, 1] - both[:, 0]
    topic[-1] += LONGER
    whole = fitted(of_kinds, kinds, counts, DECAY_OF_KINDS)
    return requests.Weights(whole, fit_alone(encoder, asked), topic)


def is_topic(line: Line, places: Sequence[tuple[int, int]]) -> Iterator[bool]:
    """Whether each token is one of the topic."""
    start = line.text.lower().find(line.topic.lower())
    for begin, end in places:
        yield start <= begin < end <= start + len(line.topic)


def report(encoder: FastEncoder, lines: Sequence[Line]) -> None:
    """How many of each kind are taken for what they are."""
    for kind in dict.fromkeys(line.kind for line in lines):
        own = [line for line in lines if line.kind == kind]
        taken = [taken_for(encoder, line) for line in own]
        right = sum(one == kind for one, _, _ in taken)
        sure = sum(chance >= requests.SURE for _, chance, _ in taken)
        maybe = sum(requests.MAYBE <= chance < requests.SURE for _, chance, _ in taken)
        topics = sum(one for _, _, one in taken)
        print(
            f"  {kind:9} {right:5} of {len(own):5} right; taken for a request surely {sure:4}, "
            f"if unanswered {maybe:4}; the topic's words {topics:4}"
        )


def taken_for(encoder: FastEncoder, line: Line) -> tuple[str, float, bool]:
    """The likeliest kind, how likely it is no question, and whether the topic's words are right."""
    reading = requests.read(encoder, line.text)
    kind = max(reading.kinds, key=lambda one: reading.kinds[one])
    same = {w.stem for w in content_words(reading.topic)} == {
        w.stem for w in content_words(line.topic)
    }
    return kind, 1 - reading.kinds["question"], bool(line.topic) and same


def main() -> None:
    """Fit, write and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    arguments = parser.parse_args()
    encoder = FastEncoder(SHIPPED_FOLDER, shipped_manifest().config, 1)
    lines = written()
    known = news_qa.load(arguments.data / NEWS_QA) + news_qa.more(arguments.data)
    questions = (
        [q for q in known if not news_qa.is_held_out(q.article.id)],
        news_qa.held_out(arguments.data),
    )
    seen, held_out = over_news(*questions)
    own = [line for line in lines if line.by not in MEASURED]
    bare = [Line(line.topic, "topic", line.topic, line.by) for line in own if line.topic]
    asked, asked_held_out = follow_ups(*questions)
    asked += [(line.text, not line.leans) for line in own if line.leans or line.kind in STANDING]
    weights = fit(encoder, [*own, *bare, *seen], asked)
    kept: dict[str, Any] = {
        "kinds": weights.kinds,
        "alone": weights.alone,
        "topic": weights.topic,
    }
    np.savez_compressed(requests.WEIGHTS, **{k: v.astype(np.float16) for k, v in kept.items()})
    for name in MEASURED:
        print(f"writer {name}")
        report(encoder, [line for line in lines if line.by == name])
    print("held-out questions over news, the last tenth in keywords")
    report(encoder, held_out[: -len(held_out) // (KEYWORDS + 1)])
    report(encoder, held_out[-len(held_out) // (KEYWORDS + 1) :])
    for leans, of in ((True, "follow-ups"), (False, "questions that stand alone")):
        read = [requests.read(encoder, text) for text, alone in asked_held_out if alone != leans]
        taken = sum(one.alone >= requests.ALONE for one in read)
        print(f"{taken} of {len(read)} held-out {of} are taken to stand alone")


if __name__ == "__main__":
    main()
