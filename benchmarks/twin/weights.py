"""Weights between the twin, the network of ``model`` and files."""

import json
import os
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from benchmarks.twin.network import Ctpn
from model.config import Config
from model.network import Ctpn as Original


def take(twin: Ctpn, original: Original) -> None:
    """Set the twin to the original's weights. Raises RuntimeError where a name does not fit."""
    values = {p.name: torch.from_numpy(p.asnumpy().copy()) for p in original.get_parameters()}
    twin.load_state_dict(values, strict=True)


def write(path: Path, twin: Ctpn, config: Config, step: int, about: dict[str, str]) -> None:
    """Write the weights as ``import-weights`` takes them: .safetensors with config and step."""
    values = {name: value.contiguous() for name, value in twin.state_dict().items()}
    facts = {"config": config.to_yaml(), "step": str(step), "framework": "pytorch", **about}
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    save_file(values, str(scratch), metadata={key: str(value) for key, value in facts.items()})
    scratch.replace(path)


def outputs(twin: Ctpn, images: np.ndarray) -> tuple[np.ndarray, ...]:
    """Scores, vertical and side of (B, H, W, 3) uint8 RGB, in inference mode."""
    training = twin.training
    twin.eval()
    with torch.no_grad():
        values = tuple(value.numpy() for value in twin(torch.from_numpy(images)))
    twin.train(training)
    return values


def dump(entry: dict[str, object]) -> str:
    """A line of the log."""
    return json.dumps({k: round(v, 6) if isinstance(v, float) else v for k, v in entry.items()})
