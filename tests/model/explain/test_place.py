"""An evaluation replaces an older one, at every moment whole or recognised, and nothing else."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from manifests.errors import UserError
from manifests.sealing import load_sealed
from model.explain import folder as writer
from model.explain import place as module
from model.explain.folder import open_evaluation
from model.explain.place import alone, check_folder, files_of, is_own
from tests.model.explain.evaluations import found, region, stored

ONE, TWO = "alpha/test/img_1", "beta/train/img_7"
WORD = (10.0, 10.0, 110.0, 30.0)
IMAGES = {ONE: [region(ONE, 1, WORD), region(ONE, 2, (0, 90, 50, 99), "###")], TWO: []}
LINES = {ONE: found(WORD), TWO: found((0, 0, 20, 20))}
OF_OTHERS = "which no `evaluate` wrote there"


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_rerun_leaves_nothing_of_before_and_all_of_others(tmp_path: Path) -> None:
    first = stored(tmp_path, IMAGES, LINES, run="a")
    for name in ("notes.txt", ".DS_Store", "submissions/beta-train/mine.zip"):
        (tmp_path / name).write_text("mine")
    (tmp_path / "report" / "assets").mkdir(parents=True)
    (tmp_path / "report" / "assets" / "report.css").touch()
    second = stored(tmp_path, {ONE: IMAGES[ONE]}, LINES)
    assert second.info["data_fingerprint"] != first.info["data_fingerprint"]
    assert set(contents(tmp_path)) == {
        "images.parquet", "truths.parquet", "detections.parquet", "predictions.jsonl",
        "submissions/alpha-test/submit_run-7.zip", "evaluation.json",
        "notes.txt", ".DS_Store", "submissions/beta-train/mine.zip",
    }  # fmt: skip
    assert set(second.info["files"]) == set(contents(tmp_path)) - {
        "evaluation.json", "notes.txt", ".DS_Store", "submissions/beta-train/mine.zip"
    }  # fmt: skip
    assert not list(tmp_path.glob(".new-*"))


def test_a_rerun_that_fails_leaves_the_old_evaluation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(tmp_path, IMAGES, LINES)
    before = contents(tmp_path)

    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writer, "write_submissions", fail)
    with pytest.raises(UserError, match="the disk is full; make room"):
        stored(tmp_path, {ONE: []}, {})
    monkeypatch.undo()
    with pytest.raises((TypeError, ValueError)):
        stored(tmp_path, {ONE: []}, {}, odd=float("nan"))
    assert contents(tmp_path) == before
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("old", [True, False])
def test_wherever_a_run_is_killed_the_next_goes_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: bool
) -> None:
    """Killed at each step of the swap; what stands is the old evaluation, none, or the new one."""
    images = {ONE: IMAGES[ONE]}
    new = contents(stored(tmp_path / "new", images, LINES).folder)
    for steps in range(9):
        folder = tmp_path / str(steps)
        if old:
            stored(folder, IMAGES, LINES)
        _kill_after(steps, folder, images, monkeypatch)
        if (folder / "evaluation.json").exists():
            open_evaluation(folder)
        check_folder(folder)
        with alone(folder):
            stored(folder, images, LINES)
        assert contents(folder) == {**new, ".lock": b""}, steps
        assert not list(folder.glob(".new-*"))


def _kill_after(
    steps: int, folder: Path, images: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a run leaves that ends before it has moved more than ``steps`` files. Nothing is tidied
    up: as of a killed process."""
    left, settle = [steps], module.settle

    def counted(*given: Path) -> None:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        settle(*given)

    monkeypatch.setattr(module, "settle", counted)
    try:
        stored(folder, images, LINES)
    except KeyboardInterrupt:
        assert list(folder.glob(".new-*"))
    finally:
        monkeypatch.undo()


def test_what_a_run_left_that_was_killed_while_it_wrote_is_swept(tmp_path: Path) -> None:
    left = tmp_path / ".new-0123456789ab"
    left.mkdir()
    (left / "images.parquet").write_bytes(b"PAR1")
    check_folder(tmp_path)
    with alone(tmp_path):
        assert not left.exists()


def test_two_runs_do_not_write_into_one_folder(tmp_path: Path) -> None:
    with (
        alone(tmp_path / "a"),
        pytest.raises(UserError, match="another run is writing to"),
        alone(tmp_path / "a"),
    ):
        pass
    with alone(tmp_path / "a"):
        pass


@pytest.mark.parametrize(
    "name",
    [
        "images.parquet",
        "predictions.jsonl",
        "evaluation.json",
        "submissions/my/submit_1.zip",
        "submissions",
    ],
)
@pytest.mark.parametrize("beside", [True, False])
def test_files_of_others_are_refused_and_left(tmp_path: Path, name: str, beside: bool) -> None:
    if beside:
        stored(tmp_path, IMAGES, LINES)
        if name.startswith("submissions"):
            shutil.rmtree(tmp_path / "submissions")
        info = load_sealed(tmp_path / "evaluation.json")
        info["files"].pop(name, None)
        (tmp_path / "evaluation.json").write_text(json.dumps(info))
    (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
    (tmp_path / name).write_text('{"version": 1, "files": {}}')
    before = contents(tmp_path)
    with pytest.raises(UserError, match=OF_OTHERS):
        check_folder(tmp_path)
    with pytest.raises(UserError, match=OF_OTHERS):
        stored(tmp_path, IMAGES, LINES)
    assert contents(tmp_path) == before


def test_a_folder_is_looked_at_before_the_work(tmp_path: Path) -> None:
    """--out may name a manifest's folder, whose images.parquet is another; or a file."""
    new, file = tmp_path / "a" / "b", tmp_path / "file"
    check_folder(new)
    assert not new.parent.exists()
    file.touch()
    with pytest.raises(UserError, match="give another --out"):
        check_folder(file)
    stored(new, IMAGES, LINES)
    (new / "notes.txt").touch()
    check_folder(new)
    (new / "images.parquet").unlink()
    (new / "images.parquet").mkdir()
    with pytest.raises(UserError, match=OF_OTHERS):
        check_folder(new)


def test_only_names_of_an_evaluation_are_its_own(tmp_path: Path) -> None:
    """An edited evaluation.json takes away nothing elsewhere."""
    assert is_own("images.parquet") and is_own("submissions/a-test/submit_run-7.zip")
    for name in (
        "../images.parquet", "/etc/passwd", "submissions/../submit_a.zip", "notes.txt", "", 3,
        "submissions/a/b/submit_a.zip", "submissions/a/mine.zip", "evaluation.json",
    ):  # fmt: skip
        assert not is_own(name), name
    info = stored(tmp_path, IMAGES, LINES).info
    assert files_of(info) == info["files"]
    for change in (
        {"files": []},
        {"files": {}},
        {"files": {**info["files"], "../x": "0" * 64}},
        {"files": {**info["files"], "images.parquet": "0"}},
        {"version": True},
    ):
        with pytest.raises(ValueError, match="it "):
            files_of({**info, **change})
