"""What a question takes from the ones before it: their words, and the article it is likely from.

The turns before a question go along with it in their own words. The reader is trained on questions
in this form and takes from it what it needs; ranking asks both ways, as typed and with the last and
the first turn. That put more follow-ups right than rules about what "he" and "there" mean: of the
64 in tests/data/conversations.jsonl 58, not 51.
"""

from collections.abc import Sequence

from index.errors import NoSuchArticle
from index.models.encoder import Encoder
from index.storage.view import Snapshot
from retrieval.question import Turn
from retrieval.ranking.candidates import candidates

_TURNS = 3  # further back nobody looks
_QUESTION_WORDS = 48
_ANSWER_WORDS = 20
_FOUND = 5  # sentences in which the words of an answer are looked for
_WITH = " (with: "


def asked(question: str, history: Sequence[Turn] = ()) -> str:
    """The question and the turns before it, newest first: ``where? | who met Han Zheng? Blinken``.

    This is what the reader reads.
    """
    parts = [_short(question, _QUESTION_WORDS), *map(told, history[: -_TURNS - 1 : -1])]
    return " | ".join(parts)


def ways_to_ask(question: str, history: Sequence[Turn]) -> list[str]:
    """What to search for: the question as typed and, after another one, with what it carries."""
    return [question, " ".join([question, *_carried(history)])] if history else [question]


def shown(question: str, history: Sequence[Turn]) -> str:
    """The question with what it carries, for people: ``how old is he? (with: who …? – Ron)``."""
    return f"{question}{_WITH}{'; '.join(_carried(history, ' – '))})" if history else question


def from_shown(text: str) -> tuple[str, str]:
    """The question of what was ``shown``, and what it carried; empty where that is nothing."""
    question, _, carried = text.partition(_WITH)
    return question, carried.removesuffix(")")


def _carried(history: Sequence[Turn], between: str = " ") -> list[str]:
    """The last turn and the first, which names the subject where the last only says "it"."""
    return list(dict.fromkeys(told(turn, between) for turn in (history[-1], history[0])))


def told(turn: Turn, between: str = " ") -> str:
    """A turn in one line, without an answer that is a sentence of a digest."""
    question, answer = _short(turn.question, _QUESTION_WORDS), (turn.answer or "").split()
    is_short = 0 < len(answer) <= _ANSWER_WORDS
    return f"{question}{between}{' '.join(answer)}" if is_short else question


def _short(text: str, words: int) -> str:
    return " ".join(text.split()[:words])


def focus_of(view: Snapshot, encoder: Encoder, turns: Sequence[Turn]) -> int | None:
    """The version that the newest answer is from: as its turn says, or found by its words."""
    for turn in turns[: -_TURNS - 1 : -1]:
        if turn.article_id:
            try:
                return view.find(turn.article_id).version_id
            except NoSuchArticle:
                continue  # it was removed since
        if turn.answer:
            for candidate in candidates(view, encoder, [told(turn)], None, _FOUND):
                if turn.answer in candidate.quote:
                    return candidate.version_id
    return None
