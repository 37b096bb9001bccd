"""Where a conversation is: the article that gave the last answer, which the next is likely from."""

from collections.abc import Sequence

from index.errors import NoSuchArticle
from index.models.encoder import Encoder
from index.storage.view import Snapshot
from retrieval.conversation.carry import told
from retrieval.question import Turn
from retrieval.ranking.candidates import candidates

_TURNS = 3  # further back nobody looks
_FOUND = 5  # sentences in which the words of an answer are looked for


def focus_of(view: Snapshot, encoder: Encoder, turns: Sequence[Turn]) -> int | None:
    """The version that the newest answer is from: as its turn says, or found by its words."""
    for turn in turns[: -_TURNS - 1 : -1]:
        if turn.place:
            try:
                return view.find(turn.place.article_id).version_id
            except NoSuchArticle:
                continue  # it was removed since
        if turn.answer:
            for candidate in candidates(view, encoder, [told(turn)], None, _FOUND):
                if turn.answer in candidate.quote:
                    return candidate.version_id
    return None
