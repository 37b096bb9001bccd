"""Passages of one question are compared: what is gathered, and what the loss says of it."""

import random
import re
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer

from index.models.registry import packaged_model_folder
from retrieval import Engine
from retrieval.reader.model import ReaderModel
from tests.training.test_training import ARTICLE, QUESTIONS
from training import groups, news_qa
from training.__main__ import Run
from training.batches import batches
from training.data import Example
from training.groups import Group
from training.model import Batch, compared
from training.passages import Watching

NOWHERE = -1e4


@pytest.fixture(scope="module")
def gathered(tmp_path_factory: pytest.TempPathFactory) -> list[Group]:
    found = Watching()
    corpus, _ = news_qa.corpus_of([ARTICLE], tmp_path_factory.mktemp("home"), "training")
    engine = Engine(corpus, found)
    return list(groups.gathered([[q] for q in QUESTIONS], engine, found, ReaderModel(), seed=1))


def test_what_answers_comes_first_and_what_has_its_words_is_left_out(
    gathered: list[Group],
) -> None:
    first = [group.passages[0][0] for group in gathered]
    assert [example.answers for example in first] == [True, True, False, False]
    assert first[0].span
    assert first[0].passage[slice(*first[0].span)] == "New York"
    assert [first[1].passage[a:b] for a, b in first[1].items] == ["Anna Berg", "Li Wei", "Eva Lund"]
    for group in gathered:
        assert not any(example.answers for example, _ in group.passages[1:])
        assert 0 < group.chance < 1
    others = [example.passage[example.head :] for example, _ in gathered[0].passages[1:]]
    assert others
    assert not any("New York" in text for text in others)


def test_of_places_with_the_words_of_an_answer_the_one_that_answers_is_trained_on(
    tmp_path: Path,
) -> None:
    line = "Tram 7 leaves from the Plaza at noon. The ministers dined at the Plaza on Monday."
    article = news_qa.article_of(
        {"id": "b", "title": "Ministers dine", "published": "2023-09-18", "text": line}
    )
    found = Watching()
    engine = Engine(news_qa.corpus_of([article], tmp_path, "training")[0], found)

    def places(question: str) -> list[news_qa.NewsQuestion]:
        spans = [(m.start(), m.end()) for m in re.finditer("Plaza", line)]
        return [
            news_qa.NewsQuestion(article, "answer", question, (span,), (), question, None)
            for span in spans
        ]

    (group,) = groups.gathered(
        [places("Where did the ministers dine?"), places("Who won the chess final in May?")],
        engine,
        found,
        ReaderModel(),
        seed=1,
    )
    example, _ = group.passages[0]
    assert example.span
    assert example.passage[slice(*example.span)] == "Plaza"
    assert example.passage[: example.span[0]].endswith("dined at the ")


def test_what_looks_most_like_answering_is_trained_on_beside_what_does() -> None:
    right, *wrong = (Example("who?", f"{n}", None, "group", answers=n == 0) for n in range(5))
    passages = ((right, 2.0), *((one, 20.0 * n) for n, one in enumerate(wrong)))
    assert groups.drawn(Group(passages, 0.5), random.Random(1)) == [right, wrong[3], wrong[2]]


def test_no_question_is_in_two_batches(gathered: list[Group]) -> None:
    tokenizer = Tokenizer.from_file(str(packaged_model_folder() / "tokenizer.json"))
    made = groups.grouped(tokenizer, gathered, seed=1, tokens=700)
    assert len(made) > 1
    asked = [int(batch.question.max()) + 1 for batch in made if batch.question is not None]
    assert sum(asked) == len(gathered)
    of_several = [batch for batch, many in zip(made, asked, strict=True) if many > 1]
    assert all(batch.ids.numel() <= 700 for batch in of_several)


def test_a_run_learns_from_batches_with_and_without_groups(
    gathered: list[Group], start: Path, tmp_path: Path
) -> None:
    tokenizer = Tokenizer.from_file(str(packaged_model_folder() / "tokenizer.json"))
    run = Run(tmp_path, 1e-3, start, None)
    before = run.model.heads.weight.detach().clone()
    alone = batches(tokenizer, [example for example, _ in gathered[0].passages], 1, 2048)
    for n, made in enumerate([*groups.grouped(tokenizer, gathered, 1, 2048), *alone]):
        run.step(made, 0.2)
        assert run.state["steps"] == n + 1
    assert (run.model.heads.weight - before).abs().max() > 0
    run.save()
    assert Run(tmp_path, 1e-3, start, None).state["steps"] == n + 1


def batch(places: list[int], question: list[int]) -> tuple[torch.Tensor, Batch]:
    """Three tokens a passage, the first of which stands for none; all logits are 0."""
    size = len(places), 3
    inside = torch.zeros(size)
    inside[:, 0] = -1
    zeros, place = torch.zeros(size, dtype=torch.long), torch.tensor(places)
    made = Batch(
        ids=zeros,
        types=zeros,
        mask=zeros,
        inside=inside,
        is_list=torch.zeros(size[0]),
        start=place,
        end=place,
        answers=(place > 0).float(),
        question=torch.tensor(question),
    )
    return torch.zeros((*size, 5)), made


def loss(logits: torch.Tensor, made: Batch) -> float:
    assert made.question is not None
    return float(compared(logits, made, made.question))


def test_a_span_is_compared_with_those_of_its_questions_other_passages() -> None:
    # Of five places, two in each passage and none at all, one is right; then of three.
    expected = (torch.tensor(5.0).log() + torch.tensor(3.0).log()) / 2
    assert loss(*batch([1, 0, 0], [0, 0, 1])) == pytest.approx(float(expected))


def test_a_logit_counts_less_that_of_its_passages_first_token() -> None:
    logits, made = batch([1, 0], [0, 0])
    logits[1, 0] = 50.0  # this passage says that it has no answer
    assert loss(logits, made) == pytest.approx(float(torch.tensor(3.0).log()))
    logits[0] = 7.0
    assert loss(logits, made) == pytest.approx(float(torch.tensor(3.0).log()))


def test_where_no_passage_answers_none_is_right() -> None:
    logits, made = batch([0, 0], [0, 0])
    logits[:, 1:] = NOWHERE
    assert loss(logits, made) == pytest.approx(0.0)
    logits[1, 2] = 0.0
    assert loss(logits, made) == pytest.approx(float(torch.tensor(2.0).log()))
