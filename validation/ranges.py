"""Ranges laid end to end, and cut into runs, so that what grows with pairs is bounded in memory."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


def expand(counts: Ints) -> tuple[Ints, Ints]:
    """Ranges end to end: counts (2, 0, 3) give the owners 0 0 2 2 2 and the offsets 0 1 0 1 2."""
    owner = np.repeat(np.arange(len(counts)), counts)
    return owner, np.arange(len(owner)) - (np.cumsum(counts) - counts)[owner]


def runs(counts: Ints, at_once: int) -> Iterator[tuple[int, int]]:
    """Rows low .. high whose counts add up to at most ``at_once``, or a single row of more."""
    total = np.cumsum(counts)
    low = 0
    while low < len(counts):
        before = total[low - 1] if low else 0
        high = max(int(np.searchsorted(total, before + at_once, side="right")), low + 1)
        yield low, high
        low = high
