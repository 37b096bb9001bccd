"""Training: what is drawn, what a batch says of it, and that what is exported runs the same."""

import gzip
import json
import random
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from index.models.convert import convert_reader
from index.models.registry import packaged_model_folder
from index.types import Span
from retrieval.question import Turn
from retrieval.reader.model import SHIPPED, ReaderModel
from retrieval.reader.passages import passage
from training import export, model, news_qa, quiz, shipped
from training.batches import batches, encode, label, tags
from training.data import SOURCES, Example
from training.near_misses import Pools, other_question
from training.news_qa import NewsQuestion

QUESTION = "Where did the ministers meet?"
TEXT = "The ministers met in New York on Monday. They will meet again in spring."
ARTICLE = news_qa.article_of(
    {
        "id": "a",
        "title": "Ministers meet",
        "published": "2023-09-18",
        "text": "\n".join(
            [
                "Ministers meet",
                TEXT,
                *(f"Room {n} of the house by the river stood empty all day." for n in range(30)),
                "Anna Berg, Li Wei and Eva Lund came.",
            ]
        ),
    }
)


def asked(kind: str, text: str, *answers: str, near: str = "") -> NewsQuestion:
    def place(words: str) -> Span:
        return (at := ARTICLE.text.index(words)), at + len(words)

    spans = tuple(place(words) for words in answers)
    return NewsQuestion(ARTICLE, kind, text, spans, (), text, place(near) if near else None)


QUESTIONS = [
    asked("plain", QUESTION, "New York"),
    asked("list", "Who came?", "Anna Berg", "Li Wei", "Eva Lund"),
    asked("none", "Where did the ministers meet in May?", near="New York"),
    asked("none", "Who paid for it?"),
]


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(packaged_model_folder() / "tokenizer.json"))


@pytest.fixture(scope="module")
def drawn() -> list[Example]:
    return [example for seed in range(8) for example in news_qa.drawn(QUESTIONS, seed)]


def test_the_same_seed_draws_the_same_and_another_others(drawn: list[Example]) -> None:
    again = [example for seed in range(8) for example in news_qa.drawn(QUESTIONS, seed)]
    assert again == drawn
    assert news_qa.drawn(QUESTIONS, 1) != news_qa.drawn(QUESTIONS, 2)


def test_what_is_marked_are_the_words_that_answer(drawn: list[Example]) -> None:
    plain = [example for example in drawn if example.source == "plain"]
    assert {example.passage[slice(*example.span)] for example in plain if example.span} == {
        "New York"
    }
    lists = [example for example in drawn if example.source == "list"]
    assert all(example.is_list for example in lists)
    for example in lists:
        items = [example.passage[start:end] for start, end in example.items]
        assert items == ["Anna Berg", "Li Wei", "Eva Lund"]


def test_what_does_not_answer_has_no_span(drawn: list[Example]) -> None:
    kinds = {example.source: example for example in drawn if not example.answers}
    assert {"trap", "same article"} <= kinds.keys()
    assert all(example.span is None for example in kinds.values())
    assert all(
        "New York" not in example.passage[example.head :]
        for example in drawn
        if example.source == "same article"
        and "meet" in example.question.lower()
        and "in may" not in example.question.lower()
    )


def test_a_passage_is_headed_as_the_program_heads_it(drawn: list[Example]) -> None:
    headed = [example for example in drawn if example.head]
    assert {example.passage[: example.head] for example in headed} == {
        "Ministers meet (18 September 2023)\n",
        "Ministers meet\n",
    }


def test_a_question_carries_turns_in_the_programs_form() -> None:
    turns = [Turn("who came?", "Anna Berg")]
    typed = {news_qa.asked(QUESTIONS[0], random.Random(n), turns) for n in range(200)}
    assert any(text.endswith(" | who came? Anna Berg") for text in typed)


def test_a_batch_labels_the_tokens_of_the_answer(tokenizer: Tokenizer) -> None:
    span = (TEXT.index("New York"), TEXT.index("New York") + len("New York"))
    example = Example(QUESTION, f"Title\n{TEXT}", (span[0] + 6, span[1] + 6), "made up", head=6)
    (encoding,) = encode(tokenizer, [example])
    place = label(example, encoding)
    assert place is not None
    assert encoding.tokens[place[0] : place[1] + 1] == ["new", "york"]
    told = dict(zip(encoding.tokens, tags(example, encoding), strict=True))
    assert (told["new"], told["york"], told["monday"]) == (1.0, 1.0, 0.0)
    assert told["title"] == told["where"] == told["[SEP]"] == -1.0


def test_all_examples_are_in_batches_of_bounded_size(
    tokenizer: Tokenizer, drawn: list[Example]
) -> None:
    made = batches(tokenizer, drawn, 1, 2048)
    assert sum(len(batch.ids) for batch in made) == len(drawn)
    assert all(batch.ids.numel() <= 2048 for batch in made)
    assert torch.equal(made[0].ids, batches(tokenizer, drawn, 1, 2048)[0].ids)


def test_a_near_miss_asks_for_something_that_the_passage_does_not_say() -> None:
    pools = Pools.of(
        [QUESTION, "Who did Anna Keller see in Rome?", "When did Bob Ray land in 1990?"]
    )
    read = "Anna Keller saw Bob Ray in Rome in 1990."
    for seed in range(20):
        changed = other_question(
            "Who did Anna Keller see in Rome?", read, pools, random.Random(seed)
        )
        assert changed != "Who did Anna Keller see in Rome?"


def test_what_is_exported_reads_as_what_was_trained(
    start: Path, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    trained = model.ReaderModel(start).eval()
    export.to_folder(trained.state_dict(), start, tmp_path / "model")
    convert_reader(tmp_path / "model", tmp_path / "made", "float32")
    (encoding,) = encode(tokenizer, [Example(QUESTION, TEXT, None, "made up")])
    with torch.no_grad():
        (logits,) = trained(
            *(torch.tensor([x]) for x in (encoding.ids, encoding.type_ids, encoding.attention_mask))
        )
    sentences = [(0, 40), (41, len(TEXT))]
    whole = passage(TEXT, sentences, range(2), "")
    (reading,) = ReaderModel(tmp_path / "made").read(QUESTION, [(whole, sentences)])
    ours = [reading.answers, reading.is_list]
    np.testing.assert_allclose(ours, logits[0, [model.ANSWERS, model.LIST]], atol=1e-3)
    inside = [n for n, kind in enumerate(encoding.type_ids) if kind and n < len(logits) - 1]
    nothing = logits[0, model.START] + logits[0, model.END]
    best = max(
        float(logits[a, model.START] + logits[b, model.END] - nothing)
        for n, a in enumerate(inside)
        for b in inside[n:]
        if encoding.offsets[b][1] <= 40 or encoding.offsets[a][0] > 40
    )
    np.testing.assert_allclose(reading.best, best, atol=1e-3)


def test_every_source_is_named_with_its_licence_in_the_card() -> None:
    card = (SHIPPED / "README.md").read_text("utf-8").lower()
    for source in SOURCES:
        assert source.licence.lower() in card
    for name in ("squadshifts", "qamr", "fairytaleqa", "policyqa", "covid-qa", "qed", "trec-qa"):
        assert name in card


def test_the_mean_of_two_readers_lies_between_them() -> None:
    one, other = {"a": torch.tensor([1.0, 2.0])}, {"a": torch.tensor([3.0, 0.0])}
    assert export.mean(one, other, 0.5)["a"].tolist() == [2.0, 1.0]


def test_the_shipped_weights_are_read_back(start: Path, tmp_path: Path) -> None:
    """What goes on from them reads as they do, but for what int8 rounds off."""
    trained = model.ReaderModel(start).eval()
    with torch.no_grad():
        for tensor in trained.parameters():
            tensor.add_(0.05 * torch.randn_like(tensor))
    export.to_folder(trained.state_dict(), start, tmp_path / "hf")
    convert_reader(tmp_path / "hf", tmp_path / "converted", "int8")
    back = shipped.weights(tmp_path / "converted")
    for name, tensor in trained.state_dict().items():
        assert (back[name] - tensor).abs().max() <= 0.02 * tensor.abs().max(), name


def test_further_questions_are_over_as_much_of_their_articles_as_was_read(tmp_path: Path) -> None:
    row = {"article": "https://news.example/a", "characters": len(TEXT), "kind": "answer"}
    row |= {"question": QUESTION, "answers": [{"text": "New York", "start": TEXT.index("New")}]}
    article = {"url": row["article"], "title": "Ministers meet", "published": "2023/09/18"}
    (tmp_path / "news-quiz").mkdir()
    for path, line in (
        (tmp_path / "more.jsonl.gz", row),
        (tmp_path / "news-quiz" / "articles.jsonl.gz", article | {"text": f"{TEXT} And more."}),
    ):
        path.write_bytes(gzip.compress(json.dumps(line).encode()))

    (question,) = news_qa.more(tmp_path, tmp_path / "more.jsonl.gz")

    assert question.article.text == TEXT
    assert TEXT[slice(*question.spans[0])] == "New York"


@pytest.mark.parametrize("file", [news_qa.MORE, news_qa.MORE_HELD_OUT, quiz.WRITTEN])
def test_every_further_question_points_into_what_was_read_of_its_article(file: Path) -> None:
    for row in news_qa.rows(file):
        marked = [*row["answers"], *([row["near"]] if "near" in row else ())]
        assert marked or row["kind"] in ("conversation", "none"), row
        assert all(
            0 <= m["start"] < m["start"] + len(m["text"]) <= row["characters"] for m in marked
        )
        assert not (row["answers"] and "near" in row), row
        assert (row["kind"] == "conversation") == ("history" in row), row


def test_what_is_held_out_is_over_other_articles_than_what_is_trained_on() -> None:
    trained, of_quiz, held = (
        {row["article"] for row in news_qa.rows(file)}
        for file in (news_qa.MORE, quiz.WRITTEN, news_qa.MORE_HELD_OUT)
    )
    assert held
    assert not (trained | of_quiz) & held
