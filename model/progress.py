"""Showing how far a training is: a bar on a terminal, a line now and then elsewhere."""

import logging
import sys
import time
from types import TracebackType
from typing import Self

from tqdm import tqdm

LOG = logging.getLogger(__name__)

SECONDS_BETWEEN_LINES = 20.0


class Progress:
    """A context manager that counts steps. ``terminal``: None looks whether stderr is one."""

    def __init__(self, steps: int, what: str, terminal: bool | None = None) -> None:
        self.steps, self.what, self.done = steps, what, 0
        shown = sys.stderr.isatty() if terminal is None else terminal
        self._bar = tqdm(total=steps, desc=what, unit="step", disable=not shown)
        self._began = self._said = time.monotonic()

    def advance(self, loss: float, images_per_second: float) -> None:
        """One step more; the first and the last are always shown."""
        self.done += 1
        self._bar.set_postfix_str(f"loss {loss:.4f}, {images_per_second:.1f} images/s")
        self._bar.update()
        now = time.monotonic()
        due = now - self._said >= SECONDS_BETWEEN_LINES or self.done in (1, self.steps)
        if self._bar.disable and due:
            self._said = now
            LOG.info("%s", self.line(loss, images_per_second, now - self._began))

    def line(self, loss: float, images_per_second: float, seconds: float) -> str:
        """``pretrain: step 50 of 400, loss 0.3210, 4.1 images/s, 2:10 left``."""
        left = round(seconds / max(self.done, 1) * (self.steps - self.done))
        return (
            f"{self.what}: step {self.done} of {self.steps}, loss {loss:.4f}, "
            f"{images_per_second:.1f} images/s, {left // 60}:{left % 60:02d} left"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.close()
