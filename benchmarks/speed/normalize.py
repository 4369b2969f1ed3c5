"""Normalizing annotations whose pictures are not there, as COCO-Text comes: 64,000 images.

    python -m benchmarks.speed.normalize [--quick]

Ours is the whole command, the yardstick a plain script of one process that holds everything in
memory (``benchmarks.plain.normalize``), from the start of Python to its end. Both must refuse the
same rows with the same words and count the same facts.
"""

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.speed.annotations import IMAGES, REGIONS, make_annotations
from benchmarks.speed.results import Goal, Row
from benchmarks.speed.sides import Sizes, command, in_turns, run

ROWS = ("normalize, annotations only",)
GOAL = Goal(most=1.2)


def measure(sizes: Sizes) -> Iterator[Row]:
    """The row of ``ROWS``."""
    images, regions = sizes.of(IMAGES, 200), sizes.of(REGIONS, 700)
    with tempfile.TemporaryDirectory() as scratch:
        raw, data, plain = (Path(scratch, name) for name in ("raw", "data", "plain"))
        source = raw / "coco_text" / "cocotext.v2.json"
        make_annotations(source, images, regions)
        yardstick = partial(command, "benchmarks.plain.normalize", source, plain)

        def ours() -> None:
            shutil.rmtree(data, ignore_errors=True)  # what was done already is not done again
            where = ("--raw", raw, "--data", data)
            command("pipelines", "normalize", *where, *sizes.workers)

        rounds = in_turns(ROWS[0], ours, yardstick, sizes, warm=False)
        compare(data / "manifests" / "coco_text" / "train", plain)
    note = f"{images:,} images, {regions:,} regions, whole commands"
    yield Row(ROWS[0], "plain single-process pyarrow script", GOAL, rounds, note)


def compare(ours: Path, plain: Path) -> None:
    """Raise ValueError where the two did not do the same."""
    left, right = (
        pa.concat_tables(pq.read_table(path) for path in sorted(folder.glob("quarantine*.parquet")))
        for folder in (ours, plain)
    )
    if not left.equals(right):
        raise ValueError("ours and the plain script refuse other rows")
    facts, counts = (
        json.loads((folder / "manifest.json").read_text(encoding="utf-8"))[key]
        for folder, key in ((ours, "source_facts"), (plain, "facts"))
    )
    if {name: fact["count"] for name, fact in facts.items()} != counts:
        raise ValueError("ours and the plain script count other facts")


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    return run(measure, __doc__, argv)


if __name__ == "__main__":
    sys.exit(main())
