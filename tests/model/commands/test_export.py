"""``python -m model export``: which file is made, and what it says where none can be."""

from pathlib import Path

import pytest

from model.__main__ import main
from tests.model.export.small import picture, write_small

REASON = "needs the packages onnx and onnxruntime"


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    return write_small(tmp_path / "small.safetensors")


def export(checkpoint: Path, *arguments: object) -> int:
    return main(["export", "--checkpoint", str(checkpoint), *map(str, arguments)])


@pytest.mark.parametrize(
    ("options", "taken", "size"),
    [
        ((), "64x48", (64, 48)),
        (("--dynamic",), "any size", None),
        (("--size", "100x90"), "100x90", (100, 90)),
    ],
)
def test_onnx(
    checkpoint: Path,
    options: tuple[str, ...],
    taken: str,
    size: tuple[int, int] | None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("onnx", reason=REASON)
    pytest.importorskip("onnxruntime", reason=REASON)
    from model.export.onnx_running import open_onnx

    out = checkpoint.with_name("a.onnx")
    assert export(checkpoint, "--format", "onnx", "--out", out, *options) == 0
    told = capsys.readouterr().out
    assert f"{out}: 0.0" in told
    assert f"takes pictures of {taken}\n" in told
    assert ("next: python -m model predict" in told) == (size != (100, 90))
    backend = open_onnx(out)
    assert backend.about.picture == size
    assert backend.outputs(picture(*(size or (33, 21)))).scores.shape == (3, 4, 2)


def test_thresholds_go_into_the_file(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("onnx", reason=REASON)
    pytest.importorskip("onnxruntime", reason=REASON)
    from model.export.onnx_running import open_onnx

    monkeypatch.chdir(tmp_path)
    assert export(checkpoint, "--format", "ONNX", "--half", "--set", "lines.gap=48") == 0
    assert open_onnx(tmp_path / "small.onnx").config.lines.gap == 48


@pytest.mark.usefixtures("mindspore")
def test_mindir(checkpoint: Path) -> None:
    from model.export.mindir_running import open_mindir

    out = checkpoint.with_name("a.mindir")
    assert export(checkpoint, "--format", "MINDIR", "--out", out) == 0
    assert open_mindir(out).about.picture == (64, 48)


@pytest.mark.usefixtures("mindspore")
def test_air_says_where_it_can_be_made_and_how(
    checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = checkpoint.with_name("a.air")
    options = ("--format", "AIR", "--out", out, "--size", "100x90", "--half")
    assert export(checkpoint, *options) == 2
    told = capsys.readouterr().err
    assert "an AIR is made of an Ascend's own operators" in told
    assert f"model export --checkpoint {checkpoint} --format AIR --out {out} --size 100x90" in told
    assert export(checkpoint, "--format", "AIR", "--out", out, "--dynamic") == 2
    assert "give --size WxH" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--format", "ONNX", "--out", "a.mindir"), "give it a name that ends with .onnx"),
        (("--format", "ONNX", "--out", "nowhere/a.onnx"), "there is no folder nowhere"),
        (("--format", "ONNX", "--set", "loss.side=0"), "can change after training"),
    ],
)
def test_what_cannot_be_made_is_told(
    checkpoint: Path,
    options: tuple[str, ...],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert export(checkpoint, *options) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("size", ["20x", "0x5", "x", "20X30", "99999x99999", "-1x5"])
def test_sizes_that_are_none_are_refused(
    checkpoint: Path, size: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        export(checkpoint, "--format", "ONNX", f"--size={size}")
    assert "--size" in capsys.readouterr().err


def test_a_backbone_is_no_detector(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from model.weights.safetensors_file import write_safetensors
    from tests.model.export.small import small_arrays, small_config

    arrays = {k: v for k, v in small_arrays().items() if k.startswith("backbone.")}
    path = tmp_path / "a.safetensors"
    write_safetensors(path, arrays, {"config": small_config().to_yaml()})
    assert export(path, "--format", "ONNX", "--out", tmp_path / "a.onnx") == 2
    assert "holds no detector" in capsys.readouterr().err
