"""Which processes are of this system, and which of them live."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from manifests import processes
from manifests.processes import lives, system


def test_processes_of_one_system_agree_on_it() -> None:
    program = "from manifests.processes import system; print(system())"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert said.stdout.strip() == system()


def test_where_nothing_tells_the_system_a_process_is_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = system()

    def absent(*_: object, **__: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", absent)
    assert system() == processes._ALONE != said


def test_a_process_lives_until_it_has_ended() -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert lives(os.getpid()) and lives(process.pid)
    assert process.stdin is not None
    process.stdin.close()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert not lives(process.pid), "nobody has asked after it yet"
    process.wait()
    assert not lives(process.pid) and not lives(2**70)


def test_a_process_of_another_user_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuse)
    assert lives(1)
