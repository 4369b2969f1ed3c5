"""Near-duplicates among perceptual hashes, against comparing each with all others.

    python -m benchmarks.speed.near [--quick]

The plain version compares a hash with all that follow it at once, in NumPy, and grows with the
square of their number; ours does not. Both must find the same pairs.
"""

import sys
from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from benchmarks import near
from benchmarks.plain import near as plain
from benchmarks.speed.results import Goal, Row
from benchmarks.speed.sides import Sizes, in_turns, run

ROWS = ("near-duplicates, random hashes", "near-duplicates, crowded hashes")
GOAL = Goal(times=20)
HASHES, RADIUS = 40_000, 10


def measure(sizes: Sizes) -> Iterator[Row]:
    """The rows of ``ROWS``."""
    count = sizes.of(HASHES, 300)
    for name, layout in zip(ROWS, near.LAYOUTS, strict=True):
        hashes = layout(np.random.default_rng(0), count)
        if not np.array_equal(near.ours(hashes, RADIUS), plain.near_pairs(hashes, RADIUS)):
            raise ValueError(f"{name}: the two find other pairs")
        ours, yardstick = (partial(f, hashes, RADIUS) for f in (near.ours, plain.near_pairs))
        rounds = in_turns(name, ours, yardstick, sizes)
        note = f"{count:,} hashes, radius {RADIUS}"
        yield Row(name, "each with all that follow, NumPy", GOAL, rounds, note)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    return run(measure, __doc__, argv)


if __name__ == "__main__":
    sys.exit(main())
