"""Upper and lower outlines of polygons as functions of x.

Over a stretch of x that holds no corner of the polygon, and no point where it crosses itself, both
outlines are straight lines, so a stretch's mean height is its height in the middle: no integration
is needed.

Shape letters: R regions, P points (and edges) of all regions together, I intervals.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model.arrays import Bools, Floats, Ints, expand

MIN_WIDTH = 1e-3
"""Px below which a length is taken for none: far below what a label means, far above rounding."""


@dataclass(frozen=True)
class Intervals:
    """Stretches of x, (I,) each, over which a region's two outlines are straight lines.

    Ordered by region and then by x; pixels of the image the polygons lie in.
    """

    region: Ints
    low: Floats
    high: Floats
    top: Floats
    """Mean of the upper outline over the stretch."""
    bottom: Floats
    """Mean of the lower outline."""

    def take(self, index: Ints | Bools) -> "Intervals":
        return Intervals(*(getattr(self, name)[index] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class _Edges:
    """Polygons end to end: edge i goes from ``start[i]`` to ``end[i]``, (P, 2) float64 each."""

    start: Floats
    end: Floats
    counts: Ints
    """(R,) edges of each region."""
    first: Ints
    """(R,) index of each region's first edge."""


def intervals(
    polygons: Sequence[Floats],
    width: float,
    height: float,
    stride: int,
    origin: tuple[float, float] = (0.0, 0.0),
) -> Intervals:
    """The outlines of regions inside an image, in stretches that never cross a column's border.

    polygons: one (n, 2) array of x, y for each region, n >= 3, in either direction of turn. Between
    its outlines a region counts as filled, so an outline is defined for a polygon that is concave
    or crosses itself, too. A region without width is taken for a box 1 px wide. What lies outside
    the ``width`` x ``height`` px from ``origin`` (left, top) on is cut off.

    Raises ValueError, with the index, for a polygon that is not (n >= 3, 2) finite numbers.
    """
    edges = _edges(polygons)
    (left, upper), right, lower = origin, origin[0] + width, origin[1] + height
    region, x = _breakpoints(edges, (left, right), (upper, lower), stride)
    order = np.lexsort((x, region))
    region, x = region[order], x[order]
    whole = (region[:-1] == region[1:]) & (x[:-1] < x[1:])
    region, low, high = region[:-1][whole], x[:-1][whole], x[1:][whole]
    top, bottom = _outlines_at(edges, region, (low + high) / 2)
    inside = (bottom > upper) & (top < lower)
    clipped = np.clip(top, upper, lower), np.clip(bottom, upper, lower)
    return Intervals(region, low, high, *clipped).take(inside)


def _edges(polygons: Sequence[Floats]) -> _Edges:
    solid = [_solid(np.asarray(polygon, dtype=np.float64), i) for i, polygon in enumerate(polygons)]
    counts = np.array([len(polygon) for polygon in solid], dtype=np.int64)
    first = np.cumsum(counts) - counts
    start = np.concatenate([*solid, np.zeros((0, 2))])
    following = np.arange(1, len(start) + 1)
    following[first + counts - 1] = first
    return _Edges(start, start[following], counts, first)


def _solid(polygon: Floats, index: int) -> Floats:
    """The polygon; where it has no width, a box 1 px wide in its place."""
    if polygon.ndim != 2 or polygon.shape[0] < 3 or polygon.shape[1] != 2:
        raise ValueError(f"region {index}: expected (n >= 3, 2) points, got {polygon.shape}")
    low, high = polygon.min(axis=0), polygon.max(axis=0)
    if not np.isfinite(high - low).all():
        raise ValueError(f"region {index}: a coordinate is not a finite number")
    if high[0] - low[0] >= MIN_WIDTH:
        return polygon
    left, right = low[0] - 0.5, low[0] + 0.5
    return np.array([[left, low[1]], [right, low[1]], [right, high[1]], [left, high[1]]])


def _breakpoints(
    edges: _Edges, across: tuple[float, float], down: tuple[float, float], stride: int
) -> tuple[Ints, Floats]:
    """Every x at which an outline may bend, leave the image or change column, and its region.

    across, down: the image's borders in x and in y.
    """
    start, step = edges.start, edges.end - edges.start
    points = [start[:, 0]]
    for border in down:
        level = np.abs(step[:, 1]) < MIN_WIDTH
        share = (border - start[:, 1]) / np.where(level, 1.0, step[:, 1])
        points.append(start[:, 0] + np.clip(share, 0.0, 1.0) * step[:, 0])
    owner, borders = _column_borders(edges, across, stride)
    crossed, crossings = _crossings(edges)
    x = np.clip(np.concatenate([*points, borders, crossings]), *across)
    region = np.repeat(np.arange(len(edges.counts)), edges.counts)
    return np.concatenate([region, region, region, owner, crossed]), x


def _crossings(edges: _Edges) -> tuple[Ints, Floats]:
    """Where regions cross themselves: the regions, and x of the crossings, in whatever order."""
    counts = np.repeat(edges.counts, edges.counts)
    one, offset = expand(counts)
    region = np.repeat(np.arange(len(edges.counts)), edges.counts)[one]
    other = edges.first[region] + offset
    once = other > one + 1  # neighbours meet at their corner
    one, other, region = one[once], other[once], region[once]
    step_one, step_other = edges.end[one] - edges.start[one], edges.end[other] - edges.start[other]
    between = edges.start[other] - edges.start[one]
    turn = _cross(step_one, step_other)
    skew = np.where(turn == 0, 1.0, turn)
    along_one, along_other = _cross(between, step_other) / skew, _cross(between, step_one) / skew
    met = (turn != 0) & (along_one > 0) & (along_one < 1) & (along_other > 0) & (along_other < 1)
    x = edges.start[one[met], 0] + along_one[met] * step_one[met, 0]
    return region[met], x


def _cross(one: Floats, other: Floats) -> Floats:
    """Cross product of (N, 2) vectors."""
    return np.asarray(one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0])


def _column_borders(edges: _Edges, across: tuple[float, float], stride: int) -> tuple[Ints, Floats]:
    """The column borders that divide each region, and their regions."""
    if not len(edges.counts):
        return np.zeros(0, dtype=np.int64), np.zeros(0)
    x = np.clip(edges.start[:, 0], *across)
    low = np.floor(np.minimum.reduceat(x, edges.first) / stride).astype(np.int64)
    high = np.floor(np.maximum.reduceat(x, edges.first) / stride).astype(np.int64)
    owner, offset = expand(high - low)
    return owner, (low[owner] + 1 + offset) * float(stride)


def _outlines_at(edges: _Edges, region: Ints, x: Floats) -> tuple[Floats, Floats]:
    """(I,) upper and lower outline of ``region[i]`` at ``x[i]``, which is no corner of it.

    Where the region does not reach x they are +inf and -inf.
    """
    if not len(x):
        return np.zeros(0), np.zeros(0)
    counts = edges.counts[region]
    interval, offset = expand(counts)
    edge = edges.first[region[interval]] + offset
    (x0, y0), (x1, y1) = edges.start[edge].T, edges.end[edge].T
    at = x[interval]
    spans = (np.minimum(x0, x1) < at) & (at < np.maximum(x0, x1))
    y = y0 + (at - x0) / np.where(spans, x1 - x0, 1.0) * (y1 - y0)
    groups = np.cumsum(counts) - counts
    top = np.minimum.reduceat(np.where(spans, y, np.inf), groups)
    return top, np.maximum.reduceat(np.where(spans, y, -np.inf), groups)
