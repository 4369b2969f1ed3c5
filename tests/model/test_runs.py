"""Pointers between runs, lineage and progress."""

import errno
import logging
from pathlib import Path

import pytest

from manifests.errors import UserError
from model.code_version import code_version
from model.config import load_config
from model.lineage import start_of
from model.progress import Progress
from tests.model.plain_preset import PLAIN

pytestmark = pytest.mark.usefixtures("mindspore")


def test_the_last_run_of_a_task_is_found_and_its_best_checkpoint_taken(tmp_path: Path) -> None:
    from model.runs import latest_checkpoint, read_latest, set_latest

    for name in ("p1", "p2", "f1"):
        folder = tmp_path / "runs" / name / "checkpoints"
        folder.mkdir(parents=True)
        (folder / "last.ckpt").touch()
    elsewhere = tmp_path / "elsewhere" / "checkpoints"
    elsewhere.mkdir(parents=True)
    (elsewhere / "best.ckpt").touch()
    (elsewhere / "last.ckpt").touch()

    set_latest(tmp_path, "pretrain", tmp_path / "runs" / "p1")
    set_latest(tmp_path, "pretrain", tmp_path / "runs" / "p2")
    wanted = tmp_path / "runs" / "p2" / "checkpoints" / "last.ckpt"
    assert latest_checkpoint(tmp_path, "finetune", "pretrain") == wanted
    set_latest(tmp_path, "finetune", tmp_path / "runs" / "f1")
    assert latest_checkpoint(tmp_path, "finetune", "pretrain").parts[-3] == "f1"
    assert read_latest(tmp_path) == {"pretrain": "p2", "finetune": "f1"}
    set_latest(tmp_path, "finetune", elsewhere.parent)
    found = latest_checkpoint(tmp_path, "finetune").resolve()
    assert found == (elsewhere / "best.ckpt").resolve()


def test_without_a_finished_run_it_says_how_to_get_one(tmp_path: Path) -> None:
    from model.runs import latest_checkpoint

    with pytest.raises(UserError, match=r"no finished finetune or pretrain run .*--checkpoint"):
        latest_checkpoint(tmp_path, "finetune", "pretrain")
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "latest.json").write_text("{broken")
    with pytest.raises(UserError, match=r"latest\.json cannot be read"):
        latest_checkpoint(tmp_path, "pretrain")


def test_where_the_last_run_was_removed_others_are_taken(tmp_path: Path) -> None:
    from model import pretrained
    from model.commands.evaluate import find_checkpoint
    from model.runs import set_latest
    from model.starting import find_start

    for task in ("finetune", "pretrain"):
        set_latest(tmp_path, task, tmp_path / "runs" / f"{task}-1")
    assert find_checkpoint(tmp_path, None) == pretrained.default()
    start = find_start(tmp_path, "finetune", None, None, "lite")
    assert start.path == pretrained.default()
    with pytest.raises(UserError, match="no finished pretrain run"):
        find_start(tmp_path, "finetune", None, None)
    last = tmp_path / "runs" / "pretrain-1" / "checkpoints" / "last.ckpt"
    last.parent.mkdir(parents=True)
    last.touch()
    assert find_checkpoint(tmp_path, None) == last
    assert find_start(tmp_path, "finetune", None, None, "lite").path == last


def test_a_file_is_no_folder_for_a_run(tmp_path: Path) -> None:
    from model.runs import Run

    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="is not empty; give --run another folder"):
        Run(tmp_path / "file", load_config(PLAIN), {})


def test_a_folder_does_not_hide_the_weights_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from model import pretrained

    monkeypatch.setattr(pretrained, "FOLDER", tmp_path / "pretrained")
    (tmp_path / "pretrained").mkdir()
    (tmp_path / "pretrained" / "lite.safetensors").touch()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lite").mkdir()
    found = pretrained.resolve(Path("lite"))
    assert found == tmp_path / "pretrained" / "lite.safetensors"
    (tmp_path / "lite").rmdir()
    (tmp_path / "lite").touch()
    assert pretrained.resolve(Path("lite")) == Path("lite")


def test_the_lineage_names_file_and_code(tmp_path: Path) -> None:
    path = tmp_path / "a.ckpt"
    path.write_bytes(b"abc")
    start = start_of("checkpoint", path)
    assert start["sha256"].startswith("ba7816bf")
    assert start_of("random", None) == {"kind": "random"}
    assert start_of("checkpoint", path, tmp_path / "other")["path"] == str(path.resolve())


def test_a_start_inside_the_data_folder_stays_right_when_that_moves(tmp_path: Path) -> None:
    data = tmp_path / "data"
    path = data / "runs" / "a" / "best.ckpt"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"abc")
    (tmp_path / "link").symlink_to(data)
    for folder in (data, tmp_path / "link"):
        assert start_of("checkpoint", path, folder)["path"] == "runs/a/best.ckpt"
    version = code_version()
    assert version == {} or len(version["commit"]) == 40


def test_a_full_disk_leaves_the_checkpoint_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mindspore as ms
    from mindspore import nn

    from model.config import load_config
    from model.runs import Run

    run = Run(tmp_path / "run", load_config(PLAIN), {})
    network = nn.Dense(2, 2)
    last = run.save("last", network, 0)
    before = last.read_bytes()

    def fill(entries: object, path: str, **_: object) -> None:
        Path(path).with_suffix(".tmp").write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(ms, "save_checkpoint", fill)
    with pytest.raises(UserError, match=r"last\.ckpt: the disk is full; the checkpoint before it"):
        run.save("last", network, 1)
    assert last.read_bytes() == before
    assert [path.name for path in last.parent.iterdir()] == ["last.ckpt"]
    (run.folder / "log.jsonl").symlink_to("/dev/full")
    run.saved = 500
    match = (
        r"log\.jsonl: the disk is full; .* step 500: make room and go on with .* --resume .*run`"
    )
    with pytest.raises(UserError, match=match):
        run.log({"step": 501})


@pytest.mark.parametrize("keep", range(6))
def test_of_the_checkpoints_of_epochs_the_newest_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keep: int
) -> None:
    from mindspore import nn

    from model.runs import Run

    run = Run(tmp_path / "run", load_config(PLAIN), {})
    monkeypatch.setattr("model.checkpoints.save", lambda path, *_: path.touch())
    run.save("best", nn.Dense(1, 1), 1)
    for epoch in range(1, 9):
        run.save_epoch(epoch, nn.Dense(1, 1), epoch, keep)
        newest = range(max(1, epoch - keep + 1), epoch + 1)
        wanted = ["best", *(f"epoch-{number:04d}" for number in newest)]
        assert sorted(path.stem for path in run.checkpoints.iterdir()) == wanted


def test_after_epoch_9999_the_newest_stay_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mindspore import nn

    from model.runs import Run

    run = Run(tmp_path / "run", load_config(PLAIN), {})
    monkeypatch.setattr("model.checkpoints.save", lambda path, *_: path.touch())
    (run.checkpoints / "epoch-mine.ckpt").touch()
    for epoch in range(9998, 10003):
        run.save_epoch(epoch, nn.Dense(1, 1), epoch, 2)
    names = {path.stem for path in run.checkpoints.iterdir()}
    assert names == {"epoch-mine", "epoch-10001", "epoch-10002"}


def test_away_from_a_terminal_progress_is_a_line_now_and_then(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    with Progress(50, "pretrain", terminal=False) as progress:
        for _ in range(50):
            progress.advance(0.5, 4.0)
    assert [line.split(",")[0] for line in caplog.messages] == [
        "pretrain: step 1 of 50",
        "pretrain: step 50 of 50",
    ]
    assert capsys.readouterr().err == ""


def test_progress_tells_the_time_left() -> None:
    progress = Progress(400, "pretrain", terminal=False)
    progress.done = 100
    said = "pretrain: step 100 of 400, loss 0.3210, 4.1 images/s"
    assert progress.line(0.321, 4.1, 0.45) == f"{said}, 2:15 left"
    assert progress.line(0.321, 4.1, 13) == f"{said}, 1:05:00 left"
    assert progress.line(0.321, 4.1, None) == said


def test_progress_goes_on_from_the_steps_that_were_taken(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time left comes from this process's steps, without the first, which compiles."""
    caplog.set_level(logging.INFO)
    times = iter([50.0, 170.0, 290.0])
    monkeypatch.setattr("model.progress.time.monotonic", lambda: next(times))
    progress = Progress(100, "pretrain", done=90, terminal=False)
    for _ in range(3):
        progress.advance(0.5, 1.0)
    assert [line.split(", ", 3)[0::3] for line in caplog.messages] == [
        ["pretrain: step 91 of 100"],
        ["pretrain: step 92 of 100", "16:00 left"],
        ["pretrain: step 93 of 100", "14:00 left"],
    ]


def test_a_terminal_gets_a_bar(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(2, "finetune", terminal=True) as progress:
        progress.advance(0.25, 3.0)
        progress.advance(0.125, 3.0)
    shown = capsys.readouterr().err
    assert "finetune: 100%" in shown
    assert "loss 0.1250, 3.0 images/s" in shown


def test_a_worker_that_does_not_lead_writes_nothing(tmp_path: Path) -> None:
    from mindspore import nn

    from model.checkpoints import TrainingState
    from model.runs import Onlooker

    run = Onlooker(tmp_path / "run", load_config(PLAIN))
    run.log({"step": 1})
    run.evaluated({"step": 1, "hmean": 0.5})
    run.save("best", nn.Dense(1, 1), 1)
    assert run.saved is None
    run.save("last", nn.Dense(1, 1), 1, TrainingState(1, 1, 0.0))
    assert run.saved == 1
    run.save_epoch(1, nn.Dense(1, 1), 1, keep=2)
    assert run.rewind(3) == []
    assert run.saved == 3
    run.close()
    assert list(tmp_path.iterdir()) == []
