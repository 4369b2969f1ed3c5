"""The loss, by hand and by finite differences."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from model.config import LossSettings
from tests.model import plain_network

pytestmark = pytest.mark.usefixtures("mindspore")

Floats = npt.NDArray[np.float32]
GRID = (2, 1, 2, 3)
"""Two images of 1 x 2 cells with 3 anchors."""


def arguments(rng: np.random.Generator) -> dict[str, npt.NDArray[Any]]:
    """Predictions and targets at random, with all three labels."""

    def normal(*shape: int) -> Floats:
        return rng.standard_normal(shape).astype(np.float32)

    labels = np.array([1, 0, -1, 1, 0, 0, 0, 1, 1, -1, -1, -1], np.int32).reshape(GRID)
    return {
        "scores": normal(*GRID, 2),
        "vertical": normal(*GRID, 2),
        "side": normal(*GRID),
        "labels": labels,
        "true_vertical": normal(*GRID, 2) * 0.2,
        "true_side": normal(*GRID) * 0.2,
        "side_mask": (rng.random(GRID) < 0.6).astype(np.float32),
    }


def loss_of(values: dict[str, npt.NDArray[Any]], settings: LossSettings) -> list[float]:
    import mindspore as ms

    from model.loss import CtpnLoss

    outputs = CtpnLoss(settings)(*(ms.Tensor(value) for value in values.values()))
    return [float(output.asnumpy()) for output in outputs]


def by_hand(values: dict[str, npt.NDArray[Any]], settings: LossSettings) -> list[float]:
    """The same in float64, anchor by anchor."""
    exact = {name: value.astype(np.float64) for name, value in values.items()}
    return plain_network.loss_of(**{**exact, "labels": values["labels"]}, settings=settings)


def test_the_loss_is_what_it_says() -> None:
    settings = LossSettings(classification=1.5, vertical=2.0, side=0.5, beta=0.25)
    values = arguments(np.random.default_rng(1))
    np.testing.assert_allclose(loss_of(values, settings), by_hand(values, settings), rtol=1e-5)


def test_the_recipe_weighs_position_three_times() -> None:
    assert LossSettings() == LossSettings(1.0, 3.0, 1.0, 1 / 9)


@pytest.mark.parametrize("label", [0, -1])
def test_images_without_positives_or_without_samples_give_numbers(label: int) -> None:
    values = arguments(np.random.default_rng(2))
    values["labels"] = np.full(GRID, label, np.int32)
    total, entropy, vertical, side = loss_of(values, LossSettings())
    assert math.isfinite(total)
    assert (vertical, side) == (0, 0)
    assert (entropy > 0) == (label == 0)


def test_extreme_scores_do_not_overflow() -> None:
    values = arguments(np.random.default_rng(3))
    values["scores"] = np.full((*GRID, 2), (-1e4, 1e4), np.float32)
    total, entropy, *_ = loss_of(values, LossSettings())
    assert math.isfinite(total)
    shares = [(labels == 0).sum() / (labels >= 0).sum() for labels in values["labels"]]
    assert entropy == pytest.approx(2e4 * np.mean(shares), rel=1e-5)


def test_the_gradient_is_that_of_finite_differences() -> None:
    import mindspore as ms

    from model.loss import CtpnLoss

    values = arguments(np.random.default_rng(4))
    settings = LossSettings()
    loss = CtpnLoss(settings)

    def total(*tensors: Any) -> Any:
        return loss(*tensors)[0]

    gradient = ms.jit(ms.grad(total, (0, 1, 2)))
    found = gradient(*(ms.Tensor(value) for value in values.values()))
    for name, tensor in zip(("scores", "vertical", "side"), found, strict=True):
        wanted = np.zeros_like(values[name])
        for place in np.ndindex(values[name].shape):
            ends = []
            for nudge in (1e-6, -1e-6):
                moved = {**values, name: values[name].astype(np.float64)}
                moved[name][place] += nudge
                ends.append(by_hand(moved, settings)[0])
            wanted[place] = (ends[0] - ends[1]) / 2e-6
        np.testing.assert_allclose(tensor.asnumpy(), wanted, rtol=1e-5, atol=1e-6, err_msg=name)
