"""What the form of a question says of its answers beyond what the reader learnt from plain ones."""

from collections.abc import Sequence
from dataclasses import replace

from index.storage.snapshot import Snapshot
from index.text.words import content_stems, words_of
from retrieval import forms, question
from retrieval.compose import Judged
from retrieval.features import Query
from retrieval.introduced import introduction
from retrieval.rank import stems_in
from retrieval.speaker import named_in

# What a few words without a question find is likelier right than the reader, which learnt from
# questions, takes it for. Of 112 first questions as keywords, 64 were right without this and 81
# with it, 84 as full ones; asked of articles that do not say, 31, 35 to 38, and 34 were answered.
_KEYWORDS = 0.8  # logit(.25) - logit(.13)
# "Who is X?": a sentence that introduces X is mostly right, one that does not name X is not.
_NOT_INTRODUCED, _NOT_NAMED = 0.35, 0.2
# "What did X say?": words that the article puts into another mouth; below, it is not looked.
_OTHER_MOUTH, _LEAST_HEARD = -2.0, 0.1
# "Did they talk about TikTok?" is settled by no article that never names it.
_UNHEARD = -3.0


def adjusted(text: str, query: Query, ranked: Sequence[Judged], view: Snapshot) -> list[Judged]:
    """The sentences as they answer a question of this form; ``text`` is it as it was typed."""
    out = list(ranked)
    if forms.is_yes_no(query.text):  # the whole sentence settles it
        out = [replace(j, judgement=replace(j.judgement, span=None)) for j in out]
        if any(not any(map(view.is_known, name)) for name in query.names):
            out = [judged.moved(_UNHEARD, "unheard") for judged in out]
    if len(query.names) == 1 and (named := question.who_is(query.text)):
        name = frozenset(content_stems(named))
        if name and name <= query.names[0]:
            out = [presented(judged, name) for judged in out]
    if whose := forms.who_is_quoted(query.text):
        out = [spoken_by(frozenset(content_stems(whose)), judged) for judged in out]
    if forms.is_keywords(text):
        out = [judged.moved(_KEYWORDS, "keywords") for judged in out]
    return out


def spoken_by(name: frozenset[str], judged: Judged) -> Judged:
    """A sentence for "what did X say?": not one that the article puts into another mouth."""
    candidate = judged.candidate
    if judged.probability < _LEAST_HEARD or not name:
        return judged
    speaking = named_in(candidate.article, candidate.position)
    others = [words for words in speaking if not name & {*content_stems(words)}]
    in_other_mouth = len(others) == len(speaking) > 0 and all(map(is_capitalised, others))
    return judged.moved(_OTHER_MOUTH, "other_mouth") if in_other_mouth else judged


def is_capitalised(words: str) -> bool:
    """Whether a speaker is called by a name: not "a senior official", nor "He"."""
    return any(w.text[0].isupper() for w in words_of(words) if not w.is_stop)


def presented(judged: Judged, name: frozenset[str]) -> Judged:
    """A sentence for "who is X?": it answers where it introduces X, else at most by all it says."""
    span = introduction(judged.candidate.quote, name)
    chance = judged.probability
    if span:
        chance = 1 - (1 - chance) * _NOT_INTRODUCED
    elif not name <= stems_in(judged.candidate.article, judged.candidate.position):
        chance *= _NOT_NAMED
    return replace(judged, judgement=replace(judged.judgement, probability=chance, span=span))
