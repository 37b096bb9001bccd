"""Make of a checkpoint the model that is shipped: `python -m training.export RUN TARGET`.

Writes a question-answering model folder as Hugging Face's tools read it to RUN/model, with the
answerability head beside the spans', and its int8 conversion, which is what runs, to TARGET.
`--average FOLDER SHARE` takes that share of the weights from a shipped reader that the run started
from, which reads better than either (Wortsman et al., 2022, "Model soups").
"""

import argparse
import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file

from index.disk import sha256_of_file
from index.models.convert import convert_reader
from index.models.registry import default_model_folder
from training import shipped

State = dict[str, torch.Tensor]


def averaged(state: State, other: State, share: float) -> State:
    """The weights of two readers as one; ``share``, 0 to 1, is the other's."""
    return {name: (1 - share) * own + share * other[name] for name, own in state.items()}


def to_folder(state: State, folder: Path) -> None:
    """The weights of a reader as a BertForQuestionAnswering folder with two tensors more."""
    folder.mkdir(parents=True, exist_ok=True)
    named = {"encoder.": "bert.", "span.": "qa_outputs.", "answers.": "answers."}
    tensors = {
        new + name.removeprefix(old): tensor.contiguous()
        for name, tensor in state.items()
        for old, new in named.items()
        if name.startswith(old)
    }
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    source = default_model_folder()
    config = json.loads((source / "config.json").read_text("utf-8"))
    config.update(architectures=["BertForQuestionAnswering"], _name_or_path="dateline-reader")
    (folder / "config.json").write_text(json.dumps(config, indent=2), "utf-8")
    for name in ("tokenizer.json", "tokenizer_config.json", "vocab.txt", "special_tokens_map.json"):
        if (source / name).is_file():
            shutil.copy(source / name, folder / name)


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
    parser.add_argument("run", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--precision", choices=("int8", "float32"), default="int8")
    parser.add_argument("--average", nargs=2, metavar=("FOLDER", "SHARE"))
    arguments = parser.parse_args()
    checkpoint = torch.load(arguments.run / "checkpoint.pt", map_location="cpu", weights_only=True)
    state = checkpoint["model"]
    if arguments.average:
        folder, share = arguments.average
        state = averaged(state, shipped.weights(Path(folder)), float(share))
    to_folder(state, arguments.run / "model")
    convert_reader(arguments.run / "model", arguments.target, arguments.precision)
    list_files(arguments.target)


if __name__ == "__main__":
    main()
