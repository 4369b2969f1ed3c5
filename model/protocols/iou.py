"""``iou``: the script of ICDAR 2015 Task 4.1, over quadrilaterals.

Karatzas et al., "ICDAR 2015 competition on robust reading", ICDAR 2015. A rectangle counts as its
four corners. Both thresholds are strict, so a ratio of exactly one half must come out as that:
ratios that floating point leaves in doubt are computed again with fractions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Self

import numpy as np
from numpy.typing import NDArray

from model.protocols.inputs import Bools, Detections, Floats, GroundTruths, quadrilaterals
from model.protocols.polygons import (
    Numbers,
    as_fractions,
    intersection_areas,
    split_into_triangles,
    triangle_areas,
)
from model.protocols.results import Matching, MatchType, initial_types

# Far above what float64 rounds off in pixel coordinates, and so near to 0.5 that few ratios are.
DOUBT = 1e-6
# Pairs compared at a time, in a few MB; of all others only the places of those found are kept.
BOX_CHUNK, CHUNK, EXACT_CHUNK = 2**15, 2**12, 2**7
# Areas of whole numbers up to here are exact, and a ratio cannot round to one half.
MAX_WHOLE = 2**20

Indices = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Shapes:
    """N quadrilaterals (N, 4, 2), as triangles (N, 2, 3, 2), and their areas (N,).

    ``whole_box`` (N,) flags upright rectangles in whole pixels: what two of them have in common is
    what their bounding boxes have, and float64 computes their ratios on the right side of 0.5.
    """

    quads: Numbers
    triangles: Numbers
    areas: Numbers
    whole_box: Bools

    @classmethod
    def of(cls, quads: Numbers) -> Self:
        """Shapes of (N, 4, 2) points, float64 or fractions."""
        triangles = split_into_triangles(quads)
        areas = triangle_areas(triangles).sum(axis=1)
        whole = ((np.abs(quads) <= MAX_WHOLE) & (quads % 1 == 0)).all(axis=(1, 2))
        whole &= areas == (quads.max(axis=1) - quads.min(axis=1)).prod(axis=1)
        return cls(quads, triangles, areas, whole)

    def take(self, index: Indices | slice) -> Self:
        """Those at ``index``, in its order."""
        columns = (self.quads, self.triangles, self.areas, self.whole_box)
        return type(self)(*(column[index] for column in columns))


@dataclass(frozen=True, eq=False)
class Overlaps:
    """Areas of the ground truth, of the detection and common to both, for each pair; one shape."""

    gt: Numbers
    detections: Numbers
    common: Numbers

    @classmethod
    def of(cls, gt: Shapes, detections: Shapes) -> Self:
        """Overlaps (P,) of P pairs of shapes."""
        common = intersection_areas(gt.triangles, detections.triangles)
        return cls(gt.areas, detections.areas, common)

    def iou(self) -> Numbers:
        """Intersection over union; 0 where neither has an area."""
        union: Numbers = self.gt + self.detections - self.common
        return self.common / np.where(union > 0, union, 1)

    def precision(self) -> Numbers:
        """Share of the detection that lies in the ground truth; 0 where it has no area."""
        return self.common / np.where(self.detections > 0, self.detections, 1)


Ratio = Callable[[Overlaps], Numbers]


def match(gt: GroundTruths, detections: Detections) -> Matching:
    """Match one image: each ground truth with the first detection that is open, in file order."""
    gt_quads, det_quads = quadrilaterals(gt.shapes), quadrilaterals(detections.shapes)
    det_care = np.ones(len(det_quads), dtype=bool)
    det_care[more_than_half(Overlaps.precision, gt_quads[~gt.care], det_quads)[1]] = False
    g, d = more_than_half(Overlaps.iou, gt_quads[gt.care], det_quads[det_care])
    pairs = _first_come(np.flatnonzero(gt.care)[g], np.flatnonzero(det_care)[d])
    gt_types, det_types = initial_types(gt.care), initial_types(det_care)
    for row, column in pairs:
        gt_types[row] = det_types[column] = MatchType.ONE_TO_ONE
    return Matching(tuple(gt_types), tuple(det_types), tuple(pairs))


def more_than_half(ratio: Ratio, gt: Floats, detections: Floats) -> tuple[Indices, Indices]:
    """The pairs (g, d), row by row, whose ``ratio`` is strictly more than one half.

    ``gt`` is (G, 4, 2) and ``detections`` (D, 4, 2) float64.
    """
    first, second = Shapes.of(gt), Shapes.of(detections)
    found = [np.empty((2, 0), dtype=np.intp)]
    step = max(1, BOX_CHUNK // max(1, len(detections)))
    for start in range(0, len(gt), step):
        g, d = np.nonzero(_possible(ratio, first.take(slice(start, start + step)), second))
        g += start
        above = first.whole_box[g] & second.whole_box[d]  # what is possible is then certain
        unsure = np.flatnonzero(~above)
        for i in range(0, len(unsure), CHUNK):
            some = unsure[i : i + CHUNK]
            above[some] = _above_half(ratio, first.take(g[some]), second.take(d[some]))
        found.append(np.stack([g[above], d[above]]))
    rows, columns = np.concatenate(found, axis=1)
    return rows, columns


def _possible(ratio: Ratio, gt: Shapes, detections: Shapes) -> Bools:
    """(G, D) bool: whether areas and bounding boxes leave it open that the ratio is above half."""
    low = np.maximum(gt.quads.min(axis=1)[:, None], detections.quads.min(axis=1))
    high = np.minimum(gt.quads.max(axis=1)[:, None], detections.quads.max(axis=1))
    gt_areas, det_areas = np.broadcast_arrays(gt.areas[:, None], detections.areas)
    # No two shapes have more in common than their bounding boxes or than the smaller's area.
    most = np.minimum(np.clip(high - low, 0, None).prod(axis=2), np.minimum(gt_areas, det_areas))
    certain = gt.whole_box[:, None] & detections.whole_box
    possible: Bools = ratio(Overlaps(gt_areas, det_areas, most)) > np.where(
        certain, 0.5, 0.5 - DOUBT
    )
    return possible


def _above_half(ratio: Ratio, gt: Shapes, detections: Shapes) -> Bools:
    """(P,) bool: whether the ratio of each of P pairs is strictly more than one half."""
    values: Floats = ratio(Overlaps.of(gt, detections))
    above: Bools = values > 0.5
    doubtful = np.flatnonzero(np.abs(values - 0.5) < DOUBT)
    for start in range(0, len(doubtful), EXACT_CHUNK):
        some = doubtful[start : start + EXACT_CHUNK]
        exact = (Shapes.of(as_fractions(shapes.quads[some])) for shapes in (gt, detections))
        above[some] = ratio(Overlaps.of(*exact)) > Fraction(1, 2)
    return above


def _first_come(rows: Indices, columns: Indices) -> list[tuple[int, int]]:
    """Give each row, in order, the first of its columns that is not yet taken."""
    pairs: list[tuple[int, int]] = []
    taken = np.zeros(columns.max(initial=-1) + 1, dtype=bool)
    numbers, starts = np.unique(rows, return_index=True)
    for row, candidates in zip(numbers.tolist(), np.split(columns, starts[1:]), strict=False):
        is_open = ~taken[candidates]
        if is_open.any():
            column = int(candidates[is_open.argmax()])
            pairs.append((row, column))
            taken[column] = True
    return pairs
