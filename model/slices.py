"""Text regions cut into slices: the pieces of a region that lie in one feature column each.

The geometry is that of the polygon itself. Over one column a region has an upper and a lower
outline, T(x) and B(x), both piecewise linear; the slice's top and bottom are the means of T and B
over the part of the column that the region covers. A slanted word therefore gives slices as tall
as the word is at that place, without the rise of the slant inside the column, which would add
``stride * tan(angle)``, and without the empty corners of its upright box.

Shape letters: R regions, P points of all regions together, I intervals, S slices.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]
Ints = npt.NDArray[np.integer]
Bools = npt.NDArray[np.bool_]

STRIDE = 16
MIN_COVERAGE = 0.5
MIN_HEIGHT = 1.0


@dataclass(frozen=True)
class Slices:
    """Slices of the regions of one image, ordered by region and then by column.

    Every array has shape (S,). Lengths are pixels of the resized image, half-open, origin at its
    top left; slice ``i`` spans x from ``stride * column[i]`` to ``stride * (column[i] + 1)``.
    """

    column: npt.NDArray[np.int32]
    top: npt.NDArray[np.float32]
    bottom: npt.NDArray[np.float32]
    region: npt.NDArray[np.int32]
    """Index of the slice's region in the list that was cut."""
    left: npt.NDArray[np.float32]
    """Where the slice's whole region begins in x, inside the image: not a multiple of the stride."""
    right: npt.NDArray[np.float32]
    """Where the slice's whole region ends in x."""

    def __len__(self) -> int:
        return len(self.column)

    def take(self, index: Ints | Bools) -> "Slices":
        """The slices chosen by an integer or boolean index of their axis."""
        return Slices(*(getattr(self, name)[index] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class _Outline:
    """Regions' polygons end to end: edge i goes from ``start[i]`` to ``end[i]``, (P, 2) float64."""

    start: Floats
    end: Floats
    counts: Ints
    """(R,) points of each region."""
    first: Ints
    """(R,) index of each region's first point."""

    @property
    def region(self) -> Ints:
        """(P,) the region that each edge belongs to."""
        return np.repeat(np.arange(len(self.counts)), self.counts)


@dataclass(frozen=True)
class _Intervals:
    """Stretches of x, (I,) each, over which a region's outlines are straight lines."""

    region: Ints
    low: Floats
    high: Floats
    top: Floats
    """Mean of the upper outline over the stretch."""
    bottom: Floats

    def take(self, index: Ints | Bools) -> "_Intervals":
        return _Intervals(*(getattr(self, name)[index] for name in self.__dataclass_fields__))


def cut(
    polygons: Sequence[Floats],
    width: float,
    height: float,
    stride: int = STRIDE,
    min_coverage: float = MIN_COVERAGE,
) -> Slices:
    """Cut text regions into slices aligned to the columns of the resized image.

    polygons: one (n, 2) array of x, y for each region, n >= 3, in pixels of the resized image
    (half-open), in either direction of turn. What lies outside the picture content, ``width`` x
    ``height`` without the padding, is cut off first; a region wholly outside gives no slice.

    A column is a slice of a region where the region covers at least ``min_coverage`` of its width:
    with one half, the columns' ends are the region's true ends rounded to the nearest column, so
    the error is at most half a stride and is not biased outwards. A region that covers no column
    so far gives one slice: the column that holds most of it, the left one of equals.

    A slice is at least 1 px high (grown about its middle): the logarithm of its height is a
    regression target. There is no limit on the number of slices.

    Raises ValueError, with the index, for a polygon that is not (n >= 3, 2) finite numbers.
    """
    outline = _outline(polygons)
    pieces = _pieces(outline, width, height, stride)
    column = np.floor((pieces.low + pieces.high) / (2 * stride)).astype(np.int64)
    starts = _group_starts(pieces.region, column)
    if not len(starts):
        return _empty()
    length = pieces.high - pieces.low
    covered = np.add.reduceat(length, starts)
    top = np.add.reduceat(length * pieces.top, starts) / covered
    bottom = np.add.reduceat(length * pieces.bottom, starts) / covered
    region, column = pieces.region[starts], column[starts]
    keep = _kept(region, covered, min_coverage * stride)
    left, right = _ends(pieces, len(polygons))
    top, bottom = _at_least_high(top, bottom, height)
    return Slices(
        column=column[keep].astype(np.int32),
        top=top[keep].astype(np.float32),
        bottom=bottom[keep].astype(np.float32),
        region=region[keep].astype(np.int32),
        left=left[region[keep]].astype(np.float32),
        right=right[region[keep]].astype(np.float32),
    )


def _outline(polygons: Sequence[Floats]) -> _Outline:
    solid = [_solid(np.asarray(polygon, dtype=np.float64), i) for i, polygon in enumerate(polygons)]
    counts = np.array([len(polygon) for polygon in solid], dtype=np.int64)
    first = np.cumsum(counts) - counts
    start = np.concatenate(solid) if solid else np.zeros((0, 2))
    following = np.arange(1, len(start) + 1)
    following[first + counts - 1] = first
    return _Outline(start, start[following], counts, first)


def _solid(polygon: Floats, index: int) -> Floats:
    """The polygon; where it has no width at all, a box 1 px wide in its place."""
    if polygon.ndim != 2 or polygon.shape[0] < 3 or polygon.shape[1] != 2:
        raise ValueError(f"region {index}: expected (n >= 3, 2) points, got {polygon.shape}")
    low, high = polygon.min(axis=0), polygon.max(axis=0)
    if not np.isfinite(high - low).all():
        raise ValueError(f"region {index}: a coordinate is not a finite number")
    if high[0] > low[0]:
        return polygon
    left, right = low[0] - 0.5, low[0] + 0.5
    return np.array([[left, low[1]], [right, low[1]], [right, high[1]], [left, high[1]]])


def _pieces(outline: _Outline, width: float, height: float, stride: int) -> _Intervals:
    """The stretches of x where a region meets the picture content, in order of region and x."""
    region, x = _breakpoints(outline, width, height, stride)
    order = np.lexsort((x, region))
    region, x = region[order], x[order]
    whole = (region[:-1] == region[1:]) & (x[:-1] < x[1:])
    region, low, high = region[:-1][whole], x[:-1][whole], x[1:][whole]
    top, bottom = _heights(outline, region, (low + high) / 2)
    inside = (bottom > 0) & (top < height) & np.isfinite(top)
    pieces = _Intervals(region, low, high, np.clip(top, 0, height), np.clip(bottom, 0, height))
    return pieces.take(inside)


def _breakpoints(
    outline: _Outline, width: float, height: float, stride: int
) -> tuple[Ints, Floats]:
    """Every x at which a region's outline may bend or change column, and its region."""
    start, step, region = outline.start, outline.end - outline.start, outline.region
    points = [start[:, 0]]
    for border in (0.0, float(height)):
        flat = step[:, 1] == 0
        share = np.where(flat, 0.0, (border - start[:, 1]) / np.where(flat, 1.0, step[:, 1]))
        points.append(start[:, 0] + np.clip(share, 0.0, 1.0) * step[:, 0])
    owner, edges = _column_edges(outline, width, stride)
    x = np.clip(np.concatenate([*points, edges]), 0.0, float(width))
    return np.concatenate([region, region, region, owner]), x


def _column_edges(outline: _Outline, width: float, stride: int) -> tuple[Ints, Floats]:
    """For each region, the column borders from the last at or before it to its end."""
    if not len(outline.counts):
        return np.zeros(0, dtype=np.int64), np.zeros(0)
    x = np.clip(outline.start[:, 0], 0.0, float(width))
    low = np.floor(np.minimum.reduceat(x, outline.first) / stride).astype(np.int64)
    high = np.floor(np.maximum.reduceat(x, outline.first) / stride).astype(np.int64)
    owner, offset = expand(high - low)
    # Only borders strictly inside a region divide it; the first would lie before its beginning.
    return owner, (low[owner] + 1 + offset) * float(stride)


def _heights(outline: _Outline, region: Ints, x: Floats) -> tuple[Floats, Floats]:
    """(I,) upper and lower outline of ``region[i]`` at ``x[i]``, which is no breakpoint."""
    if not len(x):
        return np.zeros(0), np.zeros(0)
    edges = outline.counts[region]
    interval, offset = expand(edges)
    edge = outline.first[region[interval]] + offset
    (x0, y0), (x1, y1) = outline.start[edge].T, outline.end[edge].T
    at = x[interval]
    spans = (np.minimum(x0, x1) < at) & (at < np.maximum(x0, x1))
    y = y0 + (at - x0) / np.where(spans, x1 - x0, 1.0) * (y1 - y0)
    groups = np.cumsum(edges) - edges
    return (
        np.minimum.reduceat(np.where(spans, y, np.inf), groups),
        np.maximum.reduceat(np.where(spans, y, -np.inf), groups),
    )


def expand(counts: Ints) -> tuple[Ints, Ints]:
    """Ragged ranges end to end: for counts (2, 0, 3) the owners 0 0 2 2 2, offsets 0 1 0 1 2."""
    owner = np.repeat(np.arange(len(counts)), counts)
    return owner, np.arange(len(owner)) - (np.cumsum(counts) - counts)[owner]


def _group_starts(region: Ints, column: Ints) -> Ints:
    if not len(region):
        return np.zeros(0, dtype=np.int64)
    changes = (region[1:] != region[:-1]) | (column[1:] != column[:-1])
    return np.concatenate([[0], np.flatnonzero(changes) + 1])


def _kept(region: Ints, covered: Floats, enough: float) -> Bools:
    """(S,) whether the region covers enough of the column, or more than of any other column."""
    order = np.lexsort((np.arange(len(region)), -covered, region))
    best = order[_group_starts(region[order], np.zeros_like(region))]
    keep = covered >= enough
    keep[best] = True
    return keep


def _ends(pieces: _Intervals, regions: int) -> tuple[Floats, Floats]:
    """(R,) where each region begins and ends in x; NaN for a region outside the image."""
    left, right = np.full(regions, np.nan), np.full(regions, np.nan)
    np.fmin.at(left, pieces.region, pieces.low)
    np.fmax.at(right, pieces.region, pieces.high)
    return left, right


def _at_least_high(top: Floats, bottom: Floats, height: float) -> tuple[Floats, Floats]:
    extent = np.minimum(np.maximum(bottom - top, MIN_HEIGHT), height)
    low = np.clip((top + bottom - extent) / 2, 0.0, height - extent)
    return low, low + extent


def _empty() -> Slices:
    whole, real = np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32)
    return Slices(whole, real, real, whole, real, real)
