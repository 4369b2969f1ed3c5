"""The boxes of many images end to end, and the pairs of them that can meet.

Matching an image at a time costs more in calls than in arithmetic, so the protocols match all
images of a corpus at once. Positions below count through the corpus; an image's boxes stand
together.

Shape letters: N images, G ground truths, D detections, P pairs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.arrays import expand
from model.protocols.inputs import (
    Bools,
    Detections,
    Floats,
    GroundTruths,
    quadrilaterals,
    rectangles,
)

Indices = NDArray[np.intp]

PAIRS = 2**15
"""Pairs looked at together, in a few MB; one ground truth's pairs are never parted."""


@dataclass(frozen=True, eq=False)
class Corpus:
    """Images by position: how many boxes each has, and the boxes."""

    truths: tuple[Floats, ...]
    """N times (g, 4) or (g, 8)."""
    detections: tuple[Floats, ...]
    """N times (d, 4) or (d, 8)."""
    care: Bools
    """(G,) False for don't-care ground truths."""
    truth_counts: Indices
    """(N,)"""
    detection_counts: Indices
    """(N,)"""

    @classmethod
    def of(cls, gt: Sequence[GroundTruths], detections: Sequence[Detections]) -> "Corpus":
        """The corpus of images; each has an entry in both."""
        truths = tuple(image.shapes for image in gt)
        found = tuple(image.shapes for image in detections)
        care = np.concatenate([np.empty(0, dtype=bool), *(image.care for image in gt)])
        counts = (np.array([len(s) for s in side], dtype=np.intp) for side in (truths, found))
        return cls(truths, found, care, *counts)

    def rectangles(self) -> tuple[Floats, Floats]:
        """(G, 4) and (D, 4) inclusive rectangles; a UserError where there are quadrilaterals."""
        return _stacked(self.truths, 4), _stacked(self.detections, 4)

    def quadrilaterals(self) -> tuple[Floats, Floats]:
        """(G, 4, 2) and (D, 4, 2) points; rectangles count as their corners."""
        truths, found = _stacked(self.truths, 8), _stacked(self.detections, 8)
        return truths.reshape(-1, 4, 2), found.reshape(-1, 4, 2)

    def touching(self, truths: Floats, detections: Floats) -> Iterator[tuple[Indices, Indices]]:
        """The pairs (g, d) of boxes of one image that have an area in common, row by row.

        ``truths`` is (G, 4) and ``detections`` (D, 4), left, top, right, bottom,
        half-open. In parts, each of whole rows.
        """
        image = np.repeat(np.arange(len(self.truths)), self.truth_counts)
        first = (np.cumsum(self.detection_counts) - self.detection_counts)[image]
        counts = self.detection_counts[image]
        reach = np.cumsum(counts)
        ones, others = np.ascontiguousarray(truths.T), np.ascontiguousarray(detections.T)
        start = 0
        while start < len(counts):
            done = reach[start - 1] if start else 0
            end = max(start + 1, int(np.searchsorted(reach, done + PAIRS, side="right")))
            g, offset = expand(counts[start:end])
            d = offset + first[start:end][g]
            g = g + start
            meet = ones[0][g] < others[2][d]
            meet &= others[0][d] < ones[2][g]
            meet &= ones[1][g] < others[3][d]
            meet &= others[1][d] < ones[3][g]
            yield g[meet], d[meet]
            start = end


def _stacked(shapes: Sequence[Floats], width: int) -> Floats:
    """All shapes as rows of 4 or 8 numbers."""
    if any(some.shape[1] != width for some in shapes):
        if width == 4:
            shapes = [rectangles(some) for some in shapes]
        else:
            shapes = [quadrilaterals(some).reshape(-1, 8) for some in shapes]
    return np.concatenate([np.empty((0, width)), *shapes])
