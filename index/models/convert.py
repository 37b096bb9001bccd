"""Conversion of a sentence-transformers model to the runtime that will encode with it.

The only module that imports torch, through sentence-transformers, which loads the model and is
the reference: a conversion that does not make nearly its vectors is refused. It is a program of
its own, ``python -m index.models.convert``, run once a model: torch stays in a process for good.
"""

import contextlib
import io
import json
import logging
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any, cast

from index.disk import sha256_of_file
from index.errors import ModelError
from index.models.encoder import EncoderConfig, FastEncoder, ReferenceEncoder
from index.models.registry import (
    DEFAULT_MODEL,
    SHIPPED_FOLDER,
    ModelManifest,
    Precision,
    Runtime,
    model_source,
    packaged_model_folder,
    shipped_manifest,
    weights_of,
)
from index.models.weights import float_weights

PROBES = (
    "The foreign ministers met in New York on Monday.",
    "Where did they meet?",
    "“We had frank, substantive and constructive discussions,” she said after 12 hours of talks.",
)
# Int8 gives .997 on average over news sentences and no less than .988; a wrong pooling or a
# missing layer gives less than .9.
LEAST_COSINE = 0.97
_REMEDY = "choose another, or for encoding set DATELINE_RUNTIME=sentence-transformers"


def convert(
    name: str,
    source: Path | str,
    target: Path,
    runtime: Runtime,
    precision: Precision,
    title_share: float = 0.0,
) -> ModelManifest:
    """Fill ``target`` with all that encoding takes, and say what it is."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    with quiet():
        reference = load_reference(source)
        config = describe(reference, runtime, precision)
        config = config.model_copy(update={"title_share": title_share})
        saved = target / "source"
        reference.save(str(saved), create_model_card=False)
        source_sha256 = sha256_of_file(saved / "model.safetensors")
        if isinstance(source, Path):
            source_sha256 = sha256_of_file(weights_of(source))
        if runtime == "ctranslate2":
            to_ctranslate2(saved, target, precision)
            check(ReferenceEncoder(saved, config), FastEncoder(target, config, threads=1))
        else:
            move_up(saved)
    shutil.rmtree(saved, ignore_errors=True)
    files = {
        str(path.relative_to(target)): sha256_of_file(path)
        for path in sorted(target.rglob("*"))
        if path.is_file()
    }
    return ModelManifest(name=name, source_sha256=source_sha256, config=config, files=files)


def convert_shipped(target: Path, runtime: Runtime, precision: Precision) -> ModelManifest:
    """Make of the default model, by its int8 weights, one for another runtime."""
    import torch

    shipped = shipped_manifest()
    weights = float_weights(SHIPPED_FOLDER / "model.bin")
    with tempfile.TemporaryDirectory() as work:
        with quiet():
            model = load_reference(packaged_model_folder())
            state = {name: torch.from_numpy(array.copy()) for name, array in weights.items()}
            model[0].auto_model.load_state_dict(state, strict=False)  # its pooler is not used
            model.save(work, create_model_card=False)
        share = shipped.config.title_share
        made = convert(DEFAULT_MODEL, Path(work), target, runtime, precision, share)
    return made.model_copy(update={"source_sha256": shipped.source_sha256})


def load_reference(source: Path | str) -> Any:
    """The model in sentence-transformers; a name that is no folder is fetched from its hub."""
    from sentence_transformers import SentenceTransformer

    try:
        return SentenceTransformer(str(source), device="cpu")
    except Exception as error:
        if isinstance(source, str):
            why = "is no folder and was not fetched; check its name and the network"
            raise ModelError(f"the model {source} {why}") from error
        reason = " ".join(str(error).split())[:200]
        raise ModelError(f"the model {source} does not load: {reason}") from error


def describe(model: Any, runtime: Runtime, precision: Precision) -> EncoderConfig:
    """What a runtime must know of the model; refuses what CTranslate2 would get wrong."""
    from sentence_transformers.models import Normalize, Pooling, Transformer

    modules = list(model)
    pooling = modules[1] if len(modules) > 1 and isinstance(modules[1], Pooling) else None
    mode = pooling.pooling_mode if pooling else ""
    usual = isinstance(modules[0], Transformer) and all(
        isinstance(module, Normalize) for module in modules[2:]
    )
    if runtime == "ctranslate2" and not (usual and mode in ("mean", "cls")):
        raise ModelError(
            "this model is more than a transformer with mean or cls pooling; "
            "set DATELINE_RUNTIME=sentence-transformers to use it"
        )
    prompts = {key: value for key, value in (model.prompts or {}).items() if value}
    return EncoderConfig(
        runtime=runtime,
        precision=precision if runtime == "ctranslate2" else "float32",
        dimensions=model.get_embedding_dimension(),
        max_tokens=model.max_seq_length or 512,
        pooling="cls" if mode == "cls" else "mean",
        question_prompt=prompts.get("query", ""),
        document_prompt=prompts.get("document", prompts.get("passage", "")),
    )


def to_ctranslate2(source: Path, target: Path, precision: Precision) -> None:
    """Convert the transformer; the tokenizer's file is taken over as it is."""
    from ctranslate2.converters import TransformersConverter

    config = json.loads((source / "config.json").read_text("utf-8"))
    # The converter asks for what newer versions of transformers no longer write when it is usual.
    config.setdefault("position_embedding_type", "absolute")
    (source / "config.json").write_text(json.dumps(config), "utf-8")
    try:
        TransformersConverter(str(source)).convert(str(target / "made"), quantization=precision)
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise ModelError(f"CTranslate2 cannot convert this model ({reason}); {_REMEDY}") from error
    move_up(target / "made")
    tokenizer = source / "tokenizer.json"
    if not tokenizer.is_file():
        raise ModelError(f"this model has no tokenizer.json; {_REMEDY}")
    (target / "tokenizer.json").write_bytes(tokenizer.read_bytes())


def check(reference: ReferenceEncoder, converted: FastEncoder) -> None:
    """Refuse a conversion whose vectors are not nearly the reference's."""
    cosines = (reference.encode(PROBES) * converted.encode(PROBES)).sum(axis=1)
    if cosines.min() < LEAST_COSINE:
        raise ModelError(
            f"the converted model makes other vectors (cosine {cosines.min():.3f}); "
            "set DATELINE_RUNTIME=sentence-transformers to use it"
        )


def move_up(folder: Path) -> None:
    """Move what is in a folder to its parent."""
    for path in folder.iterdir():
        path.rename(folder.parent / path.name)
    folder.rmdir()


@contextlib.contextmanager
def quiet() -> Any:
    """Keep the loading libraries' progress bars and advice off the terminal."""
    previous = logging.root.manager.disable
    logging.disable(logging.WARNING)
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    try:
        with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logging.disable(previous)


def convert_reader(source: Path | str, target: Path, precision: Precision = "int8") -> None:
    """Make a reader folder of an extractive question-answering model: a folder or a hub's name.

    The transformer goes to CTranslate2; what stands on it, one matrix, goes beside it as
    ``heads.npz``: ``weight`` (2 or 5, width) and ``bias`` (2 or 5,), the rows start, end and, of a
    reader that `training` made, whether there is an answer, inside an item, a list.
    """
    import numpy as np
    import torch
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer

    torch.manual_seed(0)  # what a checkpoint lacks, such as a pooler, is made the same each time
    saved = target / "source"
    target.mkdir(parents=True, exist_ok=True)
    with quiet():
        try:
            model = AutoModelForQuestionAnswering.from_pretrained(str(source))
            AutoTokenizer.from_pretrained(str(source)).save_pretrained(str(saved))
            head = model.qa_outputs
        except Exception as error:
            reason = " ".join(str(error).split())[:200]
            raise ModelError(f"the reader {source} does not load: {reason}") from error
        weight, bias = head.weight.detach().float().numpy(), head.bias.detach().float().numpy()
        extra = own_heads(source, weight.shape[1])
        model.base_model.save_pretrained(str(saved))
        to_ctranslate2(saved, target, precision)
    np.savez(
        target / "heads.npz",
        weight=np.vstack([weight, extra[0]]).astype(np.float32),
        bias=np.concatenate([bias, extra[1]]).astype(np.float32),
    )
    shutil.rmtree(saved, ignore_errors=True)


def own_heads(source: Path | str, width: int) -> tuple[Any, Any]:
    """The further heads of a reader that `training` made; no row for any other model."""
    import numpy as np
    from safetensors import safe_open

    weights = Path(source) / "model.safetensors"
    if weights.is_file():
        with safe_open(str(weights), framework="numpy") as tensors:
            if "answers.weight" in set(tensors.keys()):
                return tensors.get_tensor("answers.weight"), tensors.get_tensor("answers.bias")
    return np.zeros((0, width), np.float32), np.zeros(0, np.float32)


def main(name: str, target: str, *how: str) -> None:
    """Convert a model into a folder, or a reader where it is not said how a model is to be run."""
    folder = Path(target)
    if not how:
        convert_reader(model_source(name), folder)
        return
    runtime, precision = cast("tuple[Runtime, Precision]", how)
    if name == DEFAULT_MODEL:
        manifest = convert_shipped(folder, runtime, precision)
    else:
        manifest = convert(name, model_source(name), folder, runtime, precision)
    (folder / "manifest.json").write_text(manifest.model_dump_json(indent=2), "utf-8")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except ModelError as error:
        sys.stdout.write(f"{error}\n")
        sys.exit(1)
