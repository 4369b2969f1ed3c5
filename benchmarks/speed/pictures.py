"""Normalizing pictures with their statistics, as `make data` does, against decoding them at all.

    python -m benchmarks.speed.pictures [--quick]

Ours are two commands: `normalize` (list, hash, decode, check, write) and `statistics` (hash, decode
again, perceptual hashes, sharpness and the like). The yardstick decodes the same files with OpenCV
in a bare loop on as many processes and does nothing with them.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.speed.raw import make_raw
from benchmarks.speed.results import Goal, Row
from benchmarks.speed.sides import Sizes, command, in_turns, run

ROWS = ("normalize with pictures, and their statistics",)
GOAL = Goal(most=1.2)
IMAGES = 2_000


def measure(sizes: Sizes) -> Iterator[Row]:
    """The row of ``ROWS``."""
    images, processes = sizes.of(IMAGES, 8), len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as scratch:
        raw, data = Path(scratch, "raw"), Path(scratch, "data")
        folder = make_raw(raw, images)[0].parent

        def ours() -> None:
            shutil.rmtree(data, ignore_errors=True)  # else the second time has nothing to measure
            command("pipelines", "normalize", "--raw", raw, "--data", data, *sizes.workers)
            command("pipelines", "statistics", "--data", data, *sizes.workers)

        def yardstick() -> None:
            command("benchmarks.plain.decode", folder, processes)

        rounds = in_turns(ROWS[0], ours, yardstick, sizes, warm=False)
    note = f"{images:,} pictures of 1280x720, whole commands"
    yield Row(ROWS[0], f"OpenCV decode loop, {processes} processes", GOAL, rounds, note)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    return run(measure, __doc__, argv)


if __name__ == "__main__":
    sys.exit(main())
