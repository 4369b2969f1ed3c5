"""The checks of regions, shapes and overlaps, against plain versions: row by row, pair by pair.

    python -m benchmarks.speed.checks [--quick]

Both read the same manifest, made up and with faults, and must find the same. The plain version
makes a shape of each polygon and intersects every pair of an image.
"""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.plain import checks as plain
from benchmarks.speed.manifests import publish_made_up
from benchmarks.speed.results import Goal, Row
from benchmarks.speed.sides import Sizes, in_turns, run
from manifests.reading import Manifest
from validation.checks import overlaps, shapes
from validation.corpus import Corpus

ROWS = ("validation: checks of regions",)
GOAL = Goal(times=20)
IMAGES, REGIONS = 1_000, 12


def measure(sizes: Sizes) -> Iterator[Row]:
    """The row of ``ROWS``."""
    images = sizes.of(IMAGES, 20)
    with tempfile.TemporaryDirectory() as scratch:
        manifest = publish_made_up(Path(scratch), images, REGIONS, np.random.default_rng(0))
        if (found := sorted(ours(manifest))) != sorted(plain.find(manifest)) or not found:
            raise ValueError("ours and the plain version find other faults")
        rounds = in_turns(
            ROWS[0], lambda: list(ours(manifest)), lambda: list(plain.find(manifest)), sizes
        )
    note = f"{images:,} images of {REGIONS} regions, {len(found):,} findings"
    yield Row(ROWS[0], "loops over rows and pairs, Shapely", GOAL, rounds, note)


def ours(manifest: Manifest) -> Iterator[plain.Found]:
    """What the two checks find."""
    corpus = Corpus(manifest.folder.parents[2], (manifest,))
    for check in (shapes, overlaps):
        for finding in check.find(corpus):
            yield finding.code, str(finding.region_id)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    return run(measure, __doc__, argv)


if __name__ == "__main__":
    sys.exit(main())
