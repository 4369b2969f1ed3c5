"""What a command needs of Python itself."""

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize("command", [["pipelines", "normalize"], ["validation", "check"]])
def test_without_docstrings_it_is_said_what_to_do(command: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command, "--data", "nowhere"],
        env={**os.environ, "PYTHONOPTIMIZE": "2"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: this cannot run without docstrings")
