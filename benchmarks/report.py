"""The quality report over made-up manifests: its time, its peak memory, what it writes.

    python -m benchmarks.report [--images 6000 60000] [--findings 4]

Each is built by `python -m validation report`, gate and checks included, in a process of its own,
from manifests in parts of a thousand images with four regions each, and ``--findings`` findings an
image of ten codes.
"""

import argparse
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pil

from benchmarks.measuring import table
from manifests.findings import PARTS, REPORT, Code, Finding, findings_table, write_findings
from manifests.identity import region_id, sha256_file
from manifests.ledger import Ledger
from manifests.publish import publishing
from manifests.reading import MANIFESTS, RAW_ROOT, open_manifest
from manifests.records import Image, Region
from manifests.writing import assemble, write_part

PART = 1000
REGIONS = 4
PICTURES = 50
"""Files that the images share, 1280 x 720."""
CODES = tuple(
    Code(f"made_up_{k}", "warning", f"Made up, number {k}.", "Nothing.", 10.0) for k in range(10)
)


def main(argv: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--images", type=int, nargs="+", default=[6_000, 60_000])
    parser.add_argument("--findings", type=int, default=4, help="an image (default: 4)")
    args = parser.parse_args(argv)
    rows = []
    for images in args.images:
        with tempfile.TemporaryDirectory() as scratch:
            data = Path(scratch, "data")
            _made_elsewhere(data, Path(scratch, "raw"), images, args.findings)
            rows.append([f"{images:,}", f"{images * REGIONS:,}", *measure(data)])
    header = ["images", "regions", "seconds", "peak MiB", "MiB written", "files"]
    print(table(header, rows))
    return 0


def measure(data: Path) -> list[str]:
    """Seconds, peak memory, and what the site takes on disk."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "validation", "report", "--data", str(data)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    if status:
        raise SystemExit(f"the report ended with {os.waitstatus_to_exitcode(status)}")
    sizes = [path.stat().st_size for path in (data / REPORT / "site").rglob("*") if path.is_file()]
    written = f"{sum(sizes) / 2**20:.1f}"
    return [f"{seconds:.1f}", f"{usage.ru_maxrss / 1024:.0f}", written, f"{len(sizes):,}"]


def _made_elsewhere(*args: Any) -> None:
    """``make`` in a process of its own: peak memory of this one would count as its children's."""
    process = multiprocessing.get_context("spawn").Process(target=make, args=args)
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(process.exitcode)


def make(data: Path, raw: Path, images: int, findings: int) -> None:
    """Publish one manifest of so many images, and write its findings."""
    digests = _pictures(raw)
    folder, parts = data / MANIFESTS / "made_up" / "train", data / "parts"
    parts.mkdir(parents=True)
    written = []
    for first in range(0, images, PART):
        rows = [_image(k, digests) for k in range(first, min(first + PART, images))]
        seen = Ledger(images_seen=len(rows), regions_seen=REGIONS * len(rows))
        written.append(write_part(parts, first // PART, rows, [], seen))
    with publishing(folder) as staging:
        assemble(parts, written, staging, {"dataset": "made_up", "split": "train"})
        (staging / RAW_ROOT).write_text(f"{raw}\n", encoding="utf-8")
    prints = {"made_up/train": open_manifest(data, "made_up", "train").fingerprint}
    found = findings_table(_findings(images, findings))
    write_findings(data / PARTS / "made_up.parquet", found, CODES, prints)


def _pictures(raw: Path) -> list[str]:
    raw.mkdir(parents=True)
    noise = np.random.default_rng(0)
    digests = []
    for k in range(PICTURES):
        small = noise.integers(0, 255, (90, 160, 3), np.uint8)
        Pil.fromarray(small).resize((1280, 720)).save(raw / f"{k}.jpg", quality=90)
        digests.append(sha256_file(raw / f"{k}.jpg"))
    return digests


def _image(number: int, digests: list[str]) -> Image:
    name = f"made_up/train/img_{number}"
    return Image(
        image_id=name,
        dataset="made_up",
        split="train",
        image_uri=f"{number % PICTURES}.jpg",
        image_sha256=digests[number % PICTURES],
        width=1280,
        height=720,
        format="JPEG",
        mode="RGB",
        annotation_uri=f"gt/gt_img_{number}.txt",
        exhaustive=True,
        regions=tuple(_region(name, number, k) for k in range(REGIONS)),
    )


def _region(name: str, number: int, line: int) -> Region:
    left, top = float((37 * number + 211 * line) % 1100), float((53 * number + 97 * line) % 680)
    wide, high = float(8 + number % 120), float(6 + (number + line) % 30)
    polygon = (left, top, left + wide, top, left + wide, top + high, left, top + high)
    return Region(region_id(name, line + 1), polygon, f"word{line}", "raw", line + 1)


def _findings(images: int, each: int) -> Iterator[Finding]:
    chance = random.Random(0)
    for number in range(images):
        name = f"made_up/train/img_{number}"
        for line in range(each):
            code = CODES[chance.randrange(len(CODES))]
            yield code.finding(
                "made_up",
                "train",
                "as made up",
                image_id=name,
                region_id=region_id(name, line % REGIONS + 1),
                source_uri=f"gt/gt_img_{number}.txt",
                source_line=line + 1,
                value=chance.random() * 100,
            )


if __name__ == "__main__":
    sys.exit(main())
