"""Places for pictures on their way to the server. One whose bytes trickle loses its place after
some seconds, and where all places are taken, at once to the next one."""

import asyncio
import contextlib
from collections.abc import Iterator

from model.serving import problems
from model.serving.limits import LEAST_BYTES, Limits

GRACE = 1.0
"""Seconds for which no picture has to give way."""


class Seat:
    """The place of one picture: ``patience`` ends when the picture takes too long."""

    def __init__(self, limits: Limits) -> None:
        self._loop, self._limits = asyncio.get_running_loop(), limits
        self._began = self._loop.time()
        self._bytes = self._counted = 0
        self._dropped = False
        self.patience = asyncio.timeout_at(self._due())

    @property
    def seconds(self) -> float:
        """Since it was taken."""
        return self._loop.time() - self._began

    @property
    def rate(self) -> float:
        """Bytes a second."""
        return self._bytes / max(self.seconds, 1e-6)

    def came(self, count: int) -> None:
        """So many bytes have come."""
        self._bytes += count
        if self._bytes - self._counted >= LEAST_BYTES and not self._dropped:
            self._counted = self._bytes
            self.patience.reschedule(self._due())

    def drop(self) -> None:
        """End the patience now."""
        self._dropped = True
        self.patience.reschedule(self._loop.time())

    def _due(self) -> float:
        least = self._loop.time() + self._limits.progress_seconds
        return min(least, self._began + self._limits.upload_seconds)


class Seats:
    """As many places as ``limits.uploads`` says. For the event loop."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._taken: list[Seat] = []

    @contextlib.contextmanager
    def take(self) -> Iterator[Seat]:
        """A place, if need be that of the slowest of the others. Raises Problem (503)."""
        if len(self._taken) >= self._limits.uploads:
            self._free()
        seat = Seat(self._limits)
        self._taken.append(seat)
        try:
            yield seat
        finally:
            if seat in self._taken:
                self._taken.remove(seat)

    def _free(self) -> None:
        slow = [seat for seat in self._taken if seat.seconds >= GRACE]
        if not slow:
            raise problems.busy()
        slowest = min(slow, key=lambda seat: seat.rate)
        self._taken.remove(slowest)
        slowest.drop()
