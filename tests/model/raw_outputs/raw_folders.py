"""Raw outputs as a device writes them, of words that a test chooses."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from model.anchors import STRIDE
from model.config import Config
from model.outputs import Outputs
from model.transforms import fit

Word = tuple[int, int, int]
"""Row, first column and column after the last one of cells that are text."""


def outputs_of(config: Config, size: tuple[int, int], words: list[Word]) -> Outputs:
    """Outputs for a picture of a size (width, height): words in anchors of the third height."""
    network = config.network
    grid = (network.input_height // STRIDE, network.input_width // STRIDE)
    scores: npt.NDArray[np.float32] = np.full(
        (*grid, len(network.anchor_heights)), 0.01, np.float32
    )
    for row, first, end in words:
        scores[row, first:end, 2] = 0.97
    vertical = np.zeros((*scores.shape, 2), np.float32)
    placed = fit(*size, network.input_width, network.input_height)
    return Outputs(scores, vertical, np.zeros_like(scores), placed)


def write_outputs(folder: Path, name: str, outputs: Outputs, /, **changes: Any) -> None:
    """The four files of a picture; ``changes`` to its JSON, None takes a key away."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {"scores": outputs.scores, "vertical": outputs.vertical, "side": outputs.side}
    for key, array in arrays.items():
        (folder / f"{name}.{key}.bin").write_bytes(array.astype("<f4").tobytes())
    about = {
        "version": 1,
        "image": f"pictures/{name}.jpg",
        "name": name,
        **{key: value for key, value in vars(outputs.placed).items() if key not in ("left", "top")},
        "shapes": {key: list(array.shape) for key, array in arrays.items()},
        **changes,
    }
    kept = {key: value for key, value in about.items() if value is not None}
    (folder / f"{name}.json").write_text(json.dumps(kept))


def write_run(folder: Path, images: int, **changes: Any) -> None:
    """``run.json`` of a program that ran a network to its end."""
    about = {
        "version": 1,
        "engine": "MindSpore Lite on Ascend 0",
        "network": True,
        "images": images,
    }
    (folder / "run.json").write_text(json.dumps(about | changes))
