"""Pairs of regions of one image that overlap, with the exact area of what they share.

Candidates come from a sweep over the left sides of the boxes, so an image with a thousand regions
does not cost a million pairs; bounds from the boxes leave few for the exact intersection.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely

from validation.ranges import Ints, expand, runs
from validation.regions import Bools, Floats, Regions

PAIRS_AT_ONCE = 1_000_000
FAR = 1e6


@dataclass(frozen=True)
class Pairs:
    """M pairs of regions: ``first`` and ``other`` are indices into the regions, first < other."""

    first: Ints
    other: Ints
    iou: Floats
    """(M,) intersection over union of the two polygons."""
    inside: Floats
    """(M,) share of the smaller polygon's area that lies in the larger one."""
    first_is_larger: Bools


def overlapping(regions: Regions, wanted: Bools, least: float) -> Pairs:
    """The pairs of ``wanted`` regions of one image of which the smaller one lies in the other by a
    share of ``least`` or more. A pair's IoU is never greater than that share, so no pair with an
    IoU of ``least`` is missing. Polygons that cross themselves are what their lobes enclose."""
    shapes = _Shapes(regions)
    found = [shapes.measure(first, other, least) for first, other in _candidates(regions, wanted)]
    if not found:
        nothing = np.zeros(0, dtype=np.int64)
        return Pairs(nothing, nothing, np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.bool_))
    names = Pairs.__dataclass_fields__
    return Pairs(*(np.concatenate([getattr(part, name) for part in found]) for name in names))


class _Shapes:
    """The polygons of regions as shapes, made where they are asked for."""

    def __init__(self, regions: Regions) -> None:
        self._regions = regions
        self._sides = regions.box[:, 2:] - regions.box[:, :2]

    def measure(self, first: Ints, other: Ints, least: float) -> Pairs:
        """Those of the pairs that overlap enough."""
        box = self._regions.box
        shared = np.minimum(box[first, 2:], box[other, 2:]) - np.maximum(
            box[first, :2], box[other, :2]
        )
        owner = self._regions.owner
        met = (shared > 0).all(axis=1) & (owner[first] == owner[other])
        first, other = first[met], other[met]
        index, place = np.unique(np.concatenate([first, other]), return_inverse=True)
        shapes = self._made(index)
        areas = shapely.area(shapes)
        a, b = place[: len(first)], place[len(first) :]
        smaller = np.minimum(areas[a], areas[b])
        # What two polygons share is never more than what their boxes share.
        enough = (shared[met].prod(axis=1) >= least * smaller) & (smaller > 0)
        a, b, first, other, smaller = (x[enough] for x in (a, b, first, other, smaller))
        common = shapely.area(shapely.intersection(shapes[a], shapes[b]))
        inside = common / smaller
        iou = common / (areas[a] + areas[b] - common)
        keep = inside >= least
        values = (first, other, iou, inside, areas[a] >= areas[b])
        return Pairs(*(value[keep] for value in values))

    def _made(self, index: Ints) -> np.ndarray:
        """(K,) shapes of regions; those that are no valid polygons as the parts they enclose."""
        counts = self._regions.counts[index]
        owner, offset = expand(counts)
        points = self._regions.points[self._regions.starts[index][owner] + offset]
        if not len(index):
            return np.zeros(0, dtype=object)
        closed = np.insert(points, np.cumsum(counts), points[np.cumsum(counts) - counts], axis=0)
        rings = shapely.linearrings(closed, indices=np.repeat(np.arange(len(index)), counts + 1))
        shapes = np.atleast_1d(shapely.polygons(rings))
        bad = ~shapely.is_valid(shapes)
        shapes[bad] = shapely.make_valid(shapes[bad])
        return np.asarray(shapes)


def _candidates(regions: Regions, wanted: Bools) -> Iterator[tuple[Ints, Ints]]:
    """Pairs of one image whose boxes overlap in x, a bounded number at a time."""
    index = np.flatnonzero(wanted)
    left, right = regions.box[index, 0], regions.box[index, 2]
    order = np.lexsort((left, regions.owner[index]))
    # Absurdly far is as far as anything, and a little too many candidates do no harm.
    low, high = (np.clip(side[order], -FAR, FAR) for side in (left, right))
    index = index[order]
    # Images are laid end to end on one axis, far enough apart never to meet.
    shift = regions.owner[index] * (4 * FAR)
    ends = np.searchsorted(low + shift, high + shift + 1e-3, side="right")
    counts = np.maximum(ends - np.arange(len(index)) - 1, 0)
    for start, end in runs(counts, PAIRS_AT_ONCE):
        owner, offset = expand(counts[start:end])
        one, two = index[owner + start], index[owner + start + 1 + offset]
        yield np.minimum(one, two), np.maximum(one, two)
