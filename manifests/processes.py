"""What can be known of other processes: which are of this system, which live, which hold a lock."""

import fcntl
import os
import uuid
from pathlib import Path

_ALONE = uuid.uuid4().hex
"""What a process calls its system where nothing tells it: nobody else is of that one."""


def system() -> str:
    """Processes of one boot and one namespace know each other by number. The name of a host says
    less: containers may share it, each with numbers of its own."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return _ALONE


def lives(pid: int) -> bool:
    """Whether a process of this system has not ended yet."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # of another user, who may hide more about it
        return True
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return True
    return stat.rpartition(")")[2].split()[0] not in "ZX"  # ended, not yet asked after


def is_locked(path: Path) -> bool:
    """Whether a process holds the lock of a file. Leaves the file as it is."""
    if not path.is_file():
        return False
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
    return False
