"""The three evaluators against plain versions that loop over boxes.

    python -m benchmarks.speed.evaluators [--quick]

A made-up submission (``benchmarks.corpora``); both must match every box alike.
"""

import sys
from collections.abc import Iterator, Sequence
from functools import partial

from benchmarks.corpora import corpus
from benchmarks.plain import protocols as plain
from benchmarks.protocols import same
from benchmarks.speed.results import Goal, Row
from benchmarks.speed.sides import Sizes, in_turns, run
from model.protocols import PROTOCOLS, evaluate

ROWS = tuple(f"evaluator {name}" for name in PROTOCOLS)
GOAL = Goal(times=20)
IMAGES = 500


def measure(sizes: Sizes) -> Iterator[Row]:
    """The rows of ``ROWS``."""
    images = sizes.of(IMAGES, 10)
    for name, row in zip(PROTOCOLS, ROWS, strict=True):
        gt, found = corpus(0, images, not PROTOCOLS[name].takes_quadrilaterals)
        if not same(evaluate(name, gt, found), plain.evaluate(name, gt, found)):
            raise ValueError(f"{name}: the two match other boxes")
        ours, yardstick = (partial(f, name, gt, found) for f in (evaluate, plain.evaluate))
        rounds = in_turns(row, ours, yardstick, sizes)
        note = f"{images} images of 10 ground truths and 12 detections"
        yield Row(row, "plain version", GOAL, rounds, note)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    return run(measure, __doc__, argv)


if __name__ == "__main__":
    sys.exit(main())
