"""A command as a process: what it says is kept, and signals are handed to it."""

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

LOG = logging.getLogger(__name__)

SIGNALS = (signal.SIGTERM, signal.SIGINT)
_BLOCK = 1 << 16


class Stopping:
    """The signals that came, from the job's beginning on."""

    def __init__(self) -> None:
        self.count = 0
        self._process: subprocess.Popen[bytes] | None = None

    def take(self, _number: int, _frame: FrameType | None) -> None:
        """Hand the first signal on, so that the command can save its state; the second ends it."""
        self.count += 1
        self._tell()

    def hand_to(self, process: "subprocess.Popen[bytes]") -> None:
        """Signals go to this process, one that has come already too."""
        self._process = process
        if self.count:
            self._tell()

    def _tell(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM if self.count == 1 else signal.SIGKILL)


@contextmanager
def signals_kept() -> Iterator[Stopping]:
    """Take up SIGTERM, by which ModelArts stops a job, and SIGINT, instead of ending by them."""
    stopping = Stopping()
    before = {number: signal.signal(number, stopping.take) for number in SIGNALS}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run(command: Sequence[str], folder: Path, log: Path, stopping: Stopping) -> int:
    """Run a command in a folder; what it says goes to ``log`` and to the standard output.

    Returns its exit status, 128 + signal where one ended it.
    """
    LOG.info("running %s", " ".join(command))
    with log.open("wb") as file:
        process = subprocess.Popen(
            list(command), cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # else a signal to all of the group would come twice
        )  # fmt: skip
        stopping.hand_to(process)
        assert process.stdout is not None
        while block := os.read(process.stdout.fileno(), _BLOCK):
            file.write(block)
            file.flush()
            sys.stdout.buffer.write(block)
            sys.stdout.flush()
        status = process.wait()
    return status if status >= 0 else 128 - status
