"""Articles in: reading, segmenting, encoding, storing; and states of the corpus to ask."""

from index.corpus import AddReport, Corpus, ModelChoice, Outcome
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
    RefusedArticle,
)
from index.home import Home
from index.snapshot import ArticleHead, Hit, Snapshot
from index.types import Article, ArticleInput, Filters, Incoming, Published, Sentence, SentenceKind
from index.verify import Damage

__all__ = [
    "AddReport",
    "Article",
    "ArticleHead",
    "ArticleInput",
    "Corpus",
    "CorpusBusy",
    "CorpusDamaged",
    "CorpusError",
    "Damage",
    "DatelineError",
    "EmptyCorpus",
    "Filters",
    "FormatMismatch",
    "Hit",
    "Home",
    "Incoming",
    "InputError",
    "ModelChoice",
    "ModelError",
    "NoSuchArticle",
    "Outcome",
    "Published",
    "RefusedArticle",
    "Sentence",
    "SentenceKind",
    "Snapshot",
]
