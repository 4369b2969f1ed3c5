"""The search for copies where every picture is near every other: its time, and its peak memory.

    python -m benchmarks.copies [--pictures 2500 10000]

Hashes differ from one in up to 5 bits, so any two are candidates, as scans of one form are. These
``forms`` are filled in with other words: their thumbnails correlate by less than a copy's, and none
is found. ``frames`` of a film are copies of each other. Each search runs in a process of its own;
one of no pictures shows what Python and the libraries take.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.measuring import own_peak, table
from manifests.reading import Manifest
from manifests.statistics import SCHEMA, TABLE, THUMBNAIL_SIDE, Statistics
from validation.copy_search import find_copies
from validation.corpus import Corpus

NOISE = {"forms": 16.0, "frames": 4.0}
"""Gray levels by which thumbnails differ from a drawing of deviation 40: correlations of about 0.86
and 0.99."""
PIXELS = THUMBNAIL_SIDE**2


def corpus_of(folder: Path, kind: str, count: int) -> Corpus:
    """So many pictures of one split, measured."""
    random = np.random.default_rng(0)
    base = random.normal(128, 40, PIXELS)
    noisy = (base + random.normal(0, NOISE[kind], PIXELS) for _ in range(count))
    columns: dict[str, Any] = {
        "image_id": [f"alpha/train/{number}" for number in range(count)],
        "pixels_sha256": [f"{number:064x}" for number in range(count)],
        "phash": _near(random, count),
        "phash_mirrored": _near(random, count),
        "contrast": np.full(count, 40, np.float32),
        "thumbnail": [levels.clip(0, 255).astype(np.uint8).tobytes() for levels in noisy],
    }
    schema = pa.schema([SCHEMA.field(name) for name in columns])
    pq.write_table(pa.table(columns, schema), folder / TABLE)
    manifest = Manifest(folder, {"dataset": "alpha", "split": "train"})
    return Corpus(folder, (manifest,), {manifest.name: Statistics(folder, {})})


def main(argv: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pictures", type=int, nargs="+", default=[2_500, 10_000])
    parser.add_argument("--kind", choices=NOISE, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.kind:
        print(_run(args.kind, args.pictures[0]))
        return 0
    rows = [
        [kind, f"{count:,}", *measure(kind, count)]
        for kind in NOISE
        for count in (0, *args.pictures)
    ]
    print(table(["pictures", "how many", "seconds", "peak MiB", "links"], rows))
    return 0


def measure(kind: str, count: int) -> list[str]:
    """Seconds of a search, peak memory of its process, and what it found."""
    command = [sys.executable, "-m", "benchmarks.copies", "--kind", kind, "--pictures", f"{count}"]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split()


def _run(kind: str, count: int) -> str:
    with tempfile.TemporaryDirectory() as folder:
        corpus = corpus_of(Path(folder), kind, count)
        began = time.perf_counter()
        links = len(find_copies(corpus)[1])
        return f"{time.perf_counter() - began:.2f} {own_peak():.0f} {links}"


def _near(random: np.random.Generator, count: int) -> npt.NDArray[np.uint64]:
    """Hashes that differ from one in 2 to 5 bits."""
    base = random.integers(0, 2**64, dtype=np.uint64)
    places = random.random((count, 64)).argsort(axis=1)[:, :5].astype(np.uint64)
    kept = np.arange(5) < random.integers(2, 6, count)[:, None]
    return base ^ np.bitwise_or.reduce(np.where(kept, np.uint64(1) << places, np.uint64(0)), axis=1)


if __name__ == "__main__":
    sys.exit(main())
