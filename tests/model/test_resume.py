"""A training that is killed, whenever that is, and gone on with."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from manifests.errors import UserError
from model.resume import open_unfinished
from tests.model.test_train import TINY

ROOT = Path(__file__).resolve().parents[2]

SETTINGS = [
    *TINY, "pretrain.mix=tiny", "pretrain.evaluation.mix=tiny", "pretrain.evaluation.every=1",
    "pretrain.batch=1", "pretrain.save_every=2", "pretrain.learning_rate=0.001",
    "proposals.min_score=0", "lines.min_score=0", "lines.min_aspect=0", "lines.min_proposals=1",
]  # fmt: skip


def run(*moments: list[str]) -> tuple[list[int], str]:
    """Exit statuses and standard error of command lines that are killed at moments."""
    command = [sys.executable, "-m", "tests.model.killed", json.dumps(moments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1]), done.stderr


def log(folder: Path, name: str = "log.jsonl") -> list[dict[str, Any]]:
    """The entries without what depends on the clock."""
    timing = ("seconds", "wait_share", "images_per_second")
    entries = [json.loads(line) for line in (folder / name).read_text().splitlines()]
    return [{k: v for k, v in entry.items() if k not in timing} for entry in entries]


def checkpoints(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "checkpoints").iterdir()}


def test_a_killed_training_takes_the_same_steps_as_one_that_never_was(
    tiny_data: Path, tmp_path: Path
) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    new = ["train", "--task", "pretrain", "--data", str(tiny_data), "--set", *SETTINGS, "--run"]
    resume = ["train", "--resume", str(broken)]
    statuses, said = run(
        ["never", *new, str(whole)],
        ["log=4", *new, str(broken)],
        ["evaluation", *resume],
        ["save=4", *resume],
        ["never", *resume],
    )
    assert statuses == [0, -signal.SIGKILL, -signal.SIGKILL, -signal.SIGKILL, 0], said
    going_on = [line.split(": ")[1] for line in said.splitlines() if "going on" in line]
    assert going_on == [f"going on after step {step}" for step in (2, 5, 6)]

    assert log(broken) == log(whole)
    assert [entry["step"] for entry in log(whole)] == list(range(1, 16))
    evaluations = "evaluations.jsonl"
    assert log(broken, evaluations) == log(whole, evaluations)
    assert len({entry["hmean"] for entry in log(whole, evaluations)}) == 3
    assert checkpoints(broken) == checkpoints(whole)
    lineage = json.loads((broken / "lineage.json").read_text())
    assert [entry["step"] for entry in lineage["resumed"]] == [2, 5, 6]
    assert sorted(lineage["checkpoints"]) == sorted(checkpoints(whole))
    with pytest.raises(UserError, match="is finished, all 15 steps of it"):
        open_unfinished(broken)
