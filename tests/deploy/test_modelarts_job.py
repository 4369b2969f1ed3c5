"""Whole jobs, as the platform starts them, with a small program in the place of the project."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from deploy.modelarts import copying, start
from deploy.modelarts.errors import JobError

FAKE_MOXING = Path(__file__).parent / "fake_moxing"
TRAIN = ["--data_url=obs://b/DATA", "--train_url=obs://b/out/", "--task=finetune", "--run=r"]
# What stands for `model train`: it writes a run, and more as the test tells it.
PROGRAM = """
import os, signal, sys, time
from pathlib import Path
words = sys.argv[1:]
folder = Path(words[words.index("--run" if "--run" in words else "--resume") + 1])
data = Path(words[words.index("--data") + 1])
assert (data / "shards/mix/shards.json").is_file(), "no shards"
(folder / "checkpoints").mkdir(parents=True, exist_ok=True)
(folder / "checkpoints" / ".last.ckpt.7").write_text("half")
(folder / ".lock").write_text("")
step = folder / "checkpoints" / "last.ckpt"
step.write_text(str(int(step.read_text()) + 1 if step.exists() else 1))
logs = data / "logs" / folder.name
logs.mkdir(parents=True)
(logs / "worker_0.log").write_text("said")
print("training", " ".join(words), flush=True)
"""


@pytest.fixture
def obs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bucket with data, MoXing over it, and no pauses between tries."""
    data = tmp_path / "obs" / "b" / "DATA"
    for path in ("shards/mix/shards.json", "manifests/a/b/manifest.json", "runs/old/big.ckpt"):
        (data / path).parent.mkdir(parents=True)
        (data / path).write_text(path)
    monkeypatch.setenv("FAKE_OBS", str(tmp_path / "obs"))
    monkeypatch.setenv("FAKE_OBS_FAULTS", str(tmp_path / "faults"))
    monkeypatch.syspath_prepend(str(FAKE_MOXING))
    monkeypatch.delitem(sys.modules, "moxing", raising=False)
    monkeypatch.setattr(copying, "_FIRST_PAUSE", 0.0)
    return tmp_path / "obs" / "b"


def job(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *words: str,
    more: str = "",
    environment: dict[str, str] | None = None,
) -> int:
    """Run a job whose command is ``PROGRAM`` and ``more`` in Python."""
    project = start.command

    def command(*given: Any) -> list[str]:
        return [sys.executable, "-c", PROGRAM + more, *project(*given)[3:]]

    monkeypatch.setattr(start, "command", command)
    try:
        return start.main([*TRAIN, f"--work={tmp_path / 'work'}", *words], environment or {})
    finally:
        monkeypatch.setattr(start, "command", project)


def complete(obs: Path) -> dict[str, Any]:
    return dict(json.loads((obs / "out" / "r" / "complete.json").read_text()))


def stored(obs: Path) -> set[str]:
    folder = obs / "out" / "r"
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


RESULTS = {"checkpoints/last.ckpt", "logs/worker_0.log", "job.log"}


def test_a_job_brings_data_in_and_results_out(
    obs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert job(tmp_path, monkeypatch) == 0
    assert stored(obs) == RESULTS | {"complete.json"}
    marker = complete(obs)
    assert (marker["status"], marker["exit_status"], marker["mode"]) == ("finished", 0, "train")
    assert set(marker["files"]) == RESULTS
    for name, told in marker["files"].items():
        content = (obs / "out" / "r" / name).read_bytes()
        assert told == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    assert "training train --task finetune" in (obs / "out" / "r" / "job.log").read_text()
    # The runs of others stayed where they are; the marker was written last.
    assert not (tmp_path / "work" / "data" / "runs" / "old").exists()
    calls = (obs.parent / "calls.txt").read_text().splitlines()
    assert calls[-1] == "copy obs://b/out/r/complete.json"


def test_a_job_that_fails_brings_its_results_out_too(
    obs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert job(tmp_path, monkeypatch, more="sys.exit('no memory')") == 1
    assert complete(obs)["status"] == "failed"
    assert stored(obs) >= RESULTS
    assert (obs / "out" / "r" / "job.log").read_text().endswith("no memory\n")


def test_a_training_goes_on_where_another_job_left_it(
    obs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job(tmp_path / "one", monkeypatch, more="sys.exit(143)")
    assert job(tmp_path / "two", monkeypatch, "--resume") == 0
    assert (obs / "out" / "r" / "checkpoints" / "last.ckpt").read_text() == "2"
    assert complete(obs)["status"] == "finished"
    assert set(complete(obs)["files"]) == RESULTS


def test_a_training_that_is_there_is_not_written_over(
    obs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    job(tmp_path / "one", monkeypatch)
    before = complete(obs)
    assert job(tmp_path / "two", monkeypatch) == 2
    assert "holds a training already" in caplog.text
    assert complete(obs) == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--resume", "--run=none"], "holds no training to go on with"),
        (["--data_url=obs://b/nowhere"], "has no folder shards"),
        (["--checkpoint_url=obs://b/none.ckpt"], "is no file"),
        (["--checkpoint_url=obs://b/DATA"], "is no file"),
    ],
)
def test_what_is_not_there_is_told_before_anything_runs(
    obs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture, words: list[str], message: str,
) -> None:  # fmt: skip
    assert job(tmp_path, monkeypatch, *words) == 2
    assert message in caplog.text
    assert not (obs / "out").exists()


def test_weights_are_copied_in(obs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (obs / "best.ckpt").write_text("weights")
    more = "assert Path(words[words.index('--checkpoint') + 1]).read_text() == 'weights'"
    assert job(tmp_path, monkeypatch, "--checkpoint_url=obs://b/best.ckpt", more=more) == 0


def test_a_store_that_fails_now_and_then_is_tried_again(
    obs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "faults").write_text("2")
    assert job(tmp_path, monkeypatch) == 0
    assert complete(obs)["status"] == "finished"


def test_results_that_cannot_be_stored_are_told_and_kept(
    obs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    more = f"Path({str(tmp_path / 'faults')!r}).write_text('99')"
    assert job(tmp_path, monkeypatch, more=more) == start.NOT_STORED
    assert "could not be copied out" in caplog.text
    assert not (obs / "out" / "r" / "complete.json").exists()
    assert (tmp_path / "work/data/runs/r/checkpoints/last.ckpt").is_file()


def test_the_marker_goes_before_other_files_come(
    obs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job(tmp_path / "one", monkeypatch)
    # Of the second job's results the removal of the marker succeeds, and nothing after it.
    faults = tmp_path / "two" / "later"
    monkeypatch.setenv("FAKE_OBS_FAULTS", str(faults))
    from moxing import file  # type: ignore[import-not-found]

    remove = file.remove
    monkeypatch.setattr(
        file, "remove", lambda *given: (remove(*given), faults.write_text("99")), raising=True
    )
    assert job(tmp_path / "two", monkeypatch, "--resume") == start.NOT_STORED
    assert not (obs / "out" / "r" / "complete.json").exists()


def test_of_processes_for_each_device_one_copies_and_the_first_stores(
    obs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform = {"RANK_TABLE_FILE": "t.json", "RANK_SIZE": "2"}
    second = "import shutil; shutil.rmtree(data / 'logs')"
    assert job(tmp_path, monkeypatch, more=second, environment=platform | {"RANK_ID": "1"}) == 0
    assert not (obs / "out").exists()
    assert job(tmp_path, monkeypatch, environment=platform | {"RANK_ID": "0"}) == 0
    assert complete(obs)["status"] == "finished"
    copies = (obs.parent / "calls.txt").read_text().count("shards")
    assert copies == 1


def test_workers_are_not_started_where_the_platform_did(
    obs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    platform = {"RANK_TABLE_FILE": "t.json", "RANK_SIZE": "8", "RANK_ID": "0"}
    assert job(tmp_path, monkeypatch, "--workers=8", environment=platform) == 2
    assert "leave --workers out" in caplog.text


# As a process of its own, which a test can send signals to.
STARTED = """
import sys
from deploy.modelarts import start
make = start.command
start.command = lambda *given: [sys.executable, "-c", sys.argv[1], *make(*given)[3:]]
sys.exit(start.main(sys.argv[2:], {}))
"""


def started(tmp_path: Path, more: str) -> "subprocess.Popen[bytes]":
    words = [PROGRAM + more, *TRAIN, f"--work={tmp_path / 'work'}"]
    path = os.pathsep.join([str(Path.cwd()), str(FAKE_MOXING)])
    process = subprocess.Popen(
        [sys.executable, "-c", STARTED, *words],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    end = time.monotonic() + 60
    log = tmp_path / "work" / "job.log"
    while not (log.is_file() and "waiting" in log.read_text()):
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.05)
    return process


def test_a_job_that_is_stopped_saves_its_state_and_brings_it_out(obs: Path, tmp_path: Path) -> None:
    more = """
def stop(*_):
    step.write_text("saved")
    sys.exit(143)
signal.signal(signal.SIGTERM, stop)
print("waiting", flush=True)
time.sleep(60)
"""
    with started(tmp_path, more) as process:
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 143
    assert complete(obs)["status"] == "stopped"
    assert (obs / "out" / "r" / "checkpoints" / "last.ckpt").read_text() == "saved"


def test_a_second_signal_ends_the_command_and_results_come_out(obs: Path, tmp_path: Path) -> None:
    more = """
signal.signal(signal.SIGTERM, lambda *_: print("told", flush=True))
print("waiting", flush=True)
while True: time.sleep(0.05)
"""
    with started(tmp_path, more) as process:
        process.send_signal(signal.SIGTERM)
        log, end = tmp_path / "work" / "job.log", time.monotonic() + 60
        while "told" not in log.read_text():
            assert time.monotonic() < end
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 128 + signal.SIGKILL
    assert complete(obs)["status"] == "stopped"


@pytest.fixture
def weights(obs: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A training's weights; evaluations and exports of them copy them to where they write."""
    path = obs / "out" / "full" / "checkpoints" / "best.ckpt"
    path.parent.mkdir(parents=True)
    path.write_text("weights")
    program = (
        "import sys; from pathlib import Path; words = sys.argv\n"
        "out = Path(words[words.index('--out') + 1])\n"
        "out = out if out.suffix else out / 'evaluation.json'\n"
        "out.write_text(Path(words[words.index('--checkpoint') + 1]).read_text())"
    )
    project = start.command
    monkeypatch.setattr(
        start, "command", lambda *given: [sys.executable, "-c", program, *project(*given)[3:]]
    )
    return path


def of_weights(weights: Path, work: Path, *words: str) -> int:
    """Run a job of them."""
    url = f"obs://b/{weights.relative_to(weights.parents[3])}"
    given = [f"--checkpoint_url={url}", "--train_url=obs://b/out", f"--work={work}"]
    return start.main([*given, *words], {})


EVALUATE = ("--mode=evaluate", "--data_url=obs://b/DATA")
EXPORT = ("--mode=export", "--format=ONNX")


def test_an_evaluation_and_an_export_bring_their_folder_out(
    obs: Path, tmp_path: Path, weights: Path
) -> None:
    assert of_weights(weights, tmp_path / "work", *EVALUATE, "--run=r") == 0
    assert stored(obs) == {"evaluation.json", "job.log", "complete.json"}
    assert of_weights(weights, tmp_path / "work", *EXPORT) == 0
    assert (obs / "out" / "export-onnx-full-best" / "model.onnx").read_text() == "weights"


@pytest.mark.parametrize("words", [EVALUATE, EXPORT], ids=["evaluate", "export"])
def test_results_that_are_there_are_not_written_over(
    obs: Path, tmp_path: Path, weights: Path,
    caplog: pytest.LogCaptureFixture, words: tuple[str, ...],
) -> None:  # fmt: skip
    assert of_weights(weights, tmp_path / "one", *words, "--run=r") == 0
    before = complete(obs)
    weights.write_text("others")
    assert of_weights(weights, tmp_path / "two", *words, "--run=r") == 2
    assert "obs://b/out/r holds results already; give another --run" in caplog.text
    assert complete(obs) == before
    # Told before anything is copied.
    assert not (tmp_path / "two" / "weights").exists()
    assert of_weights(weights, tmp_path / "two", *words, "--run=s") == 0


def test_weights_of_two_trainings_have_results_of_their_own(
    obs: Path, tmp_path: Path, weights: Path
) -> None:
    other = obs / "out" / "lite" / "checkpoints" / "best.ckpt"
    other.parent.mkdir(parents=True)
    other.write_text("lighter")
    for path in (weights, other):
        assert of_weights(path, tmp_path / path.parts[-3], *EXPORT) == 0
    models = {path.parent.name: path.read_text() for path in obs.rglob("model.onnx")}
    assert models == {"export-onnx-full-best": "weights", "export-onnx-lite-best": "lighter"}


def test_an_error_of_a_url_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "moxing", None)
    with pytest.raises(JobError, match="reached by MoXing"):
        start.job([*TRAIN, f"--work={tmp_path}"], {})
