"""``iou``: the script of ICDAR 2015 Task 4.1, over quadrilaterals.

Karatzas et al., "ICDAR 2015 competition on robust reading", ICDAR 2015. A rectangle counts as its
four corners. Both thresholds are strict, so a ratio of exactly one half must come out as that:
ratios that floating point leaves in doubt are computed again with fractions.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from model.protocols.corpus import Corpus, Indices
from model.protocols.inputs import Bools, Floats
from model.protocols.polygons import (
    Numbers,
    as_fractions,
    intersection_areas,
    self_crossing,
    signed_areas,
    split_into_triangles,
    triangle_areas,
)
from model.protocols.results import CODES, Matches, MatchType, initial_types
from model.protocols.trapezoids import common_areas, exact_area, exact_common_area

# Far above what float64 rounds off in pixel coordinates, and so near to 0.5 that few ratios are.
DOUBT = 1e-6
# Share of the extents that rounding may add to a common area, far above what it does.
NOISE = 1e-13
# Pairs compared at a time: their arrays stay in the processor's cache.
CHUNK = 2**10
# Areas of whole numbers up to here are exact, and a ratio cannot round to one half.
MAX_WHOLE = 2**20


@dataclass(frozen=True, eq=False)
class Shapes:
    """N quadrilaterals (N, 4, 2), their areas (N,), and which of them (N,) cross themselves.

    ``whole_box`` (N,) flags upright rectangles in whole pixels: what two of them have in common is
    what their bounding boxes have, and float64 computes their ratios on the right side of 0.5.
    ``boxes`` are the bounding boxes, (N, 4) left, top, right, bottom.
    """

    quads: Numbers
    areas: Numbers
    crossing: Bools
    whole_box: Bools
    boxes: Numbers

    @classmethod
    def of(cls, quads: Numbers) -> Self:
        """Shapes of (N, 4, 2) points, float64 or fractions."""
        areas, crossing = np.abs(signed_areas(quads)), self_crossing(quads)
        if crossing.any():
            areas[crossing] = triangle_areas(split_into_triangles(quads[crossing])).sum(axis=1)
        low, high = _of_points(np.minimum, quads), _of_points(np.maximum, quads)
        sides = high - low
        whole: Bools = areas == sides[:, 0] * sides[:, 1]
        upright = quads[whole]
        whole[whole] = ((np.abs(upright) <= MAX_WHOLE) & (upright % 1 == 0)).all(axis=(1, 2))
        return cls(quads, areas, crossing, whole, np.concatenate([low, high], axis=1))

    @cached_property
    def triangles(self) -> Numbers:
        """(N, 2, 3, 2) the same regions, as triangles."""
        return split_into_triangles(self.quads)

    def take(self, index: Indices | slice) -> Self:
        """Those at ``index``, in its order."""
        columns = (self.quads, self.areas, self.crossing, self.whole_box, self.boxes)
        return type(self)(*(column[index] for column in columns))


def _of_points(choose: np.ufunc, quads: Numbers) -> Numbers:
    """(N, 2) the least or greatest x and y of four points."""
    p0, p1, p2, p3 = (quads[:, i] for i in range(4))
    chosen: Numbers = choose(choose(p0, p1), choose(p2, p3))
    return chosen


def match_all(corpus: Corpus) -> Matches:
    """Match every image: each ground truth with the first detection that is open, in file order."""
    truths, detections = (Shapes.of(quads) for quads in corpus.quadrilaterals())
    g, d = _more_than_half(corpus, truths, detections)
    care = corpus.care[g]
    det_care = np.ones(len(detections.quads), dtype=bool)
    det_care[d[~care]] = False
    care &= det_care[d]
    first = _first_come(g[care].tolist(), d[care].tolist())
    pairs = np.array(first, dtype=np.intp).reshape(-1, 2)
    gt_types, det_types = initial_types(corpus.care), initial_types(det_care)
    gt_types[pairs[:, 0]] = det_types[pairs[:, 1]] = CODES[MatchType.ONE_TO_ONE]
    return Matches(gt_types, det_types, pairs)


def _more_than_half(corpus: Corpus, truths: Shapes, detections: Shapes) -> tuple[Indices, Indices]:
    """The pairs (g, d), row by row, whose ratio is strictly more than one half: intersection over
    union, or over the area of the detection where the ground truth is don't-care."""
    found = [np.empty((2, 0), dtype=np.intp)]
    for g, d in corpus.touching(truths.boxes, detections.boxes):
        certain = truths.whole_box[g] & detections.whole_box[d]
        possible = _possible(truths, detections, corpus.care, g, d)
        above = possible > np.where(certain, 0.5, 0.5 - DOUBT)
        unsure = np.flatnonzero(above & ~certain)
        for i in range(0, len(unsure), CHUNK):
            some = unsure[i : i + CHUNK]
            pair = truths.take(g[some]), detections.take(d[some])
            above[some] = _above_half(*pair, corpus.care[g[some]])
        found.append(np.stack([g[above], d[above]]))
    rows, columns = np.concatenate(found, axis=1)
    return rows, columns


def _possible(truths: Shapes, detections: Shapes, care: Bools, g: Indices, d: Indices) -> Floats:
    """(P,) the most that areas and bounding boxes allow the ratio of each pair to be."""
    one, other = truths.boxes[g], detections.boxes[d]
    span = np.minimum(one[:, 2:], other[:, 2:]) - np.maximum(one[:, :2], other[:, :2])
    areas = truths.areas[g], detections.areas[d]
    # No two shapes have more in common than their bounding boxes or than the smaller's area.
    most = np.minimum(span[:, 0] * span[:, 1], np.minimum(*areas))
    return np.asarray(_ratio(most, *areas, care[g]), dtype=np.float64)


def _ratio(common: Numbers, truths: Numbers, detections: Numbers, care: Bools) -> Numbers:
    """(P,) the share in common of the union, or of the detection where the ground truth is
    don't-care; 0 where that has no area."""
    whole = np.where(care, truths + detections - common, detections)
    ratio: Numbers = common / np.where(whole > 0, whole, 1)
    return ratio


def _above_half(gt: Shapes, detections: Shapes, care: Bools) -> Bools:
    """(P,) bool: whether the ratio of each of P pairs is strictly more than one half."""
    common = _common(gt, detections)
    values: Floats = _ratio(common, gt.areas, detections.areas, care)
    above: Bools = values > 0.5
    least = np.where(care, np.maximum(gt.areas, detections.areas), detections.areas)
    doubt = DOUBT + NOISE * (_extents(gt) + _extents(detections)) / np.where(least > 0, least, 1)
    for i in np.flatnonzero(np.abs(values - 0.5) < doubt).tolist():
        above[i] = _exactly_above_half(
            gt.take(slice(i, i + 1)), detections.take(slice(i, i + 1)), care[i]
        )
    return above


def _exactly_above_half(gt: Shapes, detection: Shapes, care: bool) -> bool:
    """Whether the ratio of one pair is strictly more than one half."""
    if gt.crossing[0] or detection.crossing[0]:
        one, other = (Shapes.of(as_fractions(side.quads)) for side in (gt, detection))
        common = intersection_areas(one.triangles, other.triangles)[0]
        areas = one.areas[0], other.areas[0]
    else:
        quads = gt.quads[0], detection.quads[0]
        common = exact_common_area(*quads)
        areas = exact_area(quads[0]), exact_area(quads[1])
    whole = areas[0] + areas[1] - common if care else areas[1]
    return bool(2 * common > whole)


def _common(gt: Shapes, detections: Shapes) -> Floats:
    """(P,) areas in common, up to rounding."""
    areas = common_areas(gt.quads, detections.quads)
    crossing = np.flatnonzero(gt.crossing | detections.crossing)
    if len(crossing):
        pair = gt.take(crossing), detections.take(crossing)
        areas[crossing] = intersection_areas(pair[0].triangles, pair[1].triangles)
    return areas


def _extents(shapes: Shapes) -> Floats:
    """(N,) areas of the bounding boxes."""
    sides: Floats = shapes.boxes[:, 2:] - shapes.boxes[:, :2]
    return sides[:, 0] * sides[:, 1]


def _first_come(rows: list[int], columns: list[int]) -> list[tuple[int, int]]:
    """Give each row, in order, the first of its columns that is not yet taken."""
    pairs: list[tuple[int, int]] = []
    given, taken = -1, set[int]()
    for row, column in zip(rows, columns, strict=True):
        if row != given and column not in taken:
            pairs.append((row, column))
            taken.add(column)
            given = row
    return pairs
