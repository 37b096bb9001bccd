"""The weights of a shipped reader, read back for training to go on from.

The reverse of `training.export`. What int8 rounded off is lost, which some hundred steps mend.
"""

from pathlib import Path

import numpy as np
import torch

from index.models.weights import float_weights


def weights(folder: Path) -> dict[str, torch.Tensor]:
    """The state of a :class:`training.model.ReaderModel` by a shipped reader's folder."""
    heads = np.load(folder / "heads.npz")
    out = {f"encoder.{name}": a for name, a in float_weights(folder / "model.bin").items()}
    out |= {"heads.weight": heads["weight"], "heads.bias": heads["bias"]}
    return {name: torch.from_numpy(np.array(value)) for name, value in out.items()}
