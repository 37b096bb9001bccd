"""One answer of two: a server's own articles and the shared ones are asked, and may disagree."""

import datetime as dt
from collections.abc import Sequence

from retrieval import remarks
from retrieval.agree import Relation, Said, compare
from retrieval.answer import Answer, Citation
from retrieval.question import answer_type

# Of the better answer's score: what is to be told beside it, and what may stand in front of it
# when it is newer; both as among the sentences of one corpus (retrieval/compose.py).
_NEARLY, _AS_LIKELY = 0.6, 0.8


def together(answers: Sequence[Answer]) -> Answer:
    """Return the surest answer, and beside it what the others say to the same question."""
    order = sorted(answers, key=lambda one: (one.status == "answered", one.score), reverse=True)
    best, *others = order
    if best.status != "answered":
        missing = tuple(w for w in best.missing if all(w in one.missing for one in answers))
        return best.model_copy(update={"missing": missing})
    for other in others:
        best = beside(best, other)
    return best


def beside(best: Answer, other: Answer) -> Answer:
    """Return an answer that cites the other one, where that says the same or otherwise."""
    if other.status != "answered" or other.score < _NEARLY * best.score:
        return best
    one, two = said(best), said(other)
    if one is None or two is None:
        return best
    question = best.standalone_question
    how = compare(question, answer_type(question), one, two)
    newer = one.published and two.published and two.published > one.published
    if how is Relation.DIFFERS and newer and other.score >= _AS_LIKELY * best.score:
        best, other = other, best
    lead, n = other.citations[0], len(best.citations) + 1
    if how is Relation.UNRELATED or any(same(lead, cited) for cited in best.citations):
        return best
    further: dict[str, object] = {"n": n, "role": "differs"}
    if how is Relation.SAME:
        further = {"n": n, "role": "support", "answer_start": None, "answer_end": None}
    cited = (*best.citations, lead.model_copy(update=further))
    notes = [note for note in best.notes if note.kind not in ("agreement", "difference")]
    agreeing = {c.article_id for c in cited if c.role == "support"} | {cited[0].article_id}
    notes += [*remarks.agreement(len(agreeing)), *remarks.difference(cited)]
    return best.model_copy(update={"citations": cited, "notes": tuple(notes)})


def said(answer: Answer) -> Said | None:
    """Return what an answer says first; None where its words are not told apart."""
    lead = next(iter(answer.citations), None)
    if lead is None or lead.answer_start is None or lead.answer_end is None:
        return None
    day = dt.date.fromisoformat(lead.published) if lead.published else None
    return Said(lead.quote, (lead.answer_start, lead.answer_end), day)


def same(one: Citation, other: Citation) -> bool:
    """Whether two quotes are the same words of the same text."""
    return (one.text_sha256, one.start) == (other.text_sha256, other.start)
