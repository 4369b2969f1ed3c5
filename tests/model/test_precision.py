"""Which arithmetic a training uses, its loss scale, and steps that overflow."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from model.config import Config, load_config
from model.precision import LARGEST_SCALE, SMALLEST_SCALE, STEPS_TO_GROW, is_mixed, next_scale
from tests.model.plain_preset import PLAIN

if TYPE_CHECKING:
    from model.step import Losses, TrainingStep

TINY = [
    "network.channels=[4, 4, 6, 8, 8]",
    "network.input_width=64",
    "network.input_height=48",
    "network.anchor_heights=[16, 24]",
    "network.window_channels=8",
    "network.rnn_units=4",
    "network.dense_units=8",
]
K = 2


@pytest.mark.parametrize(
    ("precision", "device", "mixed"),
    [
        ("auto", "CPU", False), ("auto", "GPU", True), ("auto", "Ascend", True),
        ("float32", "GPU", False), ("mixed", "CPU", True),
    ],
)  # fmt: skip
def test_the_device_decides_unless_the_key_does(precision: Any, device: str, mixed: bool) -> None:
    assert is_mixed(precision, device) is mixed


def test_an_overflow_halves_the_scale_and_begins_the_count_anew() -> None:
    assert next_scale(1024.0, 7, overflow=True) == (512.0, 0)
    assert next_scale(SMALLEST_SCALE, 7, overflow=True) == (SMALLEST_SCALE, 0)


def test_many_good_steps_in_a_row_double_the_scale() -> None:
    scale, good = 1024.0, 0
    for _ in range(STEPS_TO_GROW - 1):
        scale, good = next_scale(scale, good, overflow=False)
    assert (scale, good) == (1024.0, STEPS_TO_GROW - 1)
    assert next_scale(scale, good, overflow=False) == (2048.0, 0)
    assert next_scale(LARGEST_SCALE, good, overflow=False) == (LARGEST_SCALE, 0)


def step_of(config: Config, mixed: bool, scale: float | None) -> "TrainingStep":
    import mindspore as ms

    from model.network import Ctpn
    from model.step import TrainingStep

    ms.set_seed(1)
    network = Ctpn(config.network, mixed=mixed)
    return TrainingStep(network, config, config.pretrain, scale=scale)


def batch(seed: int = 0) -> list[Any]:
    rng = np.random.default_rng(seed)
    shape = (1, 3, 4, K)
    return [
        rng.integers(0, 256, (1, 48, 64, 3), dtype=np.uint8),
        rng.integers(-1, 2, shape, dtype=np.int32),
        rng.standard_normal((*shape, 2)).astype(np.float32),
        rng.standard_normal(shape).astype(np.float32),
        np.ones(shape, np.float32),
    ]


def values(step: "TrainingStep") -> dict[str, Any]:
    own = {name: value.asnumpy().copy() for name, value in step.state().items()}
    return own | {p.name: p.asnumpy().copy() for p in step.optimizer.parameters}


@pytest.fixture(scope="module")
def steps(mindspore: None) -> dict[str, "TrainingStep"]:
    config = load_config(PLAIN, TINY)
    return {
        "plain": step_of(config, mixed=False, scale=None),
        "scaled": step_of(config, mixed=False, scale=2.0**10),
        "mixed": step_of(config, mixed=True, scale=None),
    }


@pytest.fixture(scope="module")
def taken(steps: dict[str, "TrainingStep"]) -> dict[str, list["Losses"]]:
    """The losses of the first two steps of each, on the same picture."""
    return {name: [step(batch(), 0.02), step(batch(), 0.02)] for name, step in steps.items()}


def test_a_scale_changes_no_bit_of_an_update(
    steps: dict[str, "TrainingStep"], taken: dict[str, list["Losses"]]
) -> None:
    """Powers of two: float32 gradients are equal, divided by the scale again."""
    plain, scaled = steps["plain"], steps["scaled"]
    for one, other in zip(taken["plain"], taken["scaled"], strict=True):
        assert one.loss == other.loss
        assert (other.loss_scale, other.skipped) == (2.0**10, False)
    before, after = values(plain), values(scaled)
    assert (before.pop("loss_scale"), after.pop("loss_scale")) == (1.0, 2.0**10)
    assert (before.pop("good_steps"), after.pop("good_steps")) == (0, 2)
    for name, value in before.items():
        np.testing.assert_array_equal(after[name], value, err_msg=name)


def test_half_precision_trains_nearly_alike(taken: dict[str, list["Losses"]]) -> None:
    for one, half in zip(taken["plain"], taken["mixed"], strict=True):
        assert half.loss == pytest.approx(one.loss, rel=0.02)
        # The same to the last bit would mean that nothing was computed in float16.
        assert half.loss != one.loss
        assert (half.loss_scale, half.skipped) == (2.0**16, False)
    first, second = taken["mixed"]
    assert second.loss < first.loss


def test_a_step_that_overflows_is_skipped_and_halves_the_scale(
    steps: dict[str, "TrainingStep"], taken: dict[str, list["Losses"]]
) -> None:
    import mindspore as ms

    mixed = steps["mixed"]
    state = mixed.state()
    state["loss_scale"].set_data(ms.Tensor(2.0**40, ms.float32))
    state["good_steps"].set_data(ms.Tensor(5, ms.int32))
    before = values(mixed)
    losses = mixed(batch(), 0.02)
    after = values(mixed)
    assert (losses.skipped, losses.gradients_finite, losses.loss_scale) == (True, False, 2.0**40)
    assert losses.finite
    assert (after.pop("loss_scale"), after.pop("good_steps")) == (2.0**39, 0)
    for name, value in after.items():
        if name != "learning_rate":
            np.testing.assert_array_equal(value, before[name], err_msg=name)


def test_at_the_smallest_scale_an_overflow_is_the_end(steps: dict[str, "TrainingStep"]) -> None:
    import mindspore as ms

    mixed = steps["mixed"]
    mixed.state()["loss_scale"].set_data(ms.Tensor(SMALLEST_SCALE, ms.float32))
    broken = batch()
    broken[2] = np.full_like(broken[2], np.inf)
    losses = mixed(broken, 0.02)
    assert not losses.skipped
    assert not losses.finite
    mixed.state()["loss_scale"].set_data(ms.Tensor(2.0**16, ms.float32))


def test_the_state_takes_the_loss_scale_to_another_training(
    steps: dict[str, "TrainingStep"], tmp_path: Path
) -> None:
    from model.checkpoints import TrainingState, assign, load, save
    from model.network import Ctpn

    mixed = steps["mixed"]
    mixed(batch(), 0.02)
    config = load_config(PLAIN, TINY)
    state = TrainingState(1, 1, -1.0, mixed.state())
    save(tmp_path / "last.ckpt", Ctpn(config.network), config, 1, state)
    saved = load(tmp_path / "last.ckpt").training
    assert saved is not None
    other = step_of(config, mixed=True, scale=4.0)
    assign(other.state().values(), saved.tensors, "test")
    for name in ("loss_scale", "good_steps", "moments.dense.weight"):
        np.testing.assert_array_equal(
            other.state()[name].asnumpy(), mixed.state()[name].asnumpy(), err_msg=name
        )
