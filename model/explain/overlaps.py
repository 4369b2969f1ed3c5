"""What ground truths and detections of one image have in common: only the pairs that touch.

Shape letters: G ground truths, D detections, P pairs that have an area in common.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import shapely
from numpy.typing import NDArray

from model.protocols.inputs import Bools, Detections, Floats, GroundTruths, quadrilaterals
from model.protocols.polygons import intersection_areas, split_into_triangles, triangle_areas

Indices = NDArray[np.intp]

BOX_CHUNK, CHUNK = 2**17, 2**12
"""Pairs whose boxes, and whose outlines, are compared at a time: a few MB."""


@dataclass(frozen=True, eq=False)
class Outlines:
    """N quadrilaterals as triangles (N, 2, 3, 2), their bounding boxes (N, 4), their areas (N,),
    and which of them (N,) fill their bounding box."""

    triangles: Floats
    boxes: Floats
    areas: Floats
    is_box: Bools

    @classmethod
    def of(cls, quads: Floats) -> Self:
        """Outlines of (N, 4, 2) points."""
        triangles = split_into_triangles(quads)
        areas = triangle_areas(triangles).sum(axis=1)
        low, high = quads.min(axis=1), quads.max(axis=1)
        is_box = areas == (high - low).prod(axis=1)
        return cls(triangles, np.concatenate([low, high], axis=1), areas, is_box)


@dataclass(frozen=True, eq=False)
class Overlaps:
    """The P pairs, ground truth by ground truth, and what they share, in square pixels."""

    truths: Indices
    """(P,) positions among the ground truths."""
    detections: Indices
    """(P,) positions among the detections."""
    common: Floats
    """(P,) areas in common, above 0."""
    truth_outlines: Outlines
    detection_outlines: Outlines

    @property
    def recall(self) -> Floats:
        """(P,) share of the ground truth that lies in the detection."""
        return self._share(self.truth_outlines.areas[self.truths])

    @property
    def precision(self) -> Floats:
        """(P,) share of the detection that lies in the ground truth."""
        return self._share(self.detection_outlines.areas[self.detections])

    @property
    def iou(self) -> Floats:
        """(P,) intersection over union."""
        areas = self.truth_outlines.areas[self.truths]
        return self._share(areas + self.detection_outlines.areas[self.detections] - self.common)

    def covered_together(self, truth: int, detections: Indices) -> float:
        """Share of a ground truth that lies in these detections, what they share counted once."""
        parts = _union(self.detection_outlines, detections)
        whole = _union(self.truth_outlines, np.array([truth]))
        return float(whole.intersection(parts).area / self.truth_outlines.areas[truth])

    def _share(self, of: Floats) -> Floats:
        return np.asarray(self.common / of, dtype=np.float64)


def overlaps_of(truths: GroundTruths, detections: Detections, inclusive: bool) -> Overlaps:
    """The pairs that touch. ``inclusive``: rectangles cover their last row and column, as in the
    protocols of rectangles; else they count as their corners, as in ``iou``."""
    first, second = (_outlines(side.shapes, inclusive) for side in (truths, detections))
    found = [(np.empty((2, 0), dtype=np.intp), np.empty(0))]
    step = max(1, BOX_CHUNK // max(1, len(detections)))
    for start in range(0, len(truths), step):
        boxes = _common_boxes(first.boxes[start : start + step], second.boxes)
        g, d = np.nonzero(boxes > 0)
        common = boxes[g, d]
        g += start
        slanted = np.flatnonzero(~(first.is_box[g] & second.is_box[d]))
        for i in range(0, len(slanted), CHUNK):
            some = slanted[i : i + CHUNK]
            pairs = first.triangles[g[some]], second.triangles[d[some]]
            common[some] = intersection_areas(*pairs)
        kept = common > 0
        found.append((np.stack([g, d])[:, kept], common[kept]))
    rows, columns = np.concatenate([pairs for pairs, _ in found], axis=1)
    return Overlaps(rows, columns, np.concatenate([c for _, c in found]), first, second)


def _outlines(shapes: Floats, inclusive: bool) -> Outlines:
    if inclusive and shapes.shape[1] == 4:
        shapes = shapes + np.array([0, 0, 1, 1])
    return Outlines.of(quadrilaterals(shapes))


def _common_boxes(truths: Floats, detections: Floats) -> Floats:
    """(G, D) areas that bounding boxes, (G, 4) and (D, 4), have in common."""
    low = np.maximum(truths[:, None, :2], detections[:, :2])
    high = np.minimum(truths[:, None, 2:], detections[:, 2:])
    return np.asarray(np.clip(high - low, 0, None).prod(axis=2), dtype=np.float64)


def _union(outlines: Outlines, index: Indices) -> shapely.Geometry:
    """The union of quadrilaterals, each the union of its two triangles."""
    whole = outlines.is_box[index]
    boxes = shapely.box(*outlines.boxes[index[whole]].T)
    triangles = shapely.polygons(outlines.triangles[index[~whole]].reshape(-1, 3, 2))
    return shapely.union_all([*boxes, *triangles[shapely.area(triangles) > 0]])
