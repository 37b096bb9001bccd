"""Make of a checkpoint the model that is shipped: `python -m training.export RUN… START TARGET`.

Of several runs it is the mean of their weights. Writes a question-answering model folder as Hugging
Face's tools read it to model/ in the first RUN, with the further heads beside the spans', and its
int8 conversion, which is what runs, to TARGET. START is the encoder's folder that the run began
from, for its tokenizer and configuration.
"""

import argparse
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import save_file

from index.disk import sha256_of_file
from index.models.convert import convert_reader
from training import shipped
from training.model import ANSWERS

State = dict[str, torch.Tensor]


def to_folder(state: State, start: Path, folder: Path) -> None:
    """The weights of a reader as a BertForQuestionAnswering folder with two tensors more."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {
        "bert." + name.removeprefix("encoder."): tensor.contiguous()
        for name, tensor in state.items()
        if name.startswith("encoder.")
    }
    weight, bias = state["heads.weight"], state["heads.bias"]
    tensors |= {
        "qa_outputs.weight": weight[:ANSWERS].clone(),
        "answers.weight": weight[ANSWERS:].clone(),
    }
    tensors |= {"qa_outputs.bias": bias[:ANSWERS].clone(), "answers.bias": bias[ANSWERS:].clone()}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    config = json.loads((start / "config.json").read_text("utf-8"))
    config.update(architectures=["BertForQuestionAnswering"], _name_or_path="dateline-reader")
    config.pop("id2label", None), config.pop("label2id", None)
    (folder / "config.json").write_text(json.dumps(config, indent=2), "utf-8")
    for name in ("tokenizer.json", "tokenizer_config.json", "vocab.txt", "special_tokens_map.json"):
        if (start / name).is_file():
            shutil.copy(start / name, folder / name)


def mean(one: State, other: State, share: float) -> State:
    """The mean of two readers' weights, of which one was trained on from the other.

    ``share`` is what the first counts for. Wortsman et al. (2022), "Model soups".
    """
    return {name: share * tensor + (1 - share) * other[name] for name, tensor in one.items()}


def mean_of(states: Sequence[State]) -> State:
    """The mean of several runs' weights that went on from the same reader; the same source."""
    return {name: torch.stack([one[name] for one in states]).mean(0) for name in states[0]}


def list_files(folder: Path) -> None:
    """Write manifest.json: the hash of each file of a reader but its card."""
    files = {
        path.name: sha256_of_file(path)
        for path in sorted(folder.iterdir())
        if path.suffix != ".md" and path.name != "manifest.json"
    }
    (folder / "manifest.json").write_text(json.dumps({"files": files}, indent=2) + "\n", "utf-8")


def main() -> None:
    """Export and convert."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", type=Path, nargs="+", metavar="run")
    parser.add_argument("start", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--precision", choices=("int8", "float32"), default="int8")
    parser.add_argument("--weights", choices=("average", "model"), default="average")
    parser.add_argument(
        "--mean-with",
        type=Path,
        metavar="READER",
        help="the shipped reader that the run went on from",
    )
    parser.add_argument("--share", type=float, default=0.7, help="the run's part of that mean")
    arguments = parser.parse_args()
    files = [run / "checkpoint.pt" for run in arguments.runs]
    loaded = (torch.load(file, map_location="cpu", weights_only=True) for file in files)
    state = mean_of([one[arguments.weights] for one in loaded])
    if arguments.mean_with:
        state = mean(state, shipped.weights(arguments.mean_with), arguments.share)
    folder = arguments.runs[0] / "model"
    to_folder(state, arguments.start, folder)
    convert_reader(folder, arguments.target, arguments.precision)
    list_files(arguments.target)


if __name__ == "__main__":
    main()
