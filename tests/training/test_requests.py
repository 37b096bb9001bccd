"""What is fitted to tell requests from questions."""

import numpy as np
import torch

from retrieval.answering.requests import KINDS
from training.requests import Line, fitted, is_topic, written


def test_every_line_has_a_kind_and_its_topic_stands_in_it() -> None:
    lines = written()
    assert {line.kind for line in lines} == set(KINDS)
    assert all(line.topic.lower() in line.text.lower() for line in lines)
    assert all(line.topic for line in lines if line.kind == "topic")
    assert len({(line.by, line.text) for line in lines}) == len(lines)


def test_what_is_fitted_separates() -> None:
    inputs = np.array([[1, 0], [1, 0.2], [0, 1], [0.1, 1]], dtype=np.float32)
    right = torch.eye(2)[[0, 0, 1, 1]]
    weights = fitted(inputs, right, torch.ones(4), 1e-3)
    assert (inputs @ weights[:-1] + weights[-1]).argmax(axis=1).tolist() == [0, 0, 1, 1]


def test_the_tokens_of_a_topic_are_told() -> None:
    line = Line("news on Biden", "topic", "Biden", "a")
    assert list(is_topic(line, [(0, 0), (0, 4), (5, 7), (8, 11), (11, 13), (0, 0)])) == [
        *(False, False, False),
        *(True, True),
        False,
    ]
