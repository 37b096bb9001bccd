"""One answer of several: corpora that were asked the same may agree, or answer otherwise."""

from collections.abc import Sequence

from retrieval.answer import Answer
from retrieval.answering import notes
from retrieval.types import agree


def merged(answers: Sequence[Answer]) -> Answer:
    """The surest answer, with the others cited beside it."""
    order = sorted(answers, key=lambda one: (one.status == "answered", one.score), reverse=True)
    best, *others = order
    if best.status != "answered":
        missing = [word for word in best.missing if all(word in one.missing for one in others)]
        return best.model_copy(update={"missing": tuple(missing)})
    cited = list(best.citations)
    for other in others:
        lead = next(iter(other.citations), None)
        known = {(one.text_sha256, one.start) for one in cited}
        if lead and other.status == "answered" and (lead.text_sha256, lead.start) not in known:
            alike = agree(best.answer or "", other.answer or "")
            words = {"answer_start": None, "answer_end": None} if alike else {}
            role = "support" if alike else "differs"
            cited.append(lead.model_copy(update={"n": len(cited) + 1, "role": role, **words}))
    if len(cited) == len(best.citations):
        return best
    own = [note for note in best.notes if note.kind not in ("agreement", "difference")]
    told = (*own, *notes.agreement(cited), *notes.others(cited))
    return best.model_copy(update={"citations": tuple(cited), "notes": told})
