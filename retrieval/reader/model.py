"""The reader's model: the spans of a passage that answer a question, and whether any does.

Runs a converted question-answering transformer (``index.models.convert.convert_reader``) on
CTranslate2; decoding follows Devlin et al. (2019), "BERT", section 4.3: of all spans the one with
the highest start plus end logit, measured against the first token's, which stands for "no answer
here".
"""

import json
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import groupby
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.disk import changed_files
from index.errors import ModelError
from index.text.words import words_of
from index.types import Span
from retrieval.reader.passages import Passage
from retrieval.types import joined

Floats = npt.NDArray[np.float32]

SHIPPED = Path(__file__).parent / "weights"
MAX_TOKENS = 480  # the longest sentence that segmentation makes fits, with the longest question
LONGEST_SPAN = 48  # tokens
NO_SPAN = -20.0  # the margin of a sentence without a word
# A run of words above `BESIDE`, one of them above `TAGGED`, is an item of a list; a word that is
# lower by `BETWEEN` than one before and one after it in the run stands between two items. A list is
# asked for above `LISTED`. Some are below 0, as an item left out or cut is worse than one too many.
# Of 445 held-out lists, in the passage that answers, 337 have right words, 210 just the items; 334
# and 152 if nothing stands between, 332 and 200 where a list is asked for above -1. 7 of 699 other
# questions get a list.
TAGGED, BESIDE, BETWEEN, LISTED = -2.0, -3.0, 2.5, -3.0
# The rows of the heads; a reader made elsewhere has the first two only.
_START, _END, _ANSWERS, _INSIDE, _LIST = range(5)


@dataclass(frozen=True, slots=True)
class Found:
    """The best span of one sentence, in the article's characters, and its ``margin``.

    The margin is the logit by which the span beats "no answer here".
    """

    span: Span | None
    margin: float


@dataclass(frozen=True, slots=True)
class PassageReading:
    """What the model makes of a passage.

    ``answers`` is the logit that it holds an answer, ``is_list`` that several are asked for;
    ``found`` has one entry for each of the passage's own sentences; ``items`` are the stretches
    tagged as answers, in the article's characters.
    """

    answers: float
    is_list: float
    found: tuple[Found, ...]
    items: tuple[Span, ...]

    @property
    def best(self) -> float:
        """The highest margin."""
        return max(one.margin for one in self.found)


class ReaderModel:
    """A converted model, loaded at the first reading; safe to share between threads."""

    def __init__(self, folder: Path = SHIPPED, threads: int = 2) -> None:
        self.folder = folder
        self._threads = threads
        self._loading = threading.Lock()

    def read(
        self, question: str, passages: Sequence[tuple[Passage, Sequence[Span]]]
    ) -> list[PassageReading]:
        """One reading for each passage, which is given with its own sentences' spans.

        Passages are run one at a time, so that a reading is bit for bit the same alone.
        Raises ModelError when the model does not load.
        """
        with self._loading:
            run = self._run
        if len(passages) == 1:
            return [run.read(question, *passages[0])]
        return list(run.pool.map(lambda one: run.read(question, *one), passages))

    @cached_property
    def _run(self) -> "_Loaded":
        try:
            return _Loaded(self.folder, self._threads)
        except (OSError, RuntimeError, ValueError, KeyError) as error:
            raise ModelError(f"the reader in {self.folder} does not load: {error}") from error


@lru_cache(maxsize=2)
def open_reader(folder: Path | None = None, threads: int = 2) -> ReaderModel:
    """The model in a folder, or the one that comes with the program; each once a process."""
    return ReaderModel(folder or SHIPPED, threads)


def damaged_files(folder: Path = SHIPPED) -> list[str]:
    """The files of a shipped reader that are missing or not what its manifest says."""
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    return changed_files(folder, manifest["files"])


class _Loaded:
    def __init__(self, folder: Path, threads: int) -> None:
        import ctranslate2
        from tokenizers import Tokenizer

        with np.load(folder / "heads.npz") as heads:
            self._weight, self._bias = heads["weight"].T, heads["bias"]
        self._model = ctranslate2.Encoder(str(folder), inter_threads=threads, intra_threads=1)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        # Of a passage and a question the longer is cut: a question may be long, too.
        self._tokenizer.enable_truncation(MAX_TOKENS, strategy="longest_first")
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="reader")

    def read(self, question: str, passage: Passage, sentences: Sequence[Span]) -> PassageReading:
        encoding = self._tokenizer.encode(question, passage.text)
        logits = self._forward(encoding.ids, encoding.type_ids)
        nothing = float(logits[0, _START] + logits[0, _END])
        inside = np.flatnonzero(np.array([kind == 1 for kind in encoding.sequence_ids]))
        logits_of, words = logits[inside], np.array(encoding.word_ids, dtype=object)[inside]
        offsets = np.array(encoding.offsets)[inside] - passage.shift
        found: list[Found] = []
        items: list[Span] = []
        for start, end in sentences:
            own = np.flatnonzero((offsets[:, 0] >= start) & (offsets[:, 1] <= end))
            best = best_span(logits_of[own], words[own]) if len(own) else None
            if best is None:
                found.append(Found(None, NO_SPAN))
                continue
            first, last, score = best
            span = int(offsets[own[first], 0]), int(offsets[own[last], 1])
            found.append(Found(tidy(passage, *span), score - nothing))
            if logits.shape[1] > _INSIDE:
                runs = tagged(logits_of[own][:, _INSIDE], words[own])
                spans = [(int(offsets[own[a], 0]), int(offsets[own[b], 1])) for a, b in runs]
                if spans and spans[-1][1] == end and passage.text[end + passage.shift - 1] == ".":
                    spans[-1] = spans[-1][0], end - 1  # unless it is of an abbreviation
                # Mended, two of one number are the same.
                items.extend(joined(tidy(passage, *one) for one in spans))
        # A model without these heads says it by the best span alone.
        has = logits.shape[1] > _ANSWERS
        answers = logits[0, _ANSWERS] if has else max(one.margin for one in found) / 2
        is_list = logits[0, _LIST] if logits.shape[1] > _LIST else NO_SPAN
        return PassageReading(float(answers), float(is_list), tuple(found), tuple(items))

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


def best_span(logits: Floats, words: npt.NDArray[np.object_]) -> tuple[int, int, float] | None:
    """The first and last token of the best span in whole words, and its score.

    ``logits`` (tokens, heads) begin with start and end; ``words`` which word each token is of.
    """
    begins = np.array([n == 0 or words[n] != words[n - 1] for n in range(len(words))])
    finishes = np.append(begins[1:], True)
    start = np.where(begins, logits[:, _START], -np.inf)
    end = np.where(finishes, logits[:, _END], -np.inf)
    table = start[:, None] + end[None, :]
    reach = np.subtract.outer(np.arange(len(words)), np.arange(len(words)))
    table[(reach > 0) | (reach <= -LONGEST_SPAN)] = -np.inf
    first, last = divmod(int(np.argmax(table)), len(words))
    score = float(table[first, last])
    return (first, last, score) if np.isfinite(score) else None


def tagged(logits: Floats, words: npt.NDArray[np.object_]) -> Iterator[tuple[int, int]]:
    """The items in a sentence, in whole words: first and last token; see ``TAGGED``."""
    begins = [n for n in range(len(words)) if n == 0 or words[n] != words[n - 1]]
    tags = np.maximum.reduceat(logits, begins) if begins else logits
    ends = [*(n - 1 for n in begins[1:]), len(words) - 1]
    for above, run in groupby(range(len(begins)), lambda n: bool(tags[n] > BESIDE)):
        of = list(run)
        if not above:
            continue
        before, after = (np.maximum.accumulate(each) for each in (tags[of], tags[of[::-1]]))
        between = np.minimum(before, after[::-1]) - tags[of] > BETWEEN
        for inside, item in groupby(of, lambda n: not between[n - of[0]]):  # noqa: B023
            own = list(item)
            if inside and tags[own].max() > TAGGED:
                yield begins[own[0]], ends[own[-1]]


def tidy(passage: Passage, start: int, end: int) -> Span:
    """A span that cuts no number or abbreviation, and has both of its quotation marks or none.

    It neither begins nor ends with a comma or the like. Spans are in the article's characters.
    """
    text, start, end = passage.text, start + passage.shift, end + passage.shift
    for word in words_of(text, max(0, start - 40), min(len(text), end + 40)):
        if word.start < start < word.end:
            start = word.start
        if word.start < end < word.end and text[end] not in "'’":
            end = word.end
    while end - start > 1 and (text[start] in " ,;:" or text.startswith(". ", start)):
        start += 1
    while end - start > 1 and text[end - 1] in " ,;:":
        end -= 1
    start, end = paired(text, start, end)
    return start - passage.shift, end - passage.shift


def paired(text: str, start: int, end: int) -> Span:
    """A span with both of its quotation marks or brackets, or with neither."""
    for opening, closing in ("“”", '""', "()", "[]"):
        inside = text[start:end]
        if len(inside) < 2:
            break  # a mark alone, which the model may choose, is better than nothing
        if inside.startswith(opening) and closing not in inside[1:]:
            start += 1
        elif inside.endswith(closing) and opening not in inside[:-1]:
            end -= 1
        elif sum(mark in (opening, closing) for mark in inside) % 2:  # the other may be beside it
            if text[start - 1 : start] == opening:
                start -= 1
            elif text[end : end + 1] == closing:
                end += 1
    return start, end
