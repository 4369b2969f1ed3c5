"""What import-weights says before and after; the weights themselves: tests/model/weights."""

from pathlib import Path

import numpy as np
import pytest

from model.__main__ import main

pytestmark = pytest.mark.usefixtures("mindspore")


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    status = main(["import-weights", *map(str, arguments)])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_what_is_wrong_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.savez(tmp_path / "other.npz", a=np.ones(3, np.float32))
    (tmp_path / "broken.ckpt").write_bytes(b"\x08" * 300)
    out = tmp_path / "out.ckpt"
    for source, message in (
        ("absent.npz", "no weights at"),
        ("other.npz", "holds no weights that are known"),
        ("broken.ckpt", "cannot be read as a MindSpore checkpoint"),
    ):
        status, _, error = run(capsys, tmp_path / source, "--out", out)
        assert status == 2
        assert message in error
    for place, message in (("out.npz", "ends with .ckpt"), ("none/out.ckpt", "there is no folder")):
        status, _, error = run(capsys, tmp_path / "other.npz", "--out", tmp_path / place)
        assert status == 2
        assert message in error
    assert not out.exists()


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("npz", "no VGG16 of the Caffe layout: it lacks conv1_1.weight"),
        ("torchvision", "no torchvision vgg16: it lacks features.0.weight"),
        ("ctpn", "no public MindSpore CTPN"),
        ("twin", "no checkpoint of this project"),
    ],
)
def test_a_kind_that_is_asked_for_must_be_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str, message: str
) -> None:
    source = tmp_path / "a.safetensors"
    from model.weights.safetensors_file import write_safetensors

    write_safetensors(source, {"a": np.ones(2, np.float32)}, {})
    status, _, error = run(capsys, source, "--out", tmp_path / "out.ckpt", "--kind", kind)
    assert status == 2
    assert message in error
