"""Annotations of COCO-Text's form to the tables of a manifest, as a script for one job would do it.

    python -m benchmarks.plain.normalize cocotext.v2.json OUT

One process, all in memory, one loop: no pictures are there, so every image and its regions are
refused, each with what was wrong, and counted. It writes the same rows, figures and digests that
``pipelines`` does of a file in which nothing is broken; on any other it would stop.
"""

import hashlib
import json
import math
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from manifests.schema import IMAGES, QUARANTINE

DATASET, SPLIT = "coco_text", "train"
Row = dict[str, Any]


def main(source: Path, out: Path) -> None:
    """Read, refuse, write."""
    content = json.loads(source.read_bytes())
    regions = defaultdict(list)
    for number, annotation in content["anns"].items():
        regions[str(annotation["image_id"])].append((number, annotation))
    facts: Counter[str] = Counter()
    rows: list[Row] = []
    by_stem = sorted(content["imgs"].items(), key=lambda item: item[1]["file_name"])
    for number, image in by_stem:
        rows += refused(number, image, regions[number], facts)
    out.mkdir(parents=True, exist_ok=True)
    digests = [
        written(pa.Table.from_pylist(rows, QUARANTINE), out / "quarantine.parquet"),
        written(IMAGES.empty_table(), out / "images.parquet"),
    ]
    about = {"digests": digests, "facts": facts, "source": digest(source.read_bytes())}
    (out / "manifest.json").write_text(json.dumps(about, indent=2))


def refused(
    number: str, image: dict[str, Any], regions: list[tuple[str, Any]], facts: Counter[str]
) -> list[Row]:
    """The rows of one image that has no picture."""
    stem = image["file_name"].rpartition(".")[0]
    shared = {"dataset": DATASET, "split": SPLIT, "image_id": f"{DATASET}/{SPLIT}/{stem}"}
    uri = f"coco_text/cocotext.v2.json#/imgs/{number}"
    lost = "the picture that this annotation belongs to is not there"
    rows: list[Row] = [
        {
            **shared, "kind": "image", "source_uri": uri, "source_line": 1,
            "reason": "image_missing", "detail": lost, "raw": None,
        }
    ]  # fmt: skip
    facts["images_without_regions"] += not regions
    for _, annotation in regions:
        count(annotation, facts)
        rows.append(
            {
                **shared, "kind": "region", "source_uri": uri, "source_line": 1,
                "reason": "image_refused", "detail": "its image was refused",
                "raw": json.dumps(annotation),
            }
        )  # fmt: skip
    return rows


def count(annotation: dict[str, Any], facts: Counter[str]) -> None:
    """Check a region, and add what its shape and its text tell."""
    polygon = [float(value) for value in annotation["mask"]]
    text, legible = annotation["utf8_string"], annotation["legibility"]
    if len(polygon) < 6 or len(polygon) % 2 or not all(map(math.isfinite, polygon)):
        raise ValueError(f"{polygon} is no polygon")
    if legible not in ("legible", "illegible"):
        raise ValueError(f"{legible} is no legibility")
    xs, ys = polygon[0::2], polygon[1::2]
    wide, high = max(xs) - min(xs), max(ys) - min(ys)
    facts["wide_16_or_less"] += wide <= 16
    facts["high_8_or_less"] += high <= 8
    facts["one_pixel_thick"] += min(wide, high) <= 1
    facts["taller_than_wide"] += high > wide
    facts["text_with_comma"] += "," in text
    facts["text_not_ascii"] += not text.isascii()
    facts["care_without_text"] += legible == "legible" and not text
    facts["illegible"] += legible == "illegible"
    facts["illegible_with_text"] += legible == "illegible" and bool(text)
    facts["three_points"] += len(polygon) == 6
    facts["negative_coordinates"] += min(polygon) < 0
    facts["no_area"] += on_a_line(xs, ys)
    facts["thinner_than_a_pixel"] += min(wide, high) < 1
    facts["dangling"] += 0


def on_a_line(xs: list[float], ys: list[float]) -> bool:
    """Whether all points lie on one line."""
    if max(xs) <= min(xs) or max(ys) <= min(ys):
        return True
    x, y = xs[0], ys[0]
    u, v = max(zip(xs, ys, strict=True), key=lambda p: (p[0] - x) ** 2 + (p[1] - y) ** 2)
    long = (u - x) ** 2 + (v - y) ** 2
    return all(
        abs((u - x) * (b - y) - (v - y) * (a - x)) <= 1e-6 * long
        for a, b in zip(xs, ys, strict=True)
    )


def written(table: pa.Table, path: Path) -> str:
    """Write a table; the digest of its file."""
    pq.write_table(table, path, compression="zstd", row_group_size=2_000)
    return digest(path.read_bytes())


def digest(data: bytes) -> str:
    """Hexadecimal SHA-256."""
    return hashlib.sha256(data).hexdigest()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
