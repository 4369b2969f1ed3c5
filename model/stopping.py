"""Ending a training, or other long work, between two steps when a signal asks for it.

MindSpore puts handlers of its own in the place of Python's (SIGINT becomes SIGTERM, SIGTERM ends
the process), and a Python handler waits until a compiled step returns. So the signals are blocked
in every thread, which no handler can change, and one thread waits for them.
"""

import logging
import os
import signal
import threading
from types import TracebackType
from typing import Self

LOG = logging.getLogger(__name__)

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_WORDS = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM", signal.SIGHUP: "a closed terminal"}


_PROMISE = (
    "stopping after this step; once more stops at once, and loses the steps since the last saved "
    "state"
)


class Stopped(Exception):  # noqa: N818
    """Work has ended between two steps, a training's state saved, as it was asked to.
    ``exit_status``: 128 + signal."""

    def __init__(self, number: int, step: int, steps: int) -> None:
        super().__init__(f"stopped at step {step} of {steps}")
        self.exit_status = 128 + number


class Stop:
    """A context manager that takes up SIGINT, SIGTERM and SIGHUP. Enter it before MindSpore starts
    threads: they inherit what is blocked. A second signal ends the process at once. Signals that
    are ignored where it is entered (``nohup``) stay ignored. promise: what a signal is answered."""

    def __init__(self, promise: str = _PROMISE) -> None:
        self._promise = promise
        self.requested: int | None = None
        """The first signal that came."""
        self._closing = False
        self._terminals = [number for number in (1, 2) if os.isatty(number)]
        self._signals = [n for n in SIGNALS if signal.getsignal(n) is not signal.SIG_IGN]
        self._thread = threading.Thread(target=self._wait, name="signals", daemon=True)

    def check(self, step: int, steps: int) -> None:
        """Raise Stopped where a signal has come. step: the last that was taken of ``steps``."""
        if self.requested is not None:
            raise Stopped(self.requested, step, steps)

    def __enter__(self) -> Self:
        self._before = signal.pthread_sigmask(signal.SIG_BLOCK, self._signals)
        if self._signals:
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing = True
        if self._thread.ident is not None:
            signal.pthread_kill(self._thread.ident, self._signals[0])
            self._thread.join()
        signal.pthread_sigmask(signal.SIG_SETMASK, self._before)

    def _wait(self) -> None:
        while True:
            number = signal.Signals(signal.sigwait(self._signals))
            if self._closing:
                return
            if self.requested is not None:
                os._exit(128 + number)
            if number == signal.SIGHUP:
                self._leave_terminals()
            self.requested = number
            LOG.warning("%s: %s", _WORDS[number], self._promise)

    def _leave_terminals(self) -> None:
        """What is written to a terminal that was closed is an error, which would end the training
        before its state is saved."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for number in self._terminals:
            os.dup2(nowhere, number)
        os.close(nowhere)
