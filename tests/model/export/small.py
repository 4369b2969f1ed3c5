"""A small detector with drawn weights, so that files are made of it in no time."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from model.config import Config, load_config
from model.outputs import Outputs
from model.parameters import parameter_shapes
from model.transforms import fit
from model.weights.safetensors_file import write_safetensors
from tests.model.plain_network import predict
from tests.model.plain_preset import PLAIN

WIDTH, HEIGHT = 64, 48
CHANGES = (
    f"network.input_width={WIDTH}", f"network.input_height={HEIGHT}", "network.batch_norm=frozen",
    "network.channels=[2,3,4,5,6]", "network.anchor_heights=[8,20]", "network.rnn_units=3",
    "network.window_channels=7", "network.dense_units=5",
    # Every anchor passes, so that there is something to show.
    "proposals.min_score=0", "lines.min_score=0", "lines.min_aspect=0", "lines.min_proposals=1",
)  # fmt: skip


def small_config() -> Config:
    return load_config(PLAIN, list(CHANGES))


def small_arrays() -> dict[str, npt.NDArray[np.float32]]:
    """Weights that keep what passes through them at its size, norms that do something."""
    rng = np.random.default_rng(0)
    arrays = {}
    for name, shape in parameter_shapes(small_config().network).items():
        inputs = int(np.prod(shape[1:]))
        array = rng.normal(0, 1, shape) * (np.sqrt(2 / inputs) if len(shape) > 1 else 0.3)
        if name.endswith(("gamma", "moving_variance")):
            array = 1 + np.abs(array)
        arrays[name] = array.astype(np.float32)
    return arrays


def write_small(path: Path, **changed: npt.NDArray[np.float32]) -> Path:
    """A checkpoint, with some arrays in the place of its own."""
    metadata = {"config": small_config().to_yaml(), "step": "7"}
    write_safetensors(path, {**small_arrays(), **changed}, metadata)
    return path


def expected(pixels: npt.NDArray[np.uint8]) -> Outputs:
    """What the plain network says of a picture of the input's size."""
    network = small_config().network
    arrays: dict[str, Any] = {k: v.astype(np.float64) for k, v in small_arrays().items()}
    scores, vertical, side = (a[0] for a in predict(arrays, network, False, pixels[None]))
    probability = 1 / (1 + np.exp(scores[..., 0] - scores[..., 1]))
    return Outputs(probability, vertical, side, fit(WIDTH, HEIGHT, WIDTH, HEIGHT))  # type: ignore[arg-type]


def picture(width: int, height: int, seed: int = 0) -> npt.NDArray[np.uint8]:
    """Noise: nothing hides what a pixel more or less does."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def assert_alike(found: Outputs, wanted: Outputs, atol: float) -> None:
    assert found.placed == wanted.placed
    for name in ("scores", "vertical", "side"):
        np.testing.assert_allclose(
            getattr(found, name), getattr(wanted, name), rtol=0, atol=atol, err_msg=name
        )
