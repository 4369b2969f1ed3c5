"""Where ``evaluate`` writes unless it is told."""

from pathlib import Path

import pytest

from model.commands.evaluate import default_folder
from model.pretrained import FOLDER


def test_no_two_checkpoints_have_the_same_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, data = tmp_path / "runs" / "one", Path("data")
    checkpoints = run / "checkpoints"
    checkpoints.mkdir(parents=True)
    (run / "lineage.json").touch()
    for name in ("last.ckpt", "epoch-0005.ckpt", "mine.safetensors", "last.safetensors"):
        (checkpoints / name).touch()
    below = run / "evaluations"
    assert default_folder(data, checkpoints / "last.ckpt", "val") == below / "val"
    (checkpoints / "best.ckpt").touch()
    for name, folder in (
        ("best.ckpt", "val"),
        ("last.ckpt", "val-last"),
        ("epoch-0005.ckpt", "val-epoch-0005"),
        ("mine.safetensors", "val-mine.safetensors"),
        ("last.safetensors", "val-last.safetensors"),
    ):
        assert default_folder(data, checkpoints / name, "val") == below / folder
        changed = default_folder(data, checkpoints / name, "val", "1c0ffee5")
        assert changed == below / f"{folder}-1c0ffee5"
    monkeypatch.chdir(tmp_path)
    given = Path("runs/one/checkpoints/best.ckpt")
    assert default_folder(data, given, "val") == Path("runs/one/evaluations/val")
    (tmp_path / "link.ckpt").symlink_to(checkpoints / "epoch-0005.ckpt")
    assert default_folder(data, Path("link.ckpt"), "val") == below / "val-epoch-0005"
    monkeypatch.chdir(checkpoints)
    assert default_folder(data, Path("best.ckpt"), "val") == below / "val"


def test_files_of_no_run_have_folders_by_their_names(tmp_path: Path) -> None:
    below, data = tmp_path / "evaluations", tmp_path / "data"
    for name in ("a.ckpt", "b.ckpt", "b.safetensors", "b.onnx"):
        assert default_folder(data, tmp_path / name, "val") == below / name / "val"
    of_no_run = tmp_path / "checkpoints" / "best.ckpt"
    folder = tmp_path / "checkpoints" / "evaluations" / "best.ckpt"
    assert default_folder(data, of_no_run, "val", "1c0ffee5") == folder / "val-1c0ffee5"
    own = data / "evaluations" / "lite" / "val"
    assert default_folder(data, FOLDER / "lite.safetensors", "val") == own
