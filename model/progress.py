"""Showing how far a training is: a bar on a terminal, a line now and then elsewhere."""

import contextlib
import logging
import sys
import time
from types import TracebackType
from typing import Self

from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

LOG = logging.getLogger(__name__)

SECONDS_BETWEEN_LINES = 60.0


class Progress:
    """A context manager that counts steps. ``done``: steps that an earlier process took;
    ``terminal``: None looks whether stderr is one."""

    def __init__(self, steps: int, what: str, done: int = 0, terminal: bool | None = None) -> None:
        self.steps, self.what, self.done = steps, what, done
        shown = sys.stderr.isatty() if terminal is None else terminal
        self._bar = tqdm(total=steps, initial=done, desc=what, unit="step", disable=not shown)
        self._first: tuple[int, float] | None = None
        self._said = 0.0
        self._above = logging_redirect_tqdm() if shown else contextlib.nullcontext()

    def advance(self, loss: float, images_per_second: float) -> None:
        """One step more; the first and the last are always shown."""
        self.done += 1
        with contextlib.suppress(OSError):  # a terminal that was closed; a signal tells of it
            self._bar.set_postfix_str(f"loss {loss:.4f}, {images_per_second:.1f} images/s", False)
            self._bar.update()
        now = time.monotonic()
        first = self._first is None
        # Time is counted from the end of the first step, which compiles the network.
        self._first = self._first or (self.done, now)
        due = first or now - self._said >= SECONDS_BETWEEN_LINES or self.done == self.steps
        if self._bar.disable and due:
            self._said = now
            taken = self.done - self._first[0]
            rate = (now - self._first[1]) / taken if taken else None
            LOG.info("%s", self.line(loss, images_per_second, rate))

    def line(self, loss: float, images_per_second: float, seconds_a_step: float | None) -> str:
        """``pretrain: step 50 of 400, loss 0.3210, 4.1 images/s, 2:10 left``."""
        left = ""
        if seconds_a_step is not None:
            minutes, seconds = divmod(round(seconds_a_step * (self.steps - self.done)), 60)
            hours, minutes = divmod(minutes, 60)
            left = f", {hours}:{minutes:02d}" if hours else f", {minutes}"
            left += f":{seconds:02d} left"
        return (
            f"{self.what}: step {self.done} of {self.steps}, loss {loss:.4f}, "
            f"{images_per_second:.1f} images/s{left}"
        )

    def __enter__(self) -> Self:
        self._above.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.close()
        self._above.__exit__(kind, value, trace)
