"""Shapes of the network, what is frozen in it, and its gradient."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pytest

from model.config import LossSettings, NetworkSettings

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


def test_the_gradient_of_the_whole_network_is_that_of_finite_differences() -> None:
    import mindspore as ms

    from model.loss import CtpnLoss

    net, loss = network(batch_norm="frozen"), CtpnLoss(LossSettings())
    net.set_train(True)
    rng = np.random.default_rng(7)
    for head in (net.scores, net.vertical, net.side):
        # Their small start would leave gradients below that float32 cannot tell from rounding.
        shape = head.weight.shape
        head.weight.set_data(ms.Tensor(rng.standard_normal(shape).astype(np.float32)))
    grid = (2, ROWS, COLUMNS, K)
    arrays = [
        pictures(2), rng.integers(-1, 2, grid).astype(np.int32),
        rng.standard_normal((*grid, 2)).astype(np.float32),
        rng.standard_normal(grid).astype(np.float32), np.ones(grid, np.float32),
    ]  # fmt: skip
    tensors = [ms.Tensor(array) for array in arrays]

    def total(images: Any, *targets: Any) -> Any:
        return loss(*net(images), *targets)[0]

    def evaluate() -> float:
        # Cells, unlike compiled functions, see parameters that change from outside.
        return float(loss(*net(tensors[0]), *tensors[1:])[0].asnumpy())

    weights = net.trainable_params()
    _, gradients = ms.jit(ms.value_and_grad(total, None, weights))(*tensors)
    for parameter, gradient in zip(weights, gradients, strict=True):
        direction, wanted = np.sign(gradient.asnumpy()), np.abs(gradient.asnumpy()).sum()
        start, ends = parameter.asnumpy().copy(), []
        # Small enough to cross few kinks, large enough for float32 to see the loss move.
        step = 1e-4 / max(wanted, 1e-2)
        for sign in (1, -1):
            parameter.set_data(ms.Tensor(start + np.float32(sign * step) * direction))
            ends.append(evaluate())
        parameter.set_data(ms.Tensor(start))
        slope = (ends[0] - ends[1]) / (2 * step)
        # A nudge of an early layer moves some activations across the kinks of ReLU and pooling.
        within = 0.15 if parameter.name.startswith("backbone") else 0.005
        assert slope == pytest.approx(wanted, rel=within), parameter.name
