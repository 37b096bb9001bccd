"""Training: what it reads back of a shipped reader, and near misses that are none."""

import random
from pathlib import Path

import numpy as np
import torch
from retrieval.reader_model import SHIPPED, Passage, open_reader
from tokenizers import Tokenizer

from index.models.registry import default_model_folder
from training import shipped
from training.batches import encode
from training.data import SOURCES, Example
from training.model import ReaderModel
from training.near_misses import Pools, other_question

QUESTION = "Where did the ministers meet?"
TEXT = "The ministers met in New York on Monday. They will meet again in spring."


def test_the_weights_of_a_shipped_reader_are_read_back() -> None:
    model = ReaderModel(default_model_folder()).eval()
    model.load_state_dict(shipped.weights(SHIPPED))
    tokenizer = Tokenizer.from_file(str(default_model_folder() / "tokenizer.json"))
    (encoding,) = encode(tokenizer, [Example(QUESTION, TEXT, None, "made up")])
    with torch.no_grad():
        start, end, answers = model(
            torch.tensor([encoding.ids]),
            torch.tensor([encoding.type_ids]),
            torch.tensor([encoding.attention_mask]),
        )
    first, last = int(start.argmax()), int(end.argmax())
    span = encoding.offsets[first][0], encoding.offsets[last][1]
    (readings,) = open_reader().read(QUESTION, [Passage(TEXT, ((0, 40), (41, len(TEXT))))])
    best = max(readings, key=lambda one: one.margin)
    assert TEXT[slice(*span)] == "New York"
    assert best.span == span
    margin = float(start.max() + end.max() - start[0, 0] - end[0, 0])
    # The runtime rounds activations to int8 as well.
    np.testing.assert_allclose([best.margin, best.answers], [margin, float(answers)], atol=1.0)


def test_a_near_miss_asks_for_something_that_the_passage_does_not_say() -> None:
    pools = Pools.of(
        [QUESTION, "Who did Anna Keller see in Rome?", "When did Bob Ray land in 1990?"]
    )
    passage = "Anna Keller saw Bob Ray in Rome in 1990."
    for seed in range(20):
        changed = other_question(
            "Who did Anna Keller see in Rome?", passage, pools, random.Random(seed)
        )
        assert changed != "Who did Anna Keller see in Rome?"


def test_every_source_is_named_with_its_licence_in_the_card() -> None:
    card = (Path(SHIPPED) / "README.md").read_text("utf-8").lower()
    for source in SOURCES:
        assert source.licence.lower() in card
    for name in ("squadshifts", "qamr", "fairytaleqa", "policyqa", "covid-qa", "qed", "trec-qa"):
        assert name in card
