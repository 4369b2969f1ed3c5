"""Commands in processes of their own, forked from one that has loaded everything already.

Loading takes seconds, in which nothing interesting could be killed; so it is done once.
"""

import importlib
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

LOADED = {
    "pipelines": ("pipelines.normalize", "pipelines.statistics", "pipelines.shard"),
    "validation": ("validation.gate", "validation.findings", "validation.report"),
    "model": ("model.train", "model.predictor", "model.export.onnx_file", "model.report.build"),
}
_POLL_SECONDS = 0.002


def load(packages: Sequence[str]) -> None:
    """Import what the commands of these packages import late. Call it first of all."""
    from model.environment import set_variables

    set_variables()
    if "model" in packages or "pipelines" in packages:
        importlib.import_module("mindspore")
        importlib.import_module("pipelines.mindrecord")
    for package in packages:
        for name in LOADED[package]:
            importlib.import_module(name)


def start(work: Callable[[], int], log: Path) -> int:
    """Begin work in a new process group; returns its id. What it prints goes to ``log``."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child:
        return child
    status = 99
    try:
        os.setsid()
        with log.open("ab") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        status = work()
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        sys.excepthook(*sys.exc_info())
        sys.stderr.flush()
    finally:
        os._exit(status)


def wait(child: int) -> int:
    """Its exit status, negative for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def kill_after(child: int, seconds: float, begun: Callable[[], bool]) -> int:
    """Kill the whole group so long after ``begun()``, unless it ends before; its exit status."""
    until: float | None = None
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if until is None and begun():
            until = time.monotonic() + seconds
        if until is not None and time.monotonic() >= until:
            os.killpg(child, signal.SIGKILL)
            return wait(child)
        time.sleep(_POLL_SECONDS)


def command(package: str, arguments: Sequence[str]) -> Callable[[], int]:
    """What ``python -m package arguments`` does."""
    return lambda: int(importlib.import_module(f"{package}.__main__").main(list(arguments)))
