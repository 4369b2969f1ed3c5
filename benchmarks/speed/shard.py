"""Manifests to MindRecord shards, against MindSpore's own writer fed from memory.

    python -m benchmarks.speed.shard [--quick]

Ours is the whole command: plan, read each picture and compare its digest, write, read all back and
compare, hash the files, on all cores. The yardstick is the time that the writer alone takes for the
same pictures, one process, nothing compared; starting it and filling its memory do not count.
"""

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.speed.raw import make_raw
from benchmarks.speed.results import Cost, Goal, Row
from benchmarks.speed.sides import Sizes, command, in_turns, run

ROWS = ("shard to MindRecord",)
GOAL = Goal(most=0.6)
IMAGES = 2_000
MIX = """description: all made-up pictures
seed: 1
shards: {shards}
members:
  - {{dataset: icdar15, split: train}}
"""


def measure(sizes: Sizes) -> Iterator[Row]:
    """The row of ``ROWS``."""
    images = sizes.of(IMAGES, 8)
    with tempfile.TemporaryDirectory() as scratch:
        raw, data, mix = (Path(scratch, name) for name in ("raw", "data", "made_up.yaml"))
        folder = make_raw(raw, images)[0].parent
        mix.write_text(MIX.format(shards=len(os.sched_getaffinity(0))), encoding="utf-8")
        command("pipelines", "normalize", "--raw", raw, "--data", data, *sizes.workers)

        def ours() -> None:
            where = ("--data", data, "--mix", mix)
            command("pipelines", "shard", *where, "--force", *sizes.workers)

        def yardstick() -> Cost:
            out = Path(scratch, "plain.mindrecord")
            for left in Path(scratch).glob("plain.mindrecord*"):
                left.unlink()
            wall, cpu = command("benchmarks.plain.mindrecord", folder, out).split()[-2:]
            return Cost(float(wall), float(cpu))

        rounds = in_turns(ROWS[0], ours, yardstick, sizes, warm=False)
    note = f"{images:,} pictures of 1280x720, whole command"
    yield Row(ROWS[0], "MindSpore's writer alone, from memory, one process", GOAL, rounds, note)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    return run(measure, __doc__, argv)


if __name__ == "__main__":
    sys.exit(main())
