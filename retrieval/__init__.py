"""A question in, an answer out: ranking, judging, composing, citing, abstaining."""

from retrieval.answer import Answer, Citation, Note, RankedSentence
from retrieval.api import Conversation, Dateline
from retrieval.engine import Engine
from retrieval.question import Question, Turn
from retrieval.reader.judge import SpanReader
from retrieval.reader.model import open_reader

__all__ = [
    "Answer",
    "Citation",
    "Conversation",
    "Dateline",
    "Engine",
    "Note",
    "Question",
    "RankedSentence",
    "SpanReader",
    "Turn",
    "open_reader",
]
