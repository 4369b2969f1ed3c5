"""Starting the workers of a data parallel training with MindSpore's own launcher, ``msrun``.

``msrun`` starts a scheduler and the workers, each in a session of its own, with a log each, and
ends the other workers when one has failed. It leaves three things to do: the scheduler stays half
a minute longer, nothing says why a worker ended, and none of them ends with ``msrun`` itself when
that is killed. So every process asks the system to be killed when its parent dies: to end all,
``msrun`` is killed.
"""

import ctypes
import logging
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from manifests.errors import UserError

LOG = logging.getLogger(__name__)

_LAUNCHED = "TEXTLINES_LAUNCHED"
_SET_PARENT_DEATH_SIGNAL = 1
_ENDED = re.compile(r"Worker process (\d+) exit with exception\. Error code: (-?\d+)")
_CHATTER = re.compile(r"\[(INFO|WARNING|ERROR|CRITICAL)\] ")
_STEP_SECONDS = 0.1
_LINES = 15
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def launch(command: Sequence[str], workers: int, logs: Path) -> int:
    """Run ``python COMMAND`` in so many processes on this machine until all have ended.

    logs: a new folder for ``worker_0.log`` and so on; what worker 0 says is said here too. The
    first SIGINT, SIGTERM or SIGHUP is handed to worker 0, the second ends all at once.

    Returns 0, or 128 + signal where a signal ended it. Raises UserError that names the log of the
    worker that failed, and shows its end.
    """
    logs.mkdir(parents=True)
    asked: list[int] = []
    with _signals_kept(asked), _started(command, workers, logs) as launcher:
        _watch(launcher, logs, asked)
    if asked:
        return 128 + asked[0]
    if launcher.returncode or first_to_fail(_read(logs / "msrun.log")):
        raise UserError(what_failed(logs, workers))
    return 0


def end_with_parent() -> None:
    """Have the system kill this process when its parent dies; only where ``launch`` started it."""
    if _LAUNCHED in os.environ and sys.platform == "linux":
        _ask_to_be_killed()
        if b"msrun" not in Path(f"/proc/{os.getppid()}/cmdline").read_bytes():
            os._exit(1)  # the parent died before it could be asked


def say_who(rank: int, size: int) -> None:
    """The line by which ``first_to_fail`` finds the log of a process."""
    LOG.info("worker %d of %d is process %d", rank, size, os.getpid())


def first_to_fail(said: str) -> tuple[int, int] | None:
    """Process id and exit code of the first worker that failed, from what ``msrun`` said."""
    found = _ENDED.search(said)
    return (int(found[1]), int(found[2])) if found else None


def what_failed(logs: Path, workers: int) -> str:
    """Which worker ended how, and the end of its log."""
    failed = first_to_fail(_read(logs / "msrun.log"))
    if failed is None:
        return f"msrun failed:\n{tail(_read(logs / 'msrun.log'))}\nAll of it: {logs / 'msrun.log'}"
    process, code = failed
    pattern = re.compile(rf"is process {process}$", re.MULTILINE)
    named = [path for path in sorted(logs.glob("worker_*.log")) if pattern.search(_read(path))]
    how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"failed (exit {code})"
    if not named:
        return f"a worker (process {process}) {how}, and the training with it; see the logs: {logs}"
    rank = named[0].stem.removeprefix("worker_")
    return (
        f"worker {rank} of {workers} {how}, and the training with it. The end of its log "
        f"{named[0]}:\n{tail(_read(named[0]))}"
    )


def tail(text: str) -> str:
    """The last lines, without MindSpore's own chatter unless there is nothing else."""
    lines = [line for line in text.splitlines() if line.strip()]
    own = [line for line in lines if not _CHATTER.match(line)]
    return "\n".join(f"  {line}" for line in (own or lines)[-_LINES:])


@contextmanager
def _started(
    command: Sequence[str], workers: int, logs: Path
) -> Iterator["subprocess.Popen[bytes]"]:
    """``msrun``; it and all it started have ended afterwards."""
    environment = _environment(os.environ)
    program = shutil.which("msrun", path=environment["PATH"])
    if program is None:
        raise UserError("msrun, MindSpore's launcher, is not beside this Python; install MindSpore")
    options = {
        "worker_num": workers, "local_worker_num": workers, "master_addr": "127.0.0.1",
        "master_port": _free_port(), "log_dir": logs, "join": True, "tail_worker_log": workers,
    }  # fmt: skip
    line = [sys.executable, program, *(f"--{key}={value}" for key, value in options.items())]
    with (logs / "msrun.log").open("wb") as log:
        launcher = subprocess.Popen(
            [*line, "python", *command], env=environment, stdin=subprocess.DEVNULL, stdout=log,
            stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=_ask_to_be_killed,
        )  # fmt: skip
    try:
        yield launcher
    finally:
        launcher.kill()
        launcher.wait()


def _environment(environment: Mapping[str, str]) -> dict[str, str]:
    """With this Python first on the path: msrun starts what is called ``python``."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', os.defpath)}"
    return {**environment, "PATH": path, _LAUNCHED: "1"}


def _watch(launcher: "subprocess.Popen[bytes]", logs: Path, asked: list[int]) -> None:
    """Until ``msrun`` has ended, a worker has failed, or a second signal came."""
    shown, handed_on = 0, False
    ended = False
    while not ended:
        time.sleep(_STEP_SECONDS)
        ended = launcher.poll() is not None or len(asked) > 1
        ended = ended or first_to_fail(_read(logs / "msrun.log")) is not None
        shown = _show(logs / "worker_0.log", shown)
        if asked and not handed_on:
            handed_on = _hand_on(asked[0], logs / "worker_0.log")


def _show(log: Path, shown: int) -> int:
    """Write what is new in a log to the standard output; returns how much of it is shown."""
    if not log.is_file():
        return 0
    with log.open("rb") as file:
        file.seek(shown)
        new = file.read()
    whole = new[: new.rfind(b"\n") + 1]
    lines = whole.decode(errors="replace").splitlines(keepends=True)
    with suppress(OSError):  # the terminal may have been closed; the log has it
        sys.stdout.write("".join(line for line in lines if not _CHATTER.match(line)))
        sys.stdout.flush()
    return shown + len(whole)


def _hand_on(number: int, log: Path) -> bool:
    """Send a signal to the worker of a log; False as long as it has not said who it is."""
    found = re.search(r"is process (\d+)$", _read(log), re.MULTILINE)
    if found:
        os.kill(int(found[1]), number)
    return bool(found)


@contextmanager
def _signals_kept(asked: list[int]) -> Iterator[None]:
    """Collect the signals that come, instead of ending."""

    def keep(number: int, _frame: FrameType | None) -> None:
        asked.append(number)

    before = {number: signal.getsignal(number) for number in STOP_SIGNALS}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, keep)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ask_to_be_killed() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)


def _free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def _read(path: Path) -> str:
    return path.read_text(errors="replace") if path.is_file() else ""
