"""One answer of several corpora."""

from retrieval.answer import Answer, Citation
from retrieval.answering.merge import merged


def answer(words: str, sentence: str, day: str, score: float = 0.8) -> Answer:
    """What one corpus answers."""
    at = sentence.index(words)
    cited = Citation(
        n=1,
        role="answer",
        quote=sentence,
        answer_start=at,
        answer_end=at + len(words),
        article_id=day,
        title="Flood",
        published=day,
        start=0,
        end=len(sentence),
        text_sha256=day,
    )
    question = "How many people were killed in Derna?"
    return Answer(
        corpus_version="1",
        question=question,
        standalone_question=question,
        status="answered",
        answer=words,
        score=score,
        citations=(cited,),
    )


def test_what_two_corpora_say_is_told_together() -> None:
    sure = answer("57", "The flood killed 57 people in Derna.", "2023-09-12", 0.82)
    other = answer("41", "The flood killed 41 people in Derna.", "2023-09-11", 0.8)
    differ = merged([other, sure])
    assert differ.answer == "57"
    assert [(c.n, c.role, c.article_id) for c in differ.citations] == [
        (1, "answer", "2023-09-12"),
        (2, "differs", "2023-09-11"),
    ]
    assert [note.text for note in differ.notes] == ["Other articles say: “41” (2023-09-11) [2]."]
    again = answer("57 people", "In Derna 57 people were killed.", "2023-09-13", 0.7)
    agree = merged([sure, again])
    assert [c.role for c in agree.citations] == ["answer", "support"]
    assert [note.text for note in agree.notes] == ["2 articles say so."]


def test_what_is_less_sure_is_told_and_what_is_cited_already_is_not() -> None:
    sure = answer("57", "The flood killed 57 people in Derna.", "2023-09-12")
    unsure = answer("41", "The flood killed 41 people in Derna.", "2023-09-11", 0.3)
    assert [c.role for c in merged([unsure, sure]).citations] == ["answer", "differs"]
    nothing = unsure.model_copy(update={"status": "not_found"})
    assert merged([nothing, sure]) == sure
    assert merged([sure, sure]) == sure  # one article in both


def test_where_neither_answers_only_what_both_lack_is_missing() -> None:
    said = answer("57", "The flood killed 57 people in Derna.", "2023-09-12", 0.1)
    nothing = {"status": "not_found", "answer": None, "citations": ()}
    one = said.model_copy(update={**nothing, "missing": ("Derna", "flood")})
    other = said.model_copy(update={**nothing, "missing": ("flood",)})
    assert merged([one, other]).missing == ("flood",)
