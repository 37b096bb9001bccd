"""Articles in: reading, segmenting, encoding, storing; and states of the corpus to ask."""

from index.errors import (
    CorpusBusy,
    CorpusDamaged,
    CorpusError,
    DatelineError,
    EmptyCorpus,
    FormatMismatch,
    InputError,
    ModelError,
    NoSuchArticle,
)
from index.home import Home
from index.models.registry import ModelChoice
from index.reading.accept import accept
from index.storage.base import Corpus
from index.storage.heads import ArticleHead
from index.storage.report import AddReport, Damage, Outcome
from index.storage.view import Hit, Snapshot
from index.types import (
    Article,
    ArticleInput,
    Filters,
    Incoming,
    Item,
    Published,
    RefusedArticle,
    Sentence,
    SentenceKind,
)

__all__ = [
    "AddReport", "Article", "ArticleHead", "ArticleInput", "Corpus", "CorpusBusy",
    "CorpusDamaged", "CorpusError", "Damage", "DatelineError", "EmptyCorpus", "Filters",
    "FormatMismatch", "Hit", "Home", "Incoming", "InputError", "Item", "ModelChoice",
    "ModelError", "NoSuchArticle", "Outcome", "Published", "RefusedArticle", "Sentence",
    "SentenceKind", "Snapshot", "accept",
]  # fmt: skip
