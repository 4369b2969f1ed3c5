"""Shapes of the network and what is frozen in it; ``test_gradient`` has its gradient."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pytest

from model.config import NetworkSettings

if TYPE_CHECKING:
    from model.network import Ctpn

pytestmark = pytest.mark.usefixtures("mindspore")

TINY = NetworkSettings(
    channels=(2, 2, 3, 3, 4),
    batch_norm="batch",
    anchor_heights=(8.0, 20.0),
    input_width=48,
    input_height=32,
    window_channels=4,
    rnn_units=3,
    dense_units=5,
)
ROWS, COLUMNS, K = 2, 3, 2


def pictures(count: int, seed: int = 0) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (count, 32, 48, 3), dtype=np.uint8)


def network(frozen_blocks: int = 0, batch_norm: str = "batch") -> "Ctpn":
    import mindspore as ms

    from model.network import Ctpn

    ms.set_seed(5)
    settings = NetworkSettings(**{**vars(TINY), "batch_norm": batch_norm})
    return Ctpn(settings, frozen_blocks)


def test_outputs_have_a_place_for_every_anchor() -> None:
    from model.predictor import forward

    scores, vertical, side = forward(network(), pictures(3))
    assert scores.shape == (3, ROWS, COLUMNS, K, 2)
    assert vertical.shape == (3, ROWS, COLUMNS, K, 2)
    assert side.shape == (3, ROWS, COLUMNS, K)


def test_an_image_is_answered_alike_alone_and_in_a_batch() -> None:
    from model.predictor import forward

    net, images = network(), pictures(3)
    together = forward(net, images)
    alone = forward(net, images[1:2])
    for many, one in zip(together, alone, strict=True):
        np.testing.assert_allclose(one[0], many[1], rtol=1e-4, atol=1e-6)


def test_rows_and_columns_are_not_confused() -> None:
    """Paint the bottom right cell: the last row's scores must change most, by far."""
    from model.predictor import forward

    net = network(batch_norm="frozen")
    image = np.full((1, 32, 48, 3), 128, np.uint8)
    painted = image.copy()
    painted[0, 28:, 40:] = 255
    change = np.abs(forward(net, painted)[2] - forward(net, image)[2])[0].sum(axis=2)
    assert change.shape == (ROWS, COLUMNS)
    assert change[1].sum() > change[0].sum()


def test_inference_folds_the_norm_to_the_same_result() -> None:
    import mindspore as ms
    from mindspore import ops

    from model.backbone import ConvNorm

    rng = np.random.default_rng(6)
    layer = ConvNorm(2, 3, batch_statistics=True)
    norm = layer.norm
    for parameter in (norm.gamma, norm.beta, norm.moving_mean, norm.moving_variance):
        parameter.set_data(ms.Tensor((rng.random(3) + 0.5).astype(np.float32)))
    layer.set_train(False)
    x = ms.Tensor(rng.standard_normal((2, 2, 8, 8)).astype(np.float32))
    unfolded = ops.relu(norm(layer.convolution(x)))
    np.testing.assert_allclose(layer(x).asnumpy(), unfolded.asnumpy(), rtol=1e-4, atol=1e-5)


def test_frozen_blocks_and_frozen_norms_are_not_trainable() -> None:
    names = {parameter.name for parameter in network(2).trainable_params()}
    assert not any(".block1." in name or ".block2." in name for name in names)
    assert "backbone.block3.conv3_1.norm.gamma" in names
    frozen = {parameter.name for parameter in network(0, "frozen").trainable_params()}
    assert "backbone.block1.conv1_1.convolution.weight" in frozen
    assert not any("norm" in name for name in frozen)
