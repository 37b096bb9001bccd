"""Train the reader: `python -m training DATA --start ENCODER [--out training-run --minutes 90]`.

DATA holds `news-qa/` and `reader/`; ENCODER is the folder that a first run begins from, and a later
one's tokenizer and configuration. Works on a CPU or, where there is one, a GPU; goes on from its
last checkpoint when started again. `python -m training.export` makes the model that is shipped.
"""

import argparse
import json
import pickle
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer

from index.home import Home
from index.models.encoder import FastEncoder
from index.models.registry import ModelChoice
from training import data, news_qa, shipped
from training.batches import batches
from training.model import Batch, ReaderModel, loss_of, rate

TOKENS_A_BATCH = 4096
SAVE_EVERY = 180  # seconds
AVERAGED = 0.998  # how much of the running average of the weights stays at a step
# A round has so many of the further questions over news, which were read once in all, a sixth as
# many of news-qa, which is learned by heart (spans right for 87 % of what was trained on, 63 % of
# what was held out), and so many of the older sets.
FURTHER = 1700
OLDER = (6000, 4000, 2500, 240)


@dataclass(frozen=True)
class Questions:
    """What is trained on: news-qa, the further questions over news, the older sets."""

    news: list[news_qa.NewsQuestion]
    more: list[news_qa.NewsQuestion]
    older: list[data.Item]


def prepared(folder: Path, out: Path) -> Questions:
    """The questions that are trained on, made ready once and kept."""
    kept = out / "items.pickle"
    if not kept.exists():
        models = Home(out / "home").models
        encoder = models.load(models.obtain(ModelChoice()))
        assert isinstance(encoder, FastEncoder)
        news = [
            q for q in news_qa.load(folder / "news-qa") if not news_qa.is_held_out(q.article.id)
        ]
        both = news_qa.with_others([*news, *news_qa.more(folder)], encoder.encode)
        older = [i for i in data.load(folder) if not data.is_held_out(i.context)]
        kept.write_bytes(pickle.dumps(Questions(both[: len(news)], both[len(news) :], older)))
    questions: Questions = pickle.loads(kept.read_bytes())
    return questions


class Run:
    """A training run in a folder: the model, its optimizer and how far it has come."""

    def __init__(self, folder: Path, highest_rate: float, start: Path, reader: Path | None) -> None:
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        # On a processor without instructions for bf16 a step takes twenty times as long in it.
        has_bf16 = torch.cpu.get_capabilities().get("avx512_bf16", False)
        self._half = self.device == "cuda" or bool(has_bf16)
        self.model = ReaderModel(start).to(self.device).train()
        if reader:
            self.model.load_state_dict(shipped.weights(reader))
        self.state: dict[str, Any] = {
            "round": len(OLDER) if reader else 0,
            "batch": 0,
            "steps": 0,
            "seconds": 0.0,
            "loss": 0.0,
        }
        self._kept = folder / "checkpoint.pt"
        self._rate = highest_rate
        parameters = list(self.model.parameters())
        self._optimizer = torch.optim.AdamW(
            [
                {"params": [p for p in parameters if p.ndim > 1], "weight_decay": 0.01},
                {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
            ],
            betas=(0.9, 0.98),
            fused=True,
        )
        self._average = {k: v.detach().clone() for k, v in self.model.state_dict().items()}
        if self._kept.exists():
            saved = torch.load(self._kept, map_location=self.device, weights_only=True)
            self.model.load_state_dict(saved["model"])
            self._optimizer.load_state_dict(saved["optimizer"])
            self._average = saved["average"]
            self.state |= saved["state"]
        self._begun = time.monotonic() - self.state["seconds"]
        self._saved = time.monotonic()

    def step(self, batch: Batch, progress: float) -> None:
        """Learn from one batch."""
        for group in self._optimizer.param_groups:
            group["lr"] = self._rate * rate(progress)
        given = {name: tensor for name, tensor in vars(batch).items() if tensor is not None}
        on_device = Batch(**{name: tensor.to(self.device) for name, tensor in given.items()})
        with torch.autocast(self.device, dtype=torch.bfloat16, enabled=self._half):
            loss = loss_of(self.model, on_device)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad()
        state, now = self.state, loss.item()
        state["batch"], state["steps"] = state["batch"] + 1, state["steps"] + 1
        if state["steps"] % 4 == 0:
            share = 1 - max(1 / (1 + state["steps"] / 8), 4 * (1 - AVERAGED))
            for name, value in self.model.state_dict().items():
                self._average[name].lerp_(value, 1 - share)
        state["loss"] = 0.98 * state["loss"] + 0.02 * now if state["loss"] else now
        state["seconds"] = time.monotonic() - self._begun
        if state["steps"] % 25 == 0:
            print(json.dumps({**state, "progress": progress}), flush=True)
        if time.monotonic() - self._saved > SAVE_EVERY:
            self.save()

    def save(self) -> None:
        """Keep a checkpoint, in one step."""
        state = {
            "model": self.model.state_dict(),
            "average": self._average,
            "optimizer": self._optimizer.state_dict(),
            "state": self.state,
        }
        torch.save(state, self._kept.with_suffix(".new"))
        self._kept.with_suffix(".new").replace(self._kept)
        self._saved = time.monotonic()


def part(
    questions: list[news_qa.NewsQuestion], n: int, parts: int, seed: int
) -> list[news_qa.NewsQuestion]:
    """The ``n``-th part of the questions, which are dealt anew after all parts."""
    shuffled = sorted(questions, key=lambda q: q.text)
    random.Random(seed * 1000 + n // parts).shuffle(shuffled)
    return shuffled[n % parts :: parts]


def rounds(
    questions: Questions, folder: Path, seed: int, first: int
) -> Iterator[tuple[int, list[data.Example]]]:
    """Round after round of examples."""
    n = first
    while True:
        chance = random.Random(seed * 1000 + n)
        over_news = part(questions.more, n, len(questions.more) // FURTHER, seed)
        over_news += chance.sample(questions.news, len(over_news) // 6)
        drawn = news_qa.drawn(over_news, seed * 1000 + n)
        some = chance.sample(questions.older, OLDER[min(n, len(OLDER) - 1)])
        drawn += data.draw(some, seed * 1000 + n)
        drawn += chance.sample(data.selections(folder, seed * 1000 + n), 66)
        yield n, drawn
        n += 1


def main() -> None:
    """Train until the time is over."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--start", type=Path, required=True, help="an encoder's folder")
    parser.add_argument("--reader", type=Path, help="the folder of a shipped reader to go on from")
    parser.add_argument("--out", type=Path, default=Path("training-run"))
    parser.add_argument("--minutes", type=float, default=90)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--threads", type=int)
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    arguments.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(arguments.seed)
    questions = prepared(arguments.data, arguments.out)
    tokenizer = Tokenizer.from_file(str(arguments.start / "tokenizer.json"))
    run = Run(arguments.out, arguments.rate, arguments.start, arguments.reader)
    state = run.state
    for n, drawn in rounds(questions, arguments.data, arguments.seed, state["round"]):
        todo = batches(tokenizer, drawn, arguments.seed * 1000 + n, TOKENS_A_BATCH)
        print(f"round {n}: {len(drawn)} examples, {len(todo)} batches", flush=True)
        for batch in todo[state["batch"] :]:
            progress = state["seconds"] / 60 / arguments.minutes
            if progress >= 1:
                run.save()
                return
            run.step(batch, progress)
        state["round"], state["batch"] = n + 1, 0


if __name__ == "__main__":
    main()
