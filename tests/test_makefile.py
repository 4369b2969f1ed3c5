"""The targets, without running them."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not here")
@pytest.mark.parametrize("given", ["RAW=my raw", "DATA=my data", "DECISIONS=my own"])
def test_a_path_with_a_space_is_refused_before_anything_is_written(given: str) -> None:
    command = ["make", "--dry-run", "data", given]
    apart = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    done = subprocess.run(command, cwd=ROOT, env=apart, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and not done.stdout
    name, value = given.split("=")
    assert f'{name}="{value}" has a space' in done.stderr


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not here")
@pytest.mark.parametrize(
    ("target", "option"),
    [("finetune", "--mix shop"), ("pretrain", "--mix shop"), ("eval", "--mix shop")],
)
def test_a_mix_of_ones_own_is_trained_and_scored_on(
    target: str, option: str, tmp_path: Path
) -> None:
    index = tmp_path / "shards" / "shop" / "shards.json"
    index.parent.mkdir(parents=True)
    index.touch()
    given = [f"DATA={tmp_path}", "MIX=shop", "RAW=raw", f"VENV={tmp_path}"]
    command = ["make", "--dry-run", target, *given]
    apart = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    done = subprocess.run(command, cwd=ROOT, env=apart, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and option in done.stdout
    assert "pipelines" not in done.stdout, "the shards are there: nothing is made anew"
