"""What ground truths and detections of one image have in common: only the pairs that touch.

Shape letters: G ground truths, D detections, P pairs that have an area in common.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from model.protocols.inputs import Detections, Floats, GroundTruths, quadrilaterals
from model.protocols.iou import Shapes
from model.protocols.polygons import intersection_areas

Indices = NDArray[np.intp]

BOX_CHUNK, CHUNK = 2**17, 2**12
"""Pairs whose boxes, and whose outlines, are compared at a time: a few MB."""


@dataclass(frozen=True, eq=False)
class Overlaps:
    """The P pairs, ground truth by ground truth, and what they share, in square pixels."""

    truths: Indices
    """(P,) positions among the ground truths."""
    detections: Indices
    """(P,) positions among the detections."""
    common: Floats
    """(P,) areas in common, above 0."""
    truth_shapes: Shapes
    detection_shapes: Shapes

    @property
    def recall(self) -> Floats:
        """(P,) share of the ground truth that lies in the detection."""
        return self._share(self.truth_shapes.areas[self.truths])

    @property
    def precision(self) -> Floats:
        """(P,) share of the detection that lies in the ground truth."""
        return self._share(self.detection_shapes.areas[self.detections])

    @property
    def iou(self) -> Floats:
        """(P,) intersection over union."""
        areas = self.truth_shapes.areas[self.truths]
        return self._share(areas + self.detection_shapes.areas[self.detections] - self.common)

    def covered_together(self, truth: int, detections: Indices) -> float:
        """Share of a ground truth that lies in these detections, what they share counted once."""
        parts = _outline(self.detection_shapes, detections)
        whole = _outline(self.truth_shapes, np.array([truth]))
        return float(whole.intersection(parts).area / self.truth_shapes.areas[truth])

    def _share(self, of: Floats) -> Floats:
        return np.asarray(self.common / of, dtype=np.float64)


def overlaps_of(truths: GroundTruths, detections: Detections) -> Overlaps:
    """The pairs that touch. Rectangles, which are inclusive, cover their last row and column;
    beside quadrilaterals they count as their corners, as in the protocol ``iou``."""
    upright = truths.shapes.shape[1] == 4 and detections.shapes.shape[1] == 4
    first, second = (_shapes(side.shapes, upright) for side in (truths, detections))
    found = [(np.empty((2, 0), dtype=np.intp), np.empty(0))]
    step = max(1, BOX_CHUNK // max(1, len(detections)))
    for start in range(0, len(truths), step):
        boxes = _common_boxes(first.take(slice(start, start + step)), second)
        g, d = np.nonzero(boxes > 0)
        common = boxes[g, d]
        g += start
        slanted = np.flatnonzero(~(first.whole_box[g] & second.whole_box[d]))
        for i in range(0, len(slanted), CHUNK):
            some = slanted[i : i + CHUNK]
            common[some] = intersection_areas(
                first.take(g[some]).triangles, second.take(d[some]).triangles
            )
        kept = common > 0
        found.append((np.stack([g, d])[:, kept], common[kept]))
    rows, columns = np.concatenate([pairs for pairs, _ in found], axis=1)
    return Overlaps(rows, columns, np.concatenate([c for _, c in found]), first, second)


def _shapes(shapes: Floats, upright: bool) -> Shapes:
    """As shapes with areas; inclusive rectangles grow by the pixel that they include."""
    if upright:
        shapes = shapes + np.array([0, 0, 1, 1])
    return Shapes.of(quadrilaterals(shapes))


def _common_boxes(truths: Shapes, detections: Shapes) -> Floats:
    """(G, D) areas that the bounding boxes have in common."""
    low = np.maximum(truths.quads.min(axis=1)[:, None], detections.quads.min(axis=1))
    high = np.minimum(truths.quads.max(axis=1)[:, None], detections.quads.max(axis=1))
    return np.asarray(np.clip(high - low, 0, None).prod(axis=2), dtype=np.float64)


def _outline(shapes: Shapes, index: Indices) -> shapely.Geometry:
    """The union of shapes, each the union of its two triangles."""
    triangles = shapely.polygons(shapes.triangles[index].reshape(-1, 3, 2).astype(np.float64))
    return shapely.union_all(triangles[shapely.area(triangles) > 0])
