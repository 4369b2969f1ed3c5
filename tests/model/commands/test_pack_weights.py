"""Checkpoints in half precision, to hand on."""

from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from model.__main__ import main
from model.config import load_config
from tests.model.plain_preset import PLAIN

pytestmark = pytest.mark.usefixtures("mindspore")

CONFIG = load_config(PLAIN, ["network.channels=[2, 2, 3, 3, 4]"])


@pytest.fixture(scope="module")
def checkpoint(mindspore: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from model.checkpoints import save
    from model.network import Ctpn

    path = tmp_path_factory.mktemp("run") / "best.ckpt"
    save(path, Ctpn(CONFIG.network), CONFIG, 7)
    return path


def test_the_file_is_half_as_large_and_says_where_it_is_from(
    checkpoint: Path, tmp_path: Path
) -> None:
    from model.checkpoints import load

    out = tmp_path / "lite.safetensors"
    changes = ["--set", "lines.min_score=0.83", "--about", "framework=mindspore"]
    assert main(["pack-weights", str(checkpoint), "--out", str(out), *changes]) == 0
    before, after = load(checkpoint), load(out)
    assert (after.step, after.config.lines.min_score) == (7, 0.83)
    assert after.config.network == CONFIG.network
    with safe_open(out, "numpy") as file:
        assert file.metadata()["framework"] == "mindspore"
        assert {str(file.get_tensor(name).dtype) for name in file.keys()} == {"float16"}  # noqa: SIM118
    for name, value in before.parameters.items():
        assert np.allclose(value.asnumpy(), after.parameters[name].asnumpy(), rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "lite.bin"], "ends with .safetensors"),
        (["--out", "l.safetensors", "--about", "no sign"], "expected KEY=TEXT"),
        (["--out", "l.safetensors", "--about", "step=3"], "expected KEY=TEXT"),
        (["--out", "l.safetensors", "--set", "network.rnn_units=3"], "can change after training"),
    ],
)
def test_what_is_wrong_is_said(
    checkpoint: Path, arguments: list[str], message: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main(["pack-weights", str(checkpoint), *arguments]) == 2
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_numbers_too_large_for_half_precision_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import mindspore as ms

    from model.checkpoints import save
    from model.network import Ctpn

    network = Ctpn(CONFIG.network)
    variance = network.backbone.block1[0].norm.moving_variance
    variance.set_data(ms.Tensor(np.full(variance.shape, 1e5, np.float32)))
    save(tmp_path / "a.ckpt", network, CONFIG, 1)
    out = tmp_path / "a.safetensors"
    assert main(["pack-weights", str(tmp_path / "a.ckpt"), "--out", str(out)]) == 2
    assert "holds 100000, which half precision cannot hold" in capsys.readouterr().err
    assert not out.exists()


def test_its_own_source_a_folder_and_a_full_disk_are_no_place_for_it(
    checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    from model.weights import safetensors_file

    packed = tmp_path / "a.safetensors"
    assert main(["pack-weights", str(checkpoint), "--out", str(packed)]) == 0
    before = packed.read_bytes()
    (tmp_path / "link.safetensors").symlink_to(packed)
    (tmp_path / "folder.safetensors").mkdir()

    def full(*_: object, **__: object) -> None:
        raise safetensors_file.SafetensorError("No space left on device")

    monkeypatch.setattr(safetensors_file, "save_file", full)
    for out, message in (
        ("a.safetensors", "is the file that is read"),
        ("link.safetensors", "is the file that is read"),
        ("folder.safetensors", "is a folder"),
        ("none/a.safetensors", "there is no folder"),
        ("b.safetensors", "No space left on device; make room"),
    ):
        assert main(["pack-weights", str(packed), "--out", str(tmp_path / out)]) == 2
        assert message in capsys.readouterr().err
    assert packed.read_bytes() == before
