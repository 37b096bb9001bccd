"""Train the encoder: `python -m training.encoder DATA OUT --start FOLDER [--steps 200]`.

A question is drawn toward the sentence that answers it, read under its title as the index keeps
it, and away from the other sentences of the batch, among them one that looks like answering: the
contrastive loss of Karpukhin et al. (2020), "Dense Passage Retrieval". DATA holds `news-qa/` and
`news-quiz/`; FOLDER is the encoder to go on from, as sentence-transformers keeps it, by which the
sentences that look like answering are found. With `--quiz` half the questions are in the manner of
a quiz. Writes OUT/source, from which to go on, and OUT/converted, which is what ships. The mean of
the second half of all steps is what is kept.
"""

import argparse
import random
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os import cpu_count
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch.nn.functional import cross_entropy, normalize

from index.models.convert import convert
from index.models.encoder import Encoder, FastEncoder, Vectors, vectors_under_titles
from index.models.registry import DEFAULT_MODEL
from training import news_qa, quiz
from training.model import rate
from training.news_qa import NewsArticle, NewsQuestion

TITLE_SHARE = 0.3
SCALE = 25.0  # of cosines, in the loss
NEAREST = 40  # sentences of all articles, by how near they are to a question
LIKELY = 12  # of which so many that do not answer are drawn from
TOGETHER = 64  # texts in one pass of the model


@dataclass(frozen=True)
class Line:
    """A sentence of an article."""

    article: NewsArticle
    number: int

    @property
    def text(self) -> str:
        """Its words."""
        return self.article.text[slice(*self.article.sentences[self.number])]


@dataclass(frozen=True)
class Asked:
    """A question, the sentences that answer it, and some that look like it."""

    question: NewsQuestion
    right: tuple[Line, ...]
    wrong: tuple[Line, ...]

    def is_answered_by(self, line: Line) -> bool:
        """Whether a sentence answers, or has the answer's words in the same article."""
        if line.text in {one.text for one in self.right}:
            return True
        return line.article.id == self.question.article.id and news_qa.says(
            line.text, self.question
        )


def answering(question: NewsQuestion) -> tuple[Line, ...]:
    """The sentences that an answer's words stand in."""
    article = question.article
    places = dict.fromkeys(article.at(start) for start, _ in question.spans)
    return tuple(Line(article, n) for n in places if n is not None and n in article.body)


def asked(questions: Sequence[NewsQuestion], encoder: Encoder) -> list[Asked]:
    """The questions that have an answer, with the sentences that an encoder finds near them."""
    articles = {q.article.id: q.article for q in questions}.values()
    lines = [Line(article, n) for article in articles for n in sorted(article.body)]
    titles = [line.article.title for line in lines]
    vectors = vectors_under_titles(encoder, [line.text for line in lines], titles)
    answered = [q for q in questions if answering(q)]
    near = nearest(encoder.encode([q.standalone for q in answered]), vectors)
    out = []
    for question, found in zip(answered, near, strict=True):
        right = answering(question)
        wrong = [
            lines[n]
            for n in found
            if lines[n] not in right and not news_qa.says(lines[n].text, question)
        ]
        out.append(Asked(question, right, tuple(wrong[:LIKELY])))
    return out


def nearest(questions: Vectors, sentences: Vectors) -> Iterator[list[int]]:
    """For each question the rows of the sentences nearest to it, best first."""
    for start in range(0, len(questions), 256):
        for scores in questions[start : start + 256] @ sentences.T:
            best = np.argpartition(-scores, min(NEAREST, len(scores) - 1))[:NEAREST]
            yield [int(n) for n in best[np.argsort(-scores[best])]]


class Trained:
    """A sentence-transformers folder's transformer, in training."""

    def __init__(self, folder: Path) -> None:
        from transformers import AutoModel, AutoTokenizer

        self._tokenizer = AutoTokenizer.from_pretrained(str(folder))
        self.model = AutoModel.from_pretrained(str(folder)).train()

    def vectors(self, texts: Sequence[str]) -> torch.Tensor:
        """Unit vectors, as the program makes them: shape (texts, dimensions)."""
        order = sorted(range(len(texts)), key=lambda n: len(texts[n]))
        parts = []
        for start in range(0, len(order), TOGETHER):
            some = [texts[n] for n in order[start : start + TOGETHER]]
            batch = self._tokenizer(
                some, padding=True, truncation=True, max_length=128, return_tensors="pt"
            )
            there = batch["attention_mask"].unsqueeze(-1)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                hidden = self.model(**batch).last_hidden_state
            parts.append((hidden * there).sum(1) / there.sum(1))
        back = torch.tensor(order).argsort()
        return normalize(torch.cat(parts).float()[back], dim=-1)

    def loss(self, batch: Sequence[Asked], chance: random.Random) -> torch.Tensor:
        """How far questions are from what answers them, against all else in the batch."""
        lines = [chance.choice(one.right) for one in batch]
        lines += [chance.choice(one.wrong) for one in batch if one.wrong]
        titles = list(dict.fromkeys(line.article.title for line in lines))
        titled = torch.tensor([[float(bool(title))] for title in titles])
        above = self.vectors(titles) * titled
        above = above[[titles.index(line.article.title) for line in lines]]
        sentences = normalize(
            self.vectors([line.text for line in lines]) + TITLE_SHARE * above, dim=-1
        )
        typed = [news_qa.typed(one.question.standalone, chance) for one in batch]
        scores = SCALE * self.vectors(typed) @ sentences.T
        also = [
            [n != m and one.is_answered_by(line) for m, line in enumerate(lines)]
            for n, one in enumerate(batch)
        ]
        return cross_entropy(scores.masked_fill(torch.tensor(also), -1e4), torch.arange(len(batch)))


def train(
    trained: Trained,
    questions: Sequence[Asked],
    steps: int,
    size: int,
    highest_rate: float,
    seed: int,
) -> dict[str, Any]:
    """The mean of the weights over the second half of the steps."""
    chance = random.Random(seed)
    order: list[Asked] = []
    while len(order) < steps * size:
        order += chance.sample(questions, len(questions))
    optimizer = torch.optim.AdamW(trained.model.parameters(), weight_decay=0.01, fused=True)
    mean: dict[str, Any] = {}
    shown, begun = 0.0, time.monotonic()
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = highest_rate * rate((step + 1) / steps)
        loss = trained.loss(order[step * size : (step + 1) * size], chance)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(trained.model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        now = loss.item()
        shown = 0.95 * shown + 0.05 * now if step else now
        if step % 10 == 0:
            print(f"step {step}, loss {shown:.3f}, {time.monotonic() - begun:.0f} s", flush=True)
        if past := step - steps // 2 + 1:
            for name, value in trained.model.state_dict().items():
                if past > 0 and value.is_floating_point():
                    kept = mean.setdefault(name, value.clone())
                    kept.lerp_(value, 1 / past)
    return mean


def write(weights: dict[str, Any], start: Path, out: Path) -> None:
    """The folder to go on from, and the one that ships."""
    from safetensors.torch import load_file

    source, target = out / "source", out / "converted"
    for folder in (source, target):
        shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(start, source)
    file = source / "model.safetensors"
    tensors = {name: weights.get(name, value) for name, value in load_file(file).items()}
    save_file(
        {name: value.contiguous() for name, value in tensors.items()},
        file,
        metadata={"format": "pt"},
    )
    target.mkdir()
    manifest = convert(DEFAULT_MODEL, source, target, "ctranslate2", "int8", TITLE_SHARE)
    (target / "manifest.json").write_text(manifest.model_dump_json(indent=2), "utf-8")
    print(f"{target}: {manifest.id}")


def questions_of(data: Path, of_quizzes: bool) -> list[NewsQuestion]:
    """What is trained on: questions over news, or as many of them as of quizzes, and these."""
    apart = quiz.kept_apart(data)

    def is_seen(q: NewsQuestion) -> bool:
        id_ = q.article.id
        return bool(q.spans) and id_ not in apart and not news_qa.is_held_out(id_)

    news = filter(is_seen, news_qa.load(data / "news-qa") + news_qa.more(data))
    if not of_quizzes:
        return list(news)
    # Those of real quizzes count twice.
    others = [*filter(is_seen, news_qa.more(data, quiz.WRITTEN)), *2 * list(quiz.evidence(data))]
    return random.Random(5).sample(list(news), len(others)) + others


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--start", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--questions", type=int, default=128, help="in a batch")
    parser.add_argument("--rate", type=float, default=5e-5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quiz", action="store_true", help="half of them as in a quiz")
    parser.add_argument("--threads", type=int, default=cpu_count())
    arguments = parser.parse_args()
    questions = questions_of(arguments.data, arguments.quiz)
    begin = arguments.out / "begin"
    begin.mkdir(parents=True)
    manifest = convert("begin", arguments.start, begin, "ctranslate2", "int8", TITLE_SHARE)
    ready = asked(questions, FastEncoder(begin, manifest.config, arguments.threads))
    print(f"{len(ready)} questions", flush=True)
    torch.set_num_threads(arguments.threads)  # the index's FAISS has set it to one
    weights = train(
        Trained(arguments.start),
        ready,
        arguments.steps,
        arguments.questions,
        arguments.rate,
        arguments.seed,
    )
    write(weights, arguments.start, arguments.out)


if __name__ == "__main__":
    main()
