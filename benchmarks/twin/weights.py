"""Weights between the twin, the network of ``model`` and files."""

from pathlib import Path

import numpy as np
import torch

from benchmarks.twin.network import Ctpn
from model.config import Config
from model.network import Ctpn as Original
from model.weights.safetensors_file import write_safetensors


def take(twin: Ctpn, original: Original) -> None:
    """Set the twin to the original's weights. Raises RuntimeError where a name does not fit."""
    values = {p.name: torch.from_numpy(p.asnumpy().copy()) for p in original.get_parameters()}
    twin.load_state_dict(values, strict=True)


def write(path: Path, twin: Ctpn, config: Config, step: int, about: dict[str, str]) -> None:
    """Write the weights as ``import-weights`` takes them: .safetensors with config and step."""
    arrays = {name: value.detach().cpu().numpy() for name, value in twin.state_dict().items()}
    facts = {"config": config.to_yaml(), "step": str(step), "framework": "pytorch", **about}
    write_safetensors(path, arrays, facts)


def outputs(twin: Ctpn, images: np.ndarray) -> tuple[np.ndarray, ...]:
    """Scores, vertical and side of (B, H, W, 3) uint8 RGB, in inference mode."""
    training = twin.training
    twin.eval()
    with torch.no_grad():
        values = tuple(value.numpy() for value in twin(torch.from_numpy(images)))
    twin.train(training)
    return values
