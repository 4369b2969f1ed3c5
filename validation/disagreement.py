"""How the labels of two copies of one picture differ: which regions, and by how much."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from manifests.geometry import bounding_box
from manifests.matching import Boxes, Region, box_ious, first_come

LEAST_IOU = 0.5
"""Of the boxes of two regions that may be the same one."""
NEAR = 3.0
"""Px: so may those whose sides lie no farther apart, thin as they may be."""


@dataclass(frozen=True)
class Difference:
    """``moved`` by ``value`` px, ``text`` or ``care`` differ, or the other copy has none
    (``missing``); ``region`` is None where only the other copy has it."""

    kind: Literal["moved", "text", "care", "missing"]
    region: Region | None
    other: Region | None
    value: float | None = None


def differences(
    regions: Sequence[Region],
    others: Sequence[Region],
    scale: tuple[float, float] = (1.0, 1.0),
) -> Iterator[Difference]:
    """Compare regions (rows of ``manifests.schema.REGION``) of two copies.

    ``scale``: x and y from pixels of the other copy to those of this one; where it is not 1,
    movements of up to two of the other's pixels are rounding and not told.
    """
    polygons = [np.array(region["polygon"]).reshape(-1, 2) for region in regions]
    scaled = [np.array(region["polygon"]).reshape(-1, 2) * scale for region in others]
    pairs = match(_boxes(polygons), _boxes(scaled))
    slack = 0.0 if scale == (1.0, 1.0) else 2 * max(1.0, *scale)
    for i, j in pairs:
        moved = movement(polygons[i], scaled[j])
        if moved > slack:
            yield Difference("moved", regions[i], others[j], moved)
        for kind in ("care", "text"):
            if regions[i][kind] != others[j][kind]:
                yield Difference(kind, regions[i], others[j])
                break
    matched = {i for i, _ in pairs}, {j for _, j in pairs}
    for i in sorted(set(range(len(regions))) - matched[0]):
        yield Difference("missing", regions[i], None)
    for j in sorted(set(range(len(others))) - matched[1]):
        yield Difference("missing", None, others[j])


def match(left: Boxes, right: Boxes) -> list[tuple[int, int]]:
    """One-to-one pairs of (N, 4) and (M, 4) boxes (left top right bottom), best IoU first; ties by
    the smaller movement, then by row."""
    overlap = box_ious(left, right)
    apart = np.abs(left[:, None] - right[None]).max(axis=2, initial=0.0)
    rows, columns = np.nonzero((overlap >= LEAST_IOU) | (apart <= NEAR))
    order = np.lexsort((columns, rows, apart[rows, columns], -overlap[rows, columns]))
    return sorted(first_come(rows[order], columns[order]))


def movement(polygon: np.ndarray, other: np.ndarray) -> float:
    """Largest difference of a coordinate, px: of the points (n, 2), or of the bounds where the
    polygons do not have as many."""
    if polygon.shape != other.shape:
        polygon, other = (np.stack([p.min(axis=0), p.max(axis=0)]) for p in (polygon, other))
    return float(np.abs(polygon - other).max())


def _boxes(polygons: Sequence[np.ndarray]) -> Boxes:
    boxes = [bounding_box(polygon.ravel().tolist()) for polygon in polygons]
    return np.array(boxes, dtype=np.float64).reshape(-1, 4)
