"""The trained reader: its model as shipped, its spans, and that reading is independent."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import ArticleInput, Home, Incoming
from index.errors import ModelError
from index.models.registry import Models, default_model_folder
from index.reading.segment import split_sentences
from retrieval import Engine, Question
from retrieval.passages import SIZE, passages_in, placed
from retrieval.reader_model import (
    SHIPPED,
    Passage,
    ReaderModel,
    best_span,
    damaged_files,
    open_reader,
    tidy,
)

TALKS = (
    "(Oslo) Anna Berg, the foreign minister, met Li Wei in Geneva on Tuesday.",
    "She said that they had spoken for nine hours.",
    "The next round is due in mid-November.",
)


def passage(*sentences: str) -> Passage:
    text = " ".join(sentences)
    return Passage(text, tuple(split_sentences(text)))


def words(model: ReaderModel, question: str, text: Passage) -> str:
    best = max(model.read(question, [text])[0], key=lambda reading: reading.margin)
    assert best.span is not None
    return text.text[slice(*best.span)]


def test_the_shipped_files_are_what_the_model_card_names() -> None:
    named = json.loads((SHIPPED / "manifest.json").read_text("utf-8"))["files"]
    there = {path.name for path in SHIPPED.iterdir()} - {"manifest.json", "README.md"}
    assert set(named) == there
    assert damaged_files() == []


def test_a_damaged_file_is_noticed(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path / "model")
    (tmp_path / "model" / "heads.npz").write_bytes(b"other")
    (tmp_path / "model" / "tokenizer.json").unlink()
    assert damaged_files(tmp_path / "model") == ["heads.npz", "tokenizer.json"]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Where did Anna Berg meet Li Wei?", "Geneva"),
        ("who met li wei in geneva", "Anna Berg"),
        ("How long did they speak?", "nine hours"),
        ("When is the next round due?", "mid-November"),
    ],
)
def test_it_finds_the_words(question: str, answer: str) -> None:
    assert answer in words(open_reader(), question, passage(*TALKS))


def test_a_passage_that_answers_beats_one_that_does_not() -> None:
    model = open_reader()
    other = passage("Li Wei spent nine hours on the train to Zurich.", "It rained in November.")
    question = "Where did Anna Berg meet Li Wei?"
    answering, not_answering = model.read(question, [passage(*TALKS), other])
    assert max(r.answers for r in answering) > max(r.answers for r in not_answering)
    assert max(r.margin for r in answering) > max(r.margin for r in not_answering)


def test_a_reading_does_not_depend_on_what_is_read_with_it() -> None:
    passages = [passage(*TALKS[:n]) for n in (3, 1, 2)] * 3
    together = open_reader().read("How long did they speak?", passages)
    alone = [open_reader().read("How long did they speak?", [one])[0] for one in passages]
    assert together == alone


def test_hostile_passages_are_read_in_bounded_time() -> None:
    model = open_reader()
    for text in ("", " ", "[SEP] [CLS] [MASK]", "漢" * 5000, "a" * 20_000, "\x00 x"):
        readings = model.read("what? " * 300, [Passage(text, ((0, len(text)),))])
        assert len(readings) == 1
        for reading in readings[0]:
            assert reading.span is None or 0 <= reading.span[0] <= reading.span[1] <= len(text)


def test_a_span_is_of_whole_words_and_in_order() -> None:
    scores = np.array([[0, 9], [5, 0], [9, 0], [0, 1], [0, 8]], dtype=np.float32)
    # The third token continues the second's word, and the first end comes before every start.
    assert best_span(scores, np.array([0, 1, 1, 2, 3], dtype=object)) == (1, 4, 13.0)


@pytest.mark.parametrize(
    ("text", "inside", "whole"),
    [
        ("about 10,000 people", "10", "10,000"),
        ("in the U.S. Senate", "U.S", "U.S."),
        ("Anna Berg's house", "Anna Berg", "Anna Berg"),
        ("said “yes, of course” to it", "“yes, of course", "yes, of course"),
    ],
)
def test_a_span_cuts_no_number_or_abbreviation(text: str, inside: str, whole: str) -> None:
    start = text.index(inside)
    span = tidy(text, start, start + len(inside))
    assert text[slice(*span)] == whole


@given(st.lists(st.text("ab .\n", min_size=1, max_size=300), max_size=30))
def test_each_sentence_belongs_to_one_passage(parts: list[str]) -> None:
    text = ". ".join(parts)
    sentences = split_sentences(text)
    passages = passages_in(text, sentences)
    assert [n for p in passages for n in range(p.first, p.last)] == list(range(len(sentences)))
    for one in passages:
        own = one.passage.sentences[one.own :]
        assert [(s + one.start, e + one.start) for s, e in own] == sentences[one.first : one.last]
        assert len(own) == 1 or own[-1][1] - own[0][0] <= SIZE


@pytest.mark.parametrize(
    ("length", "near", "far"), [(40, 7, 7), (200, 1, 2), (300, 1, 1), (400, 0, 1), (500, 0, 0)]
)
def test_before_a_passage_stands_what_is_short_enough(length: int, near: int, far: int) -> None:
    text = " ".join(["a" * (length - 2) + "."] * 60)
    sentences = [(n * length, (n + 1) * length - 1) for n in range(60)]
    assert placed(text, sentences, 59, 60).own == near
    assert placed(text, sentences, 59, 60, far=True).own == far


def test_whom_a_meeting_was_with_may_stand_two_long_sentences_before(empty_home: Path) -> None:
    corpus = Home(empty_home).corpus("default")
    text = (
        "Ostland's minister of transport, Anna Berg, and the head of the ferry company of Lodova,"
        " Li Wei, met on Friday in the harbour town of Ruthenborg, where both the new ferry and the"
        " old one have lain for as long as anybody there remembers.\n"
        "“We have looked at the timetable, at the fares and at the crews of the two ferries,” the"
        " ministry wrote in the evening.\n"
        "An official of the ministry, who did not want to be named, added that the meeting had"
        " lasted a total of nine hours, and that another one of this kind would be held in the"
        " autumn.\n"
        "The ferries have carried fewer people every year since the bridge was opened.\n"
    )
    corpus.add([Incoming(ArticleInput(text=text, title="The ferries"), None, "ferries")])
    answer = Engine(corpus).ask(Question("How long was the meeting between Berg and Li Wei?"))
    assert "nine hours" in (answer.answer or "")


@pytest.fixture(scope="module")
def other_reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A question-answering model as Hugging Face's tools save it, small and untrained."""
    from transformers import BertConfig, BertForQuestionAnswering, BertTokenizerFast

    folder = tmp_path_factory.mktemp("reader")
    source = default_model_folder()
    tokenizer = BertTokenizerFast.from_pretrained(str(source))
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
    )
    BertForQuestionAnswering(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.mark.slow
def test_another_reader_is_converted_once_and_used(other_reader: Path, tmp_path: Path) -> None:
    models = Models(tmp_path / "models", threads=1)
    folder = models.reader(str(other_reader))
    assert folder is not None
    made = (folder / "model.bin").stat().st_mtime_ns
    assert models.reader(str(other_reader)) == folder
    assert (folder / "model.bin").stat().st_mtime_ns == made
    readings = ReaderModel(folder).read("Where?", [passage(*TALKS)])[0]
    assert [reading.span is not None for reading in readings] == [True, True, True]
    assert {reading.answers for reading in readings} == {max(r.margin for r in readings) / 2}


def test_the_readers_name_can_be_of_none(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model folder"):
        Models(tmp_path, threads=1).reader("./nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="holds no model"):
        Models(tmp_path, threads=1).reader(str(tmp_path / "empty"))
    with pytest.raises(ModelError, match="does not load"):
        ReaderModel(tmp_path / "empty").read("Where?", [passage(*TALKS)])
