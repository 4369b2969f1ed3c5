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


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not here")
@pytest.mark.parametrize("target", ["data", "report", "pretrain", "finetune", "eval", "runs"])
def test_roots_in_a_store_are_handed_on(target: str, tmp_path: Path) -> None:
    (tmp_path / ".ready").touch()
    os.utime(tmp_path / ".ready", (4e9, 4e9))
    given = ["RAW=s3://corpora/raw", "DATA=gs://corpora/data", f"VENV={tmp_path}"]
    done = _dry_run(target, *given)
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if "-m " in line]
    assert lines and all("--data gs://corpora/data" in line for line in lines)
    assert target != "data" or "normalize --raw s3://corpora/raw" in lines[0]
    assert (target == "data") == ("pipelines normalize" in done.stdout)


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not here")
def test_data_of_a_raw_root_in_a_store_stays_here(tmp_path: Path) -> None:
    done = _dry_run("data", "RAW=s3://corpora/raw", f"VENV={tmp_path}")
    assert "--raw s3://corpora/raw --data data/raw" in done.stdout


def _dry_run(*given: str) -> subprocess.CompletedProcess[str]:
    apart = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    command = ["make", "--dry-run", *given]
    return subprocess.run(command, cwd=ROOT, env=apart, capture_output=True, text=True, timeout=60)
