"""A few kills at random moments; many more by hand, of every command: ``tests.faults.kill``."""

import subprocess
import sys

from tests.conftest import ROOT


def test_killed_commands_leave_nothing_partial_and_end_the_same() -> None:
    command = [sys.executable, "-m", "tests.faults.kill", "--times", "4", "--no-workers"]
    command += ["--stage", "normalize", "statistics"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    assert done.stdout.splitlines()[-1].endswith("0 wrong")
