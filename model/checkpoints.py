"""Checkpoint files: the network's parameters, with the config that they belong to.

A ``.ckpt`` is MindSpore's own; a ``.safetensors``, as weights are shipped and as other frameworks
write them, has the same names, in full or half precision, and config and step in its metadata. What
a checkpoint holds is what its names say: all of a detector, or ``backbone.`` alone, with the
``classifier.`` that trained it or without.

A checkpoint is written to a temporary name first, so a file with its real name is whole.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import mindspore as ms
import yaml
from mindspore import nn

from manifests.errors import UserError
from model.config import Config, check
from model.settings import build
from model.weights.safetensors_file import SUFFIX as SAFETENSORS
from model.weights.safetensors_file import read_safetensors

SUFFIX = ".ckpt"
_CONFIG, _STEP = "config", "step"
_BACKBONE = ("backbone.", "classifier.")
_SHOWN = 2


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint file holds."""

    path: Path
    parameters: Mapping[str, ms.Tensor]
    config: Config
    step: int


def save(path: Path, network: nn.Cell, config: Config, step: int) -> None:
    """Write the network's parameters, the config and the step to ``path`` (``*.ckpt``)."""
    scratch = path.with_name(f".{path.stem}.{os.getpid()}{SUFFIX}")
    values = [{"name": p.name, "data": p} for p in network.get_parameters()]
    try:
        ms.save_checkpoint(
            values, str(scratch), append_dict={_CONFIG: config.to_yaml(), _STEP: step}
        )
        scratch.chmod(0o644)
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


def load(path: Path) -> Checkpoint:
    """Read a checkpoint. Raises UserError where it is absent, damaged or of something else."""
    if not path.is_file():
        raise UserError(f"no checkpoint at {path}")
    if path.suffix == SAFETENSORS:
        return _load_safetensors(path)
    try:
        values = dict(ms.load_checkpoint(str(path)))
        config = build(Config, yaml.safe_load(values.pop(_CONFIG)))
        check(config)
        return Checkpoint(path, values, config, int(values.pop(_STEP)))
    except (ValueError, KeyError, TypeError, RuntimeError, OSError, yaml.YAMLError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else "it holds nothing"
        raise UserError(f"{path} is no checkpoint of this project, or damaged: {reason}") from error


def _load_safetensors(path: Path) -> Checkpoint:
    arrays, about = read_safetensors(path)
    try:
        config = build(Config, yaml.safe_load(about[_CONFIG]))
        check(config)
        step = int(about.get(_STEP, "0"))
    except (ValueError, KeyError, yaml.YAMLError) as error:
        raise UserError(
            f"{path} is no checkpoint of this project: its metadata has no config that can be read "
            f"({error}). Bring weights of others in with `python -m model import-weights`"
        ) from error
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
    problems = [f"{name} is missing" for name in wanted if name not in values]
    problems += [f"{name} is not of this network" for name in values if name not in wanted]
    problems += [
        f"{name} is {tuple(values[name].shape)}, not {tuple(parameter.shape)}"
        for name, parameter in wanted.items()
        if name in values and tuple(values[name].shape) != tuple(parameter.shape)
    ]
    if problems:
        more = f" and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        raise UserError(
            f"{source} does not fit the network: {'; '.join(problems[:_SHOWN])}{more}. Use the "
            "preset it was trained with, or another checkpoint"
        )
    for name, parameter in wanted.items():
        parameter.set_data(ms.Tensor(values[name].asnumpy(), parameter.dtype))
