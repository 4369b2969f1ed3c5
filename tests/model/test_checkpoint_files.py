"""Checkpoints as .safetensors, and checkpoints that hold a backbone alone."""

from pathlib import Path

import numpy as np
import pytest

from manifests.errors import UserError
from model.__main__ import main
from model.config import Config, load_config
from model.weights.safetensors_file import write_safetensors
from tests.model.plain_preset import PLAIN

pytestmark = pytest.mark.usefixtures("mindspore")

TINY = [
    "network.channels=[2, 2, 3, 3, 4]", "network.input_width=64", "network.input_height=48",
    "network.anchor_heights=[12, 24]", "network.window_channels=4", "network.rnn_units=3",
    "network.dense_units=4",
]  # fmt: skip


@pytest.fixture(scope="module")
def config() -> Config:
    return load_config(PLAIN, TINY)


def arrays_of(config: Config) -> dict[str, np.ndarray]:
    """Random parameters of a network, by the names that any framework must give them."""
    import mindspore as ms

    from model.network import Ctpn

    ms.set_seed(5)
    return {p.name: p.asnumpy() for p in Ctpn(config.network).get_parameters()}


def write(path: Path, config: Config, **changes: np.ndarray) -> dict[str, np.ndarray]:
    arrays = arrays_of(config) | changes
    about = {"config": config.to_yaml(), "step": "40", "framework": "another"}
    write_safetensors(path, arrays, about)
    return arrays


@pytest.mark.parametrize(
    ("kind", "name"),
    [("float32", "a.safetensors"), ("float16", "a.safetensors"), ("float32", "a.ckpt"),
     ("float32", "a")],
)  # fmt: skip
def test_safetensors_are_a_checkpoint_like_any_other_whatever_their_name(
    tmp_path: Path, config: Config, kind: str, name: str
) -> None:
    from model.checkpoints import load
    from model.predictor import load_predictor

    path = tmp_path / name
    arrays = {name: array.astype(kind) for name, array in arrays_of(config).items()}
    about = {"config": config.to_yaml(), "step": "40"}
    write_safetensors(path, arrays, about)
    found = load(path)
    assert (found.config, found.step, found.path) == (config, 40, path)
    predictor = load_predictor(path)
    for parameter in predictor.network.get_parameters():
        wanted = arrays[parameter.name].astype(np.float32)
        np.testing.assert_array_equal(parameter.asnumpy(), wanted, err_msg=parameter.name)


def test_importing_a_twin_changes_nothing(tmp_path: Path, config: Config) -> None:
    from model.checkpoints import load

    source, out = tmp_path / "twin.safetensors", tmp_path / "twin.ckpt"
    arrays = write(source, config)
    assert main(["import-weights", str(source), "--out", str(out)]) == 0
    found = load(out)
    assert (found.config, found.step) == (config, 40)
    assert set(found.parameters) == set(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(found.parameters[name].asnumpy(), array, err_msg=name)
    assert load_config(out.with_suffix(".yaml")) == config


def test_a_twin_that_does_not_fit_its_own_config_is_refused(
    tmp_path: Path, config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    source, out = tmp_path / "twin.safetensors", tmp_path / "twin.ckpt"
    write(source, config, extra=np.zeros(2, np.float32))
    assert main(["import-weights", str(source), "--out", str(out)]) == 2
    assert "extra is not of this network" in capsys.readouterr().err
    write(source, config)
    assert main(["import-weights", str(source), "--out", str(out), "--preset", "full"]) == 2
    assert "holds its own config; leave out --preset" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(
    ("about", "message"),
    [
        ({}, "metadata has no config that can be read"),
        ({"config": "network: {}"}, "metadata has no config that can be read"),
        ({"config": "{broken"}, "metadata has no config that can be read"),
    ],
)
def test_safetensors_of_something_else_are_no_checkpoint(
    tmp_path: Path, about: dict[str, str], message: str
) -> None:
    from model.checkpoints import load

    write_safetensors(tmp_path / "a.safetensors", {"a": np.ones(2, np.float32)}, about)
    with pytest.raises(UserError, match=message):
        load(tmp_path / "a.safetensors")


def test_a_broken_number_in_safetensors_is_noticed(tmp_path: Path, config: Config) -> None:
    from model.checkpoints import load

    path = tmp_path / "detector.safetensors"
    write(path, config, **{"side.bias": np.array([0, np.nan], np.float32)})
    with pytest.raises(UserError, match=r"side\.bias holds NaN"):
        load(path)


def test_a_backbone_alone_is_no_detector(tmp_path: Path, config: Config) -> None:
    from model.checkpoints import load, restore
    from model.network import Ctpn

    backbone = {n: a for n, a in arrays_of(config).items() if n.startswith("backbone.")}
    path = tmp_path / "backbone.safetensors"
    write_safetensors(path, backbone, {"config": config.to_yaml()})
    with pytest.raises(UserError, match=r"holds a backbone alone.*--task pretrain --backbone"):
        restore(Ctpn(config.network), load(path))


def test_weights_for_other_anchors_do_not_start_a_training(tmp_path: Path, config: Config) -> None:
    from model.starting import Start, build_network

    path = tmp_path / "detector.safetensors"
    write(path, config)
    start = Start("checkpoint", path)
    build_network(config, "pretrain", "CPU", start)
    other = load_config(PLAIN, [*TINY, "network.anchor_heights=[12, 25]"])
    with pytest.raises(UserError, match=r"add --set network\.anchor_heights=\[12,24\]"):
        build_network(other, "pretrain", "CPU", start)


def test_one_changed_byte_in_a_checkpoint_is_noticed(tmp_path: Path, config: Config) -> None:
    from model.checkpoints import load, save
    from model.network import Ctpn

    path = tmp_path / "a.ckpt"
    save(path, Ctpn(config.network), config, 3)
    content = path.read_bytes()
    assert load(path).step == 3
    for place in (len(content) // 2, len(content) - 1):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        with pytest.raises(UserError, match=r"a\.ckpt .* damaged: its checksum does not fit"):
            load(path)


def test_a_checkpoint_without_a_checksum_is_read(tmp_path: Path, config: Config) -> None:
    import mindspore as ms

    from model.checkpoints import load

    entries = [{"name": n, "data": ms.Tensor(v)} for n, v in arrays_of(config).items()]
    about = {"config": config.to_yaml(), "step": 4, "remark": "of others"}
    ms.save_checkpoint(entries, str(tmp_path / "a.ckpt"), append_dict=about)
    assert set(load(tmp_path / "a.ckpt").parameters) == set(arrays_of(config))
