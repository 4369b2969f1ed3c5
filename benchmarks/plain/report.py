"""The plain yardstick of what a report's pages count: a loop over rows as Python objects.

Of one manifest with polygons of four points, without quarantine and statistics: the histograms of
``validation.site.collect``, and the worst findings of ``validation.site.ranked``.
"""

import math
from bisect import bisect_right
from collections import defaultdict
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from manifests.reading import Manifest
from validation.site.measures import MEASURES

Counts = dict[str, list[int]]
Row = dict[str, Any]


def histograms(manifest: Manifest) -> Counts:
    """Counts of every measure's bins."""
    edges = {measure.key: measure.edges for measure in MEASURES}
    counts = {key: [0] * (len(bins) - 1) for key, bins in edges.items()}

    def add(key: str, value: float) -> None:
        place = bisect_right(edges[key], value) - 1
        counts[key][min(max(place, 0), len(counts[key]) - 1)] += 1

    for image in manifest.rows():
        add("regions", len(image["regions"]))
        add("side", max(image["width"], image["height"]))
        for region in image["regions"]:
            xs, ys = region["polygon"][0::2], region["polygon"][1::2]
            width, height = max(xs) - min(xs), max(ys) - min(ys)
            add("width", width)
            add("height", height)
            if height:
                add("aspect", width / height)
            add("tilt", _tilt(xs, ys))
            if region["text"] is not None:
                add("text_length", len(region["text"]))
    return counts


def _tilt(xs: list[float], ys: list[float]) -> float:
    """Degrees from the nearest axis, of the mean of the longer two opposite sides."""
    one = xs[1] - xs[0] + xs[2] - xs[3], ys[1] - ys[0] + ys[2] - ys[3]
    other = xs[2] - xs[1] + xs[3] - xs[0], ys[2] - ys[1] + ys[3] - ys[0]
    x, y = one if math.hypot(*one) >= math.hypot(*other) else other
    return (math.degrees(math.atan2(y, x)) + 45) % 90 - 45


def worst(path: Path, most: int) -> dict[str, list[str]]:
    """Of each code the messages of the findings that are shown, the worst first."""
    by_code: dict[str, list[tuple[float, int, Row]]] = defaultdict(list)
    for place, row in enumerate(pq.read_table(path).to_pylist()):
        bad = -1.0 if row["value"] is None else abs(row["value"] - (row["threshold"] or 0.0))
        by_code[row["code"]].append((-bad, place, row))
    return {
        code: [row["message"] for _, _, row in sorted(rows, key=lambda e: e[:2])[:most]]
        for code, rows in by_code.items()
    }
