"""Checkpoint files: the network's parameters, with the config that they belong to.

A ``.ckpt`` is MindSpore's own; a ``.safetensors``, as weights are shipped and as other frameworks
write them, has the same names, in full or half precision, and config and step in its metadata. What
a checkpoint holds is what its names say: all of a detector, or ``backbone.`` alone, with the
``classifier.`` that trained it or without. A ``.ckpt`` may hold a ``TrainingState`` too, under
names of its own, so that a training can go on from it; for the rest it is one like any other.
Which of the two a file is, its first bytes tell, whatever it is called.

A checkpoint is written to a temporary name first, so a file with its real name is whole.
"""

import json
import os
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import mindspore as ms
import numpy as np
from mindspore import nn

from manifests.errors import UserError
from manifests.strict_yaml import load_yaml
from model.config import Config, check
from model.files import settle
from model.parameters import require_fit
from model.pretrained import require_checkpoint
from model.runs import SUFFIX
from model.settings import build
from model.weights.detector_file import CONFIG, STEP, config_text, read_detector
from model.weights.safetensors_file import SUFFIX as SAFETENSORS
from model.weights.safetensors_file import is_safetensors

_TRAINING = "training"
_TENSOR = "training."
_BACKBONE = ("backbone.", "classifier.")
_SHOWN = 2
_DIGITS, _MARK_END = 10, 17
"""Bytes from the end of a file to where MindSpore's checksum, and the word before it, begin."""


class NotFiniteError(UserError):
    """Values of the network, or of its training, are not numbers any more."""


@dataclass(frozen=True)
class TrainingState:
    """What a training needs, besides the network and its step, to go on as if never stopped."""

    epoch: int
    """The epoch in progress, counted from 1."""
    position: int
    """So many of its batches are done."""
    best: float
    """The best hmean so far; below 0 where there was no evaluation."""
    tensors: Mapping[str, ms.Tensor] = field(default_factory=dict)
    """The optimizer's own, by name."""


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint file holds."""

    path: Path
    parameters: Mapping[str, ms.Tensor]
    config: Config
    step: int
    training: TrainingState | None = None


def save(
    path: Path,
    network: nn.Cell,
    config: Config,
    step: int,
    training: TrainingState | None = None,
) -> None:
    """Write the network's parameters, the config and the step to ``path`` (``*.ckpt``).

    Raises NotFiniteError where one of them is not a number any more; ``path`` stays as it was then.
    """
    values = {p.name: p for p in network.get_parameters()}
    about = {CONFIG: config.to_yaml(), STEP: step}
    if training is not None:
        values |= {f"{_TENSOR}{name}": value for name, value in training.tensors.items()}
        numbers = {key: getattr(training, key) for key in ("epoch", "position", "best")}
        about[_TRAINING] = json.dumps(numbers)
    _check_finite(values, path, step)
    scratch = path.with_name(f".{path.stem}.{os.getpid()}{SUFFIX}")
    try:
        entries = [{"name": name, "data": value} for name, value in values.items()]
        ms.save_checkpoint(entries, str(scratch), append_dict=about, crc_check=True)
        scratch.chmod(0o644)
        settle(scratch, path)
    finally:
        # MindSpore writes to .tmp and renames it: where the disk is full, that is what is left.
        for left in (scratch, scratch.with_suffix(".tmp")):
            left.unlink(missing_ok=True)


def load(path: Path) -> Checkpoint:
    """Read a checkpoint. Raises UserError where it is absent, damaged or of something else."""
    require_checkpoint(path)
    if path.suffix == SAFETENSORS or is_safetensors(path):
        return _load_safetensors(path)
    try:
        _check_sum(path)
        values = dict(ms.load_checkpoint(str(path)))
        config = build(Config, load_yaml(config_text(values)))
        check(config)
        step, training = int(values.pop(STEP)), _pop_training(values)
        tensors = {name: value for name, value in values.items() if isinstance(value, ms.Tensor)}
        return Checkpoint(path, tensors, config, step, training)
    except Exception as error:  # a damaged file may fail in any way at all
        reason = str(error).strip().splitlines()[0] if str(error).strip() else "it holds nothing"
        raise UserError(f"{path} is no checkpoint of this project, or damaged: {reason}") from error


def _check_sum(path: Path) -> None:
    """Raise ValueError where the file is not what its checksum, at its end, was made of. Files
    without one are left to the other checks."""
    content = memoryview(path.read_bytes())
    mark, number = bytes(content[-_MARK_END:-_DIGITS]), content[-_DIGITS:]
    if mark == b"crc_num" and zlib.crc32(content[:-_MARK_END]) != int.from_bytes(number, "big"):
        raise ValueError("its checksum does not fit; restore the file or take another checkpoint")


def _load_safetensors(path: Path) -> Checkpoint:
    arrays, config, step = read_detector(path)
    return Checkpoint(path, {n: ms.Tensor(array) for n, array in arrays.items()}, config, step)


def restore(network: nn.Cell, checkpoint: Checkpoint) -> None:
    """Set all parameters of the network. Raises UserError that names those that do not fit."""
    if all(name.startswith(_BACKBONE) for name in checkpoint.parameters):
        raise UserError(
            f"{checkpoint.path} holds a backbone alone, not a detector; train one from it with "
            f"`python -m model train --task pretrain --backbone {checkpoint.path}`"
        )
    assign(network.get_parameters(), checkpoint.parameters, str(checkpoint.path))


def assign(
    parameters: Iterable[ms.Parameter], values: Mapping[str, ms.Tensor], source: str
) -> None:
    """Set parameters by name, all or none. Raises UserError that names those that do not fit.

    ``values`` may hold nothing else and must hold each of them, in its shape.
    """
    wanted = {parameter.name: parameter for parameter in parameters}
    require_fit(_shapes(wanted), _shapes(values), source)
    for name, parameter in wanted.items():
        parameter.set_data(ms.Tensor(values[name].asnumpy(), parameter.dtype))


def _shapes(values: Mapping[str, ms.Tensor]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(value.shape) for name, value in values.items()}


def _pop_training(values: dict[str, ms.Tensor]) -> TrainingState | None:
    if _TRAINING not in values:
        return None
    names = [name for name in values if name.startswith(_TENSOR)]
    tensors = {name.removeprefix(_TENSOR): values.pop(name) for name in names}
    return TrainingState(**json.loads(str(values.pop(_TRAINING))), tensors=tensors)


def _check_finite(values: Mapping[str, ms.Tensor], path: Path, step: int) -> None:
    arrays = ((name, value.asnumpy()) for name, value in values.items())
    bad = [name for name, array in arrays if not np.isfinite(array).all()]
    if bad:
        more = f" and {len(bad) - _SHOWN} more" if len(bad) > _SHOWN else ""
        raise NotFiniteError(
            f"after step {step} the network is broken: {', '.join(bad[:_SHOWN])}{more} hold values "
            f"that are no numbers; {path} is left as it was"
        )
