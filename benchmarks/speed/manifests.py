"""Made-up manifests for the benchmarks of validation: words on pages, a few of them faulty."""

from pathlib import Path

import numpy as np

from manifests.identity import region_id
from manifests.ledger import Ledger
from manifests.publish import publishing
from manifests.reading import MANIFESTS, RAW_ROOT, Manifest, open_manifest
from manifests.records import Image, Region
from manifests.writing import assemble, write_part

WIDTH, HEIGHT = 1280, 720
PART = 1_000
FAULTY = 0.02
"""Share of regions that are crossed, flat, outside, or the one before once more."""

Polygon = tuple[float, ...]


def publish_made_up(data: Path, images: int, regions: int, rng: np.random.Generator) -> Manifest:
    """The manifest ``made_up/train`` below ``data``."""
    folder, parts = data / MANIFESTS / "made_up" / "train", data / "parts"
    parts.mkdir(parents=True)
    written = []
    for first in range(0, images, PART):
        rows = [_image(k, regions, rng) for k in range(first, min(first + PART, images))]
        seen = Ledger(images_seen=len(rows), regions_seen=regions * len(rows))
        written.append(write_part(parts, first // PART, rows, [], seen))
    with publishing(folder) as staging:
        assemble(parts, written, staging, {"dataset": "made_up", "split": "train"})
        (staging / RAW_ROOT).write_text(f"{data}\n", encoding="utf-8")
    return open_manifest(data, "made_up", "train")


def _image(number: int, regions: int, rng: np.random.Generator) -> Image:
    name = f"made_up/train/img_{number:06d}"
    polygons: list[Polygon] = []
    for _ in range(regions):
        polygons.append(_polygon(polygons, rng))
    return Image(
        image_id=name,
        dataset="made_up",
        split="train",
        image_uri=f"{number}.jpg",
        image_sha256=f"{number:064x}",
        width=WIDTH,
        height=HEIGHT,
        format="JPEG",
        mode="RGB",
        annotation_uri=f"gt_{number}.txt",
        exhaustive=True,
        regions=tuple(
            Region(region_id(name, line), polygon, f"word{line}", "raw", line)
            for line, polygon in enumerate(polygons, 1)
        ),
    )


def _polygon(others: list[Polygon], rng: np.random.Generator) -> Polygon:
    """A word somewhere, clockwise in whole and half pixels, or a faulty one."""
    left, top = np.rint(rng.uniform((0, 0), (WIDTH - 150, HEIGHT - 60)) * 2) / 2
    wide, high = np.rint(rng.uniform((20, 10), (150, 50)))
    slope = np.rint(rng.normal(0, 4))
    corners = [(left, top), (left + wide, top + slope), (left + wide, top + slope + high)]
    corners.append((left, top + high))
    chance = rng.random()
    if chance < FAULTY / 4:
        corners[1], corners[2] = corners[2], corners[1]
    elif chance < FAULTY / 2:
        corners = [(left + part * wide, top) for part in (0, 1, 2, 1)]
    elif chance < 3 * FAULTY / 4:
        corners = [(x - WIDTH, y) for x, y in corners]
    elif chance < FAULTY and others:
        return others[-1]
    return tuple(float(value) for corner in corners for value in corner)
