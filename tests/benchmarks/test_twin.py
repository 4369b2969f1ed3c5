"""The PyTorch twin answers, loses and learns as the network in MindSpore does."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.config import Config, LossSettings, TaskSettings, load_config
from model.environment import set_variables
from tests.model.plain_preset import PLAIN

set_variables()
torch = pytest.importorskip("torch", reason="the twin needs PyTorch (dependency group twin)")

SIZE = (64, 96)
TOLERANCE = 2e-5


@pytest.fixture(scope="module", params=["frozen", "batch"])
def config(request: pytest.FixtureRequest) -> Config:
    base = load_config(PLAIN)
    network = replace(
        base.network, channels=(4, 4, 6, 6, 8), window_channels=8, rnn_units=5, dense_units=7,
        batch_norm=request.param,
    )  # fmt: skip
    task = TaskSettings("m", 1, 2, 0.05, 0, backbone_rate=0.5, steps=3, frozen_blocks=1)
    return replace(base, network=network, finetune=task)


@pytest.fixture
def pair(config: Config, mindspore: None) -> tuple[Any, Any]:
    """A network with random statistics in its norms, and its twin."""
    import mindspore as ms

    from benchmarks.twin.network import Ctpn as Twin
    from benchmarks.twin.weights import take
    from model.network import Ctpn

    rng = np.random.default_rng(1)
    network = Ctpn(config.network, config.finetune.frozen_blocks)
    for parameter in network.get_parameters():
        value = rng.normal(0, 0.2, parameter.shape)
        if parameter.name.endswith(("moving_variance", "gamma")):
            value = 1 + np.abs(value)
        parameter.set_data(ms.Tensor(value.astype(np.float32)))
    twin = Twin(config.network, config.finetune.frozen_blocks)
    take(twin, network)
    return network, twin


def batch(config: Config) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(7)
    k = len(config.network.anchor_heights)
    grid = (2, SIZE[0] // 16, SIZE[1] // 16, k)
    return (
        rng.integers(0, 256, (2, *SIZE, 3)).astype(np.uint8),
        rng.integers(-1, 2, grid).astype(np.int32),
        rng.normal(0, 1, (*grid, 2)).astype(np.float32),
        rng.normal(0, 1, grid).astype(np.float32),
        rng.integers(0, 2, grid).astype(np.float32),
    )


def test_the_twin_has_the_same_parameters_and_freezes_the_same(pair: tuple[Any, Any]) -> None:
    network, twin = pair
    shapes = {p.name: tuple(p.shape) for p in network.get_parameters()}
    assert {name: tuple(value.shape) for name, value in twin.state_dict().items()} == shapes
    trained = {p.name for p in network.trainable_params()}
    assert {name for name, p in twin.named_parameters() if p.requires_grad} == trained


def test_the_twin_answers_the_same(config: Config, pair: tuple[Any, Any]) -> None:
    from benchmarks.twin.weights import outputs
    from model.predictor import forward

    images = batch(config)[0]
    for ours, theirs in zip(forward(pair[0], images), outputs(pair[1], images), strict=True):
        assert np.abs(ours).max() > 0.01
        assert np.allclose(ours, theirs, atol=TOLERANCE * max(1, np.abs(ours).max()))


def test_the_twin_loses_the_same(mindspore: None, config: Config) -> None:
    import mindspore as ms

    from benchmarks.twin.loss import ctpn_loss
    from model.loss import CtpnLoss

    _, labels, vertical, side, mask = batch(config)
    rng = np.random.default_rng(2)
    given = [rng.normal(0, 1, a.shape).astype(np.float32) for a in (vertical, vertical, side)]
    settings = LossSettings(1.0, 2.0, 3.0)
    ours = CtpnLoss(settings)(*(ms.Tensor(a) for a in (*given, labels, vertical, side, mask)))
    tensors = [torch.from_numpy(a) for a in (*given, labels, vertical, side, mask)]
    theirs = ctpn_loss(tuple(tensors[:3]), tuple(tensors[3:]), settings)
    assert np.allclose([float(v.asnumpy()) for v in ours], [float(v) for v in theirs], rtol=1e-5)


def test_the_twin_learns_the_same(config: Config, pair: tuple[Any, Any]) -> None:
    from benchmarks.twin.loss import ctpn_loss
    from benchmarks.twin.train import make_optimizer, set_rate
    from model.step import TrainingStep

    optimizer: Any = "adam" if config.network.batch_norm == "frozen" else "momentum"
    task = replace(config.finetune, optimizer=optimizer, learning_rate=0.002)
    network, twin = pair
    step, update = TrainingStep(network, config, task), make_optimizer(twin.train(), task)
    arrays = batch(config)
    for _ in range(3):
        ours = step(arrays, 0.002)
        set_rate(update, 0.002)
        images, *targets = (torch.from_numpy(a) for a in arrays)
        theirs = ctpn_loss(twin(images), tuple(targets), config.loss)
        update.zero_grad()
        theirs[0].backward()
        update.step()
        assert ours.loss == pytest.approx(float(theirs[0].detach()), rel=2e-4)
    values = twin.state_dict()
    for parameter in network.get_parameters():
        if parameter.name.endswith(("moving_mean", "moving_variance")):
            continue
        # The mean, not the greatest: Adam takes a full step either way where a gradient is nothing
        # but rounding.
        difference = np.abs(parameter.asnumpy() - values[parameter.name].numpy())
        assert difference.mean() < 5e-4, parameter.name  # of a way of 6e-3


def test_what_the_twin_writes_names_its_maker(
    config: Config, pair: tuple[Any, Any], tmp_path: Path
) -> None:
    from safetensors import safe_open

    from benchmarks.twin.weights import write

    write(tmp_path / "w.safetensors", pair[1], config, 12, {"mix": "icdar_train"})
    assert (tmp_path / "w.safetensors").stat().st_mode & 0o777 == 0o644
    with safe_open(tmp_path / "w.safetensors", "np") as file:
        facts = file.metadata()
        assert facts["framework"] == "pytorch" and facts["step"] == "12"
        assert facts["config"] == config.to_yaml() and facts["mix"] == "icdar_train"
        for parameter in pair[0].get_parameters():
            assert (file.get_tensor(parameter.name) == parameter.asnumpy()).all()


def test_a_checkpoint_is_found_by_the_name_of_shipped_weights(
    mindspore: None, tmp_path: Path
) -> None:
    from benchmarks.twin.train import build_parser, start_from
    from model.pretrained import default

    command = ["--task", "finetune", "--data", str(tmp_path), "--out", str(tmp_path)]
    args = build_parser().parse_args([*command, "--checkpoint", "lite"])
    assert start_from(args).path == default()
    assert start_from(build_parser().parse_args(command)).kind == "random"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "error: no shards of the mix"),
        (["--set", "finetune.steeps=1"], "did you mean steps"),
        (["--preset", "absent.yaml"], "error: "),
    ],
)
def test_what_a_person_can_put_right_is_said_in_a_line(
    mindspore: None, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    arguments: list[str], message: str,
) -> None:  # fmt: skip
    from benchmarks.twin.train import main

    command = ["--task", "finetune", "--data", str(tmp_path), "--out", str(tmp_path / "out")]
    assert main([*command, *arguments]) == 2
    said = capsys.readouterr().err
    assert message in said and said.count("\n") == 1
