"""The trained model as shipped: its files, its spans, and that reading is independent."""

import json
import shutil
from pathlib import Path

import pytest

from index.errors import ModelError
from index.models.registry import Models, packaged_model_folder
from index.reading.segment import split_sentences
from index.types import Published, Span
from retrieval.reader.model import SHIPPED, ReaderModel, damaged_files, open_reader
from retrieval.reader.passages import Passage, head_of, passage

HEAD = head_of("Ministers meet", Published("2023-09-18", "day", None, "given"))
TALKS = (
    "(Oslo) Anna Berg, the foreign minister, met Li Wei in Geneva on Tuesday.",
    "She said that they had spoken for nine hours.",
    "The next round is due in mid-November.",
)


def given(*sentences: str) -> tuple[Passage, list[Span]]:
    """A passage as a model is given it."""
    text = " ".join(sentences)
    spans = list(split_sentences(text))
    return passage(text, spans, range(len(spans)), HEAD), spans


def words(model: ReaderModel, question: str, *sentences: str) -> str:
    (reading,) = model.read(question, [given(*sentences)])
    best = max(reading.found, key=lambda one: one.margin)
    assert best.span is not None
    return " ".join(sentences)[slice(*best.span)]


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
    assert answer in words(open_reader(), question, *TALKS)


def test_a_passage_that_answers_beats_one_that_does_not() -> None:
    other = given("Li Wei spent nine hours on the train to Zurich.", "It rained in November.")
    answering, not_answering = open_reader().read(
        "Where did Anna Berg meet Li Wei?", [given(*TALKS), other]
    )
    assert answering.answers > not_answering.answers
    assert answering.best > not_answering.best


def test_a_reading_does_not_depend_on_what_is_read_with_it() -> None:
    passages = [given(*TALKS[:n]) for n in (3, 1, 2)] * 3
    together = open_reader().read("How long did they speak?", passages)
    alone = [open_reader().read("How long did they speak?", [one])[0] for one in passages]
    assert together == alone


def test_each_sentence_has_a_span_of_its_own() -> None:
    one, spans = given(*TALKS)
    (reading,) = open_reader().read("When?", [(one, spans)])
    assert len(reading.found) == len(spans)
    for found, (start, end) in zip(reading.found, spans, strict=True):
        assert found.span is not None
        assert start <= found.span[0] < found.span[1] <= end


def test_hostile_passages_are_read_in_bounded_time() -> None:
    for text in ("", " ", "[SEP] [CLS] [MASK]", "漢" * 5000, "a" * 20_000, "\x00 x"):
        one = Passage(text, 0, 0, 1, 0, 0)
        (reading,) = open_reader().read("what? " * 300, [(one, [(0, len(text))])])
        (found,) = reading.found
        assert found.span is None or 0 <= found.span[0] <= found.span[1] <= len(text)


@pytest.fixture(scope="module")
def other_reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A question-answering model as Hugging Face's tools save it, small and untrained."""
    from transformers import BertConfig, BertForQuestionAnswering, BertTokenizerFast

    folder = tmp_path_factory.mktemp("reader")
    source = packaged_model_folder()
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
    (reading,) = ReaderModel(folder).read("Where?", [given(*TALKS)])
    assert [found.span is not None for found in reading.found] == [True, True, True]
    # It has no heads for these: the best span says whether it answers, and nothing is a list.
    assert reading.answers == reading.best / 2
    assert (reading.items, reading.is_list < 0) == ((), True)


def test_the_readers_name_can_be_of_none(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model folder"):
        Models(tmp_path, threads=1).reader("./nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="holds no model"):
        Models(tmp_path, threads=1).reader(str(tmp_path / "empty"))
    with pytest.raises(ModelError, match="does not load"):
        ReaderModel(tmp_path / "empty").read("Where?", [given(*TALKS)])
