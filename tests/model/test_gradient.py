"""A whole training step's gradient, against finite differences of a float64 version.

In float64 a difference can be taken over so short a way that hardly any activation crosses a kink
of ReLU or pooling on it, so the two agree to float32's own rounding.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pytest

from model.config import Config, load_config
from tests.model import plain_network
from tests.model.plain_preset import PLAIN

if TYPE_CHECKING:
    from model.network import Ctpn

pytestmark = pytest.mark.usefixtures("mindspore")

TINY = [
    "network.channels=[2, 2, 3, 3, 4]",
    "network.input_width=48",
    "network.input_height=32",
    "network.anchor_heights=[8, 20]",
    "network.window_channels=4",
    "network.rnn_units=3",
    "network.dense_units=5",
    "pretrain.optimizer=momentum",
    "pretrain.weight_decay=0",
    "pretrain.learning_rate=1",
]
GRID = (2, 2, 3, 2)
"""Two images of 2 x 3 cells with 2 anchors."""
WAY = 1e-8
"""Length of the step of a difference, along a unit vector: short against the distance of most
activations from a kink, long against float64's rounding of the loss (1e-16 of about 10)."""
WITHIN = 1e-4
"""Largest difference of two slopes as a share of the gradient's length. float32 rounds by 6e-8 at
a time, and many roundings lie between the loss and a gradient; 1e-5 was the most seen."""


def batch(rng: np.random.Generator) -> list[npt.NDArray[Any]]:
    return [
        rng.integers(0, 256, (2, 32, 48, 3), dtype=np.uint8),
        rng.integers(-1, 2, GRID).astype(np.int32),
        rng.standard_normal((*GRID, 2)).astype(np.float32),
        rng.standard_normal(GRID).astype(np.float32),
        (rng.random(GRID) < 0.7).astype(np.float32),
    ]


def network_of(config: Config, rng: np.random.Generator) -> "Ctpn":
    """A network whose every part matters: its heads start near zero, its norms as identities."""
    import mindspore as ms

    from model.network import Ctpn

    ms.set_seed(5)
    net = Ctpn(config.network, config.pretrain.frozen_blocks)
    for parameter in net.get_parameters():
        last = parameter.name.rpartition(".")[2]
        if last in ("gamma", "moving_variance"):
            value = rng.uniform(0.5, 1.5, parameter.shape)
        elif len(parameter.shape) == 1 or parameter.name.startswith(("scores", "vertical", "side")):
            value = 0.5 * rng.standard_normal(parameter.shape)
        else:
            continue
        parameter.set_data(ms.Tensor(value.astype(np.float32)))
    return net


def values(network: "Ctpn") -> dict[str, npt.NDArray[np.float64]]:
    return {p.name: p.asnumpy().astype(np.float64) for p in network.get_parameters()}


@pytest.mark.parametrize(("norm", "frozen_blocks"), [("frozen", 2), ("batch", 0)])
def test_a_step_moves_the_parameters_along_the_gradient(norm: str, frozen_blocks: int) -> None:
    """Without decay the first step of momentum at rate 1 is the gradient itself."""
    from model.step import TrainingStep

    changes = [f"network.batch_norm={norm}", f"pretrain.frozen_blocks={frozen_blocks}"]
    config = load_config(PLAIN, [*TINY, *changes])
    rng = np.random.default_rng(3)
    arrays, net = batch(rng), network_of(config, rng)
    before = values(net)
    losses = TrainingStep(net, config, config.pretrain)(arrays, 1.0)
    after = values(net)

    def loss(parameters: plain_network.Parameters) -> list[float]:
        return plain_network.loss(parameters, config.network, norm == "batch", arrays, config.loss)

    found = [losses.loss, losses.classification, losses.vertical, losses.side]
    np.testing.assert_allclose(found, loss(before), rtol=1e-5)
    names = [parameter.name for parameter in net.trainable_params()]
    assert len(names) == (27 if frozen_blocks else 57)
    for name in names:
        gradient = before[name] - after[name]
        length = np.linalg.norm(gradient)
        assert length > 1e-6, f"{name} does not move the loss"
        for direction in (gradient, *rng.standard_normal((3, *gradient.shape))):
            unit = direction / np.linalg.norm(direction)
            ends = [
                loss({**before, name: before[name] + end * unit})[0] for end in (WAY / 2, -WAY / 2)
            ]
            slope = (ends[0] - ends[1]) / WAY
            assert slope == pytest.approx(np.sum(gradient * unit), abs=WITHIN * length), name
