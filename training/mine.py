"""Hard negatives: for each question, windows of other texts that the encoder finds near."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from index.home import Home
from index.models.encoder import FastEncoder
from index.models.registry import DEFAULT_MODEL
from training.data import Item, says, text_of

WINDOW = 420  # characters
NEAREST = 12
_KEPT = 5


def with_similar(items: Sequence[Item], home: Path) -> list[Item]:
    """The items with the windows of other contexts of the same source that look like answering."""
    models = Home(home).models
    encoder = models.load(models.obtain(DEFAULT_MODEL, "ctranslate2", "int8"))
    assert isinstance(encoder, FastEncoder)
    out: list[Item] = []
    for source in dict.fromkeys(item.source for item in items):
        own = [item for item in items if item.source == source]
        out.extend(_mined(own, encoder) if source.retrieved else own)
    return out


def _mined(items: list[Item], encoder: FastEncoder) -> list[Item]:
    contexts = {item.context: item for item in items}
    windows = [(context, text) for context, item in contexts.items() for text in cut(item)]
    vectors = encoder.encode([text for _, text in windows])
    asked = encoder.encode([item.question for item in items])
    out = []
    for item, vector in zip(items, asked, strict=True):
        scores = vectors @ vector
        best = np.argpartition(-scores, min(NEAREST * 3, len(scores) - 1))[: NEAREST * 3]
        near = [
            windows[i][1]
            for i in best[np.argsort(-scores[best])]
            if windows[i][0] != item.context and not says(windows[i][1], item)
        ]
        out.append(replace(item, similar=tuple(near[:_KEPT])))
    return out


def cut(item: Item) -> list[str]:
    """A context as windows of sentences that do not overlap."""
    out, first = [], 0
    for n in range(len(item.sentences)):
        last = n + 1 == len(item.sentences)
        if last or item.sentences[n + 1][1] - item.sentences[first][0] > WINDOW:
            out.append(text_of(item, range(first, n + 1))[0])
            first = n + 1
    return out
