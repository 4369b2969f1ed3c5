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


@dataclass(frozen=True, eq=False)
class Overlaps:
    """Areas of G ground truths, of D detections and common to each pair: (G,), (D,) and (G, D)."""

    gt: Numbers
    detections: Numbers
    common: Numbers

    @classmethod
    def of(cls, gt: Numbers, detections: Numbers) -> Self:
        """Overlaps of (G, 4, 2) and (D, 4, 2) quadrilaterals, float64 or both fractions."""
        gt_triangles, det_triangles = split_into_triangles(gt), split_into_triangles(detections)
        low = np.maximum(gt.min(axis=1)[:, None], detections.min(axis=1)[None])
        high = np.minimum(gt.max(axis=1)[:, None], detections.max(axis=1)[None])
        g, d = np.nonzero((low < high).all(axis=2))
        common = np.zeros((len(gt), len(detections)), dtype=gt.dtype)
        if len(g):
            common[g, d] = intersection_areas(gt_triangles[g], det_triangles[d])
        gt_areas = triangle_areas(gt_triangles).sum(axis=1)
        return cls(gt_areas, triangle_areas(det_triangles).sum(axis=1), common)

    def iou(self) -> Numbers:
        """(G, D) intersection over union; 0 where neither has an area."""
        union = self.gt[:, None] + self.detections[None, :] - self.common
        return self.common / np.where(union > 0, union, 1)

    def precision(self) -> Numbers:
        """(G, D) share of each detection that lies in each ground truth; 0 where it has no area."""
        return self.common / np.where(self.detections > 0, self.detections, 1)[None, :]


def match(gt: GroundTruths, detections: Detections) -> Matching:
    """Match one image: each ground truth with the first detection that is open, in file order."""
    gt_quads, det_quads = quadrilaterals(gt.shapes), quadrilaterals(detections.shapes)
    overlaps = Overlaps.of(gt_quads, det_quads)
    inside = more_than_half(Overlaps.precision, overlaps, gt_quads, det_quads)
    det_care = ~inside[~gt.care].any(axis=0)
    candidates = more_than_half(Overlaps.iou, overlaps, gt_quads, det_quads)
    candidates &= gt.care[:, None] & det_care[None, :]
    gt_types, det_types = initial_types(gt.care), initial_types(det_care)
    pairs = _first_come(candidates)
    for g, d in pairs:
        gt_types[g] = det_types[d] = MatchType.ONE_TO_ONE
    return Matching(tuple(gt_types), tuple(det_types), tuple(pairs))


def more_than_half(
    ratio: Callable[[Overlaps], Numbers], overlaps: Overlaps, gt: Floats, detections: Floats
) -> Bools:
    """(G, D) bool: whether a ratio of ``overlaps`` is strictly more than one half.

    ``gt`` is (G, 4, 2) and ``detections`` (D, 4, 2) float64, the shapes of which they are overlaps.
    """
    values: Floats = ratio(overlaps)
    above: Bools = values > 0.5
    for g, d in np.argwhere(np.abs(values - 0.5) < DOUBT):
        exact = Overlaps.of(as_fractions(gt[g : g + 1]), as_fractions(detections[d : d + 1]))
        above[g, d] = ratio(exact)[0, 0] > Fraction(1, 2)
    return above


def _first_come(candidates: Bools) -> list[tuple[int, int]]:
    """Give each row, in order, the first column that is a candidate and not yet taken."""
    pairs: list[tuple[int, int]] = []
    taken: set[int] = set()
    for g, d in np.argwhere(candidates).tolist():  # row by row, each from left to right
        if d not in taken and not (pairs and pairs[-1][0] == g):
            pairs.append((g, d))
            taken.add(d)
    return pairs
