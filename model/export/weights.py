"""A detector's weights as NumPy arrays; those of a ``.safetensors`` without MindSpore."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from manifests.errors import UserError
from model.config import Config
from model.decoding_changes import with_decoding
from model.parameters import parameter_shapes, require_fit
from model.pretrained import require_checkpoint
from model.thresholds import thresholds_of
from model.weights.detector_file import read_detector
from model.weights.safetensors_file import SUFFIX, is_safetensors
from model.weights.weight_file import Floats


@dataclass(frozen=True)
class Weights:
    """What a checkpoint holds of a detector: float32 arrays by the names of ``model.network``."""

    path: Path
    arrays: Mapping[str, Floats]
    config: Config
    step: int
    chosen: Mapping[str, Any] = field(default_factory=dict)
    """How thresholds were chosen that are not the checkpoint's own."""

    @property
    def input_size(self) -> tuple[int, int]:
        """Width and height of the network's input."""
        return self.config.network.input_width, self.config.network.input_height

    def decided(self, changes: Sequence[str] = (), thresholds: Path | None = None) -> "Weights":
        """The same with thresholds of a file, and ``key=value`` changes in the place of these.
        Raises UserError."""
        chosen = thresholds_of(thresholds, self.path).chosen if thresholds else {}
        changes = all_changes(self.path, changes, thresholds)
        return replace(self, config=with_decoding(self.config, changes), chosen=chosen)


def all_changes(
    path: Path, changes: Sequence[str], thresholds: Path | None, sha256: str | None = None
) -> list[str]:
    """Changes of the decoding: those of a file of thresholds for the checkpoint, then ``changes``.

    sha256: of the checkpoint, where ``path`` was exported from it. Raises UserError.
    """
    if thresholds is None:
        return list(changes)
    return [*thresholds_of(thresholds, path, sha256).changes(), *changes]


def read_weights(path: Path) -> Weights:
    """The weights of a checkpoint. Imports MindSpore for a ``.ckpt`` alone.

    Raises UserError where it is absent, damaged or no detector.
    """
    require_checkpoint(path)
    if path.suffix == SUFFIX or is_safetensors(path):
        weights = Weights(path, *read_detector(path))
    else:
        from model.checkpoints import load

        held = load(path)
        arrays = {name: tensor.asnumpy() for name, tensor in held.parameters.items()}
        weights = Weights(path, arrays, held.config, held.step)
    if "scores.weight" not in weights.arrays:
        raise UserError(
            f"{path} holds no detector, at most its backbone; export a checkpoint of `python -m "
            "model train --task pretrain` or `finetune`"
        )
    shapes = {name: array.shape for name, array in weights.arrays.items()}
    require_fit(parameter_shapes(weights.config.network), shapes, str(path))
    return weights


def require_half(name: str, array: npt.NDArray[np.floating[Any]]) -> None:
    """Raise UserError for numbers that float16 cannot hold."""
    largest = float(np.abs(array).max(initial=0))
    if largest > np.finfo(np.float16).max:
        raise UserError(
            f"{name} holds {largest:g}, which half precision cannot hold; leave out --half"
        )
