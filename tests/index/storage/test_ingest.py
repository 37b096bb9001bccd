"""Batches on their way in: encoded beside reading, and nothing is told of before it is stored."""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from index import Incoming, Item, ModelChoice, Outcome
from index.models.encoder import Encoder, Vectors
from index.storage.corpus import EmbeddedCorpus
from index.storage.prepare import is_in_shard
from index.types import RefusedArticle
from tests.corpora import StubEncoder, StubModels, ranking, some_articles, stub_corpus, texts_of


class WaitingEncoder(StubEncoder):
    """Encodes once more articles were read."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.waiting = True

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.waiting = self.go_on.wait(60)
        assert self.waiting
        return super().encode(texts)


class OneModel(StubModels):
    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self._encoder = encoder

    def load(self, model_id: str) -> Encoder:
        return self._encoder


def test_articles_are_read_while_others_are_encoded(tmp_path: Path) -> None:
    encoder = WaitingEncoder()
    corpus = EmbeddedCorpus(tmp_path / "corpus", OneModel(encoder), ModelChoice())

    def items() -> Iterator[Incoming]:
        for n, item in enumerate(some_articles(4)):
            if n == 2:  # the first batch, of articles 0 and 1, waits for this
                encoder.go_on.set()
            yield item

    assert corpus.add(items(), batch=5).added == 4
    assert corpus.verify() == []
    stub_corpus(tmp_path / "other").add(some_articles(4))
    assert ranking(corpus) == ranking(stub_corpus(tmp_path / "other"))


@pytest.mark.parametrize("batch", [1, 4, 100])
def test_an_article_is_compared_with_what_came_just_before(tmp_path: Path, batch: int) -> None:
    one, *_ = some_articles(1)
    other, *_ = some_articles(1, edition=2)
    told: list[Outcome] = []
    corpus = stub_corpus(tmp_path)
    corpus.add([one, one, other, other, one], on_article=told.append, batch=batch)
    kinds = ["added", "unchanged", "updated", "unchanged", "updated"]
    assert [outcome.kind for outcome in told] == kinds
    assert corpus.verify() == []


def test_all_that_was_told_of_is_there_when_reading_breaks_off(tmp_path: Path) -> None:
    told: list[Outcome] = []

    def items() -> Iterator[Incoming]:
        yield from some_articles(9)
        raise KeyboardInterrupt

    corpus = stub_corpus(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        corpus.add(items(), on_article=told.append, batch=1)
    assert sorted(texts_of(corpus)) == [outcome.article_id for outcome in told]
    assert len(told) >= 7  # all but the two batches that were on their way
    assert corpus.add(some_articles(9)).unchanged == len(told)
    assert corpus.verify() == []


def test_what_breaks_off_waits_for_no_batch(tmp_path: Path) -> None:
    encoder = WaitingEncoder()
    corpus = EmbeddedCorpus(tmp_path / "corpus", OneModel(encoder), ModelChoice())

    def items() -> Iterator[Incoming]:
        yield from some_articles(2)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        corpus.add(items(), batch=1)
    assert encoder.waiting
    encoder.go_on.set()


def test_each_article_is_in_one_shard() -> None:
    items: list[Item] = [*some_articles(60), RefusedArticle("x.txt", "is empty")]
    for of in (1, 2, 5):
        shards = [[is_in_shard(item, n, of) for item in items] for n in range(1, of + 1)]
        assert [sum(taken) for taken in zip(*shards, strict=True)] == [1] * 61
        assert all(any(shard) for shard in shards)
    again = [is_in_shard(item, 2, 5) for item in some_articles(60, edition=2)]
    assert again == [is_in_shard(item, 2, 5) for item in some_articles(60)]
