"""Make of a checkpoint the model that is shipped: `python -m training.export RUN TARGET`.

Writes a question-answering model folder as Hugging Face's tools read it to RUN/model, with the
answerability head beside the spans', and its int8 conversion, which is what runs, to TARGET.
"""

import argparse
import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file

from index.convert import convert_reader
from index.files import sha256_of_file
from index.models import default_model_folder


def to_folder(checkpoint: Path, folder: Path) -> None:
    """A checkpoint as a BertForQuestionAnswering folder with two tensors more."""
    folder.mkdir(parents=True, exist_ok=True)
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)["model"]
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
    arguments = parser.parse_args()
    to_folder(arguments.run / "checkpoint.pt", arguments.run / "model")
    convert_reader(arguments.run / "model", arguments.target, arguments.precision)
    list_files(arguments.target)


if __name__ == "__main__":
    main()
