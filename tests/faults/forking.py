"""Commands in processes of their own, forked from one that has loaded everything already.

Loading takes seconds, in which nothing interesting could be killed; so it is done once.
"""

import contextlib
import importlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

_POLL_SECONDS = 0.002
_LIMIT_SECONDS = 900
"""No command here takes so long: it hangs."""


def load(names: Iterable[str]) -> None:
    """Import modules that commands import late. Call it first of all."""
    from model.environment import set_variables

    set_variables()
    for name in sorted({*names}, key=lambda name: name != "mindspore"):
        importlib.import_module(name)


def start(work: Callable[[], int], log: Path) -> int:
    """Begin work in a new process group; returns its id. What it prints goes to ``log``."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child:
        # Both ask for the group, since either may be the first; who comes late asks in vain.
        with contextlib.suppress(OSError):
            os.setpgid(child, child)
        return child
    status = 99
    try:
        os.setpgid(0, 0)
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
    """Its exit status, negative for a signal; one that hangs is killed."""
    return kill_after(child, _LIMIT_SECONDS, lambda: True)


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
            os.killpg(child, signal.SIGKILL)  # a child that has just ended is a group until waited
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        time.sleep(_POLL_SECONDS)


def command(package: str, arguments: Sequence[str]) -> Callable[[], int]:
    """What ``python -m package arguments`` does."""
    return lambda: int(importlib.import_module(f"{package}.__main__").main(list(arguments)))
