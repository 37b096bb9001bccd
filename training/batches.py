"""Examples as token batches of like length."""

import random
from collections.abc import Sequence

import torch
from tokenizers import Encoding, Tokenizer

from training.data import Example
from training.model import Batch

MAX_TOKENS = 352

# Its length in tokens, a random number, and the token places of the answer.
Labelled = tuple[int, float, Example, Encoding, tuple[int, int]]


def encode(tokenizer: Tokenizer, examples: Sequence[Example]) -> list[Encoding]:
    """Questions and passages as one sequence each, the passage cut where it is too long."""
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS, strategy="only_second")
    return tokenizer.encode_batch([(e.question[:600], e.passage) for e in examples])


def label(example: Example, encoding: Encoding) -> tuple[int, int] | None:
    """The token places of the answer; (0, 0) for none, None where the cut took it away."""
    if example.selection and example.answers:
        return (-100, -100)
    if example.span is None:
        return (0, 0)
    places = [
        n
        for n, (kind, (start, end)) in enumerate(
            zip(encoding.type_ids, encoding.offsets, strict=True)
        )
        if kind == 1 and start < example.span[1] and end > example.span[0]
    ]
    if not places or encoding.offsets[places[-1]][1] < example.span[1]:
        return None
    return places[0], places[-1]


def tags(example: Example, encoding: Encoding) -> list[float]:
    """For each token whether it is part of the answer: 1 or 0, -1 outside what may answer."""
    items = example.items or ([example.span] if example.span else [])
    unknown = example.selection and example.answers
    out = []
    for kind, (start, end) in zip(encoding.type_ids, encoding.offsets, strict=True):
        if kind == 0 or start == end or start < example.head or unknown:
            out.append(-1.0)
        else:
            out.append(float(any(start < e and end > s for s, e in items)))
    return out


def batches(
    tokenizer: Tokenizer, examples: Sequence[Example], seed: int, tokens: int
) -> list[Batch]:
    """All examples in batches of at most so many tokens, in random order."""
    chance = random.Random(seed)
    alone = [[one] for one in labelled(tokenizer, examples, chance)]
    return [collate([one for (one,) in batch]) for batch in packed(alone, tokens, chance)]


def labelled(
    tokenizer: Tokenizer, examples: Sequence[Example], chance: random.Random
) -> list[Labelled]:
    """The examples ready to be batched, without those whose answer the cut took away."""
    out = []
    for example, encoding in zip(examples, encode(tokenizer, examples), strict=True):
        place = label(example, encoding)
        if place is not None:
            out.append((len(encoding.ids), chance.random(), example, encoding, place))
    return out


def packed(
    groups: Sequence[list[Labelled]], tokens: int, chance: random.Random
) -> list[list[list[Labelled]]]:
    """Groups of like length together, each whole, at most so many tokens; in random order."""
    out: list[list[list[Labelled]]] = []
    rows = 0
    for group in sorted(groups, key=lambda each: max(one[:2] for one in each)):
        size = max(one[0] for one in group)
        if not out or size * (rows + len(group)) > tokens:
            out.append([])
            rows = 0
        out[-1].append(group)
        rows += len(group)
    chance.shuffle(out)
    return out


def collate(group: Sequence[Labelled]) -> Batch:
    """Padded tensors."""
    width = max(size for size, *_ in group)
    ids, types, mask = (torch.zeros(len(group), width, dtype=torch.long) for _ in range(3))
    inside = torch.full((len(group), width), -1.0)
    for row, (size, _, example, encoding, _) in enumerate(group):
        ids[row, :size] = torch.tensor(encoding.ids)
        types[row, :size] = torch.tensor(encoding.type_ids)
        mask[row, :size] = 1
        inside[row, :size] = torch.tensor(tags(example, encoding))
    return Batch(
        ids,
        types,
        mask,
        inside,
        torch.tensor([float(example.is_list) for _, _, example, _, _ in group]),
        torch.tensor([place[0] for *_, place in group]),
        torch.tensor([place[1] for *_, place in group]),
        torch.tensor([float(example.answers) for _, _, example, _, _ in group]),
    )
