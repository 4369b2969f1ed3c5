"""Signs of life: a file in the scratch folder for each process that is at work on a run.

Who waits for a run sees by them that somebody works. Without them a worker that died, or never
began, looks like one that is busy. Those of other machines are seen on a shared disk alone: a
scratch folder in an object store shows the ones of this machine.
"""

import contextlib
import json
import os
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from manifests.processes import lives, system

SIGNS = "alive"
PERIOD = 5.0
"""Seconds between two signs of a process."""

_lock = threading.Lock()
_working: Counter[Path] = Counter()
"""The signs of this process, each with how many of its threads are at work."""
_thread: threading.Thread | None = None


@contextlib.contextmanager
def working(scratch: Path) -> Iterator[None]:
    """Give a sign of life as long as the block runs, and none after it."""
    sign = scratch / SIGNS / f"{socket.gethostname()}-{os.getpid()}"
    _begin(sign)
    try:
        yield
    finally:
        _end(sign)


@dataclass(frozen=True)
class Sign:
    """What a process left. ``stamp`` changes as long as it lives; ``here``: it is a process of this
    machine, so that the system knows whether it lives."""

    host: str
    pid: int
    stamp: int
    here: bool

    @property
    def dead(self) -> bool:
        """True where the process is known to have ended."""
        return self.here and not lives(self.pid)


def signs_of_life(scratch: Path) -> list[Sign]:
    """Of all processes that are at work now, or died at it."""
    found = []
    for path in sorted((scratch / SIGNS).glob("*-*")):
        with contextlib.suppress(OSError, ValueError):  # it ended just now, or begins
            said = json.loads(path.read_text(encoding="utf-8"))
            here = said["system"] == system()
            found.append(Sign(said["host"], said["pid"], path.stat().st_mtime_ns, here))
    return found


def last_move(scratch: Path) -> int | None:
    """When a process began or ended its work last, as a stamp; None where none ever began."""
    try:
        return (scratch / SIGNS).stat().st_mtime_ns
    except FileNotFoundError:
        return None


def _begin(sign: Path) -> None:
    with _lock:
        _working[sign] += 1
        if _working[sign] == 1:
            sign.parent.mkdir(exist_ok=True)
            said = {"host": socket.gethostname(), "pid": os.getpid(), "system": system()}
            sign.write_text(json.dumps(said), encoding="utf-8")
        _keep_on()


def _end(sign: Path) -> None:
    with _lock:
        _working[sign] -= 1
        if not _working[sign]:
            del _working[sign]
            with contextlib.suppress(OSError):
                sign.unlink()


def _keep_on() -> None:
    """Start the thread that repeats the signs, once a process."""
    global _thread
    if _thread is None or not _thread.is_alive():
        _thread = threading.Thread(target=_repeat, name="signs of life", daemon=True)
        _thread.start()


def _repeat() -> None:
    pause = threading.Event()
    while not pause.wait(PERIOD):
        with _lock:
            for sign in _working:
                with contextlib.suppress(OSError):
                    os.utime(sign)
