"""What the report's pages count, against a loop over rows as Python objects.

    python -m benchmarks.speed.report [--quick]

Counting is the part of a report that grows with the data: the distributions of every quantity, and
the worst findings of each kind. Both must count and rank alike. Rendering pages and small pictures,
of which there are never more than a report shows, is left out; ``benchmarks.report`` measures all.
"""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.plain import report as plain
from benchmarks.report import CODES
from benchmarks.speed.manifests import publish_made_up
from benchmarks.speed.results import Goal, Row
from benchmarks.speed.sides import Sizes, in_turns, run
from manifests.findings import PARTS, Finding, findings_table, write_findings
from manifests.reading import Manifest
from validation.site.build import PER_CODE
from validation.site.collect import collect
from validation.site.ranked import read_ranked

ROWS = ("report: what its pages count",)
GOAL = Goal(times=20)
IMAGES, REGIONS = 10_000, 4


def measure(sizes: Sizes) -> Iterator[Row]:
    """The row of ``ROWS``."""
    images = sizes.of(IMAGES, 50)
    with tempfile.TemporaryDirectory() as scratch:
        data = Path(scratch)
        manifest = publish_made_up(data, images, REGIONS, np.random.default_rng(0))
        path = data / PARTS / "made_up.parquet"
        table = findings_table(_findings(images, np.random.default_rng(1)))
        write_findings(path, table, CODES, {manifest.name: manifest.fingerprint})
        if ours(manifest, path) != yardstick(manifest, path):
            raise ValueError("ours and the plain version count otherwise")
        rounds = in_turns(
            ROWS[0], lambda: ours(manifest, path), lambda: yardstick(manifest, path), sizes
        )
    note = f"{images:,} images, {images * REGIONS:,} regions, {images * REGIONS:,} findings"
    yield Row(ROWS[0], "loop over rows as Python objects", GOAL, rounds, note)


def ours(manifest: Manifest, findings: Path) -> Any:
    """Counts and the messages of what is shown, by ``validation``."""
    found = collect(manifest, (), ())
    counts = {key: histogram.counts.tolist() for key, histogram in found.histograms.items()}
    kinds = read_ranked(findings, PER_CODE).kinds
    return counts, {k.code.code: [finding.message for finding in k.shown] for k in kinds}


def yardstick(manifest: Manifest, findings: Path) -> Any:
    """The same by the plain version."""
    return plain.histograms(manifest), plain.worst(findings, PER_CODE)


def _findings(images: int, rng: np.random.Generator) -> Iterator[Finding]:
    for number in range(images * REGIONS):
        code = CODES[int(rng.integers(len(CODES)))]
        name = f"made_up/train/img_{number // REGIONS:06d}"
        message, value = f"number {number}", float(rng.uniform(0, 100))
        yield code.finding("made_up", "train", message, image_id=name, value=value)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    return run(measure, __doc__, argv)


if __name__ == "__main__":
    sys.exit(main())
