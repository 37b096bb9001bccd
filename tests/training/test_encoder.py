"""Training the encoder: what a question is drawn toward, and what it is kept away from."""

import random
from dataclasses import replace
from pathlib import Path

import torch

from index.models.registry import ModelManifest, packaged_model_folder
from tests.corpora import StubEncoder
from training import encoder, news_qa
from training.encoder import Asked, Line

TEXT = "The ministers met in New York. New York was calm. They had met in Rome before."
ARTICLE = news_qa.article_of({"id": "a", "title": "Talks", "published": "2023-09-18", "text": TEXT})
OTHER = news_qa.article_of(
    {"id": "b", "title": "Storm", "published": "2023-09-18", "text": "It hit New York. Ten died."}
)
QUESTION = news_qa.NewsQuestion(
    ARTICLE, "answer", "Where did they meet?", ((21, 29),), (), "Where did they meet?", None
)
STORM = news_qa.NewsQuestion(OTHER, "answer", "How many died?", ((17, 20),), (), "Who died?", None)


def test_a_sentence_answers_that_holds_the_answer() -> None:
    (line,) = encoder.answering(QUESTION)
    assert line.text == "The ministers met in New York."
    assert encoder.answering(replace(QUESTION, spans=())) == ()


def test_what_says_the_answer_in_the_same_article_is_not_kept_away_from() -> None:
    one = Asked(QUESTION, encoder.answering(QUESTION), ())
    lines = [Line(ARTICLE, 0), Line(ARTICLE, 1), Line(ARTICLE, 2), Line(OTHER, 0)]
    assert [one.is_answered_by(line) for line in lines] == [True, True, False, False]


def test_what_looks_like_answering_does_not_say_the_answer() -> None:
    unanswered = replace(QUESTION, spans=())
    ready = encoder.asked([QUESTION, STORM, unanswered], StubEncoder())
    assert [one.question for one in ready] == [QUESTION, STORM]
    assert {line.text for line in ready[0].wrong} == {"They had met in Rome before.", "Ten died."}


def test_training_draws_a_question_toward_its_answer(tmp_path: Path) -> None:
    ready = encoder.asked([QUESTION, STORM], StubEncoder())
    trained = encoder.Trained(packaged_model_folder())
    trained.model.eval()  # without dropout, which hangs on chance
    with torch.no_grad():
        before = float(trained.loss(ready, random.Random(2)))
    weights = encoder.train(trained, ready, steps=4, size=2, highest_rate=5e-5, seed=2)
    trained.model.load_state_dict(weights, strict=False)
    with torch.no_grad():
        assert float(trained.loss(ready, random.Random(2))) < before
    encoder.write(weights, packaged_model_folder(), tmp_path)
    made = ModelManifest.model_validate_json((tmp_path / "converted/manifest.json").read_bytes())
    assert made.config.title_share == encoder.TITLE_SHARE
