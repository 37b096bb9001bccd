"""Train the reader: `python -m training DATA [--out training-run --epochs 3]`.

Works on a CPU or, where there is one, a GPU; goes on from its last checkpoint when started again.
`--minutes` fits the schedule of the learning rate to a time instead of a number of epochs;
`--start FOLDER` goes on from a shipped reader instead of from MiniLM.
`python -m training.export` makes the model that is shipped of a checkpoint.
"""

import argparse
import json
import pickle
import time
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer

from index.models.registry import default_model_folder
from training import data, shipped
from training.batches import batches
from training.mine import with_similar
from training.model import Batch, ReaderModel, loss_of

TOKENS_A_BATCH = 4096
WARM_UP = 0.04
SAVE_EVERY = 120  # seconds


def items_of(folder: Path, out: Path) -> list[data.Item]:
    """The questions with their look-alikes, found once and kept."""
    kept = out / "items.pickle"
    if not kept.exists():
        kept.write_bytes(pickle.dumps(with_similar(data.load(folder), out / "home")))
    loaded: list[data.Item] = pickle.loads(kept.read_bytes())
    return loaded


def rate(progress: float) -> float:
    """The share of the full learning rate: up in a straight line, then down to nothing."""
    return min(progress / WARM_UP, (1 - progress) / (1 - WARM_UP), 1.0)


class Run:
    """A training run in a folder: the model, its optimizer and how far it has come."""

    def __init__(self, folder: Path, highest_rate: float, start: Path | None = None) -> None:
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.model = ReaderModel(default_model_folder()).to(self.device).train()
        self.state: dict[str, Any] = {
            "epoch": 0,
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
        if start:
            self.model.load_state_dict(shipped.weights(start))
        if self._kept.exists():
            saved = torch.load(self._kept, map_location=self.device, weights_only=True)
            self.model.load_state_dict(saved["model"])
            self._optimizer.load_state_dict(saved["optimizer"])
            self.state |= saved["state"]
        self._begun = time.monotonic() - self.state["seconds"]
        self._saved = time.monotonic()

    def step(self, batch: Batch, progress: float) -> None:
        """Learn from one batch."""
        for group in self._optimizer.param_groups:
            group["lr"] = self._rate * rate(progress)
        on_device = Batch(**{name: tensor.to(self.device) for name, tensor in vars(batch).items()})
        with torch.autocast(self.device, dtype=torch.bfloat16):
            loss = loss_of(self.model, on_device)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad()
        state, now = self.state, float(loss)
        state["batch"], state["steps"] = state["batch"] + 1, state["steps"] + 1
        state["loss"] = 0.98 * state["loss"] + 0.02 * now if state["loss"] else now
        state["seconds"] = time.monotonic() - self._begun
        if state["steps"] % 25 == 0:
            print(json.dumps({**state, "progress": progress}), flush=True)
        if time.monotonic() - self._saved > SAVE_EVERY:
            self.save()

    def save(self) -> None:
        """Keep a checkpoint, in one step."""
        state = {"model": self.model.state_dict(), "optimizer": self._optimizer.state_dict()}
        torch.save({**state, "state": self.state}, self._kept.with_suffix(".new"))
        self._kept.with_suffix(".new").replace(self._kept)
        self._saved = time.monotonic()


def main() -> None:
    """Train until the schedule is done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=Path("training-run"))
    parser.add_argument("--epochs", type=float, default=3)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=2.5e-4)
    parser.add_argument("--start", type=Path, help="a shipped reader to go on from")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(arguments.seed)
    items = [i for i in items_of(arguments.data, arguments.out) if not data.is_held_out(i.context)]
    tokenizer = Tokenizer.from_file(str(default_model_folder() / "tokenizer.json"))
    run = Run(arguments.out, arguments.rate, arguments.start)
    progress, state = 0.0, run.state
    while progress < 1:
        seed = arguments.seed * 1000 + state["epoch"]
        drawn = data.draw(items, seed) + data.selections(arguments.data, seed)
        todo = batches(tokenizer, drawn, seed, TOKENS_A_BATCH)
        print(f"epoch {state['epoch']}: {len(drawn)} examples, {len(todo)} batches", flush=True)
        for batch in todo[state["batch"] :]:
            progress = (state["epoch"] + state["batch"] / len(todo)) / arguments.epochs
            if arguments.minutes:
                progress = state["seconds"] / 60 / arguments.minutes
            if progress >= 1:
                break
            run.step(batch, progress)
        else:
            state["epoch"], state["batch"] = state["epoch"] + 1, 0
    run.save()


if __name__ == "__main__":
    main()
