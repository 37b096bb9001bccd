"""A follow-up is asked of the article that answered last, where that article says it."""

from pathlib import Path

import pytest

from index import Corpus, Filters
from retrieval import Question, Turn
from retrieval.answer import Answer, Citation
from retrieval.compose import Judged
from retrieval.conversation import Reading
from retrieval.here import Here, asked_here, here, nearer
from retrieval.question import Place
from retrieval.rank import Candidate
from retrieval.reader import Judgement
from tests.corpora import StubEncoder, an_article, stub_corpus

BRIDGE = (
    "The mayor of Ostby opened a bridge on Tuesday.",
    "It cost 12 million crowns.",
    "Workers had waited four years for it.",
)
TUNNEL = ("A tunnel near Velm was closed on Friday.", "It cost 90 million crowns.")


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    made = stub_corpus(tmp_path)
    for article in (an_article("bridge", *BRIDGE), an_article("tunnel", *TUNNEL)):
        made.add([article])
    return made


def found(corpus: Corpus, *turns: Turn) -> tuple[str, Here] | None:
    with corpus.snapshot() as view:
        place = here(view, StubEncoder(), turns)
        return (view.head(place.version_id).id, place) if place else None


def test_a_turn_says_where_its_answer_stands(corpus: Corpus) -> None:
    at = len(BRIDGE[0]) + 1
    turn = Turn("what did it cost?", "12 million crowns", Place("bridge", at))
    article, place = found(corpus, turn) or pytest.fail("nothing found")
    assert (article, place.position, place.span) == ("bridge", 1, (8, 25))
    assert BRIDGE[1][slice(*place.span or ())] == "12 million crowns"


def test_an_answer_alone_is_found_by_its_words(corpus: Corpus) -> None:
    article, place = found(corpus, Turn("which tunnel was closed?", "Velm")) or pytest.fail("none")
    assert (article, place.position, place.span) == ("tunnel", 0, (14, 18))


def test_words_that_no_article_has_are_nowhere(corpus: Corpus) -> None:
    assert found(corpus, Turn("who sang?", "a choir of otters")) is None
    assert found(corpus, Turn("who sang?")) is None


def test_the_newest_turn_with_a_place_counts(corpus: Corpus) -> None:
    old = Turn("what did it cost?", "90 million crowns", Place("tunnel", len(TUNNEL[0]) + 1))
    new = Turn("who opened it?", "The mayor of Ostby", Place("bridge", 0))
    unanswered = Turn("who sang?")
    assert (found(corpus, old, new) or ("",))[0] == "bridge"
    assert (found(corpus, new, old, unanswered) or ("",))[0] == "tunnel"
    assert found(corpus, new, unanswered, unanswered, unanswered) is None  # too long ago


def test_an_article_that_was_removed_is_passed_over(corpus: Corpus) -> None:
    old = Turn("who opened it?", "The mayor of Ostby", Place("bridge", 0))
    new = Turn("when?", "Friday", Place("tunnel", 0))
    corpus.remove(["tunnel"])
    assert (found(corpus, old, new) or ("",))[0] == "bridge"


@pytest.mark.parametrize(
    ("text", "meant", "asked"),
    [
        ("how much did it cost?", Reading("how much did the bridge cost?", 1.0), "it"),
        ("when?", Reading("When did the mayor open the bridge?", 1.0), "mayor"),
        ("what did she open?", Reading("what did Anna Berg open?", 1.0), "Anna Berg"),
        ("what did she open?", Reading("what did she open (Ostby)?", 1.0), "she"),
        ("what did she open in Velm?", Reading("what did Anna Berg open in Velm?", 0.5), "she"),
    ],
)
def test_persons_are_named_and_too_few_words_filled(text: str, meant: Reading, asked: str) -> None:
    form = asked_here(text, meant)
    assert asked in form.replace("?", "").split() or f" {asked} " in form
    assert form in (text, meant.text)


def judged(corpus: Corpus, article: str, position: int, probability: float) -> Judged:
    with corpus.snapshot() as view:
        version = view.find(article).version_id
        stored = view.article_of(version)
    return Judged(Candidate(version, position, stored, 0.5, 0.0), Judgement(probability, None, {}))


def test_that_article_counts_for_more_and_most_where_the_question_leans_on_it(
    corpus: Corpus,
) -> None:
    near, far = judged(corpus, "bridge", 1, 0.4), judged(corpus, "tunnel", 1, 0.5)
    version = near.candidate.version_id

    def chances(leans: float) -> tuple[float, float]:
        out = nearer([far, near], [near], version, leans)
        assert len(out) == 2  # a sentence that was found twice is one
        by = {j.candidate.version_id: j.probability for j in out}
        return by.pop(version), by.popitem()[1]

    here_alone, elsewhere = chances(0.0)
    here_leaning, _ = chances(1.0)
    assert elsewhere == 0.5
    assert 0.4 < here_alone < here_leaning < 1
    assert here_leaning > elsewhere
    best = nearer([near], [judged(corpus, "bridge", 1, 0.7)], version, 0.0)
    assert best[0].probability > 0.7


def test_a_turn_is_made_of_what_an_answer_shows_first() -> None:
    shown = Citation(
        n=1, role="answer", quote=BRIDGE[1], answer_start=8, answer_end=25, article_id="bridge",
        title="A bridge", start=47, end=73, text_sha256="0" * 64,
    )  # fmt: skip
    answer = Answer(
        corpus_version="1",
        question="and what did it cost?",
        standalone_question="what did the bridge cost?",
        status="answered",
        answer="12 million crowns",
        score=0.9,
        citations=(shown,),
    )
    assert answer.as_turn() == Turn(answer.question, answer.answer, Place("bridge", 47))
    unknown = answer.model_copy(update={"answer": None, "citations": (), "closest": ()})
    assert unknown.as_turn() == Turn(answer.question, None, None)


def test_filters_keep_the_last_article_out(corpus: Corpus) -> None:
    from retrieval import Engine

    turn = Turn("who opened the bridge?", "The mayor of Ostby", Place("bridge", 0))
    asked = Question("what did it cost?", (turn,), Filters(article="tunnel"))
    quotes = {j.candidate.article.id for j in Engine(corpus).weigh(asked)}
    assert quotes == {"tunnel"}
