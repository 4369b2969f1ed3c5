"""The commands of docs/deployment.md, as far as they can be asked without a cluster."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from deploy.modelarts.recipe import Places, command, parse
from model.__main__ import build_parser
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "deployment.md").read_text()
BLOCKS = re.findall(r"^```\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
LINES = [line for block in BLOCKS for line in block.splitlines()]
LAUNCHES = [line for line in LINES if line.startswith("deploy/launch/")]
JOBS = [line for line in LINES if line.startswith("python deploy/modelarts/start.py")]


@pytest.mark.parametrize("line", LAUNCHES, ids=lambda line: line.split()[0])
def test_launches_run_dry_and_train_takes_them(line: str) -> None:
    script, *words = shlex.split(line)
    done = subprocess.run(
        [ROOT / script, "--dry-run", *words], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHON": "python"},
    )  # fmt: skip
    printed = shlex.split(done.stdout.splitlines()[0].partition(" > ")[0])
    build_parser().parse_args(printed[printed.index("train") :])


@pytest.mark.parametrize("line", JOBS)
def test_jobs_are_commands_of_the_project(line: str) -> None:
    words = command(parse(shlex.split(line)[2:]), Places(Path("work")))
    build_parser().parse_args(words[3:])


def test_every_script_has_a_row_and_an_example() -> None:
    scripts = [p.name for p in (ROOT / "deploy" / "launch").glob("*.sh") if os.access(p, os.X_OK)]
    assert len(scripts) == 4
    for script in scripts:
        assert f"| `deploy/launch/{script}` |" in PAGE
        assert any(line.startswith(f"deploy/launch/{script}") for line in LAUNCHES)
    assert len(JOBS) == 4


@pytest.mark.parametrize("script", ["build.sh", "run.sh"])
def test_scripts_of_the_application_have_help(script: str) -> None:
    path = ROOT / "deploy" / "ascend310" / script
    done = subprocess.run([path, "--help"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"usage: deploy/ascend310/{script}")


def test_running_without_having_built_says_how(tmp_path: Path) -> None:
    path = ROOT / "deploy" / "ascend310" / "run.sh"
    words = ["--build", str(tmp_path), "--model", "x"]
    done = subprocess.run([path, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "build.sh" in done.stderr
