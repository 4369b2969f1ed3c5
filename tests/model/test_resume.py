"""A training that is killed, whenever that is, and gone on with."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from manifests.errors import UserError
from manifests.shardset import ShardSet
from model.__main__ import build_parser
from model.commands.plan import resumed_plan
from model.config import load_config
from model.files import write_object
from model.resume import (
    Unfinished,
    check_config,
    check_shards,
    check_wishes,
    find_unfinished,
    open_unfinished,
)
from model.runs import Run
from model.summary import Summary, write_summary
from tests.model.plain_preset import PLAIN
from tests.model.test_train import TINY

ROOT = Path(__file__).resolve().parents[2]

SETTINGS = [
    *TINY, "pretrain.mix=tiny", "pretrain.evaluation.mix=tiny", "pretrain.evaluation.every=1",
    "pretrain.batch=1", "pretrain.save_every=2", "pretrain.learning_rate=0.001",
    "pretrain.frozen_blocks=3", "proposals.min_score=0", "lines.min_score=0",
    "lines.min_aspect=0", "lines.min_proposals=1",
]  # fmt: skip


@pytest.fixture(scope="module")
def start(mindspore: None, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """A network to start from, as options: of random weights no block may be frozen."""
    import mindspore as ms

    from model.checkpoints import save
    from model.network import Ctpn

    config = load_config(PLAIN, SETTINGS)
    ms.set_seed(config.pretrain.seed)
    path = tmp_path_factory.mktemp("start") / "start.ckpt"
    save(path, Ctpn(config.network), config, 0)
    return ["--checkpoint", str(path)]


def run(*moments: list[str]) -> tuple[list[int], str]:
    """Exit statuses and output of command lines that are killed at moments."""
    command = [sys.executable, "-m", "tests.model.killed", json.dumps(moments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1]), done.stdout + done.stderr


def log(folder: Path, name: str = "log.jsonl") -> list[dict[str, Any]]:
    """The entries without what depends on the clock."""
    timing = ("seconds", "wait_share", "images_per_second")
    entries = [json.loads(line) for line in (folder / name).read_text().splitlines()]
    return [{k: v for k, v in entry.items() if k not in timing} for entry in entries]


def checkpoints(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "checkpoints").iterdir()}


def test_a_killed_training_takes_the_same_steps_as_one_that_never_was(
    tiny_data: Path, start: list[str], tmp_path: Path
) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    new = [
        "train",
        "--task",
        "pretrain",
        "--data",
        str(tiny_data),
        "--preset",
        str(PLAIN),
        *start,
        "--set",
        *SETTINGS,
        "--run",
    ]
    resume = ["train", "--resume", str(broken)]
    statuses, said = run(
        ["never", *new, str(whole)],
        ["log=4", *new, str(broken)],
        ["SIGINT=4", *resume],
        ["evaluation", *resume],
        ["save=4", *resume],
        ["never", *resume],
    )
    killed = -signal.SIGKILL
    assert statuses == [0, killed, 128 + signal.SIGINT, killed, killed, 0], said
    assert f"stopped at step 4 of 15; go on with: python -m model train --resume {broken}" in said
    going_on = [line.split(": ")[1] for line in said.splitlines() if "going on" in line]
    assert going_on == [f"going on after step {step}" for step in (2, 4, 5, 6)]

    assert log(broken) == log(whole)
    assert [entry["step"] for entry in log(whole)] == list(range(1, 16))
    evaluations = "evaluations.jsonl"
    assert log(broken, evaluations) == log(whole, evaluations)
    assert len({entry["hmean"] for entry in log(whole, evaluations)}) == 3
    assert checkpoints(broken) == checkpoints(whole)
    lineage = json.loads((broken / "lineage.json").read_text())
    assert [entry["step"] for entry in lineage["resumed"]] == [2, 4, 5, 6]
    assert sorted(lineage["checkpoints"]) == sorted(checkpoints(whole))
    with pytest.raises(UserError, match="is finished, all 15 steps of it"):
        open_unfinished(broken)


def test_an_evaluation_mix_that_is_gone_for_a_while_loses_nothing(
    tiny_data: Path, start: list[str], tmp_path: Path
) -> None:
    """Evaluated after epoch 1, not after 2, and after 3 not before the mix is back."""
    there, gone, folder = tmp_path / "there", tmp_path / "gone", tmp_path / "run"
    for data in (there, gone):
        shutil.copytree(tiny_data / "shards" / "tiny", data / "shards" / "tiny")
    shutil.copytree(tiny_data / "shards" / "tiny", there / "shards" / "val")
    new = ["train", "--task", "pretrain", "--data", str(there), "--preset", str(PLAIN), "--run"]
    changes = [*start, "--set", *SETTINGS, "pretrain.evaluation.mix=val", "pretrain.keep=3"]
    resume = ["train", "--resume", str(folder), "--data"]
    statuses, said = run(
        ["SIGINT=7", *new, str(folder), *changes],
        ["never", *resume, str(gone)],
        ["never", *resume, str(there)],
        ["never", *resume, str(there)],
    )
    assert statuses == [130, 0, 0, 2], said
    assert said.count("best.ckpt stays that of step 5 (hmean 0.") == 1
    assert "is finished, all 15 steps of it" in said
    scored = {entry["step"]: entry["hmean"] for entry in log(folder, "evaluations.jsonl")}
    assert list(scored) == [5, 15]
    assert len(log(folder)) == 15
    files = checkpoints(folder)
    wanted = "epoch-0001.ckpt" if scored[5] >= scored[15] else "epoch-0003.ckpt"
    assert files["best.ckpt"] == files[wanted]
    assert json.loads((folder / "lineage.json").read_text())["evaluation"]["digest"] == "d"


def make_run(folder: Path, **lineage: Any) -> Path:
    """A run that was stopped, without a network."""
    (folder / "checkpoints").mkdir(parents=True)
    (folder / "checkpoints" / "last.ckpt").touch()
    (folder / "config.yaml").write_text(load_config(PLAIN).to_yaml())
    write_object(folder / "lineage.json", {"task": "pretrain", "preset": "lite", **lineage})
    return folder


@pytest.mark.parametrize(
    ("absent", "message"),
    [
        ("config.yaml", "is no run"),
        ("lineage.json", "cannot go on with .*lineage"),
        ("checkpoints/last.ckpt", "before its state was saved; start a new run"),
    ],
)
def test_what_cannot_be_gone_on_with_is_said(tmp_path: Path, absent: str, message: str) -> None:
    run = make_run(tmp_path / "run")
    assert open_unfinished(run).task == "pretrain"
    (run / absent).unlink()
    with pytest.raises(UserError, match=message):
        open_unfinished(run)
    with pytest.raises(UserError, match="of task other cannot be resumed"):
        open_unfinished(make_run(tmp_path / "other", task="other"))
    match = r"of a backbone cannot be resumed; .* --backbone .*backbone/checkpoints/last\.ckpt"
    with pytest.raises(UserError, match=match):
        open_unfinished(make_run(tmp_path / "backbone", task="backbone"))


@pytest.mark.parametrize(
    "entry",
    [
        {"task": 5}, {"workers": "two"}, {"workers": 0}, {"shards": "a"}, {"data": 5},
        {"evaluation": {"digest": 5}}, {"resumed": {}},
    ],
)  # fmt: skip
def test_a_lineage_that_somebody_wrote_in_is_refused(tmp_path: Path, entry: dict[str, Any]) -> None:
    with pytest.raises(UserError, match=r"cannot go on with .* in its lineage\.json"):
        open_unfinished(make_run(tmp_path / "run", **entry))


def test_a_config_that_somebody_wrote_in_is_refused(tmp_path: Path) -> None:
    run, saved = open_unfinished(make_run(tmp_path / "run")), load_config(PLAIN)
    check_config(run, saved)
    match = r"pretrain\.learning_rate is 0\.02 and was 0\.5 and 1 more keys; change it back"
    with pytest.raises(UserError, match=match):
        check_config(run, load_config(PLAIN, ["pretrain.learning_rate=0.5", "loss.beta=1"]))


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    (folder / ".lock").mkdir()
    with pytest.raises(UserError, match="must be writable"):
        Run.reopen(folder)


def test_without_a_folder_it_is_the_last_unfinished_run_of_the_task(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no unfinished pretrain run below .*without --resume"):
        find_unfinished(tmp_path, "pretrain")
    tasks = {"a": "pretrain", "b": "pretrain", "c": "finetune"}
    for when, (name, task) in enumerate(tasks.items()):
        run = make_run(tmp_path / "runs" / name, task=task)
        os.utime(run / "checkpoints" / "last.ckpt", (when, when))
    assert _names(find_unfinished(tmp_path, "pretrain")) == ["b", "a"]
    assert _names(find_unfinished(tmp_path, None)) == ["c", "b", "a"]
    write_summary(tmp_path / "runs" / "b", Summary("pretrain", "lite", 9, "finished"))
    assert _names(find_unfinished(tmp_path, "pretrain")) == ["a"]


def _names(runs: Sequence[Unfinished]) -> list[str]:
    return [run.folder.name for run in runs]


@pytest.mark.parametrize(
    ("evaluation", "noted", "open_again"),
    [({"digest": "a"}, 10, True), ({"digest": "a"}, 15, False), (None, 10, False)],
)
def test_a_finished_run_awaits_its_last_evaluation_if_one_was_to_be(
    tmp_path: Path, evaluation: Any, noted: int, open_again: bool
) -> None:
    run = make_run(tmp_path / "runs" / "a", evaluation=evaluation)
    write_summary(run, Summary("pretrain", "lite", 15, "finished"))
    (run / "config.yaml").write_text(load_config(PLAIN, SETTINGS).to_yaml())
    (run / "log.jsonl").write_text('{"step": 15, "epoch": 3}\n')
    (run / "evaluations.jsonl").write_text(f'{{"step": {noted}, "hmean": null}}\n')
    with pytest.raises(UserError, match="no unfinished run"):
        find_unfinished(tmp_path, None)
    if open_again:
        assert open_unfinished(run).folder == run
        (run / "log.jsonl").write_text('{"step": "x", "epoch": 3}\n')
        with pytest.raises(UserError, match="cannot go on with"):
            open_unfinished(run)
        return
    with pytest.raises(UserError, match="is finished, all 15 steps"):
        open_unfinished(run)


def test_options_that_ask_for_another_run_are_named(tmp_path: Path) -> None:
    run = open_unfinished(make_run(tmp_path / "run", mix="tiny"))
    check_wishes(run, {"task": None, "preset": "lite", "mix": "tiny"}, [], ["pretrain.batch=1"])
    match = (
        r"does not take --task finetune \(it has pretrain\), --mix other \(it has tiny\), "
        r"--backbone .*, --set pretrain\.batch=2 .*--checkpoint .*last\.ckpt"
    )
    with pytest.raises(UserError, match=match):
        check_wishes(
            run, {"task": "finetune", "preset": None, "mix": "other"}, ["backbone"],
            ["pretrain.batch=2", "pretrain.seed=1"],
        )  # fmt: skip


def test_changed_shards_and_lost_data_are_said(tmp_path: Path) -> None:
    gone = str(tmp_path / "gone")
    run = open_unfinished(make_run(tmp_path / "run", shards={"digest": "a" * 64}, data=gone))
    shards = ShardSet(tmp_path / "shards", {"digest": "a" * 64})
    check_shards(run, "shards", shards)
    check_shards(run, "evaluation", shards)
    with pytest.raises(UserError, match=r"shards is not what .* \(digest aaaaaaaaaaaa, now bbbb"):
        check_shards(run, "shards", ShardSet(tmp_path / "shards", {"digest": "b" * 64}))
    with pytest.raises(UserError, match="say where with --data"):
        run.data(None)
    moved = open_unfinished(make_run(tmp_path / "moved" / "runs" / "run", data=gone))
    with pytest.raises(UserError, match="say where with --data"):
        moved.data(None)
    (tmp_path / "moved" / "shards").mkdir()
    assert moved.data(None) == tmp_path / "moved"
    assert run.data(tmp_path) == tmp_path
    (tmp_path / "gone").mkdir()
    assert run.data(None) == tmp_path / "gone"


def test_a_run_is_gone_on_with_by_one_process(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run")
    for name in (".last.77.ckpt", ".last.77.tmp"):
        (folder / "checkpoints" / name).touch()
    (folder / ".lineage.json.77").touch()
    run = Run.reopen(folder)
    names = sorted(path.name for path in folder.rglob("*"))
    assert names == [".lock", "checkpoints", "config.yaml", "last.ckpt", "lineage.json"]
    with pytest.raises(UserError, match="another process is training in"):
        Run.reopen(folder)
    run.close()
    run = Run.reopen(folder, saved=3)
    assert "that of step 3" in run.go_on("make room")
    run.close()


def test_of_several_unfinished_runs_it_says_which_it_takes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a", "b"):
        make_run(tmp_path / "runs" / name, task="pretrain")
    arguments = ["train", "--resume", "--task", "pretrain", "--data", str(tmp_path)]
    planned = resumed_plan(build_parser().parse_args(arguments))
    said = capsys.readouterr().err
    assert f"going on with {planned.folder}, " in said
    assert "also unfinished: " + ({"a", "b"} - {planned.folder.name}).pop() in said
