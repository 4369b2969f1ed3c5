"""Starting workers, and what becomes of them when one dies. No worker here loads MindSpore; the
launcher is MindSpore's own."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from model.launcher import first_to_fail, tail, what_failed

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120

WORKER = """
import logging, os, sys, time
from model.launcher import end_with_parent, say_who
end_with_parent()
logging.basicConfig(level=logging.INFO, format="%(message)s")
if os.environ["MS_ROLE"] == "MS_SCHED":
    print("is process", os.getpid(), flush=True)
    time.sleep(600)
say_who(int(os.environ["RANK_ID"]), 2)
print("a line of a worker", flush=True)
time.sleep(600)
"""

LAUNCH = """
import sys
from pathlib import Path
from manifests.errors import UserError
from model.launcher import launch
try:
    print("status", launch(sys.argv[2:], 2, Path(sys.argv[1])))
except UserError as error:
    print(error)
"""


@pytest.fixture
def launched(tmp_path: Path) -> "subprocess.Popen[str]":
    """A launcher with two workers that wait."""
    script = tmp_path / "worker.py"
    script.write_text(WORKER)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-c", LAUNCH, str(tmp_path / "logs"), str(script)],
        stdout=subprocess.PIPE, text=True, env=environment, start_new_session=True,
    )  # fmt: skip


def processes(logs: Path) -> dict[str, int]:
    """The process id that each log names, once there are three."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        texts = {path.stem: path.read_text() for path in logs.glob("[sw]*.log")}
        found = {name: re.search(r"is process (\d+)$", t, re.M) for name, t in texts.items()}
        ids = {name: int(match[1]) for name, match in found.items() if match}
        if len(ids) == 3:
            return ids
        time.sleep(0.05)
    raise AssertionError(f"no three processes in {logs}: {texts}")


def gone(process: int) -> bool:
    """Whether a process has ended (a zombie has)."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def all_gone(ids: dict[str, int]) -> bool:
    until = time.monotonic() + 60
    while time.monotonic() < until and not all(map(gone, ids.values())):
        time.sleep(0.05)
    return all(map(gone, ids.values()))


def test_a_worker_that_dies_ends_all_and_its_log_is_named(
    launched: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    ids = processes(tmp_path / "logs")
    began = time.monotonic()
    os.kill(ids["worker_1"], signal.SIGKILL)
    said, _ = launched.communicate(timeout=PATIENCE)
    assert time.monotonic() - began < 20
    assert all_gone(ids)
    log = tmp_path / "logs" / "worker_1.log"
    assert (
        f"worker 1 of 2 was killed by SIGKILL, and the training with it. The end of its log {log}:"
        in said
    )
    assert said.rstrip().endswith("  a line of a worker")


def test_nothing_outlives_the_launcher(launched: "subprocess.Popen[str]", tmp_path: Path) -> None:
    ids = processes(tmp_path / "logs")
    launched.kill()
    launched.communicate(timeout=PATIENCE)
    assert all_gone(ids)


def test_a_signal_ends_all(launched: "subprocess.Popen[str]", tmp_path: Path) -> None:
    ids = processes(tmp_path / "logs")
    launched.send_signal(signal.SIGTERM)
    said, _ = launched.communicate(timeout=PATIENCE)
    assert f"status {128 + signal.SIGTERM}" in said
    assert "a line of a worker" in said
    assert all_gone(ids)


def test_the_first_failure_counts() -> None:
    said = (
        "[ERROR] ME(1): Worker process 72 exit with exception. Error code: -9.\n"
        "[ERROR] ME(1): Worker process 73 exit with exception. Error code: 1.\n"
    )
    assert first_to_fail(said) == (72, -9)
    assert first_to_fail("Start worker process with rank id:0") is None


def test_a_failure_shows_the_end_of_the_log(tmp_path: Path) -> None:
    lines = ["worker 1 of 2 is process 7", *(f"line {n}" for n in range(40)), "error: no images"]
    (tmp_path / "worker_0.log").write_text("worker 0 of 2 is process 77\nfine\n")
    (tmp_path / "worker_1.log").write_text("\n".join(lines) + "\n[ERROR] ME(7): chatter\n")
    (tmp_path / "msrun.log").write_text("Worker process 7 exit with exception. Error code: 2.")
    said = what_failed(tmp_path, 2)
    assert said.startswith("worker 1 of 2 failed (exit 2)")
    assert said.endswith("  line 39\n  error: no images")
    assert "line 25\n" not in said
    assert tail("[ERROR] all there is\n") == "  [ERROR] all there is"


def test_a_launcher_that_fails_itself_shows_what_it_said(tmp_path: Path) -> None:
    (tmp_path / "msrun.log").write_text("ValueError: no such port\n")
    assert what_failed(tmp_path, 2).startswith("msrun failed:\n  ValueError: no such port\n")
