"""The reader's model: the span of a passage that answers a question best, and whether it does.

Runs a question-answering transformer on CTranslate2 that ``index.models.convert`` converted;
decoding follows Devlin et al. (2019), "BERT", section 4.3: of all spans the one with the highest
start plus end logit, measured against the first token's, which stands for "no answer here".
"""

import json
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

from index.disk import sha256_of_file
from index.errors import ModelError
from index.text.words import words_of
from retrieval.aliases import worded_as

Floats = npt.NDArray[np.float32]
Span = tuple[int, int]

SHIPPED = Path(__file__).parent / "model"
MAX_TOKENS = 448  # the longest sentence that segmentation makes fits, with the longest question
LONGEST_SPAN = 40  # tokens
# Logits beyond these tell nothing more; because of them what is unread can be known to have lost.
HIGHEST = {"margin": 12.0, "answers": 6.0, "beaten": 0.0}
NO_SPAN = -20.0  # the margin of a sentence without a word
_QUESTION_WORDS = 48


@dataclass(frozen=True, slots=True)
class Passage:
    """A text and its sentences, as offsets into it."""

    text: str
    sentences: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the model makes of one sentence of a passage.

    ``span`` are offsets into the passage. ``margin`` is the logit by which the span beats "no
    answer here", ``best`` the highest of the passage, and ``answers`` the passage's logit of
    holding an answer at all.
    """

    span: Span | None
    margin: float
    best: float
    answers: float

    @property
    def score(self) -> float:
        """One number that compares across passages: the higher, the likelier it answers."""
        return (self.margin / 2 + self.answers) / 2

    def features(self) -> dict[str, float]:
        """Its logits as features, within what tells; ``beaten`` by the passage's best sentence."""
        return {
            "margin": clipped(self.margin, HIGHEST["margin"]),
            "answers": clipped(self.answers, HIGHEST["answers"]),
            "beaten": clipped(self.margin - self.best, HIGHEST["margin"]),
        }

    def moved(self, by: int) -> "Reading":
        """The same with the span counted from elsewhere."""
        span = self.span and (self.span[0] + by, self.span[1] + by)
        return Reading(span, self.margin, self.best, self.answers)


class Calibration(BaseModel):
    """Logistic weights over the features of ranking and reading, fitted for one model."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    weights: dict[str, float]
    bias: float
    threshold: float

    def logit(self, features: Mapping[str, float]) -> float:
        """The logit of the chance that the sentence is right; features not given count nothing."""
        return self.bias + sum(self.weights[name] * value for name, value in features.items())

    @property
    def most_gain(self) -> float:
        """The most that reading can add to what ranking gives a sentence."""
        return sum(max(0.0, self.weights[name]) * most for name, most in HIGHEST.items())


class ReaderModel:
    """A converted model, loaded at the first reading; safe to share between threads."""

    def __init__(self, folder: Path = SHIPPED, threads: int = 2) -> None:
        self._folder = folder
        self._threads = threads
        self._loading = threading.Lock()

    def read(self, question: str, passages: Sequence[Passage]) -> list[list[Reading]]:
        """For each passage one reading a sentence, of the question in the passage's names.

        Passages are run one at a time, so that a reading is bit for bit the same alone.
        """
        with self._loading:
            run = self._run
        question = " ".join(question.split()[:_QUESTION_WORDS])
        if len(passages) == 1:
            return [run.read(question, passages[0])]
        return list(run.pool.map(lambda passage: run.read(question, passage), passages))

    @cached_property
    def calibration(self) -> Calibration:
        """What its logits are worth beside the ranking's features."""
        path = self._folder / "calibration.json"
        # A reader that nobody calibrated gets the weights of the shipped one.
        path = path if path.is_file() else SHIPPED / "calibration.json"
        return Calibration.model_validate_json(path.read_bytes())

    @cached_property
    def _run(self) -> "_Loaded":
        try:
            return _Loaded(self._folder, self._threads)
        except (OSError, RuntimeError, ValueError, KeyError) as error:
            raise ModelError(f"the reader in {self._folder} does not load: {error}") from error


# What was not read counts as the worst.
UNREAD = Reading(None, NO_SPAN, 0.0, NO_SPAN)


def clipped(value: float, most: float) -> float:
    """A value within plus and minus ``most``."""
    return max(-most, min(most, value))


@lru_cache(maxsize=2)
def open_reader(folder: Path | None = None, threads: int = 2) -> ReaderModel:
    """The model in a folder, or the one that comes with the program; each once a process."""
    return ReaderModel(folder or SHIPPED, threads)


def damaged_files(folder: Path = SHIPPED) -> list[str]:
    """The files of a shipped reader that are missing or not what its manifest says."""
    files = json.loads((folder / "manifest.json").read_text("utf-8"))["files"]
    return [
        name
        for name, sha256 in files.items()
        if not (folder / name).is_file() or sha256_of_file(folder / name) != sha256
    ]


class _Loaded:
    def __init__(self, folder: Path, threads: int) -> None:
        import ctranslate2
        from tokenizers import Tokenizer

        with np.load(folder / "heads.npz") as heads:
            self._weight, self._bias = heads["weight"].T, heads["bias"]
        self._model = ctranslate2.Encoder(str(folder), inter_threads=threads, intra_threads=1)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS, strategy="only_second")
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="reader")

    def read(self, question: str, passage: Passage) -> list[Reading]:
        question = worded_as(question, passage.text)
        encoding = self._tokenizer.encode(question, passage.text)
        logits = self._forward(encoding.ids, encoding.type_ids)
        nothing = float(logits[0, 0] + logits[0, 1])
        inside = np.array([kind == 1 for kind in encoding.sequence_ids])
        places = np.flatnonzero(inside)
        offsets = np.array(encoding.offsets)[places]
        scores = logits[places, :2]
        words = np.array(encoding.word_ids, dtype=object)[places]
        found: list[tuple[Span | None, float]] = []
        for start, end in passage.sentences:
            own = np.flatnonzero((offsets[:, 0] >= start) & (offsets[:, 1] <= end))
            best = best_span(scores[own], words[own]) if len(own) else None
            if best is None:
                found.append((None, NO_SPAN))
                continue
            first, last, score = best
            span = tidy(passage.text, int(offsets[own[first], 0]), int(offsets[own[last], 1]))
            found.append((span, score - nothing))
        highest = max(margin for _, margin in found)
        # A model without an answerability head says it by the best span alone.
        answers = float(logits[0, 2]) if logits.shape[1] > 2 else highest / 2
        return [Reading(span, margin, highest, answers) for span, margin in found]

    def _forward(self, ids: Sequence[int], types: Sequence[int]) -> Floats:
        import ctranslate2

        view = ctranslate2.StorageView.from_array
        output = self._model.forward_batch(
            view(np.array([ids], dtype=np.int32)),
            view(np.array([len(ids)], dtype=np.int32)),
            [list(types)],
        )
        hidden = np.array(output.last_hidden_state)[0]
        return np.asarray(hidden @ self._weight + self._bias, dtype=np.float32)


def best_span(scores: Floats, words: npt.NDArray[np.object_]) -> tuple[int, int, float] | None:
    """The first and last token of the best span in whole words, and its score.

    ``scores`` (tokens, 2) are start and end logits; ``words`` which word each token belongs to.
    """
    begins = np.array([n == 0 or words[n] != words[n - 1] for n in range(len(words))])
    finishes = np.append(begins[1:], True)
    start = np.where(begins, scores[:, 0], -np.inf)
    end = np.where(finishes, scores[:, 1], -np.inf)
    table = start[:, None] + end[None, :]
    reach = np.subtract.outer(np.arange(len(words)), np.arange(len(words)))
    table[(reach > 0) | (reach <= -LONGEST_SPAN)] = -np.inf
    best = int(np.argmax(table))
    first, last = divmod(best, len(words))
    score = float(table[first, last])
    return (first, last, score) if np.isfinite(score) else None


def tidy(text: str, start: int, end: int) -> Span:
    """A span that cuts no number or abbreviation, and has both of its quotation marks or none."""
    for word in words_of(text, max(0, start - 40), min(len(text), end + 40)):
        if word.start < start < word.end:
            start = word.start
        if word.start < end < word.end and text[end] not in "'’":
            end = word.end
    for opening, closing in ("“”", '""', "()", "[]"):
        inside = text[start:end]
        if inside.startswith(opening) and closing not in inside[1:]:
            start += 1
        elif inside.endswith(closing) and opening not in inside[:-1]:
            end -= 1
    return start, end
